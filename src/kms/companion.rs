//! The half of access across accounts that the callers' account holds: IAM policies beside the key policy.
//!
//! Source: KMS developer guide, "Allowing users in other accounts to use a KMS key": the key policy lets the other
//! account or its principals in, and IAM policies there allow them the actions on the key, by its ARN.

use std::collections::BTreeMap;

use super::Region;
use super::region::Partition;
use crate::iam::{AccountId, Part, PolicyDocument, SortedMap, Statement, Text, Variable};

/// Whose half it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consumer {
    /// An account.
    Account(AccountId),
    /// Any account of an organization, by the organization's id.
    Organization(String),
}

impl Consumer {
    /// The id of the account or the organization.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Account(id) => id.as_str(),
            Self::Organization(id) => id,
        }
    }
}

/// A key that a consumer uses. Its ARN is known only once it is deployed, so the consumer gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumedKey {
    /// The key's logical name in its stack.
    pub name: String,
    /// The logical name that it had before a rename.
    pub was: Option<String>,
    /// Its main alias, for people.
    pub alias: String,
    /// Whether it is a multi-Region key.
    pub multi_region: bool,
    /// Whether a stack set makes it, which is one key for each account and Region: the consumer gives a list of ARNs.
    pub many: bool,
}

/// Where the keys of a stack are, as far as it is known before their deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPlace {
    /// Their account, where it can only be one.
    pub account: Option<AccountId>,
    /// Their Regions; empty where they are not known.
    pub regions: Vec<Region>,
}

/// A managed policy for one principal of the consumer, or for all of them.
///
/// In its document the resource of a statement is an unknown text with the logical name of a key, and deployment-time
/// parts of conditions are those of this key, whatever account and Region the policy itself is deployed in. A statement
/// about a key that stands for many has no such parts: what they can be is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanionPolicy {
    /// Its logical name.
    pub name: String,
    /// Whom it is for, in words.
    pub who: String,
    /// The name that it must have in AWS, where others refer to it by name.
    pub policy_name: Option<String>,
    /// What it says.
    pub document: PolicyDocument,
}

/// The policies for one consumer of a stack's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// The stack that has the keys.
    pub stack: String,
    /// Its environment.
    pub environment: String,
    /// Who uses them.
    pub consumer: Consumer,
    /// Where the keys are.
    pub place: KeyPlace,
    /// The keys, in the order of the stack.
    pub keys: Vec<ConsumedKey>,
    /// The policies, by name.
    pub policies: Vec<CompanionPolicy>,
}

impl Companion {
    /// What the ARN of one of its keys looks like, and nothing else does.
    #[must_use]
    pub fn arn_pattern(&self, key: &ConsumedKey) -> String {
        arn_pattern(&self.place, key.multi_region)
    }
}

/// What stands between the ARNs of a list: none of them holds it.
pub const BETWEEN_ARNS: char = ',';

impl CompanionPolicy {
    /// The document as IAM gets it where keys have these ARNs, by logical name; those of a list stand between commas.
    #[must_use]
    pub fn with_arns(&self, arns: &BTreeMap<&str, String>) -> PolicyDocument {
        let statements = self.document.statements.iter().map(|statement| {
            let mut statement = statement.clone();
            let arn = key_of(&statement).and_then(|name| arns.get(name)).cloned();
            let part = |variable| arn_part(arn.as_deref().unwrap_or_default(), variable);
            let conditions = statement.conditions.values_mut();
            for value in conditions.flat_map(SortedMap::values_mut).flatten() {
                *value = Text::literal(value.resolve(part));
            }
            for clause in statement.resource.iter_mut() {
                let named = std::mem::take(&mut clause.value);
                for resource in named {
                    match unknown_name(&resource).and_then(|name| arns.get(name)) {
                        Some(given) => {
                            let given = given.split(BETWEEN_ARNS);
                            clause.value.extend(given.map(Text::literal));
                        }
                        None => clause.value.push(resource),
                    }
                }
            }
            statement
        });
        PolicyDocument::canonical(None, statements.collect())
    }
}

/// The key of a statement whose conditions have deployment-time parts: it is the only one of such a statement.
#[must_use]
pub fn key_of(statement: &Statement) -> Option<&str> {
    let resource = statement.resource.as_ref()?.value.first()?;
    unknown_name(resource)
}

fn unknown_name(text: &Text) -> Option<&str> {
    match text.parts() {
        [Part::Unknown(name)] => Some(name),
        _ => None,
    }
}

/// Where a part of a key's ARN stands between its colons.
/// Source: KMS developer guide, "Key identifiers (KeyId)": `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`.
#[must_use]
pub fn place_in_arn(variable: Variable) -> usize {
    match variable {
        // No spec can name it.
        Variable::Partition | Variable::UrlSuffix => 1,
        Variable::Region => 3,
        Variable::Account => 4,
    }
}

fn arn_part(arn: &str, variable: Variable) -> &str {
    arn.split(':')
        .nth(place_in_arn(variable))
        .unwrap_or_default()
}

/// Parts of ARNs of which nothing is known, and of the ids of keys.
const ANY_PARTITION: &str = "aws[a-z-]*";
const ANY_REGION: &str = "[a-z0-9-]+";
const ANY_ACCOUNT: &str = "[0-9]{12}";
const ANY_KEY: &str = "key/[A-Za-z0-9-]+$";
const MULTI_REGION_KEY: &str = "key/mrk-[A-Za-z0-9-]+$";

/// What the ARN of a key in that place looks like, and nothing else does: no alias, no pattern.
/// Source: as [`place_in_arn`]; "Multi-Region keys in AWS KMS": ids of these begin with `mrk-`, and no others do.
#[must_use]
pub fn arn_pattern(place: &KeyPlace, multi_region: bool) -> String {
    let names: Vec<_> = place.regions.iter().map(Region::name).collect();
    let regions = match names.as_slice() {
        [] => ANY_REGION.to_owned(),
        [only] => (*only).to_owned(),
        several => format!("({})", several.join("|")),
    };
    // The partition of a Region that nobody knows yet is a guess.
    let known = place.regions.first().filter(|region| region.known());
    let partition = known.map_or(ANY_PARTITION, |region| region.partition().id());
    let account = place.account.as_ref();
    let account = account.map_or(ANY_ACCOUNT, AccountId::as_str);
    let key = match multi_region {
        true => MULTI_REGION_KEY,
        false => ANY_KEY,
    };
    format!("^arn:{partition}:kms:{regions}:{account}:{key}")
}

/// Whether a regular expression is one of [`arn_pattern`]: what fits it is the ARN of one key.
#[must_use]
pub fn is_arn_pattern(pattern: &str) -> bool {
    let parts: Vec<_> = pattern.split(':').collect();
    let ["^arn", partition, "kms", regions, account, key] = parts.as_slice() else {
        return false;
    };
    let listed = regions
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'));
    let mut listed = listed.unwrap_or(regions).split('|');
    (*partition == ANY_PARTITION || Partition::named(partition).is_some())
        && (*regions == ANY_REGION || listed.all(|region| Region::parse(region).is_some()))
        && (*account == ANY_ACCOUNT || AccountId::parse(account).is_some())
        && [ANY_KEY, MULTI_REGION_KEY].contains(key)
}
