//! What kind of key it is, how it rotates and how it is kept.

use super::scope;
use crate::kms::{KeySpec, KeyUsage, Origin, limits};
use crate::readback::found::{FoundKey, KeyForm, Lifetime, Property};

/// The names of its aliases, as far as they are known.
pub(super) fn aliases(key: &FoundKey) -> Vec<String> {
    let names = key.aliases.iter().filter_map(|alias| alias.name.known());
    names.map(ToString::to_string).collect()
}

/// Its description, as far as it is known.
pub(super) fn description(key: &FoundKey) -> Option<String> {
    match &key.description {
        Property::Known(text, _) => Some(text.to_string()),
        Property::Unknown(written, _) => Some(written.clone()),
        Property::Absent | Property::Invalid(_) => None,
    }
}

const AT_DEPLOYMENT: &str = "known only at deployment";

/// Name and words, those that are known of this kind of resource.
pub(super) fn properties(key: &FoundKey) -> Vec<(&'static str, String)> {
    let mut properties = Vec::new();
    if key.form == KeyForm::PolicyAlone {
        return properties;
    }
    properties.push(("Kind", kind(key)));
    if key.enabled.known() == Some(&false) {
        properties.push(("State", "disabled: nobody can use it".to_owned()));
    }
    properties.push(("Rotation", rotation(key)));
    properties.push(("Deletion", deletion(key)));
    properties.extend(protection(key).map(|words| ("Protection", words)));
    properties
}

fn kind(key: &FoundKey) -> String {
    let mut words = match scope::kind(key) {
        Some((KeySpec::SYMMETRIC_DEFAULT, _)) => "symmetric key for encryption".to_owned(),
        Some((spec, usage)) => {
            let what = match usage {
                KeyUsage::EncryptDecrypt => "encryption",
                KeyUsage::SignVerify => "signatures",
                KeyUsage::GenerateVerifyMac => "message authentication codes",
                KeyUsage::KeyAgreement => "shared secrets",
                KeyUsage::EncapsulateDecapsulate => "key encapsulation",
            };
            format!("{} key for {what}", spec.as_str())
        }
        None if matches!(key.form, KeyForm::Replica | KeyForm::ExternalReplica) => {
            "replica of a multi-Region key, of the kind of its primary key".to_owned()
        }
        None => AT_DEPLOYMENT.to_owned(),
    };
    let replica = matches!(key.form, KeyForm::Replica | KeyForm::ExternalReplica);
    if replica && scope::kind(key).is_some() {
        words.push_str(", replica of a multi-Region key");
    }
    if key.multi_region.known() == Some(&true) {
        words.push_str(", multi-Region");
    }
    let imported = matches!(key.form, KeyForm::External | KeyForm::ExternalReplica)
        || key.origin.known() == Some(&Origin::External);
    if imported {
        words.push_str(", with imported key material");
    }
    if key.xks_key_id != Property::Absent || key.origin.known() == Some(&Origin::ExternalKeyStore) {
        words.push_str(", with its material in an external key store");
    } else if key.is_in_custom_key_store() || key.origin.known() == Some(&Origin::CloudHsm) {
        words.push_str(", with its material in an AWS CloudHSM key store");
    }
    words
}

const IMPORTED: &str = "never by itself: its key material is imported";

fn rotation(key: &FoundKey) -> String {
    let symmetric = scope::kind(key).is_none_or(|(spec, _)| spec.rotates());
    match key.form {
        KeyForm::Replica | KeyForm::ExternalReplica => {
            return "as its primary key rotates".to_owned();
        }
        KeyForm::External => return IMPORTED.to_owned(),
        KeyForm::Key | KeyForm::PolicyAlone => {}
    }
    if key.origin.known() == Some(&Origin::External) {
        return IMPORTED.to_owned();
    }
    if key.is_in_custom_key_store() {
        return "never by itself: its key material is in a custom key store".to_owned();
    }
    if !symmetric {
        return "never by itself: AWS rotates only symmetric keys".to_owned();
    }
    match key.rotates.or_default(false) {
        None => AT_DEPLOYMENT.to_owned(),
        Some(false) => "off".to_owned(),
        Some(true) => {
            let default = limits::ROTATION_PERIOD_DEFAULT;
            match key.rotation_period_days.or_default(default) {
                Some(days) => format!("every {days} days"),
                None => "on".to_owned(),
            }
        }
    }
}

fn deletion(key: &FoundKey) -> String {
    // Source: KMS API reference, `ScheduleKeyDeletion`: 30 days where nothing is said.
    match key.deletion_window_days.or_default(30) {
        Some(days) => format!("{days} days after it was scheduled; until then it can be cancelled"),
        None => AT_DEPLOYMENT.to_owned(),
    }
}

fn protection(key: &FoundKey) -> Option<String> {
    match &key.lifetime {
        Lifetime::Unmanaged => None,
        Lifetime::Policies {
            deletion,
            replacement,
        } => {
            let retains = |policy: &Property<String>| match policy {
                Property::Absent => Some(false),
                Property::Known(policy, _) => Some(policy != "Delete"),
                Property::Unknown(..) | Property::Invalid(_) => None,
            };
            Some(match (retains(deletion), retains(replacement)) {
                (Some(true), Some(true)) => {
                    "the key stays when it leaves its stack or is replaced there".to_owned()
                }
                (Some(true), Some(false)) => {
                    "the key stays when it leaves its stack, but not when it is replaced there"
                        .to_owned()
                }
                (Some(false), Some(true)) => {
                    "none: its deletion is scheduled when it leaves its stack".to_owned()
                }
                (Some(false), Some(false)) => {
                    "none: its deletion is scheduled when it leaves its stack or is replaced there"
                        .to_owned()
                }
                _ => AT_DEPLOYMENT.to_owned(),
            })
        }
        Lifetime::PreventDestroy(prevent) => Some(match prevent.or_default(false) {
            Some(true) => "Terraform refuses to destroy it".to_owned(),
            Some(false) => {
                "none: Terraform schedules its deletion when it leaves its module".to_owned()
            }
            None => AT_DEPLOYMENT.to_owned(),
        }),
    }
}
