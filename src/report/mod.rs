//! What users and other programs get to read.

pub mod check;
pub mod controls;
pub mod diagnostics;
pub mod document;
pub mod explain;
pub mod generation;
pub mod policy;
pub mod reference;
pub mod services;
pub mod simulation;
