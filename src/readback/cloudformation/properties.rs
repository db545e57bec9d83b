//! Properties of a key as KMS gets them from CloudFormation.

use std::collections::BTreeMap;

use super::template::Template;
use crate::iam::Text;
use crate::iam::value::{Member, Read, Value, ValueKind, unproven};

/// A property with what CloudFormation does to it before KMS sees it.
pub(super) fn settled(mut member: Member, template: &Template<'_>) -> Member {
    let value = &mut member.value;
    match member.name.as_str() {
        // CloudFormation passes scalars of any kind on to properties that are text.
        "Description" => {
            let text = match &value.kind {
                ValueKind::Bool(value) => Some(value.to_string()),
                ValueKind::Number(digits) => Some(digits.clone()),
                _ => None,
            };
            if let Some(text) = text {
                template.loose(value.span, format!("`{text}` is no text; quote it"));
                value.kind = ValueKind::Text(Text::literal(text));
            }
        }
        "KeyPolicy" => account_ids_as_text(value, template),
        "Tags" => {
            if let ValueKind::List(tags) = &value.kind
                && let Some(unknown) = tags.iter().find_map(unknown_tag)
            {
                value.kind = ValueKind::Unknown(unknown);
            }
        }
        // Words and numbers of which a piece is unknown are unknown.
        _ => {
            if let ValueKind::Text(text) = &value.kind
                && text.as_literal().is_none()
            {
                value.kind = ValueKind::Unknown(text.to_string());
            }
        }
    }
    member
}

/// What is unknown of a tag but its value.
fn unknown_tag(tag: &Value) -> Option<String> {
    match &tag.kind {
        ValueKind::Unknown(written) => Some(written.clone()),
        ValueKind::Object(members) => {
            let key = members.iter().find(|member| member.name == "Key")?;
            match &key.value.kind {
                ValueKind::Unknown(written) => Some(written.clone()),
                ValueKind::Text(text) if text.as_literal().is_none() => Some(text.to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Account ids without quotes: CloudFormation passes numbers on as text.
fn account_ids_as_text(policy: &mut Value, template: &Template<'_>) {
    let statements = members_named(policy, |name| name == "Statement");
    for statement in statements.flat_map(items_mut) {
        let principals = members_named(statement, |name| name.ends_with("Principal"));
        for kind in principals.flat_map(|principal| members_named(principal, |_| true)) {
            for name in items_mut(kind) {
                if let ValueKind::Number(digits) = &name.kind {
                    name.kind = ValueKind::Text(Text::literal(digits.as_str()));
                    template.loose(name.span, "an account id is text; quote it");
                }
            }
        }
    }
}

fn members_named(
    value: &mut Value,
    is_named: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &mut Value> {
    let members = match &mut value.kind {
        ValueKind::Object(members) => members.as_mut_slice(),
        _ => &mut [],
    };
    let members = members
        .iter_mut()
        .filter(move |member| is_named(&member.name));
    members.map(|member| &mut member.value)
}

/// The items of a list, or the value itself.
fn items_mut(value: &mut Value) -> &mut [Value] {
    if let ValueKind::List(_) = value.kind {
        match &mut value.kind {
            ValueKind::List(items) => items,
            _ => &mut [],
        }
    } else {
        std::slice::from_mut(value)
    }
}

/// The tags of a resource.
pub(super) fn tags(value: Value) -> Read<BTreeMap<String, Text>> {
    let mut tags = BTreeMap::new();
    for tag in value.into_one_or_many() {
        let span = tag.span;
        let mut members = tag.into_members()?;
        let mut take = |name: &str| {
            let at = members.iter().position(|member| member.name == name);
            at.map(|at| members.swap_remove(at).value)
                .ok_or_else(|| unproven(span, format!("this tag has no `{name}`")))
        };
        let key = take("Key")?.into_literal()?;
        let text = take("Value")?.into_word()?;
        if !members.is_empty() {
            return Err(unproven(span, "a tag is a `Key` and a `Value`"));
        }
        if tags.contains_key(&key) {
            return Err(unproven(span, format!("the tag `{key}` is set twice")));
        }
        tags.insert(key, text);
    }
    Ok(tags)
}
