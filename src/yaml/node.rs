//! The tree that loading makes.

use crate::source::Span;

use super::resolve::{Resolved, resolve};

/// One value with the place where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the value: a scalar with its quotes, a flow collection with its brackets, a
    /// block collection from its first child to its last, a block scalar from its first character
    /// to its last that is not white space. Tags are outside. Empty where the value is left out.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
    /// The tag as written, such as `!Sub`. Only [`super::Dialect::CloudFormation`] keeps tags.
    pub tag: Option<Box<str>>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// Text, a number, a boolean or nothing.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with their values, in the order in which they are written, no key twice.
    Mapping(Vec<Entry>),
}

/// One key of a mapping with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key; always a scalar.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// A scalar: its text after unescaping and whether it was written without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text.
    pub text: Box<str>,
    /// Written without quotes and not as a block (`|`, `>`), so that it may mean more than text.
    pub plain: bool,
}

impl Scalar {
    /// What YAML 1.2's core schema makes of it; anything but a plain scalar is text.
    #[must_use]
    pub fn resolved(&self) -> Resolved {
        if self.plain {
            resolve(&self.text)
        } else {
            Resolved::Text
        }
    }
}

impl Entry {
    /// The text of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.key.text().unwrap_or_default()
    }
}

impl Node {
    /// The scalar, if it is one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The characters of any scalar, also of a number, a boolean or nothing.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| &*scalar.text)
    }

    /// The text, if the node is what YAML 1.2 takes for text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar()
            .filter(|scalar| scalar.resolved() == Resolved::Text)
            .map(|scalar| &*scalar.text)
    }

    /// The truth value, if the node is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_scalar()?.resolved() {
            Resolved::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if the node is a whole number that fits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        let scalar = self.as_scalar()?;
        if scalar.resolved() != Resolved::Integer {
            return None;
        }
        let text = &*scalar.text;
        if let Some(digits) = text.strip_prefix("0o") {
            i64::from_str_radix(digits, 8).ok()
        } else if let Some(digits) = text.strip_prefix("0x") {
            i64::from_str_radix(digits, 16).ok()
        } else {
            text.parse().ok()
        }
    }

    /// Whether the node is nothing: left out, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_scalar()
            .is_some_and(|scalar| scalar.resolved() == Resolved::Null)
    }

    /// The items, if the node is a list.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            NodeKind::Scalar(_) | NodeKind::Mapping(_) => None,
        }
    }

    /// The entries, if the node is a mapping.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            NodeKind::Scalar(_) | NodeKind::Sequence(_) => None,
        }
    }

    /// The entry of a key, if the node is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| entry.name() == key)
    }

    /// The value of a key, if the node is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// What the node is, in words for a message: "a list", "a mapping", "text", "a number",
    /// "a boolean" or "nothing".
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Scalar(scalar) => match scalar.resolved() {
                Resolved::Null => "nothing",
                Resolved::Bool(_) => "a boolean",
                Resolved::Integer | Resolved::Float => "a number",
                Resolved::Text => "text",
            },
        }
    }
}
