//! Names of statements: letters, digits and spaces, made from kind and name, never from position.
//!
//! Source: KMS developer guide, "Key policies": a Sid may hold spaces there, unlike in IAM policies.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::iam::{Statement, Tree};

/// A text as it can stand in a Sid: what is no letter or digit becomes a space.
pub(super) fn tidy(text: &str) -> String {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Words as an enumeration: `s3`, `s3 and sns`, `s3 sns and sqs`.
pub(super) fn join(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(" ")),
    }
}

/// Gives statements with one name a mark of their contents each, and drops those that say the same twice.
pub(super) fn make_unique(statements: &mut Vec<Statement>) {
    let mut seen: Vec<Statement> = Vec::with_capacity(statements.len());
    for statement in statements.drain(..) {
        if !seen.contains(&statement) {
            seen.push(statement);
        }
    }
    let mut names: BTreeMap<Option<String>, usize> = BTreeMap::new();
    for statement in &seen {
        *names.entry(statement.sid.clone()).or_default() += 1;
    }
    for statement in &mut seen {
        if names.get(&statement.sid).is_some_and(|count| *count > 1) {
            let mark = mark(statement);
            let name = statement.sid.take().unwrap_or_default();
            statement.sid = Some(format!("{name} {mark}"));
        }
    }
    *statements = seen;
}

/// Eight characters that depend on what the statement says and on nothing else.
fn mark(statement: &Statement) -> String {
    let text = Tree::from(statement)
        .to_json(&ToString::to_string)
        .to_string();
    mark_of(&text)
}

/// Eight characters that depend on a text.
pub(super) fn mark_of(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
