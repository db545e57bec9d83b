//! From the text of templates back to keys: what they say, not what was meant.
//!
//! Each target's reader turns its notation into [`crate::iam::value::Value`]s; from there on one reader makes keys and policies.
//! What a reader cannot resolve for certain is a diagnostic at its place, never a guess.

mod adoption;
mod alias;
mod beside;
mod certain;
mod cloudformation;
mod companion;
pub mod found;
mod identity;
mod key;
pub mod open;
mod policy_json;
mod proof;
mod protected;
mod signals;
mod stack_set;
mod terraform;
mod variants;

pub use adoption::imported_keys;
pub use companion::prove_companion;
pub use found::Found;
pub use proof::{Artifacts, prove};
pub use protected::{
    ProtectedKey, Protection, forgotten_keys, keys_in_outputs, primary_region, protected_keys,
};
pub use stack_set::prove_stack_set;
pub use terraform::File;

use crate::diag::Diagnostic;
use crate::kms::Key;
use crate::source::{FileId, Span};

/// Reads a CloudFormation template for those who accept no doubt.
///
/// # Errors
/// Everything in it that cannot be read for certain.
pub fn cloudformation(file: FileId, text: &str) -> Result<ReadStack, Vec<Diagnostic>> {
    cloudformation::read(file, text).and_then(certain::certain)
}

/// Reads a Terraform module from its files for those who accept no doubt.
///
/// # Errors
/// Everything in it that cannot be read for certain.
pub fn terraform(files: &[File<'_>]) -> Result<ReadStack, Vec<Diagnostic>> {
    terraform::read(files).and_then(certain::certain)
}

/// What a CloudFormation template holds, as far as it can be read.
///
/// # Errors
/// Text that is no YAML or JSON.
pub fn found_in_template(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    cloudformation::read(file, text)
}

/// What a Terraform module holds, as far as it can be read from its files.
///
/// # Errors
/// Text that is no HCL.
pub fn found_in_module(files: &[File<'_>]) -> Result<Found, Vec<Diagnostic>> {
    terraform::read(files)
}

/// A key with the place of its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadKey {
    /// What the template says about it; its name is the resource's.
    pub key: Key,
    /// What a replica takes its primary key's ARN from, as it is written.
    pub primary: Option<String>,
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
