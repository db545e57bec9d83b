//! A key that exists already and is to be managed from here.

use serde_json::{Value, json};

use super::field::{Decoder, FieldType, RecordTable, Spanned, record};
use super::types::{AliasName, KeyId};
use crate::yaml::{Node, NodeKind};

record! {
    /// A key that exists already, some of its aliases not.
    pub struct AdoptionFields("adoption") {
        /// The key's id.
        required "key" => key: Spanned<KeyId>, example "1234abcd-12ab-34cd-56ef-1234567890ab";
        /// Which aliases of the definition exist already; default: none, so that all are made.
        optional "aliases" => aliases: Vec<Spanned<AliasName>>, example "[audit]";
    }
}

/// Which key is taken over, and with which of its definition's aliases.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// The key's id.
    pub key: Spanned<KeyId>,
    /// The aliases that exist already; `None`: all of the definition.
    pub aliases: Option<Vec<Spanned<AliasName>>>,
}

impl FieldType for Adoption {
    fn describe() -> String {
        "the id of a key, which has all aliases of the definition, or an adoption".to_owned()
    }

    fn schema() -> Value {
        json!({"anyOf": [KeyId::schema(), AdoptionFields::schema()]})
    }

    fn record() -> Option<RecordTable> {
        AdoptionFields::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Mapping(_) = &node.kind {
            let fields = AdoptionFields::decode(node, decoder)?;
            return Some(Self {
                key: fields.key,
                aliases: Some(fields.aliases.unwrap_or_default()),
            });
        }
        Some(Self {
            key: Spanned::decode(node, decoder)?,
            aliases: None,
        })
    }
}
