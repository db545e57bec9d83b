//! The proof of stack sets: to which accounts and Regions they go, and that they carry the stack's own template.

use super::proof::{Artifacts, different, refused};
use crate::diag::Diagnostic;
use crate::kms::stack_set::{BODY_BYTES, StackSet};
use crate::source::Span;
use crate::yaml::{self, Node};

const KIND: &str = "AWS::CloudFormation::StackSet";

/// Properties that say what is deployed, where, and what becomes of it; a workspace's own template decides the others.
const DECISIVE: [&str; 6] = [
    "AutoDeployment",
    "PermissionModel",
    "StackInstancesGroup",
    "StackSetName",
    "TemplateBody",
    "TemplateURL",
];

/// The order of Regions. Source: registry schema of `AWS::CloudFormation::StackSet`: that of `StackInstancesGroup` says
/// nothing (`insertionOrder: false`).
const REGION_ORDER: &str = "RegionOrder";

/// Proves that a rendered template makes exactly this stack set, around this template of the stack.
///
/// # Errors
/// Every difference.
pub fn prove_stack_set(
    stack_set: &StackSet,
    body: &str,
    artifacts: &Artifacts<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let Some(file) = artifacts.files.first() else {
        return Ok(());
    };
    let refuse = |diagnostics| Err(refused(diagnostics, artifacts.template));
    let (root, diagnostics) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
    if !diagnostics.is_empty() {
        return refuse(diagnostics);
    }
    let place = Span::new(file.id, 0..0);
    let resources = root
        .as_ref()
        .and_then(|root| root.get("Resources")?.as_mapping());
    let mut stack_sets = resources
        .unwrap_or_default()
        .iter()
        .filter(|entry| entry.value.get("Type").and_then(Node::text) == Some(KIND));
    let (Some(found), None) = (stack_sets.next(), stack_sets.next()) else {
        let message = format!("this template has not one {KIND}");
        return refuse(vec![
            Diagnostic::error("not-what-the-spec-means", message).at(place, ""),
        ]);
    };
    let mut printed = Vec::new();
    for name in ["DeletionPolicy", "UpdateReplacePolicy"] {
        if let Some(node) = found.value.get(name) {
            flatten(node, name, &mut printed);
        }
    }
    let properties = found.value.get("Properties");
    let properties = properties.and_then(Node::as_mapping).unwrap_or_default();
    let mut template = None;
    for entry in properties {
        match entry.name() {
            "TemplateBody" if entry.value.tag.is_none() => template = entry.value.text(),
            name if DECISIVE.contains(&name) => flatten(&entry.value, name, &mut printed),
            name @ "OperationPreferences" => {
                if let Some(order) = entry.value.get(REGION_ORDER) {
                    flatten(order, &format!("{name}.{REGION_ORDER}"), &mut printed);
                }
            }
            _ => {}
        }
    }
    printed.sort_unstable();
    let meant = lines(stack_set, body.len() <= BODY_BYTES);
    let mut problems = Vec::new();
    if printed != meant {
        problems.push(different(
            found.key.span,
            "the stack set is not what the spec means".to_owned(),
            &meant.join("\n"),
            &printed.join("\n"),
        ));
    }
    if body.len() <= BODY_BYTES && template != Some(body) {
        problems.push(different(
            found.key.span,
            "the template in the stack set is not that of the stack".to_owned(),
            body,
            template.unwrap_or_default(),
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        refuse(problems)
    }
}

/// Every scalar below a node with the way to it, one a line.
fn flatten(node: &Node, path: &str, lines: &mut Vec<String>) {
    let tag = node.tag.as_deref().map(|tag| format!("{tag} "));
    let tag = tag.unwrap_or_default();
    if let Some(entries) = node.as_mapping() {
        for entry in entries {
            flatten(
                &entry.value,
                &format!("{path}{tag}.{}", entry.name()),
                lines,
            );
        }
    } else if let Some(items) = node.as_sequence() {
        for (number, item) in items.iter().enumerate() {
            flatten(item, &format!("{path}{tag}[{number}]"), lines);
        }
    } else {
        lines.push(format!("{path}: {tag}{}", node.text().unwrap_or("null")));
    }
}

/// The same of what is meant.
fn lines(stack_set: &StackSet, has_body: bool) -> Vec<String> {
    let StackSet {
        name,
        organizational_units,
        accounts,
        regions,
        auto_deployment,
        retains_stacks,
        retained,
    } = stack_set;
    let mut lines = vec![
        format!("StackSetName: {name}"),
        "PermissionModel: SERVICE_MANAGED".to_owned(),
        format!("AutoDeployment.Enabled: {auto_deployment}"),
    ];
    // Source: `AutoDeployment`: `RetainStacksOnAccountRemoval` stands only beside `Enabled: true`.
    if *auto_deployment {
        lines.push(format!(
            "AutoDeployment.RetainStacksOnAccountRemoval: {retains_stacks}"
        ));
    }
    if *retained {
        lines.extend(["DeletionPolicy: Retain", "UpdateReplacePolicy: Retain"].map(str::to_owned));
    }
    for (number, region) in regions.iter().enumerate() {
        lines.push(format!(
            "OperationPreferences.{REGION_ORDER}[{number}]: {region}"
        ));
    }
    let group = "StackInstancesGroup[0]";
    let mut list = |path: &str, items: &mut dyn Iterator<Item = &str>| {
        for (number, item) in items.enumerate() {
            lines.push(format!("{group}.{path}[{number}]: {item}"));
        }
    };
    list(
        "DeploymentTargets.OrganizationalUnitIds",
        &mut organizational_units.iter().map(String::as_str),
    );
    list("Regions", &mut regions.iter().map(String::as_str));
    if let Some((filter, accounts)) = accounts.parts() {
        list(
            "DeploymentTargets.Accounts",
            &mut accounts.iter().map(|account| account.as_str()),
        );
        lines.push(format!(
            "{group}.DeploymentTargets.AccountFilterType: {filter}"
        ));
    }
    if !has_body {
        lines.push("TemplateURL: !Ref TemplateURL".to_owned());
    }
    lines.sort_unstable();
    lines
}
