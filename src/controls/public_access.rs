//! A key that anybody in the world can use.

use super::catalogue::{Check, Control, Standards};
use super::exact;
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::exact::{Analysis, Answer, Witness};
use crate::iam::{Clause, Effect, PolicyDocument, Principals, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "public-access",
    severity: Severity::Critical,
    title: "nobody is let in whom the policy does not mean",
    what: "Fires on an Allow under which a principal of an account, an organization and a network that the policy does \
           not name can do anything with the key, once its own account allows it too. Conditions count for what they \
           keep out: one that is always true (`StringLike` with `*`, `ForAllValues`, `IfExists`, a negation, `0.0.0.0/0`, \
           an account of wildcards) keeps nobody out; one on an account, an organization or a network does. \
           `NotPrincipal` in an Allow counts as everyone.",
    why: "Whoever has an AWS account has access, and sees to it that its own side allows it. The finding shows a request \
          that would be allowed.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringNotEquals: {kms:CallerAccount: \"999999999999\"}",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals:
      kms:CallerAccount: !Ref AWS::AccountId
      kms:ViaService: !Sub \"s3.${AWS::Region}.amazonaws.com\"",
    standards: Standards {
        security_hub: &["KMS.5"],
        config_rules: &["kms-key-policy-no-public-access"],
        procedure: &["4", "7.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for number in 0..subject.statements().count() {
        let Some((statement, _)) = subject.statements().nth(number) else {
            continue;
        };
        // Whoever is named belongs to an account that the policy names: no stranger.
        let open = statement.uncertain
            || statement
                .principal
                .as_ref()
                .is_none_or(|clause| clause.negated || clause.value.includes_everyone())
            || statement.texts().any(Text::is_unknown)
            || reading::principals(statement)
                .iter()
                .any(|name| matches!(name.who, Who::Other | Who::Gone));
        if !open {
            continue;
        }
        let Some(answer) = of_statement(subject, number) else {
            continue;
        };
        let Some((statement, places)) = subject.statements().nth(number) else {
            continue;
        };
        match answer {
            Answer::No => {}
            Answer::Yes(witness) => {
                let message = "anybody with an AWS account is let in";
                let report =
                    Report::at(places.principal, message).statement(statement.sid.as_deref());
                let report = report.help(
                    "name the principals, or keep everyone else out with a fixed `kms:CallerAccount` or `aws:PrincipalOrgID`",
                );
                findings.add(report.witness(witness.request));
            }
            Answer::Unknown(reason) => {
                exact::doubt(
                    statement,
                    places,
                    &reason,
                    "whether strangers are let in",
                    findings,
                );
            }
        }
    }
}

/// Whether strangers are let in by a statement; `None` for one that lets nobody in.
pub(super) fn of_statement(subject: &Subject<'_>, number: usize) -> Option<Answer<Witness>> {
    let (statement, _) = subject.statements().nth(number)?;
    if statement.effect != Effect::Allow {
        return None;
    }
    if !statement.principal.as_ref()?.negated {
        return subject.ask(|analysis| analysis.strangers(Some(number), |_| true));
    }
    // AWS calls it not supported; it has let in everyone who is not named.
    let policy = subject.policy()?;
    let mut document: PolicyDocument = policy.document.clone();
    document.statements.get_mut(number)?.principal = Some(Clause::is(Principals::Anyone));
    Some(Analysis::new(&document, &subject.place_of_key()).strangers(Some(number), |_| true))
}
