//! What the readers find in files of others.

mod cloudformation;
mod open;
mod show;
mod terraform;
