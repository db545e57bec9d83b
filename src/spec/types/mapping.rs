//! Mappings from names that users choose: tags, encryption contexts.

use serde_json::{Value, json};

use super::text::bounded_text;
use crate::diag::Diagnostic;
use crate::kms::limits;
use crate::spec::field::{Decoder, FieldType, RecordTable, Spanned};
use crate::yaml::{Node, NodeKind};

/// A mapping from names that the user chooses to values.
#[derive(Debug, Clone)]
pub struct Named<K, V>(pub Vec<(Spanned<K>, V)>);

impl<K, V> Default for Named<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: FieldType, V: FieldType> FieldType for Named<K, V> {
    fn describe() -> String {
        format!("a mapping from {} to {}", K::describe(), V::describe())
    }

    fn schema() -> Value {
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": K::schema(),
            "additionalProperties": V::schema(),
        })
    }

    fn record() -> Option<RecordTable> {
        V::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            let help = "write `{NAME: VALUE}`, or one `NAME: VALUE` in a line, indented";
            decoder.wrong_type(node, &Self::describe(), help);
            return None;
        };
        if entries.is_empty() {
            decoder.report(
                Diagnostic::error("empty-mapping", "this mapping is empty")
                    .at(node.span, "")
                    .help("add an entry, or remove the field"),
            );
            return None;
        }
        let decoded = entries
            .iter()
            .filter_map(|entry| {
                let name = Spanned::<K>::decode(&entry.key, decoder);
                let value = V::decode(&entry.value, decoder);
                Some((name?, value?))
            })
            .collect();
        Some(Self(decoded))
    }
}

/// The key of a tag. `aws:` is AWS's own, and Terraform's provider cannot carry one that begins with `%`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagKey(pub String);

/// Tag keys that keywright sets itself begin with this.
pub const OWN_TAG_PREFIX: &str = "keywright:";

impl FieldType for TagKey {
    fn describe() -> String {
        "the key of a tag".to_owned()
    }

    fn schema() -> Value {
        json!({
            "type": "string",
            "minLength": 1,
            "maxLength": limits::TAG_KEY_LENGTH,
            "pattern": "^(?!aws:|keywright:|%)",
        })
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let limits = (1, limits::TAG_KEY_LENGTH);
        let key = bounded_text(node, "the key of a tag", limits, decoder)?;
        // CloudFormation checks keys of tags line by line: `^(?!aws:).+$` (its resource schema, after cfn-lint E3024).
        if key.contains(['\n', '\r', '\t']) {
            decoder.report(
                Diagnostic::error(
                    "invalid-tag",
                    "the key of a tag stands on one line, without tabs",
                )
                .at(node.span, "")
                .help(
                    "AWS services agree on letters, digits, spaces and `_.:/=+-@` in keys of tags",
                ),
            );
            return None;
        }
        // In its map of tags `%` is Terraform's own: the SDK of its AWS provider passes over every key that begins so
        // (`DiffFieldReader.readMap`), makes the KMS key without that tag, and plans the same change again forever.
        if key.starts_with('%') {
            decoder.report(
                Diagnostic::error(
                    "invalid-tag",
                    "a tag whose key begins with `%` is lost in Terraform's AWS provider",
                )
                .at(node.span, "")
                .help("choose another key"),
            );
            return None;
        }
        let reserved = [("aws:", "AWS"), (OWN_TAG_PREFIX, "keywright")]
            .into_iter()
            .find(|(prefix, _)| {
                key.get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            });
        if let Some((prefix, owner)) = reserved {
            decoder.report(
                Diagnostic::error(
                    "reserved-tag",
                    format!("tags that begin with `{prefix}` are reserved for {owner}"),
                )
                .at(node.span, "")
                .help("choose another key"),
            );
            return None;
        }
        Some(Self(key))
    }
}

/// The key of an encryption context.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContextKey(pub String);

impl FieldType for ContextKey {
    fn describe() -> String {
        "the key of an encryption context".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        bounded_text(node, "the key of an encryption context", (1, 1024), decoder).map(Self)
    }
}
