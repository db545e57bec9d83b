"""terraform-validate: every module with the AWS provider 3.39.0, the newest one in a package registry.

Modules that demand a later provider are judged as far as this one knows them: what it does not know is taken out, line
by line, must stand in the table of what came later, and that table must agree with the version that is demanded.
"""

import concurrent.futures
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from . import terraform_core
from .cases import Cases
from .known_since import KNOWN_SINCE, newer_than_provider
from .modules import Module
from .result import Result
from .terraform_core import PROVIDER, show_version
from .tools import Tools

NAME = "terraform-validate"


def version(_tools: Tools) -> str:
    return terraform_core.version()


def check(cases: Cases, tools: Tools) -> Result:
    written = cases.with_module()
    modules = [Module.read(module) for case in written for module in (case, *case.companions)]
    if not modules:
        return Result(problems=["no module"])
    # A start of the provider takes half a second, so modules share one as children of a root module.
    together = [module for module in modules if not module.alone]
    batches = [[module for module in together if module.newer is newer] for newer in (False, True)]
    batches += [[module] for module in modules if module.alone]
    result = Result(notes=cases.left_out(written, "Terraform"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part in pool.map(lambda batch: validate(batch, tools), filter(None, batches)):
            result.add(part)
    return result


@dataclass
class Batch:
    """Modules that are validated at one go, each in a copy."""

    start: Path
    by_folder: dict[str, Module]
    unknown: dict[str, set[str]] = field(default_factory=dict)

    @staticmethod
    def lay_out(modules: list[Module], root: Path) -> "Batch":
        if modules[0].alone:
            modules[0].copy_to(root / "alone")
            return Batch(root / "alone", {".": modules[0]})
        batch = Batch(root, {})
        calls = []
        for number, module in enumerate(modules):
            module.copy_to(root / f"m{number}")
            batch.by_folder[f"m{number}"] = module
            calls.append(module.call(f"m{number}"))
        (root / "calls.tf").write_text("".join(calls), encoding="utf-8")
        return batch

    def judge(self) -> list[str]:
        """Validates until nothing is left that only the provider's age explains; gives what is wrong."""
        for _ in range(len(KNOWN_SINCE) + 1):
            done = terraform_core.run(self.start, "validate", "-no-color", "-json")
            try:
                findings = json.loads(done.stdout)["diagnostics"]
            except (ValueError, KeyError):
                return [f"terraform validate: {done.stdout}{done.stderr}"]
            problems, dropped = self.sort_out(findings)
            if not dropped:
                return problems
        return problems

    def sort_out(self, findings: list[dict]) -> tuple[list[str], bool]:
        """What is wrong, and whether lines were taken out."""
        problems, dropped = [], False
        for finding in findings:
            at = finding.get("range", {})
            file, line = at.get("filename", ""), at.get("start", {}).get("line", 0)
            module = self.by_folder.get(str(Path(file).parent))
            what = newer_than_provider(finding)
            if what is None or module is None or not module.newer:
                place = f"{module.case.name}/{Path(file).name}" if module else file
                problems.append(f"{place}:{line}: {finding['summary']}: {finding.get('detail', '')}")
                continue
            self.unknown.setdefault(module.case.name, set()).add(what)
            # Without the line that stops it the provider judges the rest of the resource.
            if "Unsupported argument" in finding["summary"] or "Computed" in finding["summary"]:
                drop_line(self.start / file, line)
                dropped = True
        return problems, dropped


def validate(modules: list[Module], tools: Tools) -> Result:
    result = Result(len(modules))
    with tempfile.TemporaryDirectory(dir=tools.scratch) as name:
        batch = Batch.lay_out(modules, Path(name))
        done = terraform_core.init(batch.start, "-backend=false")
        if done.returncode:
            text = done.stdout + done.stderr
            result.problems = [line for line in text[text.find("Error: ") :].splitlines() if line]
            return result
        result.problems = batch.judge()
    for module in filter(lambda module: module.newer, modules):
        words = batch.unknown.get(module.case.name, set())
        demands = show_version(module.demands)
        if words:
            what = ", ".join(sorted(words))
            result.notes.append(f"{module.case.name}: needs newer provider ({demands}); not judged: {what}")
        lowest = max((KNOWN_SINCE.get(word, module.demands) for word in words), default=PROVIDER)
        if lowest != module.demands:
            result.problems.append(
                f"{module.case.name}: versions.tf demands provider {demands}, {show_version(lowest)} is the lowest that fits"
            )
    return result


def drop_line(file: Path, line: int) -> None:
    lines = file.read_bytes().decode().split("\n")
    lines[line - 1] = ""
    file.write_bytes("\n".join(lines).encode())
