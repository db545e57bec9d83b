//! What the readers find in files of others.

mod open;
mod show;
mod terraform;
