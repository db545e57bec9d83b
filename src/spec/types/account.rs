//! Accounts, by id or by name.

use serde_json::{Value, json};

use crate::diag::Diagnostic;
use crate::iam::AccountId;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::{Node, NodeKind, Resolved};

/// An account: twelve digits, or a name from the workspace's `accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRef {
    /// The id itself.
    Id(AccountId),
    /// A name to be looked up.
    Named(String),
}

/// What an account id looks like.
const TWELVE_DIGITS: &str =
    "an account id is twelve digits without anything between them, leading zeros included";

fn account_id(node: &Node, decoder: &mut Decoder) -> Option<Result<AccountId, String>> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, "an account id", TWELVE_DIGITS);
        return None;
    };
    // The digits as written: as a number, YAML readers make 012345670123 eleven digits or an octal.
    if let Some(id) = AccountId::parse(&scalar.text) {
        return Some(Ok(id));
    }
    let digits = scalar.text.bytes().filter(u8::is_ascii_digit).count();
    let grouped = digits == 12 && !scalar.text.contains(|c: char| c.is_ascii_alphabetic());
    if digits == scalar.text.len() || grouped || scalar.resolved() != Resolved::Text {
        decoder.report(
            Diagnostic::error(
                "invalid-account",
                if grouped {
                    format!("`{}` is no account id: it is not digits alone", scalar.text)
                } else {
                    format!("`{}` is no account id: {digits} digits", scalar.text)
                },
            )
            .at(node.span, "")
            .help(TWELVE_DIGITS),
        );
        return None;
    }
    Some(Err(scalar.text.to_string()))
}

impl FieldType for AccountRef {
    fn describe() -> String {
        "an account id of twelve digits, or a name from the workspace's `accounts`".to_owned()
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"]})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        Some(match account_id(node, decoder)? {
            Ok(id) => Self::Id(id),
            Err(name) => Self::Named(name),
        })
    }
}

impl FieldType for AccountId {
    fn describe() -> String {
        "an account id of twelve digits".to_owned()
    }

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "pattern": "^[0-9]{12}$"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        match account_id(node, decoder)? {
            Ok(id) => Some(id),
            Err(name) => {
                decoder.report(
                    Diagnostic::error("invalid-account", format!("`{name}` is no account id"))
                        .at(node.span, "")
                        .help(TWELVE_DIGITS),
                );
                None
            }
        }
    }
}
