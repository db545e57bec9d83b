//! A protected key that can be deleted without a change of its policy.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::iam::{Effect, Statement};
use crate::kms::Origin;
use crate::readback::found::{KeyForm, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "deletion-not-denied",
    severity: Severity::Low,
    title: "the policy of a protected key denies its deletion",
    what: "Fires on a key of a protected environment with `deny_deletion` whose policy has no Deny of \
           `kms:ScheduleKeyDeletion` for everyone, without conditions; for imported material of \
           `kms:DeleteImportedKeyMaterial` too.",
    why: "With the Deny a deletion takes two deliberate steps, of which the first is a change of the policy that others \
          see. Without it one call is enough.",
    bad: "\
- Sid: Allow KMS key administrator access
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/KeyAdmin\"}
  Action: [kms:DescribeKey, kms:ScheduleKeyDeletion]
  Resource: \"*\"",
    good: "\
- Sid: Deny deletion of the key
  Effect: Deny
  Principal: {AWS: \"*\"}
  Action: kms:ScheduleKeyDeletion
  Resource: \"*\"",
    standards: Standards {
        security_hub: &["KMS.3"],
        nist: &["SC-12", "SC-12(2)"],
        procedure: &["5.3", "6.1"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let rules = subject.rules;
    let key = subject.key;
    let Property::Known(_, span) = &key.policy else {
        return;
    };
    if !rules.protected || !rules.deny_deletion {
        return;
    }
    let imported = matches!(key.form, KeyForm::External | KeyForm::ExternalReplica)
        || key.origin.known() == Some(&Origin::External);
    let mut wanted = vec!["ScheduleKeyDeletion"];
    if imported {
        wanted.push("DeleteImportedKeyMaterial");
    }
    for action in wanted {
        if subject
            .certain()
            .any(|(statement, _)| denies(statement, action))
        {
            continue;
        }
        if subject
            .statements()
            .any(|(statement, _)| statement.uncertain)
        {
            findings.cannot_tell(
                *span,
                format!("nobody can tell whether this policy denies `kms:{action}`"),
            );
            continue;
        }
        let message = format!("this policy does not deny `kms:{action}` to everyone");
        findings.add(Report::at(*span, message).help("add a Deny for the principal `*`"));
    }
}

fn denies(statement: &Statement, action: &str) -> bool {
    let names = reading::principals(statement);
    let resources = statement.resource.iter().flat_map(|clause| &clause.value);
    statement.effect == Effect::Deny
        && statement.conditions.is_empty()
        && names.iter().any(|name| name.who == Who::Everyone)
        && resources
            .into_iter()
            .any(|resource| resource.as_literal() == Some("*"))
        && reading::includes(&reading::covered(statement), action)
}
