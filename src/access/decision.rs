//! What came out, and why.

use super::truth::Truth;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The request is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it. Also where it is denied for certain, but not whether a statement does so.
    ImplicitDeny,
    /// Nobody can tell.
    Unknown,
}

impl Outcome {
    /// The name in machine-readable output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Unknown => "unknown",
        }
    }
}

/// A policy of those that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyRef {
    /// The key policy.
    Key,
    /// One of the caller's own, by number from 0.
    Identity(usize),
}

/// An element of a statement that keeps it from applying, or leaves open whether it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// The statement itself is not known for certain, or lacks an element that AWS demands.
    Statement,
    /// Action or NotAction.
    Action,
    /// Principal or NotPrincipal.
    Principal,
    /// Resource or NotResource.
    Resource,
    /// One condition.
    Condition {
        /// The operator as written.
        operator: String,
        /// The key as written.
        key: String,
    },
}

/// Something on which the answer depends and that nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The policy.
    pub policy: PolicyRef,
    /// The number of the statement in it, from 0.
    pub statement: usize,
    /// What of it.
    pub element: Element,
}

/// Why the answer is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// The key policy allows the caller itself.
    KeyPolicy,
    /// The key policy leaves it to the account, and a policy of the caller allows it.
    Account,
    /// The key policy and the account of the caller both allow it.
    BothAccounts,
    /// The action works on no key: only policies of the caller decide.
    IdentityPolicy,
    /// A statement denies it.
    Denied,
    /// No statement of the key policy allows it.
    NothingAllows,
    /// The key policy leaves it to the account, but no policy of the caller allows it.
    NoIdentityPolicy,
    /// The caller is of another account, and no policy there allows it.
    NoForeignPolicy,
    /// Principals of other accounts cannot be allowed this action.
    NotAcrossAccounts,
    /// It depends on what nobody can tell.
    Doubtful,
    /// AWS does not say whether a key policy has a say about this action, or other accounts can be allowed it.
    ActionUndocumented,
    /// It depends on what the request does not tell of the caller.
    CallerUnknown,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// Why.
    pub grounds: Grounds,
    /// The statements that made it so: those that deny, or those that allow.
    pub statements: Vec<(PolicyRef, usize)>,
    /// Why nobody can tell; with [`Outcome::ImplicitDeny`], which statements may deny it explicitly. Else empty.
    pub doubts: Vec<Doubt>,
}

impl Decision {
    /// The numbers of those statements of the key policy that made it so, from 0.
    pub fn of_key_policy(&self) -> impl Iterator<Item = usize> {
        let of_key =
            |(policy, number): &(PolicyRef, usize)| (*policy == PolicyRef::Key).then_some(*number);
        self.statements.iter().filter_map(of_key)
    }
}

/// Whether one statement of the key policy applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// Whether it does.
    pub applies: Truth,
    /// Whether it names the caller only by its account.
    pub through_account: bool,
    /// What keeps it from applying, or leaves it open.
    pub because: Option<Element>,
}
