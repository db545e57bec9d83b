"""damage: outputs that are damaged on purpose, each of which a component must notice, and for the right reason.

A suite that cannot fail proves nothing. Each damage is done to a copy of one stack's files; the same component must find
nothing in an undamaged copy.
"""

import dataclasses
import re
import shutil
import tempfile
from pathlib import Path

from . import cases as reading
from .cases import Case, Cases, Workspace
from .damages import DAMAGES, TEMPLATE, Damage, judgement
from .result import Result
from .tools import Tools

NAME = "damage"
ENVIRONMENT = "production"


def version(_tools: Tools) -> str:
    return "-"


def check(cases: Cases, tools: Tools) -> Result:
    stacks = {case.stack: case for case in of_repository(cases, tools) if case.environment == ENVIRONMENT}
    result = Result()
    sound: dict[tuple[str, str], list[str]] = {}
    for damage in DAMAGES:
        result.cases += 1
        case = stacks.get(damage.stack)
        if case is None:
            result.problems.append(f"{damage.what}: there is no stack {damage.stack} to damage")
            continue
        judge = judgement(damage.noticed_by)
        which = (damage.stack, damage.noticed_by.NAME)
        if which not in sound:
            sound[which] = judge(copied(case, tools), tools)
            result.problems += [f"{damage.noticed_by.NAME} on a sound copy: {problem}" for problem in sound[which]]
        copy = copied(case, tools)
        if problem := do(damage, copy):
            result.problems.append(f"{damage.what}: {problem}")
            continue
        found = judge(copy, tools)
        if not any(re.search(damage.as_what, problem) for problem in found):
            instead = f"it says: {found[:3]}" if found else "it says nothing"
            result.problems.append(f"{damage.what}: not noticed by {damage.noticed_by.NAME} as `{damage.as_what}`; {instead}")
    return result


def of_repository(cases: Cases, tools: Tools) -> list[Case]:
    """The repository's own stacks, whatever is judged otherwise."""
    for workspace in cases.workspaces:
        if workspace.root == tools.repository:
            return workspace.cases
    return reading.read(tools, "specs", tools.repository).cases


def copied(case: Case, tools: Tools) -> Cases:
    """One stack in a workspace of its own, with a copy of its files."""
    root = Path(tempfile.mkdtemp(dir=tools.scratch))
    copy = dataclasses.replace(case, output=root / "output")
    if case.has_template:
        copy.template.parent.mkdir(parents=True)
        shutil.copy(case.template, copy.template)
    if case.has_module:
        shutil.copytree(case.module, copy.module)
    return Cases([Workspace("damaged", root, [copy])])


def do(damage: Damage, cases: Cases) -> str | None:
    """Damages the only stack; says what is wrong when nothing changed."""
    (case,) = cases
    file = case.template if damage.file == TEMPLATE else case.module / damage.file
    before = file.read_bytes().decode()
    after = damage.done_to(before)
    if before == after:
        return f"changes nothing in {file.name}: `{damage.pattern}` does not stand there"
    file.write_bytes(after.encode())
    return None
