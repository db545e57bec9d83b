//! Reads CloudFormation templates.

use std::collections::BTreeMap;

use super::alias;
use super::found::{Found, FoundAlias, FoundKey, KeyForm, Lifetime, Property};
use super::key::{self, Names};
use crate::diag::Diagnostic;
use crate::iam::Text;
use crate::iam::value::{Member, Read, Value, ValueKind, unproven, whole_number};
use crate::source::{FileId, Span};
use crate::target::cloudformation::{SubProblem, parse_sub, variable};
use crate::yaml::{self, Entry, Node, NodeKind, Resolved};

/// Sections of a template that cannot change what its resources say.
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

const NAMES: Names = Names {
    description: "Description",
    key_spec: "KeySpec",
    key_usage: "KeyUsage",
    origin: Some("Origin"),
    multi_region: "MultiRegion",
    enabled: "Enabled",
    rotation: "EnableKeyRotation",
    rotation_period: "RotationPeriodInDays",
    deletion_window: "PendingWindowInDays",
    bypass: "BypassPolicyLockoutSafetyCheck",
    policy: "KeyPolicy",
    tags: "Tags",
};

/// Reads a template.
///
/// # Errors
/// Text that is no YAML or JSON.
pub(super) fn read(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    let (root, mut diagnostics) = yaml::load(file, text, yaml::Dialect::CloudFormation);
    diagnostics.extend(read_otherwise(file, text));
    let Some(root) = root.filter(|_| diagnostics.is_empty()) else {
        if diagnostics.is_empty() {
            diagnostics.push(unproven(Span::new(file, 0..0), "this template is empty"));
        }
        return Err(diagnostics);
    };
    let mut found = Found::default();
    let mut aliases = Vec::new();
    found.doubts = diagnostics;
    for section in root.as_mapping().unwrap_or_default() {
        if !SECTIONS.contains(&section.name()) {
            let message = format!("`{}` can change what the template means", section.name());
            found.doubts.push(unproven(section.key.span, message));
        }
    }
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
    for entry in resources.unwrap_or_default() {
        if let Err(doubt) = resource(entry, &mut found, &mut aliases) {
            found.doubts.push(doubt);
        }
    }
    alias::attach(aliases, &mut found);
    Ok(found)
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

fn resource(entry: &Entry, found: &mut Found, aliases: &mut Vec<FoundAlias>) -> Read<()> {
    let (name, span) = (entry.name(), entry.key.span);
    untagged(&entry.key)?;
    untagged(&entry.value)?;
    // `Fn::Transform` and `Fn::ForEach` stand where names of resources do.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(unproven(span, format!("`{name}` is no logical id")));
    }
    match attribute(entry, "Type")? {
        Some("AWS::KMS::Key") => found.keys.push(key(name, entry, KeyForm::Key)),
        Some("AWS::KMS::ReplicaKey") => found.keys.push(key(name, entry, KeyForm::Replica)),
        Some("AWS::KMS::Alias") => aliases.push(alias(name, entry)),
        // Source: CloudFormation user guide, "Embed stacks within other stacks using nested stacks" and
        // "Create reusable resource configurations with CloudFormation modules".
        Some(kind)
            if kind.ends_with("::MODULE") || kind.starts_with("AWS::CloudFormation::Stack") =>
        {
            let message = format!("`{name}` ({kind}) can hold keys that nobody sees here");
            return Err(unproven(span, message));
        }
        Some(_) => {}
        None => {
            let message = format!("`{name}` is no resource with a type");
            return Err(unproven(span, message));
        }
    }
    Ok(())
}

fn key(name: &str, resource: &Entry, form: KeyForm) -> FoundKey {
    let mut key = FoundKey::new(name, form, resource.key.span, lifetime(resource));
    match properties(resource, &mut key.doubts) {
        Ok(members) => key::properties(&mut key, members, &NAMES, tags),
        Err(doubt) => key.doubts.push(doubt),
    }
    key
}

fn alias(resource_name: &str, resource: &Entry) -> FoundAlias {
    let mut alias = FoundAlias {
        resource: resource_name.to_owned(),
        name: Property::Absent,
        key: None,
        lifetime: lifetime(resource),
        span: resource.key.span,
        doubts: Vec::new(),
    };
    let members = match properties(resource, &mut alias.doubts) {
        Ok(members) => members,
        Err(doubt) => {
            alias.doubts.push(doubt);
            return alias;
        }
    };
    for member in members {
        match member.name.as_str() {
            "AliasName" => alias.name = Property::read(member.value, Value::into_text),
            "TargetKeyId" => alias.key = target_key(&member.value),
            other => {
                let message = format!("`{other}` is no property of an alias");
                alias.doubts.push(unproven(member.span, message));
            }
        }
    }
    alias
}

/// Refuses a tag where nothing resolves it.
fn untagged(node: &Node) -> Read<()> {
    match node.tag.as_deref() {
        None => Ok(()),
        Some(tag) => Err(unproven(node.span, format!("`{tag}` is not resolved here"))),
    }
}

/// The word in an attribute of a resource, `None` where there is no such attribute.
fn attribute<'r>(resource: &'r Entry, name: &str) -> Read<Option<&'r str>> {
    let Some(node) = resource.value.get(name) else {
        return Ok(None);
    };
    untagged(node)?;
    let word = node.as_text();
    let word = word.ok_or_else(|| unproven(node.span, format!("`{name}` is not resolved here")))?;
    Ok(Some(word))
}

/// The properties of a resource; whatever else can change it is a doubt.
fn properties(resource: &Entry, doubts: &mut Vec<Diagnostic>) -> Read<Vec<Member>> {
    let mut properties = Vec::new();
    for attribute in resource.value.as_mapping().unwrap_or_default() {
        match attribute.name() {
            "Type" | "DeletionPolicy" | "UpdateReplacePolicy" | "Metadata" | "DependsOn" => {}
            "Properties" => match value(&attribute.value)?.kind {
                ValueKind::Object(members) => properties = members,
                _ => return Err(unproven(attribute.key.span, "`Properties` is no mapping")),
            },
            other => {
                let message = format!("`{other}` can change whether and how this resource is made");
                doubts.push(unproven(attribute.key.span, message));
            }
        }
    }
    Ok(properties)
}

fn lifetime(resource: &Entry) -> Lifetime {
    let policy = |name| match (attribute(resource, name), resource.value.get(name)) {
        (Err(doubt), _) => Property::Invalid(doubt),
        (Ok(Some(policy)), Some(node)) => Property::Known(policy.to_owned(), node.span),
        _ => Property::Absent,
    };
    Lifetime::Policies {
        deletion: policy("DeletionPolicy"),
        replacement: policy("UpdateReplacePolicy"),
    }
}

/// The key of this template that an alias names.
fn target_key(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Reference {
            resource,
            attribute,
        } if matches!(attribute.as_str(), "" | "Arn" | "KeyId") => Some(resource.clone()),
        _ => None,
    }
}

fn tags(value: Value) -> Read<BTreeMap<String, Text>> {
    let mut tags = BTreeMap::new();
    for tag in value.into_one_or_many() {
        let span = tag.span;
        let mut members = tag.into_members()?;
        let mut take = |name: &str| {
            let at = members.iter().position(|member| member.name == name);
            at.map(|at| members.swap_remove(at).value)
                .ok_or_else(|| unproven(span, format!("this tag has no `{name}`")))
        };
        let key = take("Key")?.into_literal()?;
        let text = take("Value")?.into_word()?;
        if !members.is_empty() {
            return Err(unproven(span, "a tag is a `Key` and a `Value`"));
        }
        if tags.contains_key(&key) {
            return Err(unproven(span, format!("the tag `{key}` is set twice")));
        }
        tags.insert(key, text);
    }
    Ok(tags)
}

/// A node as a value, with its intrinsic functions resolved.
fn value(node: &Node) -> Read<Value> {
    let span = node.span;
    let kind = match node.tag.as_deref() {
        Some("!Ref") => reference(node.text().unwrap_or_default()),
        Some("!Sub") => ValueKind::Text(sub(node)?),
        Some("!GetAtt") => get_att(node)?,
        Some(other) => {
            let message = format!("`{other}` is not resolved here");
            return Err(unproven(span, message));
        }
        None => match &node.kind {
            NodeKind::Scalar(scalar) => match scalar.resolved() {
                Resolved::Bool(value) => ValueKind::Bool(value),
                Resolved::Integer | Resolved::Float => {
                    ValueKind::Number(whole_number(span, &scalar.text)?)
                }
                Resolved::Null => return Err(unproven(span, "expected a value, found nothing")),
                Resolved::Text => {
                    certain(node)?;
                    ValueKind::Text(Text::literal(&*scalar.text))
                }
            },
            NodeKind::Sequence(items) => {
                ValueKind::List(items.iter().map(value).collect::<Read<_>>()?)
            }
            NodeKind::Mapping(entries) => object(node, entries)?,
        },
    };
    Ok(Value { span, kind })
}

/// Refuses text without quotes that CloudFormation, which reads YAML 1.1, takes for something else.
fn certain(node: &Node) -> Read<()> {
    match node.as_scalar() {
        Some(scalar) if scalar.plain && yaml::is_uncertain(&scalar.text) => Err(unproven(
            node.span,
            format!(
                "YAML 1.1 reads `{}` as more than text; quote it",
                scalar.text
            ),
        )),
        _ => Ok(()),
    }
}

fn object(node: &Node, entries: &[Entry]) -> Read<ValueKind> {
    if let [entry] = entries {
        if matches!(entry.name(), "Ref" | "Fn::Sub" | "Fn::GetAtt") {
            untagged(&entry.key)?;
            untagged(&entry.value)?;
        }
        match entry.name() {
            "Ref" => return Ok(reference(entry.value.text().unwrap_or_default())),
            "Fn::Sub" => return Ok(ValueKind::Text(sub(&entry.value)?)),
            "Fn::GetAtt" => return get_att(&entry.value),
            _ => {}
        }
    }
    let mut members = Vec::with_capacity(entries.len());
    for entry in entries {
        untagged(&entry.key)?;
        // A key that YAML takes for something else (`Null:` without quotes) is no name that AWS would see.
        let name = entry.key.as_text();
        let name =
            name.ok_or_else(|| unproven(entry.key.span, "this key is not text; quote it"))?;
        certain(&entry.key)?;
        if name.starts_with("Fn::") {
            return Err(unproven(
                node.span,
                format!("`{name}` is not resolved here"),
            ));
        }
        members.push(Member {
            name: name.to_owned(),
            span: entry.key.span,
            value: value(&entry.value)?,
        });
    }
    Ok(ValueKind::Object(members))
}

fn reference(name: &str) -> ValueKind {
    match variable(name) {
        Some(variable) => ValueKind::Text(Text::variable(variable)),
        None => ValueKind::Reference {
            resource: name.to_owned(),
            attribute: String::new(),
        },
    }
}

fn get_att(node: &Node) -> Read<ValueKind> {
    for item in node.as_sequence().unwrap_or_default() {
        untagged(item)?;
    }
    let named = match &node.kind {
        NodeKind::Scalar(scalar) => scalar
            .text
            .split_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned())),
        NodeKind::Sequence(items) => match items.as_slice() {
            [resource, attribute] => resource
                .as_text()
                .zip(attribute.as_text())
                .map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned())),
            _ => None,
        },
        NodeKind::Mapping(_) => None,
    };
    let (resource, attribute) =
        named.ok_or_else(|| unproven(node.span, "expected a resource and its attribute"))?;
    Ok(ValueKind::Reference {
        resource,
        attribute,
    })
}

/// `Fn::Sub` in both forms.
fn sub(node: &Node) -> Read<Text> {
    for item in node.as_sequence().unwrap_or_default() {
        untagged(item)?;
    }
    let (template, mapping) = match &node.kind {
        NodeKind::Scalar(scalar) => (Some(&*scalar.text), None),
        NodeKind::Sequence(items) => match items.as_slice() {
            [template, mapping] => (template.text(), Some(mapping)),
            _ => (None, None),
        },
        NodeKind::Mapping(_) => (None, None),
    };
    let template = template.ok_or_else(|| unproven(node.span, "this substitution has no text"))?;
    let mut values = BTreeMap::new();
    for entry in mapping.and_then(Node::as_mapping).unwrap_or_default() {
        values.insert(entry.name(), value(&entry.value)?.into_text()?);
    }
    parse_sub(template, |name| values.get(name)).map_err(|problem| {
        let message = match problem {
            SubProblem::Unknown(name) => format!("`{name}` in this substitution is not known here"),
            SubProblem::Unclosed => "`${` in this substitution has no end".to_owned(),
        };
        unproven(node.span, message)
    })
}
