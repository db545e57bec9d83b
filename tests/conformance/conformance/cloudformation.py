"""cloudformation: every template becomes a stack, and every key in it is what the spec means.

Stacks are made through change sets, read back through the API of KMS, and changed to the same template, which must come
to no change. What the endpoint does not act on is read from the template instead.
"""

import concurrent.futures
import itertools
import json
import re
import time
from dataclasses import dataclass, field

from . import deployed, localstack, saying
from .aws_api import Api, ApiError
from .cases import Case, Cases
from .deployed import Blind
from .result import CannotRun, Result
from .saying import DNS_SUFFIXES, Deployment
from .tools import Tools

NAME = "cloudformation"

STACK_SECONDS = 120
WORKERS = 4
LARGEST_BODY = 51200
POLL_SECONDS = 0.2
# What stands for a replica: a key of its own, with the same texts.
REPLICA = [
    (re.compile(r"^    Type: AWS::KMS::ReplicaKey$", re.M), "    Type: AWS::KMS::Key"),
    (re.compile(r"^      PrimaryKeyArn: .*\n", re.M), ""),
]
KEY_KIND = re.compile(r"^      KeySpec: (\w+)$(?:\n      KeyUsage: (\w+)$)?", re.M)
REFUSED = re.compile(r"Resource provider operation failed: '(An error.*)'")
WINDOW = re.compile(r"^(      PendingWindowInDays: )(\d+)$", re.M)
# A text of Fn::Sub: alone, or with a value for its dollar signs.
SUB = re.compile(r'!Sub (\[?)("(?:[^"\\]|\\.)*")(?:, \{Dollar: "\$"\}\])?')
# How a text of Fn::Sub says a dollar sign before a brace.
LITERAL = re.compile(r"\$\{!|\$\{Dollar\}")
MARK = "\ue5d0"


@dataclass
class Stack:
    """A deployed case: what was found of each key by its name, and what went wrong."""

    case: Case
    api: Api
    keys: dict[str, dict] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    number: int = field(default_factory=itertools.count(1).__next__)

    @property
    def blind(self) -> Blind:
        return localstack.blind(self.case.keys)

    @property
    def name(self) -> str:
        # The same case may be deployed twice: as it is, and damaged.
        return f"{self.case.environment}-{self.case.stack}-{self.number}".replace(".", "-")

    def problem(self, text: str) -> None:
        self.problems.append(f"{self.case.name}: {text}")


def version(_tools: Tools) -> str:
    return localstack.version()


def deploy_all(cases: Cases, tools: Tools) -> list[Stack]:
    """Every case that is written for it as a stack, read back; made once a run."""

    def make() -> list[Stack]:
        written = cases.with_template()
        server = localstack.start(tools)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            stacks = list(pool.map(lambda case: deploy(case, Api(server, case.account, case.region)), written))
        # Every name is free again for who deploys the same keys next.
        for account, region in sorted({(case.account, case.region) for case in written}):
            deployed.drop_aliases(Api(server, account, region))
        return stacks

    return tools.once((NAME, cases), make)


def check(cases: Cases, tools: Tools) -> Result:
    written = cases.with_template()
    result = Result(notes=cases.left_out(written, "CloudFormation"))
    replicas, stood_in, unseen = 0, 0, 0
    for stack in deploy_all(cases, tools):
        result.cases += len(stack.case.keys)
        result.problems += stack.problems
        blind = stack.blind
        replicas += sum(key["replica"] for key in stack.case.keys)
        stood_in += sum("key_spec" in instead for instead in blind.stand_ins.values())
        unseen += sum("key_spec" not in instead for instead in blind.stand_ins.values())
        for key in stack.case.keys:
            if key["name"] in stack.keys:
                found = deployed.differences(key, stack.keys[key["name"]], blind)
                result.problems += [f"{stack.case.name}: {problem}" for problem in found]
    result.problems += words(written)
    beside = sum(len(BESIDE.findall(case.template.read_bytes().decode())) for case in written)
    result.notes += [
        f"{beside} resources beside keys (rules, alarms, parameters) are left out: those are for cfn-lint and for generate's own proof",
        f"deletion policies and waiting times of {result.cases} keys, and the periods of those that rotate, are read from "
        "the templates: LocalStack does not act on them",
        f"{stood_in - replicas} keys are of kinds that LocalStack does not know: deployed as another kind, their own read from the templates",
        f"{replicas} keys are replicas, which LocalStack's CloudFormation does not make: deployed as keys of their own; which primary key "
        "they ask for is read from the templates",
        f"{unseen} more keys are multi-Region keys or have imported material, which it does not pass on: read from the templates",
        f"{sum(map(literals, written))} texts of Fn::Sub have a literal dollar sign and brace, which LocalStack's engine cannot read: "
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
            said = [problem for key in case.keys for problem in (*words_of(key, content["Resources"]), *asked_of(key, case, content))]
            problems += [f"{case.name}: {problem}" for problem in said]
    return problems


def asked_of(key: dict, case: Case, content: dict) -> list[str]:
    """Where a template does not ask for the primary key of a replica, or takes another key for it."""
    name = key["cloudformation"]["primary"]
    if name is None:
        return []
    pattern = content.get("Parameters", {}).get(name, {}).get("AllowedPattern")
    if pattern is None:
        return [f"{key['name']}: the template does not ask for {name}"]
    right = case.primary_arn(key)
    home = right.split(":")[3]
    wrong = [right.replace(f":{home}:", f":{case.region}:"), right.replace("mrk-", ""), f"{right}0", right.replace(":key/", ":alias/")]
    problems = [] if re.fullmatch(pattern, right) else [f"{key['name']}: {name} does not take {right}"]
    return problems + [f"{key['name']}: {name} takes {arn}" for arn in wrong if re.fullmatch(pattern, arn)]


def words_of(key: dict, resources: dict) -> list[str]:
    """What a template says of a key and its aliases against what is meant."""
    found = resources.get(key["cloudformation"]["key"], {})
    properties = found.get("Properties", {})
    keeps = ("Retain", "RetainExceptOnCreate")
    meant = {
        "Type": (found.get("Type"), ["AWS::KMS::ReplicaKey" if key["replica"] else "AWS::KMS::Key"]),
        "PendingWindowInDays": (properties.get("PendingWindowInDays"), [key["deletion_window_days"]]),
        "DeletionPolicy": (found.get("DeletionPolicy"), keeps if key["retained"] else ["Delete"]),
        "UpdateReplacePolicy": (found.get("UpdateReplacePolicy"), ["Retain" if key["retained"] else "Delete"]),
    }
    if key["replica"]:
        meant["PrimaryKeyArn"] = (properties.get("PrimaryKeyArn"), [f"<{key['cloudformation']['primary']}>"])
    else:
        meant["KeySpec"] = (properties.get("KeySpec", "SYMMETRIC_DEFAULT"), [key["key_spec"]])
        meant["Origin"] = (properties.get("Origin", "AWS_KMS"), [key["origin"]])
        meant["MultiRegion"] = (properties.get("MultiRegion", False), [key["multi_region"]])
    if key["rotation"] and not key["replica"]:
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
    text = deployable(case.template.read_bytes().decode())
    try:
        changes = change_set(stack, "CREATE", "create", text)
        meant = [name for key in case.keys for name in (key["cloudformation"]["key"], *key["cloudformation"]["aliases"])]
        if sorted(changes) != sorted(meant):
            stack.problem(f"the stack would have {sorted(changes)}, meant {sorted(meant)}")
        execute(stack, "create")
        read_back(stack)
        if changes := change_set(stack, "UPDATE", "same", text):
            stack.problem(f"an update with the same template would change {', '.join(changes)}")
        # An endpoint that never sees a change would prove nothing.
        if not change_set(stack, "UPDATE", "other", altered(text)):
            stack.problem("the endpoint does not see a change of the template")
    except ApiError as error:
        stack.problem(str(error))
    return stack


# What stands beside keys: rules, alarms, parameters. The endpoint's services are KMS and what stacks need.
BESIDE = re.compile(r"^  \w+:\n    Type: AWS::(?!KMS|CloudFormation)[\w:]+\n(?:    .*\n)*\n?", re.M)


def deployable(text: str) -> str:
    """The template as the endpoint can take it: keys alone, of kinds that it knows, the domain of AWS's own partition, and no
    literal `${` in a `Fn::Sub`."""
    text = BESIDE.sub("", text)
    # The endpoint's own domain would stand there.
    text = text.replace("${AWS::URLSuffix}", DNS_SUFFIXES["aws"])
    for pattern, instead in REPLICA:
        text = pattern.sub(instead, text)

    def kind(found: re.Match) -> str:
        usage = found[2] or "ENCRYPT_DECRYPT"  # what is at its default is not printed
        return f"      KeySpec: {localstack.stand_in(found[1], usage)}\n      KeyUsage: {usage}"

    return SUB.sub(mark, KEY_KIND.sub(kind, text))


def mark(found: re.Match) -> str:
    """A text of `Fn::Sub` with a mark for each literal dollar sign; `${!NAME}` and `${Dollar}{NAME}` both lose theirs."""
    if not LITERAL.search(found[2]):
        return found[0]
    literal = LITERAL.sub(lambda way: MARK + ("{" if way[0] == "${!" else ""), found[2])
    return f"!Sub {literal}"


def unmarked(found: dict) -> dict:
    """What was found of a key, with its dollar signs again."""
    return json.loads(json.dumps(found, ensure_ascii=False).replace(MARK, "$"))


def literals(case: Case) -> int:
    """How many texts of a template are deployed with marks."""
    return sum(LITERAL.search(found[2]) is not None for found in SUB.finditer(case.template.read_bytes().decode()))


def altered(text: str) -> str:
    """The template with another waiting time for its first key."""
    return WINDOW.sub(lambda found: f"{found[1]}{28 if found[2] == '29' else 29}", text, count=1)


def change_set(stack: Stack, kind: str, name: str, text: str) -> list[str]:
    """Makes a change set; gives the logical ids of what it would change."""
    body = text.encode()
    if len(body) > LARGEST_BODY:
        template = {"TemplateURL": localstack.upload(stack.api, f"{stack.name}-{name}.yaml", body)}
    else:
        template = {"TemplateBody": text}
    names = {"StackName": stack.name, "ChangeSetName": name}
    given: dict[str, str] = {}
    for number, (parameter, arn) in enumerate(stack.case.primary_arns("cloudformation").items(), 1):
        given |= {f"Parameters.member.{number}.ParameterKey": parameter, f"Parameters.member.{number}.ParameterValue": arn}
    stack.api.cloudformation("CreateChangeSet", ChangeSetType=kind, **names, **template, **given)
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        answer = stack.api.cloudformation("DescribeChangeSet", **names)
        status, reason = answer.findtext(".//Status", ""), answer.findtext(".//StatusReason", "")
        if status == "CREATE_COMPLETE":
            return [change.findtext(".//LogicalResourceId", "") for change in answer.findall(".//Changes/member")]
        if status == "FAILED":
            if "didn't contain changes" in reason:
                return []
            raise ApiError("CreateChangeSet", status, reason)
        time.sleep(POLL_SECONDS)
    raise late(stack, f"change set {name}")


def execute(stack: Stack, name: str) -> None:
    """Carries out the change set that makes the stack."""
    stack.api.cloudformation("ExecuteChangeSet", StackName=stack.name, ChangeSetName=name)
    deadline = time.monotonic() + STACK_SECONDS
    while time.monotonic() < deadline:
        answer = stack.api.cloudformation("DescribeStacks", StackName=stack.name)
        status = answer.findtext(".//StackStatus", "")
        if status == "CREATE_COMPLETE":
            return
        if status.endswith(("_FAILED", "_COMPLETE")):
            raise ApiError("ExecuteChangeSet", status, answer.findtext(".//StackStatusReason") or refusals(stack))
        time.sleep(POLL_SECONDS)
    raise late(stack, "stack")


def refusals(stack: Stack) -> str:
    """What resources were refused for, from the endpoint's log: this engine keeps it to itself. Of any stack."""
    words = REFUSED.findall(stack.api.server.last_words(2000))
    return "; ".join(sorted(set(words))) or stack.api.server.last_words(5)


def late(stack: Stack, what: str) -> CannotRun:
    return CannotRun(localstack.COMPONENT, f"the {what} of {stack.case.name} was not ready after {STACK_SECONDS} s")


def read_back(stack: Stack) -> None:
    """Every key of the stack as KMS shows it; an output gives its ARN."""
    answer = stack.api.cloudformation("DescribeStackResources", StackName=stack.name)
    physical = {
        member.findtext("LogicalResourceId", ""): member.findtext("PhysicalResourceId", "")
        for member in answer.findall(".//StackResources/member")
    }
    outputs = stack.api.cloudformation("DescribeStacks", StackName=stack.name).findall(".//Outputs/member")
    arns = {output.findtext("OutputValue", "").rpartition("/")[2] for output in outputs}
    for key in stack.case.keys:
        key_id = physical.get(key["cloudformation"]["key"])
        if not key_id:
            stack.problem(f"{key['name']}: the stack has no {key['cloudformation']['key']}")
            continue
        stack.keys[key["name"]] = unmarked(deployed.read(stack.api, key_id))
        if key_id not in arns:
            stack.problem(f"{key['name']}: no output gives its ARN")
