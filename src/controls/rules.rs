//! What a control gets to see: a key, what stands around it, and what the workspace expects.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use crate::access::Place;
use crate::access::exact::Analysis;
use crate::iam::read::{ReadPolicy, StatementPlaces};
use crate::iam::{AccountId, Statement, Text};
use crate::readback::Found;
use crate::readback::found::{FoundKey, Property};
use crate::source::Span;
use crate::spec::{ControlId, Date, Severity};

/// What is expected of a key where it is deployed.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether losing the key must be impossible by accident. What does not say otherwise is protected.
    pub protected: bool,
    /// Whether the policy itself must deny deletion.
    pub deny_deletion: bool,
    /// How many days a protected key waits at least from scheduling its deletion to the deletion; 30 unless the
    /// environment says otherwise.
    pub deletion_window_days: u64,
    /// The key's own account, where it is known.
    pub account: Option<AccountId>,
    /// Accounts that may be let in.
    pub trusted: BTreeSet<AccountId>,
    /// Tags that every key must have.
    pub required_tags: Vec<String>,
    /// The day that exceptions are held against.
    pub today: Date,
}

/// An exception or another severity, from wherever it was given.
#[derive(Debug, Clone)]
pub struct Exception {
    /// The control.
    pub control: ControlId,
    /// Another severity than the catalogue's.
    pub severity: Option<Severity>,
    /// Whether findings are waived.
    pub waives: bool,
    /// The names of the keys that it is about (resources or aliases without `alias/`); empty for all.
    pub keys: Vec<String>,
    /// Why.
    pub reason: String,
    /// Its last day.
    pub expires: Option<Date>,
    /// Where it stands.
    pub span: Span,
}

/// A key under inspection.
pub struct Subject<'s> {
    /// The key.
    pub key: &'s FoundKey,
    /// Everything of the same template, module or policy file.
    pub file: &'s Found,
    /// What is expected.
    pub rules: &'s Rules,
    exact: RefCell<Option<Analysis<'s>>>,
    /// The account that the policy itself tells to be the key's own: nearly every control asks.
    pub(super) owner: OnceCell<Option<Text>>,
}

impl<'s> Subject<'s> {
    /// A key of a file.
    #[must_use]
    pub fn new(key: &'s FoundKey, file: &'s Found, rules: &'s Rules) -> Self {
        Self {
            key,
            file,
            rules,
            exact: RefCell::new(None),
            owner: OnceCell::new(),
        }
    }

    /// Asks a question about all requests under the policy; `None` where there is no policy. What was found out is kept
    /// for the next question.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&mut Analysis<'s>) -> T) -> Option<T> {
        let policy = self.policy()?;
        let mut exact = self.exact.borrow_mut();
        let analysis =
            exact.get_or_insert_with(|| Analysis::new(&policy.document, &self.place_of_key()));
        Some(question(analysis))
    }

    /// Where the key is, as far as that is known.
    pub(super) fn place_of_key(&self) -> Place {
        let account = self.own_account();
        let account = account.as_ref().and_then(|account| account.as_literal());
        Place {
            account: account.and_then(AccountId::parse),
            ..Place::default()
        }
    }

    /// The policy as far as it can be read.
    #[must_use]
    pub fn policy(&self) -> Option<&'s ReadPolicy> {
        self.key.policy.known()
    }

    /// The statements of the policy with their places.
    pub fn statements(&self) -> impl Iterator<Item = (&'s Statement, &'s StatementPlaces)> {
        let policy = self.policy();
        policy.into_iter().flat_map(|policy| {
            let statements = policy.document.statements.iter();
            statements.zip(&policy.places)
        })
    }

    /// Where a property stands, or the key where it is not there.
    #[must_use]
    pub fn place<T>(&self, property: &Property<T>) -> Span {
        property.span().unwrap_or(self.key.span)
    }
}
