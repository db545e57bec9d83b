//! Who calls, and whom a Principal element names.
//!
//! Sources: IAM user guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal"; KMS
//! developer guide, "Key policies".

use super::truth::Truth;
use crate::iam::{
    AccountId, ArnProblem, Clause, PrincipalArn, PrincipalKind, PrincipalResource, Principals, Text,
};
use crate::kms::Partition;

/// What a caller is within its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The account's root user.
    Root,
    /// An IAM user, by path and name.
    User {
        /// `path/name`.
        path: String,
    },
    /// A role: any session of it of which no policy names the session.
    Role {
        /// `path/name`.
        path: String,
    },
    /// One session of a role.
    Session {
        /// The role's name; a session's ARN has no path.
        role: String,
        /// The session's name.
        session: String,
    },
    /// A federated user session.
    FederatedUser {
        /// Its name.
        name: String,
    },
}

/// A caller that belongs to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsCaller {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The account.
    pub account: AccountId,
    /// What in it.
    pub identity: Identity,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A principal of an account.
    Aws(AwsCaller),
    /// A service with its own principal, such as `cloudtrail.amazonaws.com`.
    Service(String),
}

impl Caller {
    /// Reads an ARN, a service principal (`NAME.amazonaws.com`) or `service:` with one behind it.
    ///
    /// # Errors
    /// Why the ARN is none of a principal.
    pub fn parse(text: &str) -> Result<Self, ArnProblem> {
        if let Some(name) = text.strip_prefix("service:") {
            return Ok(Self::Service(name.to_owned()));
        }
        if !text.contains(':') && Partition::is_service_principal(text) {
            return Ok(Self::Service(text.to_owned()));
        }
        let arn = PrincipalArn::parse(&Text::literal(text))?;
        let account = arn.account.as_literal().and_then(AccountId::parse);
        let mut parts = text.splitn(6, ':');
        let partition = parts.nth(1).unwrap_or_default().to_owned();
        let named = parts.last().unwrap_or_default();
        let name = || named.rsplit('/').next().unwrap_or_default().to_owned();
        let identity = match arn.resource {
            PrincipalResource::Root => Identity::Root,
            PrincipalResource::Role { path } => Identity::Role { path },
            PrincipalResource::User { path } => Identity::User { path },
            PrincipalResource::AssumedRole { role } => Identity::Session {
                role,
                session: name(),
            },
            PrincipalResource::FederatedUser => Identity::FederatedUser { name: name() },
        };
        Ok(Self::Aws(AwsCaller {
            partition,
            account: account.ok_or(ArnProblem::Account)?,
            identity,
        }))
    }

    /// Whether it is the root user of its account.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Aws(caller) if caller.identity == Identity::Root)
    }
}

/// The last part of `path/name`.
pub(super) fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// How far a Principal element reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Names it, or everyone.
    pub(super) direct: Truth,
    /// Names its account, so that the account's own policies decide.
    pub(super) account: Truth,
}

impl Reach {
    const NONE: Self = Self {
        direct: Truth::No,
        account: Truth::No,
    };

    fn direct(truth: Truth) -> Self {
        Self {
            direct: truth,
            ..Self::NONE
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            account: self.account.or(other.account),
        }
    }

    /// Whether it reaches the caller in either way.
    pub(super) fn either(self) -> Truth {
        self.direct.or(self.account)
    }

    pub(super) fn and(self, truth: Truth) -> Self {
        Self {
            direct: self.direct.and(truth),
            account: self.account.and(truth),
        }
    }
}

/// What the principals of one statement are compared with.
pub(super) struct Matcher<'r> {
    pub(super) caller: &'r Caller,
    /// The identity provider that the request tells (`aws:FederatedProvider`).
    pub(super) provider: Option<&'r str>,
}

impl Matcher<'_> {
    /// How far a Principal or NotPrincipal element reaches the caller; `resolve` gives a name as text, `None` where
    /// nobody can tell.
    ///
    /// - `*` is everyone, services too: AWS's examples of `aws:PrincipalIsAWSService` exempt services from Deny
    ///   statements about `*`.
    /// - Allow with NotPrincipal is "not supported" in current documentation and allowed everyone else in earlier one.
    /// - Deny with NotPrincipal spares a caller for certain only where the list holds the caller, for a session its
    ///   role, and the account: "otherwise the policy might deny access".
    pub(super) fn reach(
        &self,
        clause: &Clause<Principals>,
        allow: bool,
        resolve: &impl Fn(&Text) -> Option<String>,
    ) -> Reach {
        let listed = self.listed(&clause.value, resolve);
        if !clause.negated {
            return listed.reach;
        }
        let spared = match self.caller {
            Caller::Service(_) => listed.reach.direct,
            Caller::Aws(caller) => match caller.identity {
                Identity::Root => listed.everyone.or(listed.reach.either()),
                Identity::Session { .. } => listed
                    .everyone
                    .or(listed.itself.and(listed.role).and(listed.account)),
                // Sessions of the role must be listed too, and which they are is not known.
                Identity::Role { .. } => listed
                    .everyone
                    .or(listed.role.and(listed.account).min(Truth::Maybe)),
                Identity::User { .. } | Identity::FederatedUser { .. } => {
                    listed.everyone.or(listed.itself.and(listed.account))
                }
            },
        };
        let partly = listed.reach.either().or(listed.role);
        let reached = match (spared, partly) {
            (Truth::Yes, _) => Truth::No,
            (Truth::No, Truth::No) => Truth::Yes,
            _ => Truth::Maybe,
        };
        Reach::direct(reached.at_most_maybe_if(allow))
    }

    fn listed(
        &self,
        principals: &Principals,
        resolve: &impl Fn(&Text) -> Option<String>,
    ) -> Listed {
        let mut listed = Listed::NONE;
        match principals {
            Principals::Anyone => listed.add_everyone(),
            Principals::Listed(kinds) => {
                for (kind, names) in kinds {
                    for name in names {
                        let name = resolve(name);
                        self.add(&mut listed, *kind, name.as_deref());
                    }
                }
            }
        }
        listed
    }

    fn add(&self, listed: &mut Listed, kind: PrincipalKind, name: Option<&str>) {
        match (kind, self.caller) {
            (PrincipalKind::Aws, _) if name == Some("*") => listed.add_everyone(),
            (PrincipalKind::Aws, Caller::Aws(caller)) => match name {
                Some(name) => caller.add(listed, name),
                None => listed.add_unknown(),
            },
            (PrincipalKind::Aws, Caller::Service(_)) => {
                // What nobody can tell may be `*`.
                let truth = if name.is_none() {
                    Truth::Maybe
                } else {
                    Truth::No
                };
                listed.reach = listed.reach.or(Reach::direct(truth));
            }
            (PrincipalKind::Service, Caller::Service(service)) => {
                let truth = match name {
                    Some(name) if name == service => Truth::Yes,
                    // AWS does not document a `*` here.
                    Some("*") | None => Truth::Maybe,
                    Some(_) => Truth::No,
                };
                listed.reach = listed.reach.or(Reach::direct(truth));
            }
            // A session that an identity provider stands behind; nothing else of the request tells.
            (PrincipalKind::Federated, Caller::Aws(_))
                if self.provider.is_some() && (name.is_none() || name == self.provider) =>
            {
                listed.reach = listed.reach.or(Reach::direct(Truth::Maybe));
            }
            _ => {}
        }
    }
}

/// Which forms of the caller a list names.
struct Listed {
    reach: Reach,
    everyone: Truth,
    itself: Truth,
    role: Truth,
    account: Truth,
}

impl Listed {
    const NONE: Self = Self {
        reach: Reach::NONE,
        everyone: Truth::No,
        itself: Truth::No,
        role: Truth::No,
        account: Truth::No,
    };

    fn add_everyone(&mut self) {
        self.everyone = Truth::Yes;
        self.reach = self.reach.or(Reach::direct(Truth::Yes));
    }

    fn add_unknown(&mut self) {
        let unknown = Reach {
            direct: Truth::Maybe,
            account: Truth::Maybe,
        };
        self.reach = self.reach.or(unknown);
        for form in [
            &mut self.everyone,
            &mut self.itself,
            &mut self.role,
            &mut self.account,
        ] {
            *form = form.or(Truth::Maybe);
        }
    }
}

impl AwsCaller {
    /// The ARN of the account's root.
    fn is_account(&self, name: &str) -> bool {
        let arn = name.strip_prefix("arn:").and_then(|rest| {
            let rest = rest.strip_prefix(self.partition.as_str())?;
            rest.strip_prefix(":iam::")?.strip_suffix(":root")
        });
        arn.unwrap_or(name) == self.account.as_str()
    }

    /// Adds what a name in a Principal element says about the caller.
    ///
    /// - The account, as id or root ARN, leaves it to the account's policies; the root user itself it names directly.
    /// - A role covers its sessions. Their ARN has no path, but a role's name is unique in its account. Role names that
    ///   differ only in case cannot exist side by side; whether such an ARN is taken for the role is not documented.
    /// - A user is named by its exact ARN. It may be the one behind a federated session.
    /// - A unique id (`AROA…`, `AIDA…`) stands for a principal that was deleted, or that nobody can tell.
    fn add(&self, listed: &mut Listed, name: &str) {
        if self.is_account(name) {
            listed.account = Truth::Yes;
            let root = self.identity == Identity::Root;
            listed.reach = listed.reach.or(Reach {
                direct: Truth::from(root),
                account: Truth::Yes,
            });
            return;
        }
        if let Some(truth) = self.by_unique_id(name) {
            listed.itself = listed.itself.or(truth);
            listed.role = listed.role.or(truth);
            listed.reach = listed.reach.or(Reach::direct(truth));
            return;
        }
        let Ok(Caller::Aws(named)) = Caller::parse(name) else {
            return;
        };
        if named.partition != self.partition || named.account != self.account {
            return;
        }
        let same = |one: &str, other: &str| {
            if one == other {
                Truth::Yes
            } else if one.eq_ignore_ascii_case(other) {
                Truth::Maybe
            } else {
                Truth::No
            }
        };
        match (&named.identity, &self.identity) {
            (Identity::Role { path }, Identity::Role { path: own }) => {
                listed.role = listed.role.or(same(path, own));
                listed.reach = listed.reach.or(Reach::direct(same(path, own)));
            }
            (Identity::Role { path }, Identity::Session { role, .. }) => {
                let truth = same(name_of(path), role);
                listed.role = listed.role.or(truth);
                listed.reach = listed.reach.or(Reach::direct(truth));
            }
            (
                Identity::Session { role, session },
                Identity::Session {
                    role: own,
                    session: ours,
                },
            ) => {
                let truth = same(role, own).and(Truth::from(session == ours));
                listed.itself = listed.itself.or(truth);
                listed.reach = listed.reach.or(Reach::direct(truth));
            }
            (Identity::User { path }, Identity::User { path: own }) if path == own => {
                listed.itself = Truth::Yes;
                listed.reach = listed.reach.or(Reach::direct(Truth::Yes));
            }
            (Identity::User { .. }, Identity::FederatedUser { .. }) => {
                listed.reach = listed.reach.or(Reach::direct(Truth::Maybe));
            }
            (Identity::FederatedUser { name }, Identity::FederatedUser { name: own })
                if name == own =>
            {
                listed.itself = Truth::Yes;
                listed.reach = listed.reach.or(Reach::direct(Truth::Yes));
            }
            _ => {}
        }
    }

    /// What a unique id may mean for the caller; `None` for what is no unique id.
    /// Source: IAM user guide, "IAM identifiers", the prefixes of unique ids.
    fn by_unique_id(&self, name: &str) -> Option<Truth> {
        let is_id = name.len() >= 16
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_id || name.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let ours = match self.identity {
            Identity::Root => false,
            Identity::User { .. } | Identity::FederatedUser { .. } => name.starts_with("AIDA"),
            Identity::Role { .. } | Identity::Session { .. } => name.starts_with("AROA"),
        };
        Some(if ours { Truth::Maybe } else { Truth::No })
    }
}
