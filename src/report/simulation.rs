//! The answer to a request, and why.

use std::fmt::Write;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::access::{
    AccessRequest, Caller, Decision, Element, Grounds, Identity, Outcome, PolicyRef,
    StatementTrace, Truth,
};
use crate::iam::{Effect, PolicyDocument, Statement, Tree};

/// A decision with what it was about.
#[derive(Debug)]
pub struct Simulation<'s> {
    /// The key policy.
    pub policy: &'s PolicyDocument,
    /// The request.
    pub request: &'s AccessRequest,
    /// The answer.
    pub decision: &'s Decision,
}

/// The name of a statement: its Sid, or its number from 1 as `#3`, which no Sid is.
fn name(policy: &PolicyDocument, number: usize) -> String {
    let statement = policy.statements.get(number);
    let sid = statement.and_then(|statement| statement.sid.as_deref());
    match sid {
        Some(sid) if !sid.is_empty() => sid.to_owned(),
        _ => format!("#{}", number + 1),
    }
}

impl<'s> Simulation<'s> {
    fn policy_of(&self, policy: PolicyRef) -> Option<&'s PolicyDocument> {
        match policy {
            PolicyRef::Key => Some(self.policy),
            PolicyRef::Identity(number) => self.request.identity_policies.get(number),
        }
    }

    fn name_of(&self, policy: PolicyRef, number: usize) -> String {
        let policy = self.policy_of(policy);
        policy.map_or_else(String::new, |policy| name(policy, number))
    }

    /// In one sentence.
    fn because(&self) -> &'static str {
        match self.decision.grounds {
            Grounds::KeyPolicy => "the key policy allows it",
            Grounds::Account => "the key policy leaves it to the account, where it is allowed",
            Grounds::BothAccounts => "the key policy and the caller's account both allow it",
            Grounds::IdentityPolicy => {
                "this action works on no key, so only policies of the caller decide: they allow it"
            }
            Grounds::Denied => "a statement denies it, whatever else allows it",
            Grounds::NothingAllows => "no statement of the key policy allows it",
            Grounds::NoIdentityPolicy => {
                "the key policy leaves it to the account, and no policy of the caller allows it"
            }
            Grounds::NoForeignPolicy => {
                "the key policy allows it, but the caller is of another account, and no policy there allows it"
            }
            Grounds::NotAcrossAccounts => {
                "principals of other accounts cannot be allowed this action"
            }
            Grounds::Doubtful => "it depends on what nobody can tell from here",
            Grounds::ActionUndocumented => {
                "AWS does not say what a key policy means for this action"
            }
            Grounds::CallerUnknown => "it depends on what the request does not tell of the caller",
        }
    }
}

fn words(element: &Element) -> String {
    match element {
        Element::Statement => "the statement".to_owned(),
        Element::Action => "the action".to_owned(),
        Element::Principal => "the principal".to_owned(),
        Element::Resource => "the resource".to_owned(),
        Element::Condition { operator, key } => format!("{operator} {key}"),
    }
}

fn caller(caller: &Caller) -> String {
    match caller {
        Caller::Service(name) => name.clone(),
        Caller::Aws(aws) => {
            let (service, resource) = match &aws.identity {
                Identity::Root => ("iam", "root".to_owned()),
                Identity::User { path } => ("iam", format!("user/{path}")),
                Identity::Role { path } => ("iam", format!("role/{path}")),
                Identity::Session { role, session } => {
                    ("sts", format!("assumed-role/{role}/{session}"))
                }
                Identity::FederatedUser { name } => ("sts", format!("federated-user/{name}")),
            };
            let (partition, account) = (&aws.partition, &aws.account);
            format!("arn:{partition}:{service}::{account}:{resource}")
        }
    }
}

/// For people: the answer, the statements that made it so, and what keeps the others from applying.
#[must_use]
pub fn text(simulation: &Simulation<'_>, traces: &[StatementTrace]) -> String {
    let Simulation {
        policy,
        request,
        decision,
    } = simulation;
    let mut out = String::new();
    let answer = match decision.outcome {
        Outcome::Allow => "allowed",
        Outcome::ExplicitDeny => "denied explicitly",
        Outcome::ImplicitDeny => "denied",
        Outcome::Unknown => "unknown",
    };
    let _ = writeln!(
        out,
        "{answer}: {} for {}",
        request.action,
        caller(&request.caller)
    );
    let _ = writeln!(out, "  {}", simulation.because());
    for (place, number) in &decision.statements {
        let statement = simulation
            .policy_of(*place)
            .and_then(|policy| policy.statements.get(*number));
        let whose = match place {
            PolicyRef::Key => String::new(),
            PolicyRef::Identity(policy) => format!(" of identity policy {}", policy + 1),
        };
        let does = match statement.map(|statement| statement.effect) {
            Some(Effect::Deny) => "denies",
            _ => "allows",
        };
        let name = simulation.name_of(*place, *number);
        let _ = writeln!(out, "\n`{name}`{whose} {does}:");
        if let Some(statement) = statement {
            out.push_str(&excerpt(statement));
        }
    }
    if !decision.doubts.is_empty() {
        out.push_str(match decision.outcome {
            Outcome::Unknown => "\nNobody can tell:\n",
            _ => "\nNobody can tell whether it is denied explicitly, too:\n",
        });
        for doubt in &decision.doubts {
            let name = simulation.name_of(doubt.policy, doubt.statement);
            let whose = match doubt.policy {
                PolicyRef::Key => String::new(),
                PolicyRef::Identity(policy) => format!(" of identity policy {}", policy + 1),
            };
            let _ = writeln!(out, "  {} of `{name}`{whose}", words(&doubt.element));
        }
    }
    if matches!(decision.outcome, Outcome::ImplicitDeny | Outcome::Unknown) {
        out.push_str(&statements(policy, traces));
    }
    out
}

fn excerpt(statement: &Statement) -> String {
    let tree = Tree::from(statement);
    // Writing to memory does not fail.
    let shown = serde_json::to_string_pretty(&InOrder(&tree)).unwrap_or_default();
    let mut out = String::new();
    for line in shown.lines() {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// A policy with its members in their own order.
struct InOrder<'t>(&'t Tree<'t>);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Text(text) => serializer.collect_str(text),
            Tree::List(items) => serializer.collect_seq(items.iter().map(InOrder)),
            Tree::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, tree)| (name, InOrder(tree))))
            }
        }
    }
}

/// Every statement of the key policy, with what keeps it from applying.
fn statements(policy: &PolicyDocument, traces: &[StatementTrace]) -> String {
    let mut rows = Vec::new();
    for (number, (statement, trace)) in policy.statements.iter().zip(traces).enumerate() {
        let why = match (trace.applies, &trace.because) {
            (Truth::Yes, _) if statement.effect == Effect::Deny => "applies".to_owned(),
            (Truth::Yes, _) if trace.through_account => "names the account only".to_owned(),
            (Truth::Yes, _) => "applies".to_owned(),
            (Truth::Maybe, Some(element)) => format!("may apply, or not: {}", words(element)),
            (Truth::Maybe, None) => "may apply, or not".to_owned(),
            (Truth::No, Some(element)) => format!("does not apply: {}", words(element)),
            (Truth::No, None) => "does not apply".to_owned(),
        };
        rows.push((statement.effect.as_str(), name(policy, number), why));
    }
    let width = rows.iter().map(|row| row.1.chars().count()).max();
    let Some(width) = width else {
        return "\nThe key policy has no statement.\n".to_owned();
    };
    let mut out = "\nStatements of the key policy:\n".to_owned();
    for (effect, name, why) in rows {
        let _ = writeln!(out, "  {effect:<5}  {name:<width$}  {why}");
    }
    out
}

/// An answer as other programs read it.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    decision: &'static str,
    statements: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identity_statements: Vec<String>,
    reason: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    doubts: Vec<String>,
}

/// For programs: one object on a line.
#[must_use]
pub fn json(id: &Value, simulation: &Simulation<'_>) -> String {
    let decision = simulation.decision;
    let names = |of_key: bool| {
        let statements = decision.statements.iter();
        let those = statements.filter(|(policy, _)| (*policy == PolicyRef::Key) == of_key);
        those
            .map(|(policy, number)| simulation.name_of(*policy, *number))
            .collect()
    };
    let doubts = decision.doubts.iter().map(|doubt| {
        let name = simulation.name_of(doubt.policy, doubt.statement);
        format!("{} of {name}", words(&doubt.element))
    });
    let answer = Answer {
        id,
        decision: decision.outcome.as_str(),
        statements: names(true),
        identity_statements: names(false),
        reason: simulation.because(),
        doubts: doubts.collect(),
    };
    // Writing to memory does not fail.
    serde_json::to_string(&answer).unwrap_or_default()
}

/// A request that could not be read, on a line.
#[must_use]
pub fn error(id: &Value, message: &str) -> String {
    #[derive(Serialize)]
    struct Refusal<'a> {
        id: &'a Value,
        error: &'a str,
    }
    let refusal = Refusal { id, error: message };
    serde_json::to_string(&refusal).unwrap_or_default()
}
