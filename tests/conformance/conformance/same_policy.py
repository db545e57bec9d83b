"""same-policy: the policy deployed by CloudFormation is the one deployed by Terraform, byte for byte after canonical form,
and the one that the library computed for that account, partition and Region.

The endpoint is one of the partition aws. For aws-cn and aws-us-gov the two targets are evaluated instead: templates by a
YAML reader with CloudFormation's functions as AWS documents them, modules by Terraform's core.
"""

from . import cloudformation, policies, saying, terraform
from . import cases as reading
from .cases import Cases, Workspace
from .result import Result
from .saying import Deployment
from .tools import Tools

NAME = "same-policy"
PLACES = [Deployment("111122223333", "aws-cn", "cn-north-1"), Deployment("444455556666", "aws-us-gov", "us-gov-west-1")]


def version(tools: Tools) -> str:
    return terraform.version(tools)


def check(cases: Cases, tools: Tools) -> Result:
    result = deployed(cases, tools)
    here = result.cases
    for workspace in cases.workspaces:
        for place in PLACES:
            result.add(evaluated(workspace, place, tools))
    only = sum(len(case.keys) for case in cases if not (case.has_template and case.has_module))
    if only:
        result.notes.append(f"{only} keys are written for one target only: its policy is held against the library's alone")
    result.notes.append(
        f"{here} policies were deployed in the partition aws; {result.cases - here} were evaluated for aws-cn and aws-us-gov, "
        "for which no endpoint is to be had"
    )
    return result


def deployed(cases: Cases, tools: Tools) -> Result:
    """What the two endpoints' keys have."""
    result = Result()
    stacks = cloudformation.deploy_all(cases, tools)
    applied, _ = terraform.apply_all(cases, tools)
    # A case is one object wherever it is deployed.
    modules = {one.case: one.keys for one in applied}
    templates = {stack.case: stack.keys for stack in stacks}
    for case in cases:
        for key in case.keys:
            result.cases += 1
            sides = due(case.meant, key, templates.get(case, {}), modules.get(case, {}))
            result.problems += [f"{case.name}: {problem}" for problem in judge(key, sides)]
    return result


def due(meant: dict, key: dict, template: dict, module: dict) -> dict[str, dict | None]:
    """The policies that the targets of a stack have of a key."""
    sides = {"CloudFormation": (meant["template"], template), "Terraform": (meant["module"], module)}
    return {target: keys.get(key["name"], {}).get("policy") for target, (file, keys) in sides.items() if file is not None}


def evaluated(workspace: Workspace, place: Deployment, tools: Tools) -> Result:
    """What the two targets say for another account, partition and Region."""
    result = Result()
    stacks = reading.meant(tools, workspace.root, place.account, place.partition, place.region)
    output = workspace.output
    try:
        written = [stack for stack in stacks if stack["template"]]
        templates = dict(zip(places(written), saying.templates([output / stack["template"] for stack in written], place)))
        written = [stack for stack in stacks if stack["module"]]
        modules = dict(zip(places(written), saying.modules([output / stack["module"] / "main.tf" for stack in written], place, tools)))
    except ValueError as error:
        return Result(problems=[f"{workspace.name}, {place.partition}: {error}"])
    for stack, which in zip(stacks, places(stacks), strict=True):
        where = f"{workspace.name}: {stack['environment']}/{stack['stack']} in {place.partition}"
        for key in stack["keys"]:
            result.cases += 1
            sides = due(stack, key, templates.get(which, {}), modules.get(which, {}))
            result.problems += [f"{where}: {problem}" for problem in judge(key, sides)]
    return result


def places(stacks: list[dict]) -> list[tuple[str, str]]:
    return [(stack["environment"], stack["stack"]) for stack in stacks]


def judge(key: dict, sides: dict[str, dict | None]) -> list[str]:
    """Where the policies of a key are not the one that is meant, and so not the same."""
    meant = policies.canonical(key["policy"])
    problems = []
    for target, policy in sides.items():
        if policy is None:
            problems.append(f"{key['name']}: no policy through {target}")
        elif (found := policies.canonical(policy)) != meant:
            problems.append(f"{key['name']}: meant against {target}: {policies.difference(meant, found)}")
    return problems
