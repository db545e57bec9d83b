//! KMS as AWS defines it: what a key is, which kinds there are, which limits hold, and which services use keys.

pub mod actions;
pub mod companion;
pub mod condition_keys;
mod key_type;
pub mod limits;
mod region;
pub mod service;
pub mod services;
mod signals;
mod stack;
pub mod stack_set;

pub use key_type::{KeySpec, KeyUsage, Origin};
pub use region::{Partition, Region};
pub use signals::{Events, KeyParameter, MetricAlarm, Signals, WatchRule};
pub use stack::{Adopted, Alias, CustomKeyStore, Key, Released, Rotation, Stack};
