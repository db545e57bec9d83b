//! The proof: what a template says, read back, equals what the spec means.
//!
//! Equal in policy, key properties, aliases, protection, renames and releases, rules, alarms and parameters; tags may
//! be more.

use similar::TextDiff;

use super::{File, ReadKey, ReadStack, adoption, cloudformation, signals, terraform};
use crate::diag::Diagnostic;
use crate::kms::{Alias, Key, Stack};
use crate::source::{FileId, Span};
use crate::spec::Target;
use crate::target::names::{CloudFormation, Naming, Terraform};

/// The rendered files of a stack for one target.
#[derive(Debug, Clone)]
pub struct Artifacts<'t> {
    /// The target.
    pub target: Target,
    /// The template that the key resources come from.
    pub template: &'t str,
    /// The files.
    pub files: Vec<File<'t>>,
    /// What takes over keys that exist already, where there are some.
    pub import: Option<File<'t>>,
}

/// Proves that rendered files say exactly what the stack means.
///
/// # Errors
/// Every difference, at the resource that has it, and everything that cannot be read for certain.
pub fn prove(stack: &Stack, artifacts: &Artifacts<'_>) -> Result<(), Vec<Diagnostic>> {
    let Some(first) = artifacts.files.first() else {
        return Ok(());
    };
    let read = match artifacts.target {
        Target::CloudFormation => cloudformation(first.id, first.text),
        Target::Terraform => terraform(&artifacts.files),
    };
    let read = read.map_err(|diagnostics| refused(diagnostics, artifacts.template))?;
    let differences = match artifacts.target {
        Target::CloudFormation => compare(stack, &read, &CloudFormation, first.id),
        Target::Terraform => compare(stack, &read, &Terraform, first.id),
    };
    let mut differences = differences;
    if artifacts.target == Target::Terraform {
        differences.extend(compare_addresses(stack, &read, first.id));
    }
    let import = artifacts.import.as_ref();
    differences.extend(adoption::compare(stack, artifacts.target, import, first.id));
    differences.extend(signals::compare(stack, artifacts.target, &artifacts.files));
    if differences.is_empty() {
        Ok(())
    } else {
        Err(refused(differences, artifacts.template))
    }
}

pub(super) fn refused(diagnostics: Vec<Diagnostic>, template: &str) -> Vec<Diagnostic> {
    let advice = format!("nothing was written: `{template}` must print what the specs mean");
    diagnostics
        .into_iter()
        .map(|diagnostic| diagnostic.help(advice.clone()))
        .collect()
}

pub(super) fn different(span: Span, message: String, meant: &str, printed: &str) -> Diagnostic {
    let diff = TextDiff::from_lines(meant, printed);
    let mut diagnostic = Diagnostic::error("not-what-the-spec-means", message).at(span, "");
    let mut unified = diff.unified_diff();
    let unified = unified
        .context_radius(2)
        .header("the spec means", "the template prints");
    for line in unified.to_string().lines() {
        diagnostic = diagnostic.help(line);
    }
    diagnostic
}

pub(super) fn compare(
    stack: &Stack,
    read: &ReadStack,
    naming: &dyn Naming,
    file: FileId,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let names: Vec<String> = stack
        .keys
        .iter()
        .map(|key| naming.resource(key.origin, key.replica, naming.id(key)))
        .collect();
    for found in &read.keys {
        if !names.contains(&found.key.name) {
            let message = format!("`{}` is a key that no spec declares", found.key.name);
            diagnostics
                .push(Diagnostic::error("not-what-the-spec-means", message).at(found.span, ""));
        }
    }
    // Templates print keys in the order of the spec, so the search nearly always ends at once.
    let mut expected_at = read.keys.iter();
    for (key, name) in stack.keys.iter().zip(&names) {
        let next = expected_at.next().filter(|found| found.key.name == *name);
        let found = next.or_else(|| read.keys.iter().find(|found| found.key.name == *name));
        match found {
            Some(found) => compare_key(key, found, naming, &mut diagnostics),
            None => diagnostics.push(
                Diagnostic::error(
                    "not-what-the-spec-means",
                    format!("the key `{}` of the spec is not printed", key.name),
                )
                .at(Span::new(file, 0..0), ""),
            ),
        }
    }
    diagnostics
}

fn compare_key(
    meant: &Key,
    printed: &ReadKey,
    naming: &dyn Naming,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let found = &printed.key;
    if meant.policy != found.policy {
        diagnostics.push(different(
            printed.span,
            format!("the policy of `{}` is not what the spec means", found.name),
            &meant.policy.to_string(),
            &found.policy.to_string(),
        ));
    }
    let (meant_lines, found_lines) = (properties(meant), properties(found));
    if meant_lines != found_lines {
        diagnostics.push(different(
            printed.span,
            format!(
                "the properties of `{}` are not what the spec means",
                found.name
            ),
            &meant_lines,
            &found_lines,
        ));
    }
    for (tag, value) in &meant.tags {
        if found.tags.get(tag) != Some(value) {
            diagnostics.push(
                Diagnostic::error(
                    "not-what-the-spec-means",
                    format!("the tag `{tag}` of `{}` is missing or differs", found.name),
                )
                .at(printed.span, ""),
            );
        }
    }
    let primary = meant
        .replica
        .then(|| naming.primary_reference(naming.id(meant)));
    if primary != printed.primary {
        diagnostics.push(different(
            printed.span,
            format!("`{}` is not the replica that the spec means", found.name),
            &primary.unwrap_or_default(),
            printed.primary.as_deref().unwrap_or_default(),
        ));
    }
    let resources = naming.aliases(meant);
    if resources != printed.alias_resources {
        diagnostics.push(different(
            printed.span,
            format!(
                "the alias resources of `{}` are not what the spec means",
                found.name
            ),
            &resources.join("\n"),
            &printed.alias_resources.join("\n"),
        ));
    }
}

/// Everything about a key but policy, name and tags, one a line.
fn properties(key: &Key) -> String {
    let Key {
        name: _,
        was: _,
        tags: _,
        policy: _,
        description,
        key_spec,
        key_usage,
        origin,
        custom_key_store,
        multi_region,
        replica,
        enabled,
        rotation,
        deletion_window_days,
        retained,
        aliases,
    } = key;
    let rotation = match rotation {
        Some(rotation) => format!("every {} days", rotation.period_days),
        None => "off".to_owned(),
    };
    // What primary keys and replicas share is not a replica's to say.
    let (kind, rotation) = if *replica {
        ("replica\n".to_owned(), String::new())
    } else {
        let kind = format!(
            "key spec: {}\nkey usage: {}\norigin: {}\nmulti-Region: {multi_region}\n",
            key_spec.as_str(),
            key_usage.as_str(),
            origin.as_str(),
        );
        (kind, format!("rotation: {rotation}\n"))
    };
    let mut lines = format!(
        "description: {description:?}\n{kind}enabled: {enabled}\n{rotation}\
         deletion window: {deletion_window_days} days\nprotected: {retained}\n",
    );
    if let Some(store) = custom_key_store {
        let external = store.xks_key_id.as_deref().unwrap_or("none");
        lines.push_str(&format!(
            "custom key store: {}, external key: {external}\n",
            store.id
        ));
    }
    for Alias { name, retained } in aliases {
        lines.push_str(&format!("alias: {name} (protected: {retained})\n"));
    }
    lines
}

/// Renames and releases, which only Terraform has blocks for.
fn compare_addresses(stack: &Stack, read: &ReadStack, file: FileId) -> Vec<Diagnostic> {
    let lines = |moves: &[(String, String)], removals: &[String]| -> String {
        let moves = moves
            .iter()
            .map(|(from, to)| format!("moved: {from} to {to}\n"));
        let removals = removals
            .iter()
            .map(|address| format!("removed: {address}\n"));
        let mut lines: Vec<_> = moves.chain(removals).collect();
        lines.sort_unstable();
        lines.concat()
    };
    let meant = lines(&Terraform.moves(stack), &Terraform.removals(stack));
    let printed = lines(&read.moves, &read.removals);
    if meant == printed {
        return Vec::new();
    }
    vec![different(
        Span::new(file, 0..0),
        "renames and releases are not what the spec means".to_owned(),
        &meant,
        &printed,
    )]
}
