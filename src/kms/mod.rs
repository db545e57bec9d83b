//! KMS as AWS defines it: what a key is, which kinds there are, which limits hold.

mod key_type;
pub mod limits;
mod stack;

pub use key_type::{KeySpec, KeyUsage, Origin};
pub use stack::{Alias, Key, Rename, Rotation, Stack};
