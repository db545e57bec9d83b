//! Resources beside keys as plain trees: what is compared of rules, alarms and parameters.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::iam::value::{Value, ValueKind};
use crate::source::Span;

/// A value without places: numbers and booleans are words, as deployment takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plain {
    /// Text, a number or a boolean.
    Word(Text),
    /// A list.
    List(Vec<Plain>),
    /// A mapping.
    Object(BTreeMap<String, Plain>),
}

/// A resource as a file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    /// Its properties.
    pub(super) properties: Plain,
    /// Where it stands.
    pub(super) span: Span,
    /// What keeps its properties from being all that there is to know.
    pub(super) doubts: Vec<Diagnostic>,
}

/// Resources by their names.
pub(super) type Resources = BTreeMap<String, Beside>;

impl Plain {
    /// A text that does not depend on the deployment.
    pub(super) fn word(text: impl Into<String>) -> Self {
        Self::Word(Text::literal(text))
    }

    /// A list of such texts.
    pub(super) fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        Self::List(words.into_iter().map(Self::word).collect())
    }

    /// A mapping.
    pub(super) fn object<'n>(members: impl IntoIterator<Item = (&'n str, Self)>) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(name, it)| (name.to_owned(), it)).collect())
    }

    /// A value as it is read; what is unknown is a text of which nothing is known.
    pub(super) fn of(value: Value) -> Self {
        match value.kind {
            ValueKind::Text(text) => Self::Word(text),
            ValueKind::Bool(value) => Self::word(value.to_string()),
            ValueKind::Number(digits) => Self::word(digits),
            ValueKind::List(items) => Self::List(items.into_iter().map(Self::of).collect()),
            ValueKind::Object(members) => {
                let members = members.into_iter();
                Self::Object(members.map(|it| (it.name, Self::of(it.value))).collect())
            }
            ValueKind::Null => Self::Word(Text::unknown("null")),
            ValueKind::Unknown(written) => Self::Word(Text::unknown(written)),
            ValueKind::Reference {
                resource,
                attribute,
            } => Self::Word(Text::unknown(format!("${{{resource}.{attribute}}}"))),
        }
    }

    /// One value a line, with the path to it.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        self.write(&mut lines, "");
        lines
    }

    fn write(&self, lines: &mut String, path: &str) {
        match self {
            Self::Word(text) => {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "{path}: {text}");
            }
            Self::List(items) => {
                for item in items {
                    item.write(lines, &format!("{path}[]"));
                }
            }
            Self::Object(members) => {
                for (name, member) in members {
                    let dot = if path.is_empty() { "" } else { "." };
                    member.write(lines, &format!("{path}{dot}{name}"));
                }
            }
        }
    }
}
