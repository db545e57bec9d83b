//! Resources beside keys, taken as they are, for those who know what they should be.

use std::collections::BTreeMap;

use super::first_of_two;
use super::reader::{self, Outcome, Reader};
use super::template::Template;
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::readback::beside::{Beside, Plain, Resources};
use crate::readback::found::Found;
use crate::source::FileId;
use crate::yaml::{self, Entry, Node};

/// Reads the resources of these logical ids. What a property and the type share a name for is `Properties.Type`.
///
/// # Errors
/// Text that is no YAML or JSON.
pub(in crate::readback) fn read(
    file: FileId,
    text: &str,
    names: &[&str],
) -> Result<Resources, Vec<Diagnostic>> {
    let (root, diagnostics) = yaml::load(file, text, yaml::Dialect::CloudFormation);
    let Some(root) = root else {
        return Err(diagnostics);
    };
    let repeated = diagnostics.iter().filter_map(first_of_two).collect();
    let mut found = Found::default();
    let given = BTreeMap::new();
    let template = Template::new(text, &root, (repeated, &given), &mut found);
    let entries = root.get("Resources").and_then(Node::as_mapping);
    let entries = entries.unwrap_or_default().iter();
    let wanted = entries.filter(|entry| names.contains(&entry.name()));
    let resources = wanted.map(|entry| (entry.name().to_owned(), resource(&template, entry)));
    Ok(resources.collect())
}

fn resource<'t>(template: &Template<'t>, entry: &'t Entry) -> Beside {
    let (variants, is_complete) = reader::each(template, |reader| reader.beside(entry));
    let mut outcomes = variants
        .into_iter()
        .filter_map(|(_, outcome)| match outcome {
            Outcome::Read(resource) => Some(resource),
            Outcome::Impossible => None,
        });
    let span = entry.key.span;
    let first = outcomes.next();
    let is_one = is_complete && outcomes.next().is_none();
    let mut resource = first.unwrap_or_else(|| Beside {
        properties: Plain::object([]),
        span,
        doubts: Vec::new(),
    });
    if !is_one {
        let message = "what this resource says depends on parameters";
        resource.doubts.push(unproven(span, message));
    }
    resource
}

impl<'t> Reader<'t, '_> {
    fn beside(&self, entry: &'t Entry) -> Beside {
        let span = entry.key.span;
        let kind = entry.value.get("Type").and_then(Node::as_text);
        let members = self.properties(entry).into_iter().map(|member| {
            let name = match member.name.as_str() {
                "Type" => "Properties.Type".to_owned(),
                _ => member.name,
            };
            (name, Plain::of(member.value))
        });
        let kind = ("Type".to_owned(), Plain::word(kind.unwrap_or_default()));
        let properties = Plain::Object(members.chain([kind]).collect());
        if let Some(condition) = entry.value.get("Condition") {
            self.doubt(condition.span, "this resource is made only on a condition");
        }
        let notes = self.take_notes();
        let mut doubts: Vec<Diagnostic> = notes.doubts.into_values().collect();
        doubts.extend(notes.invalid);
        Beside {
            properties,
            span,
            doubts,
        }
    }
}
