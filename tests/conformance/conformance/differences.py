"""Kinds of differences between keywright and iam-simulate, as docs/simulator-differences.md tells of them.

Where the simulator deviates from AWS's documentation, the question is put in words that it reads as AWS documents them
(`translated`): its answer then has to be keywright's. Where keywright says that nobody can tell, each of its doubts has to
be one of the kinds that AWS does not document (`undocumented`).
"""

import copy
import re
from collections.abc import Callable
from typing import Any

from .random_requests import LISTS, Asked

MANAGEMENT = {"EnableKeyRotation", "GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion", "TagResource"}
"""Those of the random actions that KMS does not offer across accounts."""

EVERY_ADDRESS = "`0.0.0.0/0` matches no address in the simulator"
OTHER_FAMILY = "an IPv6 address is none of those in an IPv4 range, or the other way round"
LITERAL_VARIABLES = "the simulator knows policy variables in the language of 2008"
ROOT = "the root user needs no policy but the key's"
ACROSS_ACCOUNTS = "management across accounts, which KMS does not offer"


def conditions(policy: dict) -> list[tuple[str, str, dict]]:
    """Operator, key, and the mapping that holds the key's values."""
    statements = policy["Statement"]
    found = []
    for statement in statements if isinstance(statements, list) else [statements]:
        for operator, keys in statement.get("Condition", {}).items():
            found += [(operator, key, keys) for key in keys]
    return found


def values(given: Any) -> list:
    return given if isinstance(given, list) else [given]


def translated(policy: dict, asked: Asked) -> tuple[dict, Asked, list[str]]:
    """The question in words that the simulator reads as AWS documents them, and which kinds of words were changed."""
    policy, asked = copy.deepcopy(policy), copy.deepcopy(asked)
    kinds = []
    for document in [policy, *asked.identity_policies]:
        kinds += translate(document, asked)
    if asked.is_root:
        asked.identity_policies.append({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
        kinds.append(ROOT)
    return policy, asked, kinds


def translate(policy: dict, asked: Asked) -> list[str]:
    kinds = []
    for operator, key, keys in conditions(policy):
        before = values(keys[key])
        after = list(before)
        if policy.get("Version") != "2012-10-17":
            # In the language of 2008 a text like any other, which no request has.
            after = [re.sub(r"\$\{.*?\}", "dollar", value) if isinstance(value, str) else value for value in after]
            kinds += [LITERAL_VARIABLES] * (after != before)
        if "IpAddress" in operator:
            after = addresses(operator, after, asked.context.get("aws:SourceIp"), kinds)
        keys[key] = after
    return kinds


def addresses(operator: str, ranges: list[str], address: Any, kinds: list[str]) -> list[str]:
    if "NotIpAddress" in operator and address:
        is_new = ":" in address
        same = [one for one in ranges if (":" in one) == is_new]
        if same != ranges:
            kinds.append(OTHER_FAMILY)
            ranges = same or ["2001:db8:ffff::/128" if is_new else "192.0.2.255/32"]
    if "0.0.0.0/0" in ranges:
        kinds.append(EVERY_ADDRESS)
        ranges = [half for one in ranges for half in (["0.0.0.0/1", "128.0.0.0/1"] if one == "0.0.0.0/0" else [one])]
    return ranges


def across_accounts(asked: Asked, our: str, their: str) -> bool:
    """The simulator allows what KMS lets nobody of another account do."""
    action = asked.action.removeprefix("kms:")
    return asked.is_foreign and action in MANAGEMENT and (our, their) == ("implicit_deny", "allow")


# What AWS does not document


DOUBTFUL = {
    ("unknown", "allow"),
    ("unknown", "explicit_deny"),
    ("unknown", "implicit_deny"),
    # Denied in any case, but not whether a statement does so.
    ("implicit_deny", "explicit_deny"),
}


def undocumented(policy: dict, asked: Asked, our: dict, their: str) -> str | None:
    """Why nobody can tell; None where there is no such reason."""
    if (our["decision"], their) not in DOUBTFUL:
        return None
    if not our.get("doubts"):
        return of_service(policy, asked)
    kinds = [of_doubt(policy, asked, doubt) for doubt in our["doubts"]]
    return kinds[0] if all(kinds) else None


def of_service(policy: dict, asked: Asked) -> str | None:
    """Keys that tell of a principal, of which AWS does not say whether a service's requests have them."""
    names = ("principalarn", "principalaccount", "calleraccount", "principaltype")
    told = [key.lower().split(":")[1] in names for _, key, _ in conditions(policy)]
    return "keys of the principal in a service's request" if asked.is_service and any(told) else None


def of_doubt(policy: dict, asked: Asked, doubt: str) -> str | None:
    element, _, name = doubt.rpartition(" of ")
    documents = asked.identity_policies if name.startswith("#") else [policy]
    statements = [statement for document in documents for statement in named(document, name)]
    kinds = [of_element(statement, element, asked) for statement in statements]
    return next(filter(None, kinds), None)


def named(policy: dict, name: str) -> list[dict]:
    statements = values(policy["Statement"])
    if name.startswith("#"):
        return statements[int(name[1:]) - 1 : int(name[1:])]
    return [statement for statement in statements if statement.get("Sid") == name]


def of_element(statement: dict, element: str, asked: Asked) -> str | None:
    if element == "the principal":
        return of_principal(statement, asked)
    operator, _, key = element.partition(" ")
    if key not in statement.get("Condition", {}).get(operator, {}):
        return None
    given = values(statement["Condition"][operator][key])
    reasons: dict[str, Callable[[], bool]] = {
        "a key of several values without a set operator": lambda: key.lower() in map(str.lower, LISTS) and ":" not in operator,
        "`ForAnyValue` with `IfExists` on a missing key": lambda: bool(re.match("ForAnyValue:.*IfExists$", operator)),
        "`ArnNotLike` with what has not the six parts of an ARN": lambda: "ArnNot" in operator and not all(map(is_arn, given)),
        "a policy variable without a value": lambda: any("${" in str(value) for value in given),
    }
    return next((reason for reason, holds in reasons.items() if holds()), None)


def is_arn(text: Any) -> bool:
    return str(text).count(":") >= 5


def of_principal(statement: dict, asked: Asked) -> str | None:
    if "NotPrincipal" in statement:
        return f"`NotPrincipal` with `{statement['Effect']}`"
    names = values(statement["Principal"].get("AWS", [])) if isinstance(statement["Principal"], dict) else []
    own = role(asked.principal)
    if own and any(role(name) != own and role(name).lower() == own.lower() for name in names if role(name)):
        return "names of roles that differ only in case"
    return None


def role(arn: str) -> str | None:
    """The name of the role, or of the role behind a session."""
    found = re.search(r":assumed-role/([^/]+)/|:role/(?:.*/)?([^/]+)$", arn)
    return (found[1] or found[2]) if found else None
