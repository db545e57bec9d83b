"""What is damaged on purpose: one place of a generated file each, and who must say what about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from . import (
    cfn_guard,
    cfn_lint,
    checkov,
    cloudformation,
    provider_schema,
    same_texts,
    simulator,
    terraform,
    terraform_fmt,
    terraform_validate,
)
from .cases import Cases
from .tools import Tools

TEMPLATE, MODULE, VARIABLES = "template", "main.tf", "variables.tf"


@dataclass(frozen=True)
class Damage:
    """One damage. `pattern` is replaced at its first place in the file."""

    what: str
    stack: str
    file: str
    pattern: str
    replacement: str
    noticed_by: ModuleType
    as_what: str
    """Stands in one of the problems: noticed for the right reason."""

    def done_to(self, text: str) -> str:
        return re.sub(self.pattern, self.inserted, text, count=1, flags=re.M)

    def inserted(self, found: re.Match) -> str:
        """The replacement, in which `\\1` is the pattern's group."""
        return self.replacement.replace(r"\1", found[1]).replace(r"\n", "\n") if found.re.groups else self.replacement


def texts_differ(cases: Cases, tools: Tools) -> list[str]:
    """`same-texts` without the workspace of its own that it generates."""
    try:
        problems = [problem for workspace in cases.workspaces for problem in same_texts.compare(workspace.output, tools)[1]]
        return problems + same_texts.alone(cases, tools).problems
    except ValueError as error:
        return [str(error)]


def judgement(component: ModuleType) -> Callable[[Cases, Tools], list[str]]:
    if component is same_texts:
        return texts_differ
    return lambda cases, tools: component.check(cases, tools).problems


DAMAGES = [
    # What cfn-guard sees.
    Damage(
        "a wildcard in a Principal ARN", "messaging", TEMPLATE,
        r"role/team/FooBarPublisher", "role/team/*", cfn_guard, "wildcard inside a principal",
    ),
    Damage("rotation off", "audit", TEMPLATE, r"EnableKeyRotation: true", "EnableKeyRotation: false", cfn_guard, "rotation is not on"),
    Damage(
        "kms:* for a service", "messaging", TEMPLATE,
        r"^( +)Action:\n +- kms:Decrypt\n +- kms:GenerateDataKey\*$", "            Action: kms:*", cfn_guard, r"kms:\* for others",
    ),
    Damage("the fence removed", "audit", TEMPLATE, r"^ +StringEquals:\n +kms:CallerAccount: .*\n", "", cfn_guard, "FENCES"),
    Damage("a deletion window of three days", "audit", TEMPLATE, r"PendingWindowInDays: 30", "PendingWindowInDays: 3", cfn_guard, "window"),
    # What cfn-lint sees.
    Damage("DeletionPolicy gone", "audit", TEMPLATE, r"^ +DeletionPolicy: Retain\n", "", cfn_lint, "I3011"),
    Damage("an action misspelt", "audit", TEMPLATE, r"kms:CancelKeyDeletion", "kms:CancelKeyDeletoin", cfn_lint, "W3037"),
    # What checkov sees.
    Damage(
        "rotation off in the module", "audit", MODULE,
        r"enable_key_rotation     = true", "enable_key_rotation     = false", checkov, "CKV_AWS_7:",
    ),
    Damage("a suppression gone", "audit", MODULE, r"^ +# checkov:skip=.*\n", "", checkov, r"suppresses \[\], and its policy calls for"),
    # What the schema of the provider and Terraform see.
    Damage("an argument misspelt", "audit", MODULE, r"enable_key_rotation", "enable_key_rotatoin", provider_schema, "unknown argument"),
    Damage("a text for a number", "audit", MODULE, r"= 30$", '= "thirty"', provider_schema, "is string, the provider takes number"),
    Damage("another spacing", "audit", MODULE, r"^  policy = ", "  policy  = ", terraform_fmt, r"policy  = "),
    Damage(
        "a hostile text that is not escaped", "platform-secrets", MODULE,
        r"%%\{ if \}", "%{ if }", terraform_validate, r"Invalid template directive|Invalid expression|Unclosed template",
    ),
    # What both targets, held side by side, show.
    Damage("prevent_destroy gone", "audit", MODULE, r"^  lifecycle \{\n.*\n  \}\n", "", same_texts, "protected of AccountCloudtrail"),
    Damage("an action more in one target", "messaging", MODULE, r'"kms:Decrypt",', '"kms:Decrypt",\n"kms:Sign",', same_texts, "policy of FooBarTopic"),
    Damage("another alias in one target", "messaging", MODULE, r"alias/foo-bar-topic", "alias/foo-baz-topic", same_texts, "aliases of FooBarTopic"),
    Damage(
        "a hostile text escaped for another target", "platform-secrets", TEMPLATE,
        r"\$\{Dollar\}\{\$\}", "${Dollar}${Dollar}{$}", same_texts, "policy of HostileText",
    ),
    # What decisions show.
    Damage(
        "Decrypt for administrators", "audit", TEMPLATE,
        r"- kms:CancelKeyDeletion", "- kms:CancelKeyDeletion\n              - kms:Decrypt", simulator,
        r"AWSReservedSSO_AdministratorAccess_\w+/session asks for kms:Decrypt: meant ImplicitlyDenied, the simulator says Allowed",
    ),
    Damage(
        "ArnNotLike gone, so that a longer permission set gets in", "audit", TEMPLATE,
        r"^ +ArnNotLike:\n.*\n", "", simulator, r"_Extra_\w+/session asks for \S+.*: meant ImplicitlyDenied, the simulator says Allowed",
    ),
    Damage(
        "no Identity Center in us-east-1", "audit", TEMPLATE,
        r"^ +- !Sub .*sso\.amazonaws\.com/AWSReservedSSO.*\n", "", simulator, "meant Allowed, the simulator says ImplicitlyDenied",
    ),
    Damage(
        "the confused deputy's condition gone", "messaging", TEMPLATE,
        r"^            Condition:\n +ArnEquals:\n +aws:SourceArn: .*\n", "", simulator,
        r"s3\.amazonaws\.com asks for .*888877776666.*: meant ImplicitlyDenied, the simulator says Allowed",
    ),
    Damage(
        "the way through a service gone", "messaging", TEMPLATE,
        r"^            Condition:\n +StringEquals:\n +kms:ViaService: .*\n", "", simulator,
        r"FooBarPublisher/session asks for .*: meant ImplicitlyDenied, the simulator says Allowed",
    ),
    Damage(
        "an encryption context that says something else", "platform-secrets", TEMPLATE,
        r"\$\{Dollar\}\{\$\}\{AWS::Region\}", "${Dollar}{AWS::Region}", simulator, "Tester/session asks for .*: meant Allowed",
    ),
    Damage(
        "the Deny of deletion for something else", "audit", TEMPLATE,
        r"Action: kms:ScheduleKeyDeletion", "Action: kms:DisableKey", simulator, "asks for kms:ScheduleKeyDeletion.*: meant ExplicitlyDenied",
    ),
    # Keys of several Regions, with imported material, in key stores, and without IAM.
    Damage(
        "the primary key of another replica", "global-orders.us-east-1", TEMPLATE,
        r"PrimaryKeyArn: !Ref GlobalOrdersPrimaryKeyArn", "PrimaryKeyArn: !Ref GlobalReceiptsPrimaryKeyArn", cloudformation,
        r"GlobalOrders: PrimaryKeyArn: meant <GlobalOrdersPrimaryKeyArn>, the template says <GlobalReceiptsPrimaryKeyArn>",
    ),
    Damage(
        "the primary key of another replica in the module", "global-orders.us-east-1", MODULE,
        r"var\.global_orders_primary_key_arn", "var.global_receipts_primary_key_arn", same_texts, "primary of GlobalOrders",
    ),
    Damage(
        "a parameter that takes a key of any Region", "global-orders.us-east-1", TEMPLATE,
        r"kms:eu-central-1:", "kms:[a-z0-9-]+:", cloudformation, r"GlobalOrdersPrimaryKeyArn takes arn:aws:kms:us-east-1:",
    ),
    Damage(
        "a variable that takes a key of any Region", "global-orders.us-east-1", VARIABLES,
        r"kms:eu-central-1:", "kms:[a-z0-9-]+:", same_texts, "primaries of GlobalOrders",
    ),
    Damage(
        "a replica turned into a key", "global-orders.eu-west-1", TEMPLATE,
        r"Type: AWS::KMS::ReplicaKey\n((?:.*\n)*?) +PrimaryKeyArn: .*\n", r"Type: AWS::KMS::Key\n\1", cloudformation,
        "GlobalOrders: Type: meant AWS::KMS::ReplicaKey",
    ),
    Damage(
        "a replica that says what its primary key says", "global-orders.eu-west-1", TEMPLATE,
        r"^( +)PrimaryKeyArn: ", r"\1EnableKeyRotation: true\n\1PrimaryKeyArn: ", cfn_guard, "shared with the primary key",
    ),
    Damage(
        "a replica turned into a key in the module", "global-orders.eu-west-1", MODULE,
        r'"aws_kms_replica_key"', '"aws_kms_key"', provider_schema, "unknown argument `primary_key_arn`",
    ),
    Damage(
        "the primary key of replicas not replicated", "global-orders", TEMPLATE,
        r"^ +MultiRegion: true\n", "", cloudformation, "GlobalOrders: MultiRegion: meant True, the template says False",
    ),
    Damage(
        "the primary key of replicas not replicated in the module", "global-orders", MODULE,
        r"^ +multi_region += true\n", "", same_texts, "multi-Region of GlobalOrders",
    ),
    Damage(
        "material of AWS instead of imported one", "security-imported", TEMPLATE,
        r"^ +Origin: EXTERNAL\n", "", cloudformation, "Escrow: Origin: meant EXTERNAL, the template says AWS_KMS",
    ),
    Damage(
        "material of AWS that does not rotate", "security-imported", TEMPLATE,
        r"^ +Origin: EXTERNAL\n", "", cfn_guard, "rotation is not on",
    ),
    Damage(
        "imported material that rotates", "security-imported", TEMPLATE,
        r"^( +)Origin: EXTERNAL$", r"\1Origin: EXTERNAL\n\1EnableKeyRotation: true", cfn_guard, "imported material cannot rotate",
    ),
    Damage(
        "a policy that Terraform does not watch", "security-imported", MODULE,
        r"ignore_changes = \[valid_to\]", "ignore_changes = [valid_to, policy]", same_texts, "ignored of Escrow",
    ),
    Damage(
        "an id that the provider does not have", "security-imported", MODULE,
        r"aws_kms_external_key\.escrow\.id", "aws_kms_external_key.escrow.key_id", terraform_validate, r'attribute named "key_id"',
    ),
    Damage(
        "the loss of imported material not denied", "security-imported", TEMPLATE,
        r"Effect: Deny\n((?:.*\n){2,4}?) +- kms:DeleteImportedKeyMaterial\n", r"Effect: Deny\n\1", simulator,
        r"kms:DeleteImportedKeyMaterial.*: meant ExplicitlyDenied",
    ),
    Damage(
        "another key store", "security-key-stores", MODULE,
        r"cks-1234567890abcdef0", "cks-0fedcba0987654321", same_texts, "store of Hsm: meant 'cks-1234567890abcdef0'",
    ),
    Damage(
        "a key in a key store for those who look like its user", "security-key-stores", MODULE,
        r"role/security/Payments", "role/security/Paymentsx", simulator, "role/Paymentsx/session asks for .*: meant ImplicitlyDenied",
    ),
    Damage(
        "a key without IAM that leaves all to the account", "security-sealed", TEMPLATE,
        r"^            Condition:\n +StringEquals:\n +aws:PrincipalType: Account\n", "", simulator,
        r"and IAM allows it: meant ImplicitlyDenied, the simulator says Allowed",
    ),
    Damage(
        "the account behind another condition", "security-sealed", TEMPLATE,
        r"aws:PrincipalType: Account", "aws:PrincipalType: User", cfn_guard, "the account behind another condition",
    ),
    # What deployments show.
    Damage(
        "another account in the policy of a stack", "audit", TEMPLATE,
        r"kms:CallerAccount: !Ref AWS::AccountId", "kms:CallerAccount: !Ref AWS::Region", cloudformation,
        r"AccountCloudtrail: policy: meant against deployed: .*eu-central-1",
    ),
    Damage(
        "an alias that names another key", "audit", TEMPLATE,
        r"TargetKeyId: !Ref AccountCloudtrailKey", "TargetKeyId: !Ref FoobarArchiveKey", cloudformation,
        r"AccountCloudtrail: aliases: meant .*account-cloudtrail.*, deployed \[\]",
    ),
    Damage(
        "prevent_destroy gone, and Terraform destroys", "audit", MODULE,
        r"^  lifecycle \{\n.*\n  \}\n", "", terraform, r"destroy would delete \S+account_cloudtrail, which is protected",
    ),
]  # fmt: skip
