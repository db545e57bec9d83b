//! What an action of KMS lets somebody do with a key.

use crate::kms::actions::{Action, Class};

/// What somebody can do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Change the key policy, by which all else can be had.
    ChangePolicy,
    /// Schedule the deletion of the key, or delete its material.
    Delete,
    /// Manage it otherwise.
    Administer,
    /// Give access to others.
    Grant,
    /// Encrypt, generate data keys.
    Encrypt,
    /// Decrypt.
    Decrypt,
    /// Sign, generate MACs.
    Sign,
    /// Verify signatures and MACs.
    Verify,
    /// Agree on secrets: derive, encapsulate, decapsulate.
    Agree,
    /// Look at its properties.
    Read,
}

impl Capability {
    /// Every capability, the most powerful first.
    pub const ALL: [Self; 10] = [
        Self::ChangePolicy,
        Self::Delete,
        Self::Administer,
        Self::Grant,
        Self::Encrypt,
        Self::Decrypt,
        Self::Sign,
        Self::Verify,
        Self::Agree,
        Self::Read,
    ];

    /// What an action gives; nothing where it works on no key.
    #[must_use]
    pub fn of(action: &Action) -> Option<Self> {
        if action.effective_in_key_policy == Some(false) {
            return None;
        }
        Some(match (action.name, action.class) {
            ("PutKeyPolicy", _) => Self::ChangePolicy,
            ("ScheduleKeyDeletion" | "DeleteImportedKeyMaterial", _) => Self::Delete,
            ("CreateGrant", _) => Self::Grant,
            ("Decrypt" | "ReEncryptFrom", _) => Self::Decrypt,
            ("Sign" | "GenerateMac", _) => Self::Sign,
            ("Verify" | "VerifyMac", _) => Self::Verify,
            ("DeriveSharedSecret" | "Encapsulate" | "Decapsulate", _) => Self::Agree,
            (_, Class::Use) => Self::Encrypt,
            (_, Class::Read) => Self::Read,
            _ => Self::Administer,
        })
    }
}
