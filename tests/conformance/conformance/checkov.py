"""checkov: every check that it has for CloudFormation and for Terraform; none may fail.

Its own suppressions are allowed only where a resource holds a `*` behind a fence of fixed values, which CKV_AWS_33 takes
for everyone: that is looked up in the policies that are meant, not in the files. SSM parameters with a key's ARN suppress
the check that wants them encrypted.
"""

import concurrent.futures
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import cache, process
from .cases import Cases, Workspace
from .result import CannotRun, Result
from .tools import Tools

NAME = "checkov"
SECONDS = 300
FENCED = "CKV_AWS_33"
# Asks SSM parameters to be encrypted; those of keys hold an ARN, which is no secret.
PLAIN_PARAMETER = "CKV2_AWS_34"
# Keys of a request that say who asks, and whom a fixed value of them therefore leaves.
FENCES = {"kms:calleraccount", "aws:principalaccount", "aws:principalorgid"}
FRAMEWORKS = ("cloudformation", "terraform")
# Types of keys that it has no check for, and therefore does not mention.
UNCHECKED = ("AWS::KMS::ReplicaKey", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key")


@dataclass(frozen=True)
class FalseAlarm:
    """A check that is wrong about certain keys: which, and why. Anything else that fails is a problem."""

    framework: str
    check: str
    why: str

    def covers(self, framework: str, check: str, key: dict) -> bool:
        return (framework, check) == (self.framework, self.check) and self.holds(key)

    def holds(self, key: dict) -> bool:
        raise NotImplementedError


class OfHmacKeys(FalseAlarm):
    def holds(self, key: dict) -> bool:
        return key["key_spec"].startswith("HMAC_") and key["rotation"] is None


class OfImportedMaterial(FalseAlarm):
    def holds(self, key: dict) -> bool:
        return key["origin"] == "EXTERNAL" and key["rotation"] is None


class InKeyStores(FalseAlarm):
    def holds(self, key: dict) -> bool:
        return key["custom_key_store"] is not None and key["rotation"] is None


class OfDisabledKeys(FalseAlarm):
    def holds(self, key: dict) -> bool:
        return not key["enabled"]


FALSE_ALARMS = [
    OfHmacKeys("cloudformation", "CKV_AWS_7", "asks HMAC keys to rotate, which AWS does not offer"),
    OfImportedMaterial("cloudformation", "CKV_AWS_7", "asks imported key material to rotate, which AWS cannot do"),
    InKeyStores("terraform", "CKV_AWS_7", "asks keys in custom key stores to rotate, which AWS does not offer"),
    OfDisabledKeys("terraform", "CKV_AWS_227", "asks keys to be enabled that the spec disables"),
]


def version(_tools: Tools) -> str:
    return cache.locked_version(NAME, NAME)


def check(cases: Cases, tools: Tools) -> Result:
    result = Result()
    runs = [(workspace, framework) for workspace in cases.workspaces for framework in FRAMEWORKS]
    cache.python(NAME)  # installed before anything runs beside anything else
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for part in pool.map(lambda run: judge(*run, tools), runs):
            result.add(part)
    return result


def judge(workspace: Workspace, framework: str, tools: Tools) -> Result:
    keys = keys_by_place(workspace, framework)
    place = f"{workspace.name}: {framework}"
    result = Result(len(keys))
    report = scan(workspace.output / framework, framework, tools)
    if report and framework == "terraform" and (unread := report["results"]["parsing_errors"]):
        report = scan(readable(workspace.output / framework, unread, tools), framework, tools)
        result.notes.append(f"{place}: checkov's reader of HCL stumbles over texts in {len(unread)} files: plain texts put in their place")
    if report is None:
        return Result(problems=[f"{place}: checkov found nothing to judge"])
    findings = report["results"]
    result.problems += [f"{place}: {file} cannot be parsed" for file in findings["parsing_errors"]]
    seen = {at(found) for found in [*findings["passed_checks"], *findings["failed_checks"], *findings["skipped_checks"]]}
    suppressed: dict[tuple[str, str], set[str]] = {}
    for found in findings["skipped_checks"]:
        suppressed.setdefault(at(found), set()).add(found["check_id"])
    excused: dict[str, int] = {}
    for found in findings["failed_checks"]:
        where = at(found)
        known = next((one for one in FALSE_ALARMS if where in keys and one.covers(framework, found["check_id"], keys[where])), None)
        if known:
            words = f"{known.check} {known.why}"
            excused[words] = excused.get(words, 0) + 1
        else:
            line = found["file_line_range"][0]
            result.problems.append(f"{place}{found['file_path']}:{line}: {found['check_id']}: {found['check_name']}")
    unchecked = {where for where in keys.keys() - seen if where[1].startswith(UNCHECKED)}
    if unchecked:
        result.notes.append(f"{place}: {len(unchecked)} keys are replicas or external keys, which checkov has no check for: not judged")
    keys = {where: key for where, key in keys.items() if where not in unchecked}
    result.problems += [f"{place}: checkov did not see the key {key['name']}" for where, key in keys.items() if where not in seen]
    parameters = [where for where, checks in suppressed.items() if holds_arn(where) and checks == {PLAIN_PARAMETER}]
    for where in parameters:
        del suppressed[where]
    result.problems += suppressions(place, keys, suppressed)
    result.notes += [f"{place}: {count} keys: {words} (known false alarm)" for words, count in excused.items()]
    if parameters:
        result.notes.append(f"{place}: {len(parameters)} parameters with an ARN carry checkov's own suppression of {PLAIN_PARAMETER}")
    result.notes.append(f"{place}: {len(suppressed)} keys with a fenced `*` carry checkov's own suppression of {FENCED}")
    return result


def holds_arn(where: tuple[str, str]) -> bool:
    """Whether a resource is a parameter, which keywright makes for nothing but the ARNs of keys."""
    return where[1].startswith("aws_ssm_parameter.")


def suppressions(place: str, keys: dict[tuple[str, str], dict], suppressed: dict[tuple[str, str], set[str]]) -> list[str]:
    """Suppressions that are not what the policies call for."""
    problems = []
    for where in keys.keys() | suppressed.keys():
        checks = suppressed.get(where, set())
        if where not in keys:
            problems.append(f"{place}: {where[1]} is no key, and suppresses {', '.join(sorted(checks))}")
            continue
        name, policy = keys[where]["name"], keys[where]["policy"]
        everyone = [statement for statement in policy["Statement"] if allows_everyone(statement)]
        problems += [
            f"{place}: {name}: `{statement['Sid']}` lets in everyone without a fixed value" for statement in everyone if not fenced(statement)
        ]
        wanted = {FENCED} if everyone else set()
        if checks != wanted:
            problems.append(f"{place}: {name}: suppresses {sorted(checks)}, and its policy calls for {sorted(wanted)}")
    return problems


def allows_everyone(statement: dict) -> bool:
    principal = statement["Principal"]
    named = principal if isinstance(principal, str) else principal.get("AWS", [])
    return statement["Effect"] == "Allow" and ("*" == named or "*" in named and isinstance(named, list))


def fenced(statement: dict) -> bool:
    """Whether a condition fixes who asks, by a value without wildcards and variables."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            fixed = listed and not any(re.search(r"[*?]|\$\{", value) for value in listed)
            if operator == "StringEquals" and key.lower() in FENCES and fixed:
                return True
    return False


def keys_by_place(workspace: Workspace, framework: str) -> dict[tuple[str, str], dict]:
    """The keys as meant, by file below the target's folder and by name there."""
    keys = {}
    for case in workspace.cases:
        if not (case.has_template if framework == "cloudformation" else case.has_module):
            continue
        file = case.meant["template"] if framework == "cloudformation" else f"{case.meant['module']}/main.tf"
        for key in case.keys:
            kind = type_of(key, framework)
            keys[file.removeprefix(framework), f"{kind}.{key[framework]['key']}"] = key
    return keys


def type_of(key: dict, framework: str) -> str:
    """The type of a key's resource."""
    if framework == "cloudformation":
        return "AWS::KMS::ReplicaKey" if key["replica"] else "AWS::KMS::Key"
    return f"aws_kms_{'replica_' if key['replica'] else ''}{'external_' if key['origin'] == 'EXTERNAL' else ''}key"


def at(found: dict) -> tuple[str, str]:
    return found["file_path"], found["resource"]


QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')
# Letters that no reader trips over, and references to where the key is.
PLAIN = re.compile(r"\$\{local\.(?:account_id|partition|region)\}|[A-Za-z0-9:/_.,*?+=@ -]")


def readable(root: Path, unread: list[str], tools: Tools) -> Path:
    """A copy of modules in which the texts of these files are plain ones; structure and policies stay.

    checkov's reader of HCL is not Terraform's, which judges the same files elsewhere, as they are.
    """
    copy = Path(tempfile.mkdtemp(dir=tools.scratch)) / root.name
    shutil.copytree(root, copy)
    for name in unread:
        file = copy / Path(name).resolve().relative_to(root.resolve())
        lines = file.read_bytes().decode().split("\n")
        file.write_bytes("\n".join(line if line.lstrip().startswith("#") else plain(line) for line in lines).encode())
    return copy


def plain(line: str) -> str:
    def text(found: re.Match) -> str:
        inner = re.sub(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|\$\$\{|%%\{", "x", found[1])
        return f'"{"".join(PLAIN.findall(inner))}"'

    return QUOTED.sub(text, line)


def scan(root: Path, framework: str, tools: Tools) -> dict | None:
    """checkov's report on a folder; None when it found no resource there."""
    python = cache.python(NAME)
    command = [python, "-m", "checkov.main", "--directory", root, "--framework", framework, "--skip-download", "--output", "json"]
    # Elsewhere: a .checkov.yaml of the caller must not count.
    done = process.run(NAME, command, seconds=SECONDS, cwd=tools.scratch)
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise CannotRun(NAME, (done.stderr or done.stdout).strip()[-2000:]) from error
    return report if "results" in report else None
