//! A policy made ready for questions: for every statement, the requests to which it applies.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::LazyLock;

use super::caller::CallerKind;
use super::dimension::Constraints;
use super::keys::{Presence, presence};
use super::meaning::{Bound, Conditions, Meaning, Scene, Setting};
use super::principals::{Names, Reached};
use super::region::Region;
use crate::access::resource::KeyArn;
use crate::access::statement::ActionPattern;
use crate::access::{AccessRequest, Caller, Context, Truth};
use crate::iam::operator::Test;
use crate::iam::pattern::Case;
use crate::iam::{Effect, Operator, PolicyDocument, Statement};
use crate::kms::actions::{ACTIONS, Action};

/// The name of a condition key as names are compared.
fn folded(key: &str) -> Rc<str> {
    let folded: String = key.chars().map(|c| Case::Insensitive.fold(c)).collect();
    folded.into()
}

/// A statement of the policy.
struct Compiled<'p> {
    statement: &'p Statement,
    /// Operators, keys and values.
    conditions: Vec<(&'p str, Rc<str>, &'p [crate::iam::Text])>,
    /// What is the same in all requests: whether it is about the key, and known.
    standing: Truth,
    /// Whether it is about an action, in the order of [`ACTIONS`].
    actions: Vec<Truth>,
}

/// What decides about the regions of a statement.
type Circumstances = (usize, CallerKind, Bound, Vec<bool>);

/// A policy and what was found out about it.
pub(super) struct CompiledPolicy<'p> {
    /// The policy.
    pub(super) document: &'p PolicyDocument,
    statements: Vec<Compiled<'p>>,
    reached: HashMap<Circumstances, Rc<Reached>>,
    /// All condition keys in it, names folded.
    pub(super) keys: BTreeSet<Rc<str>>,
    /// Those of which it asks whether they are there, or compares sets: an empty text counts as nothing there.
    pub(super) keys_not_empty: BTreeSet<Rc<str>>,
}

impl<'p> CompiledPolicy<'p> {
    /// Reads a policy.
    pub(super) fn new(document: &'p PolicyDocument, setting: &Setting) -> Self {
        let mut policy = Self {
            document,
            statements: Vec::new(),
            reached: HashMap::new(),
            keys: BTreeSet::new(),
            keys_not_empty: BTreeSet::new(),
        };
        let conditions = Conditions {
            setting,
            version: document.version,
        };
        let key = KeyArn::of(&any_request(setting));
        for statement in &document.statements {
            let mut compiled = Compiled {
                statement,
                conditions: Vec::new(),
                standing: resource(statement, &conditions, &key)
                    .at_most_maybe_if(statement.uncertain),
                actions: about(statement),
            };
            for (operator, keys) in &statement.conditions {
                for (key, values) in keys {
                    let key = folded(key);
                    let by_value = Operator::parse(operator)
                        .is_ok_and(|op| op.set.is_none() && op.test != Test::Null);
                    if !by_value {
                        policy.keys_not_empty.insert(Rc::clone(&key));
                    }
                    policy.keys.insert(Rc::clone(&key));
                    compiled.conditions.push((operator, key, values));
                }
            }
            policy.statements.push(compiled);
        }
        policy
    }

    /// The statements of an effect, by number.
    pub(super) fn with_effect(&self, effect: Effect) -> Vec<usize> {
        let numbered = self.statements.iter().enumerate();
        let chosen = numbered.filter(|(_, compiled)| compiled.statement.effect == effect);
        chosen.map(|(number, _)| number).collect()
    }

    /// What of an action decides about all statements: of two actions for which this is the same, only one need be
    /// looked at.
    pub(super) fn signature(&self, index: usize, action: &Action) -> (Vec<Truth>, Vec<Presence>) {
        let truth = |compiled: &Compiled<'_>| compiled.actions.get(index).copied();
        let truths = self.statements.iter().filter_map(truth).collect();
        let kinds = CallerKind::ALL.into_iter();
        let presences = kinds.flat_map(|kind| {
            let keys = self.keys.iter();
            keys.map(move |key| presence(key, kind, action))
        });
        (truths, presences.collect())
    }

    /// The requests of a scene to which a statement applies.
    pub(super) fn reached(
        &mut self,
        number: usize,
        scene: Scene,
        bound: Bound,
        setting: &Setting,
        constraints: &mut Constraints,
    ) -> Rc<Reached> {
        let none = Rc::new(Reached::default());
        let Some(compiled) = self.statements.get(number) else {
            return none;
        };
        let index = ACTIONS.binary_search_by_key(&scene.action.name, |action| action.name);
        let action = index.ok().and_then(|index| compiled.actions.get(index));
        let applies = compiled
            .standing
            .and(action.copied().unwrap_or(Truth::Maybe));
        if applies == Truth::No || (applies == Truth::Maybe && bound == Bound::Least) {
            return none;
        }
        let keys = compiled.conditions.iter();
        let never =
            keys.map(|(_, key, _)| presence(key, scene.kind, scene.action) == Presence::Never);
        let circumstances = (number, scene.kind, bound, never.collect());
        if let Some(known) = self.reached.get(&circumstances) {
            return Rc::clone(known);
        }
        let conditions = Conditions {
            setting,
            version: self.document.version,
        };
        let reached = Rc::new(compiled.reached(&conditions, scene, bound, constraints));
        self.reached.insert(circumstances, Rc::clone(&reached));
        reached
    }

    /// What a statement asks of a key: each operator with its values.
    pub(super) fn conditions_on(
        &self,
        number: usize,
        wanted: &str,
    ) -> Vec<(Operator, &'p [crate::iam::Text])> {
        let conditions = self.statements.get(number).map(|one| &one.conditions);
        let conditions = conditions.into_iter().flatten();
        let on_key = conditions.filter(|(_, key, _)| &**key == wanted);
        on_key
            .filter_map(|(operator, _, values)| Some((Operator::parse(operator).ok()?, *values)))
            .collect()
    }

    /// The values of all conditions on a key.
    pub(super) fn values_of<'s>(
        &'s self,
        wanted: &'s str,
    ) -> impl Iterator<Item = (Operator, &'p crate::iam::Text)> + 's {
        self.statements.iter().flat_map(move |compiled| {
            let conditions = compiled.conditions.iter();
            let chosen = conditions.filter(move |(_, key, _)| &**key == wanted);
            chosen.flat_map(|(operator, _, values)| {
                let operator = Operator::parse(operator).ok();
                values
                    .iter()
                    .filter_map(move |value| Some((operator?, value)))
            })
        })
    }
}

impl Compiled<'_> {
    fn reached(
        &self,
        conditions: &Conditions<'_>,
        scene: Scene,
        bound: Bound,
        constraints: &mut Constraints,
    ) -> Reached {
        let mut asked = Region::default();
        for (operator, key, values) in &self.conditions {
            match conditions.meaning((operator, key, values), scene, bound, constraints) {
                Meaning::Always => {}
                Meaning::Never => return Reached::default(),
                Meaning::Asks(part, list) => {
                    for constraint in list {
                        asked.ask(part.clone(), constraints.add(constraint));
                    }
                }
            }
        }
        let allow = self.statement.effect == Effect::Allow;
        let mut names = Names {
            setting: conditions.setting,
            kind: scene.kind,
            constraints,
        };
        let reached = match (&self.statement.principal, bound) {
            (Some(clause), _) => names.reached(clause, allow, bound),
            // AWS refuses such a policy.
            (None, Bound::Least) => Reached::default(),
            (None, Bound::Most) => Reached {
                direct: vec![Region::default()],
                account: vec![Region::default()],
            },
        };
        let both = |regions: Vec<Region>| regions.into_iter().map(|one| one.and(&asked)).collect();
        Reached {
            direct: both(reached.direct),
            account: both(reached.account),
        }
    }
}

/// Whether a statement is about each action, in the order of [`ACTIONS`].
fn about(statement: &Statement) -> Vec<Truth> {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let names = ACTIONS.iter().map(|action| format!("kms:{}", action.name));
        names.collect()
    });
    let Some(clause) = &statement.action else {
        return vec![Truth::Maybe; ACTIONS.len()];
    };
    let patterns = clause.value.iter().map(|one| ActionPattern::new(one));
    let patterns: Vec<_> = patterns.collect();
    let named = |name: &String| Truth::any(patterns.iter().map(|pattern| pattern.names(name)));
    NAMES
        .iter()
        .map(|name| named(name).negate_if(clause.negated))
        .collect()
}

/// Whether a statement is about the key.
fn resource(statement: &Statement, conditions: &Conditions<'_>, key: &KeyArn) -> Truth {
    let Some(clause) = &statement.resource else {
        return Truth::Maybe;
    };
    let meant = clause.value.iter().map(|text| {
        let symbols = conditions.symbols(text);
        symbols.map_or(Truth::No, |symbols| key.is_meant(&symbols))
    });
    let varies = clause.value.iter().any(|text| conditions.varies(text));
    let holds = Truth::any(meant).negate_if(clause.negated);
    holds.at_most_maybe_if(varies)
}

/// Any request about the key: only where the key is matters.
fn any_request(setting: &Setting) -> AccessRequest {
    AccessRequest {
        place: setting.place.clone(),
        caller: Caller::Service(String::new()),
        action: String::new(),
        context: Context::new(),
        identity_policies: Vec::new(),
    }
}
