//! What a control is, and which there are.

use super::finding::Findings;
use super::rules::Subject;
use crate::readback::found::FoundIdentityPolicy;
use crate::spec::Severity;

/// One control with its documentation.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Its name, kebab-case, for ever.
    pub id: &'static str,
    /// How much a finding matters unless the workspace says otherwise.
    pub severity: Severity,
    /// What it asks for, in one line: "the policy lets nobody of other accounts in who is not named".
    pub title: &'static str,
    /// What makes it fire, and what does not.
    pub what: &'static str,
    /// What happens to those who leave it so.
    pub why: &'static str,
    /// Something that it fires on: CloudFormation, YAML, only the part that matters.
    pub bad: &'static str,
    /// The same, mended.
    pub good: &'static str,
    /// Where standards ask for it.
    pub standards: Standards,
    /// What it looks at, and how.
    pub check: Check,
}

/// What a control looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// One key.
    Key(fn(&Subject<'_>, &mut Findings<'_>)),
    /// One policy of users, groups or roles.
    IdentityPolicy(fn(&FoundIdentityPolicy, &mut Findings<'_>)),
}

/// Where standards ask for what a control checks; empty where they do not.
///
/// Source: Security Hub user guide, "Security Hub controls for AWS KMS" (2026); the procedure's own sections.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standards {
    /// Security Hub: `KMS.4`.
    pub security_hub: &'static [&'static str],
    /// AWS Config managed rules.
    pub config_rules: &'static [&'static str],
    /// CIS AWS Foundations Benchmark, version and recommendation: `3.0.0/3.6`.
    pub cis: &'static [&'static str],
    /// NIST SP 800-53 revision 5.
    pub nist: &'static [&'static str],
    /// PCI DSS, version and requirement: `4.0.1/3.7.4`.
    pub pci: &'static [&'static str],
    /// Section of the procedure.
    pub procedure: &'static [&'static str],
}

impl Standards {
    /// No standard names it.
    pub const NONE: Self = Self {
        security_hub: &[],
        config_rules: &[],
        cis: &[],
        nist: &[],
        pci: &[],
        procedure: &[],
    };
}

/// Every control, in the order of [`crate::spec::CONTROLS`].
const ALL: &[&Control] = &[
    &super::public_access::CONTROL,
    &super::reported_public::CONTROL,
    &super::rotation_off::CONTROL,
    &super::separation_of_duties::CONTROL,
    &super::unfenced_grants::CONTROL,
    &super::lockout::CONTROL,
    &super::lockout_check_bypassed::CONTROL,
    &super::confused_deputy::CONTROL,
    &super::untrusted_account::CONTROL,
    &super::foreign_full_control::CONTROL,
    &super::organization_wide_access::CONTROL,
    &super::unknown_action::CONTROL,
    &super::unknown_condition_key::CONTROL,
    &super::wildcard_in_exact_value::CONTROL,
    &super::impossible_value::CONTROL,
    &super::impossible_action::CONTROL,
    &super::foreign_resource::CONTROL,
    &super::dead_statement::CONTROL,
    &super::void_condition::CONTROL,
    &super::principal_wildcard::CONTROL,
    &super::identity_center_pattern::CONTROL,
    &super::deletion_not_retained::CONTROL,
    &super::deletion_not_denied::CONTROL,
    &super::short_deletion_window::CONTROL,
    &super::key_disabled::CONTROL,
    &super::invalid_policy::CONTROL,
    &super::invalid_key::CONTROL,
    &super::default_policy::CONTROL,
    &super::decrypt_on_all_keys::CONTROL,
    &super::no_description::CONTROL,
    &super::no_alias::CONTROL,
    &super::duplicate_alias::CONTROL,
    &super::missing_tags::CONTROL,
    &super::redundant_statement::CONTROL,
    &super::expired::CONTROL,
    &super::unused_waiver::CONTROL,
];

/// Every control, the gravest families first.
#[must_use]
pub fn all() -> &'static [&'static Control] {
    ALL
}

/// The control of that name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Control> {
    ALL.iter().find(|control| control.id == id).copied()
}
