//! Scalars without quotes, as CloudFormation, which reads YAML 1.1, takes them.
//!
//! Source: CloudFormation user guide, "Template format": YAML 1.1 without the tags binary, omap, pairs, set and
//! timestamp, aliases and hash merges; YAML 1.1, "Language-independent types".

use crate::iam::Text;
use crate::iam::value::{ValueKind, whole_number};
use crate::source::Span;
use crate::yaml::{Resolved, Scalar, is_uncertain};

/// What becomes of a scalar.
pub(super) enum Reading {
    /// Every reader takes it so.
    Certain(ValueKind),
    /// CloudFormation takes it so, others may not.
    Loose(ValueKind, String),
    /// Nobody can tell, and why.
    Doubtful(String),
}

/// Reads a scalar.
pub(super) fn read(span: Span, scalar: &Scalar) -> Reading {
    let text = &*scalar.text;
    let literal = || ValueKind::Text(Text::literal(text));
    match scalar.resolved() {
        Resolved::Bool(value) => Reading::Certain(ValueKind::Bool(value)),
        Resolved::Null => Reading::Certain(ValueKind::Null),
        Resolved::Integer | Resolved::Float => match whole_number(span, text) {
            Ok(digits) => Reading::Certain(ValueKind::Number(digits)),
            Err(why) => other_number(text, why.message),
        },
        Resolved::Text if !(scalar.plain && is_uncertain(text)) => Reading::Certain(literal()),
        Resolved::Text => {
            let why = format!("YAML 1.1 reads `{text}` as more than text; quote it");
            match text {
                "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
                    Reading::Loose(ValueKind::Bool(true), why)
                }
                "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
                    Reading::Loose(ValueKind::Bool(false), why)
                }
                "=" | "<<" => Reading::Doubtful(why),
                // Numbers to base 2 and 60 and with underscores.
                _ if text.contains(['_', ':']) || text.contains("0b") => Reading::Doubtful(why),
                _ => Reading::Loose(literal(), why),
            }
        }
    }
}

/// A number whose digits are not what they seem.
fn other_number(text: &str, why: String) -> Reading {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let number = |radix, digits| {
        let number = u64::from_str_radix(digits, radix).ok();
        number.map(|number| ValueKind::Number(format!("{sign}{number}")))
    };
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let kind = if let Some(digits) = digits.strip_prefix("0x") {
        number(16, digits)
    } else if digits.starts_with("0o") {
        // YAML 1.2's notation, which 1.1 takes for text.
        Some(ValueKind::Text(Text::literal(text)))
    } else if !is_decimal {
        Some(ValueKind::Number(text.to_owned()))
    } else if !digits.starts_with('0') || digits == "0" {
        number(10, digits)
    } else if digits.bytes().all(|byte| byte < b'8') {
        number(8, digits)
    } else {
        // An account id such as 098765432109: neither octal nor decimal.
        Some(ValueKind::Text(Text::literal(text)))
    };
    match kind {
        Some(kind) => Reading::Loose(kind, why),
        None => Reading::Doubtful(why),
    }
}
