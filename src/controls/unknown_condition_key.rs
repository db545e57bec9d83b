//! Condition keys that no request to KMS carries.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::kms::condition_keys;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "unknown-condition-key",
    severity: Severity::High,
    title: "every condition key is one that KMS knows",
    what: "Fires on a condition key that is neither one of KMS, nor a global one, nor one that sessions bring along.",
    why: "No request carries such a key. A condition on it is never true, or, under a negated operator, `IfExists` or \
          `ForAllValues`, always: the statement does nothing, or lets everyone in.",
    bad: "\
- Sid: Deny what does not come through S3
  Effect: Deny
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringNotEquals: {kms:ViaServce: !Sub \"s3.${AWS::Region}.amazonaws.com\"}",
    good: "\
- Sid: Deny what does not come through S3
  Effect: Deny
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringNotEquals: {kms:ViaService: !Sub \"s3.${AWS::Region}.amazonaws.com\"}",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.statements() {
        for (_, key, _) in reading::conditions(statement) {
            if condition_keys::find(key).is_some() || condition_keys::is_from_identity_provider(key)
            {
                continue;
            }
            let message = format!("no request to KMS has a condition key `{key}`");
            let report = Report::at(places.condition, message).statement(statement.sid.as_deref());
            findings.add(match condition_keys::suggestion(key) {
                Some(meant) => report.help(format!("did you mean `{meant}`?")),
                None => report
                    .help("`keywright controls unknown-condition-key` lists those that there are"),
            });
        }
    }
}
