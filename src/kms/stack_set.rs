//! Stack sets: one stack for many accounts and Regions, deployed by CloudFormation itself.
//!
//! Source of the properties: CloudFormation template reference, `AWS::CloudFormation::StackSet`, and its registry schema
//! (as of cfn-lint 1.58).

use crate::iam::AccountId;

/// Largest template in bytes that stands in a stack set itself; a larger one comes from S3.
/// Source: registry schema of `AWS::CloudFormation::StackSet`, `TemplateBody` (maximum 51,200).
pub const BODY_BYTES: usize = 51_200;

/// Most characters of a stack set's name. Source: as [`BODY_BYTES`], `StackSetName`.
pub const NAME_LENGTH: usize = 128;

/// Most organizational units. Source: CloudFormation API reference, `CreateStackInstances`: 50 in one operation, or their
/// parent.
pub const UNITS: usize = 50;

/// Which accounts of the units are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountFilter {
    /// All of them.
    All,
    /// These alone.
    Only(Vec<AccountId>),
    /// All but these.
    Except(Vec<AccountId>),
}

impl AccountFilter {
    /// `AccountFilterType`, and the accounts. Source: `DeploymentTargets`: `INTERSECTION` deploys to the accounts that
    /// are listed, `DIFFERENCE` to the others.
    #[must_use]
    pub fn parts(&self) -> Option<(&'static str, &[AccountId])> {
        match self {
            Self::All => None,
            Self::Only(accounts) => Some(("INTERSECTION", accounts)),
            Self::Except(accounts) => Some(("DIFFERENCE", accounts)),
        }
    }
}

/// A stack set with service-managed permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackSet {
    /// Its name, unique in the account that manages it; another name makes another stack set.
    pub name: String,
    /// Ids of organizational units and roots, sorted.
    pub organizational_units: Vec<String>,
    /// Which of their accounts.
    pub accounts: AccountFilter,
    /// Regions, in the order in which they are deployed; not where accounts get the stack by themselves.
    pub regions: Vec<String>,
    /// Whether accounts that join a unit get the stack by themselves.
    pub auto_deployment: bool,
    /// Whether an account that leaves keeps its stack.
    pub retains_stacks: bool,
    /// Whether the stack set stays when the template that makes it goes.
    pub retained: bool,
}
