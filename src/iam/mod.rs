//! IAM's policy language: documents, statements, principals, conditions and ARNs.
//!
//! Values that are known only at deployment are typed parts of a [`Text`], never text with `${…}` in it.

mod account;
mod arn;
pub mod operator;
pub mod pattern;
pub mod placeholder;
mod policy;
pub mod read;
mod sorted;
mod text;
mod tree;
pub mod value;

pub use account::AccountId;
pub use arn::{Arn, ArnProblem, PrincipalArn, PrincipalResource, contains_wildcard};
pub use operator::Operator;
pub use pattern::Pattern;
pub use policy::{
    Clause, Conditions, Effect, PolicyDocument, PrincipalKind, Principals, Statement, Version,
};
pub use sorted::SortedMap;
pub use text::{ExpandProblem, Part, Text, Variable};
pub use tree::Tree;
