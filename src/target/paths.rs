//! Where the files of a stack lie below the output folder.

use crate::kms::Stack;

/// The folder of CloudFormation templates.
pub const CLOUDFORMATION: &str = "cloudformation";
/// The folder of Terraform modules.
pub const TERRAFORM: &str = "terraform";

/// The template of a stack.
#[must_use]
pub fn cloudformation(stack: &Stack) -> String {
    format!(
        "{CLOUDFORMATION}/{}/{}.yaml",
        stack.environment,
        stack.place()
    )
}

/// A file of a stack's module.
#[must_use]
pub fn terraform(stack: &Stack, file: &str) -> String {
    format!("{TERRAFORM}/{}/{}/{file}", stack.environment, stack.place())
}
