//! A stack as a Terraform module.

use tera::{Context, Value};

use super::engine::Renderer;
use super::{Purpose, RenderedFile, context, signals};
use crate::diag::Diagnostic;
use crate::hcl::value::{Expr, write};
use crate::hcl::{format, quote};
use crate::iam::{PolicyDocument, Text, Tree};
use crate::kms::{Key, Origin, Stack};
use crate::spec::Target;
use crate::target::imports;
use crate::target::names::{Naming, Terraform};
use crate::target::paths;
use crate::target::terraform::{self, LOOKUPS};

/// Each file of a module with its template.
const FILES: [(&str, &str); 4] = [
    ("main.tf", "terraform/main.tf"),
    ("versions.tf", "terraform/versions.tf"),
    ("outputs.tf", "terraform/outputs.tf"),
    ("variables.tf", "terraform/variables.tf"),
];

/// What a root module needs beside a module that takes over keys.
const IMPORT: &str = "terraform/import.tf";

/// The oldest Terraform that reads provider source addresses. Source: Terraform documentation, "Provider Requirements".
pub(super) const TERRAFORM: &str = "0.13";
/// The oldest Terraform with `moved` blocks. Source: Terraform CHANGELOG, 1.1.0.
const TERRAFORM_MOVED: &str = "1.1";
/// The oldest Terraform with `import` blocks. Source: Terraform CHANGELOG, 1.5.0.
const TERRAFORM_IMPORT: &str = "1.5";
/// The oldest Terraform with `removed` blocks. Source: Terraform CHANGELOG, 1.7.0.
const TERRAFORM_REMOVED: &str = "1.7";
/// The oldest AWS provider that the output is validated with.
pub(super) const PROVIDER: Version = (3, 39, 0);
/// The oldest AWS provider with `rotation_period_in_days`. Source: its CHANGELOG, 5.49.0 (#37140).
const PROVIDER_ROTATION_PERIOD: Version = (5, 49, 0);

/// The oldest AWS provider with multi-Region keys and their replicas. Source: its CHANGELOG, 3.64.0 (#20533).
const PROVIDER_MULTI_REGION: Version = (3, 64, 0);
/// The oldest AWS provider with `custom_key_store_id`. Source: its CHANGELOG, 4.33.0 (#24787).
const PROVIDER_CUSTOM_KEY_STORE: Version = (4, 33, 0);
/// The oldest AWS provider with `xks_key_id`. Source: its CHANGELOG, 5.32.0 (#31216).
const PROVIDER_XKS_KEY: Version = (5, 32, 0);
/// The oldest AWS provider with `key_spec` and `key_usage` of `aws_kms_external_key`. Source: its CHANGELOG, 6.11.0
/// (#44011).
const PROVIDER_EXTERNAL_KIND: Version = (6, 11, 0);

/// A version of the provider.
pub(super) type Version = (u16, u16, u16);

/// The oldest AWS provider that takes a key spec or a usage, by the beginning of its name, where [`PROVIDER`] does
/// not. The provider takes these values from the AWS SDK that it is built with.
const PROVIDER_VALUES: [(&str, Version); 6] = [
    // CHANGELOG, #24450.
    ("HMAC_", (4, 12, 1)),
    // At most: #25992 brings an SDK after v1.44.57, which has it.
    ("SM2", (4, 24, 0)),
    // At most: its SDK is newer than the value, of 2024-06-13.
    ("KEY_AGREEMENT", (6, 2, 0)),
    // CHANGELOG, #43128; 6.1.0 was withdrawn.
    ("ML_DSA_", (6, 2, 0)),
    // #45025 brings the SDK of 2025-11-07, which has it.
    ("ECC_NIST_EDWARDS25519", (6, 21, 0)),
    // CHANGELOG, #24450.
    ("GENERATE_VERIFY_MAC", (4, 12, 1)),
];

pub(super) fn render(renderer: &Renderer, stack: &Stack) -> Result<Vec<RenderedFile>, Diagnostic> {
    let mut context = Context::new();
    context.insert_value("module", module(stack, renderer.annotates()));
    let of_module = FILES
        .into_iter()
        .filter(|(file, _)| match *file {
            "outputs.tf" => !stack.keys.is_empty(),
            "variables.tf" => stack.keys.iter().any(|key| key.replica),
            _ => true,
        })
        .map(|(file, template)| (Purpose::Stack, paths::terraform(stack, file), template));
    let import = (Purpose::Import, paths::terraform_import(stack), IMPORT);
    let import = (!stack.adopted.is_empty()).then_some(import);
    of_module
        .chain(import)
        .map(|(purpose, path, template)| {
            let text = renderer.template(Target::Terraform, template, &context)?;
            Ok(RenderedFile {
                target: Target::Terraform,
                purpose,
                path,
                template,
                text: format::format(&text),
            })
        })
        .collect()
}

fn module(stack: &Stack, annotations: bool) -> Value {
    let lookups = LOOKUPS
        .iter()
        .filter(|lookup| stack.texts().any(|text| text.uses(lookup.variable)));
    // Those with one data source stand side by side.
    let mut data_sources: Vec<_> = lookups.clone().map(|lookup| lookup.data_source).collect();
    data_sources.dedup();
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
    } else if !stack.adopted.is_empty() {
        TERRAFORM_IMPORT
    } else if !moves.is_empty() {
        TERRAFORM_MOVED
    } else {
        TERRAFORM
    };
    let (major, minor, patch) = provider_version(stack);
    let keys: Vec<_> = stack
        .keys
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let parameter = signals::parameter(stack, place, &NOTATION, annotations);
            key_value(key, parameter, annotations)
        })
        .collect();
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
        (
            "provider_version",
            format!(">= {major}.{minor}.{patch}").into(),
        ),
        ("variables", variables(stack).into()),
        ("data_sources", data_sources.into()),
        ("lookups", lookups.into()),
        ("keys", keys.into()),
        ("rules", signals::rules(stack, &NOTATION).into()),
        ("alarm", signals::alarm(stack, &NOTATION)),
        ("moves", moves.into()),
        ("removals", removals.into()),
        ("call", imports::module(stack).into()),
        ("imports", import_values(stack).into()),
    ])
}

const NOTATION: signals::Notation = signals::Notation {
    rule: |rule| Terraform.rule(rule),
    key: |key| Terraform.address(key.origin, key.replica, Terraform.id(key)),
    parameter: |key| Terraform.parameter(Terraform.id(key)),
    alarm: (Terraform::ALARM, Terraform::ALARM),
    value: terraform::value,
};

/// The variables that name the primary keys of replicas.
fn variables(stack: &Stack) -> Vec<Value> {
    let (start, home) = context::primary_arn(stack);
    let region = home.unwrap_or("[a-z0-9-]+");
    let pattern = format!("^{start}{region}{}", context::PRIMARY_ARN_END);
    let own = stack.replicas_in.as_ref();
    let own = own.map(|region| format!("^{start}{}:", region.name()));
    let replicas = stack.keys.iter().filter(|key| key.replica);
    replicas
        .map(|key| {
            context::object([
                ("name", Terraform.primary(Terraform.id(key)).into()),
                ("description", context::primary_description(key).into()),
                ("pattern", pattern.as_str().into()),
                // Terraform's patterns cannot say "but not this Region".
                (
                    "not_pattern",
                    own.as_deref().filter(|_| home.is_none()).into(),
                ),
                (
                    "message",
                    format!(
                        "Give the ARN of a multi-Region primary key{}.",
                        home.map(|home| format!(" in {home}"))
                            .unwrap_or_else(|| " in another Region".to_owned())
                    )
                    .into(),
                ),
            ])
        })
        .collect()
}

fn import_values(stack: &Stack) -> Vec<Value> {
    let imports = imports::terraform(stack).into_iter();
    imports
        .map(|import| context::object([("to", import.to.into()), ("id", import.id.into())]))
        .collect()
}

/// The oldest provider that takes everything that a module says.
fn provider_version(stack: &Stack) -> Version {
    let needs = |key: &Key| {
        let store = key.custom_key_store.as_ref();
        let xks_key = store.and_then(|store| store.xks_key_id.as_ref());
        let kind = context::kind(key);
        let external = key.origin == Origin::External && kind != (None, None);
        let arguments = [
            (
                context::rotation_period(key).is_some(),
                PROVIDER_ROTATION_PERIOD,
            ),
            (key.multi_region, PROVIDER_MULTI_REGION),
            (store.is_some(), PROVIDER_CUSTOM_KEY_STORE),
            (xks_key.is_some(), PROVIDER_XKS_KEY),
            (external, PROVIDER_EXTERNAL_KIND),
        ];
        let arguments = arguments.into_iter().filter(|(used, _)| *used);
        let names = [kind.0, kind.1];
        let values = PROVIDER_VALUES.iter().filter(move |(value, _)| {
            let mut names = names.iter().flatten();
            names.any(|name| name.starts_with(value))
        });
        arguments
            .map(|(_, version)| version)
            .chain(values.map(|(_, version)| *version))
    };
    let needed = stack.keys.iter().flat_map(needs);
    needed.chain([PROVIDER]).max().unwrap_or(PROVIDER)
}

fn key_value(key: &Key, parameter: Value, annotations: bool) -> Value {
    let (key_spec, key_usage) = context::kind(key);
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
                (
                    "arn_description",
                    format!("ARN of the alias {}", alias.name).into(),
                ),
            ])
        })
        .collect();
    let name = context::name(key);
    let kind = Terraform.kind(key.origin, key.replica);
    let store = key.custom_key_store.as_ref();
    let xks_key = store.and_then(|store| store.xks_key_id.as_deref());
    // Only the plain key has names of its own for these.
    let is_plain = kind == "aws_kms_key";
    let enabled_argument = if is_plain { "is_enabled" } else { "enabled" };
    let key_spec_argument = if is_plain {
        "customer_master_key_spec"
    } else {
        "key_spec"
    };
    // The one resource that shows its key's id only as its own. Source: schemas of AWS provider 6.62.0.
    let id_attribute = match kind {
        "aws_kms_external_key" => "id",
        _ => "key_id",
    };
    context::object([
        ("id", id.into()),
        ("type", kind.into()),
        ("id_attribute", id_attribute.into()),
        (
            "primary_variable",
            key.replica.then(|| Terraform.primary(id)).into(),
        ),
        ("enabled_argument", enabled_argument.into()),
        ("key_spec_argument", key_spec_argument.into()),
        ("multi_region", context::multi_region(key).into()),
        ("imported", (key.origin == Origin::External).into()),
        (
            "custom_key_store_id",
            store.map(|store| store.id.as_str()).into(),
        ),
        ("xks_key_id", xks_key.into()),
        ("resource", Terraform.key(id).into()),
        ("arn_description", format!("ARN of the key {name}").into()),
        ("id_description", format!("Id of the key {name}").into()),
        ("prevent_destroy", key.retained.into()),
        ("description", key.description.as_str().into()),
        ("enabled", key.enabled.into()),
        ("rotation", context::rotation(key).is_some().into()),
        ("key_spec", key_spec.into()),
        ("key_usage", key_usage.into()),
        (
            "scanner_reason",
            context::scanner_reason(key, annotations).into(),
        ),
        ("rotation_period_days", context::rotation_period(key).into()),
        ("deletion_window_days", key.deletion_window_days.into()),
        ("policy", context::ready(&policy(&key.policy))),
        ("tags", context::tags(&key.tags, terraform::value)),
        ("parameter", parameter),
        ("aliases", aliases.into()),
    ])
}

fn policy(policy: &PolicyDocument) -> String {
    let mut out = String::new();
    write(
        &mut out,
        &expression(&Tree::from(policy), &terraform::value),
        0,
    );
    out
}

/// A policy or a statement as HCL, its texts printed by `value`.
pub(super) fn expression(tree: &Tree<'_>, value: &impl Fn(&Text) -> String) -> Expr {
    match tree {
        Tree::Text(text) => Expr::Raw(value(text)),
        Tree::List(items) => Expr::List(items.iter().map(|it| expression(it, value)).collect()),
        Tree::Object(members) => Expr::Object(
            members
                .iter()
                .map(|(name, tree)| (object_key(name), expression(tree, value)))
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
