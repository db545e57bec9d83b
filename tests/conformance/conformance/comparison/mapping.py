"""Which findings of a checker notice which defects: `rules.toml`, applied."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .corpus import Case, Defect, named
from .said import Report, Said

RULES = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True)
class Entry:
    """What a rule counts as."""

    rule: str
    why: str
    notices: tuple[str, ...]
    message: str = ""
    aside: bool = False

    def fits(self, said: Said) -> bool:
        return bool(re.fullmatch(self.rule, said.rule) and re.search(self.message, said.message))


@dataclass
class Score:
    """A report held against what is expected."""

    report: Report
    noticed: set[Defect]
    alarms: dict[str, set[str]]
    """Good cases with a false alarm, by the rule that gives it."""
    unmapped: set[str]

    @property
    def alarmed(self) -> set[str]:
        """Good cases with any false alarm."""
        return set().union(*self.alarms.values()) if self.alarms else set()

    def everywhere(self) -> list[str]:
        """Rules that fire on most good cases whatever stands in them: they tell nothing."""
        good = [case for case in self.report.cases if case.good]
        return sorted(rule for rule, cases in self.alarms.items() if len(cases) * 2 > len(good))


def entries() -> dict[str, list[Entry]]:
    given = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {
        checker: [Entry(**{**rule, "notices": tuple(rule["notices"])}) for rule in rules] for checker, rules in given.items()
    }


def score(report: Report, mapped: list[Entry], good: set[str]) -> Score:
    """What a checker noticed for the right reason, and its false alarms on `good` cases."""
    cases = {case.name: case for case in report.cases}
    result = Score(report, set(), {}, set())
    for said in report.said:
        entry = next((entry for entry in mapped if entry.fits(said)), None)
        if entry is None:
            result.unmapped.add(f"{said.rule}: {said.message[:80]}")
            continue
        result.noticed |= {defect for defect in cases[said.case].defects if notices(entry, said, defect, cases[said.case])}
        if said.case in good and not entry.aside:
            result.alarms.setdefault(said.rule, set()).add(said.case)
    return result


def own(report: Report, good: set[str]) -> Score:
    """keywright's own findings: what a control finds, it notices."""
    cases = {case.name: case for case in report.cases}
    result = Score(report, set(), {}, set())
    for said in report.said:
        result.noticed |= {
            defect
            for defect in cases[said.case].defects
            if defect.control == said.rule and named(defect.resource) == said.resource
        }
        if said.case in good:
            result.alarms.setdefault(said.rule, set()).add(said.case)
    return result


def notices(entry: Entry, said: Said, defect: Defect, case: Case) -> bool:
    """Whether it is the defect that is spoken of: the control fits, and no other key of the case is meant."""
    another = said.resource in case.keys and named(defect.resource) in case.keys and said.resource != named(defect.resource)
    return defect.control in entry.notices and not another

