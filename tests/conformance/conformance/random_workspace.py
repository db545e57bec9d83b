"""A workspace of random keys: every kind of principal, every recipe of the catalogue, every kind of key, hostile texts,
protected and not, adopted, watched, in several environments and stacks and for stack sets. The same bytes for the same seed.

What keywright refuses of it is a mistake of this file, or of keywright.
"""

import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path

from .hostile import FRAGMENTS, WIDE, Texts

SEED = 20261124
KEYS = 200
KEYS_PER_STACK = 14
# Of the keys so many are in custom key stores, in a file of their own: CloudFormation cannot make them.
STORED = 4
# Keys of every third spec file may have replicas.
REPLICATED = 3
REPLICAS = ["eu-west-1", "us-east-1"]
# Every fourth spec file whose keys are in one Region is for a stack set.
STACK_SETS = 4

ACCOUNTS = {"log-archive": "210987654321", "analytics": "345678901234"}
ENVIRONMENTS = {
    "production": {"tags": {"stage": "production"}},
    "staging": {"deny_deletion": False, "deletion_window_days": 14},
    "development": {"tags": {"${AWS::Region}": "{region} {{in}} {partition}"}},
    "vault": {"protected": True, "accounts": ["111122223333"]},
    "sandbox": {"protected": False, "deny_deletion": True, "deletion_window_days": 9},
}
# What a spec file is made for; several environments multiply its keys.
PLACES = [
    ["production"], ["staging"], ["development"], ["vault"], ["sandbox"],
    ["production", "development"], ["staging", "vault", "sandbox"],
]  # fmt: skip

SYMMETRIC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
KINDS = [
    *[(f"RSA_{size}", usage) for size in (2048, 3072, 4096) for usage in ("ENCRYPT_DECRYPT", "SIGN_VERIFY")],
    *[(f"ECC_NIST_P{size}", usage) for size in (256, 384, 521) for usage in ("SIGN_VERIFY", "KEY_AGREEMENT")],
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
    ("ECC_SECG_P256K1", "SIGN_VERIFY"),
    *[(f"HMAC_{size}", "GENERATE_VERIFY_MAC") for size in (224, 256, 384, 512)],
    *[(f"ML_DSA_{size}", "SIGN_VERIFY") for size in (44, 65, 87)],
    *[("SM2", usage) for usage in ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT")],
]  # fmt: skip
ACCESS = {
    "ENCRYPT_DECRYPT": ["encrypt", "decrypt"],
    "SIGN_VERIFY": ["sign", "verify"],
    "GENERATE_VERIFY_MAC": ["generate-mac", "verify-mac"],
    "KEY_AGREEMENT": ["derive"],
}
# Kinds whose material can be imported. Source: KMS developer guide, "Importing key material", "Supported key types".
IMPORTED = ("SYMMETRIC_DEFAULT", "RSA_", "ECC_NIST_P", "ECC_SECG_", "HMAC_")
# Without services that call themselves, and without those whose grants need a word of the user.
VIA = [["s3"], ["secretsmanager", "ssm"], ["ec2"], ["rds"], ["dynamodb", "sqs"], ["kinesis"]]
TERMS = [
    (["s3"], "read"), (["sqs"], "write"), (["kinesis"], "read"), (["secretsmanager"], "write"), (["rds"], "create"),
    (["backup"], "vaults"),
]  # fmt: skip
ORGANIZATION = "o-a1b2c3d4e5"
UNIT = f"{ORGANIZATION}/r-ab12/ou-ab12-11111111"
OTHERS = [*ACCOUNTS, *ACCOUNTS.values(), "999999999999"]

# What CloudTrail calls the changes of a key.
EVENTS = ["CreateGrant", "DisableKey", "DisableKeyRotation", "EnableKey", "PutKeyPolicy", "ScheduleKeyDeletion", "UpdateAlias"]
TOPICS = ["alerts", "alerts-{environment}_{region}", "arn:{partition}:sns:{region}:210987654321:alerts-{environment}"]
EVENT_ROLES = ["Events+To=Central", "a/path/{environment}-events", "arn:{partition}:iam::{account}:role/Events"]

SETS = {
    "readers": [
        {"permission_set": "AuditReader", "access": ["decrypt"]},
        {"role": "audit/Collector", "account": "log-archive", "access": ["decrypt"]},
    ],
    "everyone-who-reads": [{"set": "readers"}, {"role": "log/Indexer", "access": ["read"], "via": ["s3"]}],
    "key-admins": [{"permission_set": "AdministratorAccess"}, {"role": "security/KeyAdmin"}],
}


def endless(rng: random.Random, items: list) -> Iterator:
    """The items in random order, all of them before one comes again."""
    while True:
        yield from rng.sample(items, len(items))


class Workspace:
    """Draws keys; `catalogue` is what `keywright services --format json` prints."""

    def __init__(self, seed: int, catalogue: dict):
        self.random = random.Random(seed)
        self.texts = Texts(seed)
        # Files that name their Region go anywhere but to those of services that are in one alone.
        anywhere = [service for service in catalogue["services"] if not (service["only_in"] or {}).get("regions")]
        recipes = [service for service in anywhere if service["own_principal"]]
        plain = [service for service in recipes if not service["key"]]
        self.choosy = [service for service in recipes if service["key"]]
        self.services = endless(self.random, plain)
        self.kinds = endless(self.random, [*KINDS, *self.choosy])
        self.principals = endless(self.random, self.principal_kinds())
        self.count = 0

    def next_number(self) -> int:
        self.count += 1
        return self.count

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def principal_kinds(self) -> list:
        """Makers of a principal entry each, from a number that makes its name unique."""
        other = lambda: self.random.choice(OTHERS)  # noqa: E731
        return [
            lambda n: {"role": f"Role{n}"},
            lambda n: {"role": f"deep/er/R_+=,.@-{n}"},
            lambda n: {"role": f"Abroad{n}", "account": other()},
            lambda n: {"role": f"Reborn{n}", "match": "condition"},
            lambda n: {"role": f"far/Reborn{n}", "match": "condition", "account": other()},
            lambda n: {"role": f"Common{n}", "organization": ORGANIZATION},
            lambda n: {"user": f"path/alice_+=,.@-{n}"},
            lambda n: {"user": f"bob{n}", "match": "condition", "account": other()},
            lambda n: {"permission_set": f"Set{n}"},
            lambda n: {"permission_set": f"S_+=,.@-{n}"},
            lambda n: {"permission_set": f"Abroad{n}", "account": other()},
            lambda n: {"permission_set": f"Late{n}", "permission_sets": "delegated"},
            lambda n: {"arn": f"arn:aws:iam::{other_id(self.random)}:role/path/Role{n}"},
            lambda n: {"arn": f"arn:{{partition}}:iam::{{account}}:user/{{environment}}/u{n}"},
            lambda n: {"arn": f"arn:aws:sts::{other_id(self.random)}:assumed-role/Role{n}/session"},
            lambda n: {"account": f"{n:012}"},
            lambda n: {"organization": f"o-a1b2c3{n:06}"},
            lambda n: {"organizational_unit": f"o-a1b2c3d4e5/r-ab12/ou-ab12-{n:08}"},
        ]

    def user(self, spec: str, usage: str) -> dict:
        """A user of a key of that kind, with what may stand beside it."""
        entry = next(self.principals)(self.next_number())
        symmetric = (spec, usage) == SYMMETRIC
        if symmetric and self.chance(0.1):
            via, term = self.random.choice(TERMS)
            context = {"context": {"aws:rds:db-id": "db-1"}} if self.chance(0.3) else {}
            return {**entry, "via": via, "access": [term], **context}
        if self.chance(0.1):
            entry["expires"] = "2099-12-31"
        if self.chance(0.1):
            return {**entry, "access": ["inspect"]}
        if self.chance(0.35):
            words = ACCESS[usage]
            entry["access"] = self.random.sample(words, self.random.randint(1, len(words)))
        if symmetric and self.chance(0.3):
            entry["via"] = self.random.choice(VIA)
        if symmetric and self.chance(0.4):
            key = self.texts.text(FRAGMENTS).strip() or "k"
            entry["context"] = {key: self.texts.value(FRAGMENTS)}
        return entry

    def service(self, service: dict) -> dict:
        """A service with the parameters of its recipe, as names or as ARNs."""
        entry: dict = {"service": service["name"]}
        for parameter in service["own_principal"]["parameters"]:
            if not parameter["required"] and self.chance(0.5):
                continue
            name, example = parameter["name"], parameter["example"]
            if name == "opt_in_region":  # it follows from where the key is
                continue
            arn = parameter.get("becomes")
            if arn and arn.startswith("arn:") and self.chance(0.4):
                account = self.random.choice(["{account}", "210987654321"])
                example = arn.replace(f"{{{name}}}", example).replace("{account}", account)
            entry[name] = example
        return entry

    def administrators(self) -> list[dict]:
        number = self.next_number()
        return self.random.choice([
            [{"set": "key-admins"}],
            [{"role": f"admin/Admin{number}"}, {"user": f"root{number}"}],
            [{"role": f"Admin{number}", "match": "condition"}, {"permission_set": f"Admin_{number}"}],
            [{"permission_set": f"Admin{number}", "account": "log-archive"}],
            [{"arn": f"arn:aws:iam::210987654321:role/Admin{number}"}],
        ])  # fmt: skip

    def statement(self) -> dict:
        number = self.next_number()
        return self.random.choice([
            {
                "reason": "The inventory looks at every key", "Sid": f"Allow inventory {number}", "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::210987654321:role/Inventory{number}", "arn:{partition}:iam::{account}:root"]},
                "Action": ["kms:DescribeKey", "kms:List*"], "Resource": "*",
            },
            {
                "reason": "Nobody reads it from elsewhere", "Sid": f"Deny others {number}", "Effect": "Deny",
                "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
                "Condition": {
                    "StringNotLike": {"kms:EncryptionContext:aws:s3:arn": "arn:{partition}:s3:::state-{account}*"},
                    "StringEquals": {"kms:CallerAccount": "{account}"},
                    "Bool": {"aws:ViaAWSService": "false"},
                },
            },
        ])  # fmt: skip

    def tags(self) -> dict[str, str]:
        tags = {}
        for _ in range(self.random.randint(0, 3)):
            name = "".join(c for c in self.texts.text(FRAGMENTS + WIDE) if c not in "\n\r\t") + "."
            if not name.lower().startswith(("aws:", "keywright:", "%")):
                tags[name] = self.texts.value(FRAGMENTS + WIDE)
        return tags

    def replica(self, region: str, kind: tuple[str, str]) -> str | dict:
        """A replica: as its primary key, or with some fields of its own."""
        if self.chance(0.4):
            return region
        own: dict = {"region": region}
        if self.chance(0.6):
            own["users"] = [self.user(*kind) for _ in range(self.random.randint(1, 3))]
        if self.chance(0.4):
            own["purpose"] = self.texts.text(FRAGMENTS + WIDE, 200)
        if self.chance(0.4):
            own["tags"] = {**self.tags(), "in": "{region}"}
        if self.chance(0.3):
            own["aliases"] = [f"replica/{{region}}/{self.next_number()}"]
        if self.chance(0.2):
            own["enabled"] = False
        if self.chance(0.2):
            own["deletion_window_days"] = self.random.randint(7, 30)
        if self.chance(0.2):
            own["administrators"] = self.administrators()
        return own

    def replicas(self, kind: tuple[str, str]) -> dict:
        """A multi-Region key's Regions; one may be without replicas, or without a word of its own."""
        regions = self.random.sample(REPLICAS, self.random.randint(0, len(REPLICAS)))
        several: dict = {"replicas": [self.replica(region, kind) for region in regions]} if regions else {}
        if self.chance(0.5):
            several["primary"] = "eu-central-1"
        return several

    def stored(self, number: int) -> dict:
        """A key in a custom key store, which is symmetric."""
        store = {"id": f"cks-{number:017x}"}
        if number % 2:
            store["xks_key_id"] = f"Outside-{number}_x.y"
        key: dict = {
            "alias": f"stored/{{environment}}/key-{number}",
            "id": f"Stored{number}",
            "purpose": self.texts.text(FRAGMENTS + WIDE, 200),
            "custom_key_store": store,
            "users": [self.user(*SYMMETRIC) for _ in range(self.random.randint(1, 3))],
        }
        if self.chance(0.5):
            key["origin"] = "external_key_store" if "xks_key_id" in store else "aws_cloudhsm"
        if tags := self.tags():
            key["tags"] = tags
        return key

    def adoption(self, number: int, *, several: bool) -> dict:
        """The fields of a key that exists already, with all of its aliases or some of them."""
        digits = f"{number:032x}"
        key = f"mrk-{digits}" if several else str(uuid.UUID(digits))
        aliases = [f"more/{{environment}}/{number}", f"most/{number}"]
        adopted = self.random.choice([key, {"key": key}, {"key": key, "aliases": aliases[:1]}])
        return {"adopt": adopted, "aliases": aliases}

    def telling(self) -> dict:
        """What tells others of the keys of a spec file, if anything does."""
        told: dict = {}
        if self.chance(0.5):
            told["watch"] = {"topic": self.random.choice(TOPICS)}
            # A topic of another account takes a role of the own one.
            if told["watch"]["topic"].startswith("arn:") or self.chance(0.2):
                told["watch"]["role"] = self.random.choice(EVENT_ROLES)
            if self.chance(0.5):
                told["watch"]["events"] = self.random.sample(EVENTS, self.random.randint(1, len(EVENTS)))
        if self.chance(0.5):
            told["parameters"] = {"path": self.random.choice(["/keys/{environment}", "/a.b_c/{region}-{account}/keys"])}
        if self.chance(0.3):
            told["metric_alarm"] = {"log_group": "/trail/{environment}.{account}#1", "topic": self.random.choice(TOPICS)}
        return told

    def stack_set(self) -> dict:
        """The accounts and Regions of a stack set."""
        chosen: dict = {"organizational_units": ["ou-ab12-11111111", "ou-cd34-22222222"][: self.random.randint(1, 2)]}
        chosen["regions"] = self.random.sample(["eu-central-1", *REPLICAS], self.random.randint(1, 3))
        if self.chance(0.5):
            chosen[self.random.choice(["accounts", "except_accounts"])] = self.random.sample(OTHERS[len(ACCOUNTS) :], 2)
        if self.chance(0.3):
            chosen["auto_deployment"] = False
        return chosen

    def key(self, number: int, service: dict | None, *, several: bool, spread: bool, adoptable: bool) -> dict:
        """A key; for a service that is given, of the kind that it needs.

        `several`: it may be a multi-Region key; `spread`: a stack set makes it; `adoptable`: it may be one that exists, which
        is in one account and Region.
        """
        kind = SYMMETRIC
        users = []
        if service and service["key"]:
            kind = (service["key"]["key_spec"], service["key"]["key_usage"])
        elif service is None:
            # Kinds of the Regions in China are not for files that name others.
            drawn = next(kind for kind in self.kinds if not (several or spread) or isinstance(kind, dict) or kind[0] != "SM2")
            if isinstance(drawn, dict):
                service, kind = drawn, (drawn["key"]["key_spec"], drawn["key"]["key_usage"])
            else:
                kind = drawn
        spec, usage = kind
        if service:
            users.append(self.service(service))
        users += [self.user(spec, usage) for _ in range(self.random.randint(0 if users else 1, 4))]
        if kind == SYMMETRIC and self.chance(0.15):
            users.append({"set": self.random.choice(["readers", "everyone-who-reads"])})
        if spread:
            users = [of_many(user) for user in users]
        tags = self.tags()
        # Some services take only keys of one Region, or with material of AWS.
        plain = service is None or not service["key"]
        imported = plain and spec.startswith(IMPORTED) and self.chance(0.12)
        several = several and plain and self.chance(0.35)
        key: dict = {
            "alias": f"random/{{environment}}/key-{number}",
            "id": f"Random{number}",
            "purpose": self.texts.text(FRAGMENTS + WIDE, 200),
            "users": users,
        }
        if kind != SYMMETRIC:
            key["key_spec"] = spec
            key["key_usage"] = usage
        elif not imported and self.chance(0.3):
            key["rotation"] = {"period_days": self.random.randint(90, 2560)}
        if tags:
            key["tags"] = tags
        if self.chance(0.15):
            key["aliases"] = [f"more/{{region}}/{number}", f"most/{{account}}/{number}"]
        # Terraform can take over no other imported material; what exists has names without placeholders.
        if adoptable and (not imported or kind == SYMMETRIC) and self.chance(0.2):
            key |= self.adoption(number, several=several)
        if imported:
            key["origin"] = "external"
        if several:
            key["multi_region"] = self.replicas(kind)
        # What KMS replicates is enabled; a replica may be disabled afterwards.
        if not several and self.chance(0.15):
            key["enabled"] = False
        if self.chance(0.2):
            key["deletion_window_days"] = self.random.randint(7, 30)
        if self.chance(0.5):
            key["administrators"] = self.administrators()
        # A statement for the root of the account would leave something to it after all, and so would a user that is an
        # account, where a stack set may reach any.
        delegating = spread and any("set" in user or names_account(user) for user in users)
        if self.chance(0.2) and not delegating:
            key["account_access"] = "root-user-only"
        elif self.chance(0.15):
            key["statements"] = [self.statement()]
        if self.chance(0.05):
            key["retire"] = {"reason": "Replaced by another one"}
        return key

    def spec(self, first: int, keys: int, environments: list[str]) -> dict:
        made = []
        several = first // KEYS_PER_STACK % REPLICATED == 1
        spread = not several and len(environments) == 1 and first // KEYS_PER_STACK % STACK_SETS == 0
        adoptable = not spread and len(environments) == 1
        for number in range(first, first + keys):
            # Half of the keys are for a service; of the others most kinds of key get their turn.
            service = next(self.services) if number % 2 else None
            made.append(self.key(number, service, several=several, spread=spread, adoptable=adoptable))
        spec: dict = {"environments": environments, "keys": made, **self.telling()}
        if spread:
            spec["stack_set"] = self.stack_set()
            # The log group of an account's trail is in one Region.
            if len(spec["stack_set"]["regions"]) > 1:
                spec.pop("metric_alarm", None)
        if self.chance(0.5):
            spec["tags"] = {"team": self.texts.value(FRAGMENTS)}
        if len(environments) > 1:
            chosen = self.random.choice(made)
            override = {
                "purpose": self.texts.text(FRAGMENTS, 80),
                "deletion_window_days": 11,
                "tags": {"only": "{environment}"},
            }
            spec["overrides"] = {environments[-1]: {chosen["alias"]: override}}
        return spec


def names_account(user: dict) -> bool:
    """Whether a whole account is meant, not somebody in it."""
    return "account" in user and not user.keys() & {"role", "user", "permission_set"}


def of_many(user: dict) -> dict:
    """A user of a key that a stack set makes in accounts that nobody lists: none of them is named by a placeholder."""
    context = user.get("context", {})
    if "account" not in json.dumps(context):
        return user
    return {field: value for field, value in user.items() if field != "context"}


def other_id(rng: random.Random) -> str:
    return f"{rng.randrange(10**12):012}"


def write(folder: Path, catalogue: dict, seed: int = SEED, keys: int = KEYS) -> None:
    """Writes a workspace that comes to so many keys, those of each environment counted, and replicas beside them."""
    workspace = Workspace(seed, catalogue)
    (folder / "specs").mkdir(parents=True)
    configuration = {
        "accounts": ACCOUNTS,
        "environments": ENVIRONMENTS,
        "principal_sets": SETS,
        "deployers": [{"role": "deploy/CloudFormation"}, {"permission_set": "Deployer"}, {"stack_sets": "service-managed"}],
        "break_glass": [{"role": "BreakGlass", "match": "condition"}],
        "tags": {"owner": "{account} ${{AWS::AccountId}}"},
    }
    write_yaml(folder / "keywright.yaml", configuration)
    stored = {"environment": "production", "targets": ["terraform"], "keys": [workspace.stored(number) for number in range(STORED)]}
    write_yaml(folder / "specs" / "random-stores.yaml", stored)
    done, first = STORED, 0
    while done < keys:
        places = PLACES[first // KEYS_PER_STACK % len(PLACES)]
        count = min(KEYS_PER_STACK, (keys - done) // len(places))
        if count == 0:
            places, count = places[:1], keys - done
        write_yaml(folder / "specs" / f"random-{first:03}.yaml", workspace.spec(first, count, places))
        first += count
        done += count * len(places)


def write_yaml(file: Path, value: dict) -> None:
    # JSON is YAML; escaped throughout, so that no reader's idea of a line matters.
    file.write_text(json.dumps(value, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")
