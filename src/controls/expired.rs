//! Access and waivers whose last day is over.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::operator::{Comparison, Test};
use crate::iam::{Operator, Text};
use crate::spec::{Date, Severity};

pub(super) const CONTROL: Control = Control {
    id: "expired",
    severity: Severity::Low,
    title: "nothing outlives its last day",
    what: "Fires on an Allow whose condition on `aws:CurrentTime` lies in the past, and on a waiver after its last day.",
    why: "Access that has ended stays in the policy as if somebody still had it, and a date that is put off without a \
          thought brings it back. What an expired waiver covered counts again.",
    bad: "\
- Sid: Allow use of the key during the migration
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Migration\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    DateLessThan: {aws:CurrentTime: \"2020-01-31T00:00:00Z\"}",
    good: "\
- Sid: Allow use of the key during the migration
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Migration\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    DateLessThan: {aws:CurrentTime: \"2999-01-31T00:00:00Z\"}",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.allowing() {
        for (operator, key, values) in reading::conditions(statement) {
            let ends = Operator::parse(operator).is_ok_and(|operator| {
                use Comparison::{LessThan, LessThanEquals};
                matches!(operator.test, Test::Date(LessThan | LessThanEquals)) && !operator.negated
            });
            if !ends || !key.eq_ignore_ascii_case("aws:CurrentTime") {
                continue;
            }
            let last = values.iter().map(day).collect::<Option<Vec<_>>>();
            let last = last.and_then(|days| days.into_iter().max());
            if let Some(last) = last.filter(|last| *last < subject.rules.today) {
                let message = format!("this access ended on {last}");
                let report = Report::at(places.condition, message);
                findings.add(
                    report
                        .statement(statement.sid.as_deref())
                        .help("remove the statement, or give it another date"),
                );
            }
        }
    }
}

/// The day of a date with or without a time.
fn day(value: &Text) -> Option<Date> {
    Date::parse(value.as_literal()?.get(..10)?)
}
