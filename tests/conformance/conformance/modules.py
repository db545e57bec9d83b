"""Generated Terraform modules, and copies of them that the provider at hand can judge."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from .cases import Case
from .terraform_core import PROVIDER, show_version


@dataclass(frozen=True)
class Module:
    """One generated module, and what it asks of those who run it."""

    case: Case
    demands: tuple[int, ...]
    alone: bool
    inputs: tuple[tuple[str, str], ...] = ()
    """Variables that have no default, each with a value that it takes, as HCL."""

    @property
    def newer(self) -> bool:
        return self.demands > PROVIDER

    @staticmethod
    def read(case: Case) -> "Module":
        text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(case.module.glob("*.tf")))
        bounds = re.findall(r'^ +version *= *"(?:>=|~>|=)? *([0-9.]+)"', text, re.M)
        demands = max((parse_version(bound) for bound in bounds), default=(0, 0, 0))
        # Blocks that mean something else, or nothing, in a module that another one calls.
        alone = re.search(r"^(import|provider)\b", text, re.M) is not None
        blocks = re.findall(r'^variable "(\w+)" \{$(.*?)^\}$', text, re.M | re.S)
        given = case.primary_arns("terraform")
        needed = [(name, body) for name, body in blocks if not re.search(r"^  default\b", body, re.M)]
        inputs = tuple((name, value_of(body, given.get(name) or arn_of(body, case))) for name, body in needed)
        return Module(case, demands, alone, inputs)

    def call(self, name: str, more: str = "") -> str:
        """A block that calls the module in the folder of that name, with a value for each of its variables."""
        values = "".join(f"  {variable} = {value}\n" for variable, value in self.inputs)
        return f'module "{name}" {{\n  source = "./{name}"\n{more}{values}}}\n\n'

    def copy_to(self, folder: Path) -> None:
        """Copies the module; a demand for a newer provider is lowered to the one at hand."""
        shutil.copytree(self.case.module, folder, ignore=shutil.ignore_patterns(".terraform*"))
        if self.newer:
            for file in folder.glob("*.tf"):
                text = file.read_bytes().decode()
                lowered = f'\\1">= {show_version(PROVIDER)}"'
                text = re.sub(r'^( +version *= *)"[^"]*"', lowered, text, flags=re.M)
                file.write_bytes(text.encode())


def arn_of(variable: str, case: Case) -> str:
    """The ARN of a key that a variable takes: of the place and the kind that its validation names, if any."""
    found = re.search(r'"\^arn:([^":]+):kms:([^":]+):([^":]+):key/(mrk-)?', variable)
    partition, region, account, several = found.groups() if found else ("", "", "", None)
    key = "mrk-1234abcd12ab34cd56ef1234567890ab" if several else "1234abcd-12ab-34cd-56ef-1234567890ab"
    only = lambda shape, text, other: text if re.fullmatch(shape, text) else other  # noqa: E731
    first = region.strip("()").split("|")[0]
    return ":".join([
        "arn", only(r"aws(-[a-z]+)*", partition, "aws"), "kms", only(r"[a-z]+(-[a-z]+)+-\d+", first, "eu-central-1"),
        only(r"\d{12}", account, case.account), f"key/{key}",
    ])  # fmt: skip


def value_of(variable: str, arn: str) -> str:
    """A value for a variable that takes an ARN, or a list of them."""
    return f'["{arn}"]' if "list(string)" in variable else f'"{arn}"'


def parse_version(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.strip(".").split(".")]
    return tuple((parts + [0, 0])[:3])
