"""What a component found, and the one way to say that it could not look."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """How many cases were looked at, what is wrong with them, and what the component could not judge."""

    cases: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        self.cases += other.cases
        self.problems += other.problems
        self.notes += other.notes


class CannotRun(Exception):
    """A component is not to be had, or died; says nothing about what keywright writes."""

    def __init__(self, component: str, reason: str):
        super().__init__(f"{component}: {reason}")
        self.component = component
        self.reason = reason
