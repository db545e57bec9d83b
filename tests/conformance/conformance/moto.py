"""moto: a second endpoint's opinion. Terraform applies the stacks of one account against it.

A portion is enough: what differs from endpoint to endpoint is the API, not the keys. moto serves one account.
"""

import os

from . import cache, process, terraform, terraform_core
from .cases import Cases, Workspace
from .process import Server
from .result import Result
from .tools import Tools

NAME = "moto"


def version(_tools: Tools) -> str:
    return f"moto {cache.locked_version(NAME, 'moto')}, {terraform_core.version()}"


def portion(cases: Cases) -> Cases:
    """The stacks of the account with protected keys that holds the fewest."""
    sizes: dict[str, int] = {}
    for case in cases:
        if any(key["retained"] for key in case.keys):
            sizes[case.account] = sizes.get(case.account, 0) + len(case.keys)
    account = min(sizes, key=lambda name: (sizes[name], name), default=None)
    kept = [[case for case in workspace.cases if case.account == account] for workspace in cases.workspaces]
    return Cases([Workspace(one.name, one.root, those) for one, those in zip(cases.workspaces, kept, strict=True)])


def start(tools: Tools, account: str) -> Server:
    python = cache.python(NAME)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}

    def command(port: int) -> tuple[process.Command, dict[str, str]]:
        words = [python, python.parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
        return words, inherited | {"MOTO_ACCOUNT_ID": account}

    return process.serve(NAME, command, health="/moto-api/", log=tools.scratch / "moto.log", cwd=tools.scratch)


def check(cases: Cases, tools: Tools) -> Result:
    some = portion(cases)
    if not len(some):
        return Result(problems=["no stack has protected keys"])
    server = start(tools, next(iter(some)).account)
    try:
        applied, problems = terraform.carry_out(some, tools, server, NAME)
    finally:
        server.end()
    result = terraform.compare(applied)
    result.problems = problems + result.problems
    result.notes += terraform.notes(applied)
    result.notes.append(f"a portion: {result.cases} of {cases.count_keys()} keys, those of one account")
    return result
