"""Random key policies and requests, made of every construct that a decision can depend on.

Names come from a small world, so that what a policy says and what a request has meet often.
"""

import random
from dataclasses import dataclass, field

ACCOUNT = "111122223333"
FOREIGN = "444455556666"
REGION = "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"

ROLES = ["app", "team/Deployer", "App", "aws-service-role/s3.amazonaws.com/Helper"]
USERS = ["alice", "staff/Bob"]
SESSIONS = ["one", "two@example.com"]
SERVICES = ["s3.amazonaws.com", "cloudtrail.amazonaws.com", "logs.eu-central-1.amazonaws.com"]

ACTIONS = [
    "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyPair", "kms:ReEncryptFrom", "kms:ReEncryptTo",
    "kms:DescribeKey", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource",
    "kms:ListGrants", "kms:Sign", "kms:EnableKeyRotation",
]  # fmt: skip
ACTION_PATTERNS = [
    *ACTIONS, "kms:*", "*", "kms:Generate*", "kms:ReEncrypt*", "kms:ReEncrypt", "KMS:decrypt", "kms:*Key*", "kms:Describe*",
    "kms:?ecrypt", "kms:*crypt*", "s3:*", "kms:GenerateDataKey*", "kms:Put*", "kms:*rant?", "kms:List*",
]  # fmt: skip

# Single-valued keys with the values that requests have, and values that policies name beside those.
TEXTS = {
    "kms:ViaService": (["s3.eu-central-1.amazonaws.com", "ec2.eu-central-1.amazonaws.com"], ["s3.*.amazonaws.com", "*"]),
    "kms:EncryptionContext:app": (["shop", "Shop", "pay*", "a:b/c"], ["sh?p", "*", "pay*", "a:*", "${aws:username}"]),
    "aws:PrincipalOrgID": (["o-a1b2c3d4e5", "o-zzzzzzzzzz"], ["o-*"]),
    "aws:PrincipalTag/team": (["blue", "red"], ["b*", "${kms:EncryptionContext:app}", "${aws:PrincipalTag/other, 'blue'}"]),
    "aws:SourceAccount": ([ACCOUNT, FOREIGN], ["1111*", "????????????"]),
    "aws:SourceVpce": (["vpce-1", "vpce-22"], ["vpce-?", "vpce-*"]),
}
ARNS = {
    "aws:SourceArn": (
        [f"arn:aws:s3:::bucket/{ACCOUNT}", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/a:b", f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:g"],
        [f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*", f"arn:aws:*:{ACCOUNT}:trail/a", "arn:aws:s3:::*", "arn:*:*:*:*:*", f"arn:aws:logs:?*:{FOREIGN}:log-group:*"],
    ),
}  # fmt: skip
BOOLS = ["aws:SecureTransport", "aws:PrincipalIsAWSService", "kms:GrantIsForAWSResource", "aws:MultiFactorAuthPresent"]
NUMBERS = {"kms:RotationPeriodInDays": ["90", "365", "2560"], "aws:MultiFactorAuthAge": ["0", "10", "3600", "3600.5"]}
DATES = {"aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-06-15T12:30:00Z", "2027-01-01T00:00:00Z"]}
ADDRESSES = {"aws:SourceIp": ["203.0.113.7", "198.51.100.20", "2001:db8::17"]}
RANGES = ["203.0.113.0/24", "203.0.113.7", "203.0.113.7/32", "198.51.0.0/16", "0.0.0.0/0", "2001:db8::/32", "2001:db8::17"]
LISTS = {
    "aws:TagKeys": ["team", "cost", "stage"],
    "kms:EncryptionContextKeys": ["app", "tenant"],
    "aws:PrincipalOrgPaths": ["o-a1b2c3d4e5/r-ab12/ou-ab12-1/", "o-a1b2c3d4e5/r-ab12/ou-ab12-2/"],
}


@dataclass
class Asked:
    """A request."""

    principal: str
    """An ARN, or the name of a service."""
    action: str
    context: dict[str, str | list[str]] = field(default_factory=dict)
    identity_policies: list[dict] = field(default_factory=list)

    @property
    def is_service(self) -> bool:
        return not self.principal.startswith("arn:")

    @property
    def account(self) -> str | None:
        return None if self.is_service else self.principal.split(":")[4]

    @property
    def is_foreign(self) -> bool:
        return self.account not in (None, ACCOUNT)

    @property
    def is_root(self) -> bool:
        return self.principal.endswith(":root")

    def whole_context(self) -> dict[str, str | list[str]]:
        """With the keys that follow from the principal."""
        return {**self.derived(), **self.context}

    def derived(self) -> dict[str, str]:
        derived = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": str(self.is_service).lower()}
        if self.account is None:
            return {**derived, "aws:PrincipalServiceName": self.principal}
        arn, kind = self.principal, "AssumedRole"
        if ":assumed-role/" in arn:
            arn = f"arn:aws:iam::{self.account}:role/{arn.split('/')[1]}"
        elif ":user/" in arn:
            kind = "User"
            derived["aws:username"] = arn.split("/")[-1]
        elif self.is_root:
            kind = "Account"
            derived["aws:userid"] = self.account
        of_account = {"aws:PrincipalAccount": self.account, "kms:CallerAccount": self.account}
        return {**derived, **of_account, "aws:PrincipalArn": arn, "aws:PrincipalType": kind}


class Source:
    """Policies and requests of one seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, items: list, most: int) -> list:
        return self.random.sample(items, self.random.randint(1, min(most, len(items))))

    def one_or_many(self, items: list) -> object:
        return items[0] if len(items) == 1 and self.chance(0.7) else items

    def pick(self, items: list) -> object:
        return self.random.choice(items)

    # Principals

    def account(self) -> str:
        return ACCOUNT if self.chance(0.75) else FOREIGN

    def caller(self) -> str:
        account = self.account()
        kind = self.random.random()
        if kind < 0.4:
            return f"arn:aws:iam::{account}:role/{self.pick(ROLES)}"
        if kind < 0.6:
            return f"arn:aws:iam::{account}:user/{self.pick(USERS)}"
        if kind < 0.78:
            role = str(self.pick(ROLES)).split("/")[-1]
            return f"arn:aws:sts::{account}:assumed-role/{role}/{self.pick(SESSIONS)}"
        if kind < 0.85:
            return f"arn:aws:iam::{account}:root"
        return str(self.pick(SERVICES))

    def named(self) -> str:
        """A name under `AWS` of a Principal element."""
        if self.chance(0.3):
            account = self.account()
            return account if self.chance(0.3) else f"arn:aws:iam::{account}:root"
        while not (name := self.caller()).startswith("arn:"):
            pass
        return name

    def principal(self) -> object:
        kind = self.random.random()
        if kind < 0.1:
            return "*"
        if kind < 0.3:
            return {"AWS": "*"}
        if kind < 0.45:
            return {"Service": self.one_or_many(self.some(SERVICES, 2))}
        names = self.one_or_many([self.named() for _ in range(self.random.randint(1, 3))])
        if kind < 0.5:
            return {"AWS": names, "Service": self.pick(SERVICES)}
        return {"AWS": names}

    # Conditions

    def conditions(self) -> dict:
        conditions: dict[str, dict] = {}
        for _ in range(self.random.choice([0, 0, 1, 1, 1, 2, 3])):
            operator, key, values = self.condition()
            conditions.setdefault(operator, {})[self.cased(key)] = self.one_or_many(values)
        return conditions

    def cased(self, key: str) -> str:
        return key.upper() if self.chance(0.03) else key

    def condition(self) -> tuple[str, str, list]:
        makers = [self.text, self.text, self.text, self.arn, self.arn, self.boolean, self.number, self.date, self.address, self.null, self.many]
        operator, key, values = self.pick(makers)()
        if operator != "Null" and self.chance(0.15):
            operator += "IfExists"
        if operator != "Null" and ":" not in operator and self.chance(0.04):
            operator = self.pick(["ForAllValues:", "ForAnyValue:"]) + operator
        return operator, key, values

    def text(self) -> tuple[str, str, list]:
        operator = self.pick(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"])
        if self.chance(0.25):
            key = self.pick(["kms:CallerAccount", "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalServiceName", "aws:username"])
            return operator, key, self.some([ACCOUNT, FOREIGN, "1*", "User", "AssumedRole", "s3.amazonaws.com", "ALICE", "alice"], 3)
        key, (values, more) = self.pick(list(TEXTS.items()))
        return operator, key, self.some([*values, *more], 3)

    def arn(self) -> tuple[str, str, list]:
        operator = self.pick(["ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals", "StringLike", "StringNotLike", "StringEquals"])
        if self.chance(0.5):
            patterns = [f"arn:aws:iam::{ACCOUNT}:role/*", "arn:aws:iam::*:role/app", f"arn:aws:iam::{ACCOUNT}:user/?lice", "arn:aws:*", "arn:aws:iam::*:*/*"]
            return operator, "aws:PrincipalArn", self.some([*patterns, self.named(), self.named()], 3)
        key, (values, more) = self.pick(list(ARNS.items()))
        return operator, key, self.some([*values, *more], 3)

    def boolean(self) -> tuple[str, str, list]:
        value = self.pick(["true", "false", True, False])
        return "Bool", str(self.pick(BOOLS)), [value]

    def number(self) -> tuple[str, str, list]:
        operator = "Numeric" + str(self.pick(["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]))
        key, values = self.pick(list(NUMBERS.items()))
        return operator, key, self.some([*values, 365, "100", "0.5"], 2)

    def date(self) -> tuple[str, str, list]:
        operator = "Date" + str(self.pick(["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]))
        key, values = self.pick(list(DATES.items()))
        return operator, key, self.some([*values, "2026-06-15T14:30:00+02:00"], 2)

    def address(self) -> tuple[str, str, list]:
        return str(self.pick(["IpAddress", "NotIpAddress"])), "aws:SourceIp", self.some(RANGES, 2)

    def null(self) -> tuple[str, str, list]:
        keys = [*TEXTS, *ARNS, *BOOLS, *NUMBERS, *LISTS, "aws:SourceIp", "aws:PrincipalArn", "kms:CallerAccount"]
        return "Null", str(self.pick(keys)), [self.pick(["true", "false", True, False])]

    def many(self) -> tuple[str, str, list]:
        key, values = self.pick(list(LISTS.items()))
        prefix = self.random.choices(["ForAllValues:", "ForAnyValue:", ""], [5, 5, 1])[0]
        operator = self.pick(["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase"])
        return prefix + operator, key, self.some([*values, values[0][:2] + "*", "other"], 3)

    # Statements and policies

    def actions(self, patterns: list[str]) -> dict:
        element = "NotAction" if self.chance(0.08) else "Action"
        return {element: self.one_or_many(self.some(patterns, 4))}

    def statement(self) -> dict:
        deny = self.chance(0.25)
        statement: dict = {"Effect": "Deny" if deny else "Allow"}
        if self.chance(0.12 if deny else 0.02):
            statement["NotPrincipal"] = {"AWS": [self.named() for _ in range(self.random.randint(1, 4))]}
        else:
            statement["Principal"] = self.principal()
        statement |= self.actions(ACTION_PATTERNS) | self.resource()
        return self.with_conditions(statement)

    def resource(self) -> dict:
        if self.chance(0.75):
            return {"Resource": "*"}
        patterns = [KEY, f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/app", f"arn:aws:kms:*:{ACCOUNT}:key/*", KEY[:-1] + "6", "arn:aws:kms:*"]
        element = "NotResource" if self.chance(0.1) else "Resource"
        return {element: self.one_or_many(self.some(patterns, 2))}

    def with_conditions(self, statement: dict) -> dict:
        conditions = self.conditions()
        return {**statement, "Condition": conditions} if conditions else statement

    def policy(self) -> dict:
        statements = []
        if self.chance(0.5):
            root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
            statements.append({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"})
        statements += [self.statement() for _ in range(self.random.randint(1, 4))]
        self.random.shuffle(statements)
        for number, statement in enumerate(statements):
            statement["Sid"] = f"S{number}"
        policy: dict = {"Statement": self.one_or_many(statements)}
        version = self.random.choices(["2012-10-17", "2008-10-17", None], [18, 1, 1])[0]
        return {"Version": version, **policy} if version else policy

    def identity_policy(self) -> dict:
        statements = []
        for _ in range(self.random.randint(1, 2)):
            statement = {"Effect": "Deny" if self.chance(0.2) else "Allow"}
            statement |= self.actions(["kms:*", "*", *ACTION_PATTERNS]) | self.resource()
            statements.append(self.with_conditions(statement) if self.chance(0.4) else statement)
        return {"Version": "2012-10-17", "Statement": statements}

    # Requests

    def request(self) -> Asked:
        caller = self.caller()
        asked = Asked(caller, str(self.pick(ACTIONS)), self.context())
        if not asked.is_service and not asked.is_root and self.chance(0.6):
            asked.identity_policies = [self.identity_policy() for _ in range(self.random.randint(1, 2))]
        return asked

    def context(self) -> dict[str, str | list[str]]:
        context: dict[str, str | list[str]] = {}
        for key, (values, _) in {**TEXTS, **ARNS}.items():
            if self.chance(0.5):
                context[key] = str(self.pick(values))
        for key, values in {**NUMBERS, **DATES, **ADDRESSES}.items():
            if self.chance(0.6):
                context[key] = str(self.pick(values))
        for key in BOOLS[2:]:
            if self.chance(0.5):
                context[key] = str(self.pick(["true", "false"]))
        for key, values in LISTS.items():
            if self.chance(0.6):
                context[key] = self.some(values, 3)
        return context
