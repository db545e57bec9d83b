//! What a plain scalar means: the core schema of YAML 1.2 (chapter 10.3 of its specification).

/// What YAML 1.2's core schema makes of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// Left out, `~`, `null`, `Null` or `NULL`.
    Null,
    /// `true` or `false`, also with a capital or in capitals. Not `yes`, `no`, `on`, `off`.
    Bool(bool),
    /// A whole number: decimal, `0o…` or `0x…`.
    Integer,
    /// Any other number, with `.inf` and `.nan`.
    Float,
    /// Everything else.
    Text,
}

/// The meaning of a plain scalar.
pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        _ => number(text),
    }
}

/// Whether text without quotes is more than text for some reader of YAML 1.1: `yes`, `1:30`, `1_000`, `0b1`, `=`.
/// Errs on the side of caution, except for the date that is the version of IAM policies, which CloudFormation and its
/// documentation take without quotes.
///
/// Source: YAML 1.1, "Language-independent types" (bool, int, float, timestamp, value, merge).
#[must_use]
pub fn is_uncertain(text: &str) -> bool {
    const WORDS: [&str; 8] = ["yes", "no", "on", "off", "y", "n", "=", "<<"];
    let numeric = |c: char| c.is_ascii_hexdigit() || "xXoOtTzZ_:.+- ".contains(c);
    let starts_as_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || (starts_as_number && text.chars().all(numeric) && text != "2012-10-17")
}

fn number(text: &str) -> Resolved {
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, |byte| byte.is_ascii_hexdigit());
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Resolved::Float,
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Resolved::Float,
        _ => {}
    }
    let (whole, rest) = digits(unsigned);
    if rest.is_empty() {
        return if whole > 0 {
            Resolved::Integer
        } else {
            Resolved::Text
        };
    }
    let (fraction, rest) = rest.strip_prefix('.').map_or((0, rest), digits);
    if whole + fraction == 0 {
        return Resolved::Text;
    }
    let complete = match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let (count, rest) = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
            count > 0 && rest.is_empty()
        }
    };
    if complete {
        Resolved::Float
    } else {
        Resolved::Text
    }
}

fn radix(digits: &str, allowed: impl Fn(u8) -> bool) -> Resolved {
    if !digits.is_empty() && digits.bytes().all(allowed) {
        Resolved::Integer
    } else {
        Resolved::Text
    }
}

/// How many decimal digits a text starts with, and what follows them.
fn digits(text: &str) -> (usize, &str) {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_digit());
    (text.len() - rest.len(), rest)
}
