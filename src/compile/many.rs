//! Keys of a stack set: one for each account and Region, so that what is said of one has to hold for all.

use std::collections::BTreeSet;

use super::stack::CompiledStack;
use crate::iam::{AccountId, SortedMap, Statement, Text, Variable};
use crate::kms::Region;
use crate::kms::stack_set::{AccountFilter, StackSet};

/// The keys that a stack set makes of one.
pub(super) struct Many<'s> {
    regions: Vec<&'s Region>,
    /// Their accounts, where the stack set lists them.
    accounts: &'s [AccountId],
}

impl<'s> Many<'s> {
    /// `None` for the only key of a stack that goes to one place.
    pub(super) fn of(compiled: &'s CompiledStack<'_>) -> Option<Self> {
        let StackSet { accounts, .. } = compiled.stack_set.as_ref()?;
        Some(Self {
            regions: compiled.definition.regions(),
            accounts: match accounts {
                AccountFilter::Only(listed) => listed,
                AccountFilter::All | AccountFilter::Except(_) => &[],
            },
        })
    }

    /// How many keys they are at least.
    pub(super) fn count(&self) -> usize {
        self.regions.len().max(1) * self.accounts.len().max(1)
    }

    /// Lists what the deployment-time parts of conditions can be; `None` where nobody can list them. What is too much
    /// for one of the keys, its own policy denies.
    pub(super) fn listed(&self, mut statement: Statement) -> Option<Statement> {
        let conditions = statement.conditions.values_mut();
        for values in conditions.flat_map(SortedMap::values_mut) {
            let mut all = BTreeSet::new();
            for value in values.iter() {
                all.extend(self.values(value)?);
            }
            *values = all.into_iter().map(Text::literal).collect();
        }
        Some(statement)
    }

    fn values(&self, value: &Text) -> Option<Vec<String>> {
        if let Some(literal) = value.as_literal() {
            return Some(vec![literal.to_owned()]);
        }
        let accounts: Vec<&str> = match value.uses(Variable::Account) {
            true if self.accounts.is_empty() => return None,
            true => self.accounts.iter().map(AccountId::as_str).collect(),
            false => vec![""],
        };
        let pairs = self.regions.iter().flat_map(|region| {
            let accounts = accounts.iter();
            accounts.map(move |account| (region, *account))
        });
        let values = pairs.map(|(region, account)| {
            value.resolve(|variable| match variable {
                Variable::Account => account,
                Variable::Partition => region.partition().id(),
                Variable::Region => region.name(),
                Variable::UrlSuffix => region.partition().dns_suffix(),
            })
        });
        Some(values.collect())
    }
}
