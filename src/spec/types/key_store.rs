//! Custom key stores and what is in them.

use serde_json::{Value, json};

use super::text::bounded_text;
use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::Node;

/// The id of a custom key store: `cks-` and hexadecimal digits.
/// Source: KMS API reference, `CreateCustomKeyStore` (the form of its answer), and the service model
/// (`CustomKeyStoreIdType`: 1 to 64 characters).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomKeyStoreId(String);

impl CustomKeyStoreId {
    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldType for CustomKeyStoreId {
    fn describe() -> String {
        "the id of a custom key store".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^cks-[0-9a-f]+$", "maxLength": 64})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let id = bounded_text(node, "custom key store id", (1, 64), decoder)?;
        let digits = id.strip_prefix("cks-").unwrap_or_default();
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if digits.is_empty() || !digits.chars().all(is_digit) {
            decoder.report(
                Diagnostic::error(
                    "invalid-key-store",
                    format!("`{id}` is no id of a custom key store"),
                )
                .at(node.span, "")
                .help(
                    "write `cks-` and the digits behind it, as DescribeCustomKeyStores shows them",
                ),
            );
            return None;
        }
        Some(Self(id))
    }
}

/// The name of a key in an external key manager. Source: KMS service model (`XksKeyIdType`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XksKeyId(String);

impl XksKeyId {
    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FieldType for XksKeyId {
    fn describe() -> String {
        "the id of an external key".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "maxLength": 128})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let id = bounded_text(node, "external key id", (1, 128), decoder)?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if let Some(odd) = id.chars().find(|c| !is_allowed(*c)) {
            decoder.report(
                Diagnostic::error(
                    "invalid-key-store",
                    format!("`{id}` is no id of an external key: it holds `{odd}`"),
                )
                .at(node.span, "")
                .help("use letters, digits and `-_.`"),
            );
            return None;
        }
        Some(Self(id))
    }
}
