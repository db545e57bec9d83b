"""iam-simulate once more: what it and `keywright simulate` decide about random requests under random policies.

Where they differ, AWS's documentation is the judge: docs/simulator-differences.md tells of each kind of difference, and
`differences.py` knows it. Any other is a problem.
"""

import json
from collections import Counter

from . import differences, process, simulator
from .cases import Cases
from .random_requests import ACCOUNT, KEY, REGION, Asked, Source
from .result import CannotRun, Result
from .tools import Tools

NAME = "decisions"
SEED = 20261124
POLICIES = 2500
REQUESTS = 10
SHOWN = 10
WORDS = {"Allowed": "allow", "ExplicitlyDenied": "explicit_deny", "ImplicitlyDenied": "implicit_deny"}


def version(tools: Tools) -> str:
    return simulator.version(tools)


def check(_cases: Cases, tools: Tools) -> Result:
    questions = made(SEED)
    ours = answers_of_keywright(questions, tools)
    theirs = answers_of_simulator(questions)
    result = Result(cases=len(questions))
    known: Counter[str] = Counter()
    differing = [found for found in zip(questions, ours, theirs, strict=True) if found[1]["decision"] != found[2]]
    for (question, our, their), kinds in zip(differing, kinds_of(differing), strict=True):
        known.update(kinds)
        if not kinds:
            result.problems.append(told(*question, our, their))
    hidden = len(result.problems) - SHOWN
    if hidden > 0:
        result.problems[SHOWN:] = [f"and {hidden} more decisions that differ"]
    result.notes += [f"{count} × {what} (docs/simulator-differences.md)" for what, count in known.most_common()]
    return result


def kinds_of(differing: list[tuple[tuple[dict, Asked], dict, str]]) -> list[list[str]]:
    """The known kinds of each difference; none where it is not known."""
    translations = [differences.translated(*question) for question, _, _ in differing]
    again = answers_of_simulator([(policy, asked) for policy, asked, _ in translations]) if translations else []
    found = []
    for (question, our, their), (_, asked, kinds), other in zip(differing, translations, again, strict=True):
        decision = our["decision"]
        if undocumented := differences.undocumented(*question, our, their):
            found.append([undocumented])
        elif decision == other:
            found.append(sorted(set(kinds)))
        elif differences.across_accounts(asked, decision, other):
            found.append([differences.ACROSS_ACCOUNTS])
        else:
            found.append([])
    return found


def made(seed: int) -> list[tuple[dict, Asked]]:
    """Every policy with its requests."""
    source = Source(seed)
    policies = (source.policy() for _ in range(POLICIES))
    return [(policy, source.request()) for policy in policies for _ in range(REQUESTS)]


def line(policy: dict, asked: Asked) -> dict:
    """The question as `keywright simulate --requests` takes it: keys that follow from the principal are not given."""
    principal = {"service": asked.principal} if asked.is_service else asked.principal
    return {
        "policy": policy,
        "account": ACCOUNT,
        "region": REGION,
        "key": KEY,
        "principal": principal,
        "action": asked.action,
        "context": asked.context,
        "identity_policies": asked.identity_policies,
    }


def answers_of_keywright(questions: list[tuple[dict, Asked]], tools: Tools) -> list[dict]:
    lines = [json.dumps({"id": number, **line(*question)}) for number, question in enumerate(questions)]
    command = ["cargo", "run", "--quiet", "--bin", "keywright", "--", "simulate", "--requests", "-"]
    done = process.run(NAME, command, seconds=simulator.SECONDS, cwd=tools.repository, stdin="\n".join(lines) + "\n")
    answers = [json.loads(text) for text in done.stdout.splitlines()]
    errors = [answer for answer in answers if "error" in answer]
    if done.returncode or errors or [answer["id"] for answer in answers] != list(range(len(questions))):
        raise CannotRun(NAME, f"keywright: status {done.returncode}, {errors[:3]} {done.stderr.strip()[-2000:]}")
    return answers


def answers_of_simulator(questions: list[tuple[dict, Asked]]) -> list[str]:
    lines = []
    for policy, asked in questions:
        request = {
            "principal": asked.principal,
            "action": asked.action,
            "resource": KEY,
            "account": ACCOUNT,
            "context": asked.whole_context(),
            "identity": asked.identity_policies,
        }
        lines += [json.dumps({"policy": policy}), json.dumps(request)]
    answers = simulator.ask(lines)
    if len(answers) != len(questions):
        raise CannotRun(NAME, f"{len(questions)} requests, {len(answers)} answers")
    return [WORDS[answer] if isinstance(answer, str) else str(answer) for answer in answers]


def told(policy: dict, asked: Asked, our: dict, their: str) -> str:
    question = json.dumps(line(policy, asked))
    return f"keywright says {json.dumps(our)}, the simulator {their}: {question}"
