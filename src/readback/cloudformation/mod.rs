//! Reads CloudFormation templates: everything that can be known without deploying them.
//!
//! A template is read once for every combination of the choices that it leaves (`variants`): parameters with several
//! allowed values, and conditions that depend on what only deployment knows. What stays open is unknown, at its place.

mod beside;
mod conditions;
mod domain;
mod embedded;
mod identity;
mod intrinsics;
mod parameters;
mod properties;
mod reader;
mod resources;
mod rules;
mod scalars;
mod template;

pub(super) use beside::read as beside;
use std::collections::BTreeMap;

use super::found::Found;
use crate::diag::Diagnostic;
use crate::iam::value::{Read, unproven};
use crate::source::{FileId, Span};
use crate::yaml::{self, Node};
use template::Template;

/// Reads a template.
///
/// # Errors
/// Text that is no YAML or JSON.
pub(super) fn read(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    read_given(file, text, &BTreeMap::new())
}

/// Reads a template that is deployed with these values of parameters.
///
/// # Errors
/// Text that is no YAML or JSON.
pub(super) fn read_given(
    file: FileId,
    text: &str,
    given: &BTreeMap<String, String>,
) -> Result<Found, Vec<Diagnostic>> {
    read_as(file, text, given, false)
}

/// Reads a template that another one carries.
fn read_embedded(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    read_as(file, text, &BTreeMap::new(), true)
}

fn read_as(
    file: FileId,
    text: &str,
    given: &BTreeMap<String, String>,
    is_embedded: bool,
) -> Result<Found, Vec<Diagnostic>> {
    let (root, mut diagnostics) = yaml::load(file, text, yaml::Dialect::CloudFormation);
    let Some(root) = root else {
        if diagnostics.is_empty() {
            diagnostics.push(unproven(Span::new(file, 0..0), "this template is empty"));
        }
        return Err(diagnostics);
    };
    let mut found = Found::default();
    diagnostics.extend(read_otherwise(file, text));
    let repeated = diagnostics.iter().filter_map(first_of_two).collect();
    // An anchor by itself says nothing; it is its aliases that CloudFormation refuses.
    (found.loose, found.doubts) = diagnostics
        .into_iter()
        .partition(|diagnostic| diagnostic.code == "anchor");
    let mut template = Template::new(text, &root, (repeated, given), &mut found);
    template.is_embedded = is_embedded;
    let resources = root.get("Resources");
    let whole = [Some(&root), resources].into_iter().flatten();
    found
        .doubts
        .extend(whole.filter_map(|node| untagged(node).err()));
    let resources = resources.and_then(Node::as_mapping);
    if resources.is_none() {
        found
            .doubts
            .push(unproven(root.span, "this template has no `Resources`"));
    }
    resources::read(&template, resources.unwrap_or_default(), &mut found);
    found.loose.extend(template.into_loose());
    Ok(found)
}

/// The first of two keys of one name: nobody can tell which of them holds.
fn first_of_two(diagnostic: &Diagnostic) -> Option<Span> {
    let first = diagnostic.secondary.first();
    first
        .filter(|_| diagnostic.code == "duplicate-key")
        .map(|label| label.span)
}

/// What YAML 1.1 reads otherwise than YAML 1.2: line breaks of Unicode, and tags under another prefix.
fn read_otherwise(file: FileId, text: &str) -> Option<Diagnostic> {
    let at = |start: usize, length: usize| Span::new(file, start..start + length);
    let breaks = ['\u{85}', '\u{2028}', '\u{2029}'];
    if let Some((start, found)) = text.char_indices().find(|(_, c)| breaks.contains(c)) {
        let message = format!(
            "YAML 1.1 reads U+{:04X} as the end of a line; write it as an escape in double quotes",
            u32::from(found)
        );
        return Some(unproven(at(start, found.len_utf8()), message));
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("%TAG") {
            return Some(unproven(
                at(start, 4),
                "a directive can change what tags mean",
            ));
        }
        start += line.len();
    }
    None
}

/// Refuses a tag where nothing resolves it.
fn untagged(node: &Node) -> Read<()> {
    match node.tag.as_deref() {
        None => Ok(()),
        Some(tag) => Err(unproven(node.span, format!("`{tag}` is not resolved here"))),
    }
}
