//! Functions over lists, sets and maps.

use super::super::loops::entries;
use super::super::reference::index;
use super::super::value::{Field, Kind, Val};
use super::{list, literals};
use crate::source::Span;

pub(super) fn call(name: &str, span: Span, arguments: &[Val]) -> Option<Kind> {
    match (name, arguments) {
        ("concat", lists) => concat(lists),
        ("flatten", [items]) => list(flatten(items)?),
        ("tolist", [value]) => list(value.items()?.to_vec()),
        ("toset", [value]) => Some(Kind::Set(sorted(value.items()?.to_vec()))),
        ("setunion", sets) => {
            let Kind::List(all) = concat(sets)? else {
                return None;
            };
            Some(Kind::Set(sorted(all)))
        }
        ("distinct", [value]) => list(distinct(value.items()?.to_vec())),
        ("compact", [value]) => list(compact(value.items()?)),
        ("sort", [value]) => {
            let mut texts = literals(value.items()?)?;
            texts.sort();
            list(texts.into_iter().map(|it| Val::text(span, it)).collect())
        }
        ("reverse", [value]) => list(value.items()?.iter().rev().cloned().collect()),
        ("tomap", [value]) => matches!(value.kind, Kind::Object(_)).then(|| value.kind.clone()),
        ("merge", maps) => merge(maps),
        ("keys", [value]) => list(
            entries(map(value)?)?
                .into_iter()
                .map(|(key, _)| key)
                .collect(),
        ),
        ("values", [value]) => list(
            entries(map(value)?)?
                .into_iter()
                .map(|(_, value)| value)
                .collect(),
        ),
        ("lookup", [map, key]) => index(map, key),
        ("lookup", [map, key, default]) => lookup(map, key, default),
        ("element", [value, number]) => {
            let items = value.certain_items()?;
            let number = usize::try_from(number.integer()?).ok()?;
            let number = number.checked_rem(items.len())?;
            items.get(number).map(|item| item.kind.clone())
        }
        ("slice", [value, from, to]) => {
            let from = usize::try_from(from.integer()?).ok()?;
            let to = usize::try_from(to.integer()?).ok()?;
            list(value.certain_items()?.get(from..to)?.to_vec())
        }
        ("length", [value]) => {
            let length = match &value.kind {
                Kind::List(_) | Kind::Set(_) => value.certain_items()?.len(),
                Kind::Object(fields) => fields.len(),
                Kind::Text(text) => {
                    use unicode_segmentation::UnicodeSegmentation as _;
                    text.as_literal()?.graphemes(true).count()
                }
                _ => return None,
            };
            Some(Kind::Number(length.to_string()))
        }
        ("contains", [value, item]) => contains(value, item),
        ("anytrue" | "alltrue", [value]) => {
            let items = value.certain_items()?;
            let truths: Option<Vec<bool>> = items.iter().map(Val::boolean).collect();
            let holds = match name {
                "anytrue" => truths?.contains(&true),
                _ => !truths?.contains(&false),
            };
            Some(Kind::Bool(holds))
        }
        ("one", [value]) => match value.certain_items()? {
            [] => Some(Kind::Null),
            [only] => Some(only.kind.clone()),
            _ => None,
        },
        ("coalesce", values) => coalesce(values),
        ("coalescelist", lists) => {
            for value in lists.iter().filter(|value| !value.is_null()) {
                if !value.certain_items()?.is_empty() {
                    return Some(value.kind.clone());
                }
            }
            None
        }
        ("zipmap", [names, values]) => {
            let (names, values) = (names.certain_items()?, values.certain_items()?);
            if names.len() != values.len() {
                return None;
            }
            let mut fields: Vec<Field> = Vec::new();
            for (name, value) in literals(names)?.iter().zip(values) {
                fields.retain(|field| field.name != *name);
                fields.push(Field::new(name, value.span, value.clone()));
            }
            Some(Kind::Object(fields))
        }
        _ => None,
    }
}

/// Known items beside those of lists that nobody knows.
fn concat(lists: &[Val]) -> Option<Kind> {
    let mut all = Vec::new();
    for value in lists {
        match &value.kind {
            Kind::List(items) | Kind::Set(items) => all.extend(items.iter().cloned()),
            Kind::Unknown(written) => {
                all.push(Val::new(value.span, Kind::Rest(written.clone())));
            }
            _ => return None,
        }
    }
    list(all)
}

fn flatten(value: &Val) -> Option<Vec<Val>> {
    let mut flat = Vec::new();
    for item in value.items()? {
        match &item.kind {
            Kind::List(_) | Kind::Set(_) => flat.extend(flatten(item)?),
            // It may be a list.
            Kind::Unknown(written) => flat.push(Val::new(item.span, Kind::Rest(written.clone()))),
            _ => flat.push(item.clone()),
        }
    }
    Some(flat)
}

fn compact(items: &[Val]) -> Vec<Val> {
    let items = items.iter().filter(|item| {
        !item.is_null() && !matches!(&item.kind, Kind::Text(text) if text.parts().is_empty())
    });
    items
        .map(|item| match &item.kind {
            Kind::Unknown(written) => Val::new(item.span, Kind::Rest(written.clone())),
            _ => item.clone(),
        })
        .collect()
}

/// The items of a list without repetition; what nobody knows stays.
fn distinct(items: Vec<Val>) -> Vec<Val> {
    let mut seen = std::collections::HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        let new = match (&item.kind, item.literal()) {
            (Kind::Text(_), Some(text)) => seen.insert(text),
            _ => true,
        };
        if new {
            kept.push(item);
        }
    }
    kept
}

/// The items of a set, in order of their texts.
pub(in crate::readback::terraform) fn sorted(items: Vec<Val>) -> Vec<Val> {
    let mut items = distinct(items);
    if items.iter().all(|item| item.literal().is_some()) {
        items.sort_by_cached_key(Val::literal);
    }
    items
}

fn merge(maps: &[Val]) -> Option<Kind> {
    let mut merged: Vec<Field> = Vec::new();
    for map in maps {
        match &map.kind {
            Kind::Object(fields) => {
                for field in fields {
                    match merged.iter_mut().find(|known| known.name == field.name) {
                        Some(known) => *known = field.clone(),
                        None => merged.push(field.clone()),
                    }
                }
            }
            Kind::Null => {}
            _ => return None,
        }
    }
    Some(Kind::Object(merged))
}

/// The value, if it has members by name: a map, or the instances of a resource.
fn map(value: &Val) -> Option<&Val> {
    matches!(value.kind, Kind::Object(_) | Kind::Resource(_)).then_some(value)
}

fn lookup(map: &Val, key: &Val, default: &Val) -> Option<Kind> {
    let Kind::Object(_) = &map.kind else {
        return None;
    };
    let found = map.field(&key.literal()?);
    Some(found.unwrap_or(default).kind.clone())
}

fn contains(value: &Val, item: &Val) -> Option<Kind> {
    let mut certain = true;
    for known in value.items()? {
        match known.equals(item) {
            Some(true) => return Some(Kind::Bool(true)),
            Some(false) => {}
            None => certain = false,
        }
    }
    certain.then_some(Kind::Bool(false))
}

/// The first that is neither null nor an empty text.
fn coalesce(values: &[Val]) -> Option<Kind> {
    for value in values {
        match &value.kind {
            Kind::Null => {}
            Kind::Text(text) if text.parts().is_empty() => {}
            // It may be null, or empty.
            Kind::Unknown(_) | Kind::Rest(_) | Kind::Fails(_) => return None,
            Kind::Text(text) if text.as_literal().is_none() && text.literals().next().is_none() => {
                return (!text.is_unknown()).then(|| value.kind.clone());
            }
            kind => return Some(kind.clone()),
        }
    }
    None
}
