"""The outcome for whoever reads the log."""

from dataclasses import dataclass

from .result import Result


@dataclass(frozen=True)
class Row:
    """A component's line in the table."""

    name: str
    version: str
    result: Result
    seconds: float

    @property
    def verdict(self) -> str:
        verdict = f"{len(self.result.problems)} problems" if self.result.problems else "clean"
        return f"{verdict}, {len(self.result.notes)} notes" if self.result.notes else verdict


def show(rows: list[Row]) -> int:
    """Prints what was found and the table; the exit status that it comes to."""
    for row in rows:
        for line in row.result.notes:
            print(f"{row.name}: note: {line}")
        for line in row.result.problems:
            print(f"{row.name}: {line}")
    # A component that looked at nothing proved nothing.
    for row in rows:
        if not row.result.cases and not row.result.problems:
            row.result.problems.append("no case")
    wide = max([len(row.version) for row in rows], default=0)
    print(f"{'component':<20} {'version':<{wide}} {'cases':>5}  {'seconds':>7}  result")
    for row in rows:
        print(f"{row.name:<20} {row.version:<{wide}} {row.result.cases:>5}  {row.seconds:>7.1f}  {row.verdict}")
    return 1 if any(row.result.problems for row in rows) else 0
