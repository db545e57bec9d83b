//! Layout as `terraform fmt` makes it: indentation, spaces between tokens, aligned `=` and comments.
//!
//! The rules are those of Terraform's own formatter, which looks at tokens only: a line has a lead,
//! an assignment from its first `=` where the brackets opened behind it are closed on the line, and
//! a trailing comment; the latter two are aligned over neighbouring lines that have them. Columns
//! are grapheme clusters. Strings, heredocs and comments keep their bytes.
//!
//! Not done, because it changes tokens and not layout: unwrapping `"${a}"` to `a` and quoting bare
//! block labels.

use std::ops::Range;

use super::token::{Kind, Token, Tokens};
use unicode_segmentation::UnicodeSegmentation as _;

/// The text as `terraform fmt` lays it out, with `\n` for line breaks and one at the end.
#[must_use]
pub fn format(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut layout = Layout::new(text);
    for token in Tokens::new(text) {
        layout.tokens.push(Placed { token, spaces: 0 });
        if ends_line(text, token) {
            layout.end_line();
        }
    }
    layout.end_line();
    layout.flush();
    let mut out = layout.out;
    out.truncate(out.trim_end_matches('\n').len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The width of a piece of HCL on one line, as `terraform fmt` counts it.
#[must_use]
pub fn columns(code: &str) -> usize {
    let mut end = 0;
    let mut columns = 0;
    for token in Tokens::new(code) {
        columns += token.start - end + width(code, token);
        end = token.end;
    }
    columns
}

fn ends_line(text: &str, token: Token) -> bool {
    match token.kind {
        Kind::Newline => true,
        Kind::Comment => slice(text, token).ends_with('\n'),
        _ => false,
    }
}

fn slice(text: &str, token: Token) -> &str {
    text.get(token.start..token.end).unwrap_or_default()
}

/// The grapheme clusters of a token. Each token counts alone: a combining mark after a quote is a
/// column of its own.
fn width(text: &str, token: Token) -> usize {
    let piece = slice(text, token);
    if token.kind == Kind::Newline {
        1
    } else if piece.is_ascii() {
        piece.len()
    } else {
        piece.graphemes(true).map(clusters).sum()
    }
}

/// How many clusters Terraform sees in one of ours: it follows Unicode 15.0, which did not yet join
/// Indic consonants over a virama (rule GB9c of Unicode 15.1). One difference is left: Terraform joins
/// a pictograph over a zero width joiner also to Hangul and to half a flag.
fn clusters(grapheme: &str) -> usize {
    let mut count = 1;
    let mut before = None;
    for (at, symbol) in grapheme.char_indices() {
        let indic =
            matches!(u32::from(symbol), 0x900..=0x1cff | 0xa800..=0xabff | 0x1_1000..=0x1_1fff);
        if let Some(before) = before.filter(|_| indic) {
            let pair = grapheme
                .get(before..at + symbol.len_utf8())
                .unwrap_or_default();
            count += usize::from(pair.graphemes(true).nth(1).is_some());
        }
        before = Some(at);
    }
    count
}

/// A token and the blanks before it.
#[derive(Debug, Clone, Copy)]
struct Placed {
    token: Token,
    spaces: usize,
}

/// A line of tokens, split into the cells that are aligned.
#[derive(Debug, Clone)]
struct Line {
    tokens: Range<usize>,
    /// Where the assignment starts; the end of the lead where there is none.
    assign: usize,
    /// Where the trailing comment starts; the end of the line where there is none.
    comment: usize,
    lead_columns: usize,
}

impl Line {
    fn has_assign(&self) -> bool {
        self.assign < self.comment
    }

    fn has_comment(&self) -> bool {
        self.comment < self.tokens.end
    }
}

/// The text made so far, and the lines that still wait for their neighbours.
#[derive(Debug)]
struct Layout<'t> {
    text: &'t str,
    out: String,
    tokens: Vec<Placed>,
    lines: Vec<Line>,
    /// For each indented level, how many brackets its line left open.
    levels: Vec<i32>,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            out: String::with_capacity(text.len() + text.len() / 8),
            tokens: Vec::new(),
            lines: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Lays out the tokens that were gathered since the last line.
    fn end_line(&mut self) {
        let start = self.lines.last().map_or(0, |line| line.tokens.end);
        let end = self.tokens.len();
        let Some(tokens) = self
            .tokens
            .get_mut(start..)
            .filter(|tokens| !tokens.is_empty())
        else {
            return;
        };
        let (comment, assign) = cells(tokens);
        let indent = indent(&mut self.levels, tokens.get(..comment).unwrap_or_default());
        space(tokens, assign);
        if let Some(first) = tokens.first_mut() {
            first.spaces = if first.token.kind == Kind::Newline {
                0
            } else {
                indent
            };
        }
        let line = Line {
            tokens: start..end,
            assign: start + assign,
            comment: start + comment,
            lead_columns: self.columns(start..start + assign),
        };
        let stands_alone = !line.has_assign() && !line.has_comment();
        self.lines.push(line);
        if stands_alone {
            self.flush();
        }
    }

    fn columns(&self, range: Range<usize>) -> usize {
        let placed = self.tokens.get(range).unwrap_or_default();
        placed
            .iter()
            .map(|placed| placed.spaces + width(self.text, placed.token))
            .sum()
    }

    /// Aligns the waiting lines and writes them.
    fn flush(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        for chain in lines.chunk_by(|one, next| one.has_assign() == next.has_assign()) {
            let widest = chain
                .iter()
                .map(|line| line.lead_columns)
                .max()
                .unwrap_or(0);
            for line in chain.iter().filter(|line| line.has_assign()) {
                if let Some(equal) = self.tokens.get_mut(line.assign) {
                    equal.spaces = widest - line.lead_columns + 1;
                }
            }
        }
        for chain in lines.chunk_by(|one, next| one.has_comment() && next.has_comment()) {
            if !chain.first().is_some_and(Line::has_comment) {
                continue;
            }
            let columns = |line: &Line| line.lead_columns + self.columns(line.assign..line.comment);
            let columns: Vec<usize> = chain.iter().map(columns).collect();
            let widest = columns.iter().copied().max().unwrap_or(0);
            for (line, columns) in chain.iter().zip(columns) {
                if let Some(comment) = self.tokens.get_mut(line.comment) {
                    comment.spaces = widest - columns + 1;
                }
            }
        }
        lines.clear();
        self.lines = lines;
        for placed in &self.tokens {
            self.out.extend(std::iter::repeat_n(' ', placed.spaces));
            let piece = slice(self.text, placed.token);
            match piece.strip_suffix("\r\n") {
                Some(line) if matches!(placed.token.kind, Kind::Newline | Kind::Comment) => {
                    self.out.push_str(line);
                    self.out.push('\n');
                }
                _ => self.out.push_str(piece),
            }
        }
        self.tokens.clear();
    }
}

/// Where the trailing comment and the assignment of a line start.
fn cells(tokens: &[Placed]) -> (usize, usize) {
    let comment = match tokens {
        [_, .., last] if last.token.kind == Kind::Comment => tokens.len() - 1,
        _ => tokens.len(),
    };
    let cell = tokens.get(..comment).unwrap_or_default();
    let is_equal = |placed: &Placed| placed.token.kind == Kind::Equal;
    let assign = cell
        .iter()
        .skip(1)
        .position(is_equal)
        .map(|at| at + 1)
        .filter(|at| {
            let behind = cell.get(*at..).unwrap_or_default();
            behind
                .iter()
                .map(|placed| placed.token.kind.depth_change())
                .sum::<i32>()
                == 0
        });
    (comment, assign.unwrap_or(comment))
}

/// The blanks before a line, and the levels after it.
fn indent(levels: &mut Vec<i32>, cells: &[Placed]) -> usize {
    let change: i32 = cells
        .iter()
        .map(|placed| placed.token.kind.depth_change())
        .sum();
    if change > 0 {
        let indent = 2 * levels.len();
        levels.push(change);
        return indent;
    }
    let mut closed = -change;
    while closed > 0 {
        match levels.last_mut() {
            Some(open) if closed < *open => {
                *open -= closed;
                closed = 0;
            }
            Some(open) => {
                closed -= *open;
                levels.pop();
            }
            None => closed = 0,
        }
    }
    2 * levels.len()
}

/// Sets the blanks between the tokens of the lead and of the assignment.
fn space(tokens: &mut [Placed], assign: usize) {
    let mut previous: Option<Kind> = None;
    let mut current: Option<Kind> = None;
    for (at, placed) in tokens.iter_mut().enumerate() {
        // The assignment is a cell of its own: nothing comes before its `=`.
        let subject = current.filter(|_| at != assign);
        placed.spaces = match subject {
            Some(subject) => usize::from(spaced(previous, subject, placed.token.kind)),
            None => 1,
        };
        (previous, current) = (subject, Some(placed.token.kind));
    }
}

/// Whether a blank stands between `subject` and `after`.
fn spaced(before: Option<Kind>, subject: Kind, after: Kind) -> bool {
    use Kind::{
        Bang, CloseBrace, CloseQuote, Colon, Comma, Dot, DoubleColon, Ellipsis, Equal, HeredocEnd,
        HeredocStart, Ident, In, Literal, Minus, Newline, Number, OpenBrace, OpenBracket,
        OpenParen, OpenQuote, Operator, Question, TemplateEnd, TemplateStart,
    };
    match (subject, after) {
        (_, Newline | Dot | Comma | Ellipsis) | (Dot, _) => false,
        (Ident | In, OpenParen | DoubleColon) | (DoubleColon, Ident | In) => false,
        (Comma, _) => true,
        (Literal | OpenQuote | HeredocStart, _) | (_, Literal | CloseQuote | HeredocEnd) => false,
        (In, _) if matches!(before, Some(Ident | In)) => true,
        (Ident | In | Number, OpenBracket) | (Bang, _) => false,
        (_, OpenBracket) if subject.depth_change() < 0 => false,
        // Negation where no operand can have come before it.
        (Minus, _) => !matches!(
            before,
            None | Some(
                OpenParen
                    | OpenBrace
                    | OpenBracket
                    | Equal
                    | Colon
                    | Comma
                    | Question
                    | Operator
                    | Minus
                    | Bang
            )
        ),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _)
        | (_, CloseBrace)
        | (TemplateStart, OpenBrace)
        | (CloseBrace, TemplateEnd) => true,
        (TemplateEnd, TemplateStart) => false,
        _ => subject.depth_change() <= 0 && after.depth_change() >= 0,
    }
}
