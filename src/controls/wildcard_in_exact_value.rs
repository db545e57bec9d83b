//! Wildcards that are compared as they stand.

use super::catalogue::{Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::Operator;
use crate::iam::pattern::PatternKind;
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
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.certain() {
        for (operator, key, values) in reading::conditions(statement) {
            let Ok(parsed) = Operator::parse(operator) else {
                continue;
            };
            let exact = parsed
                .test
                .pattern()
                .is_some_and(|(kind, _)| kind == PatternKind::Exact);
            // An encryption context may well hold a star.
            let any_text = key
                .to_ascii_lowercase()
                .starts_with("kms:encryptioncontext");
            if !exact || any_text {
                continue;
            }
            for value in values {
                let literals = value.literals();
                // `${*}` and `${?}` are the way to write the character itself.
                let wild = literals
                    .map(|text| text.replace("${*}", "").replace("${?}", ""))
                    .any(|text| text.contains(['*', '?']));
                if !wild {
                    continue;
                }
                let like = match parsed.negated {
                    true => "StringNotLike",
                    false => "StringLike",
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
