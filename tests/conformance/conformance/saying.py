"""What templates and modules say of each key, by the key's own tag, for an account, partition and Region.

Two roads that share nothing with keywright's own readers: templates are read by PyYAML; modules are evaluated by
Terraform's core without any provider, resources turned into outputs.
"""

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cache, process, terraform_core
from .tools import Tools

OWN_TAG = "keywright:key"
READER = Path(__file__).with_name("template_reader.py")
SECONDS = 300


@dataclass(frozen=True)
class Deployment:
    """What deployment-time parts stand for."""

    account: str
    partition: str
    region: str

    def pseudo_parameters(self) -> dict[str, str]:
        return {"AWS::AccountId": self.account, "AWS::Partition": self.partition, "AWS::Region": self.region}

    def locals(self) -> dict[str, str]:
        return {"account_id": self.account, "partition": self.partition, "region": self.region}


# --- CloudFormation ----------------------------------------------------------------------------


def read_templates(files: list[Path], deployment: Deployment) -> list[dict]:
    """The content of templates."""
    asked = {"files": [str(file) for file in files], "values": deployment.pseudo_parameters()}
    command = [cache.python_with_yaml(), READER]
    done = process.run("template reader", command, seconds=SECONDS, stdin=json.dumps(asked))
    if done.returncode:
        raise ValueError(f"PyYAML cannot read the templates: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout)


def templates(files: list[Path], deployment: Deployment) -> list[dict]:
    """What each template says of each key."""
    return [keys_of_template(content["Resources"]) for content in read_templates(files, deployment)]


def keys_of_template(resources: dict) -> dict:
    keys = {}
    for name, resource in resources.items():
        if resource["Type"] != "AWS::KMS::Key":
            continue
        properties = resource["Properties"]
        aliases = [
            other["Properties"]["AliasName"]
            for other in resources.values()
            if other["Type"] == "AWS::KMS::Alias" and other["Properties"]["TargetKeyId"] == f"<{name}>"
        ]
        tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
        keys[tags[OWN_TAG]] = {
            "description": properties["Description"],
            "policy": properties["KeyPolicy"],
            "tags": tags,
            "aliases": sorted(aliases),
            "spec": properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
            "usage": properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
            "rotation": properties.get("EnableKeyRotation", False),
            "period": properties.get("RotationPeriodInDays"),
            "window": properties["PendingWindowInDays"],
            "enabled": properties.get("Enabled", True),
            "protected": resource["DeletionPolicy"] != "Delete",
        }
    return keys


# --- Terraform ---------------------------------------------------------------------------------


def as_outputs(text: str, prefix: str) -> str:
    """A module's main.tf with every resource as an output. `terraform fmt` leaves only structure in the first column."""
    out = []
    skipping = False
    for line in text.split("\n"):
        if found := re.fullmatch(r'resource "(\w+)" "(\w+)" \{', line):
            out += [f'output "{prefix}.{found[1]}.{found[2]}" {{'.replace(".", "--"), "  value = {"]
        elif line == "}" and not skipping:
            out += ["  }", "}"]
        elif re.match(r"(data|locals|moved|removed)\b", line):
            skipping = not line.endswith("{}")
        elif skipping:
            skipping = line != "}"
        elif found := re.fullmatch(r"( +target_key_id += )aws_kms_key\.(\w+)\.key_id", line):
            out.append(f'{found[1]}"{found[2]}"')
        else:
            out.append(re.sub(r"^  lifecycle \{$", "  lifecycle = {", line))
    return "\n".join(out) + "\n"


def evaluate(files: list[Path], deployment: Deployment, tools: Tools) -> list[dict]:
    """The resources of modules, by type and name; all of them in one run of Terraform."""
    values = "".join(f"  {local} = {json.dumps(value)}\n" for local, value in deployment.locals().items())
    with tempfile.TemporaryDirectory(dir=tools.scratch) as name:
        folder = Path(name)
        (folder / "locals.tf").write_text(f"locals {{\n{values}}}\n", encoding="utf-8")
        for number, file in enumerate(files):
            text = as_outputs(file.read_bytes().decode(), f"m{number}")
            (folder / f"m{number}.tf").write_text(text, encoding="utf-8", newline="\n")
        for command in (["init", "-no-color"], ["apply", "-auto-approve", "-no-color"]):
            done = terraform_core.run(folder, *command)
            if done.returncode:
                raise ValueError(f"terraform {command[0]}: {done.stdout[-4000:]}{done.stderr}")
        done = terraform_core.run(folder, "output", "-json", "-no-color")
    found: list[dict] = [{} for _ in files]
    for name, output in json.loads(done.stdout).items():
        module, kind, resource = name.split("--")
        found[int(module[1:])][kind, resource] = output["value"]
    return found


def modules(files: list[Path], deployment: Deployment, tools: Tools) -> list[dict]:
    """What each module's main.tf says of each key."""
    return [keys_of_module(resources) for resources in evaluate(files, deployment, tools)]


def keys_of_module(resources: dict) -> dict:
    keys = {}
    for (kind, resource), values in resources.items():
        if kind != "aws_kms_key":
            continue
        aliases = [
            alias["name"]
            for (kind, _), alias in resources.items()
            if kind == "aws_kms_alias" and alias["target_key_id"] == resource
        ]
        keys[values["tags"][OWN_TAG]] = {
            "description": values["description"],
            "policy": json.loads(values["policy"]),
            "tags": values["tags"],
            "aliases": sorted(aliases),
            "spec": values.get("customer_master_key_spec", "SYMMETRIC_DEFAULT"),
            "usage": values.get("key_usage", "ENCRYPT_DECRYPT"),
            "rotation": values.get("enable_key_rotation", False),
            "period": values.get("rotation_period_in_days"),
            "window": values["deletion_window_in_days"],
            "enabled": values.get("is_enabled", True),
            "protected": values.get("lifecycle", {}).get("prevent_destroy", False),
        }
    return keys
