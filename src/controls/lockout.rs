//! A key whose policy nobody can change any more.

use super::catalogue::{Check, Control, Standards};
use super::exact;
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::exact::{Analysis, Answer};
use crate::iam::operator::Test;
use crate::iam::{Conditions, Effect, Operator, PolicyDocument, SortedMap, Statement, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "lockout",
    severity: Severity::Critical,
    title: "somebody can still change the policy",
    what: "Fires when no request of anybody in the account can change the key policy: nobody is allowed \
           `kms:PutKeyPolicy`, or a Deny takes it from everyone. Fires too when only requests from a certain network or \
           VPC endpoint can, or only those through a service, because a Deny shuts all others out: consoles, \
           CloudFormation and AWS services come from elsewhere. Fires also when only the root user can: then whoever deploys the key cannot change it again. A \
           Deny of deletion alone is no lockout.",
    why: "KMS itself only checks that the author of the policy could change it again. A key that is locked can be \
          neither used by others nor deleted; AWS Support may help, after days.",
    bad: "\
- Sid: Deny everything that does not come from the network
  Effect: Deny
  Principal: {AWS: \"*\"}
  Action: kms:*
  Resource: \"*\"
  Condition:
    StringNotEquals: {aws:SourceVpce: vpce-11112222333344445}",
    good: "\
- Sid: Deny use that does not come from the network
  Effect: Deny
  Principal: {AWS: \"*\"}
  Action: [kms:Decrypt, kms:Encrypt, kms:GenerateDataKey*]
  Resource: \"*\"
  Condition:
    StringNotEquals: {aws:SourceVpce: vpce-11112222333344445}",
    standards: Standards {
        procedure: &["4"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

/// Condition keys that tell by which way a request comes.
const WAYS: [&str; 9] = [
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
    "kms:viaservice",
];

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if is_plainly_open(subject) {
        return;
    }
    let place = subject.place(&subject.key.policy);
    let Some(policy) = subject.policy() else {
        return;
    };
    match subject.ask(Analysis::can_change_policy) {
        None => {}
        Some(Answer::No) => {
            let report = Report::at(place, "nobody can change this policy any more");
            findings.add(report.help(
                "allow `kms:PutKeyPolicy` to the account root or an administrator, and take it out of every Deny for all",
            ));
        }
        Some(Answer::Unknown(reason)) => {
            let question = "whether anybody can change this policy";
            exact::doubt_of_policy(subject, &reason, question, findings);
        }
        Some(Answer::Yes(_)) => {
            if subject.ask(Analysis::others_can_change_policy) == Some(Answer::No) {
                let message = "nobody but the root user can change this policy";
                findings.add(Report::at(place, message).help(
                    "allow `kms:PutKeyPolicy` to the role that deploys the key, and to another one for emergencies",
                ));
                return;
            }
            let Some(elsewhere) = from_elsewhere(&policy.document) else {
                return;
            };
            let mut analysis = Analysis::new(&elsewhere, &subject.place_of_key());
            if analysis.can_change_policy().is_no() {
                let message = "only requests that come from one network, or through one service, can change this policy";
                findings.add(
                    Report::at(place, message).help("take `kms:PutKeyPolicy` out of the Deny"),
                );
            }
        }
    }
}

/// Whether it takes no reasoning to see that the policy can be changed: the account may, and no Deny is about it.
fn is_plainly_open(subject: &Subject<'_>) -> bool {
    let about =
        |statement: &Statement| reading::includes(&reading::covered(statement), "PutKeyPolicy");
    let denied = subject.statements().any(|(statement, _)| {
        statement.effect == Effect::Deny && (statement.uncertain || about(statement))
    });
    let mut allowing = subject.allowing();
    !denied
        && allowing.any(|(statement, _)| {
            let resources = statement.resource.iter().flat_map(|clause| &clause.value);
            let own = reading::principals(statement).into_iter().any(|name| {
                let account = name.account.as_ref().filter(|_| name.who == Who::Account);
                account.is_some_and(|account| subject.is_own(account) == Some(true))
            });
            about(statement)
                && own
                && statement.conditions.is_empty()
                && resources
                    .into_iter()
                    .any(|resource| resource.as_literal() == Some("*"))
        })
}

/// The policy as requests that come by any other way see it; `None` where it tells no ways apart.
fn from_elsewhere(policy: &PolicyDocument) -> Option<PolicyDocument> {
    let mut document = policy.clone();
    let mut changed = false;
    for statement in &mut document.statements {
        if statement.effect != Effect::Deny {
            continue;
        }
        let mut conditions = Conditions::new();
        for (operator, keys) in &statement.conditions {
            let mut kept = SortedMap::new();
            for (key, values) in keys {
                if WAYS.contains(&key.to_ascii_lowercase().as_str())
                    && is_of_others(operator, values)
                {
                    changed = true;
                } else {
                    kept.insert(key.clone(), values.clone());
                }
            }
            if kept.iter().next().is_some() {
                conditions.insert(operator.clone(), kept);
            }
        }
        statement.conditions = conditions;
    }
    changed.then_some(document)
}

/// Whether a condition holds of all who come by another way than the one that it names.
fn is_of_others(operator: &str, values: &[Text]) -> bool {
    Operator::parse(operator).is_ok_and(|operator| {
        let absent = |value: &Text| value.as_literal() == Some("true");
        operator.negated || (operator.test == Test::Null && values.iter().all(absent))
    })
}
