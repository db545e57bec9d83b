"""keywright itself: the same cases, by the program, and nothing but what is expected of it."""

import json
import tempfile
from pathlib import Path

from ..result import CannotRun
from ..tools import Tools
from .corpus import Case, named
from .said import Report, Said

NAME = "keywright"
# The account and the day that the corpus was written for.
ACCOUNT = "111122223333"
TRUSTED = "210987654321"
DAY = "2027-01-15"
ENDED = (0, 1)


def ask(cases: list[Case], tools: Tools) -> tuple[Report, dict[str, list[str]], set[str]]:
    """What it says, of each case the lines as expectations have them, and the cases in which something is waived."""
    version = tools.keywright("--version").stdout.split()[-1]
    report = Report(NAME, version, cases)
    lines: dict[str, list[str]] = {}
    waived: set[str] = set()
    for rules in sorted({case.rules for case in cases}):
        asked = [case for case in cases if case.rules == rules]
        for case in asked:
            lines[case.name] = []
        answer = check(asked, rules, tools)
        for found in answer["findings"]:
            case, place = placed(found, asked)
            if found["waived"]:
                waived.add(case.name)
            else:
                lines[case.name].append(f"{place} {found['control']} {found['resource']}")
                report.said.append(Said(case.name, found["control"], found["message"], named(found["resource"])))
        for found in answer["unknown"]:
            case, place = placed(found, asked)
            lines[case.name].append(f"{place} unknown")
    return report, lines, waived


def check(cases: list[Case], rules: str, tools: Tools) -> dict:
    folder = Path(tempfile.mkdtemp(dir=tools.scratch))
    (folder / "keywright.yaml").write_text(workspace(rules), encoding="utf-8")
    words = ["-C", str(folder), "check", "--format", "json", "--as-of", DAY, *(str(case.path) for case in cases)]
    done = tools.keywright(*words)
    if done.returncode not in ENDED:
        raise CannotRun(NAME, done.stderr.strip()[-2000:])
    return json.loads(done.stdout)


def workspace(rules: str) -> str:
    """The workspace file that says what the header of an `.expected` asks for."""
    kind, *words = rules.split() or [""]
    environment = {
        "protected": "false" if kind == "unprotected" else "true",
        "deny_deletion": "true" if kind == "deny-deletion" else "false",
        "deletion_window_days": "30",
    }
    if kind != "account":
        environment["accounts"] = f'["{ACCOUNT}"]'
    lines = ["version: 1", "environment: judged", f'trusted_accounts: ["{TRUSTED}"]', "environments:", "  judged:"]
    lines += [f"    {name}: {value}" for name, value in environment.items()]
    if kind == "tags":
        lines.append(f"required_tags: [{', '.join(words)}]")
    return "\n".join(lines) + "\n"


def placed(found: dict, cases: list[Case]) -> tuple[Case, str]:
    """The case of a finding, and its place there."""
    file = Path(found["file"])
    (case,) = (case for case in cases if file == case.path or file.is_relative_to(case.path))
    name = file.relative_to(case.path) if case.path.is_dir() else file.name
    return case, f"{name}:{found['line']}"
