//! Kinds of callers, and what condition keys tell about them.

use std::collections::BTreeSet;

use super::dimension::Constraint;
use super::pattern_set::{Class, PatternId, PatternSet, Step};
use crate::access::{Caller, Identity};
use crate::kms::Partition;

/// A kind of caller. Those of one kind have the same condition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallerKind {
    /// A role, in any session.
    Role,
    /// An IAM user.
    User,
    /// The root user of an account.
    Root,
    /// A federated user session.
    FederatedUser,
    /// A service with its own principal.
    Service,
}

impl CallerKind {
    /// Every kind, those first that people know best.
    pub(super) const ALL: [Self; 5] = [
        Self::Role,
        Self::User,
        Self::Root,
        Self::FederatedUser,
        Self::Service,
    ];

    /// The kind of a caller.
    pub(super) fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Service(_) => Self::Service,
            Caller::Aws(caller) => match caller.identity {
                Identity::Root => Self::Root,
                Identity::User { .. } => Self::User,
                Identity::Role { .. } | Identity::Session { .. } => Self::Role,
                Identity::FederatedUser { .. } => Self::FederatedUser,
            },
        }
    }

    /// The value of `aws:PrincipalType`; none for services.
    /// Source: IAM user guide, "IAM policy elements: Variables and tags", table of principal key values.
    pub(super) fn principal_type(self) -> Option<&'static str> {
        match self {
            Self::Role => Some("AssumedRole"),
            Self::User => Some("User"),
            Self::Root => Some("Account"),
            Self::FederatedUser => Some("FederatedUser"),
            Self::Service => None,
        }
    }

    /// The words between partition and resource of its ARN, and the beginning of the resource.
    fn arn_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Role => ("iam", "role/"),
            Self::User => ("iam", "user/"),
            Self::FederatedUser => ("sts", "federated-user/"),
            Self::Root | Self::Service => ("iam", "root"),
        }
    }
}

fn text(steps: &mut Vec<Step>, text: &str) {
    steps.extend(text.chars().map(Step::Char));
}

const NAME: [Step; 2] = [Step::One(Class::Name), Step::Many(Class::Name)];

/// ARNs of one kind of caller.
pub(super) struct Arns<'a> {
    /// The partition that they are in.
    pub(super) partition: &'a str,
    /// The kind.
    pub(super) kind: CallerKind,
}

impl Arns<'_> {
    /// The ARN up to its account, the account, and all that may follow.
    fn with(&self, account: &[Step], rest: &[Step]) -> Vec<Step> {
        let (service, resource) = self.kind.arn_words();
        let mut steps = Vec::new();
        text(&mut steps, &format!("arn:{}:{service}::", self.partition));
        steps.extend(account);
        text(&mut steps, ":");
        text(&mut steps, resource);
        steps.extend(rest);
        steps
    }

    /// All of them. Names are not limited in length.
    /// Source: IAM service model (`roleNameType`, `userNameType`, `pathType`).
    pub(super) fn all(&self, patterns: &mut PatternSet) -> Vec<PatternId> {
        let account = [Step::One(Class::Digit); 12];
        let endings: &[Vec<Step>] = match self.kind {
            CallerKind::Root | CallerKind::Service => &[Vec::new()],
            CallerKind::FederatedUser => &[NAME.to_vec()],
            CallerKind::Role | CallerKind::User => {
                let mut with_path = vec![
                    Step::One(Class::PathStart),
                    Step::Many(Class::Graphic),
                    Step::Char('/'),
                ];
                with_path.extend(NAME);
                &[NAME.to_vec(), with_path]
            }
        };
        let all = endings.iter().map(|ending| self.with(&account, ending));
        all.map(|steps| patterns.add_steps(steps)).collect()
    }

    /// Those whose account a pattern matches. A pattern with a character that no account id has matches none.
    pub(super) fn of_account(
        &self,
        account: PatternId,
        patterns: &mut PatternSet,
    ) -> Option<PatternId> {
        let account = within(patterns.steps(account), Class::Digit)?;
        let rest = match self.kind {
            CallerKind::Root | CallerKind::Service => Vec::new(),
            _ => vec![Step::Many(Class::Any)],
        };
        Some(patterns.add_steps(self.with(&account, &rest)))
    }

    /// Those whose name, the last part of the path, a pattern matches.
    pub(super) fn of_name(&self, name: PatternId, patterns: &mut PatternSet) -> Vec<PatternId> {
        let Some(name) = within(patterns.steps(name), Class::Name) else {
            return Vec::new();
        };
        let account = [Step::Many(Class::Digit)];
        let mut with_path = vec![Step::Many(Class::Graphic), Step::Char('/')];
        with_path.extend(&name);
        [name, with_path]
            .map(|rest| patterns.add_steps(self.with(&account, &rest)))
            .into()
    }

    /// Those of one account with exactly this path and name, or with any.
    pub(super) fn named(
        &self,
        account: &str,
        path: Option<&str>,
        patterns: &mut PatternSet,
    ) -> PatternId {
        let account = spelled(account);
        let any = match self.kind {
            CallerKind::Root | CallerKind::Service => Vec::new(),
            _ => vec![Step::Many(Class::Any)],
        };
        let rest = path.map_or(any, spelled);
        patterns.add_steps(self.with(&account, &rest))
    }

    /// Roles of one account with this name, under any path.
    pub(super) fn of_role(
        &self,
        account: &str,
        name: &str,
        patterns: &mut PatternSet,
    ) -> Vec<PatternId> {
        let account = spelled(account);
        let name = spelled(name);
        let mut with_path = vec![Step::Many(Class::Graphic), Step::Char('/')];
        with_path.extend(&name);
        [name, with_path]
            .map(|rest| patterns.add_steps(self.with(&account, &rest)))
            .into()
    }
}

fn spelled(text: &str) -> Vec<Step> {
    text.chars().map(Step::Char).collect()
}

/// The steps of a pattern with its wildcards narrowed to a class; `None` where it has a character outside.
fn within(steps: &[Step], class: Class) -> Option<Vec<Step>> {
    let narrowed = steps.iter().map(|step| match *step {
        Step::One(_) => Some(Step::One(class)),
        Step::Many(_) => Some(Step::Many(class)),
        Step::Char(c) | Step::Folded(c) => class.takes(c).then_some(*step),
        Step::End => None,
    });
    narrowed.collect()
}

/// Names of service principals: nearly all end in `amazonaws.com`, wherever they are, and some in the domain of the
/// partition. That of China is written elsewhere too.
pub(super) fn service_names(patterns: &mut PatternSet, partition: &str) -> Constraint {
    let partitions = [Partition::Aws, Partition::AwsCn].into_iter();
    let partitions = partitions.chain(Partition::named(partition));
    let ends: BTreeSet<_> = partitions.map(Partition::dns_suffix).collect();
    let names = ends.into_iter().map(|end| {
        let mut steps = NAME.to_vec();
        text(&mut steps, &format!(".{end}"));
        patterns.add_steps(steps)
    });
    Constraint::matches(names.collect())
}

/// Names of sessions; absent where no name is asked for.
/// Source: STS service model (`roleSessionNameType`).
pub(super) fn session_names(patterns: &mut PatternSet) -> Constraint {
    let mut steps = vec![Step::One(Class::Name)];
    steps.extend(NAME);
    Constraint {
        absent: true,
        ..Constraint::matches(vec![patterns.add_steps(steps)])
    }
}
