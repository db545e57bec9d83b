"""Asks the real Terraform what a generated module says, and a YAML 1.1 reader what the template beside it says.

Both must give every key the same description, policy, tags, aliases and settings. Neither road touches keywright's
own readers: HCL is evaluated by Terraform's core, in a module without any provider in which resources have become
outputs; templates are read by PyYAML, with `Ref` and `Fn::Sub` after CloudFormation's documentation.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

DEPLOYED = {"AWS::AccountId": "111122223333", "AWS::Partition": "aws-cn", "AWS::Region": "cn-north-1"}
LOCALS = {"account_id": "AWS::AccountId", "partition": "AWS::Partition", "region": "AWS::Region"}
OWN_TAG = "keywright:key"


# --- CloudFormation ----------------------------------------------------------------------------


class Loader(yaml.SafeLoader):
    """YAML 1.1, as CloudFormation reads it, with its functions."""


def substitute(text: str, own: dict) -> str:
    def value(found: re.Match) -> str:
        name = found[1]
        # "To write a dollar sign and curly braces (${}) literally, add an exclamation point (!)"
        return f"${{{name[1:]}}}" if name.startswith("!") else {**DEPLOYED, **own}[name]

    return re.sub(r"\$\{([^}]*)\}", value, text)


def construct_sub(loader: Loader, node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return substitute(node.value, {})
    text, own = loader.construct_sequence(node, deep=True)
    return substitute(text, own)


Loader.add_constructor("!Sub", construct_sub)
Loader.add_constructor("!Ref", lambda _, node: DEPLOYED.get(node.value, f"<{node.value}>"))
Loader.add_constructor("!GetAtt", lambda _, node: f"<{node.value}>")


def template(file: Path) -> dict:
    """What a template says of each key, by the key's own tag."""
    resources = yaml.load(file.read_bytes().decode(), Loader)["Resources"]
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


def modules(files: list[Path], terraform) -> list[dict]:
    """What each module says of each key, by the key's own tag; all of them in one run of Terraform."""
    values = "".join(f"  {local} = {json.dumps(DEPLOYED[name])}\n" for local, name in LOCALS.items())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "locals.tf").write_text(f"locals {{\n{values}}}\n", encoding="utf-8")
        for number, file in enumerate(files):
            text = as_outputs(file.read_bytes().decode(), f"m{number}")
            (folder / f"m{number}.tf").write_text(text, encoding="utf-8", newline="\n")
        for command in (["init", "-no-color"], ["apply", "-auto-approve", "-no-color"]):
            status, out, err = terraform(folder, *command)
            if status:
                raise ValueError(f"terraform {command[0]}: {out}{err}")
        _, out, _ = terraform(folder, "output", "-json", "-no-color")
    found: dict[tuple, dict] = {}
    for name, output in json.loads(out).items():
        module, kind, resource = name.split("--")
        found[int(module[1:]), kind, resource] = output["value"]
    read: list[dict] = [{} for _ in files]
    for (number, kind, resource), values in found.items():
        if kind != "aws_kms_key":
            continue
        aliases = [
            alias["name"]
            for (other, kind, _), alias in found.items()
            if (other, kind) == (number, "aws_kms_alias") and alias["target_key_id"] == resource
        ]
        read[number][values["tags"][OWN_TAG]] = {
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
    return read


# --- both --------------------------------------------------------------------------------------


def compare(output: Path, terraform) -> tuple[int, list[str]]:
    """How many keys were compared, and every property in which the targets differ."""
    files = sorted((output / "terraform").glob("*/*/main.tf"))
    keys, problems = 0, []
    for file, module in zip(files, modules(files, terraform), strict=True):
        place = file.parent.relative_to(output / "terraform")
        beside = output / "cloudformation" / place.with_name(f"{place.name}.yaml")
        if not beside.exists():
            continue
        said = template(beside)
        if said.keys() != module.keys():
            problems.append(f"{place}: other keys: {sorted(said.keys() ^ module.keys())}")
        for name in sorted(said.keys() & module.keys()):
            keys += 1
            for what, value in said[name].items():
                other = module[name][what]
                if value == other:
                    continue
                if what == "policy":  # only the statements that differ
                    one, two = value["Statement"], other["Statement"]
                    value, other = ([it for it in these if it not in those] for these, those in ((one, two), (two, one)))
                problems.append(f"{place}: {what} of {name}: {value!r} in CloudFormation, {other!r} in Terraform")
    return keys, problems


def filled(text: str, environment: str) -> str:
    """A text of a spec with its placeholders filled in."""
    values = {local.removesuffix("_id"): DEPLOYED[name] for local, name in LOCALS.items()}
    values["environment"] = environment
    return re.sub(r"\{\{|\}\}|\{(\w+)\}", lambda found: values[found[1]] if found[1] else found[0][0], text)


def compare_meant(output: Path, spec: dict) -> list[str]:
    """What of a spec's texts did not arrive."""
    problems = []
    for file in sorted((output / "cloudformation").glob("*/*.yaml")):
        environment, said = file.parent.name, template(file)
        for key in spec["keys"]:
            found = said[key["id"]]
            if found["description"] != key["purpose"]:
                problems.append(f"{environment}: {key['id']}: {found['description']!r}, meant {key['purpose']!r}")
            for name, value in key.get("tags", {}).items():
                if found["tags"].get(name) != filled(value, environment):
                    problems.append(f"{environment}: {key['id']}: tag {name!r}: {found['tags'].get(name)!r}, meant {value!r}")
            contexts = [entry for user in key["users"] for entry in user.get("context", {}).items()]
            equal = [statement.get("Condition", {}).get("StringEquals", {}) for statement in found["policy"]["Statement"]]
            for name, value in contexts:
                # IAM reads `${$}` as a dollar sign.
                values = [keys.get(f"kms:EncryptionContext:{name}", "").replace("${$}", "$") for keys in equal]
                if filled(value, environment) not in values:
                    problems.append(f"{environment}: {key['id']}: context {name!r}: meant {value!r}")
    return problems


def generate(repository: Path, workspace: Path) -> None:
    """Runs keywright as it stands in the repository."""
    command = ["cargo", "run", "--quiet", "--", "--workspace", workspace, "--quiet", "generate"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"keywright generate: {done.stderr}")
