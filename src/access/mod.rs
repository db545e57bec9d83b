//! Who may do what with a key: exact answers to single requests.
//!
//! [`decide`] answers as AWS documents it, in three values: what AWS does not document, and what the policy does not
//! tell, is [`Outcome::Unknown`] where it matters, never a guess. It is total, and its time is bounded by the sizes of
//! policy and request.
//!
//! Sources: IAM user guide, "Policy evaluation logic", and the pages named with each part; KMS developer guide, "Key
//! policies" and "Allowing users in other accounts to use a KMS key". Grants, permissions boundaries, session policies
//! and policies of the organization are no part of a key policy, and not looked at.

mod compare;
mod condition;
mod context;
mod decision;
mod evaluate;
pub mod exact;
mod principal;
pub mod question;
mod request;
mod resource;
mod show;
mod statement;
mod truth;

pub(crate) use compare::instant;
pub use context::Context;
pub use decision::{Decision, Doubt, Element, Grounds, Outcome, PolicyRef, StatementTrace};
pub use evaluate::{decide, trace};
pub use principal::{AwsCaller, Caller, Identity};
pub use request::{AccessRequest, Place};
pub use truth::Truth;
