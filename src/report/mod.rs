//! What users and other programs get to read.

pub mod diagnostics;
pub mod generation;
