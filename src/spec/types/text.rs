//! Text as every YAML reader understands it.

use serde_json::{Value, json};

use crate::diag::Diagnostic;
use crate::spec::field::{Decoder, FieldType};
use crate::yaml::{Node, NodeKind, Resolved};

/// What to do about something that is no text: a placeholder without quotes is a mapping in YAML.
pub(super) fn text_help(node: &Node) -> String {
    let placeholder = match node.as_mapping() {
        Some([entry]) if entry.value.is_null() => Some(entry.name()),
        _ => None,
    };
    match placeholder {
        Some(name) => format!("put a placeholder in quotes: \"{{{name}}}\""),
        None => "write one text, in quotes if it starts with `[` or `{`".to_owned(),
    }
}

/// The scalar of a node that is text as every YAML reader understands it.
pub(super) fn text<'n>(node: &'n Node, expected: &str, decoder: &mut Decoder) -> Option<&'n str> {
    let NodeKind::Scalar(scalar) = &node.kind else {
        decoder.wrong_type(node, expected, text_help(node));
        return None;
    };
    if scalar.resolved() == Resolved::Text {
        return Some(&scalar.text);
    }
    let diagnostic = Diagnostic::error(
        "wrong-type",
        format!("expected {expected}, found {}", node.describe()),
    )
    .at(node.span, "");
    decoder.report(if scalar.text.is_empty() {
        diagnostic.help("write the value after the colon")
    } else {
        diagnostic.help(format!("quote it to make it text: \"{}\"", scalar.text))
    });
    None
}

/// What to do about a text that is too long.
pub(super) const SHORTEN: &str = "shorten it";

/// Text, with length limits in characters and no control characters but tab and line ends.
pub(super) fn bounded_text(
    node: &Node,
    expected: &str,
    (shortest, longest): (usize, usize),
    decoder: &mut Decoder,
) -> Option<String> {
    let text = text(node, expected, decoder)?;
    let length = text.chars().count();
    if length < shortest || (shortest > 0 && text.trim().is_empty()) {
        decoder.report(
            Diagnostic::error("empty-text", format!("{expected} must not be empty"))
                .at(node.span, "")
                .help("write it between the quotes, or remove the field if it may be left out"),
        );
        return None;
    }
    if length > longest {
        decoder.report(
            Diagnostic::error(
                "too-long",
                format!("{expected} is {length} characters long, {longest} are allowed"),
            )
            .at(node.span, "")
            .help(SHORTEN),
        );
        return None;
    }
    if let Some(control) = text
        .chars()
        .find(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
    {
        decoder.report(
            Diagnostic::error(
                "control-character",
                format!(
                    "{expected} holds the control character U+{:04X}",
                    u32::from(control)
                ),
            )
            .at(node.span, "")
            .help("remove it: AWS would store it, and nobody would see it"),
        );
        return None;
    }
    Some(text.to_owned())
}

/// Free text: a purpose, a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<const LONGEST: usize>(pub String);

impl<const LONGEST: usize> FieldType for Literal<LONGEST> {
    fn describe() -> String {
        "text".to_owned()
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": LONGEST})
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        bounded_text(node, "text", (1, LONGEST), decoder).map(Self)
    }
}
