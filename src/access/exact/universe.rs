//! All requests that there can be about a key.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::caller::{Arns, CallerKind, service_names, session_names};
use super::dimension::{Constraint, Constraints, Values};
use super::keys::{Presence, has_several_values, is_arn, is_boolean, presence};
use super::meaning::{Scene, Setting};
use super::region::{Dimension, Domain, Part, Point};
use super::values::{arn, boolean, not_empty};
use crate::access::{AccessRequest, Caller, Context, Identity, Place};
use crate::iam::{AccountId, PolicyDocument, Statement, Text, Version};
use crate::kms::Partition;

/// Accounts that stand for one that only deployment knows.
const ACCOUNT: u64 = 111_122_223_333;

impl Setting {
    /// The place of a key, with what is not known of it filled in. The account is one that the policies do not name.
    pub(super) fn new(place: &Place, policies: &[&PolicyDocument]) -> Self {
        let mut place = place.clone();
        let in_known_region = place.region.is_some();
        let named = |account: &str| {
            let literals = policies.iter().copied().flat_map(PolicyDocument::texts);
            literals
                .flat_map(Text::literals)
                .any(|literal| literal.contains(account))
        };
        if place.account.is_none() {
            let accounts = (ACCOUNT..).map(|number| format!("{number:012}"));
            let mut free = accounts.filter(|account| !named(account));
            place.account = free.find_map(|account| AccountId::parse(&account));
        }
        let stand_in = || Place::stand_in_region(policies.iter().copied());
        let region = place.region.get_or_insert_with(stand_in);
        Self {
            partition: Partition::of_region(region).id().to_owned(),
            place,
            in_known_region,
        }
    }
}

/// The requests of some scenes: what every dimension of them can be.
pub(super) struct Universe<'a> {
    /// Where the key is.
    pub(super) setting: &'a Setting,
    /// The scene of each request.
    pub(super) scenes: &'a [Scene],
    /// Keys for which an empty text counts as nothing.
    pub(super) keys_not_empty: &'a BTreeSet<Rc<str>>,
}

impl Universe<'_> {
    fn scene(&self, dimension: &Dimension) -> Option<Scene> {
        let index = usize::from(dimension.request.saturating_sub(1));
        self.scenes.get(index).copied()
    }

    /// What a dimension can be.
    pub(super) fn domain(&self, dimension: &Dimension, constraints: &mut Constraints) -> Domain {
        let Some(scene) = self.scene(dimension) else {
            return Domain::default();
        };
        let presence = match &dimension.part {
            Part::Key(key) => presence(key, scene.kind, scene.action),
            Part::Arn | Part::Session | Part::Service => Presence::Always,
        };
        let known = (dimension.part.clone(), scene.kind, presence);
        if let Some(domain) = constraints.domains.get(&known) {
            return domain.clone();
        }
        let domain = self.domain_of(&dimension.part, scene.kind, presence, constraints);
        constraints.domains.insert(known, domain.clone());
        domain
    }

    fn domain_of(
        &self,
        part: &Part,
        kind: CallerKind,
        presence: Presence,
        constraints: &mut Constraints,
    ) -> Domain {
        let mut always = Vec::new();
        match part {
            Part::Arn => {
                let arns = Arns {
                    partition: &self.setting.partition,
                    kind,
                };
                always.push(Constraint::matches(arns.all(&mut constraints.patterns)));
            }
            Part::Session if kind == CallerKind::Role => {
                always.push(session_names(&mut constraints.patterns));
            }
            Part::Service if kind == CallerKind::Service => {
                let partition = &self.setting.partition;
                always.push(service_names(&mut constraints.patterns, partition));
            }
            Part::Session | Part::Service => always.push(Constraint::absent()),
            Part::Key(key) => {
                match presence {
                    Presence::Never => always.push(Constraint::absent()),
                    Presence::Always => always.push(Constraint::present()),
                    Presence::Sometimes => {}
                }
                if is_boolean(key) {
                    always.push(boolean(constraints));
                }
                if is_arn(key) {
                    always.push(arn(constraints));
                }
                if self.keys_not_empty.contains(key) {
                    always.push(not_empty(constraints));
                }
            }
        }
        Domain {
            several: matches!(part, Part::Key(key) if has_several_values(key)),
            always: always.into_iter().map(|one| constraints.add(one)).collect(),
        }
    }

    /// The request that a point stands for.
    ///
    /// `helped`: whether the caller has a policy of its own that allows everything.
    pub(super) fn request(
        &self,
        point: &Point,
        request: u8,
        helped: bool,
    ) -> Option<AccessRequest> {
        let scene = self.scenes.get(usize::from(request.saturating_sub(1)))?;
        let mut context = Context::new();
        let parts: HashMap<&Part, &Values> = point
            .iter()
            .filter(|(dimension, _)| [0, request].contains(&dimension.request))
            .map(|(dimension, values)| (&dimension.part, values))
            .collect();
        let only = |part: &Part| parts.get(part).and_then(|values| values.first());
        let caller = if scene.kind == CallerKind::Service {
            let name = only(&Part::Service).map_or("example.amazonaws.com", String::as_str);
            Caller::Service(name.to_owned())
        } else {
            let any = self.any_arn(scene.kind);
            let arn = only(&Part::Arn).unwrap_or(&any);
            let caller = Caller::parse(arn).ok()?;
            match (caller, only(&Part::Session)) {
                (Caller::Aws(mut caller), Some(session)) => {
                    let role = arn.rsplit('/').next().unwrap_or_default().to_owned();
                    caller.identity = Identity::Session {
                        role,
                        session: session.clone(),
                    };
                    // The ARN of a session does not tell the role's path.
                    context.add("aws:PrincipalArn", arn.as_str());
                    Caller::Aws(caller)
                }
                (caller, _) => caller,
            }
        };
        for (dimension, values) in point {
            if let (Part::Key(key), true) = (
                &dimension.part,
                [0, request].contains(&dimension.request) && !values.is_empty(),
            ) {
                context.insert(key, values.clone());
            }
        }
        Some(AccessRequest {
            place: self.setting.place.clone(),
            caller,
            action: format!("kms:{}", scene.action.name),
            context,
            identity_policies: helped.then(everything).into_iter().collect(),
        })
    }

    /// The ARN of a caller of a kind, of whom nothing more is asked.
    fn any_arn(&self, kind: CallerKind) -> String {
        let (partition, account) = (&self.setting.partition, self.setting.account());
        match kind {
            CallerKind::Role => format!("arn:{partition}:iam::{account}:role/example"),
            CallerKind::User => format!("arn:{partition}:iam::{account}:user/example"),
            CallerKind::FederatedUser => {
                format!("arn:{partition}:sts::{account}:federated-user/example")
            }
            CallerKind::Root | CallerKind::Service => {
                format!("arn:{partition}:iam::{account}:root")
            }
        }
    }
}

/// A policy of a caller that allows every action.
fn everything() -> PolicyDocument {
    let mut all = Statement::allow("", crate::iam::Principals::Anyone, ["*"]);
    all.sid = None;
    all.principal = None;
    PolicyDocument {
        version: Version::V2012,
        id: None,
        statements: vec![all],
    }
}
