"""Policies in one canonical form, so that those of two deployments can be compared byte for byte."""

import json

LISTS = ("Action", "NotAction", "Resource", "NotResource")


def canonical(policy: dict) -> str:
    """The policy's JSON: members sorted, lists sorted and without duplicates, a list of one as its item.

    Statements keep their order: it is part of what keywright promises.
    """
    statements = policy["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    return json.dumps({**policy, "Statement": [statement(one) for one in statements]}, sort_keys=True, ensure_ascii=False)


def statement(said: dict) -> dict:
    made = dict(said)
    for name in LISTS:
        if name in made:
            made[name] = values(made[name])
    for name in ("Principal", "NotPrincipal"):
        if isinstance(made.get(name), dict):
            made[name] = {kind: values(names) for kind, names in made[name].items()}
    if "Condition" in made:
        made["Condition"] = {
            operator: {key: values(given) for key, given in keys.items()} for operator, keys in made["Condition"].items()
        }
    return made


def values(given: str | list) -> str | list:
    if not isinstance(given, list):
        return given
    tidy = sorted(set(given))
    return tidy[0] if len(tidy) == 1 else tidy


def difference(one: str, other: str) -> str:
    """The statements in which two canonical policies differ."""
    lists = [[json.dumps(it, sort_keys=True) for it in json.loads(text)["Statement"]] for text in (one, other)]
    only = [[it for it in lists[side] if it not in lists[1 - side]] for side in (0, 1)]
    return f"{only[0]} against {only[1]}" if any(only) else "the order of statements"
