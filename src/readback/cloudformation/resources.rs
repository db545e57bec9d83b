//! Resources: keys, replicas and aliases, in every way in which the template can make them.

use std::collections::BTreeMap;

use super::properties::{settled, tags};
use super::reader::{self, Outcome, Reader};
use super::template::Template;
use super::untagged;
use super::{embedded, identity};
use crate::diag::Diagnostic;
use crate::iam::read::{Doubt, Problem};
use crate::iam::value::{Member, Read, Value, ValueKind, unproven};
use crate::readback::found::{
    Found, FoundAlias, FoundKey, FoundWaiver, KeyForm, Lifetime, Property,
};
use crate::readback::key::{self, Names};
use crate::readback::variants::MAX_VARIANTS;
use crate::source::Span;
use crate::yaml::{Entry, Node};

const NAMES: Names = Names {
    description: "Description",
    key_spec: "KeySpec",
    key_usage: "KeyUsage",
    origin: Some("Origin"),
    // CloudFormation has no such properties.
    custom_key_store: "",
    xks_key: "",
    primary: "PrimaryKeyArn",
    multi_region: "MultiRegion",
    enabled: "Enabled",
    rotation: "EnableKeyRotation",
    rotation_period: "RotationPeriodInDays",
    deletion_window: "PendingWindowInDays",
    bypass: "BypassPolicyLockoutSafetyCheck",
    policy: "KeyPolicy",
    tags: "Tags",
};

/// Reads the resources of a template.
pub(super) fn read<'t>(template: &Template<'t>, entries: &'t [Entry], found: &mut Found) {
    let mut keys = Vec::new();
    let mut aliases = Vec::new();
    for entry in entries {
        match kind(entry) {
            Ok(Kind::Key(form)) => keys.push((entry, form)),
            Ok(Kind::Alias) => aliases.push(entry),
            Ok(Kind::Identity(inline)) => identity::read(template, entry, inline, found),
            Ok(Kind::StackSet(body)) => match embedded::read(template, body) {
                Some(inner) => embedded::add(inner, found),
                None => found
                    .doubts
                    .push(unseen(entry, "AWS::CloudFormation::StackSet")),
            },
            Ok(Kind::Other) => {}
            Err(doubt) => found.doubts.push(doubt),
        }
    }
    let named = mentions(&keys, &aliases);
    for (entry, form) in keys {
        let aliases = named.get(entry.name()).map_or(&[][..], Vec::as_slice);
        read_key(template, entry, form, aliases, found);
    }
    for entry in aliases {
        read_alias(template, entry, found);
    }
}

enum Kind<'t> {
    Key(KeyForm),
    Alias,
    /// A policy of users, groups or roles, or one of these; whether the policy is inline.
    Identity(bool),
    /// A stack set with the template that it carries.
    StackSet(&'t Node),
    Other,
}

fn unseen(entry: &Entry, kind: &str) -> Diagnostic {
    let name = entry.name();
    let message = format!("`{name}` ({kind}) can hold keys that nobody sees here");
    unproven(entry.key.span, message)
}

fn kind(entry: &Entry) -> Read<Kind<'_>> {
    let (name, span) = (entry.name(), entry.key.span);
    untagged(&entry.key)?;
    untagged(&entry.value)?;
    // `Fn::Transform` and `Fn::ForEach` stand where names of resources do.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(unproven(span, format!("`{name}` is no logical id")));
    }
    match attribute(entry, "Type")? {
        Some("AWS::KMS::Key") => Ok(Kind::Key(KeyForm::Key)),
        Some("AWS::KMS::ReplicaKey") => Ok(Kind::Key(KeyForm::Replica)),
        Some("AWS::KMS::Alias") => Ok(Kind::Alias),
        // Source: CloudFormation user guide, "Embed stacks within other stacks using nested stacks" and
        // "Create reusable resource configurations with CloudFormation modules"; AWS SAM developer guide,
        // "AWS::Serverless::Application".
        Some(kind)
            if kind.ends_with("::MODULE")
                || kind.starts_with("AWS::CloudFormation::Stack")
                || kind == "AWS::Serverless::Application" =>
        {
            let properties = entry.value.get("Properties");
            let body = properties.and_then(|it| it.get("TemplateBody"));
            match body.filter(|_| kind == "AWS::CloudFormation::StackSet") {
                Some(body) => Ok(Kind::StackSet(body)),
                None => Err(unseen(entry, kind)),
            }
        }
        Some("AWS::IAM::ManagedPolicy") => Ok(Kind::Identity(false)),
        Some(kind) if identity::INLINE.contains(&kind) => Ok(Kind::Identity(true)),
        Some(_) => Ok(Kind::Other),
        None => {
            let message = format!("`{name}` is no resource with a type");
            Err(unproven(span, message))
        }
    }
}

/// The aliases that may be a key's: those in whose target its name stands, in whatever form.
fn mentions<'t>(
    keys: &[(&'t Entry, KeyForm)],
    aliases: &[&'t Entry],
) -> BTreeMap<&'t str, Vec<&'t Entry>> {
    let mut named: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for (key, _) in keys {
        named.insert(key.name(), Vec::new());
    }
    for alias in aliases {
        let properties = alias.value.get("Properties");
        let mut words = Vec::new();
        if let Some(properties) = properties {
            collect_words(properties, &mut words);
        }
        words.sort_unstable();
        words.dedup();
        for word in words {
            if let Some(of_key) = named.get_mut(word) {
                of_key.push(alias);
            }
        }
    }
    named
}

/// Every word in which the name of a resource can stand.
fn collect_words<'t>(node: &'t Node, words: &mut Vec<&'t str>) {
    let is_boundary = |c: char| !c.is_ascii_alphanumeric();
    words.extend(
        node.text()
            .into_iter()
            .flat_map(|text| text.split(is_boundary)),
    );
    for item in node.as_sequence().unwrap_or_default() {
        collect_words(item, words);
    }
    for entry in node.as_mapping().unwrap_or_default() {
        collect_words(&entry.value, words);
    }
}

fn too_many(span: Span) -> Diagnostic {
    unproven(
        span,
        format!("the conditions of this resource come in more than {MAX_VARIANTS} combinations"),
    )
}

fn read_key<'t>(
    template: &Template<'t>,
    entry: &'t Entry,
    form: KeyForm,
    aliases: &[&'t Entry],
    found: &mut Found,
) {
    let (variants, is_complete) = reader::each(template, |reader| reader.key(entry, form, aliases));
    let is_possible = |(_, outcome): &(_, Outcome<_>)| *outcome != Outcome::Impossible;
    if !variants.iter().any(is_possible) {
        let message = "no values of the parameters satisfy the rules of this template";
        found.doubts.push(unproven(entry.key.span, message));
    }
    for (when, outcome) in variants {
        if let Outcome::Read(Some(mut key)) = outcome {
            key.when = when;
            if !is_complete {
                key.doubts.push(too_many(entry.key.span));
            }
            found.keys.push(key);
        }
    }
}

/// Reads an alias by itself; those of keys of this template stand beside their keys.
fn read_alias<'t>(template: &Template<'t>, entry: &'t Entry, found: &mut Found) {
    let (variants, is_complete) = reader::each(template, |reader| {
        let alias = reader.alias(entry);
        alias.filter(|alias| alias.key.is_none())
    });
    for (_, outcome) in variants {
        if let Outcome::Read(Some(mut alias)) = outcome {
            if !is_complete {
                alias.doubts.push(too_many(entry.key.span));
            }
            found.other_aliases.push(alias);
        }
    }
}

impl<'t> Reader<'t, '_> {
    /// A key with its aliases; `None` where it is not made.
    fn key(&self, resource: &'t Entry, form: KeyForm, aliases: &[&'t Entry]) -> Option<FoundKey> {
        let (name, span) = (resource.name(), resource.key.span);
        if !self.is_made(resource) {
            return None;
        }
        let mut key = FoundKey::new(name, form, span, self.lifetime(resource));
        let members = self.properties(resource).into_iter();
        let members = members.map(|member| settled(member, self.template));
        key::properties(&mut key, members.collect(), &NAMES, tags);
        key.waivers = self.waivers(resource);
        let notes = self.take_notes();
        key.doubts = notes.doubts.into_values().collect();
        key.assumptions = notes.assumptions;
        refuse(&mut key, notes.invalid);
        for alias in aliases {
            if let Some(alias) = self
                .alias(alias)
                .filter(|it| it.key.as_deref() == Some(name))
            {
                key.aliases.push(alias);
            }
        }
        Some(key)
    }

    /// An alias; `None` where it is not made.
    fn alias(&self, resource: &'t Entry) -> Option<FoundAlias> {
        if !self.is_made(resource) {
            return None;
        }
        let mut alias = FoundAlias {
            resource: resource.name().to_owned(),
            name: Property::Absent,
            key: None,
            lifetime: self.lifetime(resource),
            span: resource.key.span,
            doubts: Vec::new(),
        };
        for member in self.properties(resource) {
            match member.name.as_str() {
                "AliasName" => alias.name = Property::read(member.value, Value::into_text),
                "TargetKeyId" => alias.key = self.key_named(&member.value.kind),
                other => self.doubt(member.span, format!("`{other}` is no property of an alias")),
            }
        }
        let notes = self.take_notes();
        alias.doubts = notes.doubts.into_values().collect();
        alias.doubts.extend(notes.invalid);
        Some(alias)
    }

    /// Whether the resource's condition holds.
    pub(super) fn is_made(&self, resource: &'t Entry) -> bool {
        let Some(condition) = resource.value.get("Condition") else {
            return true;
        };
        let name = condition.as_text().filter(|_| condition.tag.is_none());
        let Some(name) = name else {
            self.doubt(condition.span, "this is no name of a condition");
            return true;
        };
        self.condition(name, condition.span).unwrap_or_else(|| {
            let message = format!("this resource is made only if `{name}` holds");
            self.doubt(condition.span, message);
            true
        })
    }

    /// The properties of a resource; whatever else can change it is a doubt.
    pub(super) fn properties(&self, resource: &'t Entry) -> Vec<Member> {
        let mut members = Vec::new();
        for attribute in resource.value.as_mapping().unwrap_or_default() {
            let span = attribute.key.span;
            match attribute.name() {
                "Type"
                | "DeletionPolicy"
                | "UpdateReplacePolicy"
                | "Metadata"
                | "DependsOn"
                | "Condition" => {}
                "Properties" => self.members(&attribute.value, &mut members),
                other => {
                    let message =
                        format!("`{other}` can change whether and how this resource is made");
                    self.doubt(span, message);
                }
            }
        }
        members
    }

    fn members(&self, node: &'t Node, members: &mut Vec<Member>) {
        // One by one, so that a loop among them leaves the others as they are.
        if let Some(entries) = node.as_mapping().filter(|_| node.tag.is_none())
            && entries.len() != 1
        {
            members.extend(entries.iter().filter_map(|entry| self.member(entry)?));
            return;
        }
        let Some(value) = self.value(node) else {
            return;
        };
        match value.kind {
            ValueKind::Object(object) => *members = object,
            ValueKind::Unknown(written) => {
                self.doubt(node.span, format!("`{written}` is not resolved here"));
            }
            _ => self.doubt(node.span, "`Properties` is no mapping"),
        }
    }

    fn lifetime(&self, resource: &'t Entry) -> Lifetime {
        let policy = |name| {
            let Some(node) = resource.value.get(name) else {
                return Property::Absent;
            };
            // Source: CloudFormation template reference, "AWS::LanguageExtensions": functions in these attributes.
            if self.template.has_language_extensions {
                let value = self.value(node);
                return value.map_or(Property::Absent, |it| {
                    Property::read(it, Value::into_literal)
                });
            }
            match attribute(resource, name) {
                Ok(Some(policy)) => Property::Known(policy.to_owned(), node.span),
                Ok(None) => Property::Absent,
                Err(doubt) => Property::Invalid(doubt),
            }
        };
        Lifetime::Policies {
            deletion: policy("DeletionPolicy"),
            replacement: policy("UpdateReplacePolicy"),
        }
    }

    /// Waivers in the metadata: `keywright: {waive: [{control, reason, expires}]}`.
    pub(super) fn waivers(&self, resource: &'t Entry) -> Vec<FoundWaiver> {
        let metadata = resource.value.get("Metadata");
        let waive = metadata.and_then(|it| it.get("keywright")?.get("waive"));
        let mut waivers = Vec::new();
        let Some(waive) = waive else {
            return waivers;
        };
        for waiver in waive.as_sequence().unwrap_or(std::slice::from_ref(waive)) {
            let word = |name| {
                let word = waiver.get(name).and_then(Node::text);
                word.filter(|word| !word.trim().is_empty())
            };
            let (Some(control), Some(reason)) = (word("control"), word("reason")) else {
                self.doubt(
                    waiver.span,
                    "a waiver names a `control` and gives a `reason`",
                );
                continue;
            };
            waivers.push(FoundWaiver {
                control: control.to_owned(),
                reason: reason.to_owned(),
                expires: word("expires").map(str::to_owned),
                span: waiver.span,
            });
        }
        waivers
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

/// What AWS refuses: in the policy where it stands there, else of the whole key.
fn refuse(key: &mut FoundKey, invalid: Vec<Diagnostic>) {
    for diagnostic in invalid {
        match &mut key.policy {
            Property::Known(policy, _) => policy.problems.push(Problem {
                doubt: Doubt::Invalid,
                diagnostic,
            }),
            _ => key.doubts.push(diagnostic),
        }
    }
}
