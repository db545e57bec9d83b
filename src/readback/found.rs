//! What a file or module holds, as far as it can be read: the one result of every reader.
//!
//! Certain parts are typed values; what AWS would refuse and what nobody can tell from the file stand beside them, each
//! with its place. Those who accept no doubt get their keys through `certain`.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::iam::read::ReadPolicy;
use crate::iam::value::{Read, Value, ValueKind};
use crate::kms::{KeySpec, KeyUsage, Origin};
use crate::source::Span;

/// What a template, module, plan or policy file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Its keys, in the order in which they stand. A key that is made in several ways, by conditions of the file, is
    /// here once for each.
    pub keys: Vec<FoundKey>,
    /// Aliases of keys that are not in the file, or that nobody can tell.
    pub other_aliases: Vec<FoundAlias>,
    /// Identity policies: what they allow, they allow on keys of other files too. The proof does not look at them.
    pub identity_policies: Vec<FoundIdentityPolicy>,
    /// Addresses of resources that are renamed, from and to; Terraform only.
    pub moves: Vec<(String, String)>,
    /// Addresses of resources that are forgotten without being destroyed; Terraform only.
    pub removals: Vec<String>,
    /// What can change which keys there are, or what they say, in a way that nobody can tell from the file.
    pub doubts: Vec<Diagnostic>,
    /// What is certain as AWS reads it, but written so that others may read it otherwise, such as macros that leave keys
    /// alone and words of YAML 1.1. The proof accepts none of it.
    pub loose: Vec<Diagnostic>,
}

/// What kind of resource a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyForm {
    /// A key of its own.
    Key,
    /// A replica of a multi-Region key.
    Replica,
    /// A key with imported material (`aws_kms_external_key`).
    External,
    /// A replica of such a key.
    ExternalReplica,
    /// A key policy by itself: nothing is known of its key.
    PolicyAlone,
}

/// A property of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property<T> {
    /// Not there: AWS's default holds.
    Absent,
    /// Its value and where that stands.
    Known(T, Span),
    /// There, but known only at deployment: how it is written, and where.
    Unknown(String, Span),
    /// There, but nothing that AWS takes.
    Invalid(Diagnostic),
}

impl<T> Property<T> {
    /// Reads a value; what is known only at deployment stays unknown.
    pub fn read(value: Value, read: impl FnOnce(Value) -> Read<T>) -> Self {
        let span = value.span;
        if let ValueKind::Unknown(written) = value.kind {
            return Self::Unknown(written, span);
        }
        match read(value) {
            Ok(value) => Self::Known(value, span),
            Err(diagnostic) => Self::Invalid(diagnostic),
        }
    }

    /// The value, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value, _) => Some(value),
            Self::Absent | Self::Unknown(..) | Self::Invalid(_) => None,
        }
    }

    /// The value, or AWS's default where nothing is said; `None` where nobody can tell.
    pub fn or_default(&self, default: T) -> Option<T>
    where
        T: Clone,
    {
        match self {
            Self::Absent => Some(default),
            Self::Known(value, _) => Some(value.clone()),
            Self::Unknown(..) | Self::Invalid(_) => None,
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Absent => None,
            Self::Known(_, span) | Self::Unknown(_, span) => Some(*span),
            Self::Invalid(diagnostic) => diagnostic.primary.as_ref().map(|label| label.span),
        }
    }
}

/// What happens to a resource when it leaves its template or module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifetime {
    /// CloudFormation's two attributes.
    Policies {
        /// `DeletionPolicy`.
        deletion: Property<String>,
        /// `UpdateReplacePolicy`.
        replacement: Property<String>,
    },
    /// Terraform's `lifecycle`.
    PreventDestroy(Property<bool>),
    /// Nothing deploys it from here.
    Unmanaged,
}

/// A waiver that stands beside a resource: in its `Metadata`, or in a comment above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundWaiver {
    /// The control's id.
    pub control: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, as written.
    pub expires: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAlias {
    /// Its resource.
    pub resource: String,
    /// Its name, `alias/` in front.
    pub name: Property<Text>,
    /// The resource of its key, where that is in the same template or module.
    pub key: Option<String>,
    /// What happens to it when it leaves.
    pub lifetime: Lifetime,
    /// Where it stands.
    pub span: Span,
    /// What can change what it is.
    pub doubts: Vec<Diagnostic>,
}

/// A policy of users, groups or roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIdentityPolicy {
    /// Its resource.
    pub resource: String,
    /// Whether it is part of a user, group or role, and no managed policy of its own.
    pub inline: bool,
    /// Where the resource stands.
    pub span: Span,
    /// Under which conditions of the file it is as it is here, in words; empty where it always is.
    pub when: Vec<String>,
    /// What it says.
    pub policy: ReadPolicy,
    /// Waivers that stand beside it.
    pub waivers: Vec<FoundWaiver>,
}

/// A key resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// Its resource: a logical id, or an address without the type where that is `aws_kms_key`.
    pub resource: String,
    /// What kind of resource.
    pub form: KeyForm,
    /// Where the resource stands.
    pub span: Span,
    /// Under which conditions of the file it is as it is here, in words; empty where it always is.
    pub when: Vec<String>,
    /// `Description`.
    pub description: Property<Text>,
    /// `KeySpec`.
    pub key_spec: Property<KeySpec>,
    /// `KeyUsage`.
    pub key_usage: Property<KeyUsage>,
    /// `Origin`.
    pub origin: Property<Origin>,
    /// `CustomKeyStoreId`; Terraform only.
    pub custom_key_store_id: Property<String>,
    /// `XksKeyId`; Terraform only.
    pub xks_key_id: Property<String>,
    /// `PrimaryKeyArn`, of a replica.
    pub primary_key_arn: Property<Text>,
    /// `MultiRegion`.
    pub multi_region: Property<bool>,
    /// `Enabled`.
    pub enabled: Property<bool>,
    /// Whether rotation is on.
    pub rotates: Property<bool>,
    /// Days between rotations.
    pub rotation_period_days: Property<u64>,
    /// Days from scheduling its deletion to the deletion.
    pub deletion_window_days: Property<u64>,
    /// Whether KMS is told not to check that the caller can still change the policy.
    pub bypasses_lockout_check: Property<bool>,
    /// Its tags.
    pub tags: Property<BTreeMap<String, Text>>,
    /// Its policy; absent where AWS would give it a default one.
    pub policy: Property<ReadPolicy>,
    /// What happens to it when it leaves.
    pub lifetime: Lifetime,
    /// Its aliases in this file.
    pub aliases: Vec<FoundAlias>,
    /// Waivers that stand beside it.
    pub waivers: Vec<FoundWaiver>,
    /// Properties that a key does not have.
    pub strangers: Vec<(String, Span)>,
    /// Values that hold only by default: parameters and variables of the file, in words, and where they are used.
    pub assumptions: Vec<(String, Span)>,
    /// What can change whether or how this key is made.
    pub doubts: Vec<Diagnostic>,
}

impl FoundKey {
    /// Whether the material is in a custom key store.
    #[must_use]
    pub fn is_in_custom_key_store(&self) -> bool {
        self.custom_key_store_id != Property::Absent || self.xks_key_id != Property::Absent
    }

    /// A key of which only its place is known yet.
    #[must_use]
    pub fn new(resource: impl Into<String>, form: KeyForm, span: Span, lifetime: Lifetime) -> Self {
        Self {
            resource: resource.into(),
            form,
            span,
            when: Vec::new(),
            description: Property::Absent,
            key_spec: Property::Absent,
            key_usage: Property::Absent,
            origin: Property::Absent,
            custom_key_store_id: Property::Absent,
            xks_key_id: Property::Absent,
            primary_key_arn: Property::Absent,
            multi_region: Property::Absent,
            enabled: Property::Absent,
            rotates: Property::Absent,
            rotation_period_days: Property::Absent,
            deletion_window_days: Property::Absent,
            bypasses_lockout_check: Property::Absent,
            tags: Property::Absent,
            policy: Property::Absent,
            lifetime,
            aliases: Vec::new(),
            waivers: Vec::new(),
            strangers: Vec::new(),
            assumptions: Vec::new(),
            doubts: Vec::new(),
        }
    }
}
