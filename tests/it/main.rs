//! One test binary that mirrors `src/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod access;
mod account_access;
mod adoption;
mod architecture;
mod bad_specs;
mod check;
mod cli;
mod companions;
mod controls;
mod corpus;
mod docs;
mod explain;
mod first_steps;
mod generated;
mod guard;
mod hcl;
mod immutable;
mod kinds;
mod kms;
mod principals;
mod project;
mod properties;
mod readback;
mod released;
mod replicas;
mod report;
mod source;
mod stack_sets;
mod templates;
mod watch;
mod workspace;
mod yaml;
