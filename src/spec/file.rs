//! The spec file and the workspace file, as users write them.

use super::adoption::Adoption;
use super::field::{Spanned, record};
use super::former::FormerNames;
use super::multi_region::MultiRegionFields;
use super::overrides::{AliasKey, KeyOverride};
use super::principal::{AdministratorEntry, DeployerEntry, UserEntry};
use super::statement::RawStatement;
use super::types::{
    AccountAccess, AccountRef, Administration, AliasName, ControlId, CustomKeyStoreId, Date, Days,
    FormatVersion, KeySpecName, KeyUsageName, Literal, LogicalName, Named, OrganizationId,
    OriginName, PermissionSets, PlainName, RegionName, Severity, TagKey, Target, TargetUnit,
    Value256, XksKeyId,
};
use super::watch::{AlarmFields, ParameterFields, Switch, WatchFields};
use crate::iam::AccountId;
use crate::kms::limits;

/// A key's description.
pub type Purpose = Literal<{ limits::DESCRIPTION_LENGTH }>;
/// Why something is done that usually is not.
pub type Reason = Literal<1024>;
/// Days from scheduling a key's deletion to the deletion.
pub type DeletionWindow =
    Days<{ *limits::DELETION_WINDOW_DAYS.start() }, { *limits::DELETION_WINDOW_DAYS.end() }>;
/// Days between rotations.
pub type RotationPeriod =
    Days<{ *limits::ROTATION_PERIOD_DAYS.start() }, { *limits::ROTATION_PERIOD_DAYS.end() }>;

record! {
    /// How key material is rotated; rotation itself is always on where AWS supports it.
    pub struct RotationFields("rotation") {
        /// Days between automatic rotations; default: 365.
        optional "period_days" => period_days: Spanned<RotationPeriod>, example "180";
    }
}

record! {
    /// A key that may be deleted.
    pub struct Retirement("retirement") {
        /// Why the key is not needed any more.
        required "reason" => reason: Reason, example "replaced by orders-v2";
    }
}

record! {
    /// A key that leaves its stack on purpose: it lives on, unmanaged.
    pub struct ReleasedKey("released key") {
        /// The logical name that the key had.
        required "id" => id: Spanned<LogicalName>, example "OldLedger";
        /// The aliases that it had beside its main one; they stay with it.
        optional "aliases" => aliases: Vec<Spanned<AliasName>>, example "[audit/trail]";
        /// Where its key material comes from, if not from KMS.
        optional "origin" => origin: OriginName, example "external";
        /// The Regions whose replicas leave; default: the key itself leaves.
        optional "replicas" => replicas: Vec<Spanned<RegionName>>, example "[eu-west-1]";
        /// The environments that it leaves, of those that the file names; default: all of them.
        optional "environments" => environments: Vec<Spanned<PlainName>>, example "[staging]";
        /// Why it leaves.
        required "reason" => reason: Reason, example "moved to the platform account";
    }
}

record! {
    /// The custom key store that a key's material is in.
    pub struct KeyStoreFields("custom key store") {
        /// The store's id.
        required "id" => id: Spanned<CustomKeyStoreId>, example "cks-1234567890abcdef0";
        /// The external key, where it is an external key store.
        optional "xks_key_id" => xks_key_id: Spanned<XksKeyId>, example "bb8562717f809024";
    }
}

record! {
    /// An exception from a control for one key.
    pub struct WaiverFields("waiver") {
        /// The control.
        required "control" => control: ControlId, example "short-deletion-window";
        /// Why it does not hold here.
        required "reason" => reason: Reason, example "test data only";
        /// The last day on which the exception holds.
        required "expires" => expires: Date, example "2027-01-31";
    }
}

record! {
    /// How a control is judged in this workspace.
    pub struct ControlSettings("control setting") {
        /// Another severity than the catalogue's.
        optional "severity" => severity: Severity, example "low";
        /// Whether findings of the control are waived; default: false.
        optional "waive" => waive: bool, example "true";
        /// The aliases of the keys that this is about; default: all.
        optional "keys" => keys: Vec<AliasKey>, example "[audit]";
        /// Why.
        required "reason" => reason: Reason, example "the account has no production data";
        /// The last day on which it holds; default: no end.
        optional "expires" => expires: Date, example "2027-01-31";
    }
}

record! {
    /// One KMS key with its alias, who may use it and who administers it.
    pub struct KeyDefinition("key definition") {
        /// The key's name: becomes `alias/NAME`; never repeat `alias/`.
        required "alias" => alias: Spanned<AliasName>, example "account-cloudtrail";
        /// The logical name in templates and modules; default: the alias in PascalCase.
        optional "id" => id: Spanned<LogicalName>, example "AccountCloudtrail";
        /// What the key is for: becomes its description, literally.
        required "purpose" => purpose: Spanned<Purpose>, example "Encrypts the account CloudTrail trail";
        /// Who may use the key for cryptography.
        optional "users" => users: Vec<UserEntry>, example "[{role: team/FooBar}]";
        /// Who may manage the key, but not use it; replaces the workspace's list.
        optional "administrators" => administrators: Vec<AdministratorEntry>, example "[{role: KeyAdmin}]";
        /// What the policy leaves to the account: `delegated`, that its IAM policies may give access too, or
        /// `root-user-only`, nothing but its root user; default: the workspace's.
        optional "account_access" => account_access: Spanned<AccountAccess>, example "root-user-only";
        /// More aliases of the same key.
        optional "aliases" => aliases: Vec<Spanned<AliasName>>, example "[audit/trail]";
        /// How key material is rotated.
        optional "rotation" => rotation: RotationFields, example "{period_days: 180}";
        /// Days from scheduling the key's deletion to the deletion; default: 30 in a protected environment, else 7.
        optional "deletion_window_days" => deletion_window_days: Spanned<DeletionWindow>, example "14";
        /// Whether the key can be used; default: true.
        optional "enabled" => enabled: bool, example "false";
        /// Tags of this key; they win over those of the spec file, the environment and the workspace.
        optional "tags" => tags: Named<TagKey, Value256>, example "{data-class: confidential}";
        /// The kind of key material; default: SYMMETRIC_DEFAULT.
        optional "key_spec" => key_spec: Spanned<KeySpecName>, example "RSA_3072";
        /// What the key is used for; default: AWS's own, or the only one that the key spec has.
        optional "key_usage" => key_usage: Spanned<KeyUsageName>, example "SIGN_VERIFY";
        /// Where the key material comes from; default: KMS makes it. Imported material itself never stands in a spec.
        optional "origin" => origin: Spanned<OriginName>, example "external";
        /// The custom key store, for the origins `aws_cloudhsm` and `external_key_store`; Terraform only.
        optional "custom_key_store" => custom_key_store: KeyStoreFields, example "{id: cks-1234567890abcdef0}";
        /// Makes it a multi-Region key, and its replicas in other Regions with it.
        optional "multi_region" => multi_region: MultiRegionFields, example "{primary: eu-central-1, replicas: [eu-west-1]}";
        /// More policy statements, each with a reason.
        optional "statements" => statements: Vec<RawStatement>, example "[{reason: the inventory reads it, Sid: Allow the inventory, Effect: Allow, Principal: {AWS: \"arn:aws:iam::210987654321:role/Inventory\"}, Action: kms:DescribeKey}]";
        /// Drops the Deny of deletion for this key only, with a reason.
        optional "retire" => retire: Retirement, example "{reason: replaced by orders-v2}";
        /// Exceptions from controls, each with a reason and a last day.
        optional "waive" => waive: Vec<WaiverFields>, example "[{control: short-deletion-window, reason: test data only, expires: 2027-01-31}]";
        /// The alias or logical name that this key had before a rename; after several, a list, the first one first.
        optional "was" => was: FormerNames, example "cloudtrail";
        /// The key that exists already and is taken over, instead of a new one.
        optional "adopt" => adopt: Adoption, example "1234abcd-12ab-34cd-56ef-1234567890ab";
    }
}

record! {
    /// The stack for many accounts: CloudFormation deploys it to organizational units, as a stack set with
    /// service-managed permissions.
    pub struct StackSetFields("stack set") {
        /// Organizational units whose accounts get the stack, those of units below included; a root means all accounts.
        required "organizational_units" => organizational_units: Vec<Spanned<TargetUnit>>, example "[ou-ab12-11111111]";
        /// Regions in which each account gets the stack, in the order of deployment.
        required "regions" => regions: Vec<Spanned<RegionName>>, example "[eu-central-1]";
        /// Only these accounts of the units; none that joins later gets the stack.
        optional "accounts" => accounts: Vec<Spanned<AccountRef>>, example "[\"111122223333\"]";
        /// All accounts of the units but these; an account that joins later gets the stack when it is next deployed.
        optional "except_accounts" => except_accounts: Vec<Spanned<AccountRef>>, example "[\"111122223333\"]";
        /// Whether accounts that join a unit get the stack by themselves; default: true, but false beside `accounts` and
        /// `except_accounts`, which do not count for accounts that join.
        optional "auto_deployment" => auto_deployment: Spanned<bool>, example "true";
        /// Whether an account that leaves keeps its stack, and with it its keys; default: true. It cannot be false
        /// where the environment is protected, nor without `auto_deployment`.
        optional "retain_stacks_on_account_removal" => retain_stacks_on_account_removal: Spanned<bool>, example "true";
    }
}

record! {
    /// A spec file: the keys of one stack.
    pub struct SpecFields("spec file") {
        /// The version of this format.
        optional "version" => version: FormatVersion, example "1";
        /// The stack's name; default: the path below `specs/` without extension, `/` as `-`.
        optional "stack" => stack: Spanned<PlainName>, example "audit";
        /// The environment that the keys are for; default: the workspace's.
        optional "environment" => environment: Spanned<PlainName>, example "production";
        /// Several environments: the stack is made for each.
        optional "environments" => environments: Vec<Spanned<PlainName>>, example "[development, production]";
        /// The Region that the stack is deployed in; default: the environment's, if it names one.
        optional "region" => region: Spanned<RegionName>, example "eu-central-1";
        /// Which outputs are written for this file; default: the workspace's.
        optional "targets" => targets: Vec<Spanned<Target>>, example "[terraform]";
        /// Tags of every key in the file.
        optional "tags" => tags: Named<TagKey, Value256>, example "{team: audit}";
        /// Events about keys that go to an SNS topic; `false` turns off what the environment or the workspace says.
        optional "watch" => watch: Switch<WatchFields>, example "{topic: kms-alerts}";
        /// SSM parameters with the ARNs of keys; `false` turns off what the environment or the workspace says.
        optional "parameters" => parameters: Switch<ParameterFields>, example "{path: \"/kms/{environment}\"}";
        /// The metric alarm that CIS asks for, about all keys of the account: in one stack of an account only.
        optional "metric_alarm" => metric_alarm: AlarmFields, example "{log_group: aws-cloudtrail-logs}";
        /// The keys.
        optional "keys" => keys: Vec<KeyDefinition>, example "[{alias: audit, purpose: Encrypts the audit log}]";
        /// Keys that leave the stack on purpose.
        optional "released" => released: Vec<ReleasedKey>, example "[{id: OldLedger, reason: moved}]";
        /// Fields of keys that differ in an environment, by environment and alias.
        optional "overrides" => overrides: Named<PlainName, Named<AliasKey, KeyOverride>>, example "{development: {audit: {deletion_window_days: 7}}}";
        /// The accounts and Regions that get the stack through a CloudFormation stack set.
        optional "stack_set" => stack_set: StackSetFields, example "{organizational_units: [ou-ab12-11111111], regions: [eu-central-1]}";
    }
}

record! {
    /// An environment: which rules hold for the keys in it.
    pub struct EnvironmentFields("environment") {
        /// Whether a key in it must never be lost; default: true.
        optional "protected" => protected: bool, example "true";
        /// Whether the policy itself denies deletion of the key; default: as `protected`.
        optional "deny_deletion" => deny_deletion: bool, example "true";
        /// Days from scheduling a key's deletion to the deletion; default: 30 where protected, else 7.
        optional "deletion_window_days" => deletion_window_days: DeletionWindow, example "30";
        /// The accounts that belong to the environment.
        optional "accounts" => accounts: Vec<Spanned<AccountRef>>, example "[\"111122223333\"]";
        /// The Region that its stacks are deployed in, where it is one.
        optional "region" => region: Spanned<RegionName>, example "eu-central-1";
        /// Policy statements of every key in the environment, behind those of the workspace and before the key's own.
        optional "statements" => statements: Vec<RawStatement>, example "[{reason: nobody calls from outside the organization, Sid: Deny strangers, Effect: Deny, Principal: {AWS: \"*\"}, Action: \"kms:*\", Condition: {StringNotEquals: {\"aws:PrincipalOrgID\": o-a1b2c3d4e5}, Bool: {\"aws:PrincipalIsAWSService\": \"false\"}}}]";
        /// Tags of every key in the environment.
        optional "tags" => tags: Named<TagKey, Value256>, example "{stage: production}";
        /// Events about keys that go to an SNS topic; `false` turns off what the workspace says.
        optional "watch" => watch: Switch<WatchFields>, example "{topic: kms-alerts}";
        /// SSM parameters with the ARNs of keys; `false` turns off what the workspace says.
        optional "parameters" => parameters: Switch<ParameterFields>, example "{path: \"/kms/{environment}\"}";
    }
}

record! {
    /// The workspace file `keywright.yaml`: what holds for all specs.
    pub struct WorkspaceFields("workspace file") {
        /// The version of this format.
        optional "version" => version: FormatVersion, example "1";
        /// Which outputs are written; default: both.
        optional "targets" => targets: Vec<Target>, example "[cloudformation, terraform]";
        /// The environment of spec files that name none; default: production.
        optional "environment" => environment: Spanned<PlainName>, example "production";
        /// Environments by name; `production`, `staging` (protected) and `development` are built in.
        optional "environments" => environments: Named<PlainName, EnvironmentFields>, example "{production: {protected: true}}";
        /// Names usable wherever an account id is.
        optional "accounts" => accounts: Named<PlainName, AccountId>, example "{log-archive: \"210987654321\"}";
        /// Names usable wherever the id of an organization is.
        optional "organizations" => organizations: Named<PlainName, OrganizationId>, example "{main: o-a1b2c3d4e5}";
        /// Administrators of keys that name none; default: the permission set `AdministratorAccess`.
        optional "administrators" => administrators: Vec<AdministratorEntry>, example "[{permission_set: AdministratorAccess}]";
        /// Named lists of principals, used as `set: NAME`.
        optional "principal_sets" => principal_sets: Named<PlainName, Vec<UserEntry>>, example "{readers: [{role: audit/Reader}]}";
        /// What key policies leave to the account: `delegated` (default), that its IAM policies may give access too, or
        /// `root-user-only`, nothing but its root user; needs `deployers` and `break_glass`.
        optional "account_access" => account_access: Spanned<AccountAccess>, example "root-user-only";
        /// Who deploys keys with `account_access: root-user-only` and changes them later: the role of CloudFormation or
        /// of Terraform. They read a key, change its policy, rotation, tags and aliases, enable and disable it; they never
        /// use or delete it.
        optional "deployers" => deployers: Vec<DeployerEntry>, example "[{role: deploy/CloudFormation}]";
        /// Who can mend the policy of such a key when its deployers are gone; nobody of `deployers`.
        optional "break_glass" => break_glass: Vec<DeployerEntry>, example "[{role: BreakGlass}]";
        /// How administrators' access is written: `separated`, an explicit list (default), or `sop`, the procedure's
        /// wildcard list, which includes `kms:CreateGrant`.
        optional "administration" => administration: Administration, example "separated";
        /// Whether the key policy alone lets permission sets in (`direct`, default), or the role's own IAM policy
        /// must allow too (`delegated`).
        optional "permission_sets" => permission_sets: PermissionSets, example "direct";
        /// Whether templates carry reasons for checkov, cfn_nag and cfn-guard where they misread a fenced `*`;
        /// default: true.
        optional "scanner_annotations" => scanner_annotations: bool, example "true";
        /// Whether users in other accounts get their half as well: templates and modules with IAM policies for those
        /// accounts; default: true.
        optional "companion_policies" => companion_policies: bool, example "true";
        /// Tags of every key.
        optional "tags" => tags: Named<TagKey, Value256>, example "{owner: platform}";
        /// Events about keys that go to an SNS topic; environments and spec files may say otherwise.
        optional "watch" => watch: Switch<WatchFields>, example "{topic: kms-alerts}";
        /// SSM parameters with the ARNs of keys; environments and spec files may say otherwise.
        optional "parameters" => parameters: Switch<ParameterFields>, example "{path: \"/kms/{environment}\"}";
        /// Policy statements of every key, before those of its environment and its own.
        optional "statements" => statements: Vec<RawStatement>, example "[{reason: nobody calls from outside the organization, Sid: Deny strangers, Effect: Deny, Principal: {AWS: \"*\"}, Action: \"kms:*\", Condition: {StringNotEquals: {\"aws:PrincipalOrgID\": o-a1b2c3d4e5}, Bool: {\"aws:PrincipalIsAWSService\": \"false\"}}}]";
        /// Keys of tags that every key must have, for `check`.
        optional "required_tags" => required_tags: Vec<TagKey>, example "[owner]";
        /// Accounts that may be let in beside the environments' own, for `check`.
        optional "trusted_accounts" => trusted_accounts: Vec<Spanned<AccountRef>>, example "[log-archive]";
        /// How controls are judged, by control: another severity, or a waiver, each with a reason.
        optional "controls" => controls: Named<ControlId, ControlSettings>, example "{no-alias: {severity: informational, reason: keys are found by tag}}";
    }
}
