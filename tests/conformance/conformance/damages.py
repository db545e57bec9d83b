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

TEMPLATE, MODULE = "template", "main.tf"


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
        return re.sub(self.pattern, lambda _: self.replacement, text, count=1, flags=re.M)


def texts_differ(cases: Cases, tools: Tools) -> list[str]:
    """`same-texts` without the workspace of its own that it generates."""
    try:
        return [problem for workspace in cases.workspaces for problem in same_texts.compare(workspace.output, tools)[1]]
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
