//! Reads policy documents and statements from values.

use std::collections::BTreeMap;

use super::value::{Member, Read, Value, ValueKind, unproven};
use super::{
    Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Text,
};

/// Reads a policy document of version 2012-10-17, in canonical form.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn document(value: &Value) -> Read<PolicyDocument> {
    let mut version = None;
    let mut id = None;
    let mut statements = Vec::new();
    for member in value.members()? {
        match member.name.as_str() {
            "Version" => version = Some(member.value.literal()?),
            "Id" => id = Some(member.value.text()?.clone()),
            "Statement" => {
                for item in member.value.one_or_many() {
                    statements.push(statement(item)?);
                }
            }
            _ => return Err(unknown(member, "policy")),
        }
    }
    if version != Some(PolicyDocument::VERSION) {
        let message = format!("this policy is not of version {}", PolicyDocument::VERSION);
        return Err(unproven(value.span, message));
    }
    Ok(PolicyDocument::canonical(id, statements))
}

fn unknown(member: &Member, of: &str) -> crate::diag::Diagnostic {
    let message = format!("`{}` is no element of a {of}", member.name);
    unproven(member.span, message)
}

/// Reads one statement.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn statement(value: &Value) -> Read<Statement> {
    let mut statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: None,
        resource: None,
        conditions: Conditions::new(),
    };
    let mut effect = None;
    for member in value.members()? {
        let value = &member.value;
        match member.name.as_str() {
            "Sid" => statement.sid = Some(value.literal()?.to_owned()),
            "Effect" => effect = Some(read_effect(value)?),
            name @ ("Principal" | "NotPrincipal") => {
                only_once(statement.principal.is_some(), member)?;
                statement.principal = Some(clause(name, principals(value)?));
            }
            name @ ("Action" | "NotAction") => {
                only_once(statement.action.is_some(), member)?;
                let actions = value.one_or_many().iter();
                let actions: Read<Vec<_>> = actions
                    .map(|action| Ok(action.literal()?.to_owned()))
                    .collect();
                statement.action = Some(clause(name, actions?));
            }
            name @ ("Resource" | "NotResource") => {
                only_once(statement.resource.is_some(), member)?;
                let resources = value.one_or_many().iter();
                let resources: Read<Vec<_>> = resources
                    .map(|resource| Ok(resource.text()?.clone()))
                    .collect();
                statement.resource = Some(clause(name, resources?));
            }
            "Condition" => statement.conditions = conditions(value)?,
            _ => return Err(unknown(member, "statement")),
        }
    }
    statement.effect =
        effect.ok_or_else(|| unproven(value.span, "this statement has no `Effect`"))?;
    Ok(statement)
}

fn clause<T>(name: &str, value: T) -> Clause<T> {
    if name.starts_with("Not") {
        Clause::is_not(value)
    } else {
        Clause::is(value)
    }
}

fn only_once(given: bool, member: &Member) -> Read<()> {
    if given {
        let message = format!("`{}` stands beside its own negation", member.name);
        return Err(unproven(member.span, message));
    }
    Ok(())
}

fn read_effect(value: &Value) -> Read<Effect> {
    match value.literal()? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        _ => Err(unproven(value.span, "this is no effect of a statement")
            .help("write `Allow` or `Deny`")),
    }
}

fn principals(value: &Value) -> Read<Principals> {
    if let ValueKind::Text(text) = &value.kind {
        if text.as_literal() == Some("*") {
            return Ok(Principals::Anyone);
        }
        return Err(unproven(value.span, "a principal is `*` or a mapping")
            .help("write `{AWS: ARN}` or `{Service: NAME}`"));
    }
    let mut kinds = BTreeMap::new();
    for member in value.members()? {
        let kind = PrincipalKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == member.name)
            .ok_or_else(|| {
                let known = PrincipalKind::ALL.map(PrincipalKind::as_str);
                unknown(member, "Principal").help(format!("known: {}", known.join(", ")))
            })?;
        let names: Read<Vec<Text>> = member
            .value
            .one_or_many()
            .iter()
            .map(|name| Ok(name.text()?.clone()))
            .collect();
        kinds.insert(kind, names?);
    }
    Ok(Principals::Listed(kinds))
}

fn conditions(value: &Value) -> Read<Conditions> {
    let mut conditions = Conditions::new();
    for operator in value.members()? {
        let mut keys = BTreeMap::new();
        for key in operator.value.members()? {
            let values: Read<Vec<_>> = key.value.one_or_many().iter().map(Value::as_word).collect();
            keys.insert(key.name.clone(), values?);
        }
        conditions.insert(operator.name.clone(), keys);
    }
    Ok(conditions)
}
