//! Explanations as JSON, version 1 of the shape.

use serde_json::{Map, Value, json};

use super::Entry;
use super::overview::{MANAGING, USING};
use crate::access::exact::{Access, Capability};
use crate::controls::Unknown;
use crate::explain::{AccessRow, Column, Explanation, Name, StatementWords, Whose};
use crate::iam::Effect;
use crate::source::{Sources, Span};

/// One object: `keys`, each in full.
#[must_use]
pub fn json(entries: &[Entry], sources: &Sources) -> Value {
    let keys: Vec<Value> = entries.iter().map(|entry| of_key(entry, sources)).collect();
    json!({"version": 1, "keys": keys})
}

fn of_key(entry: &Entry, sources: &Sources) -> Value {
    let key = &entry.explanation;
    let (file, line) = place(sources, entry.span);
    let properties: Map<String, Value> = key
        .properties
        .iter()
        .map(|(name, words)| (name.to_ascii_lowercase(), Value::from(words.as_str())))
        .collect();
    let statements = key.statements.iter();
    let statements: Vec<Value> = statements.map(|one| of_statement(one, sources)).collect();
    let rows: Vec<Value> = key
        .rows
        .iter()
        .map(|row| of_row(row, &key.columns))
        .collect();
    let unknown = |unknown: &[Unknown]| -> Vec<Value> {
        unknown.iter().map(|one| of_unknown(one, sources)).collect()
    };
    json!({
        "name": key.title(),
        "resource": key.resource,
        "file": file,
        "line": line,
        "stack": entry.stack,
        "environments": entry.environments,
        "when": key.when,
        "aliases": key.aliases,
        "description": key.description,
        "properties": properties,
        "statements": statements,
        "access": rows,
        "summary": summary(key),
        "notes": key.notes,
        "refused": unknown(&key.refused),
        "unknown": unknown(&key.doubts),
    })
}

fn summary(key: &Explanation) -> Value {
    let names = |capabilities: &[Capability]| -> Vec<String> {
        key.who_can(capabilities)
            .map(|row| row.name.plain())
            .collect()
    };
    let outsiders: Vec<String> = key.outsiders().map(|row| row.name.plain()).collect();
    json!({
        "managed_by": names(&MANAGING),
        "used_by": names(&USING),
        "open_to": outsiders,
        "public": key.is_open(),
    })
}

fn of_statement(statement: &StatementWords, sources: &Sources) -> Value {
    let (file, line) = match statement.span {
        Some(span) => place(sources, span),
        None => (Value::Null, Value::Null),
    };
    let who: Vec<Value> = statement.who.iter().map(of_name).collect();
    json!({
        "number": statement.number,
        "sid": statement.sid,
        "effect": statement.effect.map(Effect::as_str),
        "who": who,
        "all_others": statement.others,
        "may": statement.may,
        "actions": statement.actions,
        "through": statement.through,
        "conditions": statement.conditions,
        "remarks": statement.remarks,
        "file": file,
        "line": line,
    })
}

fn of_name(name: &Name) -> Value {
    let account = match &name.whose {
        Whose::Other(account) => Some(account.as_str()),
        Whose::Own | Whose::Any => None,
    };
    json!({
        "kind": name.kind.as_str(),
        "name": name.name,
        "own_account": name.whose == Whose::Own,
        "account": account,
        "words": name.plain(),
    })
}

fn of_row(row: &AccessRow, columns: &[Column]) -> Value {
    let columns = columns.iter().zip(&row.cells);
    let capabilities: Map<String, Value> = columns
        .map(|(column, cell)| {
            (
                capability(column.capability).to_owned(),
                access(*cell).into(),
            )
        })
        .collect();
    let actions: Map<String, Value> = row
        .actions
        .iter()
        .map(|(action, cell)| (format!("kms:{action}"), access(*cell).into()))
        .collect();
    json!({"principal": of_name(&row.name), "capabilities": capabilities, "actions": actions})
}

fn capability(capability: Capability) -> &'static str {
    match capability {
        Capability::ChangePolicy => "change_policy",
        Capability::Delete => "delete",
        Capability::Administer => "administer",
        Capability::Grant => "create_grants",
        Capability::Encrypt => "encrypt",
        Capability::Decrypt => "decrypt",
        Capability::Sign => "sign",
        Capability::Verify => "verify",
        Capability::Agree => "agree",
        Capability::Read => "read",
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::No => "no",
        Access::Unknown => "unknown",
        Access::ThroughIamUnderCondition => "through_iam_under_condition",
        Access::ThroughIam => "through_iam",
        Access::DirectUnderCondition => "direct_under_condition",
        Access::Direct => "direct",
    }
}

fn of_unknown(unknown: &Unknown, sources: &Sources) -> Value {
    let (file, line) = place(sources, unknown.span);
    json!({"file": file, "line": line, "message": unknown.message})
}

fn place(sources: &Sources, span: Span) -> (Value, Value) {
    let path = sources.get(span.file).map(|source| source.path());
    (path.into(), sources.position(span).line.into())
}
