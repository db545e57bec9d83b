//! Wildcards that are compared as they stand.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::pattern::PatternKind;
use crate::iam::{Operator, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "wildcard-in-exact-value",
    severity: Severity::Medium,
    title: "wildcards stand under operators that know them",
    what: "Fires on a `*` or `?` in a value under `StringEquals` and its like, where they are characters like any other. \
           `StringLike` and the operators for ARNs read them as wildcards, `ArnEquals` too.",
    why: "No account, ARN or service has a star in its name: a positive condition is never true, a negated one always. \
          A Deny under `StringNotEquals` so hits everybody, and the key with it.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringNotEquals: {kms:ViaService: \"s3.*.amazonaws.com\"}",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringNotLike: {kms:ViaService: \"s3.*.amazonaws.com\"}",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.certain() {
        for (operator, key, values) in reading::conditions(statement) {
            for value in wildcards(operator, key, values) {
                let negated = Operator::parse(operator).is_ok_and(|operator| operator.negated);
                let like = if negated {
                    "StringNotLike"
                } else {
                    "StringLike"
                };
                let message =
                    format!("`{operator}` takes the wildcard in `{value}` for a character");
                let report = Report::at(places.condition, message);
                findings.add(
                    report
                        .statement(statement.sid.as_deref())
                        .help(format!("write `{like}`")),
                );
            }
        }
    }
}

/// The values with a wildcard that the operator takes for a character.
pub(super) fn wildcards<'s>(
    operator: &str,
    key: &str,
    values: &'s [Text],
) -> impl Iterator<Item = &'s Text> {
    let exact = Operator::parse(operator).is_ok_and(|operator| {
        let kind = operator.test.pattern().map(|(kind, _)| kind);
        kind == Some(PatternKind::Exact)
    });
    // Encryption contexts and tags may well hold a star.
    let key = key.to_ascii_lowercase();
    let any_text = key.starts_with("kms:encryptioncontext") || key.contains("tag/");
    let values = if exact && !any_text { values } else { &[] };
    values.iter().filter(|value| {
        // `${*}` and `${?}` are the way to write the character itself.
        let mut literals = value.literals();
        literals.any(|text| {
            let text = text.replace("${*}", "").replace("${?}", "");
            text.contains(['*', '?'])
        })
    })
}
