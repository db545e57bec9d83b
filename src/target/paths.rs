//! Where the files of a stack lie below the output folder.

use crate::kms::Stack;
use crate::kms::companion::Companion;

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

/// What CloudFormation is told to import for a stack.
#[must_use]
pub fn cloudformation_import(stack: &Stack) -> String {
    format!(
        "{CLOUDFORMATION}/{}/{}.import.yaml",
        stack.environment,
        stack.place()
    )
}

/// What a root module needs to import for a stack: beside the module's folder, since no other module may have it.
#[must_use]
pub fn terraform_import(stack: &Stack) -> String {
    format!(
        "{TERRAFORM}/{}/{}.import.tf",
        stack.environment,
        stack.place()
    )
}

/// A file of a stack's module.
#[must_use]
pub fn terraform(stack: &Stack, file: &str) -> String {
    format!("{TERRAFORM}/{}/{}/{file}", stack.environment, stack.place())
}

/// The template of a stack's stack set.
#[must_use]
pub fn stack_set(stack: &Stack) -> String {
    format!(
        "{CLOUDFORMATION}/{}/{}.stackset.yaml",
        stack.environment, stack.name
    )
}

/// The template of a companion.
#[must_use]
pub fn companion_template(companion: &Companion) -> String {
    format!("{CLOUDFORMATION}/{}.yaml", companion_name(companion))
}

/// A file of a companion's module.
#[must_use]
pub fn companion_module(companion: &Companion, file: &str) -> String {
    format!("{TERRAFORM}/{}/{file}", companion_name(companion))
}

fn companion_name(companion: &Companion) -> String {
    format!(
        "{}/{}.consumer-{}",
        companion.environment,
        companion.stack,
        companion.consumer.id()
    )
}
