//! A template taken apart: its sections by name, and how much reading is left.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::parameters::Parameter;
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::readback::found::Found;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// Sections of a template that cannot change what its resources say, or that are read.
/// Source: CloudFormation user guide, "Template sections". `Transform` runs macros that can.
const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
];

const SERVERLESS: &str = "AWS::Serverless-2016-10-31";
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// Macros of AWS that leave the KMS resources of a template as they are; the language extensions are read.
/// Source: CloudFormation template reference, "Transform reference".
const HARMLESS: [&str; 5] = [
    SERVERLESS,
    LANGUAGE_EXTENSIONS,
    "AWS::CodeDeployBlueGreen",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
];

/// Nodes and bytes of text that are read for one template, over all its variants. A template of CloudFormation's
/// 1 MB with hundreds of keys takes less than half of it; substitutions of substitutions that grow without end take it all.
/// Source of the size: CloudFormation user guide, "Understand CloudFormation quotas".
const BUDGET: usize = 1 << 22;

/// How much of a node a message quotes.
const QUOTED: usize = 120;

/// The sections of a template.
pub(super) struct Template<'t> {
    text: &'t str,
    pub(super) parameters: BTreeMap<&'t str, Parameter<'t>>,
    pub(super) mappings: BTreeMap<&'t str, &'t Node>,
    pub(super) conditions: BTreeMap<&'t str, &'t Node>,
    pub(super) resources: BTreeMap<&'t str, &'t Node>,
    pub(super) rules: &'t [Entry],
    /// Whether functions can stand where CloudFormation otherwise takes words alone.
    pub(super) has_language_extensions: bool,
    /// Whether another template carries it.
    pub(super) is_embedded: bool,
    /// Whether macros add resources that nobody sees here.
    pub(super) adds_resources: bool,
    /// Keys that are written twice, each one's first place.
    repeated: BTreeSet<Span>,
    loose: RefCell<BTreeMap<Span, Diagnostic>>,
    budget: Cell<usize>,
}

impl<'t> Template<'t> {
    pub(super) fn new(
        text: &'t str,
        root: &'t Node,
        (repeated, given): (BTreeSet<Span>, &'t BTreeMap<String, String>),
        found: &mut Found,
    ) -> Self {
        let section = |name| root.get(name).and_then(Node::as_mapping);
        let named = |name| {
            let entries = section(name).unwrap_or_default().iter();
            entries.map(|entry| (entry.name(), &entry.value)).collect()
        };
        let parameters = section("Parameters").unwrap_or_default().iter();
        let mut template = Self {
            text,
            parameters: parameters
                .map(|entry| {
                    let parameter = Parameter::new(&entry.value);
                    let given = given.get(entry.name());
                    (entry.name(), parameter.given(given.map(String::as_str)))
                })
                .collect(),
            mappings: named("Mappings"),
            conditions: named("Conditions"),
            resources: named("Resources"),
            rules: section("Rules").unwrap_or_default(),
            has_language_extensions: false,
            is_embedded: false,
            adds_resources: false,
            repeated,
            loose: RefCell::default(),
            budget: Cell::new(BUDGET),
        };
        for section in root.as_mapping().unwrap_or_default() {
            template.section(section, found);
        }
        template
    }

    fn section(&mut self, section: &'t Entry, found: &mut Found) {
        let name = section.name();
        let message = format!("`{name}` can change what the template means");
        match name {
            "Transform" => {
                let macros = macros(&section.value);
                let is_harmless =
                    |name: &Option<&str>| name.is_some_and(|name| HARMLESS.contains(&name));
                self.has_language_extensions = macros.contains(&Some(LANGUAGE_EXTENSIONS));
                self.adds_resources =
                    macros.contains(&Some(SERVERLESS)) || !macros.iter().all(is_harmless);
                let place = unproven(section.key.span, message);
                if macros.iter().all(is_harmless) {
                    found.loose.push(place);
                } else {
                    found.doubts.push(place);
                }
            }
            // Source: AWS SAM developer guide, "Globals section": none of its kinds of resource is of KMS.
            "Globals" => found.loose.push(unproven(section.key.span, message)),
            name if SECTIONS.contains(&name) => {}
            _ => found.doubts.push(unproven(section.key.span, message)),
        }
    }

    /// The text of the template.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The type of a resource.
    pub(super) fn kind(&self, resource: &str) -> Option<&'t str> {
        self.resources.get(resource)?.get("Type")?.as_text()
    }

    /// A property of a resource, as it is written.
    pub(super) fn property(&self, resource: &str, name: &str) -> Option<&'t Node> {
        let properties = self.resources.get(resource)?.get("Properties")?;
        properties.get(name)
    }

    /// Whether a key of a mapping is written twice.
    pub(super) fn is_repeated(&self, key: &Node) -> bool {
        self.repeated.contains(&key.span)
    }

    /// Takes from what can still be read; `false` where nothing is left.
    pub(super) fn spend(&self, amount: usize) -> bool {
        match self.budget.get().checked_sub(amount) {
            Some(left) => {
                self.budget.set(left);
                true
            }
            None => {
                self.budget.set(0);
                false
            }
        }
    }

    /// Notes what only CloudFormation reads for certain.
    pub(super) fn loose(&self, span: Span, message: impl Into<String>) {
        let mut loose = self.loose.borrow_mut();
        loose.entry(span).or_insert_with(|| unproven(span, message));
    }

    pub(super) fn into_loose(self) -> impl Iterator<Item = Diagnostic> {
        self.loose.into_inner().into_values()
    }

    /// A node as it is written, on one line.
    pub(super) fn written(&self, node: &Node) -> String {
        let text = self.text.get(node.span.range()).unwrap_or_default();
        let tag = node.tag.as_deref().filter(|tag| *tag != "*");
        let mut written = String::new();
        for word in tag.into_iter().chain(text.split_whitespace()) {
            if !written.is_empty() {
                written.push(' ');
            }
            written.push_str(word);
            if written.len() > QUOTED {
                let end = written.floor_char_boundary(QUOTED);
                written.truncate(end);
                written.push('…');
                break;
            }
        }
        written
    }
}

/// The names of macros in a `Transform` section; `None` for what is no name.
fn macros(node: &Node) -> Vec<Option<&str>> {
    match node.as_sequence() {
        Some(items) => items.iter().map(Node::as_text).collect(),
        None => vec![node.as_text()],
    }
}
