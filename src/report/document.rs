//! Short documents that are read in a terminal or as Markdown: one content, two forms.
//!
//! Texts are plain but for names in backticks, and lines that are a web address.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading and its level, from 1.
    Heading(usize, String),
    /// Running text.
    Paragraph(String),
    /// Points.
    List(Vec<String>),
    /// Text to copy, literally.
    Code(String),
    /// Rows of cells below a head; the first column names the row.
    Table {
        /// Names of the columns.
        head: Vec<&'static str>,
        /// Cells, as many in each row as the head has.
        rows: Vec<Vec<String>>,
    },
}

/// How narrow columns may become that have longer words, when all words are broken between their pieces already.
const NARROWEST: [usize; 2] = [24, 6];
const GAP: usize = 2;

const HEADING: Style = Style::new().bold();
const NAME: Style = AnsiColor::Green.on_default();

/// The document for a terminal, wrapped to a width, with escape sequences that colour it.
#[must_use]
pub fn text(blocks: &[Block], width: usize) -> String {
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| blocks.get(before));
        // Points stand close below a title of their own.
        let close = matches!(
            (before, block),
            (Some(Block::Heading(3.., _)), Block::List(_))
        );
        if index > 0 && !close {
            out.push('\n');
        }
        match block {
            Block::Heading(_, title) => {
                for line in wrap(title, width) {
                    let _ = writeln!(out, "{HEADING}{line}{HEADING:#}");
                }
            }
            Block::Paragraph(text) => lines(&mut out, "", "", text, width),
            Block::List(items) => {
                for item in items {
                    lines(&mut out, "- ", "  ", item, width);
                }
            }
            Block::Code(code) => {
                for line in code.lines() {
                    let _ = writeln!(out, "    {line}");
                }
            }
            Block::Table { head, rows } => table(&mut out, head, rows, width),
        }
    }
    out
}

/// The document as Markdown.
#[must_use]
pub fn markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        match block {
            Block::Heading(level, title) => {
                let _ = writeln!(out, "{} {}", "#".repeat(*level), escape(title));
            }
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}", escape(text));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", escape(item));
                }
            }
            Block::Code(code) => {
                let _ = writeln!(out, "```yaml\n{code}```");
            }
            Block::Table { head, rows } => {
                let rows = rows.iter().map(|row| row.iter().map(|cell| escape(cell)));
                out.push_str(&markdown_table(head, rows));
            }
        }
    }
    out
}

/// A table in Markdown; cells are Markdown already.
pub fn markdown_table<R>(head: &[&str], rows: impl IntoIterator<Item = R>) -> String
where
    R: IntoIterator<Item = String>,
{
    let mut out = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        out.push('|');
        for cell in row {
            let _ = write!(out, " {} |", cell.replace('\n', " "));
        }
        out.push('\n');
    }
    out
}

/// A text so that Markdown shows it as it is, but for names in backticks.
#[must_use]
pub fn escape(text: &str) -> String {
    if text.starts_with("https://") && !text.contains(' ') {
        return format!("<{text}>");
    }
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for character in text.chars() {
        let special = if in_code {
            // A table's cell ends even within code.
            character == '|'
        } else {
            "*_<>[]|\\".contains(character)
        };
        if special {
            out.push('\\');
        }
        in_code ^= character == '`';
        out.push(character);
    }
    out
}

/// Running text with a mark before the first line and an indent before the others.
fn lines(out: &mut String, first: &str, other: &str, text: &str, width: usize) {
    let width = width.saturating_sub(first.len());
    for (index, line) in wrap(text, width).iter().enumerate() {
        let _ = writeln!(out, "{}{line}", if index == 0 { first } else { other });
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Breaks a text between words; words that alone are too long (addresses, ARNs) stay whole.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if length(line) + 1 + length(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// A word in pieces after which a name can be broken: parts of paths, hosts and ARNs.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(['/', '.', '-', ':'])
}

/// The lines of a cell, none wider than its column.
fn cell(text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width).into_iter();
    lines
        .flat_map(|line| match length(&line) > width {
            true => broken(&line, width),
            false => vec![line],
        })
        .collect()
}

/// A word that is too long, broken between its pieces, and within those that are too long themselves.
fn broken(word: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(word) {
        match lines.last_mut() {
            Some(line) if length(line) + length(piece) <= width => line.push_str(piece),
            _ => {
                let characters: Vec<_> = piece.chars().collect();
                let chunks = characters.chunks(width.max(1));
                lines.extend(chunks.map(|chunk| chunk.iter().collect::<String>()));
            }
        }
    }
    lines
}

/// How wide each column becomes: what it asks for, or less of the widest until all fit. Words are broken only when no
/// column has room to give, and first where names can be broken.
fn widths(head: &[&str], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let column = |index: usize| {
        let cells = rows.iter().filter_map(move |row| row.get(index));
        cells.map(String::as_str).chain(head.get(index).copied())
    };
    let wanted = |index| column(index).map(length).max().unwrap_or_default();
    let word = |text: &str| {
        text.split_whitespace()
            .map(length)
            .max()
            .unwrap_or_default()
    };
    let longest = |index| column(index).map(word).max().unwrap_or_default();
    let piece = |text: &str| {
        let words = text.split_whitespace();
        words.flat_map(pieces).map(length).max().unwrap_or_default()
    };
    let longest_piece = |index| column(index).map(piece).max().unwrap_or_default();
    let mut widths: Vec<_> = (0..head.len()).map(wanted).collect();
    let room = width.saturating_sub(GAP * head.len().saturating_sub(1));
    let columns = || 0..head.len();
    let words: Vec<_> = columns().map(longest).collect();
    let parts: Vec<_> = columns().map(longest_piece).collect();
    let narrower =
        NARROWEST.map(|narrowest| parts.iter().map(|part| narrowest.min(*part)).collect());
    // The gentlest way that comes far enough; else as far as the last one goes.
    let ways = [words, parts.clone()].into_iter().chain(narrower);
    let fits = |least: &Vec<usize>| least.iter().sum::<usize>() <= room;
    let least = ways.clone().find(fits).or_else(|| ways.last());
    let least = least.unwrap_or_default();
    while widths.iter().sum::<usize>() > room {
        let shrinkable = widths
            .iter_mut()
            .zip(&least)
            .filter(|(width, least)| **width > **least);
        let Some((widest, _)) = shrinkable.max_by_key(|(width, _)| **width) else {
            break;
        };
        *widest -= 1;
    }
    widths
}

fn table(out: &mut String, head: &[&str], rows: &[Vec<String>], width: usize) {
    let widths = widths(head, rows, width);
    let mut row = |cells: &mut dyn Iterator<Item = &str>, style: fn(usize) -> Style| {
        let cells: Vec<_> = cells
            .zip(&widths)
            .map(|(text, width)| cell(text, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..height {
            let mut written = String::new();
            let mut pending = 0;
            for (index, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let text = cell.get(line).map_or("", String::as_str);
                if !text.is_empty() {
                    let style = style(index);
                    let _ = write!(written, "{:pending$}{style}{text}{style:#}", "");
                    pending = 0;
                }
                pending += width + GAP - length(text);
            }
            out.push_str(&written);
            out.push('\n');
        }
    };
    row(&mut head.iter().copied(), |_| HEADING);
    for cells in rows {
        row(&mut cells.iter().map(String::as_str), |index| {
            if index == 0 { NAME } else { Style::new() }
        });
    }
}
