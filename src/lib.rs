//! keywright: from declarative key specs to compliant CloudFormation and Terraform.

pub mod diag;
pub mod hcl;
pub mod kms;
pub mod source;
pub mod workspace;
pub mod yaml;
