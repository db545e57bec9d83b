//! Values for templates: fully populated, so that nothing in them is silently undefined.

use std::collections::BTreeMap;

use tera::{Map, Value};

use crate::iam::Text;
use crate::kms::{Key, KeySpec, KeyUsage, Origin, Region, Rotation, Stack, limits};

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

/// Key spec and usage where they are not AWS's own defaults, which are not printed. Replicas have their primary key's.
pub(super) fn kind(key: &Key) -> (Option<&'static str>, Option<&'static str>) {
    if key.replica {
        return (None, None);
    }
    let spec = (key.key_spec != KeySpec::SYMMETRIC_DEFAULT).then_some(key.key_spec.as_str());
    let usage = (key.key_usage != KeyUsage::EncryptDecrypt).then_some(key.key_usage.as_str());
    (spec, usage)
}

/// Why scanners need not mind the `*` in a policy, where it stands behind conditions.
pub(super) fn scanner_reason(key: &Key, wanted: bool) -> Option<&'static str> {
    (wanted && key.policy.has_fenced_everyone()).then_some(SCANNER_REASON)
}

const SCANNER_REASON: &str = "Every Allow for this principal has conditions that leave only the principals that the spec names";

/// The rotation of a key; that of a replica is its primary key's.
pub(super) fn rotation(key: &Key) -> Option<Rotation> {
    key.rotation.filter(|_| !key.replica)
}

/// The period of rotation where it is not AWS's own default, which is not printed.
pub(super) fn rotation_period(key: &Key) -> Option<u64> {
    rotation(key)
        .map(|rotation| rotation.period_days)
        .filter(|days| *days != limits::ROTATION_PERIOD_DEFAULT)
}

/// Whether a key is said to be a multi-Region key; of replicas it goes without saying.
pub(super) fn multi_region(key: &Key) -> bool {
    key.multi_region && !key.replica
}

/// The origin where CloudFormation has to be told.
pub(super) fn origin(key: &Key) -> Option<&'static str> {
    let told = key.origin != Origin::AwsKms && !key.replica;
    told.then_some(key.origin.as_str())
}

/// What comes before the Region in the ARN of a stack's primary keys, and the Region where it is known.
/// Source: KMS developer guide, "Multi-Region keys in AWS KMS": related keys are in one partition.
pub(super) fn primary_arn(stack: &Stack) -> (String, Option<&str>) {
    let region = stack.replicas_in.as_ref();
    let partition = region.map_or("aws", |region| region.partition().id());
    (
        format!("arn:{partition}:kms:"),
        stack.home.as_ref().map(Region::name),
    )
}

/// What comes behind the Region in the ARN of a primary key, as a pattern.
/// Source: KMS developer guide, "Multi-Region keys in AWS KMS": ids begin with `mrk-`, 32 hexadecimal digits follow.
pub(super) const PRIMARY_ARN_END: &str = ":[0-9]{12}:key/mrk-[0-9a-f]{32}$";

/// What the ARN of a replica's primary key is asked for with.
///
/// Source: KMS developer guide, "Key states of AWS KMS keys": `ReplicateKey` fails while the import of its material is pending.
pub(super) fn primary_description(key: &Key) -> String {
    let ready = match key.origin {
        Origin::External => ", once its key material is imported",
        _ => "",
    };
    format!("ARN of the primary key of {}{ready}", name(key))
}

/// What people call a key: its main alias.
pub(super) fn name(key: &Key) -> String {
    let name = key.aliases.first().map(|alias| alias.name.to_string());
    name.unwrap_or_default()
}
