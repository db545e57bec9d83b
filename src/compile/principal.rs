//! How a principal entry is said in a policy: by its ARN in the Principal element, or by a fence of conditions.

use crate::access::exact::Holders;
use crate::diag::Diagnostic;
use crate::iam::{
    AccountId, Arn, PrincipalArn, PrincipalKind, PrincipalResource, Principals, Statement, Text,
    Variable,
};
use crate::spec::config::{Config, Environment};
use crate::spec::field::Spanned;
use crate::spec::{Match, PermissionSets, Qualifiers, Who};

/// The account in which a principal is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holder {
    /// The key's own, known at deployment.
    Own,
    /// One of the environment's accounts, which is where the key itself may be.
    Environment(AccountId),
    /// Another one.
    Other(AccountId),
}

impl Holder {
    /// The holder of a literal id.
    fn of(id: &AccountId, environment: &Environment) -> Self {
        if environment.may_be_in(id) {
            Self::Environment(id.clone())
        } else {
            Self::Other(id.clone())
        }
    }

    /// Whether some deployment of the key makes one account of both.
    fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Own, Self::Environment(_)) | (Self::Environment(_), Self::Own) => true,
            _ => self == other,
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
    /// By its id.
    Organization(String),
    /// By the organization's id and its path.
    OrganizationalUnit(String, String),
    OrganizationRole(String, String),
    /// The roles by which StackSets deploys in the key's own account.
    StackSets,
}

impl Identity {
    /// Whether some deployment of the key makes one principal of both.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Role(holder, name), Self::Role(others, same))
            | (Self::User(holder, name), Self::User(others, same))
            | (Self::PermissionSet(holder, name), Self::PermissionSet(others, same)) => {
                name == same && holder.may_be(others)
            }
            (Self::Account(holder), Self::Account(others)) => holder.may_be(others),
            (Self::StackSets, Self::Role(holder, name))
            | (Self::Role(holder, name), Self::StackSets) => {
                name.starts_with(STACK_SETS_ROLE) && holder.may_be(&Holder::Own)
            }
            _ => self == other,
        }
    }

    /// Whether no deployment of the key is in the principal's account. Of a literal id only the accounts of the
    /// environment tell, unless the entry is about another account as such.
    pub(super) fn is_elsewhere(&self, environment: &Environment) -> bool {
        match self {
            Self::Role(holder, _) | Self::User(holder, _) | Self::PermissionSet(holder, _) => {
                matches!(holder, Holder::Other(_)) && !environment.accounts.is_empty()
            }
            Self::Account(holder) => matches!(holder, Holder::Other(_)),
            Self::Organization(_) | Self::OrganizationalUnit(..) | Self::OrganizationRole(..) => {
                true
            }
            Self::FederatedUser(_) | Self::StackSets => false,
        }
    }
}

/// A principal as statements name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompiledPrincipal {
    /// Whom it is, for comparison.
    pub(super) identity: Identity,
    /// Kind and name in words, for Sids and messages.
    pub(super) words: String,
    /// Kind and name without path and account, for names of resources that are its own.
    pub(super) label: String,
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

/// Conditions that leave exactly those principals that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    /// Whom the conditions choose from: everyone, or those whom the account's IAM policies allow as well.
    principals: Principals,
    /// Operator, condition key, values.
    conditions: Vec<(&'static str, &'static str, Vec<Text>)>,
}

/// How the names of the roles begin by which service-managed StackSets deploy; what follows differs by account. They have
/// no path. Source: AWS managed policy `CloudFormationStackSetsOrgAdminServiceRolePolicy`, whose only `sts:AssumeRole` is
/// on `arn:aws:iam::*:role/stacksets-exec-*`.
const STACK_SETS_ROLE: &str = "stacksets-exec-";

const PRINCIPAL_ARN: &str = "aws:PrincipalArn";
const CALLER_ACCOUNT: &str = "kms:CallerAccount";
const ORGANIZATION: &str = "aws:PrincipalOrgID";
const ORGANIZATION_PATHS: &str = "aws:PrincipalOrgPaths";

impl Fence {
    /// Everyone of an account whose ARN is one of these. The account is a fixed value, without which Security Hub
    /// KMS.5 is expected to report the key as public.
    fn of_account(account: &Text) -> Self {
        Self {
            principals: Principals::everyone(),
            conditions: vec![("StringEquals", CALLER_ACCOUNT, vec![account.clone()])],
        }
    }

    /// Everyone in the other accounts of an organization: this account gets nothing new, and the others still need
    /// an IAM policy of their own.
    fn of_organization(id: &str) -> Self {
        let own = Text::variable(Variable::Account);
        Self {
            principals: Principals::everyone(),
            conditions: vec![
                ("StringEquals", ORGANIZATION, vec![Text::literal(id)]),
                ("StringNotEquals", CALLER_ACCOUNT, vec![own]),
            ],
        }
    }

    fn and(
        mut self,
        operator: &'static str,
        key: &'static str,
        values: impl IntoIterator<Item = Text>,
    ) -> Self {
        let values = values.into_iter().collect();
        self.conditions.push((operator, key, values));
        self
    }

    /// An Allow statement behind the fence.
    fn allow(&self, sid: &str, actions: impl IntoIterator<Item = &'static str>) -> Statement {
        let statement = Statement::allow(sid, self.principals.clone(), actions);
        self.conditions
            .iter()
            .fold(statement, |statement, (operator, key, values)| {
                statement.when(operator, key, values.iter().cloned())
            })
    }
}

impl CompiledPrincipal {
    /// Compiles whom an entry names. `None` for a service, which a recipe compiles.
    ///
    /// # Errors
    /// A name of an account or an organization that the workspace does not declare.
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
                let fence = Fence::of_account(&account);
                Matching::Fenced(fence.and("ArnEquals", PRINCIPAL_ARN, [arn]))
            } else {
                Matching::Listed(arn)
            }
        };
        let organization = match &qualifiers.organization {
            Some(reference) => Some(config.organization(&reference.value, reference.span)?),
            None => None,
        };
        Ok(Some(match &who.value {
            // Sets are replaced by what they hold before anything is compiled.
            Who::Service(_) | Who::Set(_) => return Ok(None),
            Who::Role(name) if let Some(id) = organization => {
                let arn = Arn::iam(&Text::literal("*"), &format!("role/{}", name.as_str()));
                let fence = Fence::of_organization(id).and("ArnLike", PRINCIPAL_ARN, [arn]);
                Self {
                    identity: Identity::OrganizationRole(id.to_owned(), name.name().to_lowercase()),
                    words: format!("role {} in organization {id}", name.as_str()),
                    label: format!("role {}", name.name()),
                    matching: Matching::Fenced(fence),
                }
            }
            Who::Organization(reference) => {
                let id = config.organization(reference, who.span)?;
                Self {
                    identity: Identity::Organization(id.to_owned()),
                    words: format!("organization {id}"),
                    label: "organization".to_owned(),
                    matching: Matching::Fenced(Fence::of_organization(id)),
                }
            }
            Who::OrganizationalUnit(path) => {
                let (organization, units) = path.split();
                let id = config.organization(&organization, who.span)?;
                let path = format!("{id}/{units}");
                // The unit itself and all below it. Source: IAM user guide, `aws:PrincipalOrgPaths`.
                let below = Text::literal(format!("{path}/*"));
                let fence = Fence::of_organization(id);
                Self {
                    words: format!("organizational unit {path}"),
                    label: format!("organizational unit {}", last(&path)),
                    identity: Identity::OrganizationalUnit(id.to_owned(), path),
                    matching: Matching::Fenced(fence.and(
                        "ForAnyValue:StringLike",
                        ORGANIZATION_PATHS,
                        [below],
                    )),
                }
            }
            Who::Role(name) => Self {
                identity: role_identity(holder, name.name()),
                words: format!("role {}{elsewhere}", name.as_str()),
                label: format!("role {}", name.name()),
                matching: named("role", name.as_str()),
            },
            Who::User(name) => Self {
                identity: Identity::User(holder, name.name().to_lowercase()),
                words: format!("user {}{elsewhere}", name.as_str()),
                label: format!("user {}", name.name()),
                matching: named("user", name.as_str()),
            },
            Who::PermissionSet(name) => Self {
                identity: Identity::PermissionSet(holder, name.as_str().to_owned()),
                words: format!("permission set {}{elsewhere}", name.as_str()),
                label: format!("permission set {}", name.as_str()),
                matching: Matching::Fenced(permission_set_fence(
                    &account,
                    name.as_str(),
                    qualifiers
                        .permission_sets
                        .as_ref()
                        .map_or(config.permission_sets, |own| own.value),
                )),
            },
            Who::StackSets(way) => {
                let roles = Arn::iam(&account, &format!("role/{STACK_SETS_ROLE}*"));
                Self {
                    identity: Identity::StackSets,
                    words: format!("{} StackSets", way.as_str()),
                    label: "stack sets".to_owned(),
                    matching: Matching::Fenced(Fence::of_account(&account).and(
                        "ArnLike",
                        PRINCIPAL_ARN,
                        [roles],
                    )),
                }
            }
            Who::Arn(template) => Self::literal(&template.0.fill(&environment.name), environment),
            Who::Account(reference) => {
                let id = config.account(&Spanned {
                    value: reference.clone(),
                    span: who.span,
                })?;
                Self {
                    identity: Identity::Account(Holder::of(&id, environment)),
                    words: format!("account {id}"),
                    label: "account".to_owned(),
                    matching: Matching::Listed(Arn::iam(&Text::literal(id.as_str()), "root")),
                }
            }
        }))
    }

    /// Whom an ARN names.
    pub(super) fn literal(arn: &Text, environment: &Environment) -> Self {
        let matching = Matching::Listed(arn.clone());
        // Decoding has let only principals through.
        let Ok(principal) = PrincipalArn::parse(arn) else {
            return Self {
                identity: Identity::FederatedUser(arn.to_string()),
                words: arn.to_string(),
                label: format!("federated user {}", last(&arn.to_string())),
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
        let (identity, words, label) = match &principal.resource {
            PrincipalResource::Root => {
                let account = match &id {
                    Some(id) => format!("account {id}"),
                    None => "the account".to_owned(),
                };
                (Identity::Account(holder), account, "account".to_owned())
            }
            PrincipalResource::Role { path } => (
                role_identity(holder, last(path)),
                format!("role {path}{elsewhere}"),
                format!("role {}", last(path)),
            ),
            PrincipalResource::User { path } => (
                Identity::User(holder, last(path).to_lowercase()),
                format!("user {path}{elsewhere}"),
                format!("user {}", last(path)),
            ),
            PrincipalResource::AssumedRole { role } => (
                role_identity(holder, role),
                format!("session of role {role}{elsewhere}"),
                format!("role {role}"),
            ),
            PrincipalResource::FederatedUser => {
                let whole = arn.to_string();
                let label = format!("federated user {}", last(&whole));
                (Identity::FederatedUser(whole.clone()), whole, label)
            }
        };
        Self {
            identity,
            words,
            label,
            matching,
        }
    }

    /// The account that it is in, where it is one principal's.
    pub(super) fn holder(&self) -> Option<&Holder> {
        match &self.identity {
            Identity::Role(holder, _)
            | Identity::User(holder, _)
            | Identity::PermissionSet(holder, _)
            | Identity::Account(holder) => Some(holder),
            Identity::FederatedUser(_)
            | Identity::Organization(_)
            | Identity::OrganizationalUnit(..)
            | Identity::OrganizationRole(..)
            | Identity::StackSets => None,
        }
    }

    /// Whether it is a service-linked role, of whatever account. Source: EC2 Auto Scaling user guide, "Required AWS KMS key
    /// policy for use with encrypted volumes", which names one by its path `/aws-service-role/SERVICE/`.
    pub(super) fn is_service_linked(&self) -> bool {
        let holders = self.holders();
        let mut literals = holders.like.iter().flat_map(Text::literals);
        literals.any(|literal| literal.contains(":role/aws-service-role/"))
    }

    /// Those whom it stands for, by their ARNs.
    pub(super) fn holders(&self) -> Holders {
        let fence = match &self.matching {
            Matching::Listed(arn) => {
                return Holders {
                    like: vec![arn.clone()],
                    unlike: Vec::new(),
                };
            }
            Matching::Fenced(fence) => fence,
        };
        let on_arn = fence.conditions.iter();
        let on_arn = on_arn.filter(|(_, key, _)| *key == PRINCIPAL_ARN);
        let (unlike, like): (Vec<_>, Vec<_>) =
            on_arn.partition(|(operator, ..)| operator.contains("Not"));
        let patterns = |conditions: Vec<&(_, _, Vec<Text>)>| {
            let patterns = conditions.into_iter().flat_map(|(_, _, patterns)| patterns);
            patterns.cloned().collect()
        };
        Holders {
            like: patterns(like),
            unlike: patterns(unlike),
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
                let principals = Principals::of(PrincipalKind::Aws, [arn.clone()]);
                Statement::allow(sid, principals, actions)
            }
            Matching::Fenced(fence) => fence.allow(sid, actions),
        }
    }
}

/// What stands behind a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
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
fn permission_set_fence(account: &Text, name: &str, way: PermissionSets) -> Fence {
    let role = |tail: &str| {
        Arn::iam(
            account,
            &format!("role/aws-reserved/sso.amazonaws.com/{tail}"),
        )
    };
    let like = ["*/", ""].map(|region| role(&format!("{region}AWSReservedSSO_{name}_*")));
    let unlike = role(&format!("*AWSReservedSSO_{name}_*_*"));
    let mut fence = Fence::of_account(account)
        .and("ArnLike", PRINCIPAL_ARN, like)
        .and("ArnNotLike", PRINCIPAL_ARN, [unlike]);
    if way == PermissionSets::Delegated {
        fence.principals = Principals::of(PrincipalKind::Aws, [Arn::iam(account, "root")]);
    }
    fence
}
