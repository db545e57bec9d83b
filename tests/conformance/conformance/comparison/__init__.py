"""What other checkers say of the corpus of the controls, held against what is expected there.

`tests/conformance/compare` prints it, and docs/comparison.md holds its tables.
"""

import concurrent.futures
from dataclasses import dataclass

from ..cases import Cases
from ..result import Result
from ..tools import REPOSITORY, Tools
from . import corpus, keywright, mapping, table
from .checkers import CHECKERS

NAME = "comparison"
DOCUMENT = REPOSITORY / "docs" / "comparison.md"


@dataclass
class Comparison:
    """The tables by name, and what is wrong."""

    cases: int
    tables: dict[str, str]
    problems: list[str]


def version(_tools: Tools) -> str:
    return f"{len(CHECKERS)} checkers"


def check(_cases: Cases, tools: Tools) -> Result:
    """keywright misses nothing and cries no wolf, every rule that fired is known, and the document is of today."""
    found = compare(tools)
    text = DOCUMENT.read_text(encoding="utf-8")
    if table.replaced(text, found.tables) != text:
        found.problems.append("the tables of docs/comparison.md are old: run `tests/conformance/compare --write`")
    return Result(found.cases, found.problems)


def compare(tools: Tools) -> Comparison:
    cases = corpus.read(tools.repository / "tests" / "corpus")
    own, lines, waived = keywright.ask(cases, tools)
    problems = [difference for case in cases for difference in corpus.differences(case, lines[case.name])]
    # What is good only by a workspace or a waiver of keywright is no case for those who cannot be told of either.
    good = {case.name for case in cases if case.good and not case.rules and case.name not in waived}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda ask: ask(cases, tools), CHECKERS))
    mapped = mapping.entries()
    scores = [mapping.own(own, good), *(mapping.score(report, mapped[report.checker], good) for report in reports)]
    for score in scores:
        problems += [f"{score.report.checker}: not in rules.toml: {rule}" for rule in sorted(score.unmapped)]
    return Comparison(len(cases), table.tables(cases, scores, good), problems)
