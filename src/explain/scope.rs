//! What is known around a policy: the account that the key is in, and what kind of key it is.

use std::collections::BTreeSet;

use crate::access::Place;
use crate::access::exact::Capability;
use crate::controls::reading;
use crate::iam::{AccountId, Arn, Statement, Text, Variable};
use crate::kms::actions::Action;
use crate::kms::{KeySpec, KeyUsage, Origin};
use crate::readback::found::{FoundKey, KeyForm, Property};

/// What is known around a policy.
#[derive(Debug)]
pub(super) struct Scope {
    /// Where the key is.
    pub(super) place: Place,
    /// What kind of key it is; `None` where nobody can tell.
    pub(super) kind: Option<(KeySpec, KeyUsage)>,
    /// Actions that keys like this one do not have.
    without: Vec<&'static str>,
}

/// Only keys with imported key material have these.
const IMPORT: [&str; 3] = [
    "DeleteImportedKeyMaterial",
    "GetParametersForImport",
    "ImportKeyMaterial",
];
/// Only multi-Region keys have these.
const MULTI_REGION: [&str; 3] = [
    "ReplicateKey",
    "SynchronizeMultiRegionKey",
    "UpdatePrimaryRegion",
];

impl Scope {
    /// Takes the account from the policy where it tells, else as given.
    pub(super) fn new(
        key: &FoundKey,
        statements: &[Statement],
        account: Option<&AccountId>,
        notes: &mut Vec<String>,
    ) -> Self {
        let certain = statements.iter().filter(|statement| !statement.uncertain);
        let owners = reading::owners(certain);
        let literal = |owner: &Text| owner.as_literal().and_then(AccountId::parse);
        let own = owners.contains(&Text::variable(Variable::Account));
        let mut accounts: Vec<AccountId> = owners.iter().filter_map(literal).collect();
        if owners.is_empty() && account.is_none() {
            accounts = only_account(statements).into_iter().collect();
            notes.extend(accounts.iter().map(|account| {
                format!(
                    "The account of the key is taken to be {account}, the only one in its policy."
                )
            }));
        }
        let account = match accounts.as_slice() {
            [only] if !own => Some(only.clone()),
            [first, ..] if !own => {
                let known = account.filter(|account| accounts.contains(account));
                let taken = known.unwrap_or(first).clone();
                if known.is_none() {
                    notes.push(format!(
                        "Which account the key is in cannot be told: several accounts may change its policy. \
                         This explanation takes it to be {taken}."
                    ));
                }
                Some(taken)
            }
            _ => account.cloned(),
        };
        let mut place = Place {
            account,
            ..Place::default()
        };
        if key.form == KeyForm::PolicyAlone {
            of_key(&key.resource, &mut place);
        }
        let kind = kind(key);
        if kind.is_none() {
            notes.push(
                "The kind of key cannot be told from here. The table has what keys of every kind can do and \
                 somebody was given."
                    .to_owned(),
            );
        }
        let without = without(key);
        Self {
            place,
            kind,
            without,
        }
    }

    /// Whether an account is the key's own.
    pub(super) fn is_own(&self, account: &Text) -> bool {
        *account == Text::variable(Variable::Account)
            || self
                .place
                .account
                .as_ref()
                .is_some_and(|own| account.as_literal() == Some(own.as_str()))
    }

    /// Whether an action can be done with the key, as far as that is known.
    pub(super) fn works(&self, action: &Action) -> bool {
        let fits = self
            .kind
            .is_none_or(|(spec, usage)| action.works_with(spec, usage));
        fits && !self.without.contains(&action.name)
    }

    /// Whether it is a key for message authentication codes.
    pub(super) fn makes_macs(&self) -> bool {
        self.kind
            .is_some_and(|(_, usage)| usage == KeyUsage::GenerateVerifyMac)
    }
}

/// The only account whose principals statements name.
fn only_account(statements: &[Statement]) -> Option<AccountId> {
    let names = statements.iter().flat_map(reading::principals);
    let accounts = names.filter_map(|name| {
        let account = name.account?;
        let account = Arn::parse(&account).map_or(account, |arn| arn.account);
        account.as_literal().and_then(AccountId::parse)
    });
    let accounts: BTreeSet<AccountId> = accounts.collect();
    let mut accounts = accounts.into_iter();
    accounts.next().filter(|_| accounts.next().is_none())
}

/// The actions that a key certainly has not.
fn without(key: &FoundKey) -> Vec<&'static str> {
    let mut without = Vec::new();
    if key.form != KeyForm::Key {
        return without;
    }
    if key.origin.or_default(Origin::AwsKms) == Some(Origin::AwsKms) {
        without.extend(IMPORT);
    }
    if key.multi_region.or_default(false) == Some(false) {
        without.extend(MULTI_REGION);
    }
    without
}

/// What the ARN or id of a key tells, if it is one.
fn of_key(name: &str, place: &mut Place) {
    let mut told = place.clone();
    let is_key = name.contains('-') || name.starts_with("arn:");
    if is_key && told.set_key(name).is_ok() {
        *place = told;
    }
}

/// What is done with data, in the order of columns.
pub(super) const USE: [Capability; 5] = [
    Capability::Encrypt,
    Capability::Decrypt,
    Capability::Sign,
    Capability::Verify,
    Capability::Agree,
];

/// The kind of key, where it is known.
pub(super) fn kind(key: &FoundKey) -> Option<(KeySpec, KeyUsage)> {
    match key.form {
        // Replicas are of the kind of their primary key, which is elsewhere.
        KeyForm::Replica | KeyForm::ExternalReplica if key.key_spec == Property::Absent => {
            return None;
        }
        KeyForm::PolicyAlone => return None,
        _ => {}
    }
    let spec = key.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT)?;
    let usage = match &key.key_usage {
        Property::Absent => spec.default_usage(),
        usage => usage.known().copied(),
    };
    Some((spec, usage?))
}
