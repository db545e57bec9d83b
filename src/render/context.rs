//! Values for templates: fully populated, so that nothing in them is silently undefined.

use std::collections::BTreeMap;

use tera::{Map, Value};

use crate::iam::Text;
use crate::kms::{Key, limits};

/// A mapping.
pub(super) fn object<const N: usize>(members: [(&'static str, Value); N]) -> Value {
    members
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect::<Map>()
        .into()
}

/// Text that is printed as it is: a complete value in the target's notation.
pub(super) fn ready(text: &str) -> Value {
    Value::safe_string(text)
}

/// Tags as a list of key and value; keys are printed by the escape, values by the target's own function.
pub(super) fn tags(tags: &BTreeMap<String, Text>, value: fn(&Text) -> String) -> Value {
    tags.iter()
        .map(|(key, text)| object([("key", key.as_str().into()), ("value", ready(&value(text)))]))
        .collect::<Vec<_>>()
        .into()
}

/// The period of rotation where it is not AWS's own default, which is not printed.
pub(super) fn rotation_period(key: &Key) -> Option<u64> {
    key.rotation
        .map(|rotation| rotation.period_days)
        .filter(|days| *days != limits::ROTATION_PERIOD_DEFAULT)
}
