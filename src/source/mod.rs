//! Texts that keywright read, and places in them.
//!
//! Ground floor: everything that can complain about a place in a file speaks of a [`Span`].

mod span;

pub use span::{FileId, Position, Span};

/// One text that was read, with the path under which users know it.
#[derive(Debug, Clone)]
pub struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The path shown to users: relative to the workspace where the file lies in it, with `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text itself, as it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// All texts of one run. Files are only ever added, so a [`FileId`] stays valid.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns the id by which spans name it.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId::new(self.files.len());
        self.files.push(Source {
            path: path.into(),
            text: text.into(),
        });
        id
    }

    /// The text behind an id; `None` for an id of another collection.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.index())
    }

    /// The text that a span covers, clamped to the file.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file)
            .and_then(|source| source.text.get(span.range()))
            .unwrap_or_default()
    }

    /// Line and column (both from 1, columns in characters) at which a span starts.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.get(span.file)
            .map_or(Position { line: 1, column: 1 }, |source| {
                Position::of(&source.text, span.start as usize)
            })
    }
}
