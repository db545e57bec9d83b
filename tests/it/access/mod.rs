//! Decisions about requests: each rule with the page of AWS that says so.

mod command;
mod conditions;
mod decisions;
mod exact;
mod naive;
mod patterns;
mod principals;
mod robustness;
mod show;

pub(crate) use exact::statement;
pub(crate) use robustness::any_json;

use keywright::access::{Decision, Outcome, decide, question};
use serde_json::{Value, json};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/team/App";
pub(super) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/App/alice";
pub(super) const USER: &str = "arn:aws:iam::111122223333:user/staff/Bob";
pub(super) const ROOT: &str = "arn:aws:iam::111122223333:root";
pub(super) const FOREIGN_ROLE: &str = "arn:aws:iam::444455556666:role/Reader";
pub(super) const FOREIGN_ROOT: &str = "arn:aws:iam::444455556666:root";

/// Takes the members of the second object into the first.
pub(super) fn with(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

/// A statement that allows everyone everything, but for what `more` says.
pub(super) fn allow(more: Value) -> Value {
    let base =
        json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"});
    with(base, &more)
}

/// A statement that denies everyone everything, but for what `more` says.
pub(super) fn deny(more: Value) -> Value {
    with(allow(json!({"Effect": "Deny"})), &more)
}

/// The statement that leaves everything to the account.
pub(super) fn delegation() -> Value {
    allow(json!({"Principal": {"AWS": ROOT}}))
}

pub(super) fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// An identity policy that allows all of KMS.
pub(super) fn all_of_kms() -> Value {
    json!([{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}])
}

/// The decision on a request for `kms:Decrypt` by a role, but for what `request` says.
pub(super) fn decision(policy: &Value, request: &Value) -> Decision {
    let base = json!({"principal": ROLE, "action": "kms:Decrypt", "account": ACCOUNT, "region": "eu-central-1", "policy": policy});
    let text = with(base, request).to_string();
    let asked =
        question::question(&text, None).unwrap_or_else(|problem| panic!("{problem}: {text}"));
    decide(&asked.policy, &asked.request)
}

#[track_caller]
pub(super) fn expect(outcome: Outcome, statements: &[Value], request: &Value) {
    let policy = policy(statements);
    let decision = decision(&policy, request);
    assert_eq!(
        decision.outcome, outcome,
        "{policy:#} {request:#} {decision:#?}"
    );
}
