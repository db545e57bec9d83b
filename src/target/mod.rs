//! What both targets share: names of resources, and texts with deployment-time parts in each one's notation.

pub mod cloudformation;
pub mod imports;
pub mod names;
pub mod paths;
pub mod terraform;
