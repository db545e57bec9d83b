//! Other accounts that nobody has vouched for.

use super::catalogue::{Check, Control, Standards};
use super::exact;
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::access::exact::{Analysis, Answer};
use crate::iam::Text;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "untrusted-account",
    severity: Severity::High,
    title: "other accounts are let in on purpose",
    what: "Fires when principals of another account that the policy names, as principal or in a condition, can do anything \
           with the key, and neither `trusted_accounts` nor the environment's own accounts in `keywright.yaml` list that \
           account.",
    why: "An account id is twelve digits that nobody reads: one of a former supplier, or with two digits exchanged, looks \
          like any other.",
    bad: "\
- Sid: Allow use of the key from elsewhere
  Effect: Allow
  Principal: {AWS: arn:aws:iam::555566667777:root}
  Action: kms:Decrypt
  Resource: \"*\"",
    good: "\
- Sid: Allow use of the key from the log archive
  Effect: Allow
  Principal: {AWS: arn:aws:iam::210987654321:root}
  Action: kms:Decrypt
  Resource: \"*\"",
    standards: Standards {
        nist: &["AC-3", "AC-6"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let accounts = subject.ask(Analysis::other_accounts).unwrap_or_default();
    for (account, answer) in accounts {
        let text = Text::literal(account.as_str());
        let trusted = subject.is_trusted(&text);
        if trusted == Some(true) {
            continue;
        }
        match answer {
            Answer::No => {}
            Answer::Yes(witness) => {
                let number = witness.statements.first().copied().unwrap_or_default();
                let Some((statement, places)) = subject.statements().nth(number) else {
                    continue;
                };
                if trusted.is_none() {
                    let message =
                        format!("nobody can tell whether {account} is the key's own account");
                    findings.cannot_tell(places.principal, message);
                    continue;
                }
                let message = format!("{account} is let in and is no trusted account");
                let report =
                    Report::at(places.principal, message).statement(statement.sid.as_deref());
                findings.add(
                    report
                        .help("list it under `trusted_accounts` in `keywright.yaml`, or remove it")
                        .witness(witness.request),
                );
            }
            Answer::Unknown(reason) => {
                let question = format!("whether {account} is let in");
                exact::doubt_of_policy(subject, &reason, &question, findings);
            }
        }
    }
}
