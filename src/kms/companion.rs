//! The half of access across accounts that the callers' account holds: IAM policies beside the key policy.
//!
//! Source: KMS developer guide, "Allowing users in other accounts to use a KMS key": the key policy lets the other
//! account or its principals in, and IAM policies there allow them the actions on the key, by its ARN.

use std::collections::BTreeMap;

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
}

/// A managed policy for one principal of the consumer, or for all of them.
///
/// In its document the resource of a statement is an unknown text with the logical name of a key, and deployment-time
/// parts of conditions are those of this key, whatever account and Region the policy itself is deployed in.
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
    /// The account of the keys, where the environment has only one.
    pub owner: Option<AccountId>,
    /// The keys, in the order of the stack.
    pub keys: Vec<ConsumedKey>,
    /// The policies, by name.
    pub policies: Vec<CompanionPolicy>,
}

impl CompanionPolicy {
    /// The document as IAM gets it where keys have these ARNs, by logical name.
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
            let resources = statement.resource.iter_mut();
            for resource in resources.flat_map(|clause| &mut clause.value) {
                let known = unknown_name(resource).and_then(|name| arns.get(name));
                if let Some(arn) = known {
                    *resource = Text::literal(arn.as_str());
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

/// What stands before and behind the account in [`arn_pattern`].
const AROUND_ACCOUNT: (&str, &str) = ("^arn:aws[a-z-]*:kms:[a-z0-9-]+:", ":key/[A-Za-z0-9-]+$");
const ANY_ACCOUNT: &str = "[0-9]{12}";

/// What the ARN of a key looks like, and nothing else does: no alias, no pattern.
/// Source: as [`place_in_arn`]; ids of multi-Region keys begin with `mrk-`.
#[must_use]
pub fn arn_pattern(owner: Option<&AccountId>) -> String {
    let (before, behind) = AROUND_ACCOUNT;
    let account = owner.map_or(ANY_ACCOUNT, AccountId::as_str);
    format!("{before}{account}{behind}")
}

/// Whether a regular expression is one of [`arn_pattern`]: what fits it is the ARN of one key.
#[must_use]
pub fn is_arn_pattern(pattern: &str) -> bool {
    let (before, behind) = AROUND_ACCOUNT;
    let account = pattern
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(behind));
    account.is_some_and(|account| account == ANY_ACCOUNT || AccountId::parse(account).is_some())
}
