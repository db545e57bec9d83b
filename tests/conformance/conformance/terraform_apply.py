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
HEAD = re.compile(r'^resource "aws_kms_(?:replica_)?(?:external_)?key" "(\w+)" \{$')
KIND = re.compile(r'^  (customer_master_key_spec|key_spec|key_usage) +=')
# Arguments of all types of keys that the old provider does not know, or the type that stands in does not.
TOO_NEW = re.compile(r"^  (multi_region|custom_key_store_id|xks_key_id|primary_key_arn) +=")
REPLICA = re.compile(r"\baws_kms_replica_((?:external_)?key)\b")
# The type of replicas with imported material has another name for the id than the one that stands in.
EXTERNAL_ID = re.compile(r"\b(aws_kms_external_key\.\w+)\.key_id\b")
# What stands beside keys: rules, alarms, parameters. The endpoint is for KMS.
BESIDE = re.compile(r'^resource "(?!aws_kms_)\w+" "\w+" \{\n(?:(?!\}).*\n)*\}\n\n?', re.M)
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


@dataclass
class Applied:
    """A case that was applied: what was found of each key by its name, and what the old provider could not take."""

    case: Case
    address: str
    keys: dict[str, dict] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    instead: dict[str, dict[str, object]] = field(default_factory=dict)
    """Properties that stood in for others, by the key's name."""
    periods: set[str] = field(default_factory=set)
    """Names of keys whose rotation period was left out."""
    beside: int = 0
    """How many resources beside keys were left out."""

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
            leave_out_beside(one, folder / f"m{number}" / "main.tf")
            reduce(one, folder / f"m{number}")
            alias = places.index((case.account, case.region))
            text.append(module.call(f"m{number}", f"  providers = {{ aws = aws.a{alias} }}\n"))
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
            resource["address"]: resource["values"].get("key_id") or resource["values"]["id"]
            for child in state["values"]["root_module"].get("child_modules", [])
            for resource in child.get("resources", [])
            if resource["type"] in ("aws_kms_key", "aws_kms_external_key")
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
    # Replicas are applied as keys of their own.
    return f"{one.address}.aws_kms_{'external_' if key['origin'] == 'EXTERNAL' else ''}key.{key['terraform']['key']}"


def tail(done: Done) -> str:
    """The errors of what Terraform printed, or its end."""
    text = done.stdout + done.stderr
    at = text.find("Error: ")
    return " ".join(text[at:].split())[:3000] if at >= 0 else text[-3000:]


def leave_out_beside(one: Applied, file: Path) -> None:
    """Takes out of a copy what stands beside keys."""
    text = file.read_bytes().decode()
    one.beside = len(BESIDE.findall(text))
    file.write_bytes(BESIDE.sub("", text).encode())


def reduce(one: Applied, folder: Path) -> None:
    """Takes out of a copy what the old provider does not know: rotation periods, kinds of key, replicas, key stores."""
    for file in folder.glob("*.tf"):
        text = file.read_bytes().decode()
        if file.name == "main.tf":
            text = reduced(one, text)
        text = EXTERNAL_ID.sub(r"\1.id", REPLICA.sub(r"aws_kms_\1", text))
        file.write_bytes(text.encode())


def reduced(one: Applied, text: str) -> str:
    """A main.tf without what the old provider does not know."""
    names = {key["terraform"]["key"]: key for key in one.case.keys}
    out: list[str] = []
    key: dict | None = None
    for line in text.split("\n"):
        if found := HEAD.match(line):
            key = names[found[1]]
            if instead := stand_ins(key):
                one.instead[key["name"]] = instead
        elif line == "}":
            key = None
        elif key and line.startswith("  rotation_period_in_days "):
            one.periods.add(key["name"])
            continue
        elif key and TOO_NEW.match(line):
            continue
        elif key and key["replica"] and key["origin"] != "EXTERNAL" and line.startswith("  enabled "):
            line = line.replace("enabled", "is_enabled")
        elif key and key["name"] in one.instead and (found := KIND.match(line)):
            if key["origin"] == "EXTERNAL":  # whose kind this provider does not take
                continue
            value = one.instead[key["name"]].get("key_spec" if found[1] != "key_usage" else "key_usage")
            line = f'{found[0]} "{value}"' if value else line
        out.append(line)
    return "\n".join(out)


def stand_ins(key: dict) -> dict[str, object]:
    """What a key is applied with instead of what the old provider does not know."""
    unknown = {word for word, since in KNOWN_SINCE.items() if since > terraform_core.PROVIDER}
    instead: dict[str, object] = {}
    external = key["origin"] == "EXTERNAL"
    if key["replica"] or external:
        instead |= {"key_spec": "SYMMETRIC_DEFAULT", "key_usage": "ENCRYPT_DECRYPT", "rotation": False}
    elif {key["key_spec"], key["key_usage"]} & unknown:
        usage = key["key_usage"] if key["key_usage"] in STAND_INS else "SIGN_VERIFY"
        instead |= {"key_spec": STAND_INS[usage], "key_usage": usage}
    if key["multi_region"]:
        instead["multi_region"] = False
    if not external and key["origin"] != "AWS_KMS":
        instead["origin"] = "AWS_KMS"
    # Nobody can use a key before its material is imported, which is nothing that modules do.
    return instead | ({"enabled": False} if external else {})
