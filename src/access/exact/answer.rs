//! What a question can be answered with.

use crate::access::AccessRequest;

/// The answer to a question about all requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// Yes, and here is why.
    Yes(T),
    /// No request is such.
    No,
    /// Nobody can tell.
    Unknown(Reason),
}

impl<T> Answer<T> {
    /// Whether it is a yes.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// Whether it is a no.
    #[must_use]
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No)
    }

    /// What makes it a yes.
    #[must_use]
    pub fn witness(&self) -> Option<&T> {
        match self {
            Self::Yes(witness) => Some(witness),
            Self::No | Self::Unknown(_) => None,
        }
    }
}

/// Why nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It would take more than [`LARGEST_SEARCH`](super::LARGEST_SEARCH) steps.
    TooComplex,
    /// Conditions compare the same key as text and as a number, a date or an address.
    MixedValues,
    /// It depends on what the policy does not tell or AWS does not document; these statements, by number, would allow
    /// it.
    Doubtful(Vec<usize>),
}

/// A request that shows why the answer is yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The request. Where the caller needs a policy of its own, it has one that allows everything.
    pub request: AccessRequest,
    /// The statements, by number, that the answer rests on.
    pub statements: Vec<usize>,
}
