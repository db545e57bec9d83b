//! A stack as a Terraform module.

use tera::{Context, Value};

use super::engine::Renderer;
use super::{RenderedFile, context};
use crate::diag::Diagnostic;
use crate::hcl::value::{Expr, write};
use crate::hcl::{format, quote};
use crate::iam::{PolicyDocument, Tree};
use crate::kms::{Key, Stack};
use crate::spec::Target;
use crate::target::names::{Naming, Terraform};
use crate::target::paths;
use crate::target::terraform::{self, LOOKUPS};

/// Each file of a module with its template.
const FILES: [(&str, &str); 3] = [
    ("main.tf", "terraform/main.tf"),
    ("versions.tf", "terraform/versions.tf"),
    ("outputs.tf", "terraform/outputs.tf"),
];

/// The oldest Terraform that reads provider source addresses. Source: Terraform documentation, "Provider Requirements".
const TERRAFORM: &str = "0.13";
/// The oldest Terraform with `moved` blocks. Source: Terraform CHANGELOG, 1.1.0.
const TERRAFORM_MOVED: &str = "1.1";
/// The oldest Terraform with `removed` blocks. Source: Terraform CHANGELOG, 1.7.0.
const TERRAFORM_REMOVED: &str = "1.7";
/// The oldest AWS provider that the output is validated with.
const PROVIDER: &str = "3.39.0";
/// The oldest AWS provider with `rotation_period_in_days`. Source: its CHANGELOG, 5.49.0 (#37140).
const PROVIDER_ROTATION_PERIOD: &str = "5.49.0";

pub(super) fn render(renderer: &Renderer, stack: &Stack) -> Result<Vec<RenderedFile>, Diagnostic> {
    let mut context = Context::new();
    context.insert_value("module", module(stack));
    FILES
        .into_iter()
        .filter(|(file, _)| *file != "outputs.tf" || !stack.keys.is_empty())
        .map(|(file, template)| {
            let text = renderer.template(Target::Terraform, template, &context)?;
            Ok(RenderedFile {
                target: Target::Terraform,
                path: paths::terraform(stack, file),
                template,
                text: format::format(&text),
            })
        })
        .collect()
}

fn module(stack: &Stack) -> Value {
    let lookups = LOOKUPS
        .iter()
        .filter(|lookup| stack.texts().any(|text| text.uses(lookup.variable)));
    let lookups: Vec<_> = lookups
        .map(|lookup| {
            context::object([
                ("local", lookup.local.into()),
                ("data_source", lookup.data_source.into()),
                ("attribute", lookup.attribute.into()),
            ])
        })
        .collect();
    let moves = Terraform.moves(stack);
    let removals = Terraform.removals(stack);
    let terraform_version = if !removals.is_empty() {
        TERRAFORM_REMOVED
    } else if !moves.is_empty() {
        TERRAFORM_MOVED
    } else {
        TERRAFORM
    };
    let period = stack
        .keys
        .iter()
        .any(|key| context::rotation_period(key).is_some());
    let provider = if period {
        PROVIDER_ROTATION_PERIOD
    } else {
        PROVIDER
    };
    let keys: Vec<_> = stack.keys.iter().map(key_value).collect();
    let moves: Vec<_> = moves
        .into_iter()
        .map(|(from, to)| context::object([("from", from.into()), ("to", to.into())]))
        .collect();
    context::object([
        ("name", stack.name.as_str().into()),
        ("environment", stack.environment.as_str().into()),
        (
            "terraform_version",
            format!(">= {terraform_version}").into(),
        ),
        ("provider_version", format!(">= {provider}").into()),
        ("lookups", lookups.into()),
        ("keys", keys.into()),
        ("moves", moves.into()),
        ("removals", removals.into()),
    ])
}

fn key_value(key: &Key) -> Value {
    let id = Terraform.id(key);
    let aliases: Vec<_> = key
        .aliases
        .iter()
        .zip(Terraform.aliases(key))
        .map(|(alias, resource)| {
            context::object([
                ("resource", resource.into()),
                ("name", context::ready(&terraform::value(&alias.name))),
                (
                    "description",
                    format!("Name of the alias {}", alias.name).into(),
                ),
            ])
        })
        .collect();
    let name = key.aliases.first().map(|alias| alias.name.to_string());
    let name = name.unwrap_or_default();
    context::object([
        ("id", id.into()),
        ("resource", Terraform.key(id).into()),
        ("arn_description", format!("ARN of the key {name}").into()),
        ("id_description", format!("Id of the key {name}").into()),
        ("prevent_destroy", key.retained.into()),
        ("description", key.description.as_str().into()),
        ("enabled", key.enabled.into()),
        ("rotation", key.rotation.is_some().into()),
        ("rotation_period_days", context::rotation_period(key).into()),
        ("deletion_window_days", key.deletion_window_days.into()),
        ("policy", context::ready(&policy(&key.policy))),
        ("tags", context::tags(&key.tags, terraform::value)),
        ("aliases", aliases.into()),
    ])
}

fn policy(policy: &PolicyDocument) -> String {
    let mut out = String::new();
    write(&mut out, &expression(&Tree::from(policy)), 0);
    out
}

fn expression(tree: &Tree<'_>) -> Expr {
    match tree {
        Tree::Text(text) => Expr::Raw(terraform::value(text)),
        Tree::List(items) => Expr::List(items.iter().map(expression).collect()),
        Tree::Object(members) => Expr::Object(
            members
                .iter()
                .map(|(name, value)| (object_key(name), expression(value)))
                .collect(),
        ),
    }
}

/// A bare name where HCL reads it as one, else a quoted one.
fn object_key(name: &str) -> String {
    let bare = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if bare {
        name.to_owned()
    } else {
        quote::quote(name)
    }
}
