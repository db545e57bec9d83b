"""iam-simulate, an independent policy simulator: its decisions over deployed policies are what the specs mean.

Questions and expected answers come from the definitions (`meaning.py`, `requests.py`); only the simulator sees policies,
those of the generated templates. That modules hold the same ones is for `same-texts` to say.
It is under the AGPL and runs as a program of its own; nothing of it is shipped.
"""

import json
from collections import Counter
from dataclasses import dataclass

from . import cache, installers, process, requests, saying
from .cases import Case, Cases
from .meaning import ACROSS_ACCOUNTS, Meaning, Reader, Request
from .recipes import Recipes
from .result import CannotRun, Result
from .saying import Deployment
from .tools import Tools

NAME = "simulator"
PACKAGE = "@cloud-copilot/iam-simulate"
SECONDS = 240
SHOWN = 20


@dataclass
class Question:
    """A request about a key, and the answer that its definition means."""

    place: str
    request: Request
    expected: str
    deviates: str | None
    """What the simulator says where it is known to deviate from AWS."""


def version(_tools: Tools) -> str:
    return installers.npm_version(NAME, PACKAGE)


def check(cases: Cases, tools: Tools) -> Result:
    recipes = Recipes(cache.python_with_yaml(), tools.repository)
    lines: list[str] = []
    questions: list[Question] = []
    result = Result()
    statements = 0
    policies = generated(cases, tools)
    only = sum(len(case.keys) for case in cases if not case.has_template)
    if only:
        result.notes.append(f"{only} keys are written for Terraform only: their policies are those of the modules")
    for case in cases:
        if case.meant["administration"] != "separated":
            raise CannotRun(NAME, f"knows only `administration: separated`, {case.workspace} has another one")
        reader = Reader(case.account, case.partition, case.region, recipes)
        for key in case.keys:
            statements += len(key["statements"]) > 0
            policy = policies[case].get(key["name"], {}).get("policy")
            if policy is None:
                result.problems.append(f"{case.name}: the {'template' if case.has_template else 'module'} has no key {key['name']}")
                continue
            lines.append(json.dumps({"policy": without_own_statements(policy, key)}))
            for question in about(key, case, reader):
                questions.append(question)
                lines.append(json.dumps(asked(question.request, case)))
    answers = ask(lines)
    if len(answers) != len(questions):
        raise CannotRun(NAME, f"{len(questions)} requests, {len(answers)} answers")
    result.cases = len(questions)
    dollars = sum(in_its_words(*pair) != pair[1] for question in questions for pair in question.request.context.items())
    deviations: Counter[str] = Counter()
    for question, answer in zip(questions, answers):
        if answer == question.expected:
            continue
        if answer == question.deviates:
            deviations["management across accounts, which KMS does not offer"] += 1
            continue
        result.problems.append(told(question, answer))
    hidden = len(result.problems) - SHOWN
    if hidden > 0:
        result.problems[SHOWN:] = [f"and {hidden} more decisions that differ"]
    result.notes += [f"{count} × {what}: the simulator allows it (deviation)" for what, count in deviations.items()]
    if dollars:
        result.notes.append(f"{dollars} × `${{$}}` under StringEquals: the simulator does not read it (deviation)")
    if statements:
        result.notes.append(f"{statements} keys have statements in AWS's own words, which mean what they say: left out here")
    return result


def about(key: dict, case: Case, reader: Reader) -> list[Question]:
    """The questions about a key, each one once."""
    meaning = reader.meaning(key, case.meant["deny_deletion"])
    place = f"{case.name}: {key['name']}"
    found = {}
    for request in requests.of(key, reader):
        once = json.dumps([request.person.caller, request.person.arn, request.action, request.whole_context(), request.identity])
        if once not in found:
            found[once] = question(place, request, meaning)
    return list(found.values())


def question(place: str, request: Request, meaning: Meaning) -> Question:
    expected = meaning.decide(request, ACROSS_ACCOUNTS)
    reading = meaning.decide(request)  # the simulator does not know what KMS takes from other accounts
    return Question(place, request, expected, reading if reading != expected else None)


def generated(cases: Cases, tools: Tools) -> dict[Case, dict]:
    """What the templates say of each key, deployed to the accounts that the cases are meant for; without one, the module."""
    by_place: dict[tuple[Deployment, bool], list[Case]] = {}
    for case in cases:
        by_place.setdefault((Deployment(case.account, case.partition, case.region), case.has_template), []).append(case)
    said: dict[Case, dict] = {}
    try:
        for (where, template), those in by_place.items():
            if template:
                keys = saying.templates([case.template for case in those], where)
            else:
                keys = saying.modules([case.module / "main.tf" for case in those], where, tools)
            said.update(zip(those, keys, strict=True))
    except ValueError as error:
        raise CannotRun(NAME, str(error)) from error
    return said


def without_own_statements(policy: dict, key: dict) -> dict:
    """A policy without the statements that the spec holds in AWS's own words."""
    kept = [statement for statement in policy["Statement"] if statement.get("Sid") not in key["statements"]]
    return {**policy, "Statement": kept}


def asked(request: Request, case: Case) -> dict:
    return {
        "principal": request.person.caller,
        "action": f"kms:{request.action}",
        "resource": f"arn:{case.partition}:kms:{case.region}:{case.account}:key/11111111-2222-3333-4444-555555555555",
        "account": case.account,
        "context": {key: in_its_words(key, value) for key, value in request.whole_context().items()},
        "identity": request.identity,
    }


def in_its_words(key: str, value: str | list[str]) -> str | list[str]:
    """A value of the request as the simulator compares it.

    IAM reads `${$}` in a policy as a dollar sign, in every string operator; the simulator under StringEquals leaves it
    as it stands. Source: IAM user guide, "IAM policy elements: Variables and tags".
    """
    if key.startswith("kms:EncryptionContext:") and isinstance(value, str):
        return value.replace("${", "${$}{")
    return value


def ask(lines: list[str]) -> list:
    """The simulator's answers, all in one process."""
    program = cache.LOCKS.parent / "simulate.mjs"
    package = installers.npm(NAME) / PACKAGE
    done = process.run(NAME, ["node", program, package], seconds=SECONDS, stdin="\n".join(lines) + "\n")
    if done.returncode:
        raise CannotRun(NAME, done.stderr.strip()[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def told(question: Question, answer: object) -> str:
    request = question.request
    words = [f"{question.place}: {request.person.caller} asks for kms:{request.action}"]
    if request.context:
        words.append(f"with {json.dumps(request.context)}")
    if request.identity:
        words.append("and IAM allows it")
    return f"{' '.join(words)}: meant {question.expected}, the simulator says {answer}"
