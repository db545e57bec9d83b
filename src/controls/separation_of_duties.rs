//! One principal that both administers and uses a key.

use super::catalogue::{Check, Control, Standards};
use super::exact;
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::exact::Answer;
use crate::iam::Effect;
use crate::kms::actions::{Action, Class};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "separation-of-duties",
    severity: Severity::High,
    title: "who administers a key does not use it",
    what: "Fires when the key policy itself gives one user or role of the account both an action that administers the \
           key (its policy, state, rotation, aliases, material, replicas) and a cryptographic one, whatever the spelling: \
           `kms:*`, `kms:*Key*`, `NotAction`, two statements that meet in one role. The statement for the account root \
           gives nothing by itself and is none of these.",
    why: "Who does both can read the data and see to it that nobody else can, or that nobody notices. With two people \
          it takes two.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:DisableKey]
  Resource: \"*\"",
    good: "\
- Sid: Allow KMS key administrator access
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/KeyAdmin\"}
  Action: [kms:DescribeKey, kms:DisableKey]
  Resource: \"*\"
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:DescribeKey]
  Resource: \"*\"",
    standards: Standards {
        nist: &["AC-5", "AC-6"],
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn administers(action: &Action) -> bool {
    matches!(
        action.class,
        Class::Administration | Class::Lifecycle | Class::Replica
    )
}

fn uses(action: &Action) -> bool {
    action.class == Class::Use
}

/// Whether somebody other than the account as a whole is allowed such an action.
fn is_given(subject: &Subject<'_>, wanted: fn(&Action) -> bool) -> bool {
    let mut allowing = subject
        .statements()
        .filter(|(statement, _)| statement.effect == Effect::Allow);
    allowing.any(|(statement, _)| {
        let names = reading::principals(statement);
        let only_account = !names.is_empty() && names.iter().all(|name| name.who == Who::Account);
        let actions = reading::effective(statement);
        statement.uncertain || (!only_account && actions.iter().any(|action| wanted(action)))
    })
}

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if !is_given(subject, administers) || !is_given(subject, uses) {
        return;
    }
    match subject.ask(|analysis| analysis.both(administers, uses)) {
        None | Some(Answer::No) => {}
        Some(Answer::Yes(both)) => {
            let statement = |numbers: &[usize]| {
                let number = numbers.first()?;
                subject.statements().nth(*number)
            };
            let using = statement(&both.second.statements);
            let Some((using, places)) = using else { return };
            let elsewhere = statement(&both.first.statements)
                .and_then(|(statement, _)| statement.sid.clone())
                .filter(|sid| Some(sid) != using.sid.as_ref());
            let message = format!(
                "`{}` may do both `{}` and `{}`",
                both.second.request.caller, both.first.request.action, both.second.request.action
            );
            let mut report = Report::at(places.action, message)
                .statement(using.sid.as_deref())
                .witness(both.second.request);
            if let Some(sid) = elsewhere {
                report = report.help(format!("it administers the key by the statement `{sid}`"));
            }
            findings.add(report.help("give either administration or use to each principal"));
        }
        Some(Answer::Unknown(reason)) => {
            let question = "whether one principal both administers and uses the key";
            exact::doubt_of_policy(subject, &reason, question, findings);
        }
    }
}
