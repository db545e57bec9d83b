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
    modules = {id(one.case): one.keys for one in applied}
    for stack in stacks:
        for key in stack.case.keys:
            result.cases += 1
            sides = {
                "CloudFormation": stack.keys.get(key["name"], {}).get("policy"),
                "Terraform": modules.get(id(stack.case), {}).get(key["name"], {}).get("policy"),
            }
            result.problems += [f"{stack.case.name}: {problem}" for problem in judge(key, sides)]
    return result


def evaluated(workspace: Workspace, place: Deployment, tools: Tools) -> Result:
    """What the two targets say for another account, partition and Region."""
    result = Result()
    stacks = reading.meant(tools, workspace.root, place.account, place.partition, place.region)
    output = workspace.output
    try:
        templates = saying.templates([output / stack["template"] for stack in stacks], place)
        modules = saying.modules([output / stack["module"] / "main.tf" for stack in stacks], place, tools)
    except ValueError as error:
        return Result(problems=[f"{workspace.name}, {place.partition}: {error}"])
    for stack, template, module in zip(stacks, templates, modules, strict=True):
        where = f"{workspace.name}: {stack['environment']}/{stack['stack']} in {place.partition}"
        for key in stack["keys"]:
            result.cases += 1
            sides = {
                "CloudFormation": template.get(key["name"], {}).get("policy"),
                "Terraform": module.get(key["name"], {}).get("policy"),
            }
            result.problems += [f"{where}: {problem}" for problem in judge(key, sides)]
    return result


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
