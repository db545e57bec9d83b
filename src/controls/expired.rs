//! Access and waivers whose last day is over.
//!
//! Only `check` looks at a calendar: what `generate` writes is the same on every day, so an entry of a spec stays in the
//! policy until somebody removes it.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::operator::{Comparison, Test};
use crate::iam::{Operator, Text};
use crate::source::Span;
use crate::spec::{Date, Severity};

pub(super) const CONTROL: Control = Control {
    id: "expired",
    severity: Severity::Medium,
    title: "nothing outlives its last day",
    what: "Fires on an Allow whose condition on `aws:CurrentTime` lies in the past, on a waiver after its last day, and \
           on an entry or a statement of a spec after the day under `expires`. The last of these stays in the policy \
           until the spec says otherwise, so only the specs can tell: of `output/` alone nobody can.",
    why: "Whoever was let in for a while keeps the access until somebody takes it away. Access that a condition has \
          ended looks as if somebody still had it, and a date that is put off without a thought brings it back. What \
          an expired waiver covered counts again.",
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

/// Access that a spec gives until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What it is in words: an entry, a statement.
    pub what: String,
    /// The statement's Sid, where it is one.
    pub statement: Option<String>,
    /// The last day.
    pub last: Date,
    /// Where the day stands.
    pub span: Span,
}

/// Reports access whose last day is over, which the policy still gives.
pub(super) fn check_endings(endings: &[Ending], today: Date, findings: &mut Findings<'_>) {
    for ending in endings.iter().filter(|ending| ending.last < today) {
        let message = format!(
            "{} was to end on {}, and the policy still gives it",
            ending.what, ending.last
        );
        let report = Report::at(ending.span, message).statement(ending.statement.as_deref());
        findings.add(report.help("remove it, or give it another last day"));
    }
}

/// The day of a date with or without a time.
fn day(value: &Text) -> Option<Date> {
    Date::parse(value.as_literal()?.get(..10)?)
}
