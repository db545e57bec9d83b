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
    variables: tuple[str, ...] = ()

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
        return Module(case, demands, alone, tuple(re.findall(r'^variable "(\w+)"', text, re.M)))

    def call(self, name: str, more: str = "") -> str:
        """A block that calls the module in the folder of that name, with a value for each of its variables."""
        given = self.case.primary_arns("terraform")
        # A variable that nobody expects stays without a value: Terraform says so.
        values = "".join(f'  {variable} = "{given[variable]}"\n' for variable in self.variables if variable in given)
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


def parse_version(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.strip(".").split(".")]
    return tuple((parts + [0, 0])[:3])
