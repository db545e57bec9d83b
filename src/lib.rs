//! keywright: from declarative key specs to compliant CloudFormation and Terraform.
//!
//! ```text
//! specs/*.yaml ──yaml──► nodes ──spec──► key definitions ──compile──► Stack ──render──► text
//!                                                                       ▲               │
//!                                            equal, or nothing is written └──readback────┘
//! ```
//!
//! `workspace` reads the specs, runs this line for every stack and target, and writes what was proven into `output/`.
//!
//! A module imports only from the floors below its own; modules that share a floor do not know each other. A test
//! (`tests/it/architecture.rs`) enforces it, and `docs/architecture.md` gives the reasons. From the ground up:
//!
//! - `source`: files with their text, and places in them.
//! - `diag`: what is wrong, where, and what to do about it.
//! - `yaml`, `hcl`: the two notations, read with places and written so that every reader reads the same.
//! - `iam`: policies, and text with parts that only deployment knows.
//! - `kms`: keys as AWS defines them, its actions, kinds and limits, and the catalogue of services that use keys.
//! - `access`: who may do what with a key: requests decided as AWS decides them.
//! - `spec`: what users write, from one table of fields, with defaults and validation.
//! - `target`: what writing and reading share about each target: names, paths, notation of deployment-time parts.
//! - `compile`: from a key definition to the key with its policy. Pure.
//! - `render`, `readback`: from stacks to the text of templates; from text to stacks again, with the proof.
//! - `controls`: compliance rules over what was read back, one file a rule.
//! - `explain`: what keys and their policies come to, in plain words.
//! - `workspace`: the files: what lies there, what would change, the change itself.
//! - `report`: outcomes for people and programs.
//! - `commands`: the command line, one file a command.

pub mod access;
pub mod commands;
pub mod compile;
pub mod controls;
pub mod diag;
pub mod explain;
pub mod hcl;
pub mod iam;
pub mod kms;
pub mod readback;
pub mod render;
pub mod report;
pub mod source;
pub mod spec;
pub mod target;
pub mod workspace;
pub mod yaml;
