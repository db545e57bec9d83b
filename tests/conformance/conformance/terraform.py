"""terraform: every module is applied, and every key in it is what the spec means.

Real Terraform with a real, old, provider against LocalStack: apply, read back through the API of KMS, a second plan
without changes, a destroy that `prevent_destroy` refuses for protected keys and nothing refuses for the others.
"""

from . import deployed, localstack, terraform_core
from .aws_api import Api, ApiError
from .cases import Cases
from .process import Server
from .result import Result
from .terraform_apply import Applied, Failed, Root, address
from .tools import Tools

NAME = "terraform"


def version(tools: Tools) -> str:
    return f"{terraform_core.version()}, {localstack.version()}"


def apply_all(cases: Cases, tools: Tools) -> tuple[list[Applied], list[str]]:
    """Every case applied and read back, and what was wrong on the way; made once a run."""

    def make() -> tuple[list[Applied], list[str]]:
        server = localstack.start(tools)
        return carry_out(cases, tools, server, NAME)

    return tools.once((NAME, cases), make)


def carry_out(cases: Cases, tools: Tools, server: Server, name: str) -> tuple[list[Applied], list[str]]:
    """Applies, reads back, plans again, and destroys what may be."""
    problems: list[str] = []
    applied: list[Applied] = []
    folder = tools.folder(name)
    try:
        root = Root.lay_out(list(cases.with_module()), server, folder)
        applied = root.applied
        root.init()
        root.apply()
        root.read_back()
        problems += root.plan()
        problems += destroyed(root)
    except (Failed, ApiError) as error:
        problems.append(str(error))
    # What is left of a deployment keeps the names of keys.
    for account, region in sorted({(case.account, case.region) for case in cases}):
        deployed.drop_aliases(Api(server, account, region))
    return applied, problems


def destroyed(root: Root) -> list[str]:
    """Where a destroy does not stop before protected keys, or does before others."""
    keys = [(one, key) for one in root.applied for key in one.case.keys]
    protected = {address(one, key) for one, key in keys if key["retained"]}
    refused = root.refused()
    problems = [f"destroy would delete {place}, which is protected" for place in sorted(protected - refused)]
    problems += [f"destroy refuses {place}, which is not protected" for place in sorted(refused - protected)]
    free = [(one, key) for one, key in keys if not key["retained"]]
    if problems or not free:
        return problems
    root.destroy([address(one, key) for one, key in free])
    for one, key in free:
        api = Api(root.server, one.case.account, one.case.region)
        state = api.kms("DescribeKey", KeyId=one.ids[key["name"]])["KeyMetadata"]["KeyState"]
        if state != "PendingDeletion":
            problems.append(f"{one.case.name}: {key['name']}: not protected, and after destroy it is {state}")
    return problems


def check(cases: Cases, tools: Tools) -> Result:
    applied, problems = apply_all(cases, tools)
    result = compare(applied)
    result.problems = problems + result.problems
    result.notes += cases.left_out(cases.with_module(), "Terraform") + notes(applied)
    return result


def notes(applied: list[Applied]) -> list[str]:
    """What the provider's age keeps from being seen here."""
    keys = [key for one in applied for key in one.case.keys]
    replicas = sum(key["replica"] for key in keys)
    imported = sum(key["origin"] == "EXTERNAL" for key in keys)
    stored = sum(key["custom_key_store"] is not None for key in keys)
    stood_in = sum("key_spec" in instead for one in applied for instead in one.instead.values())
    stood_in -= sum(key["replica"] or key["origin"] == "EXTERNAL" for key in keys)
    several = sum(key["multi_region"] and not key["replica"] for key in keys)
    periods = sum(len(one.periods - one.instead.keys()) for one in applied)
    provider = terraform_core.show_version(terraform_core.PROVIDER)
    beside = sum(one.beside for one in applied)
    return [
        f"{beside} resources beside keys (rules, alarms, parameters) are left out: those are for provider-schema and for generate's own proof",
        f"{stood_in} keys are of kinds that provider {provider} does not know: applied as another kind; their own is for "
        "provider-schema",
        f"{replicas} are replicas, {several} their primary keys, {stored} in custom key stores, none of which it makes: applied as keys "
        "of their own, that there is a variable for each primary key's ARN included; their arguments are for provider-schema",
        f"{imported} have imported material: nobody imports any here, so that they stay disabled; that the module says so is for same-texts",
        f"{periods} more keys have a rotation period, which it does not know: applied without; for provider-schema",
    ]


def compare(applied: list[Applied]) -> Result:
    """Every key that was applied against what is meant."""
    result = Result()
    for one in applied:
        result.cases += len(one.case.keys)
        for key in one.case.keys:
            if key["name"] not in one.keys:
                result.problems.append(f"{one.case.name}: {key['name']}: Terraform made no such key")
                continue
            found = deployed.differences(key, one.keys[key["name"]], one.blind)
            result.problems += [f"{one.case.name}: {problem}" for problem in found]
    return result
