//! The access table: who can do what with a key.

use std::collections::BTreeSet;

use super::analysis::Analysis;
use super::answer::Answer;
use super::caller::CallerKind;
use super::capability::Capability;
use super::dimension::Constraint;
use super::meaning::Scene;
use super::outsiders::Named;
use super::query::{Asking, Query, Way, Whose};
use super::region::{Part, Region};
use super::statements::{arn_of, is_caller};
use crate::access::{Caller, Identity};
use crate::iam::{Effect, Pattern, PrincipalKind, Principals, Text};
use crate::kms::actions::Action;

/// Whom a row of the table is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Principals of the account whom no statement names.
    Account,
    /// A principal that a statement names.
    Principal(Text),
    /// Principals of whose ARN a statement asks this in its conditions on `aws:PrincipalArn`: that it matches one of the
    /// first, and none of the second.
    Matching(Vec<Text>, Vec<Text>),
    /// Principals of another account.
    OtherAccount(String),
    /// Principals of an organization in accounts that the policy does not name.
    Organization(String),
    /// A service.
    Service(Text),
    /// Principals with whom the policy has nothing to do.
    Anyone,
}

/// What somebody can do, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Nothing.
    No,
    /// Nobody can tell.
    Unknown,
    /// What policies of its own account allow too, under a condition of the key policy.
    ThroughIamUnderCondition,
    /// What policies of its own account allow too.
    ThroughIam,
    /// What the key policy allows, in some requests only.
    DirectUnderCondition,
    /// What the key policy allows.
    Direct,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Whom it is about.
    pub subject: Subject,
    /// Whether it is about those of other accounts among them: what matches an ARN can be in any.
    pub outside: bool,
    /// What it can do, for every action that works on a key, by name.
    pub actions: Vec<(&'static Action, Access)>,
}

impl Row {
    /// The most that the subject has of a capability, by at least one action.
    #[must_use]
    pub fn access(&self, capability: Capability) -> Access {
        let actions = self.actions.iter();
        let of = actions.filter(|(action, _)| Capability::of(action) == Some(capability));
        of.map(|(_, access)| *access).max().unwrap_or(Access::No)
    }

    /// Whether the subject can do anything at all, or nobody can tell.
    #[must_use]
    pub fn has_access(&self) -> bool {
        self.actions.iter().any(|(_, access)| *access != Access::No)
    }
}

/// Whether an ARN must match none of some patterns, or one of them.
pub(super) type ArnTest = (bool, Vec<Pattern>);

/// Of whom a subject consists.
pub(super) enum Members {
    Caller(Caller),
    /// Those whose ARN passes all of these tests.
    Matching(Vec<ArnTest>),
    Account(String),
    /// Those of an organization, by the condition key that names it.
    Organization(String, String),
    /// Those that are none of these and pass none of these tests.
    Rest(Vec<Caller>, Vec<ArnTest>),
    Strangers,
}

/// The root user has what statements about the account say; it is no member of the rest.
pub(super) const PEOPLE: [CallerKind; 3] = [
    CallerKind::Role,
    CallerKind::User,
    CallerKind::FederatedUser,
];

impl Analysis<'_> {
    /// The access table of the policy: a row for everyone whom it names, for the rest of the account, and for strangers.
    pub fn table(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        let named = self.named();
        for (subject, members) in self.subjects() {
            let whose = match &members {
                Members::Caller(caller) => vec![self.whose(caller).0],
                Members::Matching(_) => vec![Whose::Account, Whose::Elsewhere],
                Members::Account(_) | Members::Organization(..) | Members::Strangers => {
                    vec![Whose::Elsewhere]
                }
                Members::Rest(..) => vec![Whose::Account],
            };
            let before = rows.len();
            for whose in whose {
                let mut actions = Vec::new();
                for group in self.groups() {
                    let name = group.first().map_or("", |action| action.name);
                    let access = self.access(&members, &named, whose, name);
                    actions.extend(group.into_iter().map(|action| (action, access)));
                }
                actions.sort_unstable_by_key(|(action, _)| action.name);
                let row = Row {
                    subject: subject.clone(),
                    outside: whose == Whose::Elsewhere,
                    actions,
                };
                // Of those inside and outside, only who has anything matters.
                match rows.get_mut(before) {
                    None => rows.push(row),
                    Some(_) if !row.has_access() => {}
                    Some(inside) if !inside.has_access() => *inside = row,
                    Some(_) => rows.push(row),
                }
            }
        }
        rows
    }

    /// Actions between which nothing makes a difference, for own and for other accounts.
    fn groups(&self) -> Vec<Vec<&'static Action>> {
        let mut groups = Vec::new();
        for group in &self.groups {
            for across in [Some(true), Some(false), None] {
                for effective in [Some(true), None] {
                    let alike = group.iter().copied().filter(|action| {
                        (action.cross_account, action.effective_in_key_policy)
                            == (across, effective)
                    });
                    let alike: Vec<_> = alike.collect();
                    if !alike.is_empty() {
                        groups.push(alike);
                    }
                }
            }
        }
        groups
    }

    fn access(&mut self, members: &Members, named: &Named, whose: Whose, action: &str) -> Access {
        let also = |scene: Scene, asking: &mut Asking<'_>| members.region(named, scene, asking);
        let only = |other: &Action| other.name == action;
        let direct = match whose {
            Whose::Elsewhere => None,
            Whose::Account | Whose::Services => Some(Way::Direct),
        };
        let indirect = (whose != Whose::Services).then_some(Way::Any);
        let own;
        let kinds: Option<&[CallerKind]> = match members {
            Members::Caller(caller) => {
                own = [CallerKind::of(caller)];
                Some(&own)
            }
            Members::Rest(..) => Some(&PEOPLE),
            _ => None,
        };
        let mut unknown = false;
        for (way, plain, access) in [
            (direct, true, Access::Direct),
            (direct, false, Access::DirectUnderCondition),
            (indirect, true, Access::ThroughIam),
            (indirect, false, Access::ThroughIamUnderCondition),
        ] {
            let Some(way) = way else { continue };
            let query = Query {
                kinds,
                plain,
                actions: &only,
                also: &also,
                ..Query::any(whose, way)
            };
            match self.answer(&query) {
                Answer::Yes(_) => return access,
                Answer::No => {}
                Answer::Unknown(_) => unknown = true,
            }
        }
        if unknown { Access::Unknown } else { Access::No }
    }

    fn subjects(&self) -> Vec<(Subject, Members)> {
        let mut subjects: Vec<(Subject, Members)> = Vec::new();
        let mut texts = BTreeSet::new();
        let (mut callers, mut matching) = (Vec::new(), Vec::new());
        let mut accounts = BTreeSet::new();
        let Some(policy) = self.policies.first() else {
            return subjects;
        };
        let Some(conditions) = self.conditions() else {
            return subjects;
        };
        let deployed = |text: &Text| {
            text.resolve(|variable| self.setting.deployed(variable).unwrap_or_default())
        };
        for statement in &policy.document.statements {
            let principals = statement.principal.as_ref().map(|clause| &clause.value);
            let Some(Principals::Listed(kinds)) = principals else {
                continue;
            };
            if statement.effect == Effect::Deny {
                continue;
            }
            for (kind, names) in kinds {
                for name in names.iter().filter(|name| texts.insert(*name)) {
                    let text = deployed(name);
                    if *kind == PrincipalKind::Service {
                        let caller = Members::Caller(Caller::Service(text));
                        subjects.push((Subject::Service(name.clone()), caller));
                    } else if *kind == PrincipalKind::Aws {
                        match Caller::parse(&text) {
                            Ok(Caller::Aws(caller)) if caller.identity == Identity::Root => {
                                accounts.insert(caller.account.to_string());
                            }
                            Ok(caller) => {
                                callers.push(caller.clone());
                                let caller = Members::Caller(caller);
                                subjects.push((Subject::Principal(name.clone()), caller));
                            }
                            Err(_) if crate::iam::AccountId::parse(&text).is_some() => {
                                accounts.insert(text);
                            }
                            Err(_) => {}
                        }
                    }
                }
            }
        }
        for (number, statement) in policy.document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny {
                continue;
            }
            for key in ["aws:principalaccount", "kms:calleraccount"] {
                let named = policy.conditions_on(number, key);
                let named = named.iter().filter(|(operator, _)| !operator.negated);
                let everyone = statement
                    .principal
                    .as_ref()
                    .is_some_and(|clause| !clause.negated && clause.value.includes_everyone());
                let on_arn = policy.conditions_on(number, "aws:principalarn");
                let narrower = on_arn.iter().any(|(operator, _)| !operator.negated);
                let named = named.filter(|_| everyone && !narrower);
                let named = named.flat_map(|(_, values)| values.iter().map(&deployed));
                accounts.extend(named.filter(|text| crate::iam::AccountId::parse(text).is_some()));
            }
            let asked = policy.conditions_on(number, "aws:principalarn");
            let texts = |negated: bool| {
                let values = asked.iter().filter(|(op, _)| op.negated == negated);
                let values = values.flat_map(|(_, values)| values.iter().cloned());
                values.collect::<Vec<_>>()
            };
            let subject = Subject::Matching(texts(false), texts(true));
            let known = subjects.iter().any(|(known, _)| *known == subject);
            if known || texts(false).is_empty() {
                continue;
            }
            let tests = asked.iter().filter_map(|(operator, values)| {
                let (kind, case) = operator.test.pattern()?;
                let symbols = values.iter().filter_map(|text| conditions.symbols(text));
                let patterns = symbols.map(|text| Pattern::of_symbols(&text, kind, case));
                Some((operator.negated, patterns.collect()))
            });
            let tests: Vec<ArnTest> = tests.collect();
            matching.extend(tests.iter().filter(|(negated, _)| !negated).cloned());
            subjects.push((subject, Members::Matching(tests)));
        }
        accounts.remove(self.setting.account());
        for account in accounts {
            let members = Members::Account(account.clone());
            subjects.push((Subject::OtherAccount(account), members));
        }
        for (key, organization) in self.named().organizations() {
            let subject = Subject::Organization(organization.clone());
            if !subjects.iter().any(|(known, _)| *known == subject) {
                subjects.push((subject, Members::Organization(key, organization)));
            }
        }
        subjects.insert(0, (Subject::Account, Members::Rest(callers, matching)));
        subjects.push((Subject::Anyone, Members::Strangers));
        subjects
    }
}

impl Analysis<'_> {
    /// Those of the account whom no statement names.
    pub(super) fn rest_of_account(&self) -> Option<Members> {
        let subjects = self.subjects().into_iter();
        let mut members = subjects.map(|(_, members)| members);
        members.find(|members| matches!(members, Members::Rest(..)))
    }
}

impl Members {
    pub(super) fn region(&self, named: &Named, scene: Scene, asking: &mut Asking<'_>) -> Region {
        match self {
            Self::Caller(caller) => is_of_kind(caller, scene, asking),
            Self::Matching(tests) => {
                let tests = tests.iter().map(|(negated, patterns)| {
                    let test = asking.matches(patterns);
                    if *negated { test.opposite() } else { test }
                });
                let asked: Vec<_> = tests.map(|test| (Part::Arn, test)).collect();
                asking.region(asked)
            }
            Self::Account(account) => {
                let account = asking.accounts(scene.kind, [account.as_str()]);
                asking.region([(Part::Arn, account)])
            }
            Self::Rest(callers, tests) => {
                let tests = tests.iter().map(|(_, patterns)| asking.matches(patterns));
                let others = tests.map(|test| (Part::Arn, test.opposite()));
                let mut others: Vec<_> = others.collect();
                let own = callers
                    .iter()
                    .filter(|one| CallerKind::of(one) == scene.kind);
                for caller in own {
                    let arn = arn_of(caller, scene, asking);
                    others.extend(arn.map(|arn| (Part::Arn, arn.opposite())));
                }
                asking.region(others)
            }
            Self::Organization(key, organization) => {
                named.members(key, organization, scene, asking)
            }
            Self::Strangers => named.strangers(scene, asking),
        }
    }
}

/// The requests of one caller; none in the scenes of other kinds.
fn is_of_kind(caller: &Caller, scene: Scene, asking: &mut Asking<'_>) -> Region {
    if CallerKind::of(caller) == scene.kind {
        is_caller(caller, scene, asking)
    } else {
        asking.region([(Part::Arn, Constraint::absent())])
    }
}
