//! One request that KMS would have to decide.

use std::collections::BTreeSet;

use super::context::Context;
use super::principal::{AwsCaller, Caller};
use crate::iam::{AccountId, PolicyDocument, Text, Variable};
use crate::kms::{Partition, Region};

/// Where the key is, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The key's account.
    pub account: Option<AccountId>,
    /// The key's Region.
    pub region: Option<String>,
    /// The key's id, such as `1234abcd-12ab-34cd-56ef-1234567890ab`.
    pub key_id: Option<String>,
}

impl Place {
    /// A Region that stands for the key's where nobody tells which it is: one of the partition that ARNs and services in
    /// the policies name, if they name one alone.
    #[must_use]
    pub fn stand_in_region<'p>(policies: impl IntoIterator<Item = &'p PolicyDocument>) -> String {
        const ORDINARY: &str = "eu-central-1";
        let texts = policies.into_iter().flat_map(PolicyDocument::texts);
        let named: BTreeSet<Partition> = texts.flat_map(partitions).collect();
        let only = named.first().filter(|_| named.len() == 1);
        let mut regions = Region::all();
        let region = only
            .filter(|only| **only != Partition::Aws)
            .and_then(|only| regions.find(|region| region.partition() == *only));
        region.map_or_else(|| ORDINARY.to_owned(), |region| region.name().to_owned())
    }
}

/// The partitions that a text of a policy names: in an ARN, or by a Region in the name of a service.
fn partitions(text: &Text) -> impl Iterator<Item = Partition> {
    let of_arn = |literal: &str| {
        let (_, rest) = literal.split_once("arn:")?;
        Partition::named(rest.split(':').next()?)
    };
    text.literals().flat_map(move |literal| {
        let regions = literal.split(['.', ':']).filter_map(Region::named);
        let regions = regions.map(|region| region.partition());
        of_arn(literal).into_iter().chain(regions)
    })
}

/// What somebody wants to do with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// Where the key is.
    pub place: Place,
    /// Who calls.
    pub caller: Caller,
    /// The action, such as `kms:Decrypt`.
    pub action: String,
    /// The condition keys of the request, but for those that follow from the caller. What is not here the request does
    /// not have.
    pub context: Context,
    /// The policies of the caller itself. None means that it has none.
    pub identity_policies: Vec<PolicyDocument>,
}

impl AccessRequest {
    /// The partition of the key: that of its Region, else that of the caller, who cannot reach another.
    /// Source: AWS general reference, "AWS partitions".
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        match (&self.place.region, &self.caller) {
            (Some(region), _) => Some(Partition::of_region(region).id()),
            (None, Caller::Aws(caller)) => Some(&caller.partition),
            (None, Caller::Service(_)) => None,
        }
    }

    /// What a deployment-time part of the policy stands for.
    #[must_use]
    pub fn deployed(&self, variable: Variable) -> Option<&str> {
        match variable {
            Variable::Account => self.place.account.as_ref().map(AccountId::as_str),
            Variable::Partition => self.partition(),
            Variable::Region => self.place.region.as_deref(),
            Variable::UrlSuffix => Partition::named(self.partition()?).map(Partition::dns_suffix),
        }
    }

    /// Whether the caller belongs to the key's account; a service belongs to none.
    pub(super) fn is_from(&self, caller: &AwsCaller) -> bool {
        self.place.account.as_ref() == Some(&caller.account)
            && self.partition() == Some(caller.partition.as_str())
    }
}
