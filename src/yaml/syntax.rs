//! Syntax errors: the parser's words, turned into what a person can act upon.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

use super::problem;

/// Whether the parser stopped at a character that YAML forbids.
pub(super) fn is_control_character(error: &ScanError) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedCharacter { character } if problem::is_forbidden(*character))
}

/// The one diagnostic for a text that is no YAML.
pub(super) fn diagnose(file: FileId, text: &str, error: &ScanError) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
    if is_about_tabs(error.kind())
        && let Some(range) = tab_indentation(text, offset)
    {
        return tab(Span::new(file, range));
    }
    let at = text.get(offset..).and_then(|rest| rest.chars().next());
    let length = at.map_or(0, |character| match character {
        '\n' | '\r' => 0,
        _ => character.len_utf8(),
    });
    let span = Span::new(file, offset..offset + length);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return problem::too_deep(span);
    }
    let (message, mut help) = explain(error.kind(), at);
    if let Some(advice) = quoting_advice(text, offset) {
        help = advice;
    }
    Diagnostic::error("yaml-syntax", message)
        .at(span, "not valid YAML from here on")
        .help(help)
}

/// The complaint about a tab that indents.
pub(super) fn tab(span: Span) -> Diagnostic {
    Diagnostic::error("tab-indentation", "a tab cannot indent YAML")
        .at(span, "tab")
        .help("indent with spaces")
}

/// The white space before an offset, if it reaches to the start of the line and has a tab in it.
pub(super) fn tab_before(text: &str, offset: usize) -> Option<Range<usize>> {
    let before = text.get(..offset)?;
    let indentation = before.len() - before.trim_end_matches([' ', '\t']).len();
    let start = offset - indentation;
    let begins_line = start == 0 || text.get(..start)?.ends_with(['\n', '\r', '\u{feff}']);
    (begins_line && text.get(start..offset)?.contains('\t')).then_some(start..offset)
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
            | ErrorKind::InvalidIndentation
    )
}

/// The indentation with a tab in it on the line of an offset or on the next one: the parser stops
/// before the line break in front of the tab.
fn tab_indentation(text: &str, offset: usize) -> Option<Range<usize>> {
    let mut start = text
        .get(..offset)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    for line in text.get(start..)?.split_inclusive('\n').take(2) {
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line.get(..indentation)?.contains('\t') {
            return Some(start..start + indentation);
        }
        start += line.len();
    }
    None
}

/// Advice for a text that begins with a character that has a meaning of its own in YAML, which is
/// behind most syntax errors of people who mean text.
fn quoting_advice(text: &str, offset: usize) -> Option<String> {
    let start = text
        .get(..offset)?
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    let mut value = line.trim();
    while let Some(item) = value.strip_prefix("- ") {
        value = item.trim_start();
    }
    if let Some((_, after)) = value.split_once(": ") {
        value = after.trim_start();
    }
    match value.chars().next()? {
        '`' => Some("put text that starts with a backtick in quotes".to_owned()),
        first @ ('*' | '&' | '!' | '%' | '@' | ',') => {
            Some(format!("put text that starts with `{first}` in quotes"))
        }
        '{' if starts_with_placeholder(value) => {
            Some("put text that starts with a placeholder in double quotes".to_owned())
        }
        _ => None,
    }
}

/// Whether a text starts with `{name}`.
fn starts_with_placeholder(text: &str) -> bool {
    text.strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
}

/// Message and advice.
fn explain(kind: &ErrorKind, at: Option<char>) -> (String, String) {
    let (message, help) = match kind {
        ErrorKind::UnclosedQuotedScalar => (
            "a quotation mark is never closed",
            "add the closing quotation mark; in single quotes write `''` for an apostrophe",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text follows a closing quotation mark",
            "put the whole text in quotes; write `\\\"` in double quotes, `''` in single quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "this text has an escape that YAML does not know",
            "write `\\\\` for a backslash, or use single quotes, which know no escapes",
        ),
        ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => (
            "this text has a broken escape of a character",
            "write `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN` with hexadecimal digits of a character",
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => (
            "`---` or `...` starts a line of a text in quotes",
            "close the quotation mark above, or indent this line",
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            "a text in quotes goes on with too little indentation",
            "indent its further lines more than its key, or close the quotation mark above",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (
                format!("`{open}` is closed by `{close}`"),
                "make the two brackets match".to_owned(),
            );
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return (
                format!("`{open}` is never closed"),
                "add the closing bracket".to_owned(),
            );
        }
        ErrorKind::MisplacedFlowCollectionEnd => (
            "a bracket is closed that was never opened",
            "remove the bracket, or put the text in quotes",
        ),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEof
        | ErrorKind::ExpectedNodeContent => match at {
            Some(found) => {
                return (
                    format!("expected a value, found `{}`", found.escape_debug()),
                    "write the value, or remove what is too much".to_owned(),
                );
            }
            None => (
                "the file ends in the middle of a value",
                "complete the value; a bracket or a quotation mark may be missing",
            ),
        },
        ErrorKind::ExpectedFlowSequenceSeparator => (
            "expected `,` or `]`",
            "separate items with `,` and close the list with `]`",
        ),
        ErrorKind::ExpectedFlowMappingSeparator => (
            "expected `,` or `}`",
            "separate entries with `,` and close the mapping with `}`",
        ),
        ErrorKind::InvalidColonPlacement | ErrorKind::FlowMappingValueAdjacentCollection => (
            "`:` is out of place",
            "close the bracket above first, or put text that contains `:` in quotes",
        ),
        ErrorKind::InvalidFlowScalarIndent => (
            "a line between brackets has too little indentation",
            "close the bracket above, or indent this line",
        ),
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => (
            "`:` is not allowed here",
            "put text that contains `: ` in quotes; start every key on its own line, indented like its neighbours",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "expected `:` after a key on this line",
            "write `key: value`; a line that goes on with the text above must be indented; a key has at most 1024 characters",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => (
            "expected a key, indented like the keys before it",
            "make the indentation match, or put the text in quotes",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "expected `- ` like the items before it",
            "start the item with `- `, or indent the line as a part of the item above",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::BlockEntryInFlowCollection => (
            "a list item cannot start here",
            "start every item on its own line with `- `; put text that starts with `- ` in quotes",
        ),
        ErrorKind::InvalidBlockEntryWhitespace | ErrorKind::InvalidMappingValueWhitespace => (
            "a tab cannot separate an indicator from its value",
            "write one space after `-` or `:`",
        ),
        ErrorKind::MissingAnchorOrAliasName => (
            "`*` and `&` stand for aliases and anchors",
            "put text that starts with `*` or `&` in quotes",
        ),
        ErrorKind::UnexpectedCharacter { character } => {
            let character = match character {
                '`' => "a backtick".to_owned(),
                _ => format!("`{}`", character.escape_debug()),
            };
            return (
                format!("text cannot start with {character}"),
                "put the text in quotes".to_owned(),
            );
        }
        ErrorKind::PlainScalarStartsWithDashFlowIndicator => (
            "text cannot start with `-` and a bracket or comma",
            "put the text in quotes",
        ),
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => (
            "this line does not belong to the document above",
            "make its indentation match that of the first line",
        ),
        ErrorKind::CommentInterceptedScalar => (
            "a comment stands in the middle of a text of several lines",
            "move the comment above the text",
        ),
        ErrorKind::CommentNotSeparated => (
            "a comment needs a space before `#`",
            "write a space before `#`, or put text that contains `#` in quotes",
        ),
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => (
            "the text after `|` or `>` must start on the next line",
            "move it to the next line and indent it; where `|` or `>` is meant, use quotes",
        ),
        ErrorKind::InvalidBlockScalarIndent => (
            "a line of this block of text has the wrong indentation",
            "indent all lines of the block at least as far as its first",
        ),
        ErrorKind::BomInsideDocument => (
            "a byte order mark stands in the middle of the text",
            "remove the invisible character U+FEFF",
        ),
        ErrorKind::UndeclaredTagHandle => (
            "a tag has a prefix that is not declared",
            "put text that starts with `!` in quotes",
        ),
        kind if is_about_tabs(kind) => ("a tab is not allowed here", "write spaces"),
        other => {
            return (
                format!("this is not valid YAML: {other}"),
                "put the text in quotes if it has characters with a meaning in YAML".to_owned(),
            );
        }
    };
    (message.to_owned(), help.to_owned())
}
