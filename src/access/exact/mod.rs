//! Questions about all requests at once, answered exactly: is a key public, can one principal do two things, is a
//! statement dead, is the key locked, does one policy allow more than another?
//!
//! The requests to which a statement applies are a union of *regions*: for every *dimension* of a request (the ARN of the
//! caller, the name of its session, each condition key) some *constraints*, of which the opposite is one again. What
//! follows from the caller, such as `kms:CallerAccount`, constrains its ARN. A question is whether a *point* is in one
//! region and in none of others, asked for every kind of caller and every action that something tells apart:
//!
//! ```text
//! policy ──compiled──► regions ──region──► one list of constraints a dimension ──dimension──► a value, or none
//!          (meaning, principals)  (branch over what a Deny fails in)     (product of patterns, critical numbers)
//! ```
//!
//! What AWS does not document, and a file does not tell, is read in two bounds: what certainly applies, and what may.
//! A yes is found under the first and confirmed by [`decide`](crate::access::decide); a no is certain under the second;
//! between them the answer is [`Answer::Unknown`], as it is after [`LARGEST_SEARCH`] steps.
//!
//! Requests are those that AWS can make: keys that a caller or an action never has (`keys`) are absent, dates are whole
//! seconds, roles of one account do not differ in case alone, and a federated user has what its own ARN is given.

mod analysis;
mod answer;
mod budget;
mod caller;
mod capability;
mod compiled;
mod critical;
mod dimension;
mod duties;
mod keeping;
mod keys;
mod meaning;
mod outsiders;
mod pattern_set;
mod principals;
mod product;
mod query;
mod region;
mod statements;
mod table;
mod universe;
mod values;
mod widening;

pub use analysis::Analysis;
pub use answer::{Answer, Reason, Witness};
pub use budget::LARGEST_SEARCH;
pub use caller::CallerKind;
pub use capability::Capability;
pub use duties::BothDuties;
pub use keeping::{Hindrance, Holders};
pub use outsiders::reported_as_public;
pub use table::{Access, Row, Subject};
pub use widening::widens;
