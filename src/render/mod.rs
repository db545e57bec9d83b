//! From stacks to the text of templates: Tera, one engine per target.
//!
//! Templates own the skeleton of resources; policies and texts with deployment-time parts arrive ready printed. A
//! workspace's own templates take the place of built-in ones by name; whatever they print is read back and proven.

mod cloudformation;
mod companion;
mod context;
mod engine;
mod signals;
mod stack_set;
mod terraform;

pub use engine::{Override, Renderer, TEMPLATE_NAMES};

use crate::diag::Diagnostic;
use crate::kms::Stack;
use crate::kms::companion::Companion;
use crate::kms::stack_set::StackSet;
use crate::spec::Target;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be deployed.
    Stack,
    /// To take over keys that exist already, once.
    Import,
}

/// One rendered file, without the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The target that it is for.
    pub target: Target,
    /// What it is for.
    pub purpose: Purpose,
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

    /// Renders the policies for a consumer, every file of them.
    ///
    /// # Errors
    /// What a template has wrong.
    pub fn render_companion(
        &self,
        companion: &Companion,
        target: Target,
    ) -> Result<Vec<RenderedFile>, Diagnostic> {
        match target {
            Target::CloudFormation => companion::cloudformation(self, companion),
            Target::Terraform => companion::terraform(self, companion),
        }
    }

    /// Renders the template that makes a stack set of a stack, around the stack's own template.
    ///
    /// # Errors
    /// What a template has wrong.
    pub fn render_stack_set(
        &self,
        stack: &Stack,
        stack_set: &StackSet,
        body: &str,
    ) -> Result<Vec<RenderedFile>, Diagnostic> {
        stack_set::render(self, stack, stack_set, body).map(|file| vec![file])
    }
}
