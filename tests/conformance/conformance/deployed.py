"""Keys as the API of KMS shows them after a deployment, held against what is meant."""

import json
from dataclasses import dataclass, field

from . import policies
from .aws_api import Api, ApiError


@dataclass
class Blind:
    """What an endpoint does not carry, and how often that was met: it becomes a note, never a silent skip."""

    period: bool = False
    """Rotation periods."""
    stand_ins: dict[str, dict[str, str]] = field(default_factory=dict)
    """Properties that stood in for others, such as `key_spec`, by the key's name."""


def read(api: Api, key_id: str) -> dict:
    """Everything that the API says of a key."""
    metadata = api.kms("DescribeKey", KeyId=key_id)["KeyMetadata"]
    found = {
        "description": metadata["Description"],
        "key_spec": metadata.get("KeySpec") or metadata.get("CustomerMasterKeySpec"),
        "key_usage": metadata["KeyUsage"],
        "origin": metadata["Origin"],
        "multi_region": bool(metadata.get("MultiRegion")),
        "enabled": metadata["Enabled"],
        "policy": json.loads(api.kms("GetKeyPolicy", KeyId=key_id, PolicyName="default")["Policy"]),
        "tags": {tag["TagKey"]: tag["TagValue"] for tag in api.kms_pages("ListResourceTags", "Tags", KeyId=key_id)},
        "aliases": sorted(alias["AliasName"] for alias in api.kms_pages("ListAliases", "Aliases", KeyId=key_id)),
    }
    try:
        status = api.kms("GetKeyRotationStatus", KeyId=key_id)
    except ApiError as error:
        if "UnsupportedOperation" not in error.code:  # keys that nobody rotates
            raise
        status = {"KeyRotationEnabled": False}
    found["rotation"] = status["KeyRotationEnabled"]
    found["period"] = status.get("RotationPeriodInDays") if status["KeyRotationEnabled"] else None
    return found


def expected(key: dict, blind: Blind) -> dict:
    """What `read` must give for a key as it is meant."""
    plain = {name: key[name] for name in ("description", "key_usage", "origin", "multi_region", "enabled", "policy", "tags")}
    return plain | {
        "key_spec": key["key_spec"],
        "aliases": sorted(alias["name"] for alias in key["aliases"]),
        "rotation": key["rotation"] is not None,
        "period": key["rotation"] and key["rotation"]["period_days"],
    } | blind.stand_ins.get(key["name"], {})


def differences(key: dict, found: dict, blind: Blind) -> list[str]:
    """Where a deployed key is not as it is meant."""
    problems = []
    for what, meant in expected(key, blind).items():
        is_ = found[what]
        if what == "period" and blind.period:
            continue
        if what == "policy":
            meant, is_ = policies.canonical(meant), policies.canonical(is_)
            if meant != is_:
                problems.append(f"{key['name']}: policy: meant against deployed: {policies.difference(meant, is_)}")
        elif meant != is_:
            problems.append(f"{key['name']}: {what}: meant {meant!r}, deployed {is_!r}")
    return problems


def drop_aliases(api: Api) -> None:
    """Frees the names of all keys: the next component deploys the same ones."""
    for alias in api.kms_pages("ListAliases", "Aliases"):
        if not alias["AliasName"].startswith("alias/aws/"):
            api.kms("DeleteAlias", AliasName=alias["AliasName"])
