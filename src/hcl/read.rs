//! Reading HCL: the tree of `hcl-edit` with its places, and what it lacks to agree with Terraform.
//!
//! Texts of strings come from [`parts`], never from the tree itself: only there they are what
//! Terraform makes of them.

use std::borrow::Cow;

use hcl_edit::expr::{Expression, Object, ObjectKey, TraversalOperator};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body};
use hcl_edit::template::{Element, Strip};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::heredoc::Heredocs;
use super::token::{Kind, Tokens};
use crate::diag::Diagnostic;
use crate::source::{FileId, Span};

/// Brackets, braces and templates within each other; policies need about ten.
const MAX_DEPTH: i32 = 60;

/// Parses a file.
///
/// # Errors
///
/// Text that is not HCL, attributes set twice, line breaks in quoted strings (which Terraform
/// refuses), nesting deeper than 60 brackets, and heredocs that are empty or hold a line that
/// starts with their closing name.
#[allow(
    clippy::result_large_err,
    reason = "it ends the file, so its size costs nothing"
)]
pub fn parse(file: FileId, text: &str) -> Result<Body, Diagnostic> {
    // Terraform skips a byte order mark; blanks of the same length keep every place.
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {rest}")),
        None => Cow::Borrowed(text),
    };
    let heredocs = scan(file, &text)?;
    let mut body = parse_body(&text).map_err(|error| {
        let start = text.floor_char_boundary(error.location().offset());
        let length = text
            .get(start..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        Diagnostic::error("hcl-syntax", format!("not valid HCL: {}", error.message()))
            .at(Span::new(file, start..start + length), "here")
    })?;
    heredocs.correct(&text, &mut body).map_err(|place| {
        Diagnostic::error("hcl-heredoc", "this heredoc has no certain end")
            .at(Span::new(file, place), "")
            .help("a heredoc needs text, and no line of it may start with its closing name")
    })?;
    Ok(body)
}

/// Refuses what `hcl-edit` takes and Terraform does not, and what would nest too deep to walk.
#[allow(
    clippy::result_large_err,
    reason = "it ends the file, so its size costs nothing"
)]
fn scan(file: FileId, text: &str) -> Result<Heredocs, Diagnostic> {
    let mut depth = 0;
    let mut heredocs = Heredocs::default();
    for token in Tokens::new(text) {
        let span = Span::new(file, token.start..token.end);
        if token.kind == Kind::QuotedNewline {
            let message = "a quoted string goes over a line break";
            return Err(Diagnostic::error("hcl-line-break-in-string", message)
                .at(span, "the string must end before this")
                .help("write `\\n` for a line break, or use a heredoc"));
        }
        depth += token.kind.depth_change();
        if depth > MAX_DEPTH {
            return Err(
                Diagnostic::error("hcl-too-deep", "brackets are nested too deep")
                    .at(span, format!("this is level {depth}"))
                    .help(format!("at most {MAX_DEPTH} levels are read")),
            );
        }
        heredocs.push(text, token);
    }
    Ok(heredocs)
}

/// The place of a node; the start of the file for a node that was not parsed.
pub fn span(file: FileId, node: &impl hcl_edit::Span) -> Span {
    Span::new(file, node.span().unwrap_or(0..0))
}

/// The attribute of a body with this name.
#[must_use]
pub fn attribute<'b>(body: &'b Body, name: &str) -> Option<&'b Attribute> {
    body.get_attribute(name)
}

/// The blocks of a body, in order.
pub fn blocks(body: &Body) -> impl Iterator<Item = &Block> {
    body.iter().filter_map(|structure| structure.as_block())
}

/// The labels of a block: `aws_kms_key` and `main` of `resource "aws_kms_key" "main"`.
#[must_use]
pub fn labels(block: &Block) -> Vec<&str> {
    block.labels.iter().map(BlockLabel::as_str).collect()
}

/// The value behind parentheses.
#[must_use]
pub fn unparenthesized(mut expr: &Expression) -> &Expression {
    while let Expression::Parenthesis(inner) = expr {
        expr = inner.inner();
    }
    expr
}

/// A piece of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'e> {
    /// Text, exactly as Terraform reads it.
    Literal(Cow<'e, str>),
    /// The expression of `${…}`.
    Interpolation(&'e Expression),
    /// What depends on more than values: `%{…}`, or `${~ … ~}` which trims its neighbours.
    Directive,
}

/// The pieces of a quoted string or heredoc, in order; `None` for any other expression.
///
/// The empty string has no pieces. Whoever joins pieces with values brings the whole to NFC again.
#[must_use]
pub fn parts(expr: &Expression) -> Option<Vec<Part<'_>>> {
    match unparenthesized(expr) {
        Expression::String(text) if text.is_empty() => Some(Vec::new()),
        Expression::String(text) => Some(vec![Part::Literal(nfc(text))]),
        Expression::StringTemplate(template) => Some(template.iter().map(part).collect()),
        Expression::HeredocTemplate(heredoc) => Some(heredoc.template.iter().map(part).collect()),
        _ => None,
    }
}

fn part(element: &Element) -> Part<'_> {
    match element {
        Element::Literal(text) => Part::Literal(nfc(text)),
        Element::Interpolation(inner) if inner.strip == Strip::None => {
            Part::Interpolation(&inner.expr)
        }
        Element::Interpolation(_) | Element::Directive(_) => Part::Directive,
    }
}

/// Terraform turns every string into NFC.
fn nfc(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

/// The text of a string without interpolations.
#[must_use]
pub fn literal(expr: &Expression) -> Option<Cow<'_, str>> {
    let mut parts = parts(expr)?.into_iter();
    match (parts.next(), parts.next()) {
        (None, _) => Some(Cow::Borrowed("")),
        (Some(Part::Literal(text)), None) => Some(text),
        _ => None,
    }
}

/// The names of a reference: `data`, `aws_region`, `current`, `name` of
/// `data.aws_region.current.name`. `None` for anything else, also for `a[0]` and `a.*`.
#[must_use]
pub fn path(expr: &Expression) -> Option<Vec<&str>> {
    match unparenthesized(expr) {
        Expression::Variable(name) => Some(vec![name.as_str()]),
        Expression::Traversal(traversal) => {
            let Expression::Variable(root) = &traversal.expr else {
                return None;
            };
            let names = traversal
                .operators
                .iter()
                .map(|operator| match operator.value() {
                    TraversalOperator::GetAttr(name) => Some(name.as_str()),
                    _ => None,
                });
            std::iter::once(Some(root.as_str())).chain(names).collect()
        }
        _ => None,
    }
}

/// The items of an object: key and value, in order. Of equal keys Terraform takes the last.
pub fn items(object: &Object) -> impl Iterator<Item = (&ObjectKey, &Expression)> {
    object.iter().map(|(key, value)| (key, value.expr()))
}

/// The text of a key that is a name or a string without interpolations.
#[must_use]
pub fn key_text(key: &ObjectKey) -> Option<Cow<'_, str>> {
    match key {
        ObjectKey::Ident(name) => Some(nfc(name.as_str())),
        ObjectKey::Expression(expr) => literal(expr),
    }
}
