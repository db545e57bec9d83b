//! From stacks to the text of templates: Tera, one engine per target.
//!
//! Templates own the skeleton of resources; policies and texts with deployment-time parts arrive ready printed. A
//! workspace's own templates take the place of built-in ones by name; whatever they print is read back and proven.

mod cloudformation;
mod context;
mod engine;
mod signals;
mod terraform;

pub use engine::{Override, Renderer, TEMPLATE_NAMES};

use crate::diag::Diagnostic;
use crate::kms::Stack;
use crate::spec::Target;

/// One rendered file, without the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The target that it is for.
    pub target: Target,
    /// The path below the output folder.
    pub path: String,
    /// The template that printed it.
    pub template: &'static str,
    /// The text.
    pub text: String,
}

impl Renderer {
    /// Renders a stack for a target, every file of it.
    ///
    /// # Errors
    /// What a template has wrong.
    pub fn render(&self, stack: &Stack, target: Target) -> Result<Vec<RenderedFile>, Diagnostic> {
        match target {
            Target::CloudFormation => cloudformation::render(self, stack),
            Target::Terraform => terraform::render(self, stack),
        }
    }
}
