"""What a checker says."""

from dataclasses import dataclass, field

from .corpus import Case


@dataclass(frozen=True)
class Said:
    """One finding of a checker in a case."""

    case: str
    rule: str
    message: str = ""
    resource: str | None = None
    """The resource as expectations name it, where the checker tells."""


@dataclass
class Report:
    """What a checker said of the cases that it was given."""

    checker: str
    version: str
    cases: list[Case]
    said: list[Said] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Cases that it gave up on, and its words."""
