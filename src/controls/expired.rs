//! Access and waivers whose last day is over.
//!
//! Only `check` looks at a calendar: what `generate` writes is the same on every day, so an entry of a spec stays in the
//! policy until somebody removes it.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::invalid_policy;
use super::reading::{self, Who};
use super::redundant_statement::holds_all;
use super::rules::Subject;
use crate::access::instant;
use crate::iam::operator::{Comparison, Test};
use crate::iam::read::StatementPlaces;
use crate::iam::{Effect, Operator, Statement, Text};
use crate::source::Span;
use crate::spec::{Date, Severity};

pub(super) const CONTROL: Control = Control {
    id: "expired",
    severity: Severity::Medium,
    title: "nothing outlives its last day",
    what: "Fires on an Allow whose condition on `aws:CurrentTime` or `aws:EpochTime` lies in the past, or that such a \
           condition of a Deny on the same principals and actions has ended, on a waiver after its last day, and \
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
        let sid = statement.sid.as_deref();
        for clock in clocks(statement) {
            match clock.allows_until(subject.rules.today) {
                End::On(last) => {
                    let message = format!("this access ended on {last}");
                    let report = Report::at(places.condition, message).statement(sid);
                    let help = "remove the statement, or give it another date";
                    findings.add(report.help(help));
                }
                End::Unreadable(text) => cannot_tell(statement, places, text, findings),
                End::Open => {}
            }
        }
        for (deny, denied_at) in subject.certain() {
            let ending = clocks(deny).find(|clock| takes_back(deny, clock, statement));
            match ending.map(|clock| clock.denies_from(subject.rules.today)) {
                Some(End::On(last)) => {
                    let message = format!("a Deny ended this access on {last}");
                    let report = Report::at(places.statement, message).statement(sid);
                    findings
                        .add(report.help("remove both statements, or give the Deny another date"));
                }
                Some(End::Unreadable(text)) => cannot_tell(deny, denied_at, text, findings),
                Some(End::Open) | None => {}
            }
        }
    }
}

fn cannot_tell(
    statement: &Statement,
    places: &StatementPlaces,
    text: &Text,
    findings: &mut Findings<'_>,
) {
    // What is known at deployment only is listed already, and what AWS refuses.
    if !text.is_unknown() && !invalid_policy::is_refused(statement) {
        let message = format!(
            "nobody can tell whether this access has ended: what day `{text}` means is not documented"
        );
        findings.cannot_tell(places.condition, message);
    }
}

/// A condition that compares the time of a request.
///
/// Source: IAM user guide, "AWS global condition context keys": dates for `aws:CurrentTime`, dates or numbers for
/// `aws:EpochTime`.
struct Clock<'s> {
    operator: Operator,
    key: &'s str,
    values: &'s [Text],
}

/// When access ends.
enum End<'s> {
    /// Not before today, as far as a clock tells.
    Open,
    /// On a day that is over.
    On(Date),
    /// Nobody can tell what this value means.
    Unreadable(&'s Text),
}

fn clocks(statement: &Statement) -> impl Iterator<Item = Clock<'_>> {
    let conditions = reading::conditions(statement);
    conditions.filter_map(|(operator, key, values)| {
        let operator = Operator::parse(operator).ok()?;
        let fits = match operator.test {
            Test::Date(_) => ["aws:CurrentTime", "aws:EpochTime"]
                .iter()
                .any(|known| key.eq_ignore_ascii_case(known)),
            Test::Numeric(_) => key.eq_ignore_ascii_case("aws:EpochTime"),
            _ => false,
        };
        (fits && !operator.negated).then_some(Clock {
            operator,
            key,
            values,
        })
    })
}

impl<'s> Clock<'s> {
    fn comparison(&self) -> Option<Comparison> {
        match self.operator.test {
            Test::Date(comparison) | Test::Numeric(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// When an Allow under this condition ends: with the last of its values.
    fn allows_until(&self, today: Date) -> End<'s> {
        use Comparison::{Equals, LessThan, LessThanEquals};
        if !matches!(self.comparison(), Some(Equals | LessThan | LessThanEquals)) {
            return End::Open;
        }
        let mut last = None;
        let mut unreadable = None;
        for value in self.values {
            match self.day(value) {
                Some(day) if day >= today => return End::Open,
                Some(day) => last = last.max(Some(day)),
                None => unreadable = Some(value),
            }
        }
        unreadable.map_or_else(|| last.map_or(End::Open, End::On), End::Unreadable)
    }

    /// When a Deny under this condition begins: with the first of its values.
    fn denies_from(&self, today: Date) -> End<'s> {
        use Comparison::{GreaterThan, GreaterThanEquals};
        if !matches!(self.comparison(), Some(GreaterThan | GreaterThanEquals)) {
            return End::Open;
        }
        let days = self.values.iter().filter_map(|value| self.day(value));
        if let Some(first) = days.min().filter(|first| *first < today) {
            return End::On(first);
        }
        let unreadable = self.values.iter().find(|value| self.day(value).is_none());
        unreadable.map_or(End::Open, End::Unreadable)
    }

    /// The day of a value.
    fn day(&self, value: &Text) -> Option<Date> {
        const DAY: i128 = 86_400_000_000_000;
        let text = value.as_literal()?;
        let nanoseconds = match self.operator.test {
            Test::Numeric(_) => i128::from(text.parse::<u64>().ok()?) * 1_000_000_000,
            _ => instant(text)?,
        };
        Date::after_1970(i64::try_from(nanoseconds.div_euclid(DAY)).ok()?)
    }
}

/// Whether a Deny takes back all that an Allow gives once the clock is past: as far as can be seen element by element.
fn takes_back(deny: &Statement, clock: &Clock<'_>, allow: &Statement) -> bool {
    let everyone = || {
        let names = reading::principals(deny);
        names.iter().any(|name| name.who == Who::Everyone)
    };
    let shared = || {
        let mut others = reading::conditions(deny).filter(|(_, key, _)| *key != clock.key);
        let own: Vec<_> = reading::conditions(allow).collect();
        others.all(|condition| own.contains(&condition))
    };
    deny.effect == Effect::Deny
        && reading::concerns(deny, allow)
        && (everyone() || holds_all(deny, allow))
        && reading::conditions(deny)
            .filter(|(_, key, _)| *key == clock.key)
            .count()
            == 1
        && shared()
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
