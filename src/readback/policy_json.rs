//! Key policies by themselves, as `aws kms get-key-policy` returns them.

use super::found::{Found, FoundKey, KeyForm, Lifetime, Property};
use crate::diag::Diagnostic;
use crate::iam::value::{Member, Value, ValueKind, unproven};
use crate::iam::{Text, read};
use crate::source::{FileId, Span};
use crate::yaml::{self, Node, NodeKind, Resolved};

/// Names under which a policy stands in what wraps it: the CLI's answer, and what people save.
pub(super) const WRAPPERS: [&str; 4] = ["Policy", "KeyPolicy", "policy", "key_policy"];

/// Reads a key policy in JSON, alone or within the answer of the command line.
///
/// # Errors
/// Text that is no JSON, and JSON that holds no policy.
pub(super) fn read(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    let whole = Span::new(file, 0..text.len());
    let (root, problems) = yaml::load(file, text, yaml::Dialect::CloudFormation);
    let root = match root {
        Some(root) if problems.is_empty() => root,
        _ if problems.is_empty() => return Err(vec![unproven(whole, "this file is empty")]),
        _ => return Err(problems),
    };
    let wrapped = WRAPPERS.into_iter().find_map(|name| root.get(name));
    let policy = match wrapped {
        Some(wrapped) if root.get("Statement").is_none() => wrapped,
        _ => &root,
    };
    if policy.as_mapping().is_none() && policy.as_text().is_none() {
        return Err(vec![unproven(policy.span, "this is no key policy")]);
    }
    let name = root
        .get("KeyId")
        .or_else(|| root.get("Arn"))
        .and_then(Node::as_text);
    let mut key = FoundKey::new(
        name.unwrap_or("policy"),
        KeyForm::PolicyAlone,
        policy.span,
        Lifetime::Unmanaged,
    );
    key.policy = Property::Known(read::policy(value(policy)), policy.span);
    Ok(Found {
        keys: vec![key],
        ..Found::default()
    })
}

/// JSON as a value: nothing in it is computed.
pub(super) fn value(node: &Node) -> Value {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => match scalar.resolved() {
            Resolved::Null => ValueKind::Null,
            Resolved::Bool(value) => ValueKind::Bool(value),
            Resolved::Integer | Resolved::Float => ValueKind::Number(scalar.text.to_string()),
            Resolved::Text => ValueKind::Text(Text::literal(&*scalar.text)),
        },
        NodeKind::Sequence(items) => ValueKind::List(items.iter().map(value).collect()),
        NodeKind::Mapping(entries) => ValueKind::Object(
            entries
                .iter()
                .map(|entry| Member {
                    name: entry.name().to_owned(),
                    span: entry.key.span,
                    value: value(&entry.value),
                })
                .collect(),
        ),
    };
    Value {
        span: node.span,
        kind,
    }
}
