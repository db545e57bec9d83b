//! A key that does not say what it is for.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::{KeyForm, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "no-description",
    severity: Severity::Low,
    title: "every key says what it is for",
    what: "Fires on a key without a description, or with one that says nothing (`KMS key`, `Managed by Terraform`, \
           examples of documentation).",
    why: "Whoever finds the key in years to come has to know what it protects before anything can be done with it. \
          Nothing else in KMS says so.",
    bad: "Description: KMS key",
    good: "Description: Encrypts the ledger of the payments team",
    standards: Standards {
        procedure: &["5.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

/// Descriptions that could stand on any key, in lower case.
const EMPTY: [&str; 18] = [
    "",
    "an example symmetric encryption kms key",
    "aws kms key",
    "changeme",
    "cmk",
    "customer managed key",
    "description",
    "encryption key",
    "example",
    "key",
    "kms",
    "kms cmk",
    "kms key",
    "managed by terraform",
    "my key",
    "tbd",
    "test",
    "todo",
];

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if key.form == KeyForm::PolicyAlone {
        return;
    }
    let message = match &key.description {
        Property::Absent => "this key has no description".to_owned(),
        Property::Known(text, _) => {
            let Some(literal) = text.as_literal() else {
                return;
            };
            let bare = literal
                .trim()
                .trim_end_matches(|c: char| c.is_ascii_digit() || ". ".contains(c));
            if !EMPTY.contains(&bare.to_lowercase().as_str()) {
                return;
            }
            format!("`{literal}` does not say what this key is for")
        }
        Property::Unknown(..) | Property::Invalid(_) => return,
    };
    let report = Report::at(subject.place(&key.description), message);
    findings.add(report.help("say what the key protects, and for whom"));
}
