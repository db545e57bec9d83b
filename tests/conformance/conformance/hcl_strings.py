"""hcl-strings: Terraform reads thousands of hostile strings, written as keywright writes them, as what they mean."""

import json
import tempfile
from pathlib import Path

from . import terraform_core
from .cases import Cases
from .result import CannotRun, Result
from .tools import Tools

NAME = "hcl-strings"
SHOWN = 20


def version(_tools: Tools) -> str:
    return terraform_core.version()


def check(_cases: Cases, tools: Tools) -> Result:
    """Each line of `examples/hcl_strings.rs` is an expression, and the value that Terraform must give it."""
    done = tools.cargo("run", "--quiet", "--example", "hcl_strings")
    if done.returncode:
        raise CannotRun(NAME, done.stderr.strip())
    pairs = [json.loads(line) for line in done.stdout.split("\n") if line]
    try:
        values = evaluate([pair["hcl"] for pair in pairs], tools)
    except ValueError as error:
        return Result(problems=str(error).splitlines())
    wrong = [
        f"{pair['hcl']}: meant {pair['text']!r}, reads {value!r}"
        for pair, value in zip(pairs, values, strict=True)
        if pair["text"] != value
    ]
    return Result(len(pairs), wrong[:SHOWN])


def evaluate(expressions: list[str], tools: Tools) -> list[str]:
    """The values of HCL expressions in which `local.a` is "A"."""
    items = "".join(f"    {expression},\n" for expression in expressions)
    module = f'locals {{\n  a = "A"\n}}\n\noutput "values" {{\n  value = [\n{items}  ]\n}}\n'
    with tempfile.TemporaryDirectory(dir=tools.scratch) as name:
        folder = Path(name)
        (folder / "main.tf").write_bytes(module.encode())
        for command in (["init"], ["apply", "-auto-approve"]):
            done = terraform_core.run(folder, *command, "-no-color")
            if done.returncode:
                raise ValueError(f"terraform {command[0]}: {(done.stdout + done.stderr)[-4000:]}")
        done = terraform_core.run(folder, "output", "-json", "-no-color")
    return json.loads(done.stdout)["values"]["value"]
