//! Reads policy documents and statements from values.

use super::value::{Member, Read, Value, ValueKind, unproven};
use super::{
    Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, SortedMap, Statement,
    Text,
};
use crate::diag::Diagnostic;
use crate::source::Span;

/// Reads a policy document of version 2012-10-17, in canonical form.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn document(value: Value) -> Read<PolicyDocument> {
    let span = value.span;
    let mut version = None;
    let mut id = None;
    let mut statements = Vec::new();
    for member in value.into_members()? {
        match member.name.as_str() {
            "Version" => version = Some(member.value.into_literal()?),
            "Id" => id = Some(member.value.into_text()?),
            "Statement" => {
                for item in member.value.into_one_or_many() {
                    statements.push(statement(item)?);
                }
            }
            _ => return Err(unknown(&member.name, member.span, "policy")),
        }
    }
    if version.as_deref() != Some(PolicyDocument::VERSION) {
        let message = format!("this policy is not of version {}", PolicyDocument::VERSION);
        return Err(unproven(span, message));
    }
    Ok(PolicyDocument::canonical(id, statements))
}

fn unknown(name: &str, span: Span, of: &str) -> Diagnostic {
    unproven(span, format!("`{name}` is no element of a {of}"))
}

/// Reads one statement.
///
/// # Errors
/// The first element that cannot be read for certain.
pub fn statement(value: Value) -> Read<Statement> {
    let mut statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: None,
        resource: None,
        conditions: Conditions::new(),
    };
    let span = value.span;
    let mut effect = None;
    for Member {
        name,
        span: place,
        value,
    } in value.into_members()?
    {
        match name.as_str() {
            "Sid" => statement.sid = Some(value.into_literal()?),
            "Effect" => effect = Some(read_effect(&value)?),
            name @ ("Principal" | "NotPrincipal") => {
                only_once(statement.principal.is_some(), name, place)?;
                statement.principal = Some(clause(name, principals(value)?));
            }
            name @ ("Action" | "NotAction") => {
                only_once(statement.action.is_some(), name, place)?;
                let actions: Read<Vec<_>> =
                    value.into_one_or_many().map(Value::into_literal).collect();
                statement.action = Some(clause(name, actions?));
            }
            name @ ("Resource" | "NotResource") => {
                only_once(statement.resource.is_some(), name, place)?;
                let resources: Read<Vec<_>> =
                    value.into_one_or_many().map(Value::into_text).collect();
                statement.resource = Some(clause(name, resources?));
            }
            "Condition" => statement.conditions = conditions(value)?,
            _ => return Err(unknown(&name, place, "statement")),
        }
    }
    statement.effect = effect.ok_or_else(|| unproven(span, "this statement has no `Effect`"))?;
    Ok(statement)
}

fn clause<T>(name: &str, value: T) -> Clause<T> {
    if name.starts_with("Not") {
        Clause::is_not(value)
    } else {
        Clause::is(value)
    }
}

fn only_once(given: bool, name: &str, span: Span) -> Read<()> {
    if given {
        let message = format!("`{name}` stands beside its own negation");
        return Err(unproven(span, message));
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

fn principals(value: Value) -> Read<Principals> {
    if let ValueKind::Text(text) = &value.kind {
        if text.as_literal() == Some("*") {
            return Ok(Principals::Anyone);
        }
        return Err(unproven(value.span, "a principal is `*` or a mapping")
            .help("write `{AWS: ARN}` or `{Service: NAME}`"));
    }
    let mut kinds = SortedMap::new();
    for member in value.into_members()? {
        let kind = PrincipalKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == member.name)
            .ok_or_else(|| {
                let known = PrincipalKind::ALL.map(PrincipalKind::as_str);
                unknown(&member.name, member.span, "Principal")
                    .help(format!("known: {}", known.join(", ")))
            })?;
        let names: Read<Vec<Text>> = member
            .value
            .into_one_or_many()
            .map(Value::into_text)
            .collect();
        kinds.insert(kind, names?);
    }
    Ok(Principals::Listed(kinds))
}

fn conditions(value: Value) -> Read<Conditions> {
    let mut conditions = Conditions::new();
    for operator in value.into_members()? {
        let mut keys = SortedMap::new();
        for key in operator.value.into_members()? {
            let values: Read<Vec<_>> = key.value.into_one_or_many().map(Value::into_word).collect();
            keys.insert(key.name, values?);
        }
        conditions.insert(operator.name, keys);
    }
    Ok(conditions)
}
