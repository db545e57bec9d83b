//! Conditions on what some of the requests never carry.

use super::catalogue::{Check, Control, Standards};
use super::confused_deputy;
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::iam::operator::{Test, ValueSet};
use crate::iam::{Operator, Statement, Text};
use crate::kms::condition_keys::{self, Callers, ConditionKey};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "void-condition",
    severity: Severity::Low,
    title: "conditions are about what the requests carry",
    what: "Fires where a condition keeps a part of its statement from ever applying, because requests for these actions, \
           or by these principals, never carry the key: an encryption context with `kms:DescribeKey`, `aws:SourceArn` \
           with a role, `kms:ViaService` with a service that calls for itself. Where that is all of the statement, it \
           is a matter of `dead-statement`.",
    why: "In an Allow the access is not there: deployments fail on `kms:DescribeKey`, say. In a Deny it is not denied.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:DescribeKey]
  Resource: \"*\"
  Condition:
    StringEquals: {kms:EncryptionContext:department: finance}",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:EncryptionContext:department: finance}
- Sid: Allow description of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:DescribeKey
  Resource: \"*\"",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.certain() {
        for void in voids(statement) {
            if void.all {
                continue;
            }
            let message = format!("{} never carry `{}`", void.what, void.key);
            let report = Report::at(places.condition, message);
            findings.add(
                report
                    .statement(statement.sid.as_deref())
                    .help("give them a statement of their own, without this condition"),
            );
        }
    }
}

/// A part of a statement that a condition voids.
pub(super) struct Void<'s> {
    /// The condition key.
    pub(super) key: &'s str,
    /// Whose requests do not carry it.
    pub(super) what: String,
    /// Whether nothing of the statement is left.
    pub(super) all: bool,
}

/// Everything that conditions of a statement void.
pub(super) fn voids(statement: &Statement) -> Vec<Void<'_>> {
    let mut voids = Vec::new();
    for (operator, key, values) in reading::conditions(statement) {
        let Some(known) = condition_keys::find(key).filter(|_| is_needed(operator, values)) else {
            continue;
        };
        voids.extend(actions(statement, key, known));
        voids.extend(callers(statement, key, known));
    }
    voids
}

/// Whether the condition fails where the request has no such key.
fn is_needed(operator: &str, values: &[Text]) -> bool {
    let Ok(operator) = Operator::parse(operator) else {
        return false;
    };
    if operator.test == Test::Null {
        let is_false = |value: &Text| {
            value
                .as_literal()
                .is_some_and(|text| text.eq_ignore_ascii_case("false"))
        };
        return values.iter().all(is_false);
    }
    !operator.negated && !operator.if_exists && operator.set != Some(ValueSet::ForAllValues)
}

fn actions<'s>(statement: &'s Statement, key: &'s str, known: &ConditionKey) -> Option<Void<'s>> {
    let clause = statement.action.as_ref().filter(|clause| !clause.negated)?;
    let mut total = 0;
    let mut void = Vec::new();
    for pattern in &clause.value {
        let mut matched = reading::matched(pattern);
        matched.retain(|action| action.effective_in_key_policy != Some(false));
        if matched.is_empty() {
            continue;
        }
        total += 1;
        if !matched
            .iter()
            .any(|action| known.is_carried_by(action.name))
        {
            void.push(format!("`{pattern}`"));
        }
    }
    (!void.is_empty()).then(|| Void {
        key,
        what: format!("requests for {}", void.join(", ")),
        all: void.len() == total,
    })
}

fn callers<'s>(statement: &'s Statement, key: &'s str, known: &ConditionKey) -> Option<Void<'s>> {
    let names = reading::principals(statement);
    let void: Vec<_> = names
        .iter()
        .filter(|name| match (known.callers, name.who) {
            (Callers::Services, who) => matches!(who, Who::Account | Who::Principal | Who::Gone),
            (Callers::Accounts, who) => who == Who::Service,
            (Callers::Forwarded, who) => who == Who::Service && calls_directly(name.text, key),
            (Callers::Anyone, _) => false,
        })
        .map(|name| format!("`{}`", name.text))
        .collect();
    (!void.is_empty()).then(|| Void {
        key,
        what: format!("requests of {}", void.join(", ")),
        all: void.len() == names.len(),
    })
}

/// Whether a service is known to call KMS itself, not through another one. Some do the latter with a principal of their
/// own, and then carry `kms:ViaService`. Source: Security Hub API reference, `StartExportJobV2`, its example of a key policy.
fn calls_directly(name: &Text, key: &str) -> bool {
    let recipes = confused_deputy::recipes(name);
    let carries = |keys: &std::collections::BTreeMap<String, _>| {
        keys.keys().any(|carried| carried.eq_ignore_ascii_case(key))
    };
    !recipes.is_empty()
        && !recipes
            .iter()
            .any(|(_, recipe)| recipe.conditions.values().any(carries))
}
