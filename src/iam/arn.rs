//! ARNs, and those of them that may stand in the Principal element of a key policy.

use super::{AccountId, Text, Variable};

/// The six colon-separated parts of an ARN, each possibly with deployment-time parts.
///
/// Source: IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, or known at deployment.
    pub partition: Text,
    /// The service namespace, such as `iam`.
    pub service: Text,
    /// The Region; empty for global services.
    pub region: Text,
    /// The account; empty for some services.
    pub account: Text,
    /// All the rest, colons included.
    pub resource: Text,
}

impl Arn {
    /// Takes a text apart; `None` when it has not the six parts of an ARN.
    #[must_use]
    pub fn parse(text: &Text) -> Option<Self> {
        let mut pieces = text.split(':', 6).into_iter();
        let prefix = pieces.next()?;
        if prefix.as_literal() != Some("arn") {
            return None;
        }
        let arn = Self {
            partition: pieces.next()?,
            service: pieces.next()?,
            region: pieces.next()?,
            account: pieces.next()?,
            resource: pieces.next()?,
        };
        Some(arn)
    }

    /// The ARN of an IAM resource in an account, in the partition of the deployment.
    #[must_use]
    pub fn iam(account: &Text, resource: &str) -> Text {
        let mut arn = Text::literal("arn:");
        arn.push_variable(Variable::Partition);
        arn.push_str(":iam::");
        arn.push_text(account);
        arn.push_str(":");
        arn.push_str(resource);
        arn
    }
}

/// Whether the text holds a character that ARN operators read as a pattern.
#[must_use]
pub fn contains_wildcard(text: &Text) -> bool {
    text.literals().any(|literal| literal.contains(['*', '?']))
}

/// What an ARN in a Principal element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalResource {
    /// The account: delegation to its IAM policies.
    Root,
    /// A role, by path and name.
    Role {
        /// `path/name` as written.
        path: String,
    },
    /// A user, by path and name.
    User {
        /// `path/name` as written.
        path: String,
    },
    /// One session of a role.
    AssumedRole {
        /// The role's name; sessions carry no path.
        role: String,
    },
    /// One federated user session.
    FederatedUser,
}

/// An ARN that KMS accepts in a Principal element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalArn {
    /// The account, or the deployment's own.
    pub account: Text,
    /// What in it.
    pub resource: PrincipalResource,
}

/// Why an ARN cannot stand in a Principal element of a key policy.
///
/// Sources: IAM user guide, "AWS JSON policy elements: Principal"; KMS developer guide, "Key policies".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArnProblem {
    /// Not six colon-separated parts that begin with `arn`.
    NotAnArn,
    /// The partition is none of those with IAM principals.
    Partition,
    /// The service is neither `iam` nor `sts`.
    Service,
    /// The Region part must be empty.
    Region,
    /// Neither twelve digits nor the deployment's own account.
    Account,
    /// KMS refuses wildcards in a Principal ARN.
    Wildcard,
    /// Groups are no principals.
    Group,
    /// A character that names and paths of IAM do not have.
    Character,
    /// No principal in a key policy.
    Resource,
}

impl PrincipalArn {
    /// Reads an ARN as a principal.
    ///
    /// # Errors
    /// The first reason for which KMS would refuse it.
    pub fn parse(text: &Text) -> Result<Self, ArnProblem> {
        if contains_wildcard(text) {
            return Err(ArnProblem::Wildcard);
        }
        let arn = Arn::parse(text).ok_or(ArnProblem::NotAnArn)?;
        let own_partition = arn.partition == Text::variable(Variable::Partition);
        if !own_partition
            && !matches!(
                arn.partition.as_literal(),
                Some("aws" | "aws-cn" | "aws-us-gov")
            )
        {
            return Err(ArnProblem::Partition);
        }
        let sts = match arn.service.as_literal() {
            Some("iam") => false,
            Some("sts") => true,
            _ => return Err(ArnProblem::Service),
        };
        if arn.region != Text::new() {
            return Err(ArnProblem::Region);
        }
        let own_account = arn.account == Text::variable(Variable::Account);
        if !own_account
            && arn
                .account
                .as_literal()
                .and_then(AccountId::parse)
                .is_none()
        {
            return Err(ArnProblem::Account);
        }
        let resource = arn.resource.as_literal().ok_or(ArnProblem::Resource)?;
        let resource = Self::resource(resource, sts)?;
        Ok(Self {
            account: arn.account,
            resource,
        })
    }

    fn resource(resource: &str, sts: bool) -> Result<PrincipalResource, ArnProblem> {
        if !sts && resource == "root" {
            return Ok(PrincipalResource::Root);
        }
        let (kind, rest) = resource.split_once('/').ok_or(ArnProblem::Resource)?;
        let name = rest.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || rest.starts_with('/') {
            return Err(ArnProblem::Resource);
        }
        // Source: IAM service model (`roleNameType`: `[\w+=,.@-]`; `pathType`: U+0021 to U+007E).
        let in_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !name.chars().all(in_name) || !rest.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ArnProblem::Character);
        }
        let path = rest.to_owned();
        match (sts, kind) {
            (false, "role") => Ok(PrincipalResource::Role { path }),
            (false, "user") => Ok(PrincipalResource::User { path }),
            (false, "group") => Err(ArnProblem::Group),
            (true, "assumed-role") => match rest.split_once('/') {
                Some((role, session)) if !session.contains('/') => {
                    Ok(PrincipalResource::AssumedRole {
                        role: role.to_owned(),
                    })
                }
                _ => Err(ArnProblem::Resource),
            },
            (true, "federated-user") => Ok(PrincipalResource::FederatedUser),
            _ => Err(ArnProblem::Resource),
        }
    }
}
