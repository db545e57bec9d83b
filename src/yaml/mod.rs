//! YAML with exact places: a loader that refuses what surprises people, and the scalar emitter.
//!
//! [`load`] builds a tree of [`Node`]s over the events of a YAML 1.2 parser. Every node knows the
//! bytes that it was read from, and every scalar keeps its text: what `yes`, `012` or
//! `2012-10-17` mean is for the reader of the tree to say, with [`Scalar::resolved`] as the
//! opinion of YAML 1.2.
//!
//! [`emit`] writes text so that readers of YAML 1.1 and 1.2 alike read back exactly that text.

mod build;
pub mod emit;
mod load;
mod node;
mod problem;
mod resolve;
mod syntax;

pub use load::{Dialect, MAX_DEPTH, load};
pub use node::{Entry, Node, NodeKind, Scalar};
pub use resolve::{Resolved, is_uncertain};
