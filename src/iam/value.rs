//! Values as templates of either target write them, with their places.

use super::Text;
use crate::diag::Diagnostic;
use crate::source::Span;

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ValueKind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKind {
    /// A string, possibly with deployment-time parts.
    Text(Text),
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(String),
    /// A list.
    List(Vec<Value>),
    /// Members in order.
    Object(Vec<Member>),
    /// `null`.
    Null,
    /// What nobody can tell from the file, as it is written there, such as `${TrustedAccount}`.
    Unknown(String),
    /// An attribute of another resource of the same template, such as `AccountCloudtrailKey` and `Arn`.
    Reference {
        /// The resource.
        resource: String,
        /// Its attribute; empty where the notation names none (`!Ref`).
        attribute: String,
    },
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its value.
    pub value: Value,
}

/// The outcome of reading: what it is, or why that cannot be said for certain.
pub type Read<T> = Result<T, Diagnostic>;

/// The code of what nobody can read for certain.
pub const NOT_READABLE: &str = "not-readable";

/// A refusal at a place.
#[must_use]
pub fn unproven(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(NOT_READABLE, message).at(span, "")
}

/// A number, if every reader and AWS write it with the same digits: no sign but a minus, no leading zero (octal for
/// some), no fraction, no exponent.
///
/// # Errors
/// Any other number.
pub fn whole_number(span: Span, digits: &str) -> Read<String> {
    let number: Option<i64> = digits.parse().ok();
    let written = number.map(|number| number.to_string());
    written.filter(|written| written == digits).ok_or_else(|| {
        let message = format!("`{digits}` may become another number; quote it if it is text");
        unproven(span, message)
    })
}

impl Value {
    /// What the value is, in words.
    fn describe(&self) -> &'static str {
        match self.kind {
            ValueKind::Text(_) => "text",
            ValueKind::Bool(_) => "a boolean",
            ValueKind::Number(_) => "a number",
            ValueKind::List(_) => "a list",
            ValueKind::Object(_) => "a mapping",
            ValueKind::Null => "nothing",
            ValueKind::Unknown(_) => "what is known only at deployment",
            ValueKind::Reference { .. } => "a reference to a resource",
        }
    }

    fn expected(&self, what: &str) -> Diagnostic {
        let message = format!("expected {what}, found {}", self.describe());
        unproven(self.span, message)
    }

    /// The text.
    ///
    /// # Errors
    /// Anything else.
    pub fn text(&self) -> Read<&Text> {
        match &self.kind {
            ValueKind::Text(text) => Ok(text),
            _ => Err(self.expected("text")),
        }
    }

    /// Text that does not depend on the deployment.
    ///
    /// # Errors
    /// Anything else.
    pub fn literal(&self) -> Read<&str> {
        self.text()?
            .as_literal()
            .ok_or_else(|| unproven(self.span, "this text depends on the deployment"))
    }

    /// A boolean; CloudFormation also takes it as text.
    ///
    /// # Errors
    /// Anything else.
    pub fn boolean(&self) -> Read<bool> {
        match &self.kind {
            ValueKind::Bool(value) => Ok(*value),
            ValueKind::Text(text) => match text.as_literal() {
                Some("true") => Ok(true),
                Some("false") => Ok(false),
                _ => Err(self.expected("`true` or `false`")),
            },
            _ => Err(self.expected("`true` or `false`")),
        }
    }

    /// A whole number; also as text.
    ///
    /// # Errors
    /// Anything else.
    pub fn number(&self) -> Read<u64> {
        let digits = match &self.kind {
            ValueKind::Number(digits) => Some(digits.as_str()),
            ValueKind::Text(text) => text.as_literal(),
            _ => None,
        };
        digits
            .and_then(|digits| whole_number(self.span, digits).ok()?.parse().ok())
            .ok_or_else(|| self.expected("a whole number"))
    }

    /// The text itself; what is unknown is a text of which nothing is known.
    ///
    /// # Errors
    /// Anything else.
    pub fn into_text(self) -> Read<Text> {
        match self.kind {
            ValueKind::Text(text) => Ok(text),
            ValueKind::Unknown(written) => Ok(Text::unknown(written)),
            _ => Err(self.expected("text")),
        }
    }

    /// Text that does not depend on the deployment, itself.
    ///
    /// # Errors
    /// Anything else.
    pub fn into_literal(self) -> Read<String> {
        let span = self.span;
        self.into_text()?
            .into_literal()
            .ok_or_else(|| unproven(span, "this text depends on the deployment"))
    }

    /// The members of an object, themselves.
    ///
    /// # Errors
    /// Anything else.
    pub fn into_members(self) -> Read<Vec<Member>> {
        match self.kind {
            ValueKind::Object(members) => Ok(members),
            _ => Err(self.expected("a mapping")),
        }
    }

    /// The items of a list, or the value itself where AWS takes a single one for a list of one.
    pub fn into_one_or_many(self) -> impl Iterator<Item = Self> {
        let (items, single) = match self.kind {
            ValueKind::List(items) => (items, None),
            _ => (Vec::new(), Some(self)),
        };
        items.into_iter().chain(single)
    }

    /// A value of a condition or a list of names: numbers and booleans are compared as text.
    ///
    /// # Errors
    /// Lists, objects and references.
    pub fn into_word(self) -> Read<Text> {
        match self.kind {
            ValueKind::Text(text) => Ok(text),
            ValueKind::Unknown(written) => Ok(Text::unknown(written)),
            ValueKind::Bool(value) => Ok(Text::literal(value.to_string())),
            ValueKind::Number(number) => Ok(Text::literal(number)),
            _ => Err(self.expected("text")),
        }
    }
}
