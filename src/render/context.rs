//! Values for templates: fully populated, so that nothing in them is silently undefined.

use std::collections::BTreeMap;

use tera::{Map, Value};

use crate::iam::Text;
use crate::kms::{Key, KeySpec, KeyUsage, limits};

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

/// Key spec and usage where they are not AWS's own defaults, which are not printed.
pub(super) fn kind(key: &Key) -> (Option<&'static str>, Option<&'static str>) {
    let spec = (key.key_spec != KeySpec::SYMMETRIC_DEFAULT).then_some(key.key_spec.as_str());
    let usage = (key.key_usage != KeyUsage::EncryptDecrypt).then_some(key.key_usage.as_str());
    (spec, usage)
}

/// Why scanners need not mind the `*` in a policy, where it stands behind conditions.
pub(super) fn scanner_reason(key: &Key, wanted: bool) -> Option<&'static str> {
    (wanted && key.policy.has_fenced_everyone()).then_some(SCANNER_REASON)
}

const SCANNER_REASON: &str = "Every Allow for this principal has conditions that leave only the principals that the spec names";

/// The period of rotation where it is not AWS's own default, which is not printed.
pub(super) fn rotation_period(key: &Key) -> Option<u64> {
    key.rotation
        .map(|rotation| rotation.period_days)
        .filter(|days| *days != limits::ROTATION_PERIOD_DEFAULT)
}
