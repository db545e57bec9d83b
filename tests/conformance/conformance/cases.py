"""What is judged: the repository's own output, and a random workspace that keywright generates anew."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from . import random_workspace
from .result import CannotRun
from .tools import Tools

PARTITION = "aws"
REGION = "eu-central-1"
# Where the primary keys of replicas are, when nothing says it: in the first, but for replicas that are there.
ELSEWHERE = (REGION, "eu-west-3")
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
    def has_template(self) -> bool:
        return self.meant["template"] is not None

    @property
    def has_module(self) -> bool:
        return self.meant["module"] is not None

    @property
    def template(self) -> Path:
        return self.output / self.meant["template"]

    @property
    def module(self) -> Path:
        return self.output / self.meant["module"]

    @property
    def replicas(self) -> bool:
        """Whether its keys are replicas, to be told the ARNs of their primary keys."""
        return self.meant["replicas"]

    def primary_arns(self, target: str) -> dict[str, str]:
        """For each parameter of the template, or variable of the module, an ARN of the kind that it asks for."""
        return {key[target]["primary"]: self.primary_arn(key) for key in self.keys if key["replica"]}

    def primary_arn(self, key: dict) -> str:
        """The ARN that a replica's primary key may have."""
        digest = hashlib.md5(f"{self.stack} {key['name']}".encode(), usedforsecurity=False).hexdigest()
        home = self.meant["home"] or ELSEWHERE[self.region == ELSEWHERE[0]]
        return f"arn:{self.partition}:kms:{home}:{self.account}:key/mrk-{digest}"

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

    def with_template(self) -> "Cases":
        """Those that are written for CloudFormation."""
        return self.those(lambda case: case.has_template)

    def with_module(self) -> "Cases":
        """Those that are written for Terraform."""
        return self.those(lambda case: case.has_module)

    def those(self, wanted: Callable[[Case], bool]) -> "Cases":
        return Cases([Workspace(one.name, one.root, list(filter(wanted, one.cases))) for one in self.workspaces])

    def left_out(self, some: "Cases", target: str) -> list[str]:
        """A note of the keys that are not for a target, if there are any."""
        keys = self.count_keys() - some.count_keys()
        return [f"{keys} keys are of stacks that are not written for {target}: not judged here"] if keys else []


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
            Case(name, root / "output", environment, stack["stack"], account, PARTITION, stack["region"], stack)
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
