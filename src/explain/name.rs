//! Who is who: principals by names that people use.

use super::scope::Scope;
use crate::controls::reading::{Named, Who};
use crate::iam::{Arn, Text, contains_wildcard};

/// What kind of principal a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// Everybody in an account whom the policy does not name.
    Rest,
    /// An account: its root user, and whoever its IAM policies allow.
    Account,
    /// The root user of an account alone.
    RootUser,
    /// A role.
    Role,
    /// An IAM user.
    User,
    /// One session of a role, or of a federated user.
    Session,
    /// A permission set of IAM Identity Center.
    PermissionSet,
    /// Principals whose ARN is like this.
    Pattern,
    /// Everybody in an organization.
    Organization,
    /// A service with a principal of its own.
    Service,
    /// An identity provider, or another kind of name.
    Other,
    /// A principal that was deleted.
    Gone,
    /// Everybody, in any account.
    Anyone,
    /// Nobody can tell.
    Unknown,
}

impl NameKind {
    /// The word by which programs know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "others_of_account",
            Self::Account => "account",
            Self::RootUser => "root_user",
            Self::Role => "role",
            Self::User => "user",
            Self::Session => "session",
            Self::PermissionSet => "permission_set",
            Self::Pattern => "pattern",
            Self::Organization => "organization",
            Self::Service => "service",
            Self::Other => "other",
            Self::Gone => "deleted",
            Self::Anyone => "anyone",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it belongs to accounts.
    #[must_use]
    pub fn has_account(self) -> bool {
        !matches!(
            self,
            Self::Service | Self::Other | Self::Gone | Self::Unknown
        )
    }
}

/// Whose a principal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The key's own account's.
    Own,
    /// Another account's, or one that only deployment knows.
    Other(String),
    /// That of any account.
    Any,
}

/// A principal by the name that people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What it is.
    pub kind: NameKind,
    /// The name alone: of a role, a service, an account; empty where the kind says all.
    pub name: String,
    /// Whose it is.
    pub whose: Whose,
}

impl Name {
    pub(super) fn new(kind: NameKind, name: impl Into<String>, whose: Whose) -> Self {
        Self {
            kind,
            name: name.into(),
            whose,
        }
    }

    /// Whether another is the same, or one of them.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        (self.kind, &self.name) == (other.kind, &other.name)
            && (self.whose == other.whose || self.whose == Whose::Any)
    }

    /// In words, with names in backticks.
    #[must_use]
    pub fn words(&self) -> String {
        self.shown("`")
    }

    /// In words without backticks, for tables.
    #[must_use]
    pub fn plain(&self) -> String {
        self.shown("")
    }

    /// The name alone, where readers know what it is the name of.
    #[must_use]
    pub fn short(&self) -> String {
        let alone = matches!(
            self.kind,
            NameKind::Role | NameKind::User | NameKind::PermissionSet | NameKind::Session
        );
        match &self.whose {
            Whose::Own if alone => self.name.clone(),
            Whose::Other(account) if alone => format!("{} ({account})", self.name),
            _ if self.kind == NameKind::Service => self.name.clone(),
            _ => self.plain(),
        }
    }

    fn shown(&self, quote: &str) -> String {
        let name = format!("{quote}{}{quote}", self.name);
        let said = match self.kind {
            NameKind::Rest => match &self.whose {
                Whose::Own => return "anyone else in this account".to_owned(),
                Whose::Other(account) => return format!("anyone in account {account}"),
                Whose::Any => return "anyone in any account".to_owned(),
            },
            NameKind::Account => match &self.whose {
                Whose::Own => return "this account".to_owned(),
                Whose::Other(account) => return format!("account {account}"),
                Whose::Any => return "any account".to_owned(),
            },
            NameKind::RootUser => match &self.whose {
                Whose::Own => return "the root user of this account".to_owned(),
                Whose::Other(account) => return format!("the root user of account {account}"),
                Whose::Any => return "the root user of any account".to_owned(),
            },
            NameKind::Role => format!("role {name}"),
            NameKind::User => format!("user {name}"),
            NameKind::Session => format!("session {name}"),
            NameKind::PermissionSet => format!("permission set {name}"),
            NameKind::Pattern => return format!("principals with an ARN like {name}"),
            NameKind::Organization => return format!("anyone in organization {name}"),
            NameKind::Service => return format!("service {name}"),
            NameKind::Other | NameKind::Unknown => return name,
            NameKind::Gone => return format!("deleted user or role {name}"),
            NameKind::Anyone => return "anyone in any account".to_owned(),
        };
        match &self.whose {
            Whose::Own => said,
            Whose::Other(account) => format!("{said} of account {account}"),
            Whose::Any => format!("{said} of any account"),
        }
    }
}

fn whose(account: &Text, scope: &Scope) -> Whose {
    if scope.is_own(account) {
        Whose::Own
    } else if contains_wildcard(account) {
        Whose::Any
    } else {
        Whose::Other(account.to_string())
    }
}

/// A name of a Principal element.
pub(super) fn principal(named: &Named<'_>, scope: &Scope) -> Name {
    let shown = named.text.to_string();
    match named.who {
        Who::Everyone => Name::new(NameKind::Anyone, "", Whose::Any),
        Who::Account => {
            let account = named.account.clone().unwrap_or_default();
            let account = Arn::parse(&account).map_or(account, |arn| arn.account);
            Name::new(NameKind::Account, "", whose(&account, scope))
        }
        Who::Principal => arn(named.text, scope),
        Who::Gone => Name::new(NameKind::Gone, shown, Whose::Any),
        Who::Service => Name::new(NameKind::Service, shown, Whose::Any),
        Who::Other => Name::new(NameKind::Other, shown, Whose::Any),
        Who::Unknown => Name::new(NameKind::Unknown, shown, Whose::Any),
    }
}

/// A principal by its ARN; whatever has no name of its own, by the ARN.
pub(super) fn arn(text: &Text, scope: &Scope) -> Name {
    let pattern = || Name::new(NameKind::Pattern, text.to_string(), Whose::Any);
    let Some(arn) = Arn::parse(text) else {
        return pattern();
    };
    let whose = whose(&arn.account, scope);
    let resource = arn.resource.to_string();
    let of = |kind, name: &str| Name::new(kind, name, whose.clone());
    if contains_wildcard(&arn.resource) || arn.resource.is_unknown() {
        return Name {
            whose: whose.clone(),
            ..pattern()
        };
    }
    match resource.split_once('/') {
        None if resource == "root" => of(NameKind::Account, ""),
        Some(("role", name)) => of(NameKind::Role, name),
        Some(("user", name)) => of(NameKind::User, name),
        Some(("assumed-role" | "federated-user", name)) => of(NameKind::Session, name),
        _ => pattern(),
    }
}

/// Whom patterns on `aws:PrincipalArn` let through.
pub(super) fn matching(patterns: &[Text], scope: &Scope) -> Name {
    if let Some(set) = permission_set(patterns, scope) {
        return set;
    }
    match patterns {
        // Of a caller this is the root user; in a Principal element it would be the account.
        [only] => match arn(only, scope) {
            root if root.kind == NameKind::Account => Name {
                kind: NameKind::RootUser,
                ..root
            },
            name => name,
        },
        several => {
            let names: Vec<Name> = several.iter().map(|one| arn(one, scope)).collect();
            let same = names.first().map(|first| first.whose.clone());
            let all_same = names.iter().all(|name| Some(&name.whose) == same.as_ref());
            let shown: Vec<String> = several.iter().map(ToString::to_string).collect();
            let whose = same.filter(|_| all_same).unwrap_or(Whose::Any);
            Name::new(NameKind::Pattern, shown.join(" or "), whose)
        }
    }
}

const RESERVED: &str = "role/aws-reserved/sso.amazonaws.com/";
const ROLE_OF_SET: &str = "AWSReservedSSO_";

/// The permission set of IAM Identity Center whose roles all these patterns are about.
/// Source: IAM Identity Center user guide, "Referencing permission sets in resource policies, Amazon EKS cluster config
/// maps, and AWS KMS key policies".
fn permission_set(patterns: &[Text], scope: &Scope) -> Option<Name> {
    let mut sets = patterns.iter().map(|pattern| {
        let arn = Arn::parse(pattern)?;
        let resource = arn.resource.as_literal()?;
        let name = set_of_role(resource.strip_prefix(RESERVED)?)?;
        Some(Name::new(
            NameKind::PermissionSet,
            name,
            whose(&arn.account, scope),
        ))
    });
    let first = sets.next()??;
    let same = sets.all(|other| other.as_ref() == Some(&first));
    same.then_some(first)
}

/// The set in `*/AWSReservedSSO_NAME_*`: a Region or any may stand in front, the role's own suffix behind.
fn set_of_role(path: &str) -> Option<String> {
    let role = match path.split_once('/') {
        Some((region, role)) if !region.contains('/') => role,
        Some(_) => return None,
        None => path.strip_prefix('*').unwrap_or(path),
    };
    let (name, suffix) = role.strip_prefix(ROLE_OF_SET)?.rsplit_once('_')?;
    let hexadecimal = |c: char| c.is_ascii_hexdigit() || c == '?';
    let suffixed = suffix == "*" || (suffix.len() == 16 && suffix.chars().all(hexadecimal));
    (suffixed && !name.is_empty() && !name.contains(['*', '?', '/'])).then(|| name.to_owned())
}

/// Whether patterns keep out the sets whose names go on after that of a set.
pub(super) fn keeps_out_longer(set: &str, excluded: &[Text]) -> bool {
    let ending = format!("{ROLE_OF_SET}{set}_*_*");
    excluded.iter().any(|pattern| {
        let last = pattern.literals().last();
        last.is_some_and(|last| last.ends_with(&ending))
    })
}

/// Whether patterns leave room for sets whose names go on.
pub(super) fn admits_longer(patterns: &[Text]) -> bool {
    patterns.iter().any(|pattern| {
        pattern
            .literals()
            .last()
            .is_some_and(|last| last.ends_with("_*"))
    })
}
