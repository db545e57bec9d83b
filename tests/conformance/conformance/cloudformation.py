"""cloudformation: every template becomes a stack, and every key in it is what the spec means.

Stacks are made through change sets, read back through the API of KMS, and changed to the same template, which must come
to no change. What the endpoint does not act on is read from the template instead.
"""

import concurrent.futures
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from . import deployed, localstack, saying
from .aws_api import Api, ApiError
from .cases import Case, Cases
from .deployed import Blind
from .result import CannotRun, Result
from .saying import Deployment
from .tools import Tools

NAME = "cloudformation"

STACK_SECONDS = 120
WORKERS = 4
LARGEST_BODY = 51200
KEY_KIND = re.compile(r"^      KeySpec: (\w+)(?:\n      KeyUsage: (\w+))?$", re.M)
OWN_TAG = re.compile(r"^(        - Key: keywright:key\n          Value: )(\w+)$", re.M)
# A quoted text, with what stands before it when it is one of Fn::Sub.
QUOTED = re.compile(r'(!Sub \[?)?("(?:[^"\\]|\\.)*")(, \{Dollar: "\$"\})?')
MARK = "\ue5d0"
ENDED = re.compile(r".*_(COMPLETE|FAILED)")
KINDS = ("AWS::KMS::Key", "AWS::KMS::Alias")


@dataclass
class Stack:
    """A deployed case: what was found of each key by its name, and what went wrong."""

    case: Case
    api: Api
    keys: dict[str, dict] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    changes: int = 0

    @property
    def blind(self) -> Blind:
        return localstack.blind(self.case.keys, period=True)

    @property
    def name(self) -> str:
        return f"{self.case.environment}-{self.case.stack}"

    def problem(self, text: str) -> None:
        self.problems.append(f"{self.case.name}: {text}")


def version(_tools: Tools) -> str:
    return localstack.version()


def deploy_all(cases: Cases, tools: Tools) -> list[Stack]:
    """Every case as a stack, read back; made once a run."""

    def make() -> list[Stack]:
        server = localstack.start(tools)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            stacks = list(pool.map(lambda case: deploy(case, Api(server, case.account, case.region)), cases))
        # Every name is free again for who deploys the same keys next.
        for account, region in sorted({(case.account, case.region) for case in cases}):
            deployed.drop_aliases(Api(server, account, region))
        return stacks

    return tools.once((NAME, cases), make)


def check(cases: Cases, tools: Tools) -> Result:
    result = Result()
    stood_in = 0
    for stack in deploy_all(cases, tools):
        result.cases += len(stack.case.keys)
        result.problems += stack.problems
        blind = stack.blind
        stood_in += len(blind.stand_ins)
        for key in stack.case.keys:
            if key["name"] in stack.keys:
                found = deployed.differences(key, stack.keys[key["name"]], blind)
                result.problems += [f"{stack.case.name}: {problem}" for problem in found]
    result.problems += words(cases)
    result.notes += [
        f"deletion policies and waiting times of {result.cases} keys, and the periods of those that rotate, are read from "
        "the templates: LocalStack does not act on them",
        f"{stood_in} keys are of kinds that LocalStack does not know: deployed as another kind, their own read from the templates",
        f"{sum(map(literals, cases))} texts of Fn::Sub have a literal dollar sign and brace, which LocalStack's engine cannot read: "
        "deployed with a mark for the dollar sign",
    ]
    return result


# --- what the endpoint does not act on -----------------------------------------------------------


def words(cases: Cases) -> list[str]:
    """Where a template does not say what is meant."""
    problems = []
    by_place: dict[Deployment, list[Case]] = {}
    for case in cases:
        by_place.setdefault(Deployment(case.account, case.partition, case.region), []).append(case)
    for where, those in by_place.items():
        try:
            contents = saying.read_templates([case.template for case in those], where)
        except ValueError as error:
            return [*problems, str(error)]
        for case, content in zip(those, contents, strict=True):
            problems += [f"{case.name}: {problem}" for key in case.keys for problem in words_of(key, content["Resources"])]
    return problems


def words_of(key: dict, resources: dict) -> list[str]:
    """What a template says of a key and its aliases against what is meant."""
    found = resources.get(key["cloudformation"]["key"], {})
    properties = found.get("Properties", {})
    keeps = ("Retain", "RetainExceptOnCreate")
    meant = {
        "KeySpec": (properties.get("KeySpec", "SYMMETRIC_DEFAULT"), [key["key_spec"]]),
        "PendingWindowInDays": (properties.get("PendingWindowInDays"), [key["deletion_window_days"]]),
        "DeletionPolicy": (found.get("DeletionPolicy"), keeps if key["retained"] else ["Delete"]),
        "UpdateReplacePolicy": (found.get("UpdateReplacePolicy"), ["Retain" if key["retained"] else "Delete"]),
    }
    if key["rotation"]:
        # AWS rotates once a year when nothing is said.
        meant["RotationPeriodInDays"] = (properties.get("RotationPeriodInDays", 365), [key["rotation"]["period_days"]])
    for name, alias in zip(key["cloudformation"]["aliases"], key["aliases"], strict=True):
        other = resources.get(name, {})
        meant[f"DeletionPolicy of {name}"] = (other.get("DeletionPolicy"), keeps if alias["retained"] else ["Delete"])
        replaced = other.get("UpdateReplacePolicy")
        meant[f"UpdateReplacePolicy of {name}"] = (replaced, ["Retain" if alias["retained"] else "Delete"])
    return [
        f"{key['name']}: {what}: meant {' or '.join(map(str, right))}, the template says {is_}"
        for what, (is_, right) in meant.items()
        if is_ not in right
    ]


# --- stacks ------------------------------------------------------------------------------------


def deploy(case: Case, api: Api) -> Stack:
    """Makes the stack, reads it back, and changes it to itself."""
    stack = Stack(case, api)
    text = deployable(stack, case.template.read_bytes().decode())
    try:
        changes = change_set(stack, "CREATE", text)
        resources = sum(1 + len(key["aliases"]) for key in case.keys)
        if len(changes) != resources:
            stack.problem(f"the stack would have {len(changes)} resources, meant {resources}")
        execute(stack)
        read_back(stack)
        if changes := change_set(stack, "UPDATE", text):
            stack.problem(f"an update with the same template would change {', '.join(changes)}")
        # An endpoint that never sees a change would prove nothing.
        altered = re.sub(r"(?m)^( +PendingWindowInDays: ).*", r"\g<1>29", text, count=1)
        altered = altered if altered != text else altered.replace("PendingWindowInDays: 29", "PendingWindowInDays: 28", 1)
        if not change_set(stack, "UPDATE", altered, "altered"):
            stack.problem("the endpoint does not see a change of the template")
    except ApiError as error:
        stack.problem(str(error))
    return stack


def deployable(stack: Stack, text: str) -> str:
    """The template, with another kind of the same usage in place of kinds of key that the endpoint does not know."""
    for key in stack.case.keys:
        if key["key_spec"] in localstack.UNKNOWN_SPECS:
            stack.blind.stand_ins[key["name"]] = localstack.STAND_INS[key["key_usage"]]
    stand_ins = iter([stack.blind.stand_ins.get(key["name"]) for key in stack.case.keys if KEY_SPEC_DEFAULT != key["key_spec"]])

    def stand_in(found: re.Match) -> str:
        return f"      KeySpec: {next(stand_ins, None) or found[1]}"

    return KEY_SPEC.sub(stand_in, text)


def change_set(stack: Stack, kind: str, text: str, name: str = "") -> list[str]:
    """Makes a change set; gives the logical ids of what it would change."""
    name = name or kind.lower()
    body = text.encode()
    # A stack of a change set that failed is in the way of nobody: every case has its own name.
    if len(body) > LARGEST_BODY:
        template = {"TemplateURL": localstack.upload(stack.api, f"{stack.case.stack}-{name}.yaml", body)}
    else:
        template = {"TemplateBody": text}
    names = {"StackName": stack.case.stack, "ChangeSetName": name}
    stack.api.cloudformation("CreateChangeSet", ChangeSetType=kind, **names, **template)
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        answer = stack.api.cloudformation("DescribeChangeSet", **names)
        status, reason = answer.findtext(".//Status"), answer.findtext(".//StatusReason") or ""
        if status == "CREATE_COMPLETE":
            return [change.findtext(".//LogicalResourceId", "") for change in answer.findall(".//Changes/member")]
        if status == "FAILED":
            if "didn't contain changes" in reason:
                return []
            raise ApiError("CreateChangeSet", status, reason)
        time.sleep(POLL_SECONDS)
    raise CannotRun(localstack.COMPONENT, f"a change set of {stack.case.name} was not ready after {STACK_SECONDS} s")


def execute(stack: Stack) -> None:
    """Carries out the change set that makes the stack."""
    name = stack.case.stack
    stack.api.cloudformation("ExecuteChangeSet", StackName=name, ChangeSetName="create")
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        answer = stack.api.cloudformation("DescribeStacks", StackName=name)
        status = answer.findtext(".//StackStatus", "")
        if status == "CREATE_COMPLETE":
            return
        if status.endswith(("_FAILED", "_COMPLETE")):
            log = stack.api.server.last_words(5)
            raise ApiError("ExecuteChangeSet", status, f"{answer.findtext('.//StackStatusReason') or log}")
        time.sleep(POLL_SECONDS)
    raise CannotRun(localstack.COMPONENT, f"the stack of {stack.case.name} was not ready after {STACK_SECONDS} s")


def read_back(stack: Stack) -> None:
    """Every key of the stack as KMS shows it, and the outputs."""
    answer = stack.api.cloudformation("DescribeStackResources", StackName=stack.case.stack)
    physical = {
        member.findtext("LogicalResourceId"): member.findtext("PhysicalResourceId", "")
        for member in answer.findall(".//StackResources/member")
    }
    outputs = stack.api.cloudformation("DescribeStacks", StackName=stack.case.stack).findall(".//Outputs/member")
    arns = {output.findtext("OutputValue", "").rpartition("/")[2] for output in outputs}
    for key in stack.case.keys:
        key_id = physical.get(key["cloudformation"]["key"])
        if not key_id:
            stack.problem(f"{key['name']}: the stack has no {key['cloudformation']['key']}")
            continue
        stack.keys[key["name"]] = deployed.read(stack.api, key_id)
        if key_id not in arns:
            stack.problem(f"{key['name']}: no output gives its ARN")


# --- what the endpoint ignores -----------------------------------------------------------------


def texts(cases: Cases) -> list[str]:
    """Settings that the endpoint does not act on, as they stand in templates; read by PyYAML."""
    problems = []
    by_account: dict[tuple, list[Case]] = {}
    for case in cases:
        by_account.setdefault((case.account, case.partition, case.region), []).append(case)
    for where, group in by_account.items():
        contents = saying.read_templates([case.template for case in group], Deployment(*where))
        for case, content in zip(group, contents, strict=True):
            for key in case.keys:
                found = text_differences(key, content["Resources"])
                problems += [f"{case.name}: {key['name']}: {problem}" for problem in found]
    return problems


def text_differences(key: dict, resources: dict) -> list[str]:
    """Where a template does not say what is meant of a key."""
    resource = resources[key["cloudformation"]["key"]]
    properties = resource["Properties"]
    retained = "Retain" if key["retained"] else "Delete"
    checks = [
        ("KeySpec", properties.get("KeySpec", KEY_SPEC_DEFAULT), key["key_spec"]),
        ("RotationPeriodInDays", properties.get("RotationPeriodInDays", 365), (key["rotation"] or {}).get("period_days", 365)),
        ("MultiRegion", properties.get("MultiRegion", False), key["multi_region"]),
        ("PendingWindowInDays", properties.get("PendingWindowInDays"), key["deletion_window_days"]),
        ("DeletionPolicy", resource.get("DeletionPolicy"), retained),
        ("UpdateReplacePolicy", resource.get("UpdateReplacePolicy"), retained),
    ]
    for name, alias in zip(key["cloudformation"]["aliases"], key["aliases"], strict=True):
        # With Retain, a stack whose creation failed would leave the alias behind.
        on_deletion = "RetainExceptOnCreate" if alias["retained"] else "Delete"
        on_replacement = "Retain" if alias["retained"] else "Delete"
        checks.append((f"DeletionPolicy of {name}", resources[name].get("DeletionPolicy"), on_deletion))
        checks.append((f"UpdateReplacePolicy of {name}", resources[name].get("UpdateReplacePolicy"), on_replacement))
    return [f"{what}: meant {meant!r}, in the template {is_!r}" for what, is_, meant in checks if is_ != meant]
