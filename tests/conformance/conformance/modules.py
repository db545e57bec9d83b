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
    """Variables that have no default, each with an account whose keys it takes."""

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
        inputs = tuple((name, owner_of(body) or case.account) for name, body in blocks if not re.search(r"^  default\b", body, re.M))
        return Module(case, demands, alone, inputs)

    def call(self, source: str) -> str:
        """A module block that calls it, every variable given."""
        key = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
        given = "".join(f'  {name} = "arn:aws:kms:eu-central-1:{account}:{key}"\n' for name, account in self.inputs)
        return f'module "{source}" {{\n  source = "./{source}"\n{given}}}\n'

    def copy_to(self, folder: Path) -> None:
        """Copies the module; a demand for a newer provider is lowered to the one at hand."""
        shutil.copytree(self.case.module, folder, ignore=shutil.ignore_patterns(".terraform*"))
        if self.newer:
            for file in folder.glob("*.tf"):
                text = file.read_bytes().decode()
                lowered = f'\\1">= {show_version(PROVIDER)}"'
                text = re.sub(r'^( +version *= *)"[^"]*"', lowered, text, flags=re.M)
                file.write_bytes(text.encode())


def owner_of(variable: str) -> str | None:
    """The only account whose keys a variable takes, if its validation names one."""
    found = re.search(r":(\d{12}):key/", variable)
    return found and found[1]


def parse_version(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.strip(".").split(".")]
    return tuple((parts + [0, 0])[:3])
