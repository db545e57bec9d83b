//! What administrators and users of a key may do, action by action.

use std::collections::BTreeSet;

use crate::kms::actions::{find, matching};
use crate::kms::{KeySpec, KeyUsage};
use crate::spec::Capability;

/// Key administration without any use of the key and without `kms:CreateGrant`, whose holder could give itself
/// Decrypt. A fixed list: AWS advises against wildcards, which grow with every new action.
///
/// Sources: KMS developer guide, "Allows key administrators to administer the KMS key"; the procedure, section 4.2.
pub(super) const ADMINISTRATION: [&str; 22] = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// What administrators of asymmetric keys may do besides: read the public half.
pub(super) const PUBLIC_KEY: &str = "kms:GetPublicKey";

/// What administrators of keys with imported material may do besides.
/// Source: KMS developer guide, "Importing key material", "Permissions for importing key material".
pub(super) const IMPORT: [&str; 3] = [
    "kms:DeleteImportedKeyMaterial",
    "kms:GetParametersForImport",
    "kms:ImportKeyMaterial",
];

/// What administrators of multi-Region keys may do besides, on primary keys and replicas alike, because either can
/// become the other. Source: KMS API reference, `ReplicateKey` and `UpdatePrimaryRegion`, "Required permissions".
pub(super) const MULTI_REGION: [&str; 2] = ["kms:ReplicateKey", "kms:UpdatePrimaryRegion"];

/// The procedure's own list (section 4.2) with its misprint `kms>Delete*` mended. It includes `kms:CreateGrant`.
pub(super) const PROCEDURE_ADMINISTRATION: [&str; 14] = [
    "kms:CancelKeyDeletion",
    "kms:Create*",
    "kms:Delete*",
    "kms:Describe*",
    "kms:Disable*",
    "kms:Enable*",
    "kms:Get*",
    "kms:List*",
    "kms:Put*",
    "kms:Revoke*",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:Update*",
];

/// The action whose holder could give itself any use of the key: only ever behind a fence.
pub(super) const CREATE_GRANT: &str = "kms:CreateGrant";

/// The action that takes no encryption context, so that a condition on one would void it.
pub(super) const DESCRIBE: &str = "kms:DescribeKey";

/// What `inspect` lets somebody do: read all that an administrator can read, of every kind of key.
/// Source: service authorization reference of AWS KMS, access levels "Read" and "List"; those of them that work on a key.
const INSPECTION: [&str; 7] = [
    DESCRIBE,
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
];

/// What users may do with a kind of key: one capability, its actions, and how it is called in a Sid.
type Row = (Capability, &'static [&'static str], &'static str);

/// Capabilities of symmetric encryption keys. Subsets name each action: `kms:GenerateDataKey*` would hand out key
/// pairs as well, and `kms:ReEncryptFrom` with a foreign destination key amounts to decrypting.
/// Sources: KMS developer guide, "Allows key users to use a KMS key for cryptographic operations"; Security Hub KMS.1,
/// which counts `kms:ReEncryptFrom` as decryption.
const SYMMETRIC: &[Row] = &[
    (
        Capability::Encrypt,
        &[
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncryptTo",
        ],
        "encryption",
    ),
    (Capability::Decrypt, &["kms:Decrypt"], "decryption"),
];

/// Capabilities of asymmetric encryption keys, which make no data keys. Source: as above.
const ASYMMETRIC: &[Row] = &[
    (
        Capability::Encrypt,
        &["kms:Encrypt", "kms:ReEncryptTo"],
        "encryption",
    ),
    (Capability::Decrypt, &["kms:Decrypt"], "decryption"),
];

const SIGNING: &[Row] = &[
    (Capability::Sign, &["kms:Sign"], "signing"),
    (Capability::Verify, &["kms:Verify"], "verification"),
];

const MAC: &[Row] = &[
    (Capability::GenerateMac, &["kms:GenerateMac"], "making MACs"),
    (Capability::VerifyMac, &["kms:VerifyMac"], "verifying MACs"),
];

const AGREEMENT: &[Row] = &[(
    Capability::Derive,
    &["kms:DeriveSharedSecret"],
    "deriving secrets",
)];

/// The capabilities that a kind of key has.
fn rows(spec: KeySpec, usage: KeyUsage) -> &'static [Row] {
    match usage {
        KeyUsage::EncryptDecrypt if spec.is_asymmetric() => ASYMMETRIC,
        KeyUsage::EncryptDecrypt => SYMMETRIC,
        KeyUsage::SignVerify => SIGNING,
        KeyUsage::GenerateVerifyMac => MAC,
        KeyUsage::KeyAgreement => AGREEMENT,
        KeyUsage::EncapsulateDecapsulate => &[],
    }
}

/// The ways to use a kind of key, as users write them. Every kind has [`Capability::Inspect`] besides.
#[must_use]
pub fn capabilities(spec: KeySpec, usage: KeyUsage) -> Vec<Capability> {
    rows(spec, usage).iter().map(|row| row.0).collect()
}

/// The actions that a user with these capabilities gets for a kind of key; none given means all use.
#[must_use]
pub fn allowed_actions(
    spec: KeySpec,
    usage: KeyUsage,
    capabilities: &[Capability],
) -> Vec<&'static str> {
    let access = Access::of(spec, usage, capabilities);
    access.actions().collect()
}

/// What a user may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    /// Cryptographic actions.
    pub(super) cryptography: BTreeSet<&'static str>,
    /// Actions that only look at the key; they take no encryption context.
    pub(super) description: BTreeSet<&'static str>,
    /// How it is called in the Sid of its statement.
    pub(super) words: String,
    /// Whether services make grants for it: for what their callers create or attach, not for mere reading.
    pub(super) passes_on: bool,
}

impl Access {
    /// What a list of capabilities comes to; none given means all use of the key.
    ///
    /// All of a symmetric key: the procedure's list (section 4.2) with its `kms:ReEncrypt`, which matches no action,
    /// mended; it is the console's list too.
    pub(super) fn of(spec: KeySpec, usage: KeyUsage, capabilities: &[Capability]) -> Self {
        let rows = rows(spec, usage);
        let chosen: Vec<_> = rows
            .iter()
            .filter(|row| capabilities.is_empty() || capabilities.contains(&row.0))
            .collect();
        let mut cryptography: BTreeSet<_> = chosen.iter().flat_map(|row| row.1).copied().collect();
        let all = chosen.len() == rows.len();
        let inspects = capabilities.contains(&Capability::Inspect);
        if all && usage == KeyUsage::EncryptDecrypt {
            cryptography.retain(|action| matches!(*action, "kms:Encrypt" | "kms:Decrypt"));
            cryptography.insert("kms:ReEncrypt*");
            if !spec.is_asymmetric() {
                cryptography.insert("kms:GenerateDataKey*");
            }
        }
        let used = if all {
            "use of the key".to_owned()
        } else {
            let words: Vec<_> = chosen.iter().map(|row| row.2).collect();
            format!("{} with the key", super::sid::join(&words))
        };
        let words = match (inspects, chosen.is_empty()) {
            (false, _) => used,
            (true, true) => "inspection of the key".to_owned(),
            (true, false) => format!("{used} and its inspection"),
        };
        let public = spec.is_asymmetric().then_some(PUBLIC_KEY);
        let inspection = INSPECTION.into_iter().filter(|_| inspects);
        let description = inspection.chain([DESCRIBE]).chain(public);
        Self {
            passes_on: !cryptography.iter().eq(["kms:Decrypt"].iter()),
            cryptography,
            description: description.collect(),
            words,
        }
    }

    /// What a service does with the key on its callers' behalf, in its own terms; the catalogue lists all that they
    /// take, and whether grants are among it.
    pub(super) fn through(actions: BTreeSet<&'static str>, grants: bool, words: String) -> Self {
        // What never carries an encryption context is not limited by one.
        let (description, cryptography) = actions
            .into_iter()
            .partition(|pattern| !matching(pattern).any(|action| action.takes_encryption_context));
        let mut description: BTreeSet<_> = description;
        description.insert(DESCRIBE);
        Self {
            cryptography,
            description,
            words,
            passes_on: grants,
        }
    }

    /// The same for somebody of another account, without what only the key's own account can do.
    pub(super) fn across_accounts(mut self) -> Self {
        let all = self.description.len();
        self.description
            .retain(|action| find(action).is_none_or(|action| action.cross_account != Some(false)));
        if self.description.len() < all {
            // Its statement stands beside that for the same access within the account.
            self.words.push_str(" from another account");
        }
        self
    }

    /// All actions.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.cryptography.union(&self.description).copied()
    }
}
