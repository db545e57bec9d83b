//! A policy as the tree that JSON, YAML and HCL all print.

use serde_json::{Map, Value};

use super::policy::{Principals, Statement};
use super::{PolicyDocument, Text};

/// A value of a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// A string.
    Text(Text),
    /// A list; never empty, never of one element where AWS reads a scalar as the same.
    List(Vec<Self>),
    /// Members by name, in the order in which AWS's documentation writes them.
    Object(Vec<(String, Self)>),
}

impl Tree {
    fn word(text: &str) -> Self {
        Self::Text(Text::literal(text))
    }

    /// A scalar for a single value, else a list.
    fn values<'t>(values: impl ExactSizeIterator<Item = &'t Text>) -> Self {
        let single = values.len() == 1;
        let mut texts = values.cloned().map(Self::Text);
        match (single, texts.next()) {
            (true, Some(only)) => only,
            (_, first) => Self::List(first.into_iter().chain(texts).collect()),
        }
    }

    /// The tree as JSON, with texts written by `show`.
    #[must_use]
    pub fn to_json(&self, show: &impl Fn(&Text) -> String) -> Value {
        match self {
            Self::Text(text) => Value::String(show(text)),
            Self::List(items) => items.iter().map(|item| item.to_json(show)).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json(show)))
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

impl From<&PolicyDocument> for Tree {
    fn from(policy: &PolicyDocument) -> Self {
        let mut members = vec![("Version".into(), Self::word(PolicyDocument::VERSION))];
        if let Some(id) = &policy.id {
            members.push(("Id".into(), Self::Text(id.clone())));
        }
        let statements = policy.statements.iter().map(Self::from).collect();
        members.push(("Statement".into(), Self::List(statements)));
        Self::Object(members)
    }
}

impl From<&Statement> for Tree {
    fn from(statement: &Statement) -> Self {
        let mut members = Vec::new();
        let mut add = |name: &str, value| members.push((name.to_owned(), value));
        if let Some(sid) = &statement.sid {
            add("Sid", Self::word(sid));
        }
        add("Effect", Self::word(statement.effect.as_str()));
        if let Some(principal) = &statement.principal {
            let value = match &principal.value {
                Principals::Anyone => Self::word("*"),
                Principals::Listed(kinds) => {
                    let kinds = kinds.iter();
                    let kinds = kinds.map(|(kind, names)| {
                        (kind.as_str().to_owned(), Self::values(names.iter()))
                    });
                    Self::Object(kinds.collect())
                }
            };
            add(principal.name("Principal", "NotPrincipal"), value);
        }
        if let Some(action) = &statement.action {
            let texts: Vec<_> = action
                .value
                .iter()
                .map(|a| Text::literal(a.as_str()))
                .collect();
            add(
                action.name("Action", "NotAction"),
                Self::values(texts.iter()),
            );
        }
        if let Some(resource) = &statement.resource {
            let value = Self::values(resource.value.iter());
            add(resource.name("Resource", "NotResource"), value);
        }
        if !statement.conditions.is_empty() {
            let operators = statement.conditions.iter().map(|(operator, keys)| {
                let keys = keys.iter();
                let keys = keys.map(|(key, values)| (key.clone(), Self::values(values.iter())));
                (operator.clone(), Self::Object(keys.collect()))
            });
            add("Condition", Self::Object(operators.collect()));
        }
        Self::Object(members)
    }
}
