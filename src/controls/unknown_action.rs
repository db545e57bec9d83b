//! Actions that there are not.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::diag::nearest;
use crate::kms::actions::ACTIONS;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "unknown-action",
    severity: Severity::Medium,
    title: "every action is one of KMS",
    what: "Fires on an action, with or without wildcards, that matches no action of KMS, and on one that a key policy \
           has no say about, such as `kms:CreateKey`. `kms:ReEncrypt` is none: the actions are `kms:ReEncryptFrom` and \
           `kms:ReEncryptTo`.",
    why: "KMS stores the policy and the statement does nothing: access that somebody counts on is not there, or, in a \
          Deny, is.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:ReEncrypt]
  Resource: \"*\"",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:ReEncrypt*]
  Resource: \"*\"",
    standards: Standards {
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.certain() {
        let Some(clause) = &statement.action else {
            continue;
        };
        for pattern in &clause.value {
            let actions = reading::matched(pattern);
            let mut report = if actions.is_empty() {
                let message = format!("no action of KMS is called `{pattern}`");
                let report = Report::at(places.action, message);
                match suggestion(pattern) {
                    Some(meant) => report.help(format!("did you mean `{meant}`?")),
                    None => report.help("remove it"),
                }
            } else if actions
                .iter()
                .all(|action| action.effective_in_key_policy == Some(false))
            {
                let message = format!("a key policy has no say about `{pattern}`");
                Report::at(places.action, message)
                    .help("allow it in an IAM policy: it works on no key")
            } else {
                continue;
            };
            report = report.statement(statement.sid.as_deref());
            findings.add(report);
        }
    }
}

/// The action or pattern that was probably meant.
fn suggestion(pattern: &str) -> Option<String> {
    // `kms>Delete*`, `kms.Decrypt`, `Decrypt`.
    let name =
        match pattern.split_once(|c: char| !c.is_ascii_alphanumeric() && c != '*' && c != '?') {
            Some((service, name)) if nearest(service, ["kms"]).is_some() => name,
            Some(_) => return None,
            None => pattern,
        };
    // A beginning that several actions share, such as `ReEncrypt`.
    for candidate in [
        format!("kms:{name}"),
        format!("kms:{}*", name.trim_end_matches('*')),
    ] {
        if !name.is_empty() && !reading::matched(&candidate).is_empty() {
            return Some(candidate);
        }
    }
    let (stem, star) = match name.strip_suffix('*') {
        Some(stem) => (stem, "*"),
        None => (name, ""),
    };
    let whole = nearest(stem, ACTIONS.iter().map(|action| action.name));
    whole.map(|found| format!("kms:{found}{star}"))
}
