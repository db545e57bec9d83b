//! Questions about single statements, and about single principals.

use super::analysis::{Analysis, Found};
use super::answer::{Answer, Witness};
use super::budget::Budget;
use super::caller::{Arns, CallerKind};
use super::dimension::{Constraint, Doubt};
use super::meaning::{Bound, Scene};
use super::query::{Asking, Query, Way, Whose};
use super::region::{Part, Region};
use super::table::PEOPLE;
use crate::access::{AwsCaller, Caller, Identity, Truth, trace};
use crate::kms::actions::Action;

const ALL: [Whose; 3] = [Whose::Account, Whose::Elsewhere, Whose::Services];

impl Analysis<'_> {
    /// Whether there is any request to which a statement of the policy applies, Allow or Deny. If not, it is dead.
    pub fn applies(&mut self, statement: usize) -> Answer<Witness> {
        self.first_of(&ALL, |analysis, whose| {
            let query = Query::any(whose, Way::Any);
            analysis.applying(statement, &query)
        })
    }

    /// Whether a statement applies to any request of a caller.
    pub fn reaches(&mut self, statement: usize, caller: &Caller) -> Answer<Witness> {
        let (whose, kind) = self.whose(caller);
        let also = |scene: Scene, asking: &mut Asking<'_>| is_caller(caller, scene, asking);
        let query = Query {
            kinds: Some(&[kind]),
            also: &also,
            ..Query::any(whose, Way::Any)
        };
        self.applying(statement, &query)
    }

    /// Whether an Allow allows any request that no Deny takes back. If not, it is dead.
    pub fn gives(&mut self, statement: usize) -> Answer<Witness> {
        self.first_of(&ALL, |analysis, whose| {
            let query = Query {
                statement: Some(statement),
                ..Query::any(whose, Way::Any)
            };
            analysis.answer(&query)
        })
    }

    /// Whether an Allow allows any request that no other Allow allows in the same way and no Deny takes back. If not, it
    /// is redundant.
    pub fn adds(&mut self, statement: usize) -> Answer<Witness> {
        let ways = [
            (Whose::Account, Way::Direct),
            (Whose::Account, Way::Any),
            (Whose::Elsewhere, Way::Any),
            (Whose::Services, Way::Any),
        ];
        self.first_of(&ways, |analysis, (whose, way)| {
            let query = Query {
                statement: Some(statement),
                alone: true,
                ..Query::any(whose, way)
            };
            analysis.answer(&query)
        })
    }

    /// Whether the key policy allows a caller one of some actions in some request: for certain, or, for principals of
    /// accounts, if policies of their own allow it too.
    pub fn allows(
        &mut self,
        caller: &Caller,
        actions: impl Fn(&Action) -> bool,
    ) -> Answer<Witness> {
        let (whose, kind) = self.whose(caller);
        let also = |scene: Scene, asking: &mut Asking<'_>| is_caller(caller, scene, asking);
        let query = Query {
            kinds: Some(&[kind]),
            actions: &actions,
            also: &also,
            ..Query::any(whose, Way::Any)
        };
        self.answer(&query)
    }

    /// Whether anybody in the key's account can still change the policy: directly, or if a policy of its own allows it
    /// too. If not, the key is locked.
    pub fn can_change_policy(&mut self) -> Answer<Witness> {
        self.changes_of_policy(None)
    }

    /// The same of anybody but the root user.
    pub fn others_can_change_policy(&mut self) -> Answer<Witness> {
        self.changes_of_policy(Some(&PEOPLE))
    }

    fn changes_of_policy(&mut self, kinds: Option<&[CallerKind]>) -> Answer<Witness> {
        let put = |action: &Action| action.name == "PutKeyPolicy";
        let also = |scene: Scene, asking: &mut Asking<'_>| asking.of_deployment(scene);
        self.first_of(&[Way::Direct, Way::Any], |analysis, way| {
            let query = Query {
                kinds,
                actions: &put,
                also: &also,
                ..Query::any(Whose::Account, way)
            };
            analysis.answer(&query)
        })
    }

    /// The first yes; else the first answer that is not known; else no.
    pub(super) fn first_of<C: Copy>(
        &mut self,
        cases: &[C],
        mut answer: impl FnMut(&mut Self, C) -> Answer<Witness>,
    ) -> Answer<Witness> {
        let mut unknown = None;
        for case in cases {
            match answer(self, *case) {
                Answer::No => {}
                Answer::Unknown(reason) => {
                    unknown.get_or_insert(reason);
                }
                yes @ Answer::Yes(_) => return yes,
            }
        }
        unknown.map_or(Answer::No, Answer::Unknown)
    }

    pub(super) fn whose(&self, caller: &Caller) -> (Whose, CallerKind) {
        let kind = CallerKind::of(caller);
        match caller {
            Caller::Service(_) => (Whose::Services, kind),
            Caller::Aws(caller) => {
                let own = caller.account.as_str() == self.setting.account();
                let whose = if own {
                    Whose::Account
                } else {
                    Whose::Elsewhere
                };
                (whose, kind)
            }
        }
    }

    fn applying(&mut self, statement: usize, query: &Query<'_>) -> Answer<Witness> {
        self.budget = Budget::default();
        self.bounded(
            |analysis, bound| analysis.find_applying(statement, query, bound),
            |analysis, found: &Found| {
                let policy = analysis.policies.first().map(|policy| policy.document);
                let traces = policy.map(|policy| trace(policy, &found.request));
                let traces = traces.unwrap_or_default();
                traces
                    .get(statement)
                    .is_some_and(|t| t.applies == Truth::Yes)
            },
            |found| Witness {
                request: found.request,
                statements: vec![statement],
            },
            |_| vec![statement],
        )
    }

    fn find_applying(
        &mut self,
        statement: usize,
        query: &Query<'_>,
        bound: Bound,
    ) -> Result<Option<Found>, Doubt> {
        let mut doubt = None;
        for scene in self.scenes(query, bound) {
            let reached = self.reached((0, statement), scene, bound);
            let regions = reached.direct.iter().chain(&reached.account);
            let asked = self.asked(query, scene);
            for region in regions {
                match self.point(&[scene], &region.clone().and(&asked), &[]) {
                    Ok(Some(point)) => {
                        let helped = query.whose != Whose::Services;
                        if let Some(request) = self.request(&[scene], &point, 0, helped) {
                            return Ok(Some(Found { request, statement }));
                        }
                    }
                    Ok(None) => {}
                    Err(Doubt::Exhausted) => return Err(Doubt::Exhausted),
                    Err(other) => doubt = Some(other),
                }
            }
        }
        doubt.map_or(Ok(None), Err)
    }
}

/// The requests of one caller. Of a session, the path of its role is not known.
pub(super) fn is_caller(caller: &Caller, scene: Scene, asking: &mut Asking<'_>) -> Region {
    let mut asked = Vec::new();
    let patterns = &mut asking.constraints.patterns;
    match caller {
        Caller::Service(name) => {
            let name = Constraint::matches(vec![patterns.add_text(name)]);
            asked.push((Part::Service, name));
        }
        Caller::Aws(caller) => {
            if let Identity::Session { session, .. } = &caller.identity {
                let session = Constraint::matches(vec![patterns.add_text(session)]);
                asked.push((Part::Session, session));
            }
        }
    }
    asked.extend(arn_of(caller, scene, asking).map(|arn| (Part::Arn, arn)));
    asking.region(asked)
}

/// The ARNs that a caller may have; none for a service.
pub(super) fn arn_of(caller: &Caller, scene: Scene, asking: &mut Asking<'_>) -> Option<Constraint> {
    let Caller::Aws(AwsCaller {
        partition,
        account,
        identity,
    }) = caller
    else {
        return None;
    };
    if *partition != asking.setting.partition {
        return Some(Constraint::absent());
    }
    let arns = Arns {
        partition,
        kind: scene.kind,
    };
    let account = account.as_str();
    let patterns = &mut asking.constraints.patterns;
    let path = match identity {
        Identity::Root => None,
        Identity::User { path } | Identity::Role { path } => Some(path),
        Identity::FederatedUser { name } => Some(name),
        Identity::Session { role, .. } => {
            let roles = arns.of_role(account, role, patterns);
            return Some(Constraint::matches(roles));
        }
    };
    let arn = arns.named(account, path.map(String::as_str), patterns);
    Some(Constraint::matches(vec![arn]))
}
