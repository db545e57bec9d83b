//! Fields of a key that differ in an environment.
//!
//! An override is laid over the key's own mapping, and the whole is decoded again: it can say whatever a key can, in
//! the same words, and is held to the same rules.

use serde_json::{Value, json};

use super::KeyDefinition;
use super::field::{Decoder, FieldType, Record, unknown_field};
use super::list::{is_empty_list, may_be_empty};
use crate::diag::Diagnostic;
use crate::yaml::{Entry, Node, NodeKind};

/// What names the key, and so cannot differ.
const FIXED: [&str; 3] = ["alias", "id", "was"];

/// Lists that can be empty here: without the field, those of the key itself hold.
const MAY_BE_EMPTY: [&str; 3] = ["aliases", "statements", "users"];

/// The alias of a key, as its definition writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AliasKey(pub String);

impl FieldType for AliasKey {
    fn describe() -> String {
        "the alias of a key".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let Some(alias) = node.as_text() else {
            decoder.wrong_type(
                node,
                &Self::describe(),
                "write the alias of a key of this file",
            );
            return None;
        };
        Some(Self(alias.to_owned()))
    }
}

/// Some fields of a key definition.
#[derive(Debug, Clone)]
pub struct KeyOverride {
    entries: Vec<Entry>,
}

impl FieldType for KeyOverride {
    fn describe() -> String {
        "fields of a key definition".to_owned()
    }

    fn schema() -> Value {
        let mut schema = KeyDefinition::schema();
        if let Value::Object(members) = &mut schema {
            members.remove("required");
            members.insert("title".into(), json!("fields of a key definition"));
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                for name in FIXED {
                    properties.remove(name);
                }
                for name in MAY_BE_EMPTY {
                    if let Some(list) = properties.get_mut(name) {
                        *list = may_be_empty(list.take());
                    }
                }
            }
        }
        schema
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            decoder.wrong_type(
                node,
                &Self::describe(),
                "write the fields that differ, such as `{deletion_window_days: 7}`",
            );
            return None;
        };
        let mut entries = entries.clone();
        entries.retain(|entry| {
            let name = entry.name();
            let known = KeyDefinition::FIELDS.iter().any(|field| field.name == name);
            if FIXED.contains(&name) {
                decoder.report(
                    Diagnostic::error(
                        "misplaced-field",
                        format!("`{name}` cannot differ between environments"),
                    )
                    .at(entry.key.span, "")
                    .help("use `{environment}` in the alias where names must differ"),
                );
            } else if !known {
                decoder.report(unknown_field::<KeyDefinition>(name, entry.key.span));
            }
            known && !FIXED.contains(&name)
        });
        Some(Self { entries })
    }
}

impl KeyOverride {
    /// The key's own mapping with the override's fields in place of its own, without those that it leaves empty.
    #[must_use]
    pub fn lay_over(&self, key: &Node) -> Node {
        let mut merged = key.clone();
        if let NodeKind::Mapping(entries) = &mut merged.kind {
            let is_none =
                |own: &Entry| MAY_BE_EMPTY.contains(&own.name()) && is_empty_list(&own.value);
            for own in &self.entries {
                if is_none(own) {
                    entries.retain(|entry| entry.name() != own.name());
                    continue;
                }
                match entries.iter_mut().find(|entry| entry.name() == own.name()) {
                    Some(entry) => *entry = own.clone(),
                    None => entries.push(own.clone()),
                }
            }
        }
        merged
    }
}
