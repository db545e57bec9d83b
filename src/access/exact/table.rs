//! The access table: who can do what with a key.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::analysis::Analysis;
use super::answer::Answer;
use super::budget::Budget;
use super::caller::CallerKind;
use super::capability::Capability;
use super::meaning::{Bound, Conditions, Scene};
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
type ArnTest = (bool, Vec<Pattern>);

/// Of whom a subject consists.
enum Members {
    Caller(Caller),
    /// Those whose ARN passes all of these tests.
    Matching(Vec<ArnTest>),
    Account(String),
    /// Those that are none of these and pass none of these tests.
    Rest(Vec<Caller>, Vec<ArnTest>),
    Strangers(Named),
}

/// The requests to which statements may apply, by number and kind of caller.
type Known = HashMap<(usize, CallerKind), Rc<[(Scene, Region)]>>;

/// The root user has what statements about the account say; it is no member of the rest.
const PEOPLE: [CallerKind; 3] = [
    CallerKind::Role,
    CallerKind::User,
    CallerKind::FederatedUser,
];

impl Analysis<'_> {
    /// The access table of the policy: a row for everyone whom it names, for the rest of the account, and for strangers.
    pub fn table(&mut self) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut known = Known::new();
        for (subject, members) in self.subjects() {
            let whose = match &members {
                Members::Caller(caller) => vec![self.whose(caller).0],
                Members::Matching(_) => vec![Whose::Account, Whose::Elsewhere],
                Members::Account(_) | Members::Strangers(_) => vec![Whose::Elsewhere],
                Members::Rest(..) => vec![Whose::Account],
            };
            let among = self.concerning(&members, &whose, &mut known);
            let mut actions = Vec::new();
            for group in self.groups(&among) {
                let name = group.first().map_or("", |action| action.name);
                let access = whose
                    .iter()
                    .map(|whose| self.access(&members, *whose, name, &among));
                let access = access.max().unwrap_or(Access::No);
                actions.extend(group.into_iter().map(|action| (action, access)));
            }
            actions.sort_unstable_by_key(|(action, _)| action.name);
            rows.push(Row { subject, actions });
        }
        rows
    }

    /// The Allow statements that may apply to a request of the members: of many statements few are about one of them,
    /// and only those need be asked.
    fn concerning(&mut self, members: &Members, whose: &[Whose], known: &mut Known) -> Vec<usize> {
        let policy = self.policies.first();
        let allowing = policy.map(|policy| policy.with_effect(Effect::Allow));
        let mut numbers = allowing.unwrap_or_default();
        numbers.retain(|number| {
            whose.iter().any(|whose| {
                let kinds = whose.kinds().into_iter();
                let mut kinds = kinds.filter(|kind| members.kinds().contains(kind));
                kinds.any(|kind| self.concerns(*number, members, kind, known))
            })
        });
        numbers
    }

    /// Whether a statement may apply to a request of members of a kind.
    fn concerns(
        &mut self,
        number: usize,
        members: &Members,
        kind: CallerKind,
        known: &mut Known,
    ) -> bool {
        let regions = known.entry((number, kind)).or_insert_with(|| {
            let mut regions: Vec<(Scene, Region)> = Vec::new();
            for action in self.groups.clone().into_iter().flatten() {
                let scene = Scene { kind, action };
                let reached = self.reached((0, number), scene, Bound::Most);
                for region in reached.direct.iter().chain(&reached.account) {
                    if !regions.iter().any(|(_, known)| known == region) {
                        regions.push((scene, region.clone()));
                    }
                }
            }
            regions.into()
        });
        let regions = Rc::clone(regions);
        regions.iter().any(|(scene, region)| {
            let mut asking = Asking {
                setting: &self.setting,
                constraints: &mut self.constraints,
            };
            let within = members.region(*scene, &mut asking).and(region);
            self.budget = Budget::default();
            self.point(&[*scene], &within, &[]) != Ok(None)
        })
    }

    /// Actions between which nothing makes a difference for those whom only some Allow statements are about, for own and
    /// for other accounts.
    fn groups(&self, among: &[usize]) -> Vec<Vec<&'static Action>> {
        let Some(policy) = self.policies.first() else {
            return Vec::new();
        };
        let statements = [among, &policy.with_effect(Effect::Deny)].concat();
        let mut groups: Vec<(_, Vec<&'static Action>)> = Vec::new();
        for action in self.groups.iter().flatten().copied() {
            let documented = (action.cross_account, action.effective_in_key_policy);
            let about = policy.about(&statements, action);
            let alike = (documented, self.carried(action), about);
            match groups.iter_mut().find(|(known, _)| *known == alike) {
                Some((_, group)) => group.push(action),
                None => groups.push((alike, vec![action])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    fn access(&mut self, members: &Members, whose: Whose, action: &str, among: &[usize]) -> Access {
        let also = |scene: Scene, asking: &mut Asking<'_>| members.region(scene, asking);
        let only = |other: &Action| other.name == action;
        let direct = match whose {
            Whose::Elsewhere => None,
            Whose::Account | Whose::Services => Some(Way::Direct),
        };
        let indirect = (whose != Whose::Services).then_some(Way::Any);
        let mut unknown = false;
        for (way, plain, access) in [
            (direct, true, Access::Direct),
            (direct, false, Access::DirectUnderCondition),
            (indirect, true, Access::ThroughIam),
            (indirect, false, Access::ThroughIamUnderCondition),
        ] {
            let Some(way) = way else { continue };
            let query = Query {
                kinds: Some(members.kinds()),
                among: Some(among),
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
        let conditions = Conditions {
            setting: &self.setting,
            version: policy.document.version,
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
        subjects.insert(0, (Subject::Account, Members::Rest(callers, matching)));
        subjects.push((Subject::Anyone, Members::Strangers(self.named())));
        subjects
    }
}

impl Members {
    /// What kinds of callers are among them.
    fn kinds(&self) -> &'static [CallerKind] {
        match self {
            Self::Caller(caller) => {
                let kind = CallerKind::of(caller);
                let at = CallerKind::ALL.iter().position(|one| *one == kind);
                at.and_then(|at| CallerKind::ALL.get(at..=at))
                    .unwrap_or_default()
            }
            Self::Rest(..) => &PEOPLE,
            Self::Matching(_) | Self::Account(_) | Self::Strangers(_) => &CallerKind::ALL,
        }
    }

    fn region(&self, scene: Scene, asking: &mut Asking<'_>) -> Region {
        match self {
            Self::Caller(caller) => is_caller(caller, scene, asking),
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
            Self::Strangers(named) => named.strangers(scene, asking),
        }
    }
}
