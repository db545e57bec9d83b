//! A key resource of either target: the same properties under each one's names.

use std::collections::BTreeMap;

use crate::iam::value::{Member, Read, Value, unproven};
use crate::iam::{Text, read};
use crate::kms::{Key, KeySpec, KeyUsage, Origin, Rotation, limits};
use crate::source::Span;

/// How a target calls the properties of a key.
pub(super) struct Names {
    pub(super) description: &'static str,
    pub(super) key_spec: &'static str,
    pub(super) key_usage: &'static str,
    pub(super) origin: Option<&'static str>,
    pub(super) multi_region: &'static str,
    pub(super) enabled: &'static str,
    pub(super) rotation: &'static str,
    pub(super) rotation_period: &'static str,
    pub(super) deletion_window: &'static str,
    pub(super) policy: &'static str,
    pub(super) tags: &'static str,
}

/// Days from scheduling a key's deletion to the deletion where nothing is said.
/// Source: KMS API reference, `ScheduleKeyDeletion`.
const DEFAULT_WINDOW: u64 = 30;

/// Reads the properties of a key.
///
/// # Errors
/// The first property that is unknown or cannot be read for certain; a key without a policy.
pub(super) fn properties(
    name: &str,
    span: Span,
    members: Vec<Member>,
    names: &Names,
    tags: impl Fn(Value) -> Read<BTreeMap<String, Text>>,
) -> Read<Key> {
    let mut key = Key {
        name: name.to_owned(),
        was: None,
        description: String::new(),
        key_spec: KeySpec::SYMMETRIC_DEFAULT,
        key_usage: KeyUsage::EncryptDecrypt,
        origin: Origin::AwsKms,
        multi_region: false,
        enabled: true,
        rotation: None,
        deletion_window_days: DEFAULT_WINDOW,
        retained: false,
        tags: BTreeMap::new(),
        aliases: Vec::new(),
        policy: Default::default(),
    };
    let mut rotates = false;
    let mut period_days = limits::ROTATION_PERIOD_DEFAULT;
    let mut has_policy = false;
    for member in members {
        let value = member.value;
        match member.name.as_str() {
            name if name == names.description => key.description = value.into_literal()?,
            name if name == names.key_spec => {
                key.key_spec = named(&value, KeySpec::named, "key spec")?;
            }
            name if name == names.key_usage => {
                key.key_usage = named(&value, KeyUsage::named, "key usage")?;
            }
            name if Some(name) == names.origin => {
                key.origin = named(&value, Origin::named, "origin")?;
            }
            name if name == names.multi_region => key.multi_region = value.boolean()?,
            name if name == names.enabled => key.enabled = value.boolean()?,
            name if name == names.rotation => rotates = value.boolean()?,
            name if name == names.rotation_period => period_days = value.number()?,
            name if name == names.deletion_window => key.deletion_window_days = value.number()?,
            name if name == names.policy => {
                key.policy = read::document(value)?;
                has_policy = true;
            }
            name if name == names.tags => key.tags = tags(value)?,
            name => {
                let message = format!("`{name}` is no property of a key that keywright knows");
                return Err(unproven(member.span, message));
            }
        }
    }
    if !has_policy {
        return Err(unproven(
            span,
            "this key has no policy: AWS would give it a default one",
        ));
    }
    key.rotation = rotates.then_some(Rotation { period_days });
    Ok(key)
}

fn named<T>(value: &Value, find: impl Fn(&str) -> Option<T>, what: &str) -> Read<T> {
    let name = value.literal()?;
    find(name).ok_or_else(|| unproven(value.span, format!("unknown {what} `{name}`")))
}
