//! Every KMS action that an IAM or key policy can name, with what decides whether a statement about it works.
//!
//! Sources: the service authorization reference of AWS KMS
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>), the
//! permissions table of the developer guide
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>) and the API model of
//! the AWS SDKs, as of September 2026. `ReEncrypt` is missing on purpose: it is an API operation, while policies
//! name `ReEncryptFrom` and `ReEncryptTo`.

use Class::{Administration, Grant, Lifecycle, Read, Replica, Tagging, Use};

use super::{KeySpec, KeyUsage};

/// What an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A cryptographic operation: what keys are made for.
    Use,
    /// Looks at properties; gives no access to data.
    Read,
    /// Policy, aliases, rotation, custom key stores.
    Administration,
    /// Creates, enables, disables, imports material, schedules deletion.
    Lifecycle,
    /// Makes or ends KMS grants, by which a holder can pass on access.
    Grant,
    /// Replicas of multi-Region keys.
    Replica,
    /// Tags, which attribute-based access control may rest on.
    Tagging,
}

/// One action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// Name without the `kms:` prefix, spelled as AWS spells it.
    pub name: &'static str,
    /// What it is for.
    pub class: Class,
    /// Whether a key policy statement about it has an effect; `None` where AWS does not say.
    pub effective_in_key_policy: Option<bool>,
    /// Whether principals of other accounts can be allowed it; `None` where AWS does not say or it does not apply.
    pub cross_account: Option<bool>,
    /// Whether requests may carry an encryption context. Where not, a condition on one never matches.
    pub takes_encryption_context: bool,
}

/// What a grant can allow. Source: KMS API reference, `CreateGrant`, `Operations`; enum `GrantOperation` of the KMS
/// service model (botocore 1.44.5).
pub const GRANT_OPERATIONS: [&str; 19] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
];

impl Action {
    /// Whether keys of a kind can do it; other actions than cryptographic ones always.
    ///
    /// Source: KMS developer guide, "Key type reference", the table of operations by type of key.
    #[must_use]
    pub fn works_with(&self, spec: KeySpec, usage: KeyUsage) -> bool {
        match self.name {
            "GetPublicKey" => spec.is_asymmetric(),
            "Encrypt" | "Decrypt" | "ReEncryptFrom" | "ReEncryptTo" => {
                usage == KeyUsage::EncryptDecrypt
            }
            "Sign" | "Verify" => usage == KeyUsage::SignVerify,
            "GenerateMac" | "VerifyMac" => usage == KeyUsage::GenerateVerifyMac,
            "DeriveSharedSecret" => usage == KeyUsage::KeyAgreement,
            "Encapsulate" | "Decapsulate" => usage == KeyUsage::EncapsulateDecapsulate,
            _ if self.class == Use => usage == KeyUsage::EncryptDecrypt && !spec.is_asymmetric(),
            _ => true,
        }
    }
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
const UNKNOWN: Option<bool> = None;

const fn row(
    name: &'static str,
    class: Class,
    effective_in_key_policy: Option<bool>,
    cross_account: Option<bool>,
    takes_encryption_context: bool,
) -> Action {
    Action {
        name,
        class,
        effective_in_key_policy,
        cross_account,
        takes_encryption_context,
    }
}

/// All actions, sorted by name: effective in a key policy, cross-account, takes an encryption context.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    row("CancelKeyDeletion", Lifecycle, YES, NO, false),
    row("ConnectCustomKeyStore", Administration, NO, NO, false),
    row("CreateAlias", Administration, YES, NO, false),
    row("CreateCustomKeyStore", Administration, NO, NO, false),
    row("CreateGrant", Grant, YES, YES, true),
    row("CreateKey", Lifecycle, NO, NO, false),
    row("Decapsulate", Use, YES, YES, false),
    row("Decrypt", Use, YES, YES, true),
    row("DeleteAlias", Administration, YES, NO, false),
    row("DeleteCustomKeyStore", Administration, NO, NO, false),
    row("DeleteImportedKeyMaterial", Lifecycle, YES, NO, false),
    row("DeriveSharedSecret", Use, YES, YES, false),
    row("DescribeCustomKeyStores", Read, NO, NO, false),
    row("DescribeKey", Read, YES, YES, false),
    row("DisableKey", Lifecycle, YES, NO, false),
    row("DisableKeyRotation", Administration, YES, NO, false),
    row("DisconnectCustomKeyStore", Administration, NO, NO, false),
    row("EnableKey", Lifecycle, YES, NO, false),
    row("EnableKeyRotation", Administration, YES, NO, false),
    row("Encapsulate", Use, YES, YES, false),
    row("Encrypt", Use, YES, YES, true),
    row("GenerateDataKey", Use, YES, YES, true),
    row("GenerateDataKeyPair", Use, YES, YES, true),
    row("GenerateDataKeyPairWithoutPlaintext", Use, YES, YES, true),
    row("GenerateDataKeyWithoutPlaintext", Use, YES, YES, true),
    row("GenerateMac", Use, YES, YES, false),
    row("GenerateRandom", Use, NO, UNKNOWN, false),
    row("GetKeyLastUsage", Read, YES, NO, false),
    row("GetKeyPolicy", Read, YES, NO, false),
    row("GetKeyRotationStatus", Read, YES, YES, false),
    row("GetParametersForImport", Read, YES, NO, false),
    row("GetPublicKey", Read, YES, YES, false),
    row("ImportKeyMaterial", Lifecycle, YES, NO, false),
    row("ListAliases", Read, NO, NO, false),
    row("ListGrants", Read, YES, YES, false),
    row("ListKeyPolicies", Read, YES, NO, false),
    row("ListKeyRotations", Read, YES, NO, false),
    row("ListKeys", Read, NO, NO, false),
    row("ListResourceTags", Read, YES, NO, false),
    row("ListRetirableGrants", Read, NO, UNKNOWN, false),
    row("PutKeyPolicy", Administration, YES, NO, false),
    row("ReEncryptFrom", Use, YES, YES, true),
    row("ReEncryptTo", Use, YES, YES, true),
    row("ReplicateKey", Replica, YES, NO, false),
    row("RetireGrant", Grant, UNKNOWN, YES, true),
    row("RevokeGrant", Grant, YES, YES, false),
    row("RotateKeyOnDemand", Administration, YES, NO, false),
    row("ScheduleKeyDeletion", Lifecycle, YES, NO, false),
    row("Sign", Use, YES, YES, false),
    row("SynchronizeMultiRegionKey", Replica, UNKNOWN, UNKNOWN, false),
    row("TagResource", Tagging, YES, NO, false),
    row("UntagResource", Tagging, YES, NO, false),
    row("UpdateAlias", Administration, YES, NO, false),
    row("UpdateCustomKeyStore", Administration, NO, NO, false),
    row("UpdateKeyDescription", Administration, YES, NO, false),
    row("UpdatePrimaryRegion", Replica, YES, NO, false),
    row("Verify", Use, YES, YES, false),
    row("VerifyMac", Use, YES, YES, false),
];

/// The action of that name, with or without `kms:` in front; action names ignore case, as in IAM.
#[must_use]
pub fn find(name: &str) -> Option<&'static Action> {
    let name = strip_prefix(name);
    ACTIONS
        .iter()
        .find(|action| action.name.eq_ignore_ascii_case(name))
}

/// The actions that a policy's action element matches: `kms:Decrypt`, `kms:GenerateDataKey*`, `kms:*`, `*`.
///
/// Empty for an element that matches no KMS action, such as `kms:ReEncrypt`.
pub fn matching(pattern: &str) -> impl Iterator<Item = &'static Action> + '_ {
    let pattern = strip_prefix(pattern);
    let wild = pattern.contains(['*', '?']);
    ACTIONS.iter().filter(move |action| match wild {
        true => glob(pattern.as_bytes(), action.name.as_bytes()),
        false => pattern.eq_ignore_ascii_case(action.name),
    })
}

fn strip_prefix(name: &str) -> &str {
    match name.split_once(':') {
        Some((service, rest)) if service.eq_ignore_ascii_case("kms") => rest,
        _ => name,
    }
}

/// `*` stands for any run of characters, `?` for one; case does not count. On a mismatch only the last `*` takes one character more, so the
/// time stays within the product of both lengths.
fn glob(mut pattern: &[u8], mut text: &[u8]) -> bool {
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            (Some((wanted, rest)), Some((found, tail)))
                if *wanted == b'?' || wanted.eq_ignore_ascii_case(found) =>
            {
                (pattern, text) = (rest, tail);
            }
            (None, None) => return true,
            _ => {
                let Some((rest, [_, tail @ ..])) = retry else {
                    return false;
                };
                retry = Some((rest, tail));
                (pattern, text) = (rest, tail);
            }
        }
    }
}
