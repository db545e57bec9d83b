//! A protected key never leaves silently: earlier output is held against what would take its place.
//!
//! `prevent_destroy` does nothing once its block is gone, so a key that is removed from a spec, renamed, or moved to
//! another file would be destroyed by the next `terraform apply`.

use std::collections::{BTreeMap, BTreeSet};

use super::{place_of, target_of};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::kms::{Key, Region, Stack};
use crate::readback::protected_keys;
use crate::source::{Sources, Span};
use crate::spec::Target;
use crate::target::names::{CloudFormation, Naming, Terraform};
use crate::target::paths;
use crate::workspace::plan::{Change, ChangeKind, Plan};

/// Everything that a plan would lose: protected keys of earlier output that nothing accounts for. Keys that stay without
/// protection are warnings.
///
/// Earlier texts that diagnostics speak of are added to `sources`.
pub(super) fn lost_keys(
    plan: &Plan,
    stacks: &[CompiledStack<'_>],
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    let by_place: BTreeMap<String, &CompiledStack<'_>> = stacks
        .iter()
        .flat_map(|compiled| {
            [
                paths::cloudformation(&compiled.stack),
                paths::terraform(&compiled.stack, ""),
            ]
            .map(|place| (place, compiled))
        })
        .collect();
    let mut diagnostics = Vec::new();
    let mut lifted: BTreeMap<String, Lifted> = BTreeMap::new();
    for change in plan.changes() {
        let Some(target) = target_of(&change.path) else {
            continue;
        };
        let (Some(before), false) = (&change.before, change.kind == ChangeKind::Unchanged) else {
            continue;
        };
        let file = sources.add(format!("output/{}", change.path), before.as_str());
        let keys = match protected_keys(target, file, before) {
            Ok(keys) => keys,
            Err(problems) => {
                diagnostics.push(unreadable(change, &problems));
                continue;
            }
        };
        let stack = by_place.get(place_of(target, &change.path)).copied();
        let successor = match change.kind {
            ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited => None,
            _ => stack,
        };
        for (name, span) in keys {
            let fate = successor.map(|compiled| fate(target, &compiled.stack, &name));
            match fate {
                Some(Fate::Kept(key)) => {
                    if let Some(compiled) = successor.filter(|_| !key.retained) {
                        let place = paths::terraform(&compiled.stack, "");
                        let stack = lifted.entry(place).or_insert_with(|| Lifted::new(span));
                        stack.keys.insert(key.name.as_str());
                    }
                    continue;
                }
                Some(Fate::Released) => continue,
                Some(Fate::Lost) | None => {}
            }
            let diagnostic = lost(change, &name, span);
            diagnostics.push(match (successor, stack) {
                (Some(successor), _) => advise_spec(diagnostic, successor),
                (None, Some(_)) => diagnostic.help(format!(
                    "is `{}` no target any more? add it to `targets` in keywright.yaml, or delete the file by hand \
                     once nothing is deployed from it",
                    target.as_str()
                )),
                (None, None) => advise_orphan(diagnostic),
            });
        }
    }
    diagnostics.extend(lifted.values().map(Lifted::diagnostic));
    diagnostics
}

/// The keys of a stack that are protected so far, and will not be.
struct Lifted<'k> {
    keys: BTreeSet<&'k str>,
    /// Where the first of them is protected.
    first: Span,
}

impl Lifted<'_> {
    fn new(first: Span) -> Self {
        Self {
            keys: BTreeSet::new(),
            first,
        }
    }

    fn diagnostic(&self) -> Diagnostic {
        let name = self.keys.first().copied().unwrap_or_default();
        let what = match self.keys.len() {
            1 => format!("the key `{name}` is"),
            keys => format!("`{name}` and {} more keys of this stack are", keys - 1),
        };
        Diagnostic::warning("protection-lifted", format!("{what} protected no more"))
            .at(self.first, "protected here so far")
            .help("once deployed, a key can go with its stack or its block: protect the environment if nobody wants that")
    }
}

/// What becomes of a key.
enum Fate<'k> {
    /// Still there, perhaps renamed.
    Kept(&'k Key),
    Released,
    Lost,
}

/// What becomes of the key of that resource name.
fn fate<'k>(target: Target, stack: &'k Stack, name: &str) -> Fate<'k> {
    let naming: &dyn Naming = match target {
        Target::CloudFormation => &CloudFormation,
        Target::Terraform => &Terraform,
    };
    let kept = stack.keys.iter().find(|key| {
        // One of another type is still there: whether it can become that is for the guard of immutable properties.
        let bare = name.rsplit('.').next();
        let was = key.was.as_deref().map(|was| naming.key(was));
        bare == Some(naming.key(naming.id(key)).as_str())
            || (was.is_some() && bare == was.as_deref())
    });
    let replica = stack.replicas_in.is_some();
    let mut released = stack.released.iter();
    match kept {
        Some(key) => Fate::Kept(key),
        None if released.any(|it| naming.resource(it.origin, replica, &it.id) == name) => {
            Fate::Released
        }
        None => Fate::Lost,
    }
}

fn lost(change: &Change, name: &str, span: Span) -> Diagnostic {
    Diagnostic::error(
        "protected-key-lost",
        format!(
            "the protected key `{name}` would leave `output/{}`",
            change.path
        ),
    )
    .at(span, "deployed from here")
}

fn advise_spec(diagnostic: Diagnostic, successor: &CompiledStack<'_>) -> Diagnostic {
    let path = &successor.definition.spec.path;
    let region = successor.stack.replicas_in.as_ref().map(Region::name);
    let replicas = region.map_or(String::new(), |region| format!("replicas: [{region}], "));
    let external = diagnostic.message.contains("external_key.");
    let origin = if external { "origin: external, " } else { "" };
    diagnostic
        .help(format!(
            "renamed? give the key in {path} `was:` with its former alias or id, or its former `id:`"
        ))
        .help(format!(
            "meant to leave? add to {path}: `released: [{{id: NAME, {origin}{replicas}reason: …}}]`; the key lives on"
        ))
}

fn advise_orphan(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic
        .help("spec file moved or renamed? keep the stack's name with `stack: NAME`")
        .help(
            "meant to leave? keep the spec file with `released: [{id: NAME, reason: …}]` for its keys, deploy, \
             and remove it then",
        )
}

fn unreadable(change: &Change, problems: &[Diagnostic]) -> Diagnostic {
    let why = problems.first().map(|problem| problem.message.as_str());
    Diagnostic::error(
        "unreadable-output",
        format!(
            "nobody can tell which protected keys this file holds: {}",
            why.unwrap_or("it cannot be read")
        ),
    )
    .in_path(format!("output/{}", change.path))
    .help("restore it from version control, or remove it if nothing was deployed from it")
}
