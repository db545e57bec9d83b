//! A released key lives on, with its aliases, and does not come back as another one.
//!
//! CloudFormation deletes what leaves a template unless the template *before* says `Retain` (template reference,
//! `DeletionPolicy`: `Delete` where nothing is said). Terraform forgets what a `removed` block names, and destroys the
//! rest (language documentation, "Remove resources from state").

use super::revision::{ALIAS, Revision, name};
use super::takeover::{self, Owners};
use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::kms::{Origin, Region, Released};
use crate::readback::found::{FoundKey, Lifetime, Property};
use crate::spec::{ReleasedKey, Target};
use crate::target::names::{Naming, Terraform};

/// An entry of `released`, as somebody would write it.
pub(super) fn entry(
    id: &str,
    aliases: &[String],
    origin: Origin,
    region: Option<&Region>,
) -> String {
    let mut fields = vec![format!("id: {id}")];
    if !aliases.is_empty() {
        fields.push(format!("aliases: [{}]", aliases.join(", ")));
    }
    if origin == Origin::External {
        fields.push("origin: external".to_owned());
    }
    fields.extend(region.map(|region| format!("replicas: [{}]", region.name())));
    format!("{{{}, reason: …}}", fields.join(", "))
}

/// An alias as specs write it.
pub(super) fn bare(alias: &Text) -> String {
    let text = alias.to_string();
    text.strip_prefix("alias/").unwrap_or(&text).to_owned()
}

/// What a revision says about keys that leave or come back.
pub(super) fn problems(revision: &Revision<'_, '_>, owners: &Owners<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (released, declared) in releases(revision) {
        let Some(key) = earlier(revision, released) else {
            continue;
        };
        problems.extend(match revision.target {
            Target::CloudFormation => deleted(revision, key, declared),
            Target::Terraform => lost_aliases(revision, key, (released, declared), owners),
        });
    }
    if revision.target == Target::Terraform {
        problems.extend(returning(revision));
    }
    problems
}

/// What a stack releases, as it is meant and as it is written.
pub(super) fn releases<'r>(
    revision: &'r Revision<'_, '_>,
) -> impl Iterator<Item = (&'r Released, &'r ReleasedKey)> {
    let compiled = revision.compiled;
    let released = compiled.stack.released.iter();
    released.zip(compiled.definition.released())
}

/// A released key as it was.
pub(super) fn earlier<'r>(
    revision: &'r Revision<'_, '_>,
    released: &Released,
) -> Option<&'r FoundKey> {
    let resource = revision.naming().key(&released.id);
    let mut earlier = revision.before.keys.iter();
    earlier.find(|key| name(&key.resource) == resource)
}

/// A released key that CloudFormation would delete, or an alias of it.
fn deleted(
    revision: &Revision<'_, '_>,
    key: &FoundKey,
    declared: &ReleasedKey,
) -> Option<Diagnostic> {
    let deletes = |lifetime: &Lifetime| match lifetime {
        Lifetime::Policies { deletion, .. } => match deletion {
            Property::Known(policy, _) => policy == "Delete",
            Property::Absent => true,
            Property::Unknown(..) | Property::Invalid(_) => false,
        },
        Lifetime::PreventDestroy(_) | Lifetime::Unmanaged => false,
    };
    let of_aliases = key.aliases.iter();
    let of_aliases = of_aliases.map(|alias| (&alias.lifetime, alias.span));
    let mut all = [(&key.lifetime, key.span)].into_iter().chain(of_aliases);
    let (_, place) = all.find(|(lifetime, _)| deletes(lifetime))?;
    let spec = revision.compiled.definition.spec;
    let environment = &revision.compiled.definition.environment.name;
    Some(
        Diagnostic::error(
            "released-key-deleted",
            format!(
                "CloudFormation would delete the released key `{}`: it is not retained yet",
                declared.id.value.as_str()
            ),
        )
        .at(declared.id.span, "")
        .also(place, "deployed with `DeletionPolicy: Delete`")
        .help(format!(
            "keep it in `keys` for now, say `environments: {{{environment}: {{protected: true}}}}` in keywright.yaml, deploy, \
             and release it then"
        ))
        .help(format!(
            "is it deployed by Terraform alone? write `targets: [terraform]` in {}",
            spec.path
        ))
        .help("or, if nothing needs this key any more: remove it without `released`"),
    )
}

/// Aliases of a released key that Terraform would destroy, since nothing says that they leave as well.
fn lost_aliases(
    revision: &Revision<'_, '_>,
    key: &FoundKey,
    (released, declared): (&Released, &ReleasedKey),
    owners: &Owners<'_>,
) -> Option<Diagnostic> {
    let removals = revision.after.removals();
    let known = key.aliases.iter().filter_map(takeover::known);
    let lost: Vec<_> = known
        .filter(|(_, alias)| {
            let address = format!("{ALIAS}{}", name(&alias.resource));
            !removals.contains(&address)
        })
        // That another key takes one is told already.
        .filter(|(text, _)| owners.in_revision(revision, text).is_none())
        .collect();
    let (first, _) = lost.first()?;
    let id = &released.id;
    let names = released.aliases.iter();
    let names = names.chain(lost.iter().map(|(text, _)| *text));
    let names: Vec<_> = names.map(bare).collect();
    let region = revision.compiled.stack.replicas_in.as_ref();
    let message = match lost.len() {
        1 => format!("Terraform would destroy `{first}` of the released key `{id}`"),
        count => format!(
            "Terraform would destroy `{first}` and {} more aliases of the released key `{id}`",
            count - 1
        ),
    };
    let mut problem = Diagnostic::error("released-alias-lost", message).at(declared.id.span, "");
    for (_, alias) in &lost {
        problem = problem.also(alias.span, "here so far");
    }
    Some(problem.help(format!(
        "aliases beside the main one stay that are named: `released: [{}]`",
        entry(id, &names, released.origin, region)
    )))
}

/// Keys that were released and would be made anew.
fn returning(revision: &Revision<'_, '_>) -> Vec<Diagnostic> {
    let stack = &revision.compiled.stack;
    let was_released = |id: &str| {
        let resource = Terraform.key(id);
        let mut keys = revision.before.removals.iter();
        keys.any(|address| !address.starts_with(ALIAS) && name(address) == resource)
    };
    let keys = stack.keys.iter().zip(&revision.compiled.declarations);
    let returning = keys.filter(|(key, _)| {
        let adopted = stack.adopted.iter().any(|adopted| adopted.id == key.name);
        let names = key.was.iter().chain([&key.name]);
        !adopted && revision.earlier(key).is_none() && names.into_iter().any(|id| was_released(id))
    });
    let problems = returning.map(|(key, declared)| {
        let alias = key.aliases.first().map(|alias| alias.name.to_string());
        Diagnostic::error(
            "released-key-returns",
            format!(
                "`{}` was released and lives on; this would be a new key of its name",
                key.name
            ),
        )
        .at(declared.alias.span, "")
        .help(format!(
            "to take the released key back, add `adopt: KEY_ID`; `aws kms describe-key --key-id {}` shows the id",
            alias.unwrap_or_default()
        ))
        .help("for a new key, give it another `alias` and `id`: the released one keeps its own")
    });
    problems.collect()
}
