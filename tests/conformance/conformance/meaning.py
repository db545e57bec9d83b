"""What a key's definition means for whoever asks: the decision that AWS must come to, computed from the spec.

Written from `docs/spec.md` and AWS's documentation, without a look at the policy: who an entry means, what its access
comes to, what it asks for. `requests.py` derives questions from it, `simulator.py` compares the answers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache

from .recipes import Recipes
from .saying import DNS_SUFFIXES

ADMINISTRATION = """CancelKeyDeletion CreateAlias DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey
    EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListGrants ListKeyPolicies ListKeyRotations ListResourceTags
    PutKeyPolicy RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion TagResource UntagResource UpdateAlias
    UpdateKeyDescription""".split()
# What those do who deploy a key that leaves nothing to the account, and those who mend it in an emergency.
DEPLOYMENT = """CreateAlias DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation GetKeyPolicy
    GetKeyRotationStatus ListKeyPolicies ListResourceTags PutKeyPolicy TagResource UntagResource UpdateAlias
    UpdateKeyDescription""".split()
RECOVERY = """CancelKeyDeletion DescribeKey DisableKey EnableKey GetKeyPolicy GetKeyRotationStatus ListGrants ListKeyPolicies
    ListResourceTags PutKeyPolicy RevokeGrant""".split()
# What administrators do besides with imported key material, and with keys of several Regions, primary or replica.
IMPORT = ["DeleteImportedKeyMaterial", "GetParametersForImport", "ImportKeyMaterial"]
SEVERAL_REGIONS = ["ReplicateKey", "UpdatePrimaryRegion"]
REENCRYPT = ["ReEncryptFrom", "ReEncryptTo"]
DATA_KEYS = [f"GenerateDataKey{pair}{text}" for pair in ("", "Pair") for text in ("", "WithoutPlaintext")]
# The rest of the actions on a key: who is not named for them does not have them.
OTHERS = ["CreateGrant", *IMPORT, *SEVERAL_REGIONS]
# What may be asked for a key of another account at all. Source: KMS developer guide, "Cross-account use" of each operation.
ACROSS_ACCOUNTS = {
    "CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", *DATA_KEYS, "GenerateMac",
    "GetKeyRotationStatus", "GetPublicKey", "ListGrants", *REENCRYPT, "RetireGrant", "RevokeGrant", "Sign", "Verify",
    "VerifyMac",
}  # fmt: skip
WORDS = {
    "sign": ["Sign"], "verify": ["Verify"], "generate-mac": ["GenerateMac"], "verify-mac": ["VerifyMac"],
    "derive": ["DeriveSharedSecret"], "decrypt": ["Decrypt"],
}  # fmt: skip
# What `inspect` lets somebody look at.
INSPECTION = [
    "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListResourceTags",
]  # fmt: skip
CAPABILITIES = {"encrypt", "inspect", *WORDS}
# What never carries an encryption context, so that none limits it.
WITHOUT_CONTEXT = {"DescribeKey", *INSPECTION}
IDENTITY_CENTER = "role/aws-reserved/sso.amazonaws.com"


class Reach(Enum):
    """What naming somebody gives."""

    NOTHING = 0
    DELEGATED = 1
    """What their own IAM policies allow as well."""
    DIRECT = 2


@dataclass(frozen=True)
class Person:
    """Somebody who asks: a principal of an account, or an AWS service with a principal of its own."""

    caller: str
    """The ARN that calls: of a role's session, of a user; or the name of a service."""
    arn: str = ""
    """`aws:PrincipalArn`: of a session, its role's."""
    account: str = ""
    organization: str = ""
    unit: str = ""
    """Path of the organizational unit, as in `aws:PrincipalOrgPaths`."""

    @property
    def is_service(self) -> bool:
        return not self.account

    @property
    def type(self) -> str:
        """`aws:PrincipalType`. Source: IAM user guide, "IAM policy elements: Variables and tags", principal key values."""
        if self.arn.endswith(":root"):
            return "Account"
        return "AssumedRole" if ":role/" in self.arn else "User"

    def context(self) -> dict[str, str | list[str]]:
        if self.is_service:
            return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": self.caller, "aws:SecureTransport": "true"}
        context: dict[str, str | list[str]] = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": self.type,
            "kms:CallerAccount": self.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
        }
        if self.organization:
            context["aws:PrincipalOrgID"] = self.organization
            context["aws:PrincipalOrgPaths"] = [self.unit or f"{self.organization}/r-ab12/"]
        return context


@dataclass(frozen=True)
class Asked:
    """A condition: the values of a key in the request of which one must be there."""

    operator: str
    key: str
    values: tuple[str, ...]

    def met(self, context: dict[str, str | list[str]]) -> bool:
        found = next((value for key, value in context.items() if key.lower() == self.key.lower()), None)
        if self.operator.startswith("ForAllValues:"):
            return all(any(self.fits(value, one) for value in self.values) for one in found or [])
        if found is None:
            return False
        given = found if isinstance(found, list) else [found]
        return any(self.fits(value, one) for value in self.values for one in given)

    def fits(self, wanted: str, given: str) -> bool:
        if self.operator in ("StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringEquals"):
            return wanted == given
        if self.operator == "Bool":
            return wanted.lower() == given.lower()
        if self.operator == "StringLike":
            return pattern(wanted).fullmatch(given) is not None
        if self.operator in ("ArnEquals", "ArnLike"):
            parts = list(zip(wanted.split(":", 5), given.split(":", 5)))
            return len(parts) == 6 and all(pattern(want).fullmatch(part) for want, part in parts)
        raise ValueError(f"{self.operator} is not known here")

    def example(self) -> str | list[str]:
        """A value that meets it."""
        value = self.values[0]
        if self.operator.startswith("ForAnyValue:"):
            return [value, "another"]
        if self.operator.startswith("ForAllValues:"):
            return [value]
        return value if self.operator == "StringEquals" else value.replace("*", "x").replace("?", "x")


@cache
def pattern(text: str) -> re.Pattern:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(character) or re.escape(character) for character in text), re.DOTALL)


@dataclass(frozen=True)
class Permission:
    """Who may do what, and what is asked for."""

    who: Callable[[Person], Reach]
    actions: tuple[str, ...]
    asked: tuple[Asked, ...] = ()


@dataclass
class Request:
    person: Person
    action: str
    context: dict[str, str | list[str]] = field(default_factory=dict)
    identity: bool = False
    """Whether IAM policies of theirs allow everything in KMS."""

    def whole_context(self) -> dict[str, str | list[str]]:
        return {**self.person.context(), **self.context}


@dataclass
class Meaning:
    """What a key's definition means in an account."""

    account: str
    partition: str
    denied: tuple[str, ...]
    """What is denied to everybody."""
    delegated: bool
    """Whether IAM policies of the account can give access. Else only its root user has it, whom the simulator does not
    know and nobody asks about."""
    permissions: list[Permission]

    def decide(self, request: Request, across_accounts: set[str] | None = None) -> str:
        """The decision that the definition means, in the simulator's words.

        `across_accounts`: what KMS takes from other accounts; None for a reader of policies who does not know.
        """
        person = request.person
        if request.action in self.denied:
            return "ExplicitlyDenied"
        own = person.account == self.account
        if across_accounts is not None and not own and not person.is_service and request.action not in across_accounts:
            return "ImplicitlyDenied"
        context = request.whole_context()
        if own and request.identity and self.delegated:
            return "Allowed"  # the account's own IAM policies
        for permission in self.permissions:
            if request.action not in permission.actions or not all(asked.met(context) for asked in permission.asked):
                continue
            reach = permission.who(person)
            if reach is Reach.DIRECT and (own or person.is_service) or reach is not Reach.NOTHING and request.identity:
                return "Allowed"
        return "ImplicitlyDenied"


def by(holds: Callable[[Person], bool], reach: Reach = Reach.DIRECT) -> Callable[[Person], Reach]:
    return lambda person: reach if holds(person) else Reach.NOTHING


class Reader:
    """Reads definitions, as `examples/meant.rs` prints them, for one account."""

    def __init__(self, account: str, partition: str, region: str, recipes: Recipes):
        self.account = account
        self.partition = partition
        self.region = region
        self.recipes = recipes
        self.deployed = {
            "account": account, "partition": partition, "region": region, "dns_suffix": DNS_SUFFIXES[partition],
        }  # fmt: skip

    def meaning(self, key: dict, deny_deletion: bool) -> Meaning:
        asymmetric = key["key_spec"] != "SYMMETRIC_DEFAULT" and not key["key_spec"].startswith("HMAC")
        imported = key["origin"] == "EXTERNAL"
        several = key["multi_region"]
        of_kind = [(asymmetric, ["GetPublicKey"]), (imported, IMPORT), (several, SEVERAL_REGIONS)]
        administration = (*ADMINISTRATION, *(action for holds, actions in of_kind if holds for action in actions))
        # Whoever makes a replica asks the primary key for it.
        deployment = (*DEPLOYMENT, *(["ReplicateKey"] if several else []))
        permissions = [Permission(self.who(entry), administration) for entry in key["administrators"]]
        permissions += [Permission(self.who(entry), deployment) for entry in key["deployers"]]
        permissions += [Permission(self.who(entry), tuple(RECOVERY)) for entry in key["break_glass"]]
        for entry in key["users"]:
            permissions += self.service(entry) if entry["kind"] == "service" else self.user(entry, key, asymmetric)
        delegated = key["account_access"] == "delegated"
        # Without its material a key is as lost as without itself.
        lost = ("ScheduleKeyDeletion", *(["DeleteImportedKeyMaterial"] if imported else []))
        denied = lost if deny_deletion and not key["retired"] else ()
        return Meaning(self.account, self.partition, denied, delegated, permissions)

    # --- who -----------------------------------------------------------------------------------

    def who(self, entry: dict) -> Callable[[Person], Reach]:
        kind, name = entry["kind"], entry["name"]
        account = entry["account"] or self.account
        own = f"arn:{self.partition}:iam::{account}"
        if kind == "role" and entry["organization"]:
            ends = f":role/{name}"
            return by(lambda person: self.elsewhere(person, entry["organization"]) and person.arn.endswith(ends))
        if kind in ("role", "user"):
            return by(lambda person: person.arn == f"{own}:{kind}/{name}")
        if kind == "permission_set":
            reach = Reach.DIRECT if entry["permission_sets"] == "direct" else Reach.DELEGATED
            role = re.compile(rf"{own}:{re.escape(IDENTITY_CENTER)}/([a-z0-9-]+/)?AWSReservedSSO_{re.escape(name)}_[0-9a-z]+")
            return by(lambda person: role.fullmatch(person.arn) is not None, reach)
        if kind == "stack_sets":
            begins = f"{own}:role/stacksets-exec-"
            return by(lambda person: person.arn.startswith(begins))
        if kind == "account":
            return by(lambda person: person.account == name, Reach.DELEGATED)
        if kind == "organization":
            return by(lambda person: self.elsewhere(person, name), Reach.DELEGATED)
        if kind == "organizational_unit":
            organization = name.split("/")[0]
            within = f"{name}/"
            return by(lambda person: self.elsewhere(person, organization) and person.unit.startswith(within), Reach.DELEGATED)
        if kind == "arn" and name.endswith(":root"):
            return by(lambda person: person.account == name.split(":")[4], Reach.DELEGATED)
        if kind == "arn":
            return by(lambda person: name in (person.arn, person.caller))
        raise ValueError(f"the kind {kind} is not known here")

    def elsewhere(self, person: Person, organization: str) -> bool:
        return person.organization == organization and person.account != self.account

    # --- what ----------------------------------------------------------------------------------

    def access(self, entry: dict, key: dict, asymmetric: bool) -> tuple[list[str], list[str], bool]:
        """Cryptographic actions, actions that look at the key, and whether services may make grants for it."""
        look = ["DescribeKey", *(["GetPublicKey"] if asymmetric else [])]
        chosen = set(entry["access"] or key["capabilities"])
        if "inspect" in chosen:
            look += INSPECTION
            chosen.remove("inspect")
        if not chosen:
            return [], look, False
        if key["key_usage"] != "ENCRYPT_DECRYPT":
            return [action for word in chosen for action in WORDS[word]], look, False
        if chosen == {"encrypt", "decrypt"}:
            return ["Encrypt", "Decrypt", *REENCRYPT, *([] if asymmetric else DATA_KEYS)], look, True
        if chosen == {"decrypt"}:
            return ["Decrypt"], look, False
        data_keys = [] if asymmetric else ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]
        return ["Encrypt", "ReEncryptTo", *data_keys], look, True

    def user(self, entry: dict, key: dict, asymmetric: bool) -> list[Permission]:
        who = self.who(entry)
        context = tuple(
            Asked("StringEquals", f"kms:EncryptionContext:{name}", (value,)) for name, value in (entry["context"] or {}).items()
        )
        if entry["access"] and not set(entry["access"]) <= CAPABILITIES:
            permissions = []
            for name in entry["via"]:
                terms = [self.recipes.term(name, term) for term in entry["access"]]
                listed = {action for term in terms for action in term["actions"]}
                actions = {concrete for action in listed for concrete in spread(action)}
                through = self.through([name])
                permissions += [
                    Permission(who, tuple(sorted(actions - WITHOUT_CONTEXT)), (*through, *context)),
                    Permission(who, tuple(sorted({"DescribeKey", *(actions & WITHOUT_CONTEXT)})), through),
                    *(self.grants(who, name, context) if any(term["grants"] for term in terms) else []),
                ]
            return permissions
        cryptography, look, passes_on = self.access(entry, key, asymmetric)
        through = self.through(entry["via"] or [])
        permissions = [Permission(who, tuple(cryptography), (*through, *context)), Permission(who, tuple(look), through)]
        for name in (entry["via"] or []) if passes_on else []:
            permissions += self.grants(who, name, context)
        return permissions

    def grants(self, who: Callable[[Person], Reach], name: str, context: tuple[Asked, ...]) -> list[Permission]:
        """The grants that a service makes for its callers, behind its fence."""
        grants = self.recipes.grants(name)
        fence = (*self.through([name]), *context)
        if grants == "aws-resource":
            fence = (*fence, Asked("Bool", "kms:GrantIsForAWSResource", ("true",)))
        fence += tuple(Asked(operator, key, tuple(values)) for operator, key, values in self.recipes.grants_when(name))
        return [Permission(who, ("CreateGrant",), fence)] if grants in ("aws-resource", "via-service") else []

    def through(self, names: list[str]) -> tuple[Asked, ...]:
        values = [f"{via}.{self.region}.amazonaws.com" for name in names for via in self.recipes.via_names(name)]
        return (Asked("StringEquals", "kms:ViaService", tuple(values)),) if values else ()

    def service(self, entry: dict) -> list[Permission]:
        permissions = []
        for statement in self.recipes.statements(entry["name"], entry["parameters"], self.deployed):
            callers = statement["callers"]
            asked = tuple(Asked(operator, key, tuple(values)) for operator, key, values in statement["conditions"])
            actions = tuple(concrete for action in statement["actions"] for concrete in spread(action))
            holds = (lambda person, callers=callers: (person.caller if person.is_service else person.arn) in callers)
            permissions.append(Permission(by(holds), actions, asked))
        return permissions


def spread(action: str) -> list[str]:
    """The actions that an entry of a recipe means."""
    name = action.removeprefix("kms:")
    return {"ReEncrypt*": REENCRYPT, "GenerateDataKey*": DATA_KEYS}.get(name, [name])
