"""cfn-lint: every CloudFormation template, informational rules included, in all Regions; any finding fails."""

import os

from . import cache, process
from .cases import Cases
from .result import Result
from .tools import Tools

NAME = "cfn-lint"
SECONDS = 300


def version(_tools: Tools) -> str:
    return cache.locked_version(NAME, "cfn-lint")


def check(cases: Cases, tools: Tools) -> Result:
    result = Result()
    for workspace in cases.workspaces:
        root = workspace.output / "cloudformation"
        templates = sorted(path for path in root.rglob("*") if path.suffix in {".yaml", ".yml", ".json"})
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
