"""cfn-lint: every CloudFormation template, informational rules included, in all Regions; any finding fails."""

import os

from pathlib import Path

from . import cache, process
from .cases import Cases
from .result import Result
from .tools import Tools

NAME = "cfn-lint"
SECONDS = 300


def version(_tools: Tools) -> str:
    return cache.locked_version(NAME, "cfn-lint")


def is_import(file: Path) -> bool:
    """Whether it is the input of a change set that imports keys."""
    return file.name.endswith(".import.yaml")


def template_of(file: Path, tools: Tools) -> Path:
    """The template in such an input, as a file of its own: it is the last block, two columns to the right."""
    _, _, block = file.read_text(encoding="utf-8").partition("\nTemplateBody: |\n")
    copy = tools.folder(NAME) / file.name
    copy.write_text("".join(line.removeprefix("  ") for line in block.splitlines(keepends=True)), encoding="utf-8")
    return copy


def check(cases: Cases, tools: Tools) -> Result:
    result = Result()
    for workspace in cases.workspaces:
        root = workspace.output / "cloudformation"
        files = sorted(path for path in root.rglob("*") if path.suffix in {".yaml", ".yml", ".json"})
        templates = [path if not is_import(path) else template_of(path, tools) for path in files]
        if not templates:
            result.problems.append(f"{workspace.name}: no template below {root}")
            continue
        python = cache.python(NAME)
        command = [python, python.parent / "cfn-lint", "--include-checks", "I", "--format", "parseable", "--template", *templates]
        # Elsewhere: a .cfnlintrc of the caller must not count.
        done = process.run(NAME, command, seconds=SECONDS, cwd=tools.scratch)
        problems = (done.stdout + done.stderr).splitlines()
        if done.returncode and not problems:
            problems = [f"cfn-lint ended with status {done.returncode}"]
        result.cases += len(templates)
        result.problems += [line.replace(f"{workspace.output}{os.sep}", f"{workspace.name}: ") for line in problems]
    return result
