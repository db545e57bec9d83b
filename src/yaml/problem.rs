//! What YAML allows and keywright does not, in words.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

use super::emit;
use super::load::MAX_DEPTH;
use super::node::{Node, NodeKind};

/// How much of a user's text a message quotes.
const QUOTED: usize = 60;

/// After so many control characters the file is no text, and more of the same helps nobody.
const MAX_CONTROL_CHARACTERS: usize = 100;

/// Whether YAML forbids a character outside of escapes (its `c-printable`).
pub(super) fn is_forbidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_control(),
    }
}

/// Complains about each character that YAML forbids.
pub(super) fn control_characters(file: FileId, text: &str) -> Vec<Diagnostic> {
    // Nearly every file passes this scan of bytes, which is far faster than one of characters.
    let suspicious = |byte: &u8| match byte {
        b'\t' | b'\n' | b'\r' => false,
        // The first bytes of U+0080..U+00BF and of U+F000..U+FFFF.
        _ => *byte < b' ' || matches!(byte, 0x7f | 0xc2 | 0xef),
    };
    if !text.as_bytes().iter().any(suspicious) {
        return Vec::new();
    }
    text.char_indices()
        .filter(|(_, character)| is_forbidden(*character))
        .take(MAX_CONTROL_CHARACTERS)
        .map(|(offset, character)| {
            let code = u32::from(character);
            let span = Span::new(file, offset..offset + character.len_utf8());
            Diagnostic::error(
                "control-character",
                format!("the control character U+{code:04X} cannot be written in YAML"),
            )
            .at(span, "here")
            .help(format!(
                "remove it; where it is meant, write `\\u{code:04X}` in double quotes"
            ))
        })
        .collect()
}

pub(super) fn second_document(span: Span) -> Diagnostic {
    Diagnostic::error("second-document", "a second document starts here")
        .at(span, "everything from here on would be ignored")
        .help("keep one document in a file: move the rest to a file of its own, or remove `---`")
}

pub(super) fn tag(span: Span, tag: &str) -> Diagnostic {
    let tag = excerpt(tag);
    Diagnostic::error("tag", format!("the tag `{tag}` is not allowed here"))
        .at(span, "tag")
        .help(format!(
            "remove it; where `{tag}` starts a text, put the text in quotes"
        ))
}

pub(super) fn anchor(span: Span, anchor: &str) -> Diagnostic {
    let anchor = excerpt(anchor);
    Diagnostic::error("anchor", format!("the anchor `{anchor}` is not allowed"))
        .at(span, "anchor")
        .help(format!(
            "remove it; where `{anchor}` starts a text, put the text in quotes"
        ))
}

pub(super) fn alias(span: Span, alias: &str) -> Diagnostic {
    let alias = excerpt(alias);
    Diagnostic::error("alias", format!("the alias `{alias}` is not allowed"))
        .at(span, "alias of an anchor")
        .help(format!(
            "repeat the value here; where the text `{alias}` is meant, put it in quotes: \"{alias}\""
        ))
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        "too-deep",
        format!("lists and mappings nest deeper than {MAX_DEPTH} levels"),
    )
    .at(span, format!("level {}", MAX_DEPTH + 1))
    .help("flatten the structure; the rest of the file was not read")
}

pub(super) fn duplicate_key(key: &Node, first: &Node) -> Diagnostic {
    let name = excerpt(key.text().unwrap_or_default());
    Diagnostic::error(
        "duplicate-key",
        format!("the key `{name}` is written twice in one mapping"),
    )
    .at(key.span, "second time")
    .also(first.span, "first time")
    .help("keep one of the two, or rename one")
}

/// What is wrong with a key, if anything.
pub(super) fn bad_key(key: &Node) -> Option<Diagnostic> {
    let scalar = match &key.kind {
        NodeKind::Scalar(scalar) => scalar,
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => {
            return Some(
                Diagnostic::error(
                    "key-not-text",
                    format!("{} cannot be a key", key.describe()),
                )
                .at(key.span, "this key must be text")
                .help("put a key that starts with `{` or `[` in quotes"),
            );
        }
    };
    if !scalar.plain {
        return None;
    }
    match &*scalar.text {
        "<<" => Some(
            Diagnostic::error("merge-key", "the merge key `<<` is not allowed")
                .at(key.span, "merge key")
                .help("write the merged keys out"),
        ),
        "" => Some(
            Diagnostic::error("empty-key", "a key is missing before `:`")
                .at(key.span, "expected a key")
                .help("write a name before `:`, or remove the line"),
        ),
        _ => None,
    }
}

/// Complains about text that is not in Unicode NFC: Terraform would normalise it, CloudFormation
/// would not, and two texts that look alike would differ.
pub(super) fn not_nfc(span: Span, text: &str) -> Option<Diagnostic> {
    if is_nfc(text) {
        return None;
    }
    // Shows the text around the first difference.
    let same = text
        .chars()
        .zip(text.nfc())
        .take_while(|(written, normal)| written == normal)
        .count();
    let normal: String = text
        .nfc()
        .skip(same.saturating_sub(20))
        .take(QUOTED)
        .collect();
    let mut escaped = String::new();
    for character in normal.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            emit::push_code(&mut escaped, character);
        }
    }
    Some(
        Diagnostic::error(
            "not-nfc",
            "text is not in Unicode normalization form NFC, so tools would disagree about it",
        )
        .at(span, "decomposed characters")
        .help(format!("write its NFC form: `{normal}` (`{escaped}`)")),
    )
}

/// A user's text, cut to what a message can hold.
fn excerpt(text: &str) -> String {
    let mut characters = text.chars();
    let mut excerpt: String = characters.by_ref().take(QUOTED).collect();
    if characters.next().is_some() {
        excerpt.push('…');
    }
    excerpt
}
