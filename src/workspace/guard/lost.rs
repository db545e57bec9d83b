//! A protected key never leaves silently: earlier output is held against what would take its place.
//!
//! `prevent_destroy` does nothing once its block is gone, so a key that is removed from a spec, renamed, or moved to
//! another file would be destroyed by the next `terraform apply`.

use std::collections::{BTreeMap, BTreeSet};

use super::released::entry;
use super::revision::Place;
use super::{place_of, target_of};
use crate::compile::CompiledStack;
use crate::diag::Diagnostic;
use crate::kms::{Key, Origin, Stack};
use crate::readback::{
    File, ProtectedKey, Protection, forgotten_keys, keys_in_outputs, protected_keys,
};
use crate::source::{Sources, Span};
use crate::spec::Target;
use crate::spec::field::Spanned;
use crate::target::names::{CloudFormation, Naming, Terraform};
use crate::target::paths;
use crate::workspace::plan::{Change, ChangeKind, Plan};
use crate::workspace::previous::Previous;

/// Everything that a plan would lose: protected keys of earlier output that nothing accounts for. Keys that stay without
/// protection are warnings.
///
/// Earlier texts that diagnostics speak of are added to `sources`.
pub(super) fn lost_keys(
    plan: &Plan,
    previous: &Previous,
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
    let environments = stacks
        .iter()
        .map(|compiled| compiled.definition.environment);
    let protected: BTreeSet<&str> = environments
        .filter(|environment| environment.protected)
        .map(|environment| environment.name.as_str())
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
        let id = sources.add(format!("output/{}", change.path), before.as_str());
        let file = File { id, text: before };
        let place = place_of(target, &change.path);
        let is_protected =
            Place::of(place).is_some_and(|place| protected.contains(place.environment));
        let protection = match change.kind {
            // What somebody wrote there by hand says nothing about what is deployed.
            ChangeKind::HandEdited | ChangeKind::OrphanedHandEdited if is_protected => {
                Protection::Presumed
            }
            _ => Protection::AsWritten,
        };
        let mut keys = match protected_keys(target, file, protection) {
            Ok(keys) => keys,
            Err(problems) => {
                diagnostics.push(unreadable(change, &problems));
                continue;
            }
        };
        if target == Target::Terraform && is_protected {
            keys.extend(missing(&file, place, previous));
        }
        let stack = by_place.get(place).copied();
        let successor = match change.kind {
            ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited => None,
            _ => stack,
        };
        for key in keys {
            let fate = successor.map(|compiled| fate(target, &compiled.stack, &key.resource));
            match fate {
                Some(Fate::Kept(kept)) => {
                    if let Some(compiled) = successor.filter(|_| !kept.retained) {
                        let place = paths::terraform(&compiled.stack, "");
                        let first = (kept.name.as_str(), key.span);
                        let stack = lifted.entry(place).or_insert_with(|| Lifted::new(first));
                        stack.keys.insert(kept.name.as_str());
                    }
                    continue;
                }
                Some(Fate::Released) => continue,
                Some(Fate::Lost) | None => {}
            }
            let diagnostic = lost(change, &key);
            diagnostics.push(match (successor, stack) {
                (Some(successor), _) => advise_spec(diagnostic, target, &key, successor),
                (None, Some(stack)) => advise_target(diagnostic, target, stack),
                (None, None) => advise_orphan(diagnostic, target, &key, (place, stacks)),
            });
        }
    }
    diagnostics.extend(lifted.values().map(Lifted::diagnostic));
    diagnostics
}

/// Keys that a module's outputs tell of and no file of it declares: somebody deleted that file.
fn missing(file: &File<'_>, place: &str, previous: &Previous) -> Vec<ProtectedKey> {
    if !file.text.contains("\noutput ") {
        return Vec::new();
    }
    let mut told = keys_in_outputs(file);
    let of_module = previous.files().filter(|(path, _)| {
        target_of(path) == Some(Target::Terraform) && place_of(Target::Terraform, path) == place
    });
    let accounted: BTreeSet<String> = of_module
        .flat_map(|(_, other)| {
            let text = other.contents();
            let other = || File { id: file.id, text };
            let declared = protected_keys(Target::Terraform, other(), Protection::Presumed);
            let declared = declared.into_iter().flatten().map(|key| key.resource);
            // It left on purpose, and the outputs are left over.
            declared.chain(forgotten_keys(&other())).collect::<Vec<_>>()
        })
        .collect();
    told.retain(|key| !accounted.contains(&key.resource));
    told
}

/// The keys of a stack that are protected so far, and will not be.
struct Lifted<'k> {
    keys: BTreeSet<&'k str>,
    /// The first of them in its file, and where it is protected.
    first: (&'k str, Span),
}

impl<'k> Lifted<'k> {
    fn new(first: (&'k str, Span)) -> Self {
        Self {
            keys: BTreeSet::new(),
            first,
        }
    }

    fn diagnostic(&self) -> Diagnostic {
        let (name, place) = self.first;
        let what = match self.keys.len() {
            1 => format!("the key `{name}` is"),
            2 => format!("`{name}` and another key of this stack are"),
            keys => format!("`{name}` and {} more keys of this stack are", keys - 1),
        };
        Diagnostic::warning("protection-lifted", format!("{what} protected no more"))
            .at(place, "protected here so far")
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
        // Only Terraform can be told of a rename, so CloudFormation goes on with the first name of all.
        let former: &[String] = match target {
            Target::CloudFormation => &[],
            Target::Terraform => &key.was,
        };
        let names = former.iter().map(String::as_str);
        let mut names = names.chain([naming.id(key)]);
        names.any(|id| bare == Some(naming.key(id).as_str()))
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

fn lost(change: &Change, key: &ProtectedKey) -> Diagnostic {
    Diagnostic::error(
        "protected-key-lost",
        format!(
            "the protected key `{}` would leave `output/{}`",
            key.resource, change.path
        ),
    )
    .at(key.span, "deployed from here")
}

/// The names under which a key is to be released: its own, and the first that CloudFormation still knows it by.
fn names(target: Target, key: &ProtectedKey) -> Vec<String> {
    let former = match target {
        Target::CloudFormation => key.resource.strip_suffix("Key"),
        Target::Terraform => None,
    };
    let own = key.name.as_deref().or(former).unwrap_or("NAME");
    let former = former.filter(|former| *former != own);
    [own].into_iter().chain(former).map(str::to_owned).collect()
}

/// `released` as it would have to be written for a key that leaves a stack.
fn release(names: &[String], origin: Origin, stack: &Stack) -> String {
    let region = stack.replicas_in.as_ref();
    let entries = names.iter().map(|id| entry(id, &[], origin, region));
    format!("released: [{}]", entries.collect::<Vec<_>>().join(", "))
}

fn advise_spec(
    diagnostic: Diagnostic,
    target: Target,
    key: &ProtectedKey,
    successor: &CompiledStack<'_>,
) -> Diagnostic {
    let path = &successor.definition.spec.path;
    let names = names(target, key);
    let known_as = key.resource.strip_suffix("Key").unwrap_or_default();
    let mut keys = successor.stack.keys.iter();
    let is_claimed = keys.any(|key| key.was.iter().chain([&key.name]).any(|it| it == known_as));
    let renamed = match (target, names.as_slice()) {
        (Target::CloudFormation, [own]) if is_claimed => format!(
            "CloudFormation knows the key as `{own}`, its first name: `was` of that key in {path} has to begin with it"
        ),
        // The logical id of before a rename lives on there.
        (Target::CloudFormation, [own, former]) => format!(
            "renamed? it was `{former}`, then `{own}`: write `was: [{former}, {own}]` at the key in {path}"
        ),
        (_, [own, ..]) if own != "NAME" => {
            format!("renamed? add `was: {own}` to the key in {path}, or give it `id: {own}`")
        }
        _ => format!(
            "renamed? give the key in {path} `was:` with its former alias or id, or its former `id:`"
        ),
    };
    let release = release(&names, key.origin, &successor.stack);
    diagnostic.help(renamed).help(format!(
        "meant to leave? add to {path}: `{release}`; the key lives on"
    ))
}

/// The stack is still made, and not for this target.
fn advise_target(diagnostic: Diagnostic, target: Target, stack: &CompiledStack<'_>) -> Diagnostic {
    let spec = stack.definition.spec;
    let excludes = |own: &Vec<Spanned<Target>>| own.iter().all(|own| own.value != target);
    let path = match &spec.fields.targets {
        Some(own) if excludes(own) => spec.path.as_str(),
        _ => "keywright.yaml",
    };
    diagnostic.help(format!(
        "is `{}` no target any more? add it to `targets` in {path}, or delete the file by hand once nothing is \
         deployed from it",
        target.as_str()
    ))
}

/// No stack is made there any more.
fn advise_orphan(
    diagnostic: Diagnostic,
    target: Target,
    key: &ProtectedKey,
    (place, stacks): (&str, &[CompiledStack<'_>]),
) -> Diagnostic {
    let names = names(target, key);
    let own = names.first().map_or("NAME", String::as_str);
    let place = Place::of(place);
    let siblings = || {
        let place = place.as_ref();
        stacks
            .iter()
            .filter(move |compiled| place.is_some_and(|place| compiled.stack.name == place.stack))
    };
    let environment = place.as_ref().map_or("", |place| place.environment);
    let region = place.as_ref().and_then(|place| place.region.as_ref());
    let home = siblings().find(|it| it.stack.environment == environment);
    if let (Some(home), Some(region)) = (home, region) {
        let primary = home.stack.keys.iter().find(|key| key.name == own);
        let origin = primary.map_or(key.origin, |primary| primary.origin);
        let path = &home.definition.spec.path;
        return diagnostic
            .help(format!(
                "a replica that is to stay stands in {path}: `replicas: [{}]` under `multi_region`",
                region.name()
            ))
            .help(format!(
                "is it to leave, and the key itself to stay? add to {path}: `released: [{}]`; the replica lives on",
                entry(own, &[], origin, Some(region))
            ));
    }
    let entries = names.iter().map(|id| entry(id, &[], key.origin, region));
    let release = entries.collect::<Vec<_>>().join(", ");
    match siblings().next() {
        Some(sibling) => {
            let path = &sibling.definition.spec.path;
            diagnostic
                .help(format!(
                    "is {path} for `{environment}` no more? put it back into `environment` or `environments` there"
                ))
                .help(format!(
                    "meant to leave? put it back, release the keys there with `released: [{release}]`, deploy, and \
                     take it out then"
                ))
        }
        None => {
            let stack = place.as_ref().map_or("NAME", |place| place.stack);
            diagnostic
                .help(format!(
                    "spec file moved or renamed? keep the stack's name with `stack: {stack}`"
                ))
                .help(format!(
                    "meant to leave? keep the spec file with `released: [{release}]`, deploy, and remove it then"
                ))
        }
    }
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
