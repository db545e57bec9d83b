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
# Types of resources that are keys, and whether they are replicas, and their material is imported.
TYPES = {
    "aws_kms_key": (False, False),
    "aws_kms_external_key": (False, True),
    "aws_kms_replica_key": (True, False),
    "aws_kms_replica_external_key": (True, True),
}
# Given to what asks for the ARN of a primary key: the forms that there are, and what is no such ARN.
ARNS = [
    *(f"arn:aws:kms:{region}:111122223333:key/mrk-{'0a' * 16}" for region in ("eu-central-1", "eu-west-1", "us-east-1", "eu-west-3")),
    f"arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-{'0a' * 16}",
    "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555",
    f"arn:aws:kms:eu-central-1:111122223333:key/mrk-{'0a' * 16}x",
    f"arn:aws:kms:eu-central-1:11112222333:key/mrk-{'0a' * 16}",
    "arn:aws:kms:eu-central-1:111122223333:alias/orders",
    "",
]
READER = Path(__file__).with_name("template_reader.py")
SECONDS = 300

# Source: botocore, `data/partitions.json`, `dnsSuffix`.
DNS_SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


@dataclass(frozen=True)
class Deployment:
    """What deployment-time parts stand for."""

    account: str
    partition: str
    region: str

    def pseudo_parameters(self) -> dict[str, str]:
        return {
            "AWS::AccountId": self.account, "AWS::Partition": self.partition, "AWS::Region": self.region,
            "AWS::URLSuffix": DNS_SUFFIXES[self.partition],
        }  # fmt: skip

    def locals(self) -> dict[str, str]:
        return {
            "account_id": self.account, "partition": self.partition, "region": self.region,
            "dns_suffix": DNS_SUFFIXES[self.partition],
        }  # fmt: skip


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
    return [keys_of_template(content) for content in read_templates(files, deployment)]


def accepted(pattern: str) -> list[str]:
    """The ARNs that a parameter takes. CloudFormation wants the whole value to match."""
    return [arn for arn in ARNS if re.fullmatch(pattern, arn)]


def keys_of_template(content: dict) -> dict:
    resources, parameters = content["Resources"], content.get("Parameters", {})
    keys = {}
    for name, resource in resources.items():
        if resource["Type"] not in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
            continue
        properties = resource["Properties"]
        replica = resource["Type"] == "AWS::KMS::ReplicaKey"
        parameter = f"{name.removesuffix('Key')}PrimaryKeyArn"
        primary = properties.get("PrimaryKeyArn")
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
            "multi-Region": replica or properties.get("MultiRegion", False),
            "replica": replica,
            # The parameter of its own, whatever the target calls it.
            "primary": "its own" if primary == f"<{parameter}>" else primary,
            "primaries": accepted(parameters[parameter]["AllowedPattern"]) if parameter in parameters else None,
            # A replica's resource does not say it in this language.
            "imported": None if replica else properties.get("Origin", "AWS_KMS") == "EXTERNAL",
        }
    return keys


# --- Terraform ---------------------------------------------------------------------------------


def as_outputs(text: str, prefix: str) -> str:
    """A module's main.tf with every resource of KMS as an output, and what its variables take.

    `terraform fmt` leaves only structure in the first column.
    """
    out = []
    skipping = False
    variable = ""
    for line in text.split("\n"):
        if found := re.fullmatch(r'variable "(\w+)" \{', line):
            variable, skipping = found[1], True
        elif variable and (found := re.fullmatch(r" +condition += (.*)", line)):
            condition = found[1].replace(f"var.{variable}", "arn")
            out.append(f'output "{prefix}--variable--{variable}" {{\n  value = [for arn in local.arns : arn if {condition}]\n}}')
        elif found := re.fullmatch(r'resource "(aws_kms_\w+)" "(\w+)" \{', line):
            out += [f'output "{prefix}.{found[1]}.{found[2]}" {{'.replace(".", "--"), "  value = {"]
        elif line == "}" and not skipping:
            out += ["  }", "}"]
        elif re.match(r"(data|locals|moved|removed|resource)\b", line):
            skipping = not line.endswith("{}")
        elif skipping:
            skipping = line != "}"
            variable = variable if skipping else ""
        elif found := re.fullmatch(r"( +target_key_id += )(aws_kms_\w+)\.(\w+)\.(\w+)", line):
            # The type without an attribute of the key's id; its documentation gives the id as its own.
            right = "id" if found[2] == "aws_kms_external_key" else "key_id"
            out.append(f'{found[1]}"{found[3] if found[4] == right else found[4]}"')
        elif found := re.fullmatch(r"( +primary_key_arn += )(var\.\w+)", line):
            out.append(f'{found[1]}"{found[2]}"')
        elif found := re.fullmatch(r"( +ignore_changes += )\[(.*)\]", line):
            out.append(f"{found[1]}{json.dumps(found[2].split(', '))}")
        else:
            out.append(re.sub(r"^  lifecycle \{$", "  lifecycle = {", line))
    return "\n".join(out) + "\n"


def evaluate(files: list[Path], deployment: Deployment, tools: Tools) -> list[dict]:
    """The resources of modules, by type and name; all of them in one run of Terraform."""
    values = "".join(f"  {local} = {json.dumps(value)}\n" for local, value in {**deployment.locals(), "arns": ARNS}.items())
    with tempfile.TemporaryDirectory(dir=tools.scratch) as name:
        folder = Path(name)
        (folder / "locals.tf").write_text(f"locals {{\n{values}}}\n", encoding="utf-8")
        for number, file in enumerate(files):
            variables = file.with_name("variables.tf")
            parts = [part.read_bytes().decode() for part in (file, variables) if part.exists()]
            text = as_outputs("\n".join(parts), f"m{number}")
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
        if kind not in TYPES:
            continue
        replica, imported = TYPES[kind]
        plain = kind == "aws_kms_key"
        variable = f"{resource}_primary_key_arn"
        primary = values.get("primary_key_arn")
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
            "spec": values.get("customer_master_key_spec" if plain else "key_spec", "SYMMETRIC_DEFAULT"),
            "usage": values.get("key_usage", "ENCRYPT_DECRYPT"),
            "rotation": values.get("enable_key_rotation", False),
            "period": values.get("rotation_period_in_days"),
            "window": values["deletion_window_in_days"],
            "enabled": values.get("is_enabled" if plain else "enabled", True),
            "protected": values.get("lifecycle", {}).get("prevent_destroy", False),
            "multi-Region": replica or values.get("multi_region", False),
            "replica": replica,
            "primary": "its own" if primary == f"var.{variable}" else primary,
            "primaries": resources.get(("variable", variable)),
            "imported": None if replica else imported,
            "store": values.get("custom_key_store_id"),
            "external key": values.get("xks_key_id"),
            # Imported by hand, with a day on which it expires: of no concern to the module.
            "ignored": sorted(set(values.get("lifecycle", {}).get("ignore_changes", [])) - ({"valid_to"} if imported else set())),
        }
    return keys
