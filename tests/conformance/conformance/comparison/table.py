"""The tables of `docs/comparison.md`, between its marks."""

import re
from collections.abc import Callable

from ..result import CannotRun
from .corpus import Case, Defect
from .mapping import Score

FAMILIES: dict[str, tuple[str, ...]] = {
    "public": ("public-access", "reported-public"),
    "rotation": ("rotation-off",),
    "separation of duties": ("separation-of-duties", "unfenced-grants"),
    "lockout": ("lockout", "lockout-check-bypassed"),
    "confused deputy": ("confused-deputy",),
    "other accounts": ("untrusted-account", "foreign-full-control", "organization-wide-access"),
    "dead or misspelt": (
        "unknown-action",
        "unknown-condition-key",
        "wildcard-in-exact-value",
        "impossible-value",
        "impossible-action",
        "foreign-resource",
        "dead-statement",
        "void-condition",
        "redundant-statement",
        "principal-wildcard",
        "identity-center-pattern",
    ),
    "IAM policies": ("decrypt-on-all-keys",),
    "deletion": ("deletion-not-retained", "deletion-not-denied", "short-deletion-window", "key-disabled"),
    "refused by AWS": ("invalid-policy", "invalid-key", "duplicate-alias"),
    "hygiene": ("default-policy", "no-description", "no-alias", "missing-tags", "expired", "unused-waiver"),
}


def family_of(control: str) -> str:
    for family, controls in FAMILIES.items():
        if control in controls:
            return family
    raise CannotRun("comparison", f"the control `{control}` is in no family")


def rows(head: list[str], lines: list[list[str]]) -> str:
    """A Markdown table, numbers to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *lines])


def families(cases: list[Case], scores: list[Score], good: set[str]) -> str:
    defects = [defect for case in cases for defect in case.defects]
    head = ["defects by family", "defects", *(score.report.checker for score in scores)]
    lines = []
    for family in FAMILIES:
        own = {defect for defect in defects if family_of(defect.control) == family}
        lines.append([family, str(len(own)), *(seen(own, score) for score in scores)])
    lines.append(["**all**", f"**{len(set(defects))}**", *(f"**{seen(set(defects), score)}**" for score in scores)])
    own_good = [{case.name for case in score.report.cases} & good for score in scores]
    pairs = list(zip(scores, own_good, strict=True))
    lines.append(["**good cases with a false alarm**", f"**{len(good)}**", *(f"**{len(score.alarmed)} of {len(own)}**" for score, own in pairs)])
    calm = [len(of_some_rules(score)) for score in scores]
    lines.append(["… but for rules that fire nearly everywhere", "", *(str(count) for count in calm)])
    lines.append(["files that it gave up on", "", *(str(len(score.report.failed)) for score in scores)])
    return rows(head, lines)


def seen(defects: set[Defect], score: Score) -> str:
    """How many were noticed, of those in files that the checker reads."""
    readable = {case.name for case in score.report.cases}
    own = {defect for defect in defects if defect.case in readable}
    return f"{len(score.noticed & own)} of {len(own)}" if own else "–"


def of_some_rules(score: Score) -> set[str]:
    constant = score.everywhere()
    return {case for rule, cases in score.alarms.items() if rule not in constant for case in cases}


def alarms(scores: list[Score]) -> str:
    """Which rules give false alarms, the busiest first."""
    found = [(score.report.checker, rule, len(cases), sorted(cases)) for score in scores for rule, cases in score.alarms.items()]
    lines = []
    for checker, rule, count, cases in sorted(found, key=lambda each: (-each[2], each[0], each[1])):
        examples = ", ".join(f"`{case}`" for case in cases[:3])
        lines.append([f"{checker}: `{rule}`", str(count), examples + (" …" if count > 3 else "")])
    return rows(["rule", "good cases", "such as"], lines).replace("---: | ---: |", "---: | --- |")


def alone(cases: list[Case], scores: list[Score]) -> str:
    """Defects that only keywright finds, by control."""
    others = set().union(*(score.noticed for score in scores[1:]))
    lines = []
    defects = {defect for case in cases for defect in case.defects}
    for control in (control for controls in FAMILIES.values() for control in controls):
        own = {defect for defect in defects if defect.control == control}
        unseen = sorted(defect.case for defect in own - others)
        if unseen:
            examples = ", ".join(f"`{case}`" for case in unseen[:3]) + (" …" if len(unseen) > 3 else "")
            lines.append([f"`{control}`", f"{len(unseen)} of {len(own)}", examples])
    lines.append(["**all**", f"**{len(defects - others)} of {len(defects)}**", ""])
    return rows(["control", "found by nobody else", "such as"], lines).replace("---: | ---: |", "---: | --- |")


def versions(scores: list[Score]) -> str:
    return rows(["checker", "version", "cases"], [[each.report.checker, each.report.version, str(len(each.report.cases))] for each in scores])


def tables(cases: list[Case], scores: list[Score], good: set[str]) -> dict[str, str]:
    return {
        "families": families(cases, scores, good),
        "alone": alone(cases, scores),
        "alarms": alarms(scores),
        "versions": versions(scores),
    }


def replaced(text: str, made: dict[str, str]) -> str:
    """A document with its tables as they are now."""

    def table(name: str) -> Callable[[re.Match], str]:
        return lambda found: f"{found[1]}\n{made[name]}\n{found[2]}"

    for name in made:
        mark = rf"(<!-- table: {name} -->)\n.*?(<!-- end of table -->)"
        text, count = re.subn(mark, table(name), text, flags=re.DOTALL)
        if count != 1:
            raise CannotRun("comparison", f"the document has {count} places for the table `{name}`")
    return text
