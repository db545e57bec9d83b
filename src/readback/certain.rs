//! Keys from what was found, for those who accept no doubt: the proof of what keywright prints.

use super::found::{Found, FoundAlias, FoundKey, KeyForm, Lifetime, Property};
use super::{ReadKey, ReadStack};
use crate::diag::Diagnostic;
use crate::iam::PolicyDocument;
use crate::iam::Text;
use crate::iam::read::ReadPolicy;
use crate::iam::value::{NOT_READABLE, Read, unproven};
use crate::kms::{Alias, CustomKeyStore, Key, KeySpec, KeyUsage, Origin, Rotation, limits};
use crate::source::Span;

/// Days from scheduling a key's deletion to the deletion where nothing is said.
/// Source: KMS API reference, `ScheduleKeyDeletion`.
const DEFAULT_WINDOW: u64 = 30;

/// Takes what was found for certain.
///
/// # Errors
/// Everything in it that is unknown, refused by AWS, or holds only under a condition or by default.
pub(super) fn certain(found: Found) -> Result<ReadStack, Vec<Diagnostic>> {
    let mut diagnostics = found.doubts;
    diagnostics.extend(found.loose);
    // What is wrong with the notation comes first: all else may be an echo of it.
    let is_of_notation = |diagnostic: &Diagnostic| diagnostic.code != NOT_READABLE;
    if diagnostics.iter().any(is_of_notation) {
        diagnostics.retain(is_of_notation);
        return Err(diagnostics);
    }
    let mut keys = Vec::with_capacity(found.keys.len());
    for key in found.keys {
        match certain_key(key) {
            Ok(key) => keys.push(key),
            // Variants of a key share what is doubtful in them.
            Err(diagnostic) if diagnostics.contains(&diagnostic) => {}
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    // The alias of a key that cannot be read would only be an echo.
    if diagnostics.is_empty() {
        diagnostics.extend(found.other_aliases.into_iter().map(homeless));
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(ReadStack {
        keys,
        moves: found.moves,
        removals: found.removals,
    })
}

/// Why an alias belongs to no key that was read.
fn homeless(alias: FoundAlias) -> Diagnostic {
    if let Some(doubt) = alias.doubts.into_iter().next() {
        return doubt;
    }
    match (alias.name, alias.key) {
        (Property::Invalid(diagnostic), _) => diagnostic,
        (Property::Known(..), Some(key)) => unproven(
            alias.span,
            format!("this alias names `{key}`, which is no key of this file"),
        ),
        _ => unproven(
            alias.span,
            "this alias has no name, or names no key of this file",
        ),
    }
}

/// What keywright would write: nothing is unknown, and AWS's default stands where nothing is said.
fn value<T>(property: Property<T>, default: T) -> Read<T> {
    match property {
        Property::Absent => Ok(default),
        Property::Known(value, _) => Ok(value),
        Property::Unknown(written, span) => {
            Err(unproven(span, format!("`{written}` is not resolved here")))
        }
        Property::Invalid(diagnostic) => Err(diagnostic),
    }
}

fn certain_key(found: FoundKey) -> Read<ReadKey> {
    let span = found.span;
    if let Some(doubt) = found.doubts.first() {
        return Err(doubt.clone());
    }
    let name = found.resource.clone();
    let replica = match found.form {
        KeyForm::Key | KeyForm::External => false,
        KeyForm::Replica | KeyForm::ExternalReplica => true,
        KeyForm::PolicyAlone => {
            return Err(unproven(span, format!("`{name}` is not in the spec")));
        }
    };
    if replica && let Some((what, span)) = shared(&found) {
        let message = format!("{what} of a replica is its primary key's");
        return Err(unproven(span, message));
    }
    if let Some((name, span)) = found.strangers.into_iter().next() {
        let message = format!("`{name}` is no property of a key that keywright knows");
        return Err(unproven(span, message));
    }
    if let Some((words, span)) = found.assumptions.into_iter().next() {
        return Err(unproven(span, format!("{words} only by default")));
    }
    if let Some(words) = found.when.into_iter().next() {
        return Err(unproven(span, format!("this is so only where {words}")));
    }
    if let Property::Known(true, span) = found.bypasses_lockout_check {
        let message = "this key lets KMS take a policy that locks everyone out";
        return Err(unproven(span, message));
    }
    value(found.bypasses_lockout_check, false)?;
    let description = match found.description {
        Property::Known(text, span) => text
            .into_literal()
            .ok_or_else(|| unproven(span, "this text depends on the deployment"))?,
        other => value(other, Text::new())?.to_string(),
    };
    let imported = matches!(found.form, KeyForm::External | KeyForm::ExternalReplica);
    let custom_key_store = custom_key_store(found.custom_key_store_id, found.xks_key_id)?;
    let origin = match &custom_key_store {
        // Of a replica it is its primary key's to say.
        _ if replica => Origin::AwsKms,
        _ if imported => Origin::External,
        None => value(found.origin, Origin::AwsKms)?,
        Some(store) if store.xks_key_id.is_none() => Origin::CloudHsm,
        Some(_) => Origin::ExternalKeyStore,
    };
    let rotates = value(found.rotates, false)?;
    let period_days = value(found.rotation_period_days, limits::ROTATION_PERIOD_DEFAULT)?;
    let retained = retained(found.lifetime, ["Retain", "Retain"], span)?;
    let mut aliases = Vec::with_capacity(found.aliases.len());
    let mut alias_resources = Vec::with_capacity(found.aliases.len());
    for alias in found.aliases {
        alias_resources.push(alias.resource.clone());
        aliases.push(certain_alias(alias, retained)?);
    }
    let key = Key {
        name,
        was: Vec::new(),
        description,
        key_spec: value(found.key_spec, KeySpec::SYMMETRIC_DEFAULT)?,
        key_usage: value(found.key_usage, KeyUsage::EncryptDecrypt)?,
        origin,
        custom_key_store,
        replica,
        multi_region: value(found.multi_region, false)?,
        enabled: value(found.enabled, true)?,
        rotation: rotates.then_some(Rotation { period_days }),
        deletion_window_days: value(found.deletion_window_days, DEFAULT_WINDOW)?,
        retained,
        tags: value(found.tags, Default::default())?,
        aliases,
        policy: policy(found.policy, span)?,
    };
    Ok(ReadKey {
        key,
        span,
        primary: primary(found.primary_key_arn)?,
        alias_resources,
    })
}

/// What a resource of a replica says although it is its primary key's to say.
fn shared(found: &FoundKey) -> Option<(&'static str, Span)> {
    let properties = [
        ("the key spec", found.key_spec.span()),
        ("the key usage", found.key_usage.span()),
        ("the origin", found.origin.span()),
        ("the rotation", found.rotates.span()),
        ("the rotation period", found.rotation_period_days.span()),
        ("whether it is multi-Region", found.multi_region.span()),
    ];
    let mut said = properties
        .into_iter()
        .filter_map(|(what, span)| Some((what, span?)));
    said.next()
}

fn custom_key_store(
    id: Property<String>,
    xks_key_id: Property<String>,
) -> Read<Option<CustomKeyStore>> {
    let span = xks_key_id.span();
    let xks_key_id = match xks_key_id {
        Property::Absent => None,
        other => Some(value(other, String::new())?),
    };
    match (id, span) {
        (Property::Absent, None) => Ok(None),
        (Property::Absent, Some(span)) => {
            Err(unproven(span, "an external key without its key store"))
        }
        (id, _) => Ok(Some(CustomKeyStore {
            id: value(id, String::new())?,
            xks_key_id,
        })),
    }
}

/// What the ARN of the primary key comes from: only the deployment knows it.
fn primary(arn: Property<Text>) -> Read<Option<String>> {
    match arn {
        Property::Absent => Ok(None),
        Property::Unknown(written, _) => Ok(Some(written)),
        Property::Known(text, _) => Ok(Some(text.to_string())),
        Property::Invalid(diagnostic) => Err(diagnostic),
    }
}

fn policy(policy: Property<ReadPolicy>, key: Span) -> Read<PolicyDocument> {
    let (read, span) = match policy {
        Property::Known(read, span) => (read, span),
        Property::Absent => {
            let message = "this key has no policy: AWS would give it a default one";
            return Err(unproven(key, message));
        }
        Property::Unknown(written, span) => {
            return Err(unproven(span, format!("`{written}` is not resolved here")));
        }
        Property::Invalid(diagnostic) => return Err(diagnostic),
    };
    read.certain(span)
}

pub(super) fn certain_alias(alias: FoundAlias, key_retained: bool) -> Read<Alias> {
    if let Some(doubt) = alias.doubts.into_iter().next() {
        return Err(doubt);
    }
    let name = match alias.name {
        Property::Absent => return Err(unproven(alias.span, "this alias has no name")),
        other => value(other, Text::new())?,
    };
    let retained = match alias.lifetime {
        // Terraform says so of the key alone.
        Lifetime::PreventDestroy(_) => key_retained,
        other => retained(other, ["RetainExceptOnCreate", "Retain"], alias.span)?,
    };
    Ok(Alias { name, retained })
}

/// Whether the deletion policies are those of a resource that stays; otherwise both must be `Delete`.
pub(super) fn retained(lifetime: Lifetime, expected: [&str; 2], span: Span) -> Read<bool> {
    let (deletion, replacement) = match lifetime {
        Lifetime::PreventDestroy(prevents) => return value(prevents, false),
        Lifetime::Unmanaged => return Ok(false),
        Lifetime::Policies {
            deletion,
            replacement,
        } => (deletion, replacement),
    };
    // CloudFormation deletes what says nothing.
    let found = [
        value(deletion, "Delete".to_owned())?,
        value(replacement, "Delete".to_owned())?,
    ];
    if found == expected {
        return Ok(true);
    }
    if found == ["Delete", "Delete"] {
        return Ok(false);
    }
    let [deletion, replacement] = expected;
    Err(unproven(
        span,
        format!(
            "the deletion policies of this resource are neither {deletion} and {replacement} nor Delete"
        ),
    ))
}
