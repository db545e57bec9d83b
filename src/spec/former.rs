//! Names that a key had before renames.

use serde_json::{Value, json};

use super::KeyDefinition;
use super::field::{Decoder, FieldType, Spanned};
use super::types::AliasName;
use crate::yaml::{Node, NodeKind};

/// The names of a key before each of its renames, the first one first: aliases, or logical names.
#[derive(Debug, Clone)]
pub struct FormerNames(pub Vec<Spanned<AliasName>>);

impl FieldType for FormerNames {
    fn describe() -> String {
        format!("{}, or a list of such names", AliasName::describe())
    }

    fn schema() -> Value {
        json!({"anyOf": [AliasName::schema(), Vec::<AliasName>::schema()]})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Sequence(_) = &node.kind {
            return Vec::decode(node, decoder).map(Self);
        }
        Some(Self(vec![Spanned::decode(node, decoder)?]))
    }
}

impl KeyDefinition {
    /// The names that it had, as written.
    pub fn former_names(&self) -> impl Iterator<Item = &str> {
        let names = self.was.iter().flat_map(|was| &was.0);
        names.map(|was| was.value.0.raw())
    }
}
