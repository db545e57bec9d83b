//! Key specs: what users write, decoded with the places where they wrote it.

mod adoption;
pub mod append;
pub mod config;
pub mod field;
mod file;
mod former;
mod list;
mod multi_region;
mod overrides;
mod principal;
mod regions;
pub mod schema;
mod sets;
pub mod stack;
mod statement;
mod types;
mod watch;

pub use adoption::*;
pub use file::*;
pub use former::*;
pub use multi_region::*;
pub use overrides::*;
pub use principal::*;
pub use statement::*;
pub use types::*;
pub use watch::*;
