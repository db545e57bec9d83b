//! What is rendered and proven as one: a stack for a target, and what goes with it.

use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::kms::companion::Companion;
use crate::kms::stack_set::StackSet;
use crate::readback::{self, Artifacts, File};
use crate::render::{Purpose, RenderedFile, Renderer};
use crate::source::FileId;
use crate::spec::Target;

/// What is made of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Product<'c> {
    /// The stack itself.
    Stack,
    /// Policies for a consumer of its keys.
    Companion(&'c Companion),
    /// The stack set around its template.
    StackSet(&'c StackSet),
}

/// One product of a stack for one target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'c> {
    pub(super) compiled: &'c CompiledStack<'c>,
    target: Target,
    pub(super) product: Product<'c>,
}

/// The files of a job.
pub(super) struct Rendered {
    pub(super) files: Vec<RenderedFile>,
    /// The template of the stack, where they hold it.
    body: String,
}

impl<'c> Job<'c> {
    /// Everything that is made of a stack for a target, the stack first.
    pub(super) fn all(
        compiled: &'c CompiledStack<'c>,
        target: Target,
    ) -> impl Iterator<Item = Self> {
        let companions = compiled.companions.iter().map(Product::Companion);
        let stack_set = compiled.stack_set.as_ref().map(Product::StackSet);
        let stack_set = stack_set.filter(|_| target == Target::CloudFormation);
        [Product::Stack]
            .into_iter()
            .chain(companions)
            .chain(stack_set)
            .map(move |product| Self {
                compiled,
                target,
                product,
            })
    }

    /// Renders it.
    ///
    /// # Errors
    /// What a template has wrong.
    pub(super) fn render(&self, renderer: &Renderer) -> Result<Rendered, Diagnostic> {
        let stack = &self.compiled.stack;
        let mut body = String::new();
        let files = match self.product {
            Product::Stack => renderer.render(stack, self.target)?,
            Product::Companion(companion) => renderer.render_companion(companion, self.target)?,
            Product::StackSet(stack_set) => {
                let template = renderer.render(stack, self.target)?.into_iter().next();
                body = template.map_or_else(String::new, |file| file.text);
                renderer.render_stack_set(stack, stack_set, &body)?
            }
        };
        Ok(Rendered { files, body })
    }

    /// Proves that rendered files say what is meant; `id` gives each a place for diagnostics.
    ///
    /// # Errors
    /// Every difference.
    pub(super) fn prove(
        &self,
        rendered: &Rendered,
        mut id: impl FnMut(&RenderedFile) -> FileId,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut files = Vec::new();
        let mut import = None;
        for rendered in &rendered.files {
            let file = File {
                id: id(rendered),
                text: &rendered.text,
            };
            match rendered.purpose {
                Purpose::Stack => files.push(file),
                Purpose::Import => import = Some(file),
            }
        }
        let artifacts = Artifacts {
            target: self.target,
            template: rendered.files.first().map_or("", |file| file.template),
            files,
            import,
        };
        match self.product {
            Product::Stack => readback::prove(&self.compiled.stack, &artifacts),
            Product::Companion(companion) => readback::prove_companion(companion, &artifacts),
            Product::StackSet(stack_set) => {
                readback::prove_stack_set(stack_set, &rendered.body, &artifacts)
            }
        }
    }
}
