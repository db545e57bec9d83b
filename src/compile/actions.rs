//! What administrators and users of a key may do, action by action.

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

/// The action that takes no encryption context, so that a condition on one would void it.
pub(super) const DESCRIBE: &str = "kms:DescribeKey";

/// What users of a symmetric key may do; `kms:DescribeKey` comes with every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    All,
    Encrypt,
    Decrypt,
}

impl Access {
    /// What a list of capabilities comes to; none given means all.
    pub(super) fn of(capabilities: impl IntoIterator<Item = Capability>) -> Self {
        let mut encrypt = false;
        let mut decrypt = false;
        for capability in capabilities {
            match capability {
                Capability::Encrypt => encrypt = true,
                Capability::Decrypt => decrypt = true,
            }
        }
        match (encrypt, decrypt) {
            (true, false) => Self::Encrypt,
            (false, true) => Self::Decrypt,
            _ => Self::All,
        }
    }

    /// The cryptographic actions.
    ///
    /// All: the procedure's list (section 4.2) with its `kms:ReEncrypt`, which matches no action, mended; it is the
    /// console's list too. Subsets name each action: `kms:GenerateDataKey*` would hand out key pairs as well, and
    /// `kms:ReEncryptFrom` with a foreign destination key amounts to decrypting.
    /// Sources: KMS developer guide, "Allows key users to use a KMS key for cryptographic operations"; Security Hub
    /// KMS.1, which counts `kms:ReEncryptFrom` as decryption.
    pub(super) fn cryptography(self) -> &'static [&'static str] {
        match self {
            Self::All => &[
                "kms:Decrypt",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            Self::Encrypt => &[
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptTo",
            ],
            Self::Decrypt => &["kms:Decrypt"],
        }
    }

    /// How the access is called in the Sid of its statement.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::All => "use of the key",
            Self::Encrypt => "encryption with the key",
            Self::Decrypt => "decryption with the key",
        }
    }
}
