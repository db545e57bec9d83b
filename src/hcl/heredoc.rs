//! The text of heredocs as Terraform reads it.
//!
//! `hcl-edit` differs in two ways: it looks for the closing name elsewhere (Terraform wants it
//! alone on a line, also on the first), and it takes the indentation off `<<-` by other rules. So
//! the texts of its tree are replaced by those of Terraform, and where the two disagree about the
//! end of a heredoc the file is refused.

use std::collections::HashMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use hcl_edit::template::{Element, HeredocTemplate, Strip};
use hcl_edit::visit_mut::{VisitMut, visit_expr_mut};
use unicode_segmentation::UnicodeSegmentation as _;

use super::token::{Kind, Token};

/// A heredoc as the scanner sees it.
#[derive(Debug)]
struct Heredoc {
    start: usize,
    end: usize,
    /// `<<-`: common indentation is taken off.
    flush: bool,
    /// Literal text by line or less, and `None` for what is computed.
    pieces: Vec<Option<Range<usize>>>,
    /// Templates and quotes open around its text.
    depth: usize,
}

/// Gathers the heredocs of a text from its tokens.
#[derive(Debug, Default)]
pub(super) struct Heredocs {
    open: Vec<Heredoc>,
    closed: HashMap<usize, Heredoc>,
    depth: usize,
}

impl Heredocs {
    /// Takes the next token.
    pub(super) fn push(&mut self, text: &str, token: Token) {
        match token.kind {
            Kind::HeredocStart => {
                self.depth += 1;
                self.open.push(Heredoc {
                    start: token.start,
                    end: token.end,
                    flush: text.as_bytes().get(token.start + 2) == Some(&b'-'),
                    pieces: Vec::new(),
                    depth: self.depth,
                });
            }
            Kind::HeredocEnd => {
                self.depth -= 1;
                if let Some(mut heredoc) = self.open.pop() {
                    heredoc.end = token.end;
                    self.closed.insert(heredoc.start, heredoc);
                }
            }
            Kind::OpenQuote => self.depth += 1,
            Kind::CloseQuote | Kind::TemplateEnd => self.depth -= 1,
            Kind::TemplateStart => {
                self.piece(None);
                self.depth += 1;
            }
            Kind::Literal => self.piece(Some(token.start..token.end)),
            _ => {}
        }
    }

    fn piece(&mut self, piece: Option<Range<usize>>) {
        if let Some(heredoc) = self
            .open
            .last_mut()
            .filter(|heredoc| heredoc.depth == self.depth)
        {
            heredoc.pieces.push(piece);
        }
    }

    /// Puts Terraform's texts into a tree; the place of a heredoc that cannot be read is an error.
    pub(super) fn correct(self, text: &str, body: &mut Body) -> Result<(), Range<usize>> {
        if self.closed.is_empty() && self.open.is_empty() {
            return Ok(());
        }
        let mut correction = Correction {
            text,
            heredocs: self.closed,
            refused: None,
        };
        correction.visit_body_mut(body);
        correction.refused.map_or(Ok(()), Err)
    }
}

#[derive(Debug)]
struct Correction<'t> {
    text: &'t str,
    heredocs: HashMap<usize, Heredoc>,
    refused: Option<Range<usize>>,
}

impl VisitMut for Correction<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expression) {
        if let Expression::HeredocTemplate(template) = expr {
            let span = template.span().unwrap_or_default();
            let known = self
                .heredocs
                .get(&span.start)
                .filter(|known| known.end == span.end);
            if !known.is_some_and(|known| known.correct(self.text, template)) {
                self.refused.get_or_insert(span);
            }
        }
        visit_expr_mut(self, expr);
    }
}

impl Heredoc {
    /// Sets the texts of the literals; false where the tree has others.
    fn correct(&self, text: &str, template: &mut HeredocTemplate) -> bool {
        let plain = |element: &Element| match element {
            Element::Literal(_) => true,
            Element::Interpolation(inner) => inner.strip == Strip::None,
            Element::Directive(_) => false,
        };
        // With directives the text depends on more than its letters, and nobody reads it.
        if !template.template.iter().all(plain) {
            return true;
        }
        let mut pieces: Vec<Option<String>> = self
            .pieces
            .iter()
            .map(|piece| {
                piece
                    .clone()
                    .map(|range| unescape(text.get(range).unwrap_or_default()))
            })
            .collect();
        if self.flush {
            flush(&mut pieces);
        }
        // Terraform joins neighbouring literals, as the tree does.
        let texts: Vec<Option<String>> = pieces
            .chunk_by(|one, next| one.is_some() && next.is_some())
            .map(|chunk| chunk.iter().cloned().collect())
            .collect();
        texts.len() == template.template.len()
            && texts
                .into_iter()
                .zip(template.template.iter_mut())
                .all(|pair| match pair {
                    (Some(text), Element::Literal(literal)) => {
                        *literal.value_mut() = text;
                        true
                    }
                    (None, Element::Interpolation(_)) => true,
                    _ => false,
                })
    }
}

/// Heredocs know no backslashes.
fn unescape(piece: &str) -> String {
    match piece {
        "$${" | "%%{" => piece.chars().skip(1).collect(),
        _ => piece.to_owned(),
    }
}

/// Takes the common indentation off the lines, counted in grapheme clusters of white space; blank
/// lines neither count nor change.
fn flush(pieces: &mut [Option<String>]) {
    let mut indent = usize::MAX;
    let mut line_start = true;
    let mut starts = Vec::new();
    for piece in pieces.iter_mut() {
        let ends_line = piece.as_ref().is_some_and(|text| text.ends_with('\n'));
        if line_start {
            match piece {
                None => indent = 0,
                Some(text) if text.trim_start().is_empty() && ends_line => {}
                Some(text) => {
                    let blanks = text.len() - text.trim_start().len();
                    let blanks = text.get(..blanks).unwrap_or_default();
                    indent = indent.min(blanks.graphemes(true).count());
                    starts.push(text);
                }
            }
        }
        line_start = ends_line;
    }
    for text in starts {
        let kept = text
            .grapheme_indices(true)
            .nth(indent)
            .map_or(text.len(), |(at, _)| at);
        text.drain(..kept);
    }
}
