//! Another account that may do everything.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::kms::actions::{ACTIONS, Class};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "foreign-full-control",
    severity: Severity::High,
    title: "other accounts get what they need, not everything",
    what: "Fires on an Allow, without conditions, that gives another account or a principal of it every action that KMS \
           takes from other accounts: `kms:*`, `*` and whatever comes to the same. Trusted accounts are no exception.",
    why: "The other account decides who of it uses the key, makes grants and revokes those of others. It needs a few \
          cryptographic operations, hardly ever all.",
    bad: "\
- Sid: Allow use of the key from the log archive
  Effect: Allow
  Principal: {AWS: arn:aws:iam::210987654321:root}
  NotAction: kms:CreateGrant
  Resource: \"*\"",
    good: "\
- Sid: Allow use of the key from the log archive
  Effect: Allow
  Principal: {AWS: arn:aws:iam::210987654321:root}
  Action: [kms:Decrypt, kms:DescribeKey]
  Resource: \"*\"",
    standards: Standards {
        nist: &["AC-6"],
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.allowing() {
        let actions = reading::effective(statement);
        let everything = ACTIONS
            .iter()
            .filter(|action| {
                // Who may grant access without a fence is a matter of its own.
                action.cross_account == Some(true)
                    && action.effective_in_key_policy == Some(true)
                    && action.class != Class::Grant
            })
            .all(|action| reading::includes(&actions, action.name));
        if !everything || !statement.conditions.is_empty() {
            continue;
        }
        for name in reading::principals(statement) {
            let Some(account) = name
                .account
                .filter(|_| matches!(name.who, Who::Account | Who::Principal))
            else {
                continue;
            };
            if subject.is_own(&account) == Some(false) {
                let message = format!("`{}` may do everything with this key", name.text);
                let report = Report::at(places.principal, message);
                findings.add(
                    report
                        .statement(statement.sid.as_deref())
                        .help("allow the actions that it needs"),
                );
            }
        }
    }
}
