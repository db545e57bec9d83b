//! Keys as they can be read: a workspace's own, from what its templates print, and those of any files.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::load::Workspace;
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::readback::found::Property;
use crate::readback::open::{Loaded, Unit, read_tree};
use crate::readback::{self, File, Found};
use crate::render::Renderer;
use crate::source::{FileId, Sources};
use crate::spec::Target;

/// What the templates of stacks say, in the order of the stacks.
///
/// # Errors
/// What templates have wrong.
pub fn of_stacks(
    workspace: &Workspace,
    stacks: &[CompiledStack<'_>],
) -> Result<Vec<Found>, Vec<Diagnostic>> {
    let config = &workspace.config;
    let renderer = Renderer::new(&workspace.overrides, config.scanner_annotations)?;
    stacks
        .par_iter()
        .map(|stack| {
            // Both targets say the same, which is proven: one is enough.
            let target = stack.targets(config).into_iter().next();
            let target = target.unwrap_or(Target::CloudFormation);
            let found = read_back(&renderer, stack, target).map_err(|problem| vec![*problem])?;
            Ok(with_shared(found, stack))
        })
        .collect()
}

/// Gives replicas what they share with their primary keys: it stands in those keys' templates.
fn with_shared(mut found: Found, stack: &CompiledStack<'_>) -> Found {
    for (read, key) in found.keys.iter_mut().zip(&stack.stack.keys) {
        if key.replica {
            let span = read.span;
            read.key_spec = Property::Known(key.key_spec, span);
            read.key_usage = Property::Known(key.key_usage, span);
            read.origin = Property::Known(key.origin, span);
        }
    }
    found
}

fn read_back(
    renderer: &Renderer,
    stack: &CompiledStack<'_>,
    target: Target,
) -> Result<Found, Box<Diagnostic>> {
    let files = renderer.render(&stack.stack, target).map_err(Box::new)?;
    // Nobody is shown these texts: findings speak of the spec.
    let mut unread = Sources::new();
    let files: Vec<File<'_>> = files
        .iter()
        .map(|file| File {
            id: unread.add(file.path.as_str(), ""),
            text: &file.text,
        })
        .collect();
    let found = match (target, files.first()) {
        (Target::CloudFormation, Some(first)) => readback::found_in_template(first.id, first.text),
        _ => readback::found_in_module(&files),
    };
    let first = |problems: Vec<Diagnostic>| problems.into_iter().next();
    found.map_err(|problems| {
        let nothing = || Diagnostic::error("not-readable", "this output cannot be read back");
        Box::new(first(problems).unwrap_or_else(nothing))
    })
}

/// What files hold that were read. `named` are the paths that somebody asked for: they are answered even where they hold
/// no key.
#[must_use]
pub fn of_files(files: &[FileId], named: &BTreeSet<&str>, sources: &Sources) -> Vec<Unit> {
    let loaded: Vec<Loaded<'_>> = files
        .iter()
        .filter_map(|id| {
            let source = sources.get(*id)?;
            Some(Loaded {
                path: source.path(),
                id: *id,
                text: source.text(),
            })
        })
        .collect();
    read_tree(&loaded, named)
}
