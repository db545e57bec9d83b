//! Keys that exist already: what is taken over, and what cannot be.

use std::collections::{BTreeMap, BTreeSet};

use super::CompiledStack;
use super::scope::Taken;
use crate::diag::Diagnostic;
use crate::kms::{Adopted, Key, KeySpec, Origin, Stack, limits};
use crate::source::Span;
use crate::spec::{Adoption, KeyDefinition, Target};

/// What a definition takes over for its key.
pub(super) fn of(
    declared: &KeyDefinition,
    key: &Key,
    targets: &BTreeSet<Target>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Adopted> {
    let adoption = declared.adopt.as_ref()?;
    check_targets(adoption, key, targets, diagnostics);
    check_region(adoption, key, diagnostics);
    let names: Vec<_> = [&declared.alias]
        .into_iter()
        .chain(declared.aliases.iter().flatten())
        .collect();
    let raw = |index: usize| names.get(index).map(|name| name.value.0.raw());
    let mut aliases = Vec::new();
    let mut add = |index: usize, place: Span, diagnostics: &mut Vec<Diagnostic>| {
        let name = key.aliases.get(index).map(|alias| &alias.name);
        match name.map(|name| name.as_literal().ok_or(name)) {
            Some(Ok(literal)) => aliases.push(literal.to_owned()),
            Some(Err(name)) => diagnostics.push(depends(&name.to_string(), place)),
            None => {}
        }
    };
    match &adoption.aliases {
        None => {
            for (index, name) in names.iter().enumerate() {
                add(index, name.span, diagnostics);
            }
        }
        Some(existing) => {
            for name in existing {
                let wanted = name.value.0.raw();
                match (0..names.len()).find(|index| raw(*index) == Some(wanted)) {
                    Some(index) => add(index, name.span, diagnostics),
                    None => {
                        let known = || (0..names.len()).filter_map(raw);
                        diagnostics.push(
                            Diagnostic::error(
                                "unknown-alias",
                                format!("`{wanted}` is no alias of this key"),
                            )
                            .at(name.span, "")
                            .also(declared.alias.span, "of this key")
                            .did_you_mean(wanted, known())
                            .help(
                                "name aliases of this definition, or add it to the key's `aliases`",
                            ),
                        );
                    }
                }
            }
        }
    }
    Some(Adopted {
        id: key.name.clone(),
        key_id: adoption.key.value.as_str().to_owned(),
        aliases,
    })
}

/// What one of the targets cannot take over.
fn check_targets(
    adoption: &Adoption,
    key: &Key,
    targets: &BTreeSet<Target>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut report = |message: &str, help: &str| {
        diagnostics.push(
            Diagnostic::error("not-adoptable", message)
                .at(adoption.key.span, "")
                .help(help),
        );
    };
    // Its template would need the ARN of the primary key, which only the deployment knows.
    if key.replica && targets.contains(&Target::CloudFormation) {
        report(
            "no replica can be taken over by CloudFormation from here",
            "write `targets: [terraform]` in this spec file, or remove `adopt` from the replica",
        );
    }
    // Source: terraform-provider-aws, issue 46080: after the import of an `aws_kms_external_key`, `key_spec` and
    // `key_usage` plan a replacement.
    let is_plain = key.key_spec == KeySpec::SYMMETRIC_DEFAULT;
    if key.origin == Origin::External && !is_plain && targets.contains(&Target::Terraform) {
        report(
            "this key would be replaced when Terraform takes it over",
            "write `targets: [cloudformation]` in this spec file: the provider replaces imported \
             `aws_kms_external_key`s that are not symmetric",
        );
    }
}

/// A multi-Region key cannot become one of a single Region, nor the other way round: it would be replaced.
fn check_region(adoption: &Adoption, key: &Key, diagnostics: &mut Vec<Diagnostic>) {
    let id = &adoption.key;
    if id.value.is_multi_region() == key.multi_region {
        return;
    }
    let (message, help) = if key.multi_region {
        (
            "this is the id of a single-Region key, and the definition is of a multi-Region key",
            "remove `multi_region`, or adopt another key: the ids of multi-Region keys begin with `mrk-`",
        )
    } else {
        (
            "this is the id of a multi-Region key, and the definition is of a single-Region key",
            "say `multi_region`, or adopt another key: `mrk-` is how the ids of multi-Region keys begin",
        )
    };
    diagnostics.push(
        Diagnostic::error("adopted-key-differs", message)
            .at(id.span, "")
            .help(help),
    );
}

/// CloudFormation's import and Terraform's import blocks outside of the module take plain names only.
fn depends(name: &str, place: Span) -> Diagnostic {
    Diagnostic::error(
        "adopted-alias-depends",
        format!("`{name}` depends on the deployment, and what exists has a plain name"),
    )
    .at(place, "")
    .help("write out what stands for the placeholder, since the key is in one account and Region")
    .help("or leave this alias out: `adopt: {key: ID, aliases: [those that exist]}` makes the others anew")
}

/// More than one import can take over.
/// Source: CloudFormation API reference, `CreateChangeSet`, `ResourcesToImport`.
pub(super) fn check_count(compiled: &CompiledStack<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Stack { name, adopted, .. } = &compiled.stack;
    let count: usize = adopted.iter().map(|key| 1 + key.aliases.len()).sum();
    if count <= limits::RESOURCES_PER_IMPORT {
        return;
    }
    let keys = compiled.declarations.iter();
    let place = keys.rev().find_map(|declared| declared.adopt.as_ref());
    diagnostics.push(
        Diagnostic::error(
            "too-many-adopted",
            format!(
                "the stack `{name}` adopts {count} keys and aliases; CloudFormation imports {} at once",
                limits::RESOURCES_PER_IMPORT
            ),
        )
        .at(
            place.map_or(compiled.definition.spec.fields.span, |adoption| adoption.key.span),
            "",
        )
        .help("adopt some, deploy, and adopt the others then"),
    );
}

/// One key is managed from one place.
pub(super) fn across(stacks: &[CompiledStack<'_>]) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut related: Taken<'_, &str, Span> = Taken::default();
    let mut single: BTreeMap<&str, Span> = BTreeMap::new();
    for compiled in stacks {
        let adoptions = compiled.declarations.iter();
        for adoption in adoptions.filter_map(|declared| declared.adopt.as_ref()) {
            let id = adoption.key.value.as_str();
            let place = adoption.key.span;
            // Related keys of several Regions have one id: they can be those of two environments.
            let first = if adoption.key.value.is_multi_region() {
                related.take(id, compiled.scope(), place)
            } else if compiled.definition.replicas_in.is_none() {
                single.insert(id, place)
            } else {
                // That such a key has no replicas is told already.
                None
            };
            let Some(first) = first else {
                continue;
            };
            let problem = if first == place {
                Diagnostic::error(
                    "adopted-in-several-environments",
                    "one key cannot be that of several environments",
                )
                .at(place, "")
                .help(
                    "give each environment its own under `overrides`: `overrides: {ENVIRONMENT: {ALIAS: {adopt: ID}}}`",
                )
            } else {
                Diagnostic::error("adopted-twice", "two definitions adopt one key")
                    .at(place, "second time")
                    .also(first, "first time")
                    .help("keep one of the two; more aliases of a key stand in its `aliases`")
            };
            if !diagnostics.contains(&problem) {
                diagnostics.push(problem);
            }
        }
    }
    diagnostics
}
