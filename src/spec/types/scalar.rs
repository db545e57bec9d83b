//! Booleans, numbers of days, versions.

use serde_json::{Value, json};

use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::{Node, NodeKind, Resolved, Scalar};

impl FieldType for bool {
    fn describe() -> String {
        "`true` or `false`".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Scalar(scalar) = &node.kind {
            if let Resolved::Bool(value) = scalar.resolved() {
                return Some(value);
            }
            let meant = match scalar.text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" | "true" => Some("true"),
                "no" | "off" | "n" | "false" => Some("false"),
                _ => None,
            };
            if let Some(meant) = meant {
                decoder.report(
                    Diagnostic::error(
                        "wrong-type",
                        format!("expected `true` or `false`, found `{}`", scalar.text),
                    )
                    .at(node.span, "")
                    .help(format!("write `{meant}`, without quotes")),
                );
                return None;
            }
        }
        decoder.wrong_type(node, "`true` or `false`", "write `true` or `false`");
        None
    }
}

/// A whole number of days within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days<const LEAST: u64, const MOST: u64>(pub u64);

impl<const LEAST: u64, const MOST: u64> FieldType for Days<LEAST, MOST> {
    fn describe() -> String {
        format!("a number of days from {LEAST} to {MOST}")
    }

    fn schema() -> Value {
        json!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let help = format!("write a whole number from {LEAST} to {MOST}");
        if let NodeKind::Scalar(scalar) = &node.kind {
            if is_plain_number(scalar)
                && let Ok(days) = scalar.text.parse()
                && (LEAST..=MOST).contains(&days)
            {
                return Some(Self(days));
            }
            if matches!(scalar.resolved(), Resolved::Integer | Resolved::Float) {
                decoder.report(
                    Diagnostic::error(
                        "out-of-range",
                        format!("`{}` is not a number of days that KMS takes", scalar.text),
                    )
                    .at(node.span, "")
                    .help(help),
                );
                return None;
            }
        }
        let help = format!("{help}, without quotes or a unit");
        decoder.wrong_type(node, &Self::describe(), help);
        None
    }
}

/// A decimal number that every YAML reader takes for the same one: no sign, no leading zero.
fn is_plain_number(scalar: &Scalar) -> bool {
    scalar.plain
        && scalar.text.bytes().all(|byte| byte.is_ascii_digit())
        && (scalar.text.len() == 1 || !scalar.text.starts_with('0'))
        && !scalar.text.is_empty()
}

/// `version: 1` of a file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatVersion;

impl FieldType for FormatVersion {
    fn describe() -> String {
        "`1`".to_owned()
    }

    fn schema() -> Value {
        json!({"const": 1})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if let NodeKind::Scalar(scalar) = &node.kind
            && scalar.plain
            && &*scalar.text == "1"
        {
            return Some(Self);
        }
        decoder.report(
            Diagnostic::error("unknown-version", "this version of the format is not known")
                .at(node.span, "")
                .help("write `version: 1`"),
        );
        None
    }
}
