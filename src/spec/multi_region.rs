//! Multi-Region keys: where their replicas are, and what is the replicas' own.

use serde_json::{Value, json};

use super::KeyDefinition;
use super::field::{Decoder, FieldType, RecordTable, Spanned, record};
use super::file::{DeletionWindow, Purpose, Retirement};
use super::list::Replacement;
use super::principal::{AdministratorEntry, UserEntry};
use super::statement::RawStatement;
use super::types::{AliasName, Named, RegionName, TagKey, Value256};
use crate::diag::Diagnostic;
use crate::yaml::{Node, NodeKind};

record! {
    /// A multi-Region key: a primary key with replicas in other Regions.
    pub struct MultiRegionFields("multi-Region key") {
        /// The Region of the primary key; default: the `region` of the spec file or the environment, if one is named.
        optional "primary" => primary: Spanned<RegionName>, example "eu-central-1";
        /// The Regions of the replicas; a mapping instead of a name gives a replica fields of its own.
        optional "replicas" => replicas: Vec<ReplicaEntry>, example "[eu-west-1, {region: us-east-1, users: [{role: Reader}]}]";
    }
}

record! {
    /// A replica with fields of its own; the others are the primary key's.
    pub struct ReplicaFields("replica") {
        /// Its Region.
        required "region" => region: Spanned<RegionName>, example "eu-west-1";
        /// Its name; default: the primary key's.
        optional "alias" => alias: Spanned<AliasName>, example "account-cloudtrail";
        /// What it is for; default: as the primary key.
        optional "purpose" => purpose: Spanned<Purpose>, example "Decrypts the trail in Ireland";
        /// Who may use it, instead of the primary key's users.
        optional "users" => users: Replacement<UserEntry>, example "[{role: team/FooBar}]";
        /// Who may manage it, instead of the primary key's administrators.
        optional "administrators" => administrators: Vec<AdministratorEntry>, example "[{role: KeyAdmin}]";
        /// More aliases, instead of the primary key's.
        optional "aliases" => aliases: Replacement<Spanned<AliasName>>, example "[audit/trail]";
        /// Days from scheduling its deletion to the deletion.
        optional "deletion_window_days" => deletion_window_days: Spanned<DeletionWindow>, example "14";
        /// Whether it can be used.
        optional "enabled" => enabled: bool, example "false";
        /// Tags, laid over the primary key's.
        optional "tags" => tags: Named<TagKey, Value256>, example "{data-class: confidential}";
        /// Drops the Deny of deletion for this replica only, with a reason.
        optional "retire" => retire: Retirement, example "{reason: Ireland is closed}";
        /// Whether this replica exists already and is taken over, with the id and the aliases that the key adopts.
        optional "adopt" => adopt: Spanned<bool>, example "true";
        /// More policy statements, instead of the primary key's.
        optional "statements" => statements: Replacement<RawStatement>, example "[{reason: the inventory reads it, Sid: Allow the inventory, Effect: Allow, Principal: {AWS: \"arn:aws:iam::210987654321:role/Inventory\"}, Action: kms:DescribeKey}]";
    }
}

/// What KMS keeps the same in a primary key and its replicas.
/// Source: KMS developer guide, "Multi-Region keys in AWS KMS", "Shared properties".
const SHARED: [&str; 6] = [
    "key_spec",
    "key_usage",
    "origin",
    "custom_key_store",
    "rotation",
    "multi_region",
];

/// What is said once of a key, for all its Regions.
const OF_THE_KEY: [&str; 4] = ["id", "was", "account_access", "waive"];

/// A replica: the name of a Region, or a mapping.
#[derive(Debug, Clone)]
pub struct ReplicaEntry(pub ReplicaFields);

impl FieldType for ReplicaEntry {
    fn describe() -> String {
        "the name of a Region, or a replica with fields of its own".to_owned()
    }

    fn schema() -> Value {
        json!({"anyOf": [RegionName::schema(), ReplicaFields::schema()]})
    }

    fn record() -> Option<RecordTable> {
        ReplicaFields::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Mapping(entries) = &node.kind else {
            let region = Spanned::<RegionName>::decode(node, decoder)?;
            return Some(Self(ReplicaFields {
                span: region.span,
                region,
                alias: None,
                purpose: None,
                users: None,
                administrators: None,
                aliases: None,
                deletion_window_days: None,
                enabled: None,
                tags: None,
                statements: None,
                retire: None,
                adopt: None,
            }));
        };
        let mut own = entries.clone();
        own.retain(|entry| {
            let name = entry.name();
            let (message, help) = if SHARED.contains(&name) {
                (
                    format!("`{name}` is shared by a primary key and its replicas"),
                    "set it on the key itself, once",
                )
            } else if OF_THE_KEY.contains(&name) {
                (
                    format!("`{name}` is said of the key, not of a replica"),
                    "move it to the key itself",
                )
            } else {
                return true;
            };
            decoder.report(
                Diagnostic::error("misplaced-field", message)
                    .at(entry.key.span, "")
                    .help(help),
            );
            false
        });
        let own = Node {
            kind: NodeKind::Mapping(own),
            ..node.clone()
        };
        ReplicaFields::decode(&own, decoder).map(Self)
    }
}

impl KeyDefinition {
    /// The key as it is in the Region of a replica; `None` where it has none there.
    #[must_use]
    pub fn replica_in(&self, region: &str) -> Option<Self> {
        let replicas = self.multi_region.as_ref()?.replicas.iter().flatten();
        let ReplicaEntry(own) = replicas
            .into_iter()
            .find(|replica| replica.0.region.value.as_str() == region)?;
        let mut key = self.clone();
        macro_rules! lay_over {
            ($($field:ident),+) => {
                $(if own.$field.is_some() {
                    key.$field.clone_from(&own.$field);
                })+
            };
        }
        lay_over!(administrators, deletion_window_days, enabled, retire);
        macro_rules! replace {
            ($($field:ident),+) => {
                $(if let Some(Replacement(own)) = &own.$field {
                    key.$field = Some(own.clone());
                })+
            };
        }
        replace!(users, aliases, statements);
        // A primary key that exists need not have this replica yet.
        key.adopt = key
            .adopt
            .filter(|_| own.adopt.as_ref().is_some_and(|adopt| adopt.value));
        if let Some(alias) = &own.alias {
            key.alias = alias.clone();
        }
        if let Some(purpose) = &own.purpose {
            key.purpose = purpose.clone();
        }
        if let Some(tags) = &own.tags {
            let mut all = tags.clone();
            let is_own = |name: &str| tags.0.iter().any(|(key, _)| key.value.0 == name);
            let inherited = self.tags.iter().flat_map(|tags| &tags.0);
            let inherited = inherited.filter(|(key, _)| !is_own(&key.value.0));
            all.0.extend(inherited.cloned());
            key.tags = Some(all);
        }
        Some(key)
    }

    /// The Regions of its replicas.
    pub fn replicas(&self) -> impl Iterator<Item = &Spanned<RegionName>> {
        let fields = self.multi_region.iter();
        let replicas = fields.flat_map(|fields| fields.replicas.iter().flatten());
        replicas.map(|replica| &replica.0.region)
    }
}
