//! Functions over texts, and JSON.

use super::super::value::{Field, Kind, Val};
use super::list;
use crate::iam::Text;
use crate::iam::read::parse_json;
use crate::iam::value::{Value, ValueKind};
use crate::source::Span;

pub(super) fn call(name: &str, span: Span, arguments: &[Val]) -> Option<Kind> {
    match (name, arguments) {
        ("jsonencode", [value]) => Some(Kind::Json(Box::new(value.clone()))),
        ("jsondecode", [value]) => decode(value),
        ("tostring", [value]) => match &value.kind {
            Kind::Null => Some(Kind::Null),
            _ => value.word().map(Kind::Text),
        },
        ("tobool", [value]) => value.boolean().map(Kind::Bool),
        ("tonumber", [value]) => value.integer().map(|it| Kind::Number(it.to_string())),
        ("nonsensitive" | "sensitive", [value]) => Some(value.kind.clone()),
        ("format", [spec, values @ ..]) => format(spec.literal()?.as_str(), values).map(Kind::Text),
        ("formatlist", [spec, values @ ..]) => format_list(span, &spec.literal()?, values),
        ("join", [separator, lists @ ..]) => join(&separator.literal()?, lists),
        ("split", [separator, value]) => {
            let (separator, text) = (separator.literal()?, value.literal()?);
            if separator.is_empty() {
                return None;
            }
            list(
                text.split(&separator)
                    .map(|it| Val::text(span, it))
                    .collect(),
            )
        }
        ("replace", [text, from, to]) => {
            let (text, from, to) = (text.literal()?, from.literal()?, to.literal()?);
            // Between slashes stands a regular expression.
            let expression = from.len() > 1 && from.starts_with('/') && from.ends_with('/');
            let long = text.len().saturating_mul(to.len().max(1)) > 1 << 20;
            (!expression && !from.is_empty() && !long).then(|| literal(text.replace(&from, &to)))
        }
        ("lower", [text]) => ascii(text).map(|it| literal(it.to_lowercase())),
        ("upper", [text]) => ascii(text).map(|it| literal(it.to_uppercase())),
        ("trimspace", [text]) => Some(literal(text.literal()?.trim())),
        ("trimprefix", [text, prefix]) => {
            let (text, prefix) = (text.literal()?, prefix.literal()?);
            Some(literal(text.strip_prefix(&prefix).unwrap_or(&text)))
        }
        ("trimsuffix", [text, suffix]) => {
            let (text, suffix) = (text.literal()?, suffix.literal()?);
            Some(literal(text.strip_suffix(&suffix).unwrap_or(&text)))
        }
        ("trim", [text, cut]) => {
            let cut = cut.literal()?;
            Some(literal(text.literal()?.trim_matches(|c| cut.contains(c))))
        }
        ("chomp", [text]) => Some(literal(text.literal()?.trim_end_matches(['\r', '\n']))),
        ("substr", [text, offset, length]) => {
            let text = ascii(text)?;
            let offset = usize::try_from(offset.integer()?).ok()?;
            let end = match length.integer()? {
                -1 => text.len(),
                length => offset
                    .saturating_add(usize::try_from(length).ok()?)
                    .min(text.len()),
            };
            Some(literal(text.get(offset..end)?))
        }
        ("startswith", [text, prefix]) => starts(text, &prefix.literal()?),
        ("endswith", [text, suffix]) => {
            Some(Kind::Bool(text.literal()?.ends_with(&suffix.literal()?)))
        }
        ("strcontains", [text, part]) => {
            Some(Kind::Bool(text.literal()?.contains(&part.literal()?)))
        }
        _ => None,
    }
}

fn literal(text: impl Into<String>) -> Kind {
    Kind::Text(Text::literal(text))
}

/// Text of ASCII, where letters and characters are the same for everyone.
fn ascii(value: &Val) -> Option<String> {
    value.literal().filter(|text| text.is_ascii())
}

fn starts(text: &Val, prefix: &str) -> Option<Kind> {
    let text = text.word()?;
    // The first piece may tell, whatever follows.
    let first = match text.parts().first() {
        None => "",
        Some(crate::iam::Part::Literal(first)) => first,
        Some(_) => return None,
    };
    let whole = text.as_literal().is_some();
    if first.starts_with(prefix) {
        return Some(Kind::Bool(true));
    }
    (whole || !prefix.starts_with(first)).then_some(Kind::Bool(false))
}

/// `format` with the verbs that have no width.
fn format(spec: &str, values: &[Val]) -> Option<Text> {
    let mut text = Text::new();
    let mut values = values.iter();
    let mut rest = spec;
    while let Some(at) = rest.find('%') {
        let (before, verb) = rest.split_at(at);
        text.push_str(before);
        let mut letters = verb.chars();
        letters.next();
        match letters.next()? {
            '%' => text.push_str("%"),
            's' | 'v' => {
                let value = values.next()?;
                // Lists and objects come out as JSON.
                text.push_text(&value.word()?);
            }
            'd' => text.push_str(&values.next()?.integer()?.to_string()),
            'q' => text.push_str(&serde_json::to_string(&ascii(values.next()?)?).ok()?),
            _ => return None,
        }
        rest = letters.as_str();
    }
    text.push_str(rest);
    values.next().is_none().then_some(text)
}

/// `formatlist`: every list goes by its items, everything else stays.
fn format_list(span: Span, spec: &str, values: &[Val]) -> Option<Kind> {
    let mut lengths = Vec::new();
    for value in values {
        match &value.kind {
            Kind::List(items) | Kind::Set(items) => {
                // What nobody can count comes out as something that nobody can count, if it is alone.
                if value.certain_items().is_none() && values.len() > 1 {
                    return None;
                }
                lengths.push(items.len());
            }
            Kind::Unknown(_) | Kind::Rest(_) | Kind::Fails(_) => return None,
            _ => {}
        }
    }
    let length = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|it| *it != length) {
        return None;
    }
    let mut made = Vec::with_capacity(length);
    for number in 0..length {
        let row: Option<Vec<Val>> = values
            .iter()
            .map(|value| match value.items() {
                Some(items) => items.get(number).cloned(),
                None => Some(value.clone()),
            })
            .collect();
        let row = row?;
        if let [only] = row.as_slice()
            && let Kind::Rest(_) = only.kind
        {
            made.push(only.clone());
            continue;
        }
        made.push(Val::new(span, Kind::Text(format(spec, &row)?)));
    }
    list(made)
}

fn join(separator: &str, lists: &[Val]) -> Option<Kind> {
    let mut text = Text::new();
    let mut first = true;
    for value in lists {
        for item in value.items()? {
            if !first {
                text.push_str(separator);
            }
            first = false;
            text.push_text(&item.word()?);
        }
    }
    Some(Kind::Text(text))
}

fn decode(value: &Val) -> Option<Kind> {
    if let Kind::Json(inner) = &value.kind {
        return Some(inner.kind.clone());
    }
    let text = value.word().filter(|_| !value.is_unknown())?;
    let parsed = parse_json(value.span, &text)?;
    Some(from_value(parsed).kind)
}

/// A value of JSON.
pub(in crate::readback::terraform) fn from_value(value: Value) -> Val {
    let span = value.span;
    let kind = match value.kind {
        ValueKind::Text(text) => Kind::Text(text),
        ValueKind::Bool(value) => Kind::Bool(value),
        ValueKind::Number(number) => Kind::Number(number),
        ValueKind::List(items) => Kind::List(items.into_iter().map(from_value).collect()),
        ValueKind::Object(members) => Kind::Object(
            members
                .into_iter()
                .map(|member| Field {
                    name: member.name,
                    span: member.span,
                    value: from_value(member.value),
                })
                .collect(),
        ),
        ValueKind::Null => Kind::Null,
        ValueKind::Unknown(written) => Kind::Unknown(written),
        ValueKind::Reference {
            resource,
            attribute,
        } => Kind::Attribute(resource, attribute),
    };
    Val::new(span, kind)
}
