"""Questions about a key that follow from its definition: those who are meant, those who look like them, and strangers."""

import re
from collections.abc import Iterator

from .meaning import ADMINISTRATION, DEPLOYMENT, IDENTITY_CENTER, OTHERS, RECOVERY, Asked, Permission, Person, Reader, Request

# Accounts and organizations that no spec names.
FOREIGN = "888877776666"
MEMBER = "555566667777"
STRANGE_ORGANIZATION = "o-zzzzzzzzzz"
SUFFIX = "0123456789abcdef"
# What is tried with everybody: each key must have an answer to it.
TRIED = [
    "Decrypt", "Sign", "GenerateMac", "DeriveSharedSecret", "PutKeyPolicy", "ScheduleKeyDeletion",
    "DeleteImportedKeyMaterial", "ReplicateKey", "CreateGrant",
]  # fmt: skip


def of(key: dict, reader: Reader) -> Iterator[Request]:
    """All questions about one key."""
    for entry in key["administrators"]:
        yield from administrator(entry, reader)
    for entry in key["deployers"]:
        yield from administrator(entry, reader, DEPLOYMENT)
    for entry in key["break_glass"]:
        yield from administrator(entry, reader, RECOVERY)
    permissions = []
    for entry in key["users"]:
        asymmetric = key["key_spec"] != "SYMMETRIC_DEFAULT" and not key["key_spec"].startswith("HMAC")
        if entry["kind"] == "service":
            permissions = reader.service(entry)
            yield from service(entry, permissions, reader)
        else:
            permissions = reader.user(entry, key, asymmetric)
            yield from user(entry, permissions, reader)
    yield from strangers(reader, permissions)


# --- people ------------------------------------------------------------------------------------


def role(reader: Reader, account: str, path: str, organization: str = "", unit: str = "") -> Person:
    name = path.rpartition("/")[2]
    caller = f"arn:{reader.partition}:sts::{account}:assumed-role/{name}/session"
    return Person(caller, f"arn:{reader.partition}:iam::{account}:role/{path}", account, organization, unit)


def of_arn(arn: str) -> Person:
    _, partition, service, _, account, name = arn.split(":", 5)
    if service == "sts":
        return Person(arn, f"arn:{partition}:iam::{account}:role/{name.split('/')[1]}", account)
    if name.startswith("role/"):
        return Person(f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/session", arn, account)
    return Person(arn, arn, account)


def people(entry: dict, reader: Reader) -> tuple[list[Person], list[Person]]:
    """Those whom an entry means, and those who only look like them."""
    kind, name = entry["kind"], entry["name"]
    account = entry["account"] or reader.account
    if kind == "role" and (organization := entry["organization"]):
        meant = [role(reader, MEMBER, name, organization)]
        alike = [
            role(reader, MEMBER, f"{name}x", organization), role(reader, reader.account, name, organization),
            role(reader, MEMBER, name, STRANGE_ORGANIZATION), role(reader, MEMBER, name),
        ]  # fmt: skip
    elif kind == "role":
        meant = [role(reader, account, name)]
        alike = [role(reader, account, f"{name}x"), role(reader, FOREIGN, name)]
    elif kind == "user":
        arns = [f"arn:{reader.partition}:iam::{of}:user/{path}" for of, path in ((account, name), (account, f"{name}x"), (FOREIGN, name))]
        meant, *alike = [of_arn(arn) for arn in arns]
        meant = [meant]
    elif kind == "permission_set":
        path = IDENTITY_CENTER.removeprefix("role/")
        # Identity Center in us-east-1 has no Region in its roles' paths.
        meant = [role(reader, account, f"{path}/{region}AWSReservedSSO_{name}_{SUFFIX}") for region in ("eu-west-2/", "")]
        longer = [f"{path}/{region}AWSReservedSSO_{name}_Extra_{SUFFIX}" for region in ("eu-west-2/", "")]
        alike = [role(reader, account, one) for one in (*longer, f"{path}/AWSReservedSSO_X{name}_{SUFFIX}")]
        alike += [
            role(reader, account, f"AWSReservedSSO_{name}_{SUFFIX}"),
            role(reader, FOREIGN, f"{path}/eu-west-2/AWSReservedSSO_{name}_{SUFFIX}"),
        ]
    elif kind == "stack_sets":
        meant = [role(reader, account, f"stacksets-exec-{SUFFIX}")]
        alike = [
            role(reader, account, "stacksets-exe"), role(reader, account, f"deeper/stacksets-exec-{SUFFIX}"),
            role(reader, FOREIGN, f"stacksets-exec-{SUFFIX}"),
        ]  # fmt: skip
    elif kind == "account":
        meant, alike = [role(reader, name, "Anyone")], [role(reader, FOREIGN, "Anyone")]
    elif kind in ("organization", "organizational_unit"):
        organization = name.split("/")[0]
        unit = f"{name}/" if kind == "organizational_unit" else ""
        meant = [role(reader, MEMBER, "Anyone", organization, unit)]
        alike = [
            role(reader, MEMBER, "Anyone", STRANGE_ORGANIZATION), role(reader, reader.account, "Anyone", organization, unit),
        ]  # fmt: skip
        if unit:
            meant.append(role(reader, MEMBER, "Anyone", organization, f"{unit}ou-ab12-99999999/"))
            alike.append(role(reader, MEMBER, "Anyone", organization, f"{name}9/"))
    else:
        meant = [of_arn(name)]
        parts = name.split(":")
        alike = [of_arn(f"{name}x")] if not name.endswith(":root") else []
        alike.append(of_arn(":".join([*parts[:4], FOREIGN, *parts[5:]])))
    return meant, alike


# --- questions ---------------------------------------------------------------------------------


def met(permission: Permission) -> dict:
    return {asked.key: asked.example() for asked in permission.asked}


def missed(permission: Permission) -> Iterator[dict]:
    """Contexts in which one condition is not met: its key is missing, or has another value."""
    right = met(permission)
    for asked in permission.asked:
        yield {key: value for key, value in right.items() if key != asked.key}
        for wrong in wrong_values(asked):
            yield {**right, asked.key: wrong}


def wrong_values(asked: Asked) -> Iterator[str | list[str]]:
    example = asked.example()
    if isinstance(example, list):
        yield ["another"]
    elif asked.operator == "Bool":
        yield "false" if example == "true" else "true"
    elif asked.key.lower() == "aws:sourceaccount":
        yield FOREIGN
    elif example.startswith("arn:"):
        yield re.sub(r"^((?:[^:]*:){4})[^:]*", rf"\g<1>{FOREIGN}", example)  # the same, of another account
        yield example + "x"
        yield "arn:aws:s3:::another"
    else:
        yield example + "x"
        yield example.swapcase() if example.swapcase() != example else "another"


def administrator(entry: dict, reader: Reader, listed: list[str] = ADMINISTRATION) -> Iterator[Request]:
    meant, alike = people(entry, reader)
    for person in meant:
        for action in dict.fromkeys((*listed, *ADMINISTRATION, *OTHERS, "Decrypt", "Sign")):
            yield Request(person, action)
        yield Request(person, "PutKeyPolicy", identity=True)
        yield Request(person, "DescribeKey", identity=True)
    for person in alike:
        yield Request(person, "PutKeyPolicy")
        yield Request(person, "DescribeKey")
        yield Request(person, "DescribeKey", identity=True)


def user(entry: dict, permissions: list[Permission], reader: Reader) -> Iterator[Request]:
    meant, alike = people(entry, reader)
    for permission in permissions:
        if not permission.actions:
            continue
        for person in meant:
            for action in permission.actions:
                yield Request(person, action, met(permission))
                yield Request(person, action, met(permission), identity=True)
            for context in missed(permission):
                yield Request(person, permission.actions[0], context)
                yield Request(person, permission.actions[0], context, identity=True)
            for action in TRIED:
                yield Request(person, action, met(permission))
        for person in alike:
            yield Request(person, permission.actions[0], met(permission))
            yield Request(person, permission.actions[0], met(permission), identity=person.account != reader.account)


def service(entry: dict, permissions: list[Permission], reader: Reader) -> Iterator[Request]:
    callers = reader.recipes.statements(entry["name"], entry["parameters"], reader.deployed)
    for permission, statement in zip(permissions, callers, strict=True):
        persons = [of_arn(one) if statement["kind"] == "role" else Person(one) for one in statement["callers"]]
        for person in persons:
            for action in permission.actions:
                yield Request(person, action, met(permission))
            for context in missed(permission):
                yield Request(person, permission.actions[0], context)
            # The confused deputy: the same service, for another customer.
            theirs = {"aws:SourceAccount": FOREIGN, "aws:SourceArn": f"arn:{reader.partition}:s3:::theirs"}
            yield Request(person, permission.actions[0], {**met(permission), **theirs})
            for action in TRIED:
                yield Request(person, action, met(permission))
    yield Request(Person("apigateway.amazonaws.com"), "Decrypt")


def strangers(reader: Reader, permissions: list[Permission]) -> Iterator[Request]:
    context = met(permissions[0]) if permissions else {}
    own = role(reader, reader.account, "Stranger")
    for person in (own, role(reader, FOREIGN, "Stranger"), of_arn(f"arn:{reader.partition}:iam::{reader.account}:user/eve")):
        for action in (*TRIED, "DescribeKey"):
            for identity in (False, True):
                yield Request(person, action, context, identity)
