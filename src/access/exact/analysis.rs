//! Questions about all requests, asked of every kind of caller and action in turn.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::answer::{Answer, Reason, Witness};
use super::budget::Budget;
use super::caller::CallerKind;
use super::compiled::CompiledPolicy;
use super::dimension::{Constraint, Constraints, Doubt};
use super::keys::{Presence, presence};
use super::meaning::{Bound, Conditions, Scene, Setting};
use super::principals::Reached;
use super::query::{Asking, Query, Way, Whose};
use super::region::{Part, Point, Region, Space};
use super::universe::Universe;
use crate::access::{AccessRequest, Outcome, Place, Truth, decide, trace};
use crate::iam::{Effect, PolicyDocument, Text};
use crate::kms::actions::{ACTIONS, Action};
use crate::kms::limits;

/// A request that was found.
pub(super) struct Found {
    pub(super) request: AccessRequest,
    pub(super) statement: usize,
}

/// The Deny statements of a policy, for a kind of caller and an action.
type Denials = (usize, CallerKind, &'static str, Bound);

/// A statement, for a kind of caller and an action.
type Reaching = ((usize, usize), CallerKind, &'static str, Bound);

/// Questions about one policy, or several, of the same key. Keeps what was found out for the next question.
pub struct Analysis<'p> {
    pub(super) setting: Setting,
    pub(super) policies: Vec<CompiledPolicy<'p>>,
    pub(super) constraints: Constraints,
    pub(super) keys_not_empty: BTreeSet<Rc<str>>,
    pub(super) budget: Budget,
    /// Whether the policies are so large that KMS takes none of them: no question is asked of such.
    too_large: bool,
    /// Whether a statement that the question came upon has something that nobody can tell.
    in_doubt: bool,
    /// What statements reach, and whether something of it nobody can tell.
    reached: HashMap<Reaching, (Rc<Reached>, bool)>,
    /// What Deny statements reach, and whether something of it nobody can tell.
    denied: HashMap<Denials, (Rc<[Region]>, bool)>,
    /// For each action which condition keys its requests carry, as a number: the same where they carry the same.
    carried: HashMap<&'static str, usize>,
    /// Actions in groups that nothing in the policies tells apart.
    pub(super) groups: Vec<Vec<&'static Action>>,
}

impl<'p> Analysis<'p> {
    /// Prepares for questions about a key policy. What is not known of the place is taken to be nothing that the policy
    /// names.
    #[must_use]
    pub fn new(policy: &'p PolicyDocument, place: &Place) -> Self {
        Self::of(&[policy], place)
    }

    pub(super) fn of(documents: &[&'p PolicyDocument], place: &Place) -> Self {
        let setting = Setting::new(place, documents);
        let compiled = documents
            .iter()
            .map(|policy| CompiledPolicy::new(policy, &setting));
        let policies: Vec<CompiledPolicy<'p>> = compiled.collect();
        let keys = policies.iter().flat_map(|policy| &policy.keys_not_empty);
        let keys_not_empty = keys.cloned().collect();
        let mut groups: Vec<(Vec<_>, Vec<&'static Action>)> = Vec::new();
        let mut presences: Vec<Vec<_>> = Vec::new();
        let mut carried = HashMap::new();
        for (index, action) in ACTIONS.iter().enumerate() {
            if action.effective_in_key_policy == Some(false) {
                continue;
            }
            let signatures = policies
                .iter()
                .map(|policy| policy.signature(index, action));
            let signature: Vec<_> = signatures.collect();
            let keys: Vec<_> = signature.iter().map(|(_, keys)| keys.clone()).collect();
            let known = presences.iter().position(|known| *known == keys);
            carried.insert(action.name, known.unwrap_or(presences.len()));
            if known.is_none() {
                presences.push(keys);
            }
            match groups.iter_mut().find(|(known, _)| *known == signature) {
                Some((_, group)) => group.push(action),
                None => groups.push((signature, vec![action])),
            }
        }
        Self {
            setting,
            policies,
            too_large: documents.iter().any(|policy| is_too_large(policy)),
            constraints: Constraints::default(),
            keys_not_empty,
            budget: Budget::default(),
            in_doubt: false,
            reached: HashMap::new(),
            denied: HashMap::new(),
            carried,
            groups: groups.into_iter().map(|(_, group)| group).collect(),
        }
    }

    /// How many steps the last question took.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.budget.spent()
    }

    /// The actions to look at for those that are wanted: of those between which nothing makes a difference, one.
    pub(super) fn representatives(
        &self,
        whose: Whose,
        bound: Bound,
        wanted: &dyn Fn(&Action) -> bool,
    ) -> Vec<&'static Action> {
        let possible = |known: Option<bool>| known.unwrap_or(bound == Bound::Most);
        let documented = |action: &Action| {
            let across = whose != Whose::Elsewhere || action.cross_account.is_some();
            across && action.effective_in_key_policy.is_some()
        };
        let works = |action: &Action| {
            possible(action.effective_in_key_policy)
                && (whose != Whose::Elsewhere || possible(action.cross_account))
                // What is certain was looked at before.
                && (bound == Bound::Least || self.in_doubt || !documented(action))
        };
        let groups = self.groups.iter();
        groups
            .filter_map(|group| {
                let mut fitting = group
                    .iter()
                    .filter(|action| wanted(action) && works(action));
                fitting.next().copied()
            })
            .collect()
    }

    /// The requests of a scene to which a statement of a policy applies.
    pub(super) fn reached(
        &mut self,
        (policy, number): (usize, usize),
        scene: Scene,
        bound: Bound,
    ) -> Rc<Reached> {
        let key = ((policy, number), scene.kind, scene.action.name, bound);
        if let Some((known, in_doubt)) = self.reached.get(&key) {
            self.in_doubt |= *in_doubt;
            return Rc::clone(known);
        }
        let setting = &self.setting;
        let constraints = &mut self.constraints;
        let Some(policy) = self.policies.get_mut(policy) else {
            return Rc::default();
        };
        let reached = policy.reached(number, scene, bound, setting, constraints);
        let other = policy.reached(number, scene, bound.other(), setting, constraints);
        let in_doubt = reached != other;
        self.in_doubt |= in_doubt;
        self.reached.insert(key, (Rc::clone(&reached), in_doubt));
        reached
    }

    /// Which condition keys requests for an action carry, as a number that is the same where they carry the same.
    pub(super) fn carried(&self, action: &Action) -> Option<usize> {
        self.carried.get(action.name).copied()
    }

    /// The requests that statements of an effect reach, one region after the other, each with its statement.
    pub(super) fn regions(
        &mut self,
        policy: usize,
        effect: Effect,
        way: Way,
        scene: Scene,
        bound: Bound,
    ) -> Vec<(usize, Region)> {
        let numbers = self.policies.get(policy).map(|p| p.with_effect(effect));
        self.regions_of(policy, &numbers.unwrap_or_default(), way, scene, bound)
    }

    /// The same of some statements.
    fn regions_of(
        &mut self,
        policy: usize,
        numbers: &[usize],
        way: Way,
        scene: Scene,
        bound: Bound,
    ) -> Vec<(usize, Region)> {
        let mut regions = Vec::new();
        for number in numbers.iter().copied() {
            let reached = self.reached((policy, number), scene, bound);
            if way != Way::Account {
                regions.extend(reached.direct.iter().map(|one| (number, one.clone())));
            }
            if way != Way::Direct {
                regions.extend(reached.account.iter().map(|one| (number, one.clone())));
            }
        }
        regions
    }

    /// The requests that Deny statements reach.
    pub(super) fn denied(&mut self, policy: usize, scene: Scene, bound: Bound) -> Rc<[Region]> {
        let key = (policy, scene.kind, scene.action.name, bound);
        if let Some(known) = self.denied.get(&key) {
            let (denied, in_doubt) = known;
            self.in_doubt |= *in_doubt;
            return Rc::clone(denied);
        }
        let before = std::mem::take(&mut self.in_doubt);
        let regions = self.regions(policy, Effect::Deny, Way::Any, scene, bound);
        let denied: Rc<[Region]> = regions.into_iter().map(|(_, region)| region).collect();
        self.denied.insert(key, (Rc::clone(&denied), self.in_doubt));
        self.in_doubt |= before;
        denied
    }

    /// What a query asks beside an Allow.
    pub(super) fn asked(&mut self, query: &Query<'_>, scene: Scene) -> Region {
        let own = self.setting.account().to_owned();
        let mut asking = Asking {
            setting: &self.setting,
            constraints: &mut self.constraints,
        };
        let mut region = (query.also)(scene, &mut asking);
        if query.whose != Whose::Services {
            let own = asking.accounts(scene.kind, [own.as_str()]);
            let account = match query.whose {
                Whose::Elsewhere => own.opposite(),
                _ => own,
            };
            region = region.and(&asking.region([(Part::Arn, account)]));
        }
        if query.plain {
            let keys: Vec<_> = self
                .policies
                .iter()
                .flat_map(|p| &p.keys)
                .cloned()
                .collect();
            for key in keys {
                // What is asked for the request has.
                if region.asks(&Part::Key(key.clone())) {
                    continue;
                }
                let constraint = match (&*key, presence(&key, scene.kind, scene.action)) {
                    (_, Presence::Sometimes) => Constraint::absent(),
                    ("aws:securetransport", _) => self.text("true"),
                    ("aws:viaawsservice", _) => self.text("false"),
                    _ => continue,
                };
                region.ask(Part::Key(key), self.constraints.add(constraint));
            }
        }
        region
    }

    /// Reads conditions of the policy.
    pub(super) fn conditions(&self) -> Option<Conditions<'_>> {
        let policy = self.policies.first()?;
        Some(Conditions {
            setting: &self.setting,
            version: policy.document.version,
        })
    }

    pub(super) fn text(&mut self, text: &str) -> Constraint {
        Constraint::matches(vec![self.constraints.patterns.add_text(text)])
    }

    /// A point in a region and in none of others.
    pub(super) fn point(
        &mut self,
        scenes: &[Scene],
        within: &Region,
        without: &[Region],
    ) -> Result<Option<Point>, Doubt> {
        let universe = Universe {
            setting: &self.setting,
            scenes,
            keys_not_empty: &self.keys_not_empty,
        };
        let mut space = Space {
            constraints: &mut self.constraints,
            domain: &|dimension, constraints| universe.domain(dimension, constraints),
            budget: &mut self.budget,
        };
        space.find(within, without)
    }

    /// The request that a point stands for.
    pub(super) fn request(
        &self,
        scenes: &[Scene],
        point: &Point,
        number: u8,
        helped: bool,
    ) -> Option<AccessRequest> {
        let universe = Universe {
            setting: &self.setting,
            scenes,
            keys_not_empty: &self.keys_not_empty,
        };
        universe.request(point, number, helped)
    }

    /// The scenes that a query is about.
    pub(super) fn scenes(&self, query: &Query<'_>, bound: Bound) -> Vec<Scene> {
        let actions = self.representatives(query.whose, bound, query.actions);
        let kinds = query.whose.kinds();
        let kinds = kinds
            .into_iter()
            .filter(|kind| query.kinds.is_none_or(|kinds| kinds.contains(kind)));
        kinds
            .flat_map(|kind| {
                let actions = actions.iter();
                actions.map(move |action| Scene { kind, action })
            })
            .collect()
    }

    /// A request that a query asks for.
    pub(super) fn find(&mut self, query: &Query<'_>, bound: Bound) -> Result<Option<Found>, Doubt> {
        let mut doubt = None;
        // Of actions for which the same is allowed, asked and denied, one need be looked at.
        let mut seen = Vec::new();
        for scene in self.scenes(query, bound) {
            // Of other accounts, and of services, whoever is named in any way is allowed.
            let allowed = match (query.statement, query.among) {
                (Some(number), _) => self.regions_of(0, &[number], query.way, scene, bound),
                (None, Some(numbers)) => self.regions_of(0, numbers, query.way, scene, bound),
                (None, None) => self.regions(0, Effect::Allow, query.way, scene, bound),
            };
            if allowed.is_empty() {
                continue;
            }
            let asked = self.asked(query, scene);
            let denied = self.denied(0, scene, bound.other());
            let carried = self.carried(scene.action);
            let looked_at = (scene.kind, carried, allowed, asked, denied);
            if !query.alone && seen.contains(&looked_at) {
                continue;
            }
            let (_, _, allowed, asked, denied) = &looked_at;
            for (statement, region) in allowed {
                let (statement, region) = (*statement, region.clone());
                let mut without = Rc::clone(denied);
                if query.alone {
                    let others = self.regions(0, Effect::Allow, query.way, scene, bound.other());
                    let others = others.into_iter().filter(|(other, _)| *other != statement);
                    let others = others.map(|(_, region)| region);
                    without = denied.iter().cloned().chain(others).collect();
                }
                let point = match self.point(&[scene], &region.and(asked), &without) {
                    Ok(Some(point)) => point,
                    Ok(None) => continue,
                    Err(Doubt::Exhausted) => return Err(Doubt::Exhausted),
                    Err(other) => {
                        doubt = Some(other);
                        continue;
                    }
                };
                let helped = match query.whose {
                    Whose::Account => query.way != Way::Direct,
                    Whose::Elsewhere => true,
                    Whose::Services => false,
                };
                if let Some(request) = self.request(&[scene], &point, 0, helped) {
                    return Ok(Some(Found { request, statement }));
                }
            }
            seen.push(looked_at);
        }
        doubt.map_or(Ok(None), Err)
    }

    /// Answers whether there is a request that a query asks for.
    pub(super) fn answer(&mut self, query: &Query<'_>) -> Answer<Witness> {
        self.budget = Budget::default();
        let confirmed = |found: &Found, policy: &PolicyDocument| {
            let traces = trace(policy, &found.request);
            let applies = traces.get(found.statement).map(|trace| trace.applies);
            applies == Some(Truth::Yes) && decide(policy, &found.request).outcome == Outcome::Allow
        };
        self.bounded(
            |analysis, bound| analysis.find(query, bound),
            |analysis, found| {
                let policy = analysis.policies.first().map(|policy| policy.document);
                policy.is_some_and(|policy| confirmed(found, policy))
            },
            |found| Witness {
                request: found.request,
                statements: vec![found.statement],
            },
            |found| vec![found.statement],
        )
    }

    /// Asks first what is so for certain, and, where that gives nothing, what may be so.
    pub(super) fn bounded<F, T>(
        &mut self,
        find: impl Fn(&mut Self, Bound) -> Result<Option<F>, Doubt>,
        confirmed: impl Fn(&Self, &F) -> bool,
        witness: impl FnOnce(F) -> T,
        statements: impl Fn(&F) -> Vec<usize>,
    ) -> Answer<T> {
        if self.too_large {
            return Answer::Unknown(Reason::TooComplex);
        }
        self.in_doubt = false;
        match find(self, Bound::Least) {
            Ok(Some(found)) if confirmed(self, &found) => return Answer::Yes(witness(found)),
            // The evaluator of single requests has the last word.
            Ok(Some(found)) => return Answer::Unknown(Reason::Doubtful(statements(&found))),
            Err(Doubt::Exhausted) => return Answer::Unknown(Reason::TooComplex),
            Err(Doubt::Mixed) => self.in_doubt = true,
            Ok(None) => {}
        }
        match find(self, Bound::Most) {
            Ok(None) => Answer::No,
            Ok(Some(found)) => Answer::Unknown(Reason::Doubtful(statements(&found))),
            Err(Doubt::Exhausted) => Answer::Unknown(Reason::TooComplex),
            Err(Doubt::Mixed) => Answer::Unknown(Reason::MixedValues),
        }
    }
}

/// Whether a policy is far above what KMS takes, however its deployment-time parts come out. Foreign files can hold such
/// policies, and reasoning about them would take minutes.
fn is_too_large(policy: &PolicyDocument) -> bool {
    let texts = policy.texts().flat_map(Text::literals).map(str::len);
    texts.sum::<usize>() > 2 * limits::POLICY_BYTES
}
