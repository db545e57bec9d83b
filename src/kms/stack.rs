//! Keys and the stack that they are deployed in: the one model that is written, read back and judged.

use std::collections::BTreeMap;

use super::{KeySpec, KeyUsage, Origin, Region, Signals};
use crate::iam::{PolicyDocument, Text};

/// Automatic rotation of key material.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Days between rotations.
    pub period_days: u64,
}

/// A name for a key, unique in its account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name with `alias/` in front.
    pub name: Text,
    /// Whether the alias stays when its stack goes.
    pub retained: bool,
}

/// The custom key store that a key's material is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomKeyStore {
    /// `CustomKeyStoreId`.
    pub id: String,
    /// `XksKeyId`: the external key, where it is an external key store.
    pub xks_key_id: Option<String>,
}

/// One KMS key with its aliases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What names it in its stack: the declared logical name, or the resource's name where it was read from a file.
    pub name: String,
    /// The names that it had before renames, the first one first.
    pub was: Vec<String>,
    /// The key's description: its purpose.
    pub description: String,
    /// `KeySpec`.
    pub key_spec: KeySpec,
    /// `KeyUsage`.
    pub key_usage: KeyUsage,
    /// `Origin`.
    pub origin: Origin,
    /// The custom key store, where the origin is one.
    pub custom_key_store: Option<CustomKeyStore>,
    /// `MultiRegion`.
    pub multi_region: bool,
    /// Whether it is a replica of a primary key in another Region. Key spec, usage, origin and rotation are then the
    /// primary's: its resource does not say them.
    pub replica: bool,
    /// Whether it can be used.
    pub enabled: bool,
    /// Automatic rotation, if on.
    pub rotation: Option<Rotation>,
    /// Days from scheduling its deletion to the deletion.
    pub deletion_window_days: u64,
    /// Whether deployment must never delete it.
    pub retained: bool,
    /// Tags by key.
    pub tags: BTreeMap<String, Text>,
    /// Its aliases, the main one first.
    pub aliases: Vec<Alias>,
    /// Who may do what with it.
    pub policy: PolicyDocument,
}

/// A key that leaves its stack and lives on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The logical name that it had.
    pub id: String,
    /// Where its key material comes from.
    pub origin: Origin,
    /// The aliases that it had beside the main one, with `alias/` in front.
    pub aliases: Vec<Text>,
}

/// A key that exists already and comes into its stack as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The logical name that it gets.
    pub id: String,
    /// Its id in KMS.
    pub key_id: String,
    /// Those of its aliases that exist already, with `alias/` in front.
    pub aliases: Vec<String>,
}

/// Keys that are deployed together: one CloudFormation template, one Terraform module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The stack's name.
    pub name: String,
    /// The environment that it is for.
    pub environment: String,
    /// The Region of a stack of replicas; `None` for the stack of the keys themselves.
    pub replicas_in: Option<Region>,
    /// The Region of the keys themselves, where it is known.
    pub home: Option<Region>,
    /// The keys, in the order of the spec.
    pub keys: Vec<Key>,
    /// Keys that leave the stack on purpose and live on without it.
    pub released: Vec<Released>,
    /// Keys of the stack that exist already.
    pub adopted: Vec<Adopted>,
    /// What tells others of the keys.
    pub signals: Signals,
    /// What would without the keys that exist already, by the places of the others among themselves.
    pub signals_of_others: Signals,
}

impl Stack {
    /// Its name, with the Region behind it where it is one of replicas: what its files are named after.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.replicas_in {
            Some(region) => format!("{}.{}", self.name, region.name()),
            None => self.name.clone(),
        }
    }

    /// Every text in the stack that may hold deployment-time parts.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        let keys = self.keys.iter().flat_map(|key| {
            let aliases = key.aliases.iter().map(|alias| &alias.name);
            key.policy.texts().chain(aliases).chain(key.tags.values())
        });
        keys.chain(self.signals.texts())
    }
}
