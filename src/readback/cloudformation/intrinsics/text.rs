//! Functions that make text and lists of it.

use std::collections::BTreeMap;

use super::{Argument, Call, Reader};
use crate::iam::value::{Value, ValueKind};
use crate::iam::{Part, Text};
use crate::target::cloudformation::{Hole, parse_sub};
use crate::yaml::Node;

const DYNAMIC: &str = "{{resolve:";

/// A text as a value: dynamic references are unknown, and so is what is nothing but one unknown piece.
/// Source: CloudFormation user guide, "Get values stored in other services using dynamic references".
pub(in super::super) fn resolved(text: Text) -> ValueKind {
    let text = if text.literals().any(|literal| literal.contains(DYNAMIC)) {
        without_dynamic_references(&text)
    } else {
        text
    };
    match text.parts() {
        [Part::Unknown(written)] => ValueKind::Unknown(written.clone()),
        _ => ValueKind::Text(text),
    }
}

fn without_dynamic_references(text: &Text) -> Text {
    let mut out = Text::new();
    // The reference that has begun and not ended yet.
    let mut open: Option<Text> = None;
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            open.as_mut().unwrap_or(&mut out).push_part(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        loop {
            if let Some(reference) = &mut open {
                let Some(end) = rest.find("}}") else {
                    reference.push_str(rest);
                    break;
                };
                let (inside, after) = rest.split_at(end + 2);
                reference.push_str(inside);
                out.push_part(Part::Unknown(reference.to_string()));
                open = None;
                rest = after;
            } else {
                let Some(start) = rest.find(DYNAMIC) else {
                    out.push_str(rest);
                    break;
                };
                let (before, inside) = rest.split_at(start);
                out.push_str(before);
                open = Some(Text::literal(DYNAMIC));
                rest = inside.get(DYNAMIC.len()..).unwrap_or_default();
            }
        }
    }
    // Without an end it is none.
    if let Some(open) = open {
        out.push_text(&open);
    }
    out
}

impl<'t> Reader<'t, '_> {
    pub(super) fn sub(&self, call: &Call<'t>) -> Option<ValueKind> {
        let mut values = BTreeMap::new();
        let template = match call.argument.items() {
            Some([template, mapping]) => {
                for entry in Argument::of(mapping).entries()? {
                    let value = self.value(&entry.value);
                    let text = value.map(|value| self.as_text(value));
                    values.insert(entry.name(), text.unwrap_or_default());
                }
                Argument::of(template).word()?
            }
            Some(_) => return None,
            None => call.argument.word()?,
        };
        let mut is_too_large = false;
        let text = parse_sub(template, |hole| {
            let name = match hole {
                Hole::Named(name) => name,
                Hole::Unclosed(written) => {
                    self.doubt(call.span, "`${` in this substitution has no end");
                    return Text::unknown(written);
                }
            };
            let value = match values.get(name) {
                Some(value) => value.clone(),
                None => self.named(name, call),
            };
            let size: usize = value.literals().map(str::len).sum();
            if is_too_large || !self.template.spend(size + value.parts().len()) {
                is_too_large = true;
                return Text::new();
            }
            value
        });
        if is_too_large {
            self.exhausted(call.span);
            return Some(self.unknown(call.node));
        }
        Some(self.text(text, call.span))
    }

    /// What a name in a substitution stands for.
    fn named(&self, name: &'t str, call: &Call<'t>) -> Text {
        let is_name_character = |c: char| c.is_ascii_alphanumeric() || "_.:".contains(c);
        let value = if name.is_empty() || !name.chars().all(is_name_character) {
            None
        } else if let Some((resource, attribute)) = name
            .split_once('.')
            .filter(|_| !self.template.parameters.contains_key(name))
        {
            Some(self.attribute(resource, attribute, call))
        } else {
            self.reference(name, call)
        };
        match value {
            Some(kind) => self.as_text(Value {
                span: call.span,
                kind,
            }),
            None => {
                self.doubt(
                    call.span,
                    format!("`{name}` in this substitution is not known here"),
                );
                Text::unknown(format!("${{{name}}}"))
            }
        }
    }

    pub(super) fn join(&self, call: &Call<'t>) -> Option<ValueKind> {
        let [delimiter, list] = call.argument.items()? else {
            return None;
        };
        // An empty delimiter is text also without quotes.
        let delimiter = delimiter.text().filter(|_| delimiter.tag.is_none())?;
        let items = match self.value(list)?.kind {
            ValueKind::List(items) => items,
            ValueKind::Unknown(_) => return Some(self.unknown(call.node)),
            _ => return None,
        };
        let mut joined = Text::new();
        for (number, item) in items.into_iter().enumerate() {
            if number > 0 {
                joined.push_str(delimiter);
            }
            joined.push_text(&self.as_text(item));
        }
        Some(self.text(joined, call.span))
    }

    pub(super) fn split(&self, call: &Call<'t>) -> Option<ValueKind> {
        let [delimiter, source] = call.argument.items()? else {
            return None;
        };
        let delimiter = Argument::of(delimiter).word()?;
        let source = self.value(source)?;
        let text = match source.kind {
            ValueKind::Text(text) => text,
            ValueKind::Unknown(_) => return Some(self.unknown(call.node)),
            _ => return None,
        };
        // Accounts, partitions and Regions have neither colon nor slash nor comma; Regions have hyphens.
        let may_be_inside = !delimiter.contains([':', '/', ',', '|', ';']);
        let is_known = !text.is_unknown()
            && (text.as_literal().is_some() || !may_be_inside)
            && !delimiter.is_empty();
        if !is_known {
            return Some(self.unknown(call.node));
        }
        let mut pieces = vec![Text::new()];
        for part in text.parts() {
            if let Part::Literal(literal) = part {
                for (number, piece) in literal.split(delimiter).enumerate() {
                    if number > 0 {
                        pieces.push(Text::new());
                    }
                    if let Some(last) = pieces.last_mut() {
                        last.push_str(piece);
                    }
                }
            } else if let Some(last) = pieces.last_mut() {
                last.push_part(part.clone());
            }
        }
        let items = pieces.into_iter().map(|piece| Value {
            span: call.span,
            kind: self.text(piece, call.span),
        });
        Some(ValueKind::List(items.collect()))
    }

    pub(super) fn select(
        &self,
        call: &Call<'t>,
        index: &'t Node,
        list: &'t Node,
    ) -> Option<ValueKind> {
        let index = self.value(index)?;
        let list = self.value(list)?;
        let ValueKind::List(items) = list.kind else {
            return Some(match list.kind {
                ValueKind::Unknown(_) => self.unknown(call.node),
                _ => self.doubtful(call.node, "only a list has items to select"),
            });
        };
        if let ValueKind::Unknown(_) = index.kind {
            return Some(self.unknown(call.node));
        }
        let item = index.number().ok().and_then(|index| {
            let index = usize::try_from(index).ok()?;
            items.into_iter().nth(index)
        });
        Some(match item {
            Some(item) => item.kind,
            None => self.doubtful(call.node, "this list has no such item"),
        })
    }

    pub(super) fn length(&self, call: &Call<'t>) -> Option<ValueKind> {
        match self.given(call)?.kind {
            ValueKind::List(items) => Some(ValueKind::Number(items.len().to_string())),
            ValueKind::Unknown(_) => Some(self.unknown(call.node)),
            _ => None,
        }
    }

    pub(super) fn to_json_string(&self, call: &Call<'t>) -> Option<ValueKind> {
        let value = self.given(call)?;
        let mut json = Text::new();
        self.push_json(&mut json, &value);
        Some(self.text(json, call.span))
    }

    /// The argument of a function of one argument.
    fn given(&self, call: &Call<'t>) -> Option<Value> {
        if call.argument.is_tagged {
            let kind = self.plain(call.argument.node);
            return Some(Value {
                span: call.span,
                kind,
            });
        }
        self.value(call.argument.node)
    }

    fn push_json(&self, json: &mut Text, value: &Value) {
        match &value.kind {
            ValueKind::Text(text) => push_quoted(json, text),
            ValueKind::Unknown(written) => push_quoted(json, &Text::unknown(written.clone())),
            ValueKind::Bool(value) => json.push_str(if *value { "true" } else { "false" }),
            ValueKind::Number(digits) => json.push_str(digits),
            ValueKind::Null | ValueKind::Reference { .. } => json.push_str("null"),
            ValueKind::List(items) => {
                json.push_str("[");
                for (number, item) in items.iter().enumerate() {
                    json.push_str(if number > 0 { "," } else { "" });
                    self.push_json(json, item);
                }
                json.push_str("]");
            }
            ValueKind::Object(members) => {
                json.push_str("{");
                for (number, member) in members.iter().enumerate() {
                    json.push_str(if number > 0 { "," } else { "" });
                    push_quoted(json, &Text::literal(member.name.as_str()));
                    json.push_str(":");
                    self.push_json(json, &member.value);
                }
                json.push_str("}");
            }
        }
    }
}

/// A text as JSON; what is not literal goes between the quotes as it is.
fn push_quoted(json: &mut Text, text: &Text) {
    json.push_str("\"");
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                let quoted = serde_json::Value::from(literal.as_str()).to_string();
                json.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            }
            other => json.push_part(other.clone()),
        }
    }
    json.push_str("\"");
}
