//! What a question asks of requests.

use super::caller::{Arns, CallerKind};
use super::dimension::{Constraint, Constraints};
use super::meaning::{Scene, Setting};
use super::region::{Part, Region};
use crate::iam::Pattern;
use crate::kms::actions::Action;

/// Whose requests a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// Principals of the key's account.
    Account,
    /// Principals of any other.
    Elsewhere,
    /// Services with their own principals.
    Services,
}

impl Whose {
    /// The kinds of callers among them.
    pub(super) fn kinds(self) -> Vec<CallerKind> {
        let all = CallerKind::ALL.into_iter();
        let services = self == Self::Services;
        all.filter(|kind| (*kind == CallerKind::Service) == services)
            .collect()
    }
}

/// How a policy gives access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By naming the caller, or everyone.
    Direct,
    /// By naming the account, which then decides.
    Account,
    /// In any of these ways.
    Any,
}

/// What is asked of a request.
pub(super) struct Query<'q> {
    /// Whose request it is.
    pub(super) whose: Whose,
    /// What kinds of callers make it.
    pub(super) kinds: Option<&'q [CallerKind]>,
    /// How it is allowed.
    pub(super) way: Way,
    /// What it is for.
    pub(super) actions: &'q dyn Fn(&Action) -> bool,
    /// By which statement it is allowed; by any where there is none.
    pub(super) statement: Option<usize>,
    /// By one of which statements it may be allowed; by any where there are none.
    pub(super) among: Option<&'q [usize]>,
    /// Whether no other statement must allow it as well.
    pub(super) alone: bool,
    /// Whether it has no condition keys but those that every request has.
    pub(super) plain: bool,
    /// What else.
    pub(super) also: &'q dyn Fn(Scene, &mut Asking<'_>) -> Region,
}

impl Query<'_> {
    /// Whether some principal is allowed anything.
    pub(super) fn any(whose: Whose, way: Way) -> Self {
        Self {
            whose,
            kinds: None,
            way,
            actions: &|_| true,
            statement: None,
            among: None,
            alone: false,
            plain: false,
            also: &nothing,
        }
    }
}

/// What a query can ask with.
pub(super) struct Asking<'a> {
    pub(super) setting: &'a Setting,
    pub(super) constraints: &'a mut Constraints,
}

impl Asking<'_> {
    /// A region in which a part of the request is so.
    pub(super) fn region(&mut self, asked: impl IntoIterator<Item = (Part, Constraint)>) -> Region {
        let mut region = Region::default();
        for (part, constraint) in asked {
            region.ask(part, self.constraints.add(constraint));
        }
        region
    }

    /// What is known of every request that somebody makes to manage the key: it comes over TLS, to the key where it is,
    /// and KMS's own checks are not bypassed.
    /// Sources: IAM user guide, "AWS global condition context keys"; KMS developer guide,
    /// "kms:BypassPolicyLockoutSafetyCheck".
    pub(super) fn of_deployment(&mut self, scene: Scene) -> Region {
        let setting = self.setting;
        let known = [
            ("aws:securetransport", Some("true")),
            ("aws:requestedregion", setting.known_region()),
            ("aws:resourceaccount", Some(setting.account())),
        ];
        let mut asked = Vec::new();
        for (key, value) in known {
            let value = value.map(|value| self.constraints.patterns.add_text(value));
            asked.extend(
                value.map(|value| (Part::Key(key.into()), Constraint::matches(vec![value]))),
            );
        }
        if scene.action.name == "PutKeyPolicy" {
            let bypassed = Constraint::matches(vec![self.constraints.patterns.add_text("true")]);
            let key = Part::Key("kms:bypasspolicylockoutsafetycheck".into());
            asked.push((key, bypassed.opposite()));
        }
        self.region(asked)
    }

    /// A value that one of some patterns matches.
    pub(super) fn matches(&mut self, patterns: &[Pattern]) -> Constraint {
        let texts = patterns.iter();
        let texts = texts.filter_map(|text| self.constraints.patterns.add(text));
        Constraint::matches(texts.collect())
    }

    /// The callers of some accounts.
    pub(super) fn accounts<'s>(
        &mut self,
        kind: CallerKind,
        accounts: impl IntoIterator<Item = &'s str>,
    ) -> Constraint {
        let arns = Arns {
            partition: &self.setting.partition,
            kind,
        };
        let patterns = &mut self.constraints.patterns;
        let accounts = accounts.into_iter();
        Constraint::matches(
            accounts
                .map(|account| arns.named(account, None, patterns))
                .collect(),
        )
    }
}

/// Nothing more.
fn nothing(_: Scene, _: &mut Asking<'_>) -> Region {
    Region::default()
}
