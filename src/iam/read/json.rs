//! Policies that stand in a template as JSON in a string.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::iam::value::{Member, Read, Value, ValueKind, unproven};
use crate::iam::{Part, Text};
use crate::source::Span;

/// Stand-ins for the pieces of a text that are no characters: private use, so that no text of a policy has them.
/// Source: the Unicode Standard, section 23.5; KMS takes no character above U+00FF in a policy.
const FIRST_STAND_IN: u32 = 0xF_0000;
const STAND_INS: usize = 0xFFFD;

/// The value itself, or what the JSON in it says where it is a string with JSON in it.
///
/// # Errors
/// A string that is no JSON, or JSON with one name twice in an object, which JSON parsers read differently.
pub(super) fn parsed(value: Value) -> Read<Value> {
    let ValueKind::Text(text) = &value.kind else {
        return Ok(value);
    };
    let span = value.span;
    if let [Part::Unknown(written)] = text.parts() {
        let kind = ValueKind::Unknown(written.clone());
        return Ok(Value { span, kind });
    }
    let gaps: Vec<&Part> = text
        .parts()
        .iter()
        .filter(|part| !matches!(part, Part::Literal(_)))
        .collect();
    let taken = |c: char| (FIRST_STAND_IN..FIRST_STAND_IN + 0xFFFE).contains(&u32::from(c));
    if gaps.len() > STAND_INS || text.literals().any(|literal| literal.contains(taken)) {
        return Err(unproven(span, "this text is no policy"));
    }
    let mut written = String::new();
    let mut next = FIRST_STAND_IN;
    for part in text.parts() {
        match part {
            Part::Literal(literal) => written.push_str(literal),
            Part::Variable(_) | Part::Unknown(_) => {
                written.extend(char::from_u32(next));
                next += 1;
            }
        }
    }
    let json: Json = serde_json::from_str(&written).map_err(|error| {
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        unproven(span, format!("this text is no policy in JSON: {words}"))
    })?;
    Ok(json.into_value(span, &gaps))
}

/// What JSON says, all of it at one place.
///
/// # Errors
/// What is wrong with the text: no JSON, or one name twice in an object, which JSON parsers read differently.
pub fn from_json(span: Span, text: &str) -> Result<Value, String> {
    let json: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(json.into_value(span, &[]))
}

/// JSON with its numbers as they are written and no name twice.
enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    fn into_value(self, span: Span, gaps: &[&Part]) -> Value {
        let kind = match self {
            Self::Null => ValueKind::Null,
            Self::Bool(value) => ValueKind::Bool(value),
            Self::Number(digits) => ValueKind::Number(digits),
            Self::Text(written) => ValueKind::Text(filled(&written, gaps)),
            Self::List(items) => {
                let items = items.into_iter();
                ValueKind::List(items.map(|item| item.into_value(span, gaps)).collect())
            }
            Self::Object(members) => ValueKind::Object(
                members
                    .into_iter()
                    .map(|(name, value)| Member {
                        // A name that only deployment knows is no element that anyone could tell.
                        name: filled(&name, gaps).to_string(),
                        span,
                        value: value.into_value(span, gaps),
                    })
                    .collect(),
            ),
        };
        Value { span, kind }
    }
}

/// The text with each stand-in replaced by the piece that it stands for.
fn filled(written: &str, gaps: &[&Part]) -> Text {
    if gaps.is_empty() {
        return Text::literal(written);
    }
    let mut text = Text::new();
    let mut buffer = [0; 4];
    for c in written.chars() {
        let gap = u32::from(c)
            .checked_sub(FIRST_STAND_IN)
            .and_then(|index| gaps.get(index as usize));
        match gap {
            Some(part) => text.push_part((*part).clone()),
            None => text.push_str(c.encode_utf8(&mut buffer)),
        }
    }
    text
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = entries.next_entry::<String, Json>()? {
            if members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format_args!("`{name}` stands twice")));
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}
