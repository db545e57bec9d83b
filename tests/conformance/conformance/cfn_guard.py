"""cfn-guard: rules for KMS keys, written from AWS's documentation (`guard/kms.guard`), over every template."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from . import cache, installers, process
from .cases import Cases, has_keys
from .cfn_lint import is_import
from .result import CannotRun, Result
from .tools import Tools

NAME = "cfn-guard"
RULES = cache.LOCKS.parent / "guard" / "kms.guard"
SECONDS = 120
# Statuses: all rules hold; some do not; anything else is no judgement.
HOLDS, BROKEN = 0, 19


def version(_tools: Tools) -> str:
    return cache.locked_version(NAME, NAME)


def check(cases: Cases, tools: Tools) -> Result:
    written = cases.with_template()
    result = Result(notes=cases.left_out(written, "CloudFormation"))
    for workspace in written.workspaces:
        root = workspace.output / "cloudformation"
        result.cases += sum(len(case.keys) for case in workspace.cases)
        result.problems += [problem.replace(f"{root}/", f"{workspace.name}: ") for problem in judge(root, tools)]
    return result


def judge(root: Path, tools: Tools) -> list[str]:
    """What breaks a rule below a folder, or in a template."""
    guard = installers.cargo(NAME)
    command = [guard, "validate", "--rules", RULES, "--data", root, "--structured", "--output-format", "json", "--show-summary", "none"]
    done = process.run(NAME, command, seconds=SECONDS, cwd=tools.scratch)
    if done.returncode not in (HOLDS, BROKEN) or done.stderr.strip():
        raise CannotRun(NAME, (done.stderr or done.stdout).strip()[-2000:])
    # It takes every file of a folder for a template.
    reports = [report for report in json.loads(done.stdout) if has_keys(report["name"]) and not is_import(Path(report["name"]))]
    problems = [f"{report['name']}: {problem}" for report in reports for rule in report["not_compliant"] for problem in broken(rule)]
    unjudged = [report["name"] for report in reports if "KEYS_ARE_THERE" not in report["compliant"]]
    problems += [f"{name}: no key was judged" for name in unjudged]
    # Policies for other accounts and stack sets are no business of rules about keys.
    return sorted(set(problems)) if reports else [f"{root}: no template was judged"]


def broken(rule: dict) -> Iterator[str]:
    """The places at which a rule is broken, with its words."""
    name = rule["Rule"]["name"]
    for check in clauses(rule["Rule"]["checks"]):
        messages = check.get("messages") or {}
        words = messages.get("custom_message") or messages.get("error_message") or "is broken"
        place = re.search(r"Path=/Resources/(\w+)[^\[]*\[L:(\d+)", messages.get("error_message") or "")
        yield f"{int(place[2]) + 1}: {place[1]}: {name}: {words.strip()}" if place else f"{name}: {words.strip()}"


def clauses(checks: list) -> Iterator[dict]:
    """The leaves of a report: what was compared, however deep it stands."""
    for check in checks:
        for kind, content in check.items():
            if kind == "Clause":
                yield from content.values()
            elif "checks" in content:
                yield from clauses(content["checks"])
