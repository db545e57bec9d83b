"""The cases under `tests/corpus/`, and what is expected of each: read here anew, not with the test's own reader."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..result import CannotRun

LANGUAGES = ("cloudformation", "terraform", "policy")
TEMPLATE_KEY = re.compile(r'"?(\w+)"?:\s*\{?\s*"?Type"?:\s*"?AWS::KMS::(?:Replica)?Key\b')
MODULE_KEY = re.compile(r'resource"?:?\s+\{?\s*"(aws_kms_(?:key|replica_key|external_key))"\s*:?\s*\{?\s*"(\w+)"')


@dataclass(frozen=True)
class Defect:
    """Something that a control finds in a key of a case, however many lines it finds it in."""

    case: str
    control: str
    resource: str


@dataclass(frozen=True)
class Case:
    """A template, a module or a policy."""

    name: str
    path: Path
    language: str
    rules: str
    """What is expected of its keys beyond the usual: the header of its `.expected`."""
    lines: tuple[str, ...]
    """`FILE:LINE CONTROL RESOURCE` of every finding, `FILE:LINE unknown` of whatever cannot be told."""
    keys: frozenset[str]
    """Names of its keys, as findings call them."""

    @property
    def defects(self) -> set[Defect]:
        words = (line.split(" ") for line in self.lines)
        return {Defect(self.name, word[1], word[2]) for word in words if word[1] != "unknown"}

    @property
    def good(self) -> bool:
        """Whether nothing is to be found, and nothing is left open."""
        return not self.lines


def read(root: Path) -> list[Case]:
    expected = [path for language in LANGUAGES for path in sorted((root / language).glob("*.expected"))]
    cases = [case(path, root) for path in expected]
    if not cases:
        raise CannotRun("comparison", f"no case below {root}")
    return cases


def case(expected: Path, root: Path) -> Case:
    (path,) = (path for path in expected.parent.glob(f"{expected.stem}*") if path != expected and path.name.split(".")[0] == expected.stem)
    given = expected.read_text(encoding="utf-8").splitlines()
    rules = " ".join(line.removeprefix("rules:").strip() for line in given if line.startswith("rules:"))
    lines = [line for line in given if not line.startswith(("#", "rules:"))]
    # In a folder the file stands before the line; a file is named here too.
    lines = [line if path.is_dir() else f"{path.name}:{line}" for line in lines]
    language = expected.parent.name
    return Case(str(path.relative_to(root)), path, language, rules, tuple(sorted(lines)), frozenset(keys_of(path, language)))


def keys_of(path: Path, language: str) -> set[str]:
    """The names that findings call the keys of a case by."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    if language == "cloudformation":
        return set(TEMPLATE_KEY.findall(text))
    if language == "terraform":
        return {named(f"{kind}.{name}") for kind, name in MODULE_KEY.findall(text)}
    return {"policy"}


def named(address: str) -> str:
    """What expectations call a resource: a key by its name alone, without the index of an instance."""
    plain = re.sub(r"\[.*\]$", "", address)
    return plain.removeprefix("aws_kms_key.").removeprefix("AWS::KMS::Key.").removeprefix("AWS::KMS::ReplicaKey.")


def differences(case: Case, found: list[str]) -> list[str]:
    """Where lines that were found are not the expected ones: misses and false alarms."""
    expected, given = Counter(case.lines), Counter(found)
    missed = [f"{case.name}: missed: {line}" for line in (expected - given).elements()]
    return missed + [f"{case.name}: false alarm: {line}" for line in (given - expected).elements()]
