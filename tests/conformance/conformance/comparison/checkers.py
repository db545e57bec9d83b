"""The other checkers: each gets the cases that it can read, and everything that it says is kept."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from .. import cache, cfn_guard, checkov, installers, process
from ..result import CannotRun
from ..tools import Tools
from . import restated
from .corpus import Case, named
from .keywright import ACCOUNT, TRUSTED
from .said import Report, Said

HERE = Path(__file__).resolve().parent
SECONDS = 300
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
    "AWS::StackId": f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/stack/1",
}


def of(cases: list[Case], *languages: str) -> list[Case]:
    return [case for case in cases if case.language in languages]


def asked(name: str, command: process.Command, question: object, tools: Tools) -> list | dict:
    """What one of the programs beside this file answers."""
    return answer_of(name, command, tools, stdin=json.dumps(question))


def answer_of(name: str, command: process.Command, tools: Tools, **options) -> list | dict:
    """The JSON that a checker prints, whatever its exit status says of the cases."""
    # Elsewhere: what the caller has set up for a checker must not count.
    done = process.run(name, command, seconds=SECONDS, cwd=tools.scratch, **options)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise CannotRun(name, (done.stderr or done.stdout).strip()[-2000:]) from error


def files(cases: list[Case]) -> list[str]:
    return [str(case.path) for case in cases]


def ask_checkov(cases: list[Case], tools: Tools) -> Report:
    report = Report(checkov.NAME, checkov.version(tools), of(cases, "cloudformation", "terraform"))
    for language in checkov.FRAMEWORKS:
        given = of(cases, language)
        root = given[0].path.parent
        found = checkov.scan(root, language, tools)
        if found is None:
            raise CannotRun(checkov.NAME, f"found nothing to judge below {root}")
        by_path = {str(case.path.relative_to(root)): case for case in given}
        for problem in found["results"]["failed_checks"]:
            name = problem["file_path"].lstrip("/").split("/")[0]
            report.said.append(Said(by_path[name].name, problem["check_id"], problem["check_name"], named(problem["resource"])))
        for file in found["results"]["parsing_errors"]:
            name = Path(file).resolve().relative_to(root).parts[0]
            report.failed[by_path[name].name] = "cannot be parsed"
    return report


def ask_cfn_lint(cases: list[Case], tools: Tools) -> Report:
    report = Report("cfn-lint", cache.locked_version("cfn-lint", "cfn-lint"), of(cases, "cloudformation"))
    python = cache.python("cfn-lint")
    command = [python, python.parent / "cfn-lint", "--include-checks", "I", "--format", "json", "--template", *files(report.cases)]
    by_path = {str(case.path): case.name for case in report.cases}
    for found in answer_of("cfn-lint", command, tools):
        path = [str(part) for part in found["Location"].get("Path") or []]
        resource = path[1] if len(path) > 1 else None
        message = f"{'.'.join(path[2:])}: {found['Message']}"
        report.said.append(Said(by_path[found["Filename"]], found["Rule"]["Id"], message, resource))
    return report


def ask_cfn_guard(cases: list[Case], tools: Tools) -> Report:
    report = Report("cfn-guard", f"{cfn_guard.version(tools)}, 2 rules", of(cases, "cloudformation"))
    rules = cfn_guard.RULES.with_name("registry.guard")
    command = [installers.cargo(cfn_guard.NAME), "validate", "--rules", rules, "--structured", "--output-format", "json"]
    command += ["--show-summary", "none", "--data", report.cases[0].path.parent]
    by_path = {str(case.path): case.name for case in report.cases}
    for file in answer_of(cfn_guard.NAME, command, tools):
        for rule in file["not_compliant"]:
            if file["name"] in by_path:
                # Its reports name paths; each template of the corpus has what a rule is about in one place.
                report.said.append(Said(by_path[file["name"]], rule["Rule"]["name"]))
    return report


def ask_cfripper(cases: list[Case], tools: Tools) -> Report:
    report = Report("cfripper", cache.locked_version("cfripper", "cfripper"), of(cases, "cloudformation"))
    question = {"files": files(report.cases), "account": ACCOUNT, "principals": [TRUSTED]}
    answers = asked("cfripper", [cache.python("cfripper"), HERE / "ask_cfripper.py"], question, tools)
    for case, answer in zip(report.cases, answers, strict=True):
        if "error" in answer:
            report.failed[case.name] = answer["error"]
        for rule, message, resources in answer.get("failures", ()):
            report.said += [Said(case.name, rule, message, resource) for resource in resources or [None]]
    return report


def templates(cases: list[Case], tools: Tools) -> list[tuple[Case, dict]]:
    """Templates with the keys in them, for checkers that know no templates."""
    given = of(cases, "cloudformation")

    def read() -> list[dict]:
        command = [cache.python("cfn-lint"), HERE / "templates.py"]
        return asked("comparison", command, {"files": files(given), "values": PSEUDO}, tools)

    return [(case, answer["keys"]) for case, answer in zip(given, tools.once("templates of the corpus", read), strict=True)]


def policies(cases: list[Case], tools: Tools) -> list[tuple[Case, str, dict]]:
    """Every policy of the templates, functions evaluated, and the policies that are cases themselves."""
    found = [(case, key, told["policy"]) for case, keys in templates(cases, tools) for key, told in keys.items() if told["policy"]]
    for case in of(cases, "policy"):
        content = json.loads(case.path.read_text(encoding="utf-8"))
        # The answer of `aws kms get-key-policy` holds the policy as a text.
        envelope = content.get("Policy")
        found.append((case, "policy", json.loads(envelope) if envelope else content))
    return found


def with_plain_sids(policy: dict) -> dict:
    """A policy without the spaces in its Sids, which KMS allows, and after which parliament looks at nothing else."""

    def plain(statement: object) -> object:
        named = isinstance(statement, dict) and isinstance(statement.get("Sid"), str)
        return {**statement, "Sid": re.sub(r"[^0-9A-Za-z]", "", statement["Sid"])} if named else statement

    given = policy.get("Statement")
    return {**policy, "Statement": [plain(each) for each in given] if isinstance(given, list) else plain(given)}


def ask_parliament(cases: list[Case], tools: Tools) -> Report:
    report = Report("parliament", cache.locked_version("parliament", "parliament"), of(cases, "cloudformation", "policy"))
    given = policies(cases, tools)
    texts = [json.dumps(with_plain_sids(policy)) for _, _, policy in given]
    answers = asked("parliament", [cache.python("parliament"), HERE / "ask_parliament.py"], texts, tools)
    for (case, key, _), answer in zip(given, answers, strict=True):
        if "error" in answer:
            report.failed[case.name] = answer["error"]
        report.said += [Said(case.name, issue, detail, key) for issue, detail in answer.get("issues", ())]
    return report


def ask_iam_policy(cases: list[Case], tools: Tools) -> Report:
    package = "@cloud-copilot/iam-policy"
    report = Report("iam-policy", installers.npm_version("simulator", package), of(cases, "cloudformation", "policy"))
    given = policies(cases, tools)
    command = ["node", HERE / "ask_iam_policy.mjs", installers.npm("simulator") / package]
    answers = asked("iam-policy", command, [policy for _, _, policy in given], tools)
    for (case, key, _), answer in zip(given, answers, strict=True):
        if "error" in answer:
            report.failed[case.name] = answer["error"]
        report.said += [Said(case.name, "error", message, key) for message in answer.get("errors", ())]
    return report


def ask_kics(cases: list[Case], tools: Tools) -> Report:
    report = Report("KICS, restated", "3 rules", of(cases, "cloudformation"))
    for case, keys in templates(cases, tools):
        report.said += [Said(case.name, rule, "", name) for name, key in keys.items() for rule in restated.kics(key)]
    return report


CHECKERS: tuple[Callable[[list[Case], Tools], Report], ...] = (
    ask_checkov,
    ask_cfn_lint,
    ask_cfn_guard,
    ask_cfripper,
    ask_parliament,
    ask_iam_policy,
    ask_kics,
)
