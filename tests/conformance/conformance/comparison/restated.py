"""Rules of checkers that cannot be installed from a package registry, said again in Python from what their queries do.

They see a template as it is written, functions not evaluated: what a function gives is never equal to a plain value.
"""

from collections.abc import Iterator


def kics(key: dict) -> Iterator[str]:
    """What KICS has for `AWS::KMS::Key` in CloudFormation: three queries."""
    if key["type"] != "AWS::KMS::Key":
        return
    properties = key["properties"]
    policy = properties.get("KeyPolicy")
    if policy is None or any(open_to_all(statement) for statement in statements(policy)):
        yield "key-with-vulnerable-policy"
    # A window before deletion is taken for a deletion that is under way.
    if properties.get("Enabled") is False or properties.get("PendingWindowInDays"):
        yield "cmk-is-unusable"
    rotates = properties.get("EnableKeyRotation")
    if properties.get("Enabled") is True and "PendingWindowInDays" not in properties and rotates in (None, False):
        yield "cmk-rotation-disabled"


def statements(policy: object) -> list:
    given = policy.get("Statement", []) if isinstance(policy, dict) else []
    return given if isinstance(given, list) else [given]


def open_to_all(statement: dict) -> bool:
    """An Allow without any condition for a star that stands alone, in no list."""
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return statement.get("Effect") == "Allow" and "Condition" not in statement and named == "*"
