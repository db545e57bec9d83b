//! A policy of users, groups or roles that lets them decrypt with every key.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use crate::iam::{Effect, Statement, Text};
use crate::readback::found::FoundIdentityPolicy;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "decrypt-on-all-keys",
    severity: Severity::Medium,
    title: "IAM policies name the keys with which they decrypt",
    what: "Fires on a managed or inline IAM policy of the file that allows `kms:Decrypt` or `kms:ReEncryptFrom` on all \
           keys, by whatever pattern. Conditions do not count: Security Hub does not look at them either. Whether an \
           unknown resource means all keys is not decided.",
    why: "The key policy leaves the account's access to IAM. A policy that names no key then decrypts everything of the \
          account whose key does so, today's keys and those to come.",
    bad: "\
Resources:
  ReaderPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - {Effect: Allow, Action: kms:Decrypt, Resource: \"*\"}",
    good: "\
Resources:
  ReaderPolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: \"2012-10-17\"
        Statement:
          - {Effect: Allow, Action: kms:Decrypt, Resource: !GetAtt LedgerKey.Arn}",
    // Source: Security Hub user guide, "Security Hub controls for AWS KMS", KMS.1 and KMS.2.
    standards: Standards {
        security_hub: &["KMS.1", "KMS.2"],
        config_rules: &[
            "iam-customer-policy-blocked-kms-actions",
            "iam-inline-policy-blocked-kms-actions",
        ],
        nist: &[
            "AC-2", "AC-2(1)", "AC-3", "AC-3(7)", "AC-3(15)", "AC-5", "AC-6", "AC-6(3)",
        ],
        ..Standards::NONE
    },
    check: Check::IdentityPolicy(check),
};

/// What decrypts. Source: Security Hub user guide, KMS.1: `blockedActionsPatterns`.
const DECRYPTS: [&str; 2] = ["Decrypt", "ReEncryptFrom"];

fn check(policy: &FoundIdentityPolicy, findings: &mut Findings<'_>) {
    let statements = policy.policy.document.statements.iter();
    for (statement, place) in statements.zip(&policy.policy.places) {
        let actions = reading::covered(statement);
        let decrypts = DECRYPTS
            .iter()
            .any(|name| reading::includes(&actions, name));
        if statement.effect != Effect::Allow || !decrypts {
            continue;
        }
        let called = if policy.inline {
            "inline policy"
        } else {
            "managed policy"
        };
        match on_all_keys(statement) {
            Some(true) if !statement.uncertain => {
                let message =
                    format!("this {called} decrypts with every key that leaves it to IAM");
                findings.add(
                    Report::at(place.resource, message)
                        .statement(statement.sid.as_deref())
                        .help("name the ARNs of the keys under `Resource`"),
                );
            }
            Some(false) => {}
            _ => {
                let message =
                    format!("only deployment knows whether this {called} decrypts with every key");
                findings.cannot_tell(place.resource, message);
            }
        }
    }
}

/// Whether the statement is about all keys of an account; `None` where nobody can tell.
fn on_all_keys(statement: &Statement) -> Option<bool> {
    let resource = statement.resource.as_ref()?;
    if resource.negated {
        // All but some, unless these are all.
        return Some(!resource.value.iter().any(|text| of_all(text) == Some(true)));
    }
    let mut unknown = false;
    for text in &resource.value {
        match of_all(text) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(false)
}

/// Whether a pattern stands for the keys of all ids: of any account and Region.
fn of_all(text: &Text) -> Option<bool> {
    // What stands after the last colon decides: `*`, or `key/` and nothing but wildcards.
    let last = text.split(':', 6).pop()?;
    if last.is_unknown() {
        return None;
    }
    let last = last.to_string();
    let is_kms = text.split(':', 6).get(2).is_none_or(|service| {
        let service = service.to_string();
        service == "kms" || service.contains('*')
    });
    let id = last.strip_prefix("key/").unwrap_or(&last);
    let all = !id.is_empty() && id.chars().all(|c| matches!(c, '*' | '?')) && id.contains('*');
    Some(is_kms && all)
}
