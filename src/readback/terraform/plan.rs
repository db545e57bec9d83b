//! Plans and states as `terraform show -json` prints them.
//!
//! Source: Terraform documentation, "JSON Output Format".

use std::collections::BTreeMap;

use super::data::is_key;
use super::keys::{form_of, names_of, resource_id};
use super::tags::{pairs, tags};
use crate::diag::Diagnostic;
use crate::iam::read;
use crate::iam::value::{Member, Value, ValueKind, unproven};
use crate::readback::alias;
use crate::readback::found::{Found, FoundAlias, FoundKey, KeyForm, Lifetime, Property};
use crate::readback::key;
use crate::readback::policy_json::value;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node};

/// Reads a plan or a state.
///
/// # Errors
/// Text that is no JSON.
pub(in crate::readback) fn read(file: FileId, text: &str) -> Result<Found, Vec<Diagnostic>> {
    let root = match yaml::load(file, text, yaml::Dialect::CloudFormation) {
        (Some(root), problems) if problems.is_empty() => root,
        (None, problems) if problems.is_empty() => {
            return Err(vec![unproven(Span::new(file, 0..0), "this plan is empty")]);
        }
        (_, problems) => return Err(problems),
    };
    let mut plan = Plan {
        unknown: changes(&root),
        configuration: root
            .get("configuration")
            .and_then(|it| it.get("root_module")),
        resources: Vec::new(),
    };
    let values = root.get("planned_values").or_else(|| root.get("values"));
    match values.and_then(|values| values.get("root_module")) {
        Some(module) => plan.gather(module),
        None => {
            return Err(vec![unproven(
                root.span,
                "this plan has no `planned_values`",
            )]);
        }
    }
    Ok(plan.found())
}

/// What is known only after the plan is applied, by address.
fn changes(root: &Node) -> BTreeMap<&str, &Node> {
    let changes = root.get("resource_changes").and_then(Node::as_sequence);
    changes
        .unwrap_or_default()
        .iter()
        .filter_map(pair)
        .collect()
}

fn pair(change: &Node) -> Option<(&str, &Node)> {
    let address = change.get("address")?.as_text()?;
    Some((address, change.get("change")?.get("after_unknown")?))
}

struct Plan<'p> {
    unknown: BTreeMap<&'p str, &'p Node>,
    configuration: Option<&'p Node>,
    resources: Vec<Resource<'p>>,
}

struct Resource<'p> {
    address: &'p str,
    kind: &'p str,
    span: Span,
    values: &'p Node,
}

impl<'p> Plan<'p> {
    /// The managed resources of a module and those below it.
    fn gather(&mut self, module: &'p Node) {
        for resource in list(module, "resources") {
            let text = |name| resource.get(name).and_then(Node::as_text);
            let (Some(address), Some(kind)) = (text("address"), text("type")) else {
                continue;
            };
            let values = resource.get("values");
            if let (Some("managed"), Some(values)) = (text("mode"), values) {
                let span = resource.get("address").map_or(resource.span, |it| it.span);
                self.resources.push(Resource {
                    address,
                    kind,
                    span,
                    values,
                });
            }
        }
        for child in list(module, "child_modules") {
            self.gather(child);
        }
    }

    fn found(&self) -> Found {
        let mut found = Found::default();
        let mut aliases = Vec::new();
        for resource in &self.resources {
            match resource.kind {
                kind if is_key(kind) => found.keys.push(self.key(resource)),
                "aws_kms_alias" | "awscc_kms_alias" => aliases.push(self.alias(resource)),
                "aws_kms_grant" => found.doubts.push(unproven(
                    resource.span,
                    format!(
                        "`{}` gives access that no key policy shows",
                        resource.address
                    ),
                )),
                kind if kind.contains("cloudformation_stack") => found.doubts.push(unproven(
                    resource.span,
                    format!("`{}` can hold keys that nobody sees here", resource.address),
                )),
                _ => {}
            }
        }
        for resource in &self.resources {
            if resource.kind == "aws_kms_key_policy" {
                self.policy(resource, &mut found);
            }
        }
        alias::attach(aliases, &mut found);
        found
    }

    fn key(&self, resource: &Resource<'_>) -> FoundKey {
        let names = names_of(resource.kind);
        let mut key = FoundKey::new(
            resource_id(resource.address),
            form_of(resource.kind),
            resource.span,
            lifetime(resource.span),
        );
        let known = [
            names.description,
            names.key_spec,
            names.key_usage,
            names.origin.unwrap_or(names.key_spec),
            names.multi_region,
            names.custom_key_store,
            names.xks_key,
            names.primary,
            names.enabled,
            names.rotation,
            names.rotation_period,
            names.deletion_window,
            names.bypass,
            names.policy,
        ];
        let mut members: Vec<Member> = Vec::new();
        for name in known.into_iter().filter(|name| !name.is_empty()) {
            members.extend(self.member(resource, name));
        }
        // With those that the provider gives.
        let all = self.member(resource, "tags_all");
        let all = all.or_else(|| self.member(resource, names.tags));
        members.extend(all.map(|member| Member {
            name: names.tags.to_owned(),
            ..member
        }));
        let tags = if resource.kind.starts_with("awscc") {
            pairs
        } else {
            tags
        };
        key::properties(&mut key, members, names, tags);
        key
    }

    /// An argument that is set, or that only the deployment knows although the module sets it.
    fn member(&self, resource: &Resource<'_>, name: &str) -> Option<Member> {
        if let Some(entry) = resource.values.entry(name) {
            let value = value(&entry.value);
            let empty = matches!(&value.kind, ValueKind::Text(text) if text.parts().is_empty());
            if value.kind == ValueKind::Null || empty {
                return None;
            }
            return Some(Member {
                name: name.to_owned(),
                span: entry.key.span,
                value,
            });
        }
        let unknown = self.unknown.get(resource.address)?.get(name)?;
        if unknown.as_bool() == Some(false) {
            return None;
        }
        // What the module does not set is computed, and AWS's default.
        let configured = match self.expressions(resource.address) {
            Some(expressions) => expressions.get(name).is_some(),
            None => true,
        };
        configured.then(|| Member {
            name: name.to_owned(),
            span: resource.span,
            value: Value {
                span: resource.span,
                kind: ValueKind::Unknown(format!("${{{}.{name}}}", resource.address)),
            },
        })
    }

    /// The arguments of a resource as the configuration writes them.
    fn expressions(&self, address: &str) -> Option<&'p Node> {
        let plain = without_keys(address);
        let mut module = self.configuration?;
        let mut rest = plain.as_str();
        while let Some(below) = rest.strip_prefix("module.") {
            let (name, after) = below.split_once('.')?;
            module = module.get("module_calls")?.get(name)?.get("module")?;
            rest = after;
        }
        let mut resources = list(module, "resources").iter();
        let resource = resources.find(|resource| {
            let address = resource.get("address").and_then(Node::as_text);
            address == Some(rest)
        });
        resource?.get("expressions")
    }

    fn alias(&self, resource: &Resource<'_>) -> FoundAlias {
        let id = resource.address.strip_prefix("aws_kms_alias.");
        let mut alias = FoundAlias {
            resource: id.unwrap_or(resource.address).to_owned(),
            name: Property::Absent,
            key: self.target(resource, "target_key_id"),
            lifetime: lifetime(resource.span),
            span: resource.span,
            doubts: Vec::new(),
        };
        let name = self.member(resource, "name");
        let name = name.or_else(|| self.member(resource, "alias_name"));
        if let Some(name) = name {
            alias.name = Property::read(name.value, Value::into_text);
        }
        alias
    }

    fn policy(&self, resource: &Resource<'_>, found: &mut Found) {
        let Some(member) = self.member(resource, "policy") else {
            return;
        };
        let span = member.value.span;
        let policy = Property::Known(read::policy(member.value), span);
        let target = self.target(resource, "key_id");
        let mut keys = found.keys.iter_mut();
        if let Some(key) = keys.find(|key| Some(&key.resource) == target.as_ref()) {
            if key.policy != Property::Absent && key.policy != policy {
                let message = "this key has a policy of its own beside this one; which of the two it keeps is not known";
                key.doubts.push(unproven(resource.span, message));
            }
            key.policy = policy;
            return;
        }
        let mut alone = FoundKey::new(
            resource.address,
            KeyForm::PolicyAlone,
            resource.span,
            Lifetime::Unmanaged,
        );
        alone.policy = policy;
        found.keys.push(alone);
    }

    /// The key that a resource names: by its id, or by what the configuration refers to.
    fn target(&self, resource: &Resource<'_>, name: &str) -> Option<String> {
        let keys = || self.resources.iter().filter(|other| is_key(other.kind));
        let known = |key: &&Resource<'_>| {
            let target = resource.values.get(name).and_then(Node::as_text);
            let ids = ["arn", "id", "key_id"].map(|id| key.values.get(id).and_then(Node::as_text));
            target.is_some() && ids.contains(&target)
        };
        if let Some(key) = keys().find(known) {
            return Some(resource_id(key.address).to_owned());
        }
        let references = self.expressions(resource.address)?.get(name)?;
        let module = match resource.address.find(&format!("{}.", resource.kind)) {
            Some(at) => resource.address.get(..at)?,
            None => "",
        };
        let suffix = resource.address.rfind('[').and_then(|at| {
            let end = resource.address.ends_with(']');
            resource.address.get(at..).filter(|_| end)
        });
        for reference in list(references, "references") {
            let reference = without_keys(reference.as_text().unwrap_or_default());
            let of = |key: &&Resource<'_>| {
                let plain = key.address.strip_prefix(module).map(without_keys);
                let plain = plain.unwrap_or_default();
                let rest = reference.strip_prefix(plain.as_str());
                !plain.is_empty()
                    && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let matching: Vec<_> = keys().filter(of).collect();
            let same = |key: &&&Resource<'_>| suffix.is_some_and(|it| key.address.ends_with(it));
            let one = match matching.as_slice() {
                [only] => Some(only),
                several => several.iter().find(same),
            };
            if let Some(key) = one {
                return Some(resource_id(key.address).to_owned());
            }
        }
        None
    }
}

/// A plan does not say whether a resource may be destroyed.
fn lifetime(span: Span) -> Lifetime {
    Lifetime::PreventDestroy(Property::Unknown("prevent_destroy".to_owned(), span))
}

fn list<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    node.get(name)
        .and_then(Node::as_sequence)
        .unwrap_or_default()
}

/// An address without the keys of instances.
fn without_keys(address: &str) -> String {
    let mut plain = String::new();
    let mut quoted = false;
    let mut depth = 0_u32;
    for c in address.chars() {
        match c {
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}
