//! How a principal entry is said in a policy: by its ARN in the Principal element, or by a fence of conditions.

use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Arn, PrincipalArn, PrincipalResource, Principals, Statement, Text, Variable,
};
use crate::spec::config::{Config, Environment};
use crate::spec::field::Spanned;
use crate::spec::{Match, Qualifiers, Who};

/// The account in which a principal is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    /// The key's own, known at deployment.
    Own,
    /// Another one.
    Other(AccountId),
}

impl Holder {
    /// The holder of a literal id: one of the environment's accounts is where the key itself may be.
    fn of(id: &AccountId, environment: &Environment) -> Self {
        if environment.accounts.contains(id) {
            Self::Own
        } else {
            Self::Other(id.clone())
        }
    }
}

/// What makes two entries mean one principal, however they are written.
///
/// Names of roles and users are unique in an account whatever their path and case.
/// Source: IAM user guide, "IAM identifiers", friendly names and paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    Role(Holder, String),
    User(Holder, String),
    PermissionSet(Holder, String),
    FederatedUser(String),
    Account(Holder),
}

/// A principal as statements name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompiledPrincipal {
    /// Whom it is, for comparison.
    pub(super) identity: Identity,
    /// Kind and name in words, for Sids and messages.
    pub(super) words: String,
    /// How it is matched.
    pub(super) matching: Matching,
}

/// How a principal is matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matching {
    /// By this ARN in the Principal element.
    Listed(Text),
    /// By conditions on everyone.
    Fenced(Fence),
}

/// Conditions that leave exactly one principal of everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    /// The account that callers must be in: a fixed value, without which Security Hub KMS.5 is expected to report
    /// the key as public.
    account: Text,
    /// `aws:PrincipalArn` under `ArnEquals` or `ArnLike`.
    like: Vec<Text>,
    /// `aws:PrincipalArn` under `ArnNotLike`.
    unlike: Vec<Text>,
    operator: &'static str,
}

const PRINCIPAL_ARN: &str = "aws:PrincipalArn";
const CALLER_ACCOUNT: &str = "kms:CallerAccount";

impl Fence {
    /// Puts the fence around a statement for everyone.
    pub(super) fn around(&self, statement: Statement) -> Statement {
        let fenced = statement
            .when("StringEquals", CALLER_ACCOUNT, [self.account.clone()])
            .when(self.operator, PRINCIPAL_ARN, self.like.iter().cloned());
        if self.unlike.is_empty() {
            return fenced;
        }
        fenced.when("ArnNotLike", PRINCIPAL_ARN, self.unlike.iter().cloned())
    }
}

impl CompiledPrincipal {
    /// Compiles whom an entry names. `None` for a service, which a recipe compiles.
    ///
    /// # Errors
    /// An account name that the workspace does not declare.
    pub(super) fn of(
        who: &Spanned<Who>,
        qualifiers: &Qualifiers,
        environment: &Environment,
        config: &Config,
    ) -> Result<Option<Self>, Diagnostic> {
        let qualifier = match &qualifiers.account {
            Some(reference) => Some(config.account(reference)?),
            None => None,
        };
        let holder = match &qualifier {
            Some(id) => Holder::of(id, environment),
            None => Holder::Own,
        };
        let account = match &qualifier {
            Some(id) => Text::literal(id.as_str()),
            None => Text::variable(Variable::Account),
        };
        let elsewhere = match &qualifier {
            Some(id) => format!(" in account {id}"),
            None => String::new(),
        };
        let by_condition = qualifiers
            .matching
            .as_ref()
            .is_some_and(|matching| matching.value == Match::Condition);
        let named = |kind: &str, path: &str| {
            let arn = Arn::iam(&account, &format!("{kind}/{path}"));
            if by_condition {
                Matching::Fenced(Fence {
                    account: account.clone(),
                    like: vec![arn],
                    unlike: Vec::new(),
                    operator: "ArnEquals",
                })
            } else {
                Matching::Listed(arn)
            }
        };
        Ok(Some(match &who.value {
            Who::Service(_) => return Ok(None),
            Who::Role(name) => Self {
                identity: role_identity(holder, name.name()),
                words: format!("role {}{elsewhere}", name.as_str()),
                matching: named("role", name.as_str()),
            },
            Who::User(name) => Self {
                identity: Identity::User(holder, name.name().to_lowercase()),
                words: format!("user {}{elsewhere}", name.as_str()),
                matching: named("user", name.as_str()),
            },
            Who::PermissionSet(name) => Self {
                identity: Identity::PermissionSet(holder, name.as_str().to_owned()),
                words: format!("permission set {}{elsewhere}", name.as_str()),
                matching: Matching::Fenced(permission_set_fence(&account, name.as_str())),
            },
            Who::Arn(template) => Self::literal(&template.0.fill(&environment.name), environment),
            Who::Account(reference) => {
                let id = config.account(&Spanned {
                    value: reference.clone(),
                    span: who.span,
                })?;
                Self {
                    identity: Identity::Account(Holder::of(&id, environment)),
                    words: format!("account {id}"),
                    matching: Matching::Listed(Arn::iam(&Text::literal(id.as_str()), "root")),
                }
            }
        }))
    }

    fn literal(arn: &Text, environment: &Environment) -> Self {
        let matching = Matching::Listed(arn.clone());
        // Decoding has let only principals through.
        let Ok(principal) = PrincipalArn::parse(arn) else {
            return Self {
                identity: Identity::FederatedUser(arn.to_string()),
                words: arn.to_string(),
                matching,
            };
        };
        let id = principal.account.as_literal().and_then(AccountId::parse);
        let holder = match &id {
            Some(id) => Holder::of(id, environment),
            None => Holder::Own,
        };
        let elsewhere = match &id {
            Some(id) => format!(" in account {id}"),
            None => String::new(),
        };
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let (identity, words) = match &principal.resource {
            PrincipalResource::Root => {
                let account = match &id {
                    Some(id) => format!("account {id}"),
                    None => "the account".to_owned(),
                };
                (Identity::Account(holder), account)
            }
            PrincipalResource::Role { path } => (
                role_identity(holder, &last(path)),
                format!("role {path}{elsewhere}"),
            ),
            PrincipalResource::User { path } => (
                Identity::User(holder, last(path).to_lowercase()),
                format!("user {path}{elsewhere}"),
            ),
            PrincipalResource::AssumedRole { role } => (
                role_identity(holder, role),
                format!("session of role {role}{elsewhere}"),
            ),
            PrincipalResource::FederatedUser => {
                (Identity::FederatedUser(arn.to_string()), arn.to_string())
            }
        };
        Self {
            identity,
            words,
            matching,
        }
    }

    /// An Allow statement for the principal.
    pub(super) fn allow(
        &self,
        sid: &str,
        actions: impl IntoIterator<Item = &'static str>,
    ) -> Statement {
        match &self.matching {
            Matching::Listed(arn) => {
                let principals = Principals::of(crate::iam::PrincipalKind::Aws, [arn.clone()]);
                Statement::allow(sid, principals, actions)
            }
            Matching::Fenced(fence) => {
                fence.around(Statement::allow(sid, Principals::everyone(), actions))
            }
        }
    }
}

/// A role, or the permission set whose role it is.
fn role_identity(holder: Holder, name: &str) -> Identity {
    let permission_set = name
        .strip_prefix("AWSReservedSSO_")
        .and_then(|rest| rest.rsplit_once('_'))
        .filter(|(_, suffix)| !suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_hexdigit()));
    match permission_set {
        Some((set, _)) => Identity::PermissionSet(holder, set.to_owned()),
        None => Identity::Role(holder, name.to_lowercase()),
    }
}

/// The roles of a permission set in an account, and no others.
///
/// Role names end in a suffix that differs by account and has no underscore in any known example, and the path holds
/// the Identity Center's Region except in us-east-1. The negated pattern keeps `Admin` from admitting `Admin_ReadOnly`.
/// Source: IAM Identity Center user guide, "Referencing permission sets in resource policies".
fn permission_set_fence(account: &Text, name: &str) -> Fence {
    let role = |tail: &str| {
        Arn::iam(
            account,
            &format!("role/aws-reserved/sso.amazonaws.com/{tail}"),
        )
    };
    Fence {
        account: account.clone(),
        like: vec![
            role(&format!("*/AWSReservedSSO_{name}_*")),
            role(&format!("AWSReservedSSO_{name}_*")),
        ],
        unlike: vec![role(&format!("*AWSReservedSSO_{name}_*_*"))],
        operator: "ArnLike",
    }
}
