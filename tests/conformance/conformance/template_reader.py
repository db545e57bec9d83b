"""Reads templates as a YAML 1.1 reader does, with `Ref` and `Fn::Sub` after CloudFormation's documentation.

A program for a Python with PyYAML: standard input is {"files": [...], "values": {pseudo parameter: value}}, standard
output the content of each file, functions evaluated. Neither keywright's own reader nor its notion of YAML takes part.
"""

import json
import re
import sys
from pathlib import Path

import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.1, as CloudFormation reads it, with its functions."""

    values: dict[str, str] = {}


def substitute(text: str, values: dict) -> str:
    def value(found: re.Match) -> str:
        name = found[1]
        # "To write a dollar sign and curly braces (${}) literally, add an exclamation point (!)"
        return f"${{{name[1:]}}}" if name.startswith("!") else values[name]

    return re.sub(r"\$\{([^}]*)\}", value, text)


def construct_sub(loader: Loader, node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return substitute(node.value, loader.values)
    text, own = loader.construct_sequence(node, deep=True)
    return substitute(text, {**loader.values, **own})


Loader.add_constructor("!Sub", construct_sub)
# What only a deployment knows stays recognisable.
Loader.add_constructor("!Ref", lambda loader, node: loader.values.get(node.value, f"<{node.value}>"))
Loader.add_constructor("!GetAtt", lambda _, node: f"<{node.value}>")


def main() -> None:
    asked = json.load(sys.stdin)
    Loader.values = asked["values"]
    json.dump([yaml.load(Path(file).read_bytes().decode(), Loader) for file in asked["files"]], sys.stdout)


if __name__ == "__main__":
    main()
