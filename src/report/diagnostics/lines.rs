//! Where the lines of a text begin, so that a hundred positions cost one pass over it.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::source::{FileId, Position, Sources, Span};

/// The lines of all files that were asked about.
pub(in crate::report) struct Lines<'a> {
    sources: &'a Sources,
    starts: BTreeMap<FileId, Vec<usize>>,
}

/// A span in terms of lines, clamped to the text and to whole characters.
#[derive(Debug, Clone)]
pub(in crate::report) struct Place {
    /// Where it starts.
    pub(in crate::report) start: Position,
    /// Where it ends (exclusive).
    pub(in crate::report) end: Position,
    /// Its bytes.
    pub(in crate::report) bytes: Range<usize>,
}

impl<'a> Lines<'a> {
    pub(in crate::report) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            starts: BTreeMap::new(),
        }
    }

    /// The text of a file.
    pub(in crate::report) fn text(&self, file: FileId) -> &'a str {
        self.sources.get(file).map_or("", |source| source.text())
    }

    /// The path of a file.
    pub(in crate::report) fn path(&self, file: FileId) -> &'a str {
        self.sources.get(file).map_or("", |source| source.path())
    }

    /// The bytes of a line (from 1), without its line break.
    pub(in crate::report) fn line(&mut self, file: FileId, number: usize) -> Range<usize> {
        let text = self.text(file);
        let starts = self.starts(file);
        let start = starts.get(number.saturating_sub(1)).copied();
        let start = start.unwrap_or(text.len());
        let end = starts.get(number).copied().unwrap_or(text.len());
        let content = text.get(start..end).unwrap_or_default();
        let content = content.strip_suffix('\n').unwrap_or(content);
        let content = content.strip_suffix('\r').unwrap_or(content);
        start..start + content.len()
    }

    /// How many lines a file has; what follows the last line break counts, also when empty.
    pub(in crate::report) fn count(&mut self, file: FileId) -> usize {
        self.starts(file).len()
    }

    /// Where a span lies.
    pub(in crate::report) fn place(&mut self, span: Span) -> Place {
        let text = self.text(span.file);
        let start = text.floor_char_boundary(span.range().start);
        let end = text.ceil_char_boundary(span.range().end).max(start);
        Place {
            start: self.position(span.file, start),
            end: self.position(span.file, end),
            bytes: start..end,
        }
    }

    fn position(&mut self, file: FileId, offset: usize) -> Position {
        let text = self.text(file);
        let starts = self.starts(file);
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..offset).unwrap_or_default().chars().count() + 1;
        Position { line, column }
    }

    fn starts(&mut self, file: FileId) -> &[usize] {
        let text = self.text(file);
        self.starts.entry(file).or_insert_with(|| {
            let breaks = text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(offset, _)| offset + 1);
            std::iter::once(0).chain(breaks).collect()
        })
    }
}
