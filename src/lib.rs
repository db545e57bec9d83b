//! keywright: from declarative key specs to compliant CloudFormation and Terraform.

pub mod commands;
pub mod compile;
pub mod diag;
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
