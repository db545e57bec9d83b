//! Writing scalars that every reader reads as the same text.
//!
//! Readers disagree: for YAML 1.1 (PyYAML, CloudFormation) `2012-10-17` is a date, `yes` a
//! boolean, `1:30` a number in base 60, `=` and `<<` are special; for YAML 1.2 none of them is,
//! but `0o7` is a number. Text is therefore written without quotes only where no reader can take
//! it for anything else, and in double quotes otherwise.
//!
//! A key that is longer than 1024 characters as written cannot be read back, because YAML limits
//! keys before a `:` to that length.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A complete YAML scalar on one line, for use as a value or a key, in block or flow style.
///
/// Text of letters, digits and common punctuation that starts with a letter, `/` or `_` stays as
/// it is (`kms:ReEncrypt*`, `AWS::KMS::Key`, `alias/audit`); all other text is double-quoted.
#[must_use]
pub fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(double_quoted(text))
    }
}

/// A double-quoted scalar on one line.
///
/// Escaped are quotes, backslashes, control characters, line and paragraph separators, the byte
/// order mark, non-characters, and the controls of text direction, which would make the line look
/// like another one. All other characters, emoji among them, stay as they are.
#[must_use]
pub fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if needs_code(character) => push_code(&mut quoted, character),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Adds the escape of a character by its number.
pub(super) fn push_code(text: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a string cannot fail.
    let _ = if code <= 0xffff {
        write!(text, "\\u{code:04X}")
    } else {
        write!(text, "\\U{code:08X}")
    };
}

/// Whether a character may not stand in a line as it is.
fn needs_code(character: char) -> bool {
    match character {
        '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        // Controls of text direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        // Non-characters: U+FDD0..U+FDEF and the last two of every plane.
        '\u{fdd0}'..='\u{fdef}' => true,
        _ => character.is_control() || u32::from(character) & 0xfffe == 0xfffe,
    }
}

/// Words that YAML 1.1 or 1.2 reads as a boolean or as nothing, in whatever case.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

fn is_plain(text: &str) -> bool {
    let starts_well = text
        .chars()
        .next()
        .is_some_and(|first| matches!(first, '/' | '_') || is_letter(first));
    starts_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && text.chars().all(is_plain_character)
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic() || (!character.is_ascii() && character.is_alphabetic())
}

/// Characters that mean nothing in the middle of a plain scalar, not even between brackets.
fn is_plain_character(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric()
            || matches!(
                character,
                ' ' | '-'
                    | '_'
                    | '.'
                    | '/'
                    | ':'
                    | '*'
                    | '@'
                    | '+'
                    | '='
                    | '('
                    | ')'
                    | '$'
                    | '%'
                    | ';'
                    | '!'
                    | '&'
                    | '\''
                    | '<'
                    | '>'
                    | '~'
                    | '^'
                    | '|'
            )
    } else {
        !character.is_whitespace() && !needs_code(character)
    }
}
