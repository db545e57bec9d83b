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

    def call(self, name: str, more: str = "") -> str:
        """A block that calls the module in the folder of that name, with a value for each of its variables."""
        given = self.case.primary_arns("terraform")
        key = "key/1234abcd-12ab-34cd-56ef-1234567890ab"
        arns = {variable: given.get(variable, f"arn:aws:kms:eu-central-1:{account}:{key}") for variable, account in self.inputs}
        values = "".join(f'  {variable} = "{arn}"\n' for variable, arn in arns.items())
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


def owner_of(variable: str) -> str | None:
    """The only account whose keys a variable takes, if its validation names one."""
    found = re.search(r":(\d{12}):key/", variable)
    return found and found[1]


def parse_version(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.strip(".").split(".")]
    return tuple((parts + [0, 0])[:3])
