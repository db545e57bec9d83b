//! Where a service is, and what its requests never carry.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Service;
use crate::kms::Region;

/// The only places in which a service works with customers' keys, as its documentation states them.
///
/// AWS opens services in new Regions all the time, so only limits that follow from how a service works are listed; a
/// service without an entry may still be missing somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The Regions; empty for any.
    #[serde(default)]
    pub regions: Vec<String>,
    /// The partitions; empty for any.
    #[serde(default)]
    pub partitions: Vec<String>,
    /// Why, as AWS says it.
    pub because: String,
}

/// Whether a key in some Region is of use to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability<'s> {
    /// Nothing that AWS documents is against it.
    Available,
    /// The service does not use keys there.
    Elsewhere(&'s Places),
}

impl Service {
    /// Whether a key in this Region is of use to the service.
    #[must_use]
    pub fn available_in(&self, region: &Region) -> Availability<'_> {
        let fits = |places: &Places| {
            let names = |list: &[String], name: &str| {
                list.is_empty() || list.iter().any(|listed| listed == name)
            };
            names(&places.regions, region.name())
                && names(&places.partitions, region.partition().id())
        };
        match &self.only_in {
            Some(places) if !fits(places) => Availability::Elsewhere(places),
            _ => Availability::Available,
        }
    }

    /// Why no condition on this key may fence the service's use of a key; `None` where nothing is against it.
    #[must_use]
    pub fn forbids(&self, condition_key: &str) -> Option<&str> {
        find(&self.must_not_carry, condition_key)
    }
}

/// `kms:EncryptionContext` stands for every key of the context.
fn find<'s>(forbidden: &'s BTreeMap<String, String>, key: &str) -> Option<&'s str> {
    let matches = |listed: &str| {
        let (start, rest) = (key.get(..listed.len()), key.get(listed.len()..));
        start.is_some_and(|start| start.eq_ignore_ascii_case(listed))
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    forbidden
        .iter()
        .find(|(listed, _)| matches(listed))
        .map(|(_, why)| why.as_str())
}

/// In words: `us-east-1` or `the partitions aws and aws-cn`.
impl std::fmt::Display for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |names: &[String]| match names {
            [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
            names => names.join(""),
        };
        match (self.regions.is_empty(), self.partitions.as_slice()) {
            (false, _) => f.write_str(&list(&self.regions)),
            (true, [only]) => write!(f, "the partition {only}"),
            (true, several) => write!(f, "the partitions {}", list(several)),
        }
    }
}
