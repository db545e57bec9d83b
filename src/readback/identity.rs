//! What policies of users, groups and roles have in common in either target.

use crate::iam::read::{self, ReadPolicy};
use crate::iam::value::{Member, Value, ValueKind};
use crate::iam::{Part, Text};

/// Reads a document in which names of other resources of the file stand: each is one thing, no pattern.
///
/// `is_resource` tells what is unknown as the name of a resource, as it is written, from what is not known at all.
pub(super) fn policy(document: Value, is_resource: &impl Fn(&str) -> bool) -> ReadPolicy {
    read::policy(named(document, is_resource))
}

/// The value with stand-ins for names and ARNs that deployment makes.
fn named(value: Value, is_resource: &impl Fn(&str) -> bool) -> Value {
    let kind = match value.kind {
        ValueKind::Reference { resource, .. } => {
            ValueKind::Text(Text::literal(format!("arn:::::{resource}")))
        }
        ValueKind::Unknown(written) if is_resource(&written) => {
            ValueKind::Text(Text::literal("arn:::::made"))
        }
        ValueKind::Text(text) if text.is_unknown() => {
            let mut known = Text::new();
            for part in text.parts() {
                match part {
                    Part::Unknown(written) if is_resource(written) => known.push_str("made"),
                    part => known.push_part(part.clone()),
                }
            }
            ValueKind::Text(known)
        }
        ValueKind::List(items) => {
            let items = items.into_iter().map(|item| named(item, is_resource));
            ValueKind::List(items.collect())
        }
        ValueKind::Object(members) => {
            let members = members.into_iter().map(|member| Member {
                value: named(member.value, is_resource),
                ..member
            });
            ValueKind::Object(members.collect())
        }
        kind => kind,
    };
    Value { kind, ..value }
}
