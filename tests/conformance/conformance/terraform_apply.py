"""Applies modules with real Terraform against an endpoint of the suite's own, and reads every key back.

A start of the provider takes half a second, so all modules are children of one root module. What the old provider does
not know of a module is taken out of a copy, key by key, and said.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import deployed, terraform_core
from .aws_api import Api
from .cases import Case
from .deployed import Blind
from .known_since import KNOWN_SINCE
from .modules import Module
from .process import Server

Done = subprocess.CompletedProcess[str]

PARALLEL = "-parallelism=120"
SECONDS = 400

# Kinds of key that the old provider knows, by usage: what stands in for one that it does not know.
STAND_INS = {"ENCRYPT_DECRYPT": "RSA_2048", "SIGN_VERIFY": "ECC_NIST_P256"}
HEAD = re.compile(r'^resource "aws_kms_key" "(\w+)" \{$')
KIND = re.compile(r'^  (customer_master_key_spec|key_usage) +=')
REFUSED = re.compile(r"Resource ([\w.]+) has lifecycle\.prevent_destroy\s+set")

PROVIDER = """provider "aws" {{
  alias                       = "{alias}"
  region                      = "{region}"
  access_key                  = "{account}"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_get_ec2_platforms      = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {{
    iam = "{url}"
    kms = "{url}"
    sts = "{url}"
  }}
}}

"""
CALL = """module "m{number}" {{
  source    = "./m{number}"
  providers = {{ aws = aws.{alias} }}
}}

"""


@dataclass
class Applied:
    """A case that was applied: what was found of each key by its name, and what the old provider could not take."""

    case: Case
    address: str
    keys: dict[str, dict] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    instead: dict[str, dict[str, str]] = field(default_factory=dict)
    """Kinds that stood in for another one, by the key's name."""
    periods: set[str] = field(default_factory=set)
    """Names of keys whose rotation period was left out."""

    @property
    def blind(self) -> Blind:
        # The provider sends no period; the endpoint's own one says nothing.
        return Blind(True, self.instead)


class Failed(Exception):
    """Terraform did not do what it should; what it said."""


@dataclass
class Root:
    """A root module that calls a copy of every case's module."""

    folder: Path
    server: Server
    applied: list[Applied]

    @staticmethod
    def lay_out(cases: list[Case], server: Server, folder: Path) -> "Root":
        places = sorted({(case.account, case.region) for case in cases})
        text = [
            PROVIDER.format(alias=f"a{number}", region=region, account=account, url=server.url)
            for number, (account, region) in enumerate(places)
        ]
        made = []
        for number, case in enumerate(cases):
            one = Applied(case, f"module.m{number}")
            module = Module.read(case)
            if module.alone:
                raise Failed(f"{case.name}: has blocks that another module cannot call")
            module.copy_to(folder / f"m{number}")
            if module.newer:
                reduce(one, folder / f"m{number}" / "main.tf")
            text.append(CALL.format(number=number, alias=f"a{places.index((case.account, case.region))}"))
            made.append(one)
        (folder / "root.tf").write_text("".join(text), encoding="utf-8")
        return Root(folder, server, made)

    def init(self) -> None:
        self.must(terraform_core.init(self.folder), "init")

    def apply(self) -> None:
        self.must(self.run("apply", "-auto-approve"), "apply")

    def plan(self) -> list[str]:
        """What a plan would change."""
        done = self.run("plan", "-detailed-exitcode")
        if done.returncode == 0:
            return []
        if done.returncode != 2:
            raise Failed(f"terraform plan: {tail(done)}")
        changes = re.findall(r"^ +# (\S+) (?:will|must) be .*", done.stdout, re.M)
        return [f"a second plan would change {change}" for change in changes] or [f"a second plan: {tail(done)}"]

    def refused(self) -> set[str]:
        """The addresses of resources that `destroy` leaves alone."""
        done = self.run("plan", "-destroy", "-refresh=false")
        return set(REFUSED.findall(re.sub(r"\s+", " ", done.stdout + done.stderr)))

    def destroy(self, addresses: list[str]) -> None:
        """Destroys resources, and what depends on them."""
        targets = [f"-target={address}" for address in addresses]
        self.must(self.run("destroy", "-auto-approve", "-refresh=false", *targets), "destroy")

    def read_back(self) -> None:
        """Reads every key that stands in the state."""
        state = json.loads(self.must(self.run_plain("show", "-json"), "show"))
        ids = {
            resource["address"]: resource["values"]["key_id"]
            for child in state["values"]["root_module"].get("child_modules", [])
            for resource in child.get("resources", [])
            if resource["type"] == "aws_kms_key"
        }
        for one in self.applied:
            api = Api(self.server, one.case.account, one.case.region)
            for key in one.case.keys:
                if id_ := ids.get(address(one, key)):
                    one.ids[key["name"]] = id_
                    one.keys[key["name"]] = deployed.read(api, id_)

    def run(self, command: str, *arguments: str) -> Done:
        return self.run_plain(command, "-input=false", "-no-color", PARALLEL, *arguments)

    def run_plain(self, command: str, *arguments: str) -> Done:
        self.server.check()
        done = terraform_core.run(self.folder, command, *arguments, seconds=SECONDS)
        self.server.check()
        return done

    def must(self, done: Done, command: str) -> str:
        if done.returncode:
            raise Failed(f"terraform {command}: {tail(done)}")
        return done.stdout


def address(one: Applied, key: dict) -> str:
    return f"{one.address}.aws_kms_key.{key['terraform']['key']}"


def tail(done: Done) -> str:
    """The errors of what Terraform printed, or its end."""
    text = done.stdout + done.stderr
    at = text.find("Error: ")
    return " ".join(text[at:].split())[:3000] if at >= 0 else text[-3000:]


def reduce(one: Applied, file: Path) -> None:
    """Takes out of a copy what the old provider does not know: rotation periods and kinds of key."""
    names = {key["terraform"]["key"]: key for key in one.case.keys}
    unknown = {word for word, since in KNOWN_SINCE.items() if since > terraform_core.PROVIDER}
    out: list[str] = []
    key: dict | None = None
    for line in file.read_bytes().decode().split("\n"):
        if found := HEAD.match(line):
            key = names[found[1]]
            if {key["key_spec"], key["key_usage"]} & unknown:
                usage = key["key_usage"] if key["key_usage"] in STAND_INS else "SIGN_VERIFY"
                one.instead[key["name"]] = {"key_spec": STAND_INS[usage], "key_usage": usage}
        elif line == "}":
            key = None
        elif key and line.startswith("  rotation_period_in_days "):
            one.periods.add(key["name"])
            continue
        elif key and key["name"] in one.instead and (found := KIND.match(line)):
            value = one.instead[key["name"]]["key_spec" if found[1] != "key_usage" else "key_usage"]
            line = f'{found[0]} "{value}"'
        out.append(line)
    file.write_bytes("\n".join(out).encode())
