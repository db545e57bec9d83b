//! Statements that no request ever meets.

use super::catalogue::{Check, Control, Standards};
use super::exact;
use super::finding::{Findings, Report};
use super::invalid_policy;
use super::reading::{self, Who};
use super::rules::Subject;
use super::void_condition;
use super::wildcard_in_exact_value;
use crate::access::exact::{Analysis, Answer};
use crate::iam::{Effect, Statement};
use crate::kms::condition_keys;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "dead-statement",
    severity: Severity::Medium,
    title: "every statement applies to some request",
    what: "Fires on a statement to which no request can ever apply, whatever its caller and context: conditions that \
           contradict each other, one on a key that such requests never carry, an Allow that a Deny takes back \
           altogether. Silent where a narrower control says why: `unknown-action`, `unknown-condition-key`, \
           `wildcard-in-exact-value`, `foreign-resource`, `principal-wildcard`, `invalid-policy`.",
    why: "The access, or the protection, that somebody reads in the policy is not there.",
    bad: "\
- Sid: Allow use of the key through S3
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:ViaService: s3.eu-central-1.amazonaws.com}
    StringNotLike: {kms:ViaService: \"s3.*\"}",
    good: "\
- Sid: Allow use of the key through S3
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:ViaService: s3.eu-central-1.amazonaws.com}",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (number, (statement, places)) in subject.statements().enumerate() {
        if statement.uncertain || is_told(statement) || is_plainly_alive(subject, statement) {
            continue;
        }
        let never = void_condition::voids(statement)
            .into_iter()
            .find(|void| void.all);
        // What gives access applies: most statements need but one question.
        let allow = statement.effect == Effect::Allow;
        let gives = |analysis: &mut Analysis<'_>| analysis.gives(number).is_yes();
        if allow && never.is_none() && subject.ask(gives) == Some(true) {
            continue;
        }
        let applies = subject.ask(|analysis| analysis.applies(number));
        let (message, reason) = match applies {
            _ if never.is_some() => (
                "no request ever meets this statement",
                never.map(|void| format!("{} never carry `{}`", void.what, void.key)),
            ),
            Some(Answer::No) => ("no request ever meets this statement", None),
            Some(Answer::Yes(_)) if statement.effect == Effect::Allow => {
                // Where everything is denied, `lockout` says so.
                let taken = |analysis: &mut Analysis<'_>| {
                    analysis.gives(number).is_no() && !analysis.can_change_policy().is_no()
                };
                if subject.ask(taken) != Some(true) {
                    continue;
                }
                ("a Deny takes back all that this statement allows", None)
            }
            Some(Answer::Unknown(reason)) => {
                let question = "whether any request meets this statement";
                exact::doubt(statement, places, &reason, question, findings);
                continue;
            }
            _ => continue,
        };
        let mut report = Report::at(places.statement, message).statement(statement.sid.as_deref());
        if let Some(reason) = reason {
            report = report.help(reason);
        }
        findings.add(report.help("mend its conditions, or remove it"));
    }
}

/// Whether it takes no reasoning to see that requests meet the statement: no condition keeps any out, it names somebody
/// who can make such requests, and no Deny is about its actions.
fn is_plainly_alive(subject: &Subject<'_>, statement: &Statement) -> bool {
    let actions = reading::effective(statement);
    let somebody = reading::principals(statement).iter().any(|name| {
        let own = || {
            let account = name.account.as_ref();
            account.is_some_and(|account| subject.is_own(account) == Some(true))
        };
        name.who == Who::Everyone || (matches!(name.who, Who::Account | Who::Principal) && own())
    });
    let denied = || {
        let mut denying = subject
            .statements()
            .filter(|(other, _)| other.effect == Effect::Deny);
        denying.any(|(other, _)| {
            let denied = reading::covered(other);
            other.uncertain
                || actions
                    .iter()
                    .all(|action| reading::includes(&denied, action.name))
        })
    };
    let mut documented = actions
        .iter()
        .filter(|action| action.effective_in_key_policy == Some(true));
    statement.conditions.is_empty()
        && somebody
        && documented.next().is_some()
        && (statement.effect == Effect::Deny || !denied())
}

/// Whether a narrower control says why nothing meets the statement.
fn is_told(statement: &Statement) -> bool {
    let resources = statement.resource.iter().flat_map(|clause| &clause.value);
    let foreign = !resources
        .into_iter()
        .any(|resource| resource.as_literal() == Some("*"));
    let told = reading::conditions(statement).any(|(operator, key, values)| {
        let mut wild = wildcard_in_exact_value::wildcards(operator, key, values);
        condition_keys::find(key).is_none() || wild.next().is_some()
    });
    // `public-access` says what such an Allow does.
    let negated = statement.effect == Effect::Allow
        && statement
            .principal
            .as_ref()
            .is_some_and(|clause| clause.negated);
    foreign
        || told
        || negated
        || invalid_policy::is_refused(statement)
        || reading::effective(statement).is_empty()
}
