//! A policy as the tree that JSON, YAML and HCL all print.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::policy::{Principals, Statement};
use super::{PolicyDocument, Text};

/// A value of a policy document, borrowed from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree<'p> {
    /// A string.
    Text(Cow<'p, Text>),
    /// A list; never empty, never of one element where AWS reads a scalar as the same.
    List(Vec<Self>),
    /// Members by name, in the order in which AWS's documentation writes them.
    Object(Vec<(&'p str, Self)>),
}

impl<'p> Tree<'p> {
    fn word(text: &str) -> Self {
        Self::Text(Cow::Owned(Text::literal(text)))
    }

    /// A scalar for a single value, else a list.
    fn values(mut values: impl ExactSizeIterator<Item = Self>) -> Self {
        match (values.len(), values.next()) {
            (1, Some(only)) => only,
            (_, first) => Self::List(first.into_iter().chain(values).collect()),
        }
    }

    fn texts(texts: &'p [Text]) -> Self {
        Self::values(texts.iter().map(|text| Self::Text(Cow::Borrowed(text))))
    }

    /// The tree as JSON, with texts written by `show`.
    #[must_use]
    pub fn to_json(&self, show: &impl Fn(&Text) -> String) -> Value {
        match self {
            Self::Text(text) => Value::String(show(text)),
            Self::List(items) => items.iter().map(|item| item.to_json(show)).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_json(show)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

impl<'p> From<&'p PolicyDocument> for Tree<'p> {
    fn from(policy: &'p PolicyDocument) -> Self {
        let mut members = vec![("Version", Self::word(policy.version.as_str()))];
        if let Some(id) = &policy.id {
            members.push(("Id", Self::Text(Cow::Borrowed(id))));
        }
        let statements = policy.statements.iter().map(Self::from).collect();
        members.push(("Statement", Self::List(statements)));
        Self::Object(members)
    }
}

impl<'p> From<&'p Statement> for Tree<'p> {
    fn from(statement: &'p Statement) -> Self {
        let mut members = Vec::with_capacity(6);
        let mut add = |name, value| members.push((name, value));
        if let Some(sid) = &statement.sid {
            add("Sid", Self::word(sid));
        }
        add("Effect", Self::word(statement.effect.as_str()));
        if let Some(principal) = &statement.principal {
            let value = match &principal.value {
                Principals::Anyone => Self::word("*"),
                Principals::Listed(kinds) => {
                    let kinds = kinds.iter();
                    let kinds = kinds.map(|(kind, names)| (kind.as_str(), Self::texts(names)));
                    Self::Object(kinds.collect())
                }
            };
            add(principal.name("Principal", "NotPrincipal"), value);
        }
        if let Some(action) = &statement.action {
            let actions = action.value.iter().map(|action| Self::word(action));
            add(action.name("Action", "NotAction"), Self::values(actions));
        }
        if let Some(resource) = &statement.resource {
            let value = Self::texts(&resource.value);
            add(resource.name("Resource", "NotResource"), value);
        }
        if !statement.conditions.is_empty() {
            let operators = statement.conditions.iter().map(|(operator, keys)| {
                let keys = keys.iter();
                let keys = keys.map(|(key, values)| (key.as_str(), Self::texts(values)));
                (operator.as_str(), Self::Object(keys.collect()))
            });
            add("Condition", Self::Object(operators.collect()));
        }
        Self::Object(members)
    }
}
