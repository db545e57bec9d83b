//! The decision.
//!
//! Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; KMS developer guide,
//! "Key policies", "Default key policy" and "Allowing users in other accounts to use a KMS key".

use super::condition::Values;
use super::context::{Reading, Seen, readings};
use super::decision::{Decision, Doubt, Grounds, Outcome, PolicyRef, StatementTrace};
use super::principal::{Caller, Matcher};
use super::request::AccessRequest;
use super::resource::KeyArn;
use super::statement::{Applies, Because, Kind, Subject};
use super::truth::Truth;
use crate::iam::{Effect, PolicyDocument, Variable, Version};
use crate::kms::actions;

/// Decides a request under a key policy.
///
/// An explicit Deny anywhere prevails. Within the account, the key policy allows the caller itself, or names the account
/// and a policy of the caller allows it too; the root user needs no such policy, but without the key policy it has no
/// access either. Across accounts both sides must allow, and only some actions can be. A service needs the key policy
/// alone. On actions that work on no key, a key policy has no say.
#[must_use]
pub fn decide(policy: &PolicyDocument, request: &AccessRequest) -> Decision {
    let action = actions::find(&request.action);
    let effective = action.map_or(Truth::Maybe, |action| truth(action.effective_in_key_policy));
    let across = action.map_or(Truth::Maybe, |action| truth(action.cross_account));
    let key = KeyArn::of(request);
    let mut decisions = Vec::new();
    for reading in readings(request) {
        let facts = Facts {
            policy,
            request,
            reading: &reading,
            key: &key,
            across,
        };
        if effective != Truth::No {
            decisions.push((facts.on_key(), effective));
        }
        if effective != Truth::Yes {
            decisions.push((facts.without_key(), effective));
        }
    }
    merge(decisions)
}

/// Says of every statement of the key policy whether it applies.
#[must_use]
pub fn trace(policy: &PolicyDocument, request: &AccessRequest) -> Vec<StatementTrace> {
    let key = KeyArn::of(request);
    let mut traces: Vec<StatementTrace> = Vec::new();
    for reading in readings(request) {
        let facts = Facts {
            policy,
            request,
            reading: &reading,
            key: &key,
            across: Truth::Maybe,
        };
        let mut of_reading = Vec::new();
        facts.each(PolicyRef::Key, policy, true, |_, applies, _| {
            of_reading.push(StatementTrace {
                applies: applies.reach.either(),
                through_account: applies.reach.direct < applies.reach.account,
                because: applies.because.map(|because| because.to_element()),
            });
        });
        if traces.is_empty() {
            traces = of_reading;
        } else {
            for (known, other) in traces.iter_mut().zip(of_reading) {
                if known.applies != other.applies {
                    known.applies = Truth::Maybe;
                    known.because = known.because.take().or(other.because);
                }
            }
        }
    }
    traces
}

fn truth(known: Option<bool>) -> Truth {
    known.map_or(Truth::Maybe, Truth::from)
}

/// One answer out of those of several readings.
fn merge(decisions: Vec<(Decision, Truth)>) -> Decision {
    let outcomes = || decisions.iter().map(|(decision, _)| decision.outcome);
    let denied = |outcome| matches!(outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
    let first = outcomes().next();
    if outcomes().all(|outcome| Some(outcome) == first) {
        let first = decisions.into_iter().next();
        return first.map_or_else(undecided, |(decision, _)| decision);
    }
    if outcomes().all(denied) {
        let implicit = decisions
            .into_iter()
            .find(|(decision, _)| decision.outcome == Outcome::ImplicitDeny);
        return implicit.map_or_else(undecided, |(decision, _)| decision);
    }
    let by_action = decisions
        .iter()
        .any(|(_, effective)| *effective == Truth::Maybe);
    let mut doubts = Vec::new();
    for doubt in decisions
        .into_iter()
        .flat_map(|(decision, _)| decision.doubts)
    {
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    let grounds = if by_action {
        Grounds::ActionUndocumented
    } else {
        Grounds::CallerUnknown
    };
    Decision {
        outcome: Outcome::Unknown,
        grounds,
        statements: Vec::new(),
        doubts,
    }
}

fn undecided() -> Decision {
    Decision {
        outcome: Outcome::Unknown,
        grounds: Grounds::Doubtful,
        statements: Vec::new(),
        doubts: Vec::new(),
    }
}

/// One reading of a request with the policies.
struct Facts<'r> {
    policy: &'r PolicyDocument,
    request: &'r AccessRequest,
    reading: &'r Reading,
    key: &'r KeyArn,
    across: Truth,
}

/// What the statements of some policies come to.
#[derive(Default)]
struct Tally {
    deny: Truth,
    direct: Truth,
    account: Truth,
    denying: Vec<(PolicyRef, usize)>,
    allowing: Vec<(PolicyRef, usize)>,
    delegating: Vec<(PolicyRef, usize)>,
    doubts: Vec<(Effect, Doubt)>,
}

impl Tally {
    fn add(&mut self, place: (PolicyRef, usize), effect: Effect, applies: &Applies<'_>) {
        let reach = applies.reach;
        match effect {
            Effect::Deny => {
                self.deny = self.deny.or(reach.either());
                if reach.either() == Truth::Yes {
                    self.denying.push(place);
                }
            }
            Effect::Allow => {
                self.direct = self.direct.or(reach.direct);
                self.account = self.account.or(reach.account);
                if reach.direct == Truth::Yes {
                    self.allowing.push(place);
                } else if reach.account == Truth::Yes {
                    self.delegating.push(place);
                }
            }
        }
        if reach.direct == Truth::Maybe || reach.account == Truth::Maybe {
            let because = applies.because.unwrap_or(Because::Principal);
            let doubt = Doubt {
                policy: place.0,
                statement: place.1,
                element: because.to_element(),
            };
            self.doubts.push((effect, doubt));
        }
    }
}

impl<'r> Facts<'r> {
    /// Compares every statement of a policy with the request.
    fn each(
        &self,
        place: PolicyRef,
        policy: &'r PolicyDocument,
        on_key: bool,
        mut visit: impl FnMut((PolicyRef, usize), &Applies<'r>, Effect),
    ) {
        let provider = match self.reading.see("aws:FederatedProvider") {
            Seen::Values([provider]) => Some(provider.as_str()),
            _ => None,
        };
        let matcher = Matcher {
            caller: &self.request.caller,
            provider,
        };
        let deployed = |variable: Variable| self.request.deployed(variable);
        let subject = Subject {
            kind: if place == PolicyRef::Key {
                Kind::Key
            } else {
                Kind::Identity
            },
            action: &self.request.action,
            matcher: &matcher,
            key: on_key.then_some(self.key),
            values: Values {
                reading: self.reading,
                deployed: &deployed,
                has_variables: policy.version == Version::V2012,
            },
        };
        for (number, statement) in policy.statements.iter().enumerate() {
            visit(
                (place, number),
                &subject.applies(statement),
                statement.effect,
            );
        }
    }

    /// What the caller's own policies say. A service has none, and nobody denies anything to it with them.
    fn identity(&self, on_key: bool) -> Tally {
        let mut tally = Tally::default();
        if matches!(self.request.caller, Caller::Service(_)) {
            return tally;
        }
        for (number, policy) in self.request.identity_policies.iter().enumerate() {
            self.each(
                PolicyRef::Identity(number),
                policy,
                on_key,
                |place, applies, effect| {
                    tally.add(place, effect, applies);
                },
            );
        }
        tally
    }

    /// The decision about an action on the key.
    fn on_key(&self) -> Decision {
        let mut key = Tally::default();
        self.each(
            PolicyRef::Key,
            self.policy,
            true,
            |place, applies, effect| {
                key.add(place, effect, applies);
            },
        );
        let identity = self.identity(true);
        let own = match &self.request.caller {
            Caller::Service(_) => None,
            Caller::Aws(caller) => Some(self.request.is_from(caller)),
        };
        // "All requests are implicitly denied with the exception of the root user": its account is on its side.
        let side = if self.request.caller.is_root() {
            Truth::Yes
        } else {
            identity.direct
        };
        let (allow, refusal, grounds) = match own {
            None => (key.direct, Grounds::NothingAllows, Grounds::KeyPolicy),
            Some(true) => {
                let through = key.account.and(side);
                let refusal = if key.account == Truth::No {
                    Grounds::NothingAllows
                } else {
                    Grounds::NoIdentityPolicy
                };
                let grounds = if key.direct == Truth::Yes {
                    Grounds::KeyPolicy
                } else {
                    Grounds::Account
                };
                (key.direct.or(through), refusal, grounds)
            }
            Some(false) => {
                let named = key.direct.or(key.account);
                let refusal = if self.across == Truth::No {
                    Grounds::NotAcrossAccounts
                } else if named == Truth::No {
                    Grounds::NothingAllows
                } else {
                    Grounds::NoForeignPolicy
                };
                let allow = named.and(side).and(self.across).and(self.same_partition());
                (allow, refusal, Grounds::BothAccounts)
            }
        };
        let mut allowing = key.allowing.clone();
        if allowing.is_empty() || own == Some(false) {
            allowing.extend(&key.delegating);
            allowing.extend(&identity.allowing);
        }
        allowing.sort_unstable();
        conclude(&[key, identity], allow, allowing, grounds, refusal)
    }

    /// Accounts of another partition are out of reach.
    fn same_partition(&self) -> Truth {
        match &self.request.caller {
            Caller::Aws(caller) => {
                Truth::from(self.request.partition() == Some(caller.partition.as_str()))
            }
            Caller::Service(_) => Truth::Yes,
        }
    }

    /// The decision about an action that works on no key: the caller's own account decides.
    fn without_key(&self) -> Decision {
        let identity = self.identity(false);
        let allow = if self.request.caller.is_root() {
            Truth::Yes
        } else {
            identity.direct
        };
        let allowing = identity.allowing.clone();
        let refusal = Grounds::NoIdentityPolicy;
        conclude(
            &[identity],
            allow,
            allowing,
            Grounds::IdentityPolicy,
            refusal,
        )
    }
}

fn conclude(
    tallies: &[Tally],
    allow: Truth,
    allowing: Vec<(PolicyRef, usize)>,
    grounds: Grounds,
    refusal: Grounds,
) -> Decision {
    let deny = Truth::any(tallies.iter().map(|tally| tally.deny));
    let (outcome, grounds, statements) = match (deny, allow) {
        (Truth::Yes, _) => {
            let denying = tallies
                .iter()
                .flat_map(|tally| tally.denying.iter().copied());
            (Outcome::ExplicitDeny, Grounds::Denied, denying.collect())
        }
        (_, Truth::No) => (Outcome::ImplicitDeny, refusal, Vec::new()),
        (Truth::No, Truth::Yes) => (Outcome::Allow, grounds, allowing),
        _ => (Outcome::Unknown, Grounds::Doubtful, Vec::new()),
    };
    let doubts = tallies.iter().flat_map(|tally| &tally.doubts);
    let matters = |doubt: &&(Effect, Doubt)| match outcome {
        Outcome::Unknown => true,
        Outcome::ImplicitDeny => deny == Truth::Maybe && doubt.0 == Effect::Deny,
        Outcome::Allow | Outcome::ExplicitDeny => false,
    };
    let doubts = doubts
        .filter(matters)
        .map(|(_, doubt)| doubt.clone())
        .collect();
    Decision {
        outcome,
        grounds,
        statements,
        doubts,
    }
}
