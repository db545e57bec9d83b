//! Separation of duties: whether one principal may do two things.

use super::analysis::Analysis;
use super::answer::{Answer, Witness};
use super::budget::Budget;
use super::caller::CallerKind;
use super::dimension::Doubt;
use super::meaning::{Bound, Scene};
use super::query::{Query, Way, Whose};
use super::region::Region;
use crate::access::{AccessRequest, Outcome, decide};
use crate::iam::Effect;
use crate::kms::actions::Action;

/// Two requests of one principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BothDuties {
    /// One for an action of the first kind.
    pub first: Witness,
    /// One for an action of the second kind.
    pub second: Witness,
}

/// Two requests that were found, each with its statement.
struct Pair([(AccessRequest, usize); 2]);

/// The root user has what the statement about the account says; it is no principal that duties are given to.
const KINDS: [CallerKind; 3] = [
    CallerKind::Role,
    CallerKind::User,
    CallerKind::FederatedUser,
];

impl Analysis<'_> {
    /// Whether the key policy itself allows one principal of the account, other than the root user, an action of a first
    /// kind and an action of a second kind.
    ///
    /// Both requests are of the same user or role, with the same tags and in the same organization; its sessions and all
    /// else may differ.
    pub fn both(
        &mut self,
        first: impl Fn(&Action) -> bool,
        second: impl Fn(&Action) -> bool,
    ) -> Answer<BothDuties> {
        self.budget = Budget::default();
        let witness = |(request, statement)| Witness {
            request,
            statements: vec![statement],
        };
        self.bounded(
            |analysis, bound| analysis.find_both([&first, &second], bound),
            |analysis, Pair(pair)| {
                let policy = analysis.policies.first().map(|policy| policy.document);
                let allowed = |(request, _): &(AccessRequest, usize)| {
                    policy.is_some_and(|p| decide(p, request).outcome == Outcome::Allow)
                };
                pair.iter().all(allowed)
            },
            |Pair([first, second])| BothDuties {
                first: witness(first),
                second: witness(second),
            },
            |Pair(pair)| pair.iter().map(|(_, statement)| *statement).collect(),
        )
    }

    fn find_both(
        &mut self,
        wanted: [&dyn Fn(&Action) -> bool; 2],
        bound: Bound,
    ) -> Result<Option<Pair>, Doubt> {
        let [first, second] =
            wanted.map(|wanted| self.representatives(Whose::Account, bound, wanted));
        let mut doubt = None;
        for kind in KINDS {
            let first = self.sides(kind, &first, 1, bound);
            let second = self.sides(kind, &second, 2, bound);
            for one in &first {
                for other in &second {
                    match self.find_both_of(one, other) {
                        Ok(Some(pair)) => return Ok(Some(pair)),
                        Ok(None) => {}
                        Err(Doubt::Exhausted) => return Err(Doubt::Exhausted),
                        Err(other) => doubt = Some(other),
                    }
                }
            }
        }
        doubt.map_or(Ok(None), Err)
    }

    /// What is allowed and denied for actions, one for all of which it is the same.
    fn sides(
        &mut self,
        kind: CallerKind,
        actions: &[&'static Action],
        number: u8,
        bound: Bound,
    ) -> Vec<Side> {
        let query = Query::any(Whose::Account, Way::Direct);
        let mut sides: Vec<Side> = Vec::new();
        for action in actions {
            let scene = Scene { kind, action };
            let mut allowed = self.regions(0, Effect::Allow, Way::Direct, scene, bound);
            if allowed.is_empty() {
                continue;
            }
            let asked = self.asked(&query, scene);
            for (_, region) in &mut allowed {
                *region = std::mem::take(region).and(&asked).of_request(number);
            }
            let denied = self.denied(0, scene, bound.other());
            let denied = denied.iter().map(|region| region.of_request(number));
            let side = Side {
                scene,
                carried: self.carried(action),
                allowed,
                denied: denied.collect(),
            };
            if !sides.iter().any(|known| known.is_like(&side)) {
                sides.push(side);
            }
        }
        sides
    }

    fn find_both_of(&mut self, one: &Side, other: &Side) -> Result<Option<Pair>, Doubt> {
        let scenes = [one.scene, other.scene];
        let denied = [one.denied.as_slice(), &other.denied].concat();
        for (number, first) in &one.allowed {
            for (other_number, second) in &other.allowed {
                let within = first.clone().and(second);
                let Some(point) = self.point(&scenes, &within, &denied)? else {
                    continue;
                };
                let requests = [1, 2].map(|n| self.request(&scenes, &point, n, false));
                if let [Some(first), Some(second)] = requests {
                    return Ok(Some(Pair([(first, *number), (second, *other_number)])));
                }
            }
        }
        Ok(None)
    }
}

/// One of the two requests: what is allowed for an action, and what is denied.
struct Side {
    scene: Scene,
    /// Which condition keys it carries, as a number.
    carried: Option<usize>,
    allowed: Vec<(usize, Region)>,
    denied: Vec<Region>,
}

impl Side {
    /// Whether nothing but the action differs.
    fn is_like(&self, other: &Self) -> bool {
        self.scene.kind == other.scene.kind
            && self.carried == other.carried
            && self.allowed == other.allowed
            && self.denied == other.denied
    }
}
