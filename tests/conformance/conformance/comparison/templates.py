"""Reads templates for checkers that know no templates: their keys, with and without functions evaluated.

A program for a Python with PyYAML: standard input is {"files": [...], "values": {name: value}}, standard output for each
file {"keys": {name: {"type", "properties", "policy"}}}. `properties` are as they are written, functions in their long form; in
`policy` functions are evaluated with the values, parameters by their default or first allowed value, `Fn::If` by its
first branch, and what only a deployment knows is a plain name. Neither keywright's reader nor its notion of YAML
takes part.
"""

import json
import re
import sys
from pathlib import Path

import yaml

KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
SHORT = {"Ref": "Ref", "Condition": "Condition"}


class Loader(yaml.SafeLoader):
    """YAML 1.1 with CloudFormation's functions in their long form."""


def function(loader: Loader, suffix: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        given = node.value.split(".", 1) if suffix == "GetAtt" else node.value
    elif isinstance(node, yaml.SequenceNode):
        given = loader.construct_sequence(node, deep=True)
    else:
        given = loader.construct_mapping(node, deep=True)
    return {SHORT.get(suffix, f"Fn::{suffix}"): given}


Loader.add_multi_constructor("!", function)


def evaluated(value: object, values: dict, mappings: dict) -> object:
    """A value with the functions in it evaluated."""

    def inner(part: object) -> object:
        return evaluated(part, values, mappings)

    if isinstance(value, list):
        return [inner(part) for part in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, given),) = value.items()
        if name == "Ref":
            return values.get(given, given)
        if name == "Fn::GetAtt":
            return f"arn:aws:iam::{values['AWS::AccountId']}:role/{given[0]}"
        if name == "Fn::Sub":
            text, own = given if isinstance(given, list) else (given, {})
            known = {**values, **{key: inner(part) for key, part in own.items()}}
            return re.sub(r"\$\{([^!}]*)\}", lambda found: str(known.get(found[1], found[1])), text)
        if name == "Fn::Join":
            return given[0].join(str(part) for part in inner(given[1]))
        if name == "Fn::If":
            return inner(given[1])
        if name == "Fn::FindInMap":
            first, second, third = inner(given)
            return mappings[first][second][third]
    return {key: inner(part) for key, part in value.items()}


def keys_of(template: dict, values: dict) -> dict:
    parameters = template.get("Parameters", {}).items()
    chosen = {name: given.get("Default", (given.get("AllowedValues") or [name])[0]) for name, given in parameters}
    known = {**chosen, **values}
    keys = {}
    for name, resource in template["Resources"].items():
        if resource.get("Type") not in KEYS:
            continue
        properties = resource.get("Properties", {})
        policy = evaluated(properties.get("KeyPolicy"), known, template.get("Mappings", {}))
        policy = json.loads(policy) if isinstance(policy, str) else policy
        keys[name] = {"type": resource["Type"], "properties": properties, "policy": policy}
    return keys


def main() -> None:
    asked = json.load(sys.stdin)
    read = [yaml.load(Path(file).read_text(encoding="utf-8"), Loader) for file in asked["files"]]
    # A date without quotes is a text to CloudFormation.
    json.dump([{"keys": keys_of(template, asked["values"])} for template in read], sys.stdout, default=str)


if __name__ == "__main__":
    main()
