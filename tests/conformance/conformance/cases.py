"""What is judged: the repository's own output, and a random workspace that keywright generates anew."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from . import random_workspace
from .result import CannotRun
from .tools import Tools

PARTITION = "aws"
REGION = "eu-central-1"
# Every workspace and environment gets an account of its own: an alias is unique only there.
FIRST_ACCOUNT = 700000000000


def has_keys(path: str | Path) -> bool:
    """Whether a template or a module is one of keys, and not of policies for another account or of a stack set."""
    return not any(".consumer-" in part or part.endswith(".stackset.yaml") for part in Path(path).parts)


@dataclass(frozen=True, eq=False)
class Case:
    """A stack in an environment: one template, one module, and its keys as they are meant."""

    workspace: str
    output: Path
    environment: str
    stack: str
    account: str
    partition: str
    region: str
    meant: dict
    """What `examples/meant.rs` prints of the stack for this account, partition and Region."""

    @property
    def keys(self) -> list[dict]:
        return self.meant["keys"]

    @property
    def template(self) -> Path:
        return self.output / self.meant["template"]

    @property
    def module(self) -> Path:
        return self.output / self.meant["module"]

    @property
    def name(self) -> str:
        """What problems call it."""
        return f"{self.workspace}: {self.environment}/{self.stack}"

    @property
    def companions(self) -> list["Case"]:
        """The policies for other accounts beside it: modules without a key."""
        found = sorted(self.module.parent.glob(f"{self.module.name}.consumer-*"))
        return [
            replace(self, stack=folder.name, meant={"keys": [], "module": str(folder.relative_to(self.output))})
            for folder in found
        ]


@dataclass(frozen=True, eq=False)
class Workspace:
    """A workspace with its generated output."""

    name: str
    root: Path
    cases: list[Case]

    @property
    def output(self) -> Path:
        return self.root / "output"


@dataclass(frozen=True, eq=False)
class Cases:
    """All of it. A component looks at whole outputs or case by case, as suits it."""

    workspaces: list[Workspace]

    def __iter__(self) -> Iterator[Case]:
        for workspace in self.workspaces:
            yield from workspace.cases

    def __len__(self) -> int:
        return sum(len(workspace.cases) for workspace in self.workspaces)

    def count_keys(self) -> int:
        return sum(len(case.keys) for case in self)


def meant(tools: Tools, root: Path, account: str, partition: str, region: str) -> list[dict]:
    """What the library means by the workspace: its stacks, as `examples/meant.rs` prints them."""
    done = tools.cargo("run", "--quiet", "--example", "meant", "--", str(root), account, partition, region)
    if done.returncode:
        raise CannotRun("meant", done.stderr.strip())
    return json.loads(done.stdout)["stacks"]


def read(tools: Tools, name: str, root: Path, first_account: int = FIRST_ACCOUNT) -> Workspace:
    """The cases of a workspace whose output is there."""
    cases = []
    stacks = meant(tools, root, f"{first_account:012}", PARTITION, REGION)
    environments = sorted({stack["environment"] for stack in stacks})
    for number, environment in enumerate(environments):
        account = f"{first_account + number:012}"
        if number:
            stacks = meant(tools, root, account, PARTITION, REGION)
        cases += [
            Case(name, root / "output", environment, stack["stack"], account, PARTITION, REGION, stack)
            for stack in stacks
            if stack["environment"] == environment
        ]
    return Workspace(name, root, cases)


def generate(tools: Tools, root: Path) -> None:
    """Lets keywright, as it stands in the repository, generate a workspace."""
    done = tools.keywright("--workspace", str(root), "--quiet", "generate")
    if done.returncode:
        raise CannotRun("keywright", f"refuses {root.name}: {done.stderr.strip()[-4000:]}")


def random_one(tools: Tools, seed: int) -> Workspace:
    """The random workspace of a seed."""
    root = tools.folder(f"random-{seed}")
    done = tools.keywright("services", "--format", "json")
    if done.returncode:
        raise CannotRun("keywright", done.stderr.strip())
    random_workspace.write(root, json.loads(done.stdout), seed)
    generate(tools, root)
    return read(tools, "random", root, FIRST_ACCOUNT + 100)


def standard(tools: Tools, workspace: Path, seed: int) -> Cases:
    """A workspace as it lies there, usually the repository, and the random one."""
    name = "specs" if workspace == tools.repository else workspace.name
    return Cases([read(tools, name, workspace), random_one(tools, seed)])
