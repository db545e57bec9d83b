//! Values as Terraform computes them.

use std::fmt;

use crate::iam::value::{Member, Value, ValueKind};
use crate::iam::{Part, Text};
use crate::source::Span;

/// A value with the place that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Val {
    pub(super) span: Span,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Text(Text),
    Bool(bool),
    /// As Terraform writes it.
    Number(String),
    /// A list or tuple.
    List(Vec<Val>),
    /// A set, sorted where all of it is known.
    Set(Vec<Val>),
    /// An object or map.
    Object(Vec<Field>),
    Null,
    /// What nobody can tell, as it is written.
    Unknown(String),
    /// In a list: items of which not even the number is known.
    Rest(String),
    /// What Terraform would stop at, such as an attribute that an object does not have.
    Fails(String),
    /// The text that `jsonencode` makes of a value.
    Json(Box<Val>),
    /// A resource, or one instance of it.
    Resource(Resource),
    /// An attribute of a resource instance.
    Attribute(String, String),
}

/// A resource or data source that expressions can name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resource {
    /// The module that declares it.
    pub(super) module: usize,
    /// Whether it is a data source.
    pub(super) data: bool,
    /// Its type.
    pub(super) kind: String,
    /// Its name.
    pub(super) name: String,
    /// Which instance is meant.
    pub(super) key: Option<Key>,
    /// Which instances it has.
    pub(super) instances: Instances,
}

/// The key of an instance.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key {
    /// Of `count`.
    Number(usize),
    /// Of `for_each`.
    Name(String),
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "[{number}]"),
            Self::Name(name) => write!(formatter, "[{name:?}]"),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.data {
            formatter.write_str("data.")?;
        }
        write!(formatter, "{}.{}", self.kind, self.name)?;
        self.key.iter().try_for_each(|key| key.fmt(formatter))
    }
}

/// The instances of a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Instances {
    /// It is one: made without `count` and `for_each`, or picked by its key.
    Single,
    /// By `count`.
    Count(usize),
    /// By `for_each`.
    Each(Vec<String>),
    /// Nobody can tell.
    Unknown,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) value: Val,
}

impl Field {
    pub(super) fn new(name: &str, span: Span, value: Val) -> Self {
        Self {
            name: name.to_owned(),
            span,
            value,
        }
    }
}

impl Val {
    pub(super) fn new(span: Span, kind: Kind) -> Self {
        Self { span, kind }
    }

    pub(super) fn text(span: Span, text: impl Into<String>) -> Self {
        Self::new(span, Kind::Text(Text::literal(text)))
    }

    pub(super) fn unknown(span: Span, written: impl Into<String>) -> Self {
        Self::new(span, Kind::Unknown(written.into()))
    }

    /// The same value at another place.
    pub(super) fn at(self, span: Span) -> Self {
        Self { span, ..self }
    }

    pub(super) fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// Whether nobody can tell what it is as a whole; its parts may still be unknown.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_) | Kind::Rest(_) | Kind::Fails(_))
    }

    /// Whether something in it cannot be told.
    pub(super) fn has_unknown(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) | Kind::Rest(_) | Kind::Fails(_) => true,
            Kind::Text(text) => text.is_unknown(),
            Kind::List(items) | Kind::Set(items) => items.iter().any(Self::has_unknown),
            Kind::Object(fields) => fields.iter().any(|field| field.value.has_unknown()),
            Kind::Json(value) => value.has_unknown(),
            Kind::Resource(resource) => resource.instances == Instances::Unknown,
            Kind::Bool(_) | Kind::Number(_) | Kind::Null | Kind::Attribute(..) => false,
        }
    }

    /// Whether Terraform would stop at something in it.
    pub(super) fn fails(&self) -> bool {
        match &self.kind {
            Kind::Fails(_) => true,
            Kind::List(items) | Kind::Set(items) => items.iter().any(Self::fails),
            Kind::Object(fields) => fields.iter().any(|field| field.value.fails()),
            Kind::Json(value) => value.fails(),
            _ => false,
        }
    }

    /// The characters of text, a number or a boolean that nothing of waits for deployment.
    pub(super) fn literal(&self) -> Option<String> {
        match &self.kind {
            Kind::Text(text) => text.as_literal().map(str::to_owned),
            Kind::Number(number) => Some(number.clone()),
            Kind::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// As a piece of text; `None` where Terraform has no text for it.
    pub(super) fn word(&self) -> Option<Text> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Number(number) => Some(Text::literal(number)),
            Kind::Bool(value) => Some(Text::literal(value.to_string())),
            Kind::Unknown(written) | Kind::Fails(written) | Kind::Rest(written) => {
                Some(Text::unknown(interpolated(written)))
            }
            Kind::Attribute(resource, attribute) => {
                Some(Text::unknown(format!("${{{resource}.{attribute}}}")))
            }
            Kind::Json(value) => json_text(value),
            Kind::Null | Kind::List(_) | Kind::Set(_) | Kind::Object(_) | Kind::Resource(_) => None,
        }
    }

    /// The truth value; Terraform takes its name as text for it too.
    pub(super) fn boolean(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::Text(text) => match text.as_literal() {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A whole number, also written as text.
    pub(super) fn integer(&self) -> Option<i64> {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) => self.literal()?.parse().ok(),
            _ => None,
        }
    }

    /// The items of a list or set.
    pub(super) fn items(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(items) | Kind::Set(items) => Some(items),
            _ => None,
        }
    }

    /// The items, if it is certain which and how many there are.
    pub(super) fn certain_items(&self) -> Option<&[Self]> {
        let items = self.items()?;
        let rest = |item: &Self| matches!(item.kind, Kind::Rest(_));
        (!items.iter().any(rest)).then_some(items)
    }

    /// The member of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(fields) => {
                let field = fields.iter().find(|field| field.name == name);
                field.map(|field| &field.value)
            }
            _ => None,
        }
    }

    /// Whether two values are equal; `None` where nobody can tell.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        if self.has_unknown() || other.has_unknown() {
            return None;
        }
        match (&self.kind, &other.kind) {
            (Kind::Text(one), Kind::Text(two)) => match (one.as_literal(), two.as_literal()) {
                (Some(one), Some(two)) => Some(one == two),
                _ => (one == two).then_some(true),
            },
            (Kind::Number(one), Kind::Number(two)) => {
                Some(one == two || one.parse::<f64>().ok()? == two.parse::<f64>().ok()?)
            }
            (Kind::Bool(one), Kind::Bool(two)) => Some(one == two),
            (Kind::Null, Kind::Null) => Some(true),
            (Kind::Attribute(..) | Kind::Json(_) | Kind::Resource(_), Kind::Null)
            | (Kind::Null, Kind::Attribute(..) | Kind::Json(_) | Kind::Resource(_)) => Some(false),
            (Kind::List(one), Kind::List(two)) | (Kind::Set(one), Kind::Set(two)) => {
                if one.len() != two.len() {
                    return Some(false);
                }
                let pairs = one.iter().zip(two);
                pairs
                    .map(|(one, two)| one.equals(two))
                    .try_fold(true, |all, equal| Some(all && equal?))
            }
            (
                Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Null | Kind::List(_),
                Kind::Text(_) | Kind::Number(_) | Kind::Bool(_) | Kind::Null | Kind::List(_),
            ) => Some(false),
            (Kind::Object(_) | Kind::Set(_), Kind::Null)
            | (Kind::Null, Kind::Object(_) | Kind::Set(_)) => Some(false),
            _ => None,
        }
    }

    /// The value for those who read keys and policies.
    pub(super) fn into_value(self) -> Value {
        let span = self.span;
        let kind = match self.kind {
            Kind::Text(text) => ValueKind::Text(text),
            Kind::Bool(value) => ValueKind::Bool(value),
            Kind::Number(number) => ValueKind::Number(number),
            Kind::List(items) | Kind::Set(items) => {
                ValueKind::List(items.into_iter().map(Self::into_value).collect())
            }
            Kind::Object(fields) => ValueKind::Object(
                fields
                    .into_iter()
                    .map(|field| Member {
                        name: field.name,
                        span: field.span,
                        value: field.value.into_value(),
                    })
                    .collect(),
            ),
            Kind::Null => ValueKind::Null,
            Kind::Unknown(written) | Kind::Rest(written) | Kind::Fails(written) => {
                ValueKind::Unknown(interpolated(&written))
            }
            Kind::Json(value) => match json_text(&value) {
                Some(text) => ValueKind::Text(text),
                None => ValueKind::Unknown(interpolated("jsonencode(…)")),
            },
            Kind::Resource(resource) => ValueKind::Unknown(interpolated(&resource.to_string())),
            Kind::Attribute(resource, attribute) => {
                ValueKind::Unknown(format!("${{{resource}.{attribute}}}"))
            }
        };
        Value { span, kind }
    }
}

/// How an expression stands in a text.
pub(super) fn interpolated(written: &str) -> String {
    if written.starts_with("${") {
        written.to_owned()
    } else {
        format!("${{{written}}}")
    }
}

/// The text of a value in JSON; `None` where it holds what JSON cannot say.
fn json_text(value: &Val) -> Option<Text> {
    let mut text = Text::new();
    push_json(&mut text, value)?;
    Some(text)
}

/// Appends a value in JSON. Pieces that only deployment knows are taken for text without quotes and backslashes, which
/// is what account ids, names and ARNs are.
fn push_json(text: &mut Text, value: &Val) -> Option<()> {
    let push_string = |text: &mut Text, string: &Text| {
        text.push_str("\"");
        for part in string.parts() {
            match part {
                Part::Literal(literal) => {
                    let quoted = serde_json::to_string(literal).unwrap_or_default();
                    let inner = quoted.get(1..quoted.len().saturating_sub(1));
                    text.push_str(inner.unwrap_or_default());
                }
                part => text.push_part(part.clone()),
            }
        }
        text.push_str("\"");
    };
    match &value.kind {
        Kind::Null => text.push_str("null"),
        Kind::Bool(_) | Kind::Number(_) => text.push_str(&value.literal()?),
        Kind::List(items) | Kind::Set(items) => {
            text.push_str("[");
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    text.push_str(",");
                }
                push_json(text, item)?;
            }
            text.push_str("]");
        }
        Kind::Object(fields) => {
            text.push_str("{");
            for (number, field) in fields.iter().enumerate() {
                if number > 0 {
                    text.push_str(",");
                }
                push_string(text, &Text::literal(field.name.as_str()));
                text.push_str(":");
                push_json(text, &field.value)?;
            }
            text.push_str("}");
        }
        Kind::Rest(_) | Kind::Resource(_) => return None,
        _ => push_string(text, &value.word()?),
    }
    Some(())
}
