//! From a key definition to the key: what a spec means, as AWS gets it. Pure: no files, no clock, no surroundings.

mod actions;
mod administrators;
mod adoption;
mod catalogue;
mod clash;
mod companion;
mod conditions;
mod deployers;
mod kind;
mod limits;
mod many;
mod policy;
mod principal;
mod scope;
mod services;
mod sid;
mod signals;
mod stack;
mod stack_set;
mod targets;
mod users;

pub use actions::{allowed_actions, capabilities};
pub use stack::{CompiledStack, across, stack};
