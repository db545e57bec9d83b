//! Entries of `users`, `administrators` and `deployers`: exactly one kind of principal each, with its qualifiers.

mod arn;
mod kinds;
mod list;
mod qualifiers;
mod service;

pub use arn::PrincipalArnTemplate;
pub use kinds::{PrincipalKindRow, principal_kinds};
use list::List;
pub use qualifiers::{Qualifiers, ViaName};
pub use service::ServiceUse;

use serde_json::Value;

use crate::spec::field::{Decoder, FieldType, Spanned};
use crate::spec::types::{
    AccountRef, IamName, OrganizationPath, OrganizationRef, PermissionSetName, PermissionSets,
    PlainName, StackSets,
};
use crate::yaml::Node;

/// Whom an entry names.
#[derive(Debug, Clone)]
pub enum Who {
    /// An AWS service that calls KMS itself.
    Service(ServiceUse),
    /// An IAM role.
    Role(IamName),
    /// An IAM user.
    User(IamName),
    /// A permission set of IAM Identity Center.
    PermissionSet(PermissionSetName),
    /// A principal by its ARN.
    Arn(PrincipalArnTemplate),
    /// Everyone in an account whom its IAM policies allow.
    Account(AccountRef),
    /// Everyone in the other accounts of an organization whom their IAM policies allow.
    Organization(OrganizationRef),
    /// The same for an organizational unit and those below it.
    OrganizationalUnit(OrganizationPath),
    /// The principals of a set that the workspace names.
    Set(PlainName),
    /// The roles by which StackSets deploys.
    StackSets(StackSets),
}

impl Who {
    /// The kind and the name as the entry writes them, for messages.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Service(service) => format!("service {}", service.service.slug),
            Self::Role(name) => format!("role {}", name.as_str()),
            Self::User(name) => format!("user {}", name.as_str()),
            Self::PermissionSet(name) => format!("permission set {}", name.as_str()),
            Self::Arn(arn) => arn.0.raw().to_owned(),
            Self::Account(AccountRef::Id(id)) => format!("account {id}"),
            Self::Account(AccountRef::Named(name)) => format!("account {name}"),
            Self::Organization(id) => format!("organization {}", id.as_str()),
            Self::OrganizationalUnit(path) => format!("organizational unit {}", path.as_str()),
            Self::Set(name) => format!("set {}", name.as_str()),
            Self::StackSets(way) => format!("{} StackSets", way.as_str()),
        }
    }
}

/// An entry of a list of principals.
#[derive(Debug, Clone)]
pub struct PrincipalEntry {
    /// Whom it names, and where that is written.
    pub who: Spanned<Who>,
    /// What stands beside it.
    pub qualifiers: Qualifiers,
}

/// An entry of `users`.
#[derive(Debug, Clone)]
pub struct UserEntry(pub PrincipalEntry);

/// An entry of `administrators`.
#[derive(Debug, Clone)]
pub struct AdministratorEntry(pub PrincipalEntry);

/// An entry of `deployers` or `break_glass`.
#[derive(Debug, Clone)]
pub struct DeployerEntry(pub PrincipalEntry);

impl PrincipalEntry {
    /// Whether the entry, found in a set, can stand among administrators.
    #[must_use]
    pub fn can_administer(&self) -> bool {
        let Qualifiers {
            organization,
            access,
            via,
            context,
            ..
        } = &self.qualifiers;
        let plain =
            organization.is_none() && access.is_none() && via.is_none() && context.is_none();
        let kind = matches!(
            self.who.value,
            Who::Role(_) | Who::User(_) | Who::PermissionSet(_) | Who::Arn(_) | Who::Set(_)
        );
        plain && kind
    }

    /// Whether the entry, found in a set, can stand among deployers: the same, but in this account and by the key policy
    /// alone.
    #[must_use]
    pub fn can_deploy(&self) -> bool {
        let delegated = self
            .qualifiers
            .permission_sets
            .as_ref()
            .is_some_and(|way| way.value == PermissionSets::Delegated);
        self.can_administer() && self.qualifiers.account.is_none() && !delegated
    }
}

impl FieldType for UserEntry {
    fn describe() -> String {
        "a user of the key".to_owned()
    }

    fn schema() -> Value {
        List::Users.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        List::Users.decode(node, decoder).map(Self)
    }
}

impl FieldType for AdministratorEntry {
    fn describe() -> String {
        "an administrator of the key".to_owned()
    }

    fn schema() -> Value {
        List::Administrators.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        List::Administrators.decode(node, decoder).map(Self)
    }
}

impl FieldType for DeployerEntry {
    fn describe() -> String {
        "a principal that deploys the key".to_owned()
    }

    fn schema() -> Value {
        List::Deployers.schema()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        List::Deployers.decode(node, decoder).map(Self)
    }
}
