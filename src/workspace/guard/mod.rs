//! Earlier output, held against what would take its place: no deployment may lose a key.

mod adopted;
mod former;
mod immutable;
mod lost;
mod released;
mod revision;
mod takeover;

use std::collections::BTreeMap;

use super::plan::Plan;
use super::previous::Previous;
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::source::Sources;
use crate::spec::Target;
use crate::target::paths;

/// Everything about a plan that would lose a key, make it another one, or fail when it is deployed; warnings where that
/// can be meant.
///
/// Earlier texts that diagnostics speak of are added to `sources`.
#[must_use]
pub fn guard(
    plan: &Plan,
    previous: &Previous,
    stacks: &[CompiledStack<'_>],
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    let mut diagnostics = lost::lost_keys(plan, previous, stacks, sources);
    let owners = takeover::Owners::new(stacks);
    let looked = revision::look(plan, previous, stacks, sources, |revision| Seen {
        stack: revision.stack,
        changes: immutable::changes(revision),
        takeovers: takeover::changes(revision, &owners, stacks),
        former: former::judge(revision),
        problems: [
            released::problems(revision, &owners),
            adopted::problems(revision),
            former::misnamed(revision),
        ]
        .concat(),
    });
    let mut changes = Vec::new();
    let mut takeovers = Vec::new();
    let mut former = Vec::new();
    let mut problems = Vec::new();
    for seen in looked {
        changes.push((seen.stack, seen.changes));
        takeovers.push(seen.takeovers);
        former.extend(seen.former);
        problems.extend(seen.problems);
    }
    let orphans = revision::orphans(plan, sources);
    takeovers.extend(
        orphans
            .iter()
            .map(|it| takeover::of_orphan(it, &owners, stacks)),
    );
    diagnostics.extend(immutable::diagnostics(changes, stacks));
    diagnostics.extend(takeover::diagnostics(takeovers, stacks));
    diagnostics.extend(problems);
    diagnostics.extend(former::diagnostics(former));
    once(diagnostics)
}

/// What is seen in one revision.
struct Seen {
    stack: usize,
    changes: immutable::Changes,
    takeovers: takeover::Seen,
    former: Vec<former::Judged>,
    problems: Vec<Diagnostic>,
}

/// One mistake shows in both targets, in several environments and in each replica: it is told once, with all places.
fn once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = Vec::new();
    let mut places = BTreeMap::new();
    for diagnostic in diagnostics {
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        let about = (
            diagnostic.code,
            place,
            diagnostic.message.clone(),
            diagnostic.help.clone(),
        );
        let first = *places.entry(about).or_insert(told.len());
        match told.get_mut(first).filter(|_| place.is_some()) {
            Some(other) => {
                let new = diagnostic.secondary.into_iter();
                let new: Vec<_> = new.filter(|it| !other.secondary.contains(it)).collect();
                other.secondary.extend(new);
            }
            None => told.push(diagnostic),
        }
    }
    told
}

/// The target of a file that can hold keys: any of a module's, since a workspace's own templates decide which.
fn target_of(path: &str) -> Option<Target> {
    match path.split_once('/')?.0 {
        paths::CLOUDFORMATION => Some(Target::CloudFormation),
        paths::TERRAFORM if path.ends_with(".tf") => Some(Target::Terraform),
        _ => None,
    }
}

/// What is deployed as one: the template, or the folder of the module with its final `/`.
fn place_of(target: Target, path: &str) -> &str {
    match target {
        Target::CloudFormation => path,
        Target::Terraform => path
            .rfind('/')
            .and_then(|end| path.get(..=end))
            .unwrap_or(path),
    }
}
