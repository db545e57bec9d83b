//! From the text of templates back to keys: what they say, not what was meant.
//!
//! Each target's reader turns its notation into [`crate::iam::value::Value`]s; from there on one reader makes keys and policies.
//! What a reader cannot resolve for certain is a diagnostic at its place, never a guess.

mod alias;
mod cloudformation;
mod key;
mod proof;
mod protected;
mod terraform;

pub use cloudformation::read as cloudformation;
pub use proof::{Artifacts, prove};
pub use protected::protected_keys;
pub use terraform::{File, read as terraform};

use crate::kms::Key;
use crate::source::Span;

/// A key with the place of its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadKey {
    /// What the template says about it; its name is the resource's.
    pub key: Key,
    /// Where the resource stands.
    pub span: Span,
    /// The resources of its aliases, in the order of [`Key::aliases`].
    pub alias_resources: Vec<String>,
}

/// What a template or module says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadStack {
    /// Its keys, in the order in which they stand.
    pub keys: Vec<ReadKey>,
    /// Addresses of resources that are renamed, from and to; Terraform only.
    pub moves: Vec<(String, String)>,
    /// Addresses of resources that are forgotten without being destroyed; Terraform only.
    pub removals: Vec<String>,
}
