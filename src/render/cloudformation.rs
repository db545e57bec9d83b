//! A stack as a CloudFormation template.

use std::fmt::Write;

use tera::{Context, Value};

use super::engine::Renderer;
use super::{Purpose, RenderedFile, context, signals};
use crate::diag::Diagnostic;
use crate::iam::{Text, Tree};
use crate::kms::{Key, Stack};
use crate::spec::Target;
use crate::target::cloudformation;
use crate::target::imports::{self, CloudFormationImport};
use crate::target::names::{CloudFormation, Naming};
use crate::target::paths;
use crate::yaml::emit;

const TEMPLATE: &str = "cloudformation/stack.yaml";
const IMPORT: &str = "cloudformation/import.yaml";
const IMPORT_TEMPLATE: &str = "cloudformation/import-template.yaml";

/// cfn-lint reports a template that reaches nine tenths of a limit; a stack may use all of it.
/// Source: cfn-lint 1.58, rules I3010 (500 resources) and I6010 (200 outputs).
const NOTICED_RESOURCES: usize = 450;
const NOTICED_OUTPUTS: usize = 180;

pub(super) fn render(renderer: &Renderer, stack: &Stack) -> Result<Vec<RenderedFile>, Diagnostic> {
    let names = resource_names(stack);
    let parameters = parameters(stack);
    let is_name = |name: &str| {
        let is_resource = names.binary_search_by(|known| known.as_str().cmp(name));
        is_resource.is_ok() || parameters.iter().any(|(parameter, _)| parameter == name)
    };
    let imports = imports::cloudformation(stack);
    let keys: Vec<_> = stack
        .keys
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let parameter = signals::parameter(stack, place, &NOTATION, renderer.annotates());
            key_value(key, parameter, renderer.annotates(), &is_name, &imports)
        })
        .collect();
    let mut suppressions = Vec::new();
    if names.len() > NOTICED_RESOURCES {
        suppressions.push("I3010");
    }
    if stack.keys.len() > NOTICED_OUTPUTS {
        suppressions.push("I6010");
    }
    let what = match &stack.replicas_in {
        Some(region) => format!("Replicas in {} of KMS keys", region.name()),
        None => "KMS keys".to_owned(),
    };
    let description = format!("{what} of the stack {} ({})", stack.name, stack.environment);
    let pattern = primary_pattern(stack);
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, description)| {
            context::object([
                ("name", name.as_str().into()),
                ("description", description.as_str().into()),
                ("pattern", pattern.as_str().into()),
            ])
        })
        .collect();
    let mut context = Context::new();
    context.insert_value(
        "stack",
        context::object([
            ("name", stack.name.as_str().into()),
            ("environment", stack.environment.as_str().into()),
            ("description", description.into()),
            ("suppressions", suppressions.into()),
            ("parameters", parameters.into()),
            // Whether there is a key that does not come by an import.
            ("lasting", (stack.keys.len() > stack.adopted.len()).into()),
            ("keys", keys.into()),
            ("rules", signals::rules(stack, &NOTATION).into()),
            // What told of the keys that do not come by an import, before those that do.
            (
                "other_rules",
                signals::rules(&imports::others(stack), &NOTATION).into(),
            ),
            ("alarm", signals::alarm(stack, &NOTATION)),
        ]),
    );
    let text = renderer.template(Target::CloudFormation, TEMPLATE, &context)?;
    let mut files = vec![RenderedFile {
        target: Target::CloudFormation,
        purpose: Purpose::Stack,
        path: paths::cloudformation(stack),
        template: TEMPLATE,
        text,
    }];
    if !imports.is_empty() {
        let template = renderer.template(Target::CloudFormation, IMPORT_TEMPLATE, &context)?;
        files.push(RenderedFile {
            target: Target::CloudFormation,
            purpose: Purpose::Import,
            path: paths::cloudformation_import(stack),
            template: IMPORT,
            text: import(renderer, &imports, &template)?,
        });
    }
    Ok(files)
}

/// The input of `create-change-set`, with the template that CloudFormation shall have during the import.
fn import(
    renderer: &Renderer,
    imports: &[CloudFormationImport],
    template: &str,
) -> Result<String, Diagnostic> {
    let resources: Vec<_> = imports
        .iter()
        .map(|import| {
            context::object([
                ("type", import.kind.as_str().into()),
                ("resource", import.resource.as_str().into()),
                ("property", import.property.as_str().into()),
                ("value", import.value.as_str().into()),
            ])
        })
        .collect();
    // A block of text as it is, two columns to the right.
    let mut block = String::new();
    for line in template.lines() {
        if !line.is_empty() {
            block.push_str("  ");
        }
        block.push_str(line);
        block.push('\n');
    }
    let mut context = Context::new();
    context.insert_value(
        "import",
        context::object([
            ("resources", resources.into()),
            ("template", context::ready(&block)),
        ]),
    );
    renderer.template(Target::CloudFormation, IMPORT, &context)
}

/// The parameters of a template with what they are.
fn parameters(stack: &Stack) -> Vec<(String, String)> {
    let replicas = stack.keys.iter().filter(|key| key.replica);
    let parameter = |key: &Key| {
        let name = CloudFormation.primary(CloudFormation.id(key));
        (name, context::primary_description(key))
    };
    replicas.map(parameter).collect()
}

/// What the ARN of a primary key looks like: never one of the replicas' own Region.
fn primary_pattern(stack: &Stack) -> String {
    let (start, home) = context::primary_arn(stack);
    let region = match (home, &stack.replicas_in) {
        (Some(home), _) => home.to_owned(),
        (None, Some(region)) => format!("(?!{}:)[a-z0-9-]+", region.name()),
        (None, None) => "[a-z0-9-]+".to_owned(),
    };
    format!("^{start}{region}{}", context::PRIMARY_ARN_END)
}

const NOTATION: signals::Notation = signals::Notation {
    rule: |rule| CloudFormation.rule(rule),
    key: |key| CloudFormation.key(CloudFormation.id(key)),
    parameter: |key| CloudFormation.parameter(CloudFormation.id(key)),
    alarm: (CloudFormation::METRIC_FILTER, CloudFormation::ALARM),
    value: cloudformation::value,
};

/// Every logical id of the template, sorted.
fn resource_names(stack: &Stack) -> Vec<String> {
    let mut names: Vec<_> = stack
        .keys
        .iter()
        .flat_map(|key| {
            let resource = CloudFormation.key(CloudFormation.id(key));
            [resource].into_iter().chain(CloudFormation.aliases(key))
        })
        .collect();
    let signals = &stack.signals;
    names.extend(signals.rules.iter().map(|rule| CloudFormation.rule(rule)));
    let parameters = signals.parameters.iter();
    let keys = parameters.filter_map(|parameter| stack.keys.get(parameter.key));
    names.extend(keys.map(|key| CloudFormation.parameter(CloudFormation.id(key))));
    if signals.alarm.is_some() {
        names.extend([CloudFormation::METRIC_FILTER, CloudFormation::ALARM].map(str::to_owned));
    }
    names.sort_unstable();
    names
}

fn key_value(
    key: &Key,
    parameter: Value,
    annotations: bool,
    is_name: &impl Fn(&str) -> bool,
    imports: &[CloudFormationImport],
) -> Value {
    let is_imported = |resource: &str| imports.iter().any(|import| import.resource == resource);
    let adopted = is_imported(&CloudFormation.key(CloudFormation.id(key)));
    let (key_spec, key_usage) = context::kind(key);
    let id = CloudFormation.id(key);
    let aliases: Vec<_> = key
        .aliases
        .iter()
        .zip(CloudFormation.aliases(key))
        .map(|(alias, resource)| {
            // With Retain, a stack whose creation failed would leave the alias behind and block the next attempt.
            let (deletion, replacement) = if alias.retained {
                ("RetainExceptOnCreate", "Retain")
            } else {
                ("Delete", "Delete")
            };
            context::object([
                // During an import nothing can be made anew.
                ("existing", (!adopted || is_imported(&resource)).into()),
                ("resource", resource.into()),
                ("name", context::ready(&cloudformation::value(&alias.name))),
                ("deletion_policy", deletion.into()),
                ("update_replace_policy", replacement.into()),
            ])
        })
        .collect();
    let mut suppressions = Vec::new();
    if has_lookalike(key, is_name) {
        suppressions.push("E1029");
    }
    context::object([
        ("id", id.into()),
        (
            "type",
            if key.replica { "ReplicaKey" } else { "Key" }.into(),
        ),
        (
            "primary_parameter",
            key.replica.then(|| CloudFormation.primary(id)).into(),
        ),
        ("origin", context::origin(key).into()),
        ("multi_region", context::multi_region(key).into()),
        ("adopted", adopted.into()),
        ("resource", CloudFormation.key(id).into()),
        ("output", CloudFormation.output(id).into()),
        (
            "output_description",
            format!("ARN of the key {}", context::name(key)).into(),
        ),
        (
            "deletion_policy",
            if key.retained { "Retain" } else { "Delete" }.into(),
        ),
        ("suppressions", suppressions.into()),
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
        (
            "policy",
            context::ready(&policy(&Tree::from(&key.policy), &cloudformation::value)),
        ),
        ("tags", context::tags(&key.tags, cloudformation::value)),
        ("parameter", parameter),
        ("aliases", aliases.into()),
    ])
}

/// Whether cfn-lint would take a text of the key for a misplaced reference.
fn has_lookalike(key: &Key, is_name: &impl Fn(&str) -> bool) -> bool {
    let texts = key.policy.texts().chain(key.tags.values());
    let literals = texts.filter_map(Text::as_literal);
    let keys = key.policy.statements.iter().flat_map(|statement| {
        let keys = statement.conditions.values().flatten();
        keys.map(|(key, _)| key.as_str())
    });
    [key.description.as_str()]
        .into_iter()
        .chain(literals)
        .chain(keys)
        .chain(key.tags.keys().map(String::as_str))
        .any(|literal| cloudformation::looks_like_reference(literal, is_name))
}

/// A policy or a statement as YAML, its texts printed by `value`.
pub(super) fn policy(policy: &Tree<'_>, value: &impl Fn(&Text) -> String) -> String {
    let mut out = String::new();
    if let Tree::Object(members) = policy {
        write_object(&mut out, members, 0, value);
    }
    out
}

fn newline(out: &mut String, indent: usize) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\n{:indent$}", "");
}

fn write_object(
    out: &mut String,
    members: &[(&str, Tree<'_>)],
    indent: usize,
    value: &impl Fn(&Text) -> String,
) {
    for (index, (name, tree)) in members.iter().enumerate() {
        if index > 0 {
            newline(out, indent);
        }
        out.push_str(&emit::scalar(name));
        out.push(':');
        match tree {
            Tree::Text(text) => {
                out.push(' ');
                out.push_str(&value(text));
            }
            Tree::List(items) => write_list(out, items, indent + 2, value),
            Tree::Object(members) => {
                newline(out, indent + 2);
                write_object(out, members, indent + 2, value);
            }
        }
    }
}

fn write_list(
    out: &mut String,
    items: &[Tree<'_>],
    indent: usize,
    value: &impl Fn(&Text) -> String,
) {
    for item in items {
        newline(out, indent);
        out.push_str("- ");
        match item {
            Tree::Text(text) => out.push_str(&value(text)),
            Tree::Object(members) => write_object(out, members, indent + 2, value),
            Tree::List(items) => write_list(out, items, indent + 2, value),
        }
    }
}
