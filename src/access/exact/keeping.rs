//! Whether principals are sure to be allowed an action, whatever else is true of their requests.
//!
//! Other questions ask whether there is *some* request. This one is for those who must never be shut out: one request of
//! theirs that is not allowed is enough, so that a Deny under a condition on a network, a tag or the time counts.

use super::analysis::Analysis;
use super::budget::Budget;
use super::meaning::{Bound, Scene};
use super::query::{Asking, Query, Way, Whose};
use super::region::Part;
use super::table::PEOPLE;
use crate::iam::pattern::{Case, PatternKind};
use crate::iam::{Effect, Pattern, Text};
use crate::kms::actions::Action;

/// Principals of the key's account, by their ARNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holders {
    /// One of these patterns matches the ARN of each.
    pub like: Vec<Text>,
    /// None of these does.
    pub unlike: Vec<Text>,
}

/// What may keep principals from an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hindrance {
    /// In the key's account there are no such principals.
    Nobody,
    /// Not all of their requests are allowed.
    NotAllowed,
    /// The statement with this number denies some of their requests, or nobody can tell.
    Denied(usize),
}

/// Condition keys on the organization of the account. It is the same for all principals there, and a Deny for all who
/// are not in one, as data perimeters have it, means the account's own.
const OWN_ORGANIZATION: [&str; 3] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:resourceorgid",
];

impl Analysis<'_> {
    /// What may keep principals from an action that the key policy alone is to allow them, in any request that a
    /// deployment makes: over TLS, to the key where it is, without bypassing KMS's own checks. Empty where it is proven
    /// that nothing does.
    pub fn hindrances(&mut self, who: &Holders, action: &str) -> Vec<Hindrance> {
        self.budget = Budget::default();
        let like = self.patterns(&who.like);
        let unlike = self.patterns(&who.unlike);
        let organizations = self.own_organizations();
        let also = |scene: Scene, asking: &mut Asking<'_>| {
            let named = asking.matches(&like);
            let others = asking.matches(&unlike).opposite();
            let known = organizations.iter().map(|(key, patterns)| {
                let own = asking.matches(patterns);
                (Part::Key((*key).into()), own)
            });
            let known: Vec<_> = known.collect();
            let asked = [(Part::Arn, named), (Part::Arn, others)];
            let asked = asking.region(asked.into_iter().chain(known));
            asked.and(&asking.of_deployment(scene))
        };
        let only = |other: &Action| other.name == action;
        let query = Query {
            kinds: Some(&PEOPLE),
            actions: &only,
            also: &also,
            ..Query::any(Whose::Account, Way::Direct)
        };
        let mut hindrances = Vec::new();
        let mut is_anybody = false;
        for scene in self.scenes(&query, Bound::Least) {
            let asked = self.asked(&query, scene);
            if matches!(self.point(&[scene], &asked, &[]), Ok(None)) {
                continue;
            }
            is_anybody = true;
            let allowed = self.regions(0, Effect::Allow, Way::Direct, scene, Bound::Least);
            let allowed: Vec<_> = allowed.into_iter().map(|(_, region)| region).collect();
            if !matches!(self.point(&[scene], &asked, &allowed), Ok(None)) {
                hindrances.push(Hindrance::NotAllowed);
            }
            for (number, region) in self.regions(0, Effect::Deny, Way::Any, scene, Bound::Most) {
                if !matches!(self.point(&[scene], &region.and(&asked), &[]), Ok(None)) {
                    hindrances.push(Hindrance::Denied(number));
                }
            }
        }
        if !is_anybody {
            hindrances.push(Hindrance::Nobody);
        }
        hindrances.sort_unstable();
        hindrances.dedup();
        hindrances
    }

    fn patterns(&self, texts: &[Text]) -> Vec<Pattern> {
        let Some(conditions) = self.conditions() else {
            return Vec::new();
        };
        let symbols = texts.iter().filter_map(|text| conditions.symbols(text));
        symbols
            .map(|text| Pattern::of_symbols(&text, PatternKind::Arn, Case::Sensitive))
            .collect()
    }

    /// The organizations that the account is in, by condition key: those outside of which the policy denies something.
    fn own_organizations(&self) -> Vec<(&'static str, Vec<Pattern>)> {
        let (Some(policy), Some(conditions)) = (self.policies.first(), self.conditions()) else {
            return Vec::new();
        };
        let denials = policy.with_effect(Effect::Deny);
        let of_key = |key: &'static str| {
            let asked = denials.iter();
            let asked = asked.flat_map(|number| policy.conditions_on(*number, key));
            let negated = asked.filter(|(operator, _)| operator.negated);
            let patterns = negated.flat_map(|(operator, values)| {
                let kind = operator.test.pattern();
                let symbols = values.iter().filter_map(|text| conditions.symbols(text));
                let patterns = symbols.filter_map(move |text| {
                    let (kind, case) = kind?;
                    Some(Pattern::of_symbols(&text, kind, case))
                });
                patterns.collect::<Vec<_>>()
            });
            (key, patterns.collect::<Vec<_>>())
        };
        let named = OWN_ORGANIZATION.into_iter().map(of_key);
        named.filter(|(_, patterns)| !patterns.is_empty()).collect()
    }

    /// Whether a statement leaves the key to IAM policies of the account: whether it lets in principals there whom it
    /// does not name, if policies of their own do.
    pub fn leaves_to_account(&mut self, statement: usize) -> bool {
        let Some(rest) = self.rest_of_account() else {
            return false;
        };
        let named = self.named();
        let also = |scene: Scene, asking: &mut Asking<'_>| rest.region(&named, scene, asking);
        let query = Query {
            kinds: Some(&PEOPLE),
            statement: Some(statement),
            also: &also,
            ..Query::any(Whose::Account, Way::Account)
        };
        !self.answer(&query).is_no()
    }
}
