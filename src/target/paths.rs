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
        place(stack)
    )
}

/// A file of a stack's module.
#[must_use]
pub fn terraform(stack: &Stack, file: &str) -> String {
    format!("{TERRAFORM}/{}/{}/{file}", stack.environment, place(stack))
}

/// The name of a stack, with its Region where it is one of replicas.
fn place(stack: &Stack) -> String {
    match &stack.replicas_in {
        Some(region) => format!("{}.{}", stack.name, region.name()),
        None => stack.name.clone(),
    }
}
