//! A key resource of either target: the same properties under each one's names.

use std::collections::BTreeMap;

use super::found::{FoundKey, Property};
use crate::iam::value::{Member, Read, Value, unproven};
use crate::iam::{Text, read};
use crate::kms::{KeySpec, KeyUsage, Origin};

/// How a target calls the properties of a key.
pub(super) struct Names {
    pub(super) description: &'static str,
    pub(super) key_spec: &'static str,
    pub(super) key_usage: &'static str,
    pub(super) origin: Option<&'static str>,
    pub(super) custom_key_store: &'static str,
    pub(super) xks_key: &'static str,
    pub(super) primary: &'static str,
    pub(super) multi_region: &'static str,
    pub(super) enabled: &'static str,
    pub(super) rotation: &'static str,
    pub(super) rotation_period: &'static str,
    pub(super) deletion_window: &'static str,
    pub(super) bypass: &'static str,
    pub(super) policy: &'static str,
    pub(super) tags: &'static str,
}

/// Reads the properties of a key into what is found of it.
pub(super) fn properties(
    key: &mut FoundKey,
    members: Vec<Member>,
    names: &Names,
    tags: impl Fn(Value) -> Read<BTreeMap<String, Text>>,
) {
    for member in members {
        let value = member.value;
        match member.name.as_str() {
            name if name == names.description => {
                key.description = Property::read(value, Value::into_text);
            }
            name if name == names.key_spec => {
                key.key_spec = named(value, KeySpec::named, "key spec");
            }
            name if name == names.key_usage => {
                key.key_usage = named(value, KeyUsage::named, "key usage");
            }
            name if Some(name) == names.origin => {
                key.origin = named(value, Origin::named, "origin");
            }
            name if name == names.custom_key_store => {
                key.custom_key_store_id = Property::read(value, Value::into_literal);
            }
            name if name == names.xks_key => {
                key.xks_key_id = Property::read(value, Value::into_literal);
            }
            name if name == names.primary => {
                key.primary_key_arn = Property::read(value, Value::into_text);
            }
            name if name == names.multi_region => key.multi_region = boolean(value),
            name if name == names.enabled => key.enabled = boolean(value),
            name if name == names.rotation => key.rotates = boolean(value),
            name if name == names.rotation_period => key.rotation_period_days = number(value),
            name if name == names.deletion_window => key.deletion_window_days = number(value),
            name if name == names.bypass => key.bypasses_lockout_check = boolean(value),
            name if name == names.policy => {
                let span = value.span;
                key.policy = Property::Known(read::policy(value), span);
            }
            name if name == names.tags => key.tags = Property::read(value, &tags),
            _ => key.strangers.push((member.name, member.span)),
        }
    }
}

fn boolean(value: Value) -> Property<bool> {
    Property::read(value, |value| value.boolean())
}

fn number(value: Value) -> Property<u64> {
    Property::read(value, |value| value.number())
}

fn named<T>(value: Value, find: impl Fn(&str) -> Option<T>, what: &str) -> Property<T> {
    Property::read(value, |value| {
        let name = value.literal()?;
        find(name).ok_or_else(|| unproven(value.span, format!("unknown {what} `{name}`")))
    })
}
