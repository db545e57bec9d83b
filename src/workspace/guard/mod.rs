//! Earlier output, held against what would take its place: no deployment may lose a key.

mod immutable;
mod lost;
mod revision;
mod takeover;

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
    let mut diagnostics = lost::lost_keys(plan, stacks, sources);
    let looked = revision::look(plan, previous, stacks, sources, |revision| {
        (immutable::changes(revision), takeover::changes(revision))
    });
    let (changes, takeovers): (Vec<_>, Vec<_>) = looked
        .into_iter()
        .map(|(compiled, (changes, takeovers))| ((compiled, changes), (compiled, takeovers)))
        .unzip();
    diagnostics.extend(immutable::diagnostics(changes));
    diagnostics.extend(takeover::diagnostics(takeovers));
    diagnostics
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
