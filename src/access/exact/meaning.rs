//! What a condition asks of requests, as constraints.

use std::cell::Cell;

use super::caller::{Arns, CallerKind};
use super::dimension::{Constraint, Constraints, Quantifier, Test};
use super::keys;
use super::region::Part;
use super::values::{Reading, arn, is_no_arn, null, reading};
use crate::access::Place;
use crate::iam::operator::{Test as Tested, ValueSet};
use crate::iam::placeholder::{Lookup, Symbol, resolve_variables};
use crate::iam::{AccountId, Operator, Text, Variable, Version};
use crate::kms::Partition;
use crate::kms::actions::Action;

/// Where the key is: everything that deployment knows.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// The key's account and Region, both known.
    pub(super) place: Place,
    /// The partition of the Region.
    pub(super) partition: String,
    /// Whether the Region was given, not filled in.
    pub(super) in_known_region: bool,
}

impl Setting {
    /// What a deployment-time part stands for.
    pub(super) fn deployed(&self, variable: Variable) -> Option<&str> {
        match variable {
            Variable::Account => self.place.account.as_ref().map(AccountId::as_str),
            Variable::Partition => Some(&self.partition),
            Variable::Region => self.place.region.as_deref(),
            Variable::UrlSuffix => Partition::named(&self.partition).map(Partition::dns_suffix),
        }
    }

    /// The key's Region, if it was given.
    pub(super) fn known_region(&self) -> Option<&str> {
        let region = self.place.region.as_deref();
        region.filter(|_| self.in_known_region)
    }

    /// The key's account.
    pub(super) fn account(&self) -> &str {
        self.place.account.as_ref().map_or("", AccountId::as_str)
    }
}

/// The requests of one kind of caller for one action.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    /// Who calls.
    pub(super) kind: CallerKind,
    /// What for.
    pub(super) action: &'static Action,
}

/// How to read what nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Bound {
    /// Only what holds for certain.
    Least,
    /// Whatever may hold.
    Most,
}

impl Bound {
    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Least => Self::Most,
            Self::Most => Self::Least,
        }
    }

    pub(super) fn other_if(self, other: bool) -> Self {
        if other { self.other() } else { self }
    }
}

/// What a condition comes to.
#[derive(Debug)]
pub(super) enum Meaning {
    /// It holds in every request of the scene.
    Always,
    /// It holds in none.
    Never,
    /// It holds where all of these do.
    Asks(Part, Vec<Constraint>),
}

impl From<bool> for Meaning {
    fn from(holds: bool) -> Self {
        if holds { Self::Always } else { Self::Never }
    }
}

/// A text that no policy holds: KMS takes no character above U+00FF. What the keys of a principal are for services is not
/// documented: missing, or values of their own.
const STRANGE: &str = "\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}\u{10FFFD}";

/// The ARN of a service, if it has one.
fn strange_arn() -> String {
    format!("arn:{STRANGE}:{STRANGE}:{STRANGE}:{STRANGE}:{STRANGE}")
}

/// What a condition key is in the requests of a scene.
enum Key {
    /// A part of the request of its own.
    Own(Part),
    /// Always these values.
    Fixed(&'static [&'static str]),
    /// The account of the caller's ARN.
    Account,
    /// The name at the end of the caller's ARN.
    Name,
    /// There, but nobody can tell with which value.
    Untold,
    /// Either missing or something that no policy names.
    Undocumented,
}

fn key_in(key: &str, scene: Scene) -> Key {
    let service = scene.kind == CallerKind::Service;
    match key {
        "aws:principalarn"
        | "aws:principalaccount"
        | "kms:calleraccount"
        | "aws:principaltype"
        | "aws:userid"
            if service =>
        {
            Key::Undocumented
        }
        "aws:principalarn" => Key::Own(Part::Arn),
        "aws:principalaccount" | "kms:calleraccount" => Key::Account,
        "aws:principaltype" => Key::Fixed(match scene.kind.principal_type() {
            Some("AssumedRole") => &["AssumedRole"],
            Some("User") => &["User"],
            Some("Account") => &["Account"],
            _ => &["FederatedUser"],
        }),
        "aws:principalisawsservice" if service => Key::Fixed(&["true"]),
        "aws:principalisawsservice" => Key::Fixed(&["false"]),
        "aws:principalservicename" if service => Key::Own(Part::Service),
        "aws:principalservicename" => Key::Fixed(&[]),
        "aws:userid" if scene.kind == CallerKind::Root => Key::Account,
        "aws:userid" => Key::Untold,
        "aws:username" if scene.kind == CallerKind::User => Key::Name,
        _ if keys::presence(key, scene.kind, scene.action) == keys::Presence::Never => {
            Key::Fixed(&[])
        }
        _ => Key::Own(Part::Key(key.into())),
    }
}

/// Reads conditions of one policy.
pub(super) struct Conditions<'a> {
    /// Where the key is.
    pub(super) setting: &'a Setting,
    /// The version of the policy, which decides whether `${…}` is a variable.
    pub(super) version: Version,
}

impl Conditions<'_> {
    /// The characters of a text; `None` for one that matches nothing.
    pub(super) fn symbols(&self, text: &Text) -> Option<Vec<Symbol>> {
        let lookup: &dyn Fn(&str) -> Lookup = &|_| Lookup::Unknown;
        let variables = (self.version == Version::V2012).then_some(lookup);
        resolve_variables(text, |variable| self.setting.deployed(variable), variables)
    }

    /// Whether a text holds a policy variable.
    pub(super) fn varies(&self, text: &Text) -> bool {
        // Most texts hold none. What deployment knows holds no dollar.
        if !text.literals().any(|literal| literal.contains("${")) {
            return false;
        }
        let asked = Cell::new(false);
        let lookup: &dyn Fn(&str) -> Lookup = &|_| {
            asked.set(true);
            Lookup::Unknown
        };
        if self.version == Version::V2012 {
            let deployed = |variable| self.setting.deployed(variable);
            let _symbols = resolve_variables(text, deployed, Some(lookup));
        }
        asked.get()
    }

    /// What a condition asks of the requests of a scene; its key in lower case.
    pub(super) fn meaning(
        &self,
        (operator, key, values): (&str, &str, &[Text]),
        scene: Scene,
        bound: Bound,
        constraints: &mut Constraints,
    ) -> Meaning {
        let untold = Meaning::from(bound == Bound::Most);
        let Ok(operator) = Operator::parse(operator) else {
            return untold;
        };
        let several = keys::has_several_values(key);
        if several && operator.set.is_none() && operator.test != Tested::Null {
            return untold;
        }
        let constraint = self.constraint(operator, values, bound, constraints);
        match key_in(key, scene) {
            Key::Own(part) => {
                let mut asked = vec![constraint];
                let sure = part == Part::Arn || keys::is_arn(key);
                if operator.test == Tested::ArnLike && operator.negated && !sure {
                    // Whether what is no ARN is what a pattern of ARNs is not, is not documented.
                    match (bound, operator.set) {
                        (Bound::Most, _) => {}
                        (Bound::Least, Some(ValueSet::ForAnyValue)) => return Meaning::Never,
                        (Bound::Least, _) => {
                            let absent = asked.iter().all(|one| one.absent);
                            asked.push(Constraint {
                                absent,
                                ..arn(constraints)
                            });
                        }
                    }
                }
                Meaning::Asks(part, asked)
            }
            Key::Fixed(values) => {
                let values = values.iter().map(|value| (*value).to_owned()).collect();
                constraint.holds(&constraints.patterns, &values).into()
            }
            Key::Untold if operator.test == Tested::Null => {
                let there = vec![STRANGE.to_owned()];
                constraint.holds(&constraints.patterns, &there).into()
            }
            Key::Untold => untold,
            Key::Undocumented => {
                let patterns = &constraints.patterns;
                let missing = constraint.holds(patterns, &Vec::new());
                let strange = match key {
                    "aws:principalarn" => strange_arn(),
                    _ => STRANGE.to_owned(),
                };
                let strange = constraint.holds(patterns, &vec![strange]);
                match bound {
                    Bound::Least => (missing && strange).into(),
                    Bound::Most => (missing || strange).into(),
                }
            }
            key @ (Key::Account | Key::Name) => {
                let arns = Arns {
                    partition: &self.setting.partition,
                    kind: scene.kind,
                };
                let Test::Texts(texts) = constraint.test else {
                    return untold;
                };
                let patterns = &mut constraints.patterns;
                let whole = texts.into_iter().flat_map(|text| match key {
                    Key::Account => arns.of_account(text, patterns).into_iter().collect(),
                    _ => arns.of_name(text, patterns),
                });
                let test = Test::Texts(whole.collect());
                Meaning::Asks(Part::Arn, vec![Constraint { test, ..constraint }])
            }
        }
    }

    fn constraint(
        &self,
        operator: Operator,
        values: &[Text],
        bound: Bound,
        constraints: &mut Constraints,
    ) -> Constraint {
        let varies = values.iter().any(|text| self.varies(text));
        let values: Vec<_> = values
            .iter()
            .filter_map(|text| self.symbols(text))
            .collect();
        if operator.test == Tested::Null {
            return null(&values, bound);
        }
        let most = bound == Bound::Most;
        let absent = match (operator.set, operator.if_exists) {
            (Some(ValueSet::ForAllValues), _) | (None, true) => true,
            // Which of the two prevails is not documented.
            (Some(ValueSet::ForAnyValue), true) => most,
            (Some(ValueSet::ForAnyValue), false) => false,
            (None, false) => operator.negated,
        };
        let nothing = Reading::texts(Vec::new());
        let inner = bound.other_if(operator.negated);
        let mut reading = reading(operator.test, &values, inner, constraints);
        // What a variable without a value makes of a statement is not documented, nor what is not a pattern of no ARN.
        let hopeless = || {
            values
                .iter()
                .any(|symbols| is_no_arn(operator.test, symbols))
        };
        if bound == Bound::Least && (varies || (operator.negated && hopeless())) {
            reading = Reading {
                negated: operator.negated,
                ..nothing
            };
        }
        Constraint {
            quantifier: match operator.set {
                Some(ValueSet::ForAllValues) => Quantifier::All,
                Some(ValueSet::ForAnyValue) => Quantifier::Any,
                None => Quantifier::One,
            },
            test: reading.test,
            negated: reading.negated != operator.negated,
            absent,
        }
    }
}
