//! The HCL native syntax as Terraform reads it: writing strings and values, formatting, reading.
//!
//! This floor knows syntax only; what a resource or a policy means is said above.

pub mod format;
mod heredoc;
pub mod quote;
pub mod read;
mod token;
pub mod value;
