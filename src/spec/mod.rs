//! Key specs: what users write, decoded with the places where they wrote it.

pub mod config;
pub mod field;
mod file;
mod principal;
pub mod schema;
pub mod stack;
mod types;

pub use file::*;
pub use principal::*;
pub use types::*;
