//! `Fn::FindInMap`.
//!
//! Source: CloudFormation template reference, "Fn::FindInMap" and "Fn::FindInMap enhancements".

use super::{Argument, Call, Reader};
use crate::iam::Text;
use crate::iam::value::ValueKind;
use crate::readback::cloudformation::domain::Domain;
use crate::yaml::{Entry, Node};

/// A key that leads into a mapping.
enum Key {
    /// Known.
    Literal(String),
    /// Known only at deployment.
    Unknown,
}

impl<'t> Reader<'t, '_> {
    pub(super) fn find_in_map(&self, call: &Call<'t>) -> Option<ValueKind> {
        let (map, top, second, default) = match call.argument.items()? {
            [map, top, second] => (map, top, second, None),
            [map, top, second, options] => {
                let [default] = Argument::of(options).entries()? else {
                    return None;
                };
                if default.name() != "DefaultValue" {
                    return None;
                }
                (map, top, second, Some(&default.value))
            }
            _ => return None,
        };
        let unknown = || Some(self.unknown(call.node));
        let Key::Literal(map) = self.map_key(map, None)? else {
            return unknown();
        };
        let found = match self.template.mappings.get(map.as_str()) {
            Some(map) => map.as_mapping()?,
            None if default.is_some() => &[],
            None => {
                let message = format!("`{map}` is no mapping of this template");
                return Some(self.doubtful(call.node, message));
            }
        };
        let options = default.is_none().then_some(found);
        let Key::Literal(top) = self.map_key(top, options)? else {
            return unknown();
        };
        let entry = found.iter().find(|entry| entry.name() == top);
        let found = entry.and_then(|entry| entry.value.as_mapping());
        let Key::Literal(second) = self.map_key(second, found.filter(|_| default.is_none()))?
        else {
            return unknown();
        };
        let found = found.unwrap_or_default();
        let entry = found.iter().find(|entry| entry.name() == second);
        match (entry, default) {
            (Some(entry), _) if !self.template.is_repeated(&entry.key) => {
                self.value(&entry.value).map(|value| value.kind)
            }
            (Some(_), _) => unknown(),
            (None, Some(default)) => self.value(default).map(|value| value.kind),
            (None, None) => {
                let message = format!("the mapping `{map}` has no `{top}` with `{second}`");
                Some(self.doubtful(call.node, message))
            }
        }
    }

    /// A key. What only deployment knows is one of those that there are, since no others can be deployed.
    fn map_key(&self, node: &'t Node, options: Option<&'t [Entry]>) -> Option<Key> {
        if let (Some(subject), Some(options)) = (self.subject(node), options) {
            let domain = self.domain(subject);
            let is_open = domain.candidates.is_none();
            let has_default = || {
                let value = self.value(node)?;
                value.literal().ok().map(str::to_owned)
            };
            if is_open && let Some(value) = has_default() {
                return Some(Key::Literal(value));
            }
            let mut candidates = Vec::new();
            for option in options {
                let name = option.name();
                if domain.allows(name) {
                    candidates.push(name.to_owned());
                }
            }
            if !is_open {
                // Values that are allowed and lead nowhere fail at deployment.
                let all = domain.candidates.as_deref().unwrap_or_default();
                if !all.iter().any(|value| candidates.contains(value)) {
                    candidates = all.to_vec();
                }
            }
            if candidates.is_empty() {
                return Some(Key::Unknown);
            }
            return Some(match self.pick(subject, &Domain::of(candidates)) {
                Some(value) => Key::Literal(value),
                None => Key::Unknown,
            });
        }
        let value = self.value(node)?;
        if let ValueKind::Unknown(_) = value.kind {
            return Some(Key::Unknown);
        }
        let text = value.into_word().ok().and_then(Text::into_literal);
        Some(text.map_or(Key::Unknown, Key::Literal))
    }
}
