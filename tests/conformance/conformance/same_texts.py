"""same-texts: template and module say the same of every key, read by a YAML 1.1 reader and evaluated by Terraform.

Description, policy, tags, aliases and settings. A further workspace of hostile texts, generated anew, is also held
against its spec: every text of it arrives.
"""

import json
import re
from pathlib import Path

from . import cache, cases, hostile, saying, terraform_core
from .cases import Cases, Workspace, has_keys
from .result import Result
from .saying import Deployment
from .tools import Tools

NAME = "same-texts"

# Elsewhere than the other components look.
DEPLOYMENT = Deployment("111122223333", "aws-cn", "cn-north-1")


def version(_tools: Tools) -> str:
    return f"{terraform_core.version()}, PyYAML {cache.locked_version('cfn-lint', 'PyYAML')}"


def check(judged: Cases, tools: Tools) -> Result:
    result = Result()
    try:
        result.add(alone(judged, tools))
        for workspace in judged.workspaces:
            keys, problems = compare(workspace.output, tools)
            problems += missing(workspace)
            result.cases += keys
            result.problems += [f"{workspace.name}: {problem}" for problem in problems]
        folder = tools.folder("hostile")
        hostile.write(folder)
        cases.generate(tools, folder)
        keys, problems = compare(folder / "output", tools)
        spec = json.loads((folder / "specs" / "hostile.yaml").read_text(encoding="utf-8"))
        problems += compare_meant(folder / "output", spec)
        result.cases += keys
        result.problems += [f"hostile texts: {problem}" for problem in problems]
    except ValueError as error:
        result.problems += str(error).splitlines()
    return result


def missing(workspace: Workspace) -> list[str]:
    """Files that should be there."""
    wanted = [case.template for case in workspace.cases if case.has_template]
    wanted += [case.module / "main.tf" for case in workspace.cases if case.has_module]
    return [f"{file.relative_to(workspace.output)} is not there" for file in wanted if not file.exists()]


def alone(judged: Cases, tools: Tools) -> Result:
    """Keys that only one target has, held against what is meant."""
    result = Result()
    for case in judged:
        if case.has_template == case.has_module:
            continue
        where = Deployment(case.account, case.partition, case.region)
        if case.has_template:
            (said,) = saying.templates([case.template], where)
        else:
            (said,) = saying.modules([case.module / "main.tf"], where, tools)
        for key in case.keys:
            result.cases += 1
            found = said.get(key["name"], {})
            for what, value in meant(key).items():
                if found.get(what) != value:
                    result.problems.append(f"{case.name}: {what} of {key['name']}: meant {value!r}, it says {found.get(what)!r}")
    if result.cases:
        result.notes.append(f"{result.cases} keys are written for one target only: held against what is meant instead")
    return result


def meant(key: dict) -> dict:
    """What a key's template or module must say, as `saying` gives it; not its policy, which is for `same-policy`."""
    days = key["rotation"] and key["rotation"]["period_days"]
    store = key["custom_key_store"] or {"id": None, "xks_key_id": None}
    return {
        "description": key["description"],
        "tags": key["tags"],
        "aliases": sorted(alias["name"] for alias in key["aliases"]),
        "spec": key["key_spec"],
        "usage": key["key_usage"],
        "rotation": key["rotation"] is not None,
        # AWS rotates once a year when nothing is said.
        "period": days if days != 365 else None,
        "window": key["deletion_window_days"],
        "enabled": key["enabled"],
        "protected": key["retained"],
        "multi-Region": key["multi_region"],
        "replica": key["replica"],
        "store": store["id"],
        "external key": store["xks_key_id"],
    }


def compare(output: Path, tools: Tools) -> tuple[int, list[str]]:
    """How many keys were compared, and every property in which the targets differ."""
    files = sorted(filter(has_keys, (output / "terraform").glob("*/*/main.tf")))
    places = [file.parent.relative_to(output / "terraform") for file in files]
    beside = [output / "cloudformation" / place.with_name(f"{place.name}.yaml") for place in places]
    both = [index for index, template in enumerate(beside) if template.exists()]
    said = saying.templates([beside[index] for index in both], DEPLOYMENT)
    meant = saying.modules([files[index] for index in both], DEPLOYMENT, tools)
    keys, problems = 0, []
    for index, template, module in zip(both, said, meant, strict=True):
        place = places[index]
        if template.keys() != module.keys():
            problems.append(f"{place}: other keys: {sorted(template.keys() ^ module.keys())}")
        for name in sorted(template.keys() & module.keys()):
            keys += 1
            # What CloudFormation has no word for must be unsaid in the module.
            unsaid = dict.fromkeys(module[name].keys() - template[name].keys(), None) | {"ignored": []}
            for what, value in {**template[name], **unsaid}.items():
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
    values = {local.removesuffix("_id"): value for local, value in DEPLOYMENT.locals().items()}
    values["environment"] = environment
    return re.sub(r"\{\{|\}\}|\{(\w+)\}", lambda found: values[found[1]] if found[1] else found[0][0], text)


def compare_meant(output: Path, spec: dict) -> list[str]:
    """What of a spec's texts did not arrive."""
    problems = []
    files = sorted(filter(has_keys, (output / "cloudformation").glob("*/*.yaml")))
    for file, said in zip(files, saying.templates(files, DEPLOYMENT), strict=True):
        environment = file.parent.name
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
