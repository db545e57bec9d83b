//! Writing text as a quoted HCL string, so that Terraform reads exactly that text.
//!
//! Three facts decide the escapes. `${` and `%{` start a template and are written `$${` and `%%{`;
//! a `$` or `%` just before one of those, or just before an interpolation that follows the text,
//! would change what it means (`"cost$${local.a}"` is a literal) and is written as `\u0024` or
//! `\u0025`. Line breaks may not stand in quotes. Control characters are written as `\uXXXX`, which
//! Terraform keeps, U+0000 too. And Terraform turns every string into Unicode
//! NFC: text that is not NFC cannot be written so that it survives.

use std::fmt::Write as _;

/// Appends `text` as it stands between the quotes of a string.
///
/// `before_interpolation` says that `${…}` or `%{…}` is written directly after it.
pub fn escape_into(out: &mut String, text: &str, before_interpolation: bool) {
    out.reserve(text.len());
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let replacement = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'$' | b'%' => match marker(text, at, byte, before_interpolation) {
                Some(replacement) => replacement,
                None => continue,
            },
            0..=0x1f | 0x7f => "",
            // A control character of two bytes, U+0080 to U+009F, whose first is always C2.
            0xc2 if matches!(text.as_bytes().get(at + 1), Some(0x80..=0x9f)) => "",
            _ => continue,
        };
        out.push_str(text.get(plain_from..at).unwrap_or_default());
        plain_from = at + 1;
        if replacement.is_empty() {
            let control = text
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .unwrap_or_default();
            plain_from = at + control.len_utf8();
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04X}", u32::from(control));
        } else {
            out.push_str(replacement);
        }
    }
    out.push_str(text.get(plain_from..).unwrap_or_default());
}

/// How the `$` or `%` at `at` is written; `None` for as it is.
fn marker(text: &str, at: usize, byte: u8, before_interpolation: bool) -> Option<&'static str> {
    let numbered = if byte == b'$' { "\\u0024" } else { "\\u0025" };
    match text.as_bytes().get(at + 1..).unwrap_or_default() {
        [] if before_interpolation => Some(numbered),
        [b'{', ..] => Some(if byte == b'$' { "$$" } else { "%%" }),
        [b'$' | b'%', b'{', ..] => Some(numbered),
        _ => None,
    }
}

/// A complete quoted string.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape_into(&mut out, text, false);
    out.push('"');
    out
}
