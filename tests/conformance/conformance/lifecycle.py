"""lifecycle: a key that is renamed, adopted, moved between stacks or released is never destroyed, nor made anew.

Real Terraform plans and applies one change after the other, of specs that keywright generates, against moto. Each plan
must say exactly what is to happen to each key, and KMS must hold the same keys before and after.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import cases as reading
from . import deployed, moto, terraform_core
from .aws_api import Api
from .cases import Cases
from .process import Server
from .result import Result
from .terraform_apply import PROVIDER, tail
from .tools import Tools

NAME = "lifecycle"
ACCOUNT = "700000000900"
REGION = "eu-central-1"
STACKS = ("books", "pay")

LEDGER = "{alias: ledger, purpose: Encrypts the ledger}"
RENAMED = "{alias: journal, was: ledger, purpose: Encrypts the ledger}"
TWICE = "{alias: journal, id: Diary, was: [ledger, journal], purpose: Encrypts the ledger}"
ARCHIVE = "{alias: archive, purpose: Encrypts the archive, aliases: [vault]}"
REPORT = "{alias: report, purpose: Encrypts reports}"
BOOKS = "{alias: books, purpose: Encrypts the books}"


def version(_tools: Tools) -> str:
    return moto.version(_tools)


@dataclass(frozen=True)
class Step:
    """A change of the specs, and what has to happen to keys: `(stack, resource): what`; nothing to all others."""

    what: str
    specs: dict[str, str]
    due: dict[tuple[str, str], str]
    # How many aliases are destroyed and made: one that is replaced counts twice.
    aliases: int = 0


def spec(*keys: str, released: str = "") -> str:
    listed = "".join(f"  - {key}\n" for key in keys)
    return f"keys:\n{listed}" + (f"released:\n  - {released}\n" if released else "")


def steps(legacy: str, archive: str) -> list[Step]:
    """The life of some keys; `archive` is the id of the key that moves, `legacy` of one that somebody made by hand."""
    adopted = f"{{alias: legacy, purpose: Encrypts what was there before, aliases: [legacy-2], adopt: {legacy}}}"
    moved = f"{ARCHIVE[:-1]}, adopt: {{key: {archive}, aliases: [archive, vault]}}}}"
    known = "{alias: legacy, purpose: Encrypts what was there before, aliases: [legacy-2]}"
    return [
        Step("a rename", {"pay": spec(RENAMED, ARCHIVE, REPORT)}, {("pay", "journal"): "moved from ledger"}, aliases=2),
        Step("another rename", {"pay": spec(TWICE, ARCHIVE, REPORT)}, {("pay", "diary"): "moved from journal"}),
        Step("an adoption", {"pay": spec(TWICE, ARCHIVE, REPORT, adopted)}, {("pay", "legacy"): "imported"}),
        Step("the same once more", {}, {}),
        Step(
            "a move to another stack",
            {
                "pay": spec(TWICE, REPORT, adopted, released="{id: Archive, aliases: [vault], reason: moved}"),
                "books": spec(BOOKS, moved),
            },
            {("pay", "archive"): "forgotten", ("books", "archive"): "imported"},
        ),
        Step(
            "a release",
            {"pay": spec(TWICE, known, released="{id: Report, reason: another team has it}")},
            {("pay", "report"): "forgotten"},
        ),
        Step("the end of all that", {"pay": spec(TWICE, known), "books": spec(BOOKS, ARCHIVE)}, {}),
    ]


@dataclass
class Life:
    """A workspace, a root module that deploys it, and what was wrong on the way."""

    tools: Tools
    server: Server
    workspace: Path
    root: Path
    problems: list[str] = field(default_factory=list)

    @property
    def api(self) -> Api:
        return Api(self.server, ACCOUNT, REGION)

    def generate(self, specs: dict[str, str]) -> None:
        """Changes specs, generates, and takes the output as somebody does who deploys."""
        for name, text in specs.items():
            (self.workspace / "specs" / f"{name}.yaml").write_text(text, encoding="utf-8")
        done = self.tools.keywright("--workspace", str(self.workspace), "--quiet", "generate", "--prune")
        if done.returncode:
            raise RuntimeError(f"keywright refuses: {done.stderr.strip()[-2000:]}")
        output = self.workspace / "output/terraform/production"
        for name in STACKS:
            shutil.rmtree(self.root / name, ignore_errors=True)
            shutil.copytree(output / name, self.root / name)
            imports = f"{name}.import.tf"
            (self.root / imports).unlink(missing_ok=True)
            if (output / imports).exists():
                shutil.copy(output / imports, self.root / imports)

    def plan(self) -> dict:
        """What Terraform would do."""
        self.terraform("init", lambda: terraform_core.init(self.root))
        self.terraform("plan", lambda: self.run("plan", "-input=false", "-out=plan"))
        return json.loads(self.terraform("show", lambda: terraform_core.run(self.root, "show", "-json", "plan")))

    def apply(self) -> None:
        self.terraform("apply", lambda: self.run("apply", "-input=false", "plan"))

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return terraform_core.run(self.root, command, "-no-color", *arguments)

    def terraform(self, command: str, run) -> str:
        self.server.check()
        done = run()
        if done.returncode:
            raise RuntimeError(f"terraform {command}: {tail(done)}")
        return done.stdout

    def keys(self) -> dict[str, str]:
        """The state of every key that KMS has."""
        ids = [key["KeyId"] for key in self.api.kms_pages("ListKeys", "Keys")]
        return {id_: self.api.kms("DescribeKey", KeyId=id_)["KeyMetadata"]["KeyState"] for id_ in ids}

    def key_of(self, alias: str) -> str:
        return self.api.kms("DescribeKey", KeyId=f"alias/{alias}")["KeyMetadata"]["KeyId"]

    def take(self, step: Step) -> None:
        """One step: its plan, and what comes of it."""
        before = self.keys()
        self.generate(step.specs)
        plan = self.plan()
        found = happens(plan)
        if found != step.due:
            self.problems.append(f"{step.what}: due {step.due}, planned {found}")
        self.problems += [f"{step.what}: {problem}" for problem in losses(plan, "aws_kms_key")]
        if len(aliases := losses(plan, "aws_kms_alias")) != step.aliases:
            self.problems.append(f"{step.what}: {aliases}")
        self.apply()
        if (after := self.keys()) != before:
            self.problems.append(f"{step.what}: before {before}, after {after}")


def happens(plan: dict) -> dict[tuple[str, str], str]:
    """What a plan does with keys beyond changing their properties."""
    found = {}
    for change in plan.get("resource_changes", []):
        words = []
        if change.get("previous_address", change["address"]) != change["address"]:
            words.append(f"moved from {change['previous_address'].rpartition('.')[2]}")
        if "importing" in change["change"]:
            words.append("imported")
        if "forget" in change["change"]["actions"]:
            words.append("forgotten")
        if words and change["type"] == "aws_kms_key":
            found[change["module_address"].removeprefix("module."), change["name"]] = " and ".join(words)
    return found


def losses(plan: dict, kind: str) -> list[str]:
    """Resources of a type that a plan destroys or makes."""
    return [
        f"the plan would {action} {change['address']}"
        for change in plan.get("resource_changes", [])
        for action in change["change"]["actions"]
        if change["type"] == kind and action in ("create", "delete")
    ]


def lay_out(tools: Tools, server: Server) -> Life:
    """A workspace with two stacks, deployed."""
    life = Life(tools, server, tools.folder(NAME), tools.folder(f"{NAME}-root"))
    (life.workspace / "specs").mkdir()
    text = PROVIDER.format(alias="here", region=REGION, account=ACCOUNT, url=server.url)
    calls = [f'module "{name}" {{\n  source    = "./{name}"\n  providers = {{ aws = aws.here }}\n}}\n' for name in STACKS]
    (life.root / "root.tf").write_text(text + "".join(calls), encoding="utf-8")
    life.generate({"pay": spec(LEDGER, ARCHIVE, REPORT), "books": spec(BOOKS)})
    life.plan()
    life.apply()
    return life


def by_hand(api: Api) -> str:
    """A key as somebody made it who did not know of keywright."""
    # moto shows no usage of a key that was made without one, and Terraform would replace it.
    made = api.kms("CreateKey", Description="by hand", KeyUsage="ENCRYPT_DECRYPT")
    id_ = made["KeyMetadata"]["KeyId"]
    for alias in ("legacy", "legacy-2"):
        api.kms("CreateAlias", AliasName=f"alias/{alias}", TargetKeyId=id_)
    return id_


def compare(life: Life) -> list[str]:
    """Every key against what its spec means, in the end."""
    workspace = reading.read(life.tools, NAME, life.workspace, int(ACCOUNT))
    problems = []
    for case in workspace.cases:
        for key in case.keys:
            alias = key["aliases"][0]["name"].removeprefix("alias/")
            found = deployed.read(life.api, life.key_of(alias))
            problems += [f"{case.name}: {it}" for it in deployed.differences(key, found, deployed.Blind(period=True))]
    return problems


def refusals(life: Life) -> list[str]:
    """What Terraform would answer with destroyed keys and aliases is refused before it gets that far."""
    kept = {name: (life.workspace / "specs" / f"{name}.yaml").read_text(encoding="utf-8") for name in STACKS}
    pay, books = kept["pay"], kept["books"]
    released = "released:\n  - {id: Archive, reason: another team has it}\n"
    refused = {
        "an alias of a released key left out": ({"books": spec(BOOKS) + released}, "released-alias-lost"),
        "an alias of a released key in another stack": (
            {
                "books": spec(BOOKS) + released.replace("reason", "aliases: [vault], reason"),
                "pay": pay + "  - {alias: archive, id: Other, purpose: p}\n",
            },
            "replaced-key",
        ),
    }
    problems = []
    for what, (specs, code) in refused.items():
        try:
            life.generate(specs)
            problems.append(f"{what}: not refused")
        except RuntimeError as error:
            if f"error[{code}]" not in str(error):
                problems.append(f"{what}: {error}")
        for name, text in {"pay": pay, "books": books}.items():
            (life.workspace / "specs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return problems


def control(life: Life) -> list[str]:
    """Without its blocks a rename must show as a key destroyed and one made: else the steps prove nothing."""
    file = life.root / "pay" / "main.tf"
    text = file.read_text(encoding="utf-8").partition("moved {")[0]
    text = text.replace("diary", "notes").replace("prevent_destroy = true", "prevent_destroy = false")
    file.write_text(text, encoding="utf-8")
    (life.root / "pay" / "outputs.tf").unlink()
    lost = losses(life.plan(), "aws_kms_key")
    return [] if len(lost) == 2 else [f"a rename without `moved`: the plan should destroy and make a key: {lost}"]


def check(_cases: Cases, tools: Tools) -> Result:
    result = Result()
    server = moto.start(tools, ACCOUNT)
    try:
        life = lay_out(tools, server)
        every = steps(by_hand(life.api), life.key_of("archive"))
        for step in every:
            life.take(step)
        result.cases = len(every)
        result.problems = life.problems + compare(life) + refusals(life) + control(life)
    except RuntimeError as error:
        result.problems.append(str(error))
    finally:
        server.end()
    return result
