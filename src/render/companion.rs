//! Companion policies as CloudFormation templates and Terraform modules.

use tera::{Context, Value};

use super::engine::Renderer;
use super::terraform::{PROVIDER, TERRAFORM, expression};
use super::{Purpose, RenderedFile, context};
use crate::diag::Diagnostic;
use crate::hcl::value::{Expr, write};
use crate::hcl::{format, quote};
use crate::iam::{Part, Statement, Text, Tree, Version};
use crate::kms::companion::{Companion, CompanionPolicy, ConsumedKey, key_of};
use crate::spec::Target;
use crate::target::names::{CloudFormation, Terraform};
use crate::target::{cloudformation, paths, terraform};

const TEMPLATE: &str = "cloudformation/companion.yaml";

/// Each file of a module with its template.
const FILES: [(&str, &str); 4] = [
    ("main.tf", "terraform/companion_main.tf"),
    ("versions.tf", "terraform/companion_versions.tf"),
    ("variables.tf", "terraform/companion_variables.tf"),
    ("outputs.tf", "terraform/companion_outputs.tf"),
];

/// The oldest Terraform with `alltrue`, by which the items of a list are validated. Source: Terraform pull request 27108.
const TERRAFORM_ALLTRUE: &str = "0.14";

/// Most characters of a prefix of a policy's name. Source: terraform-provider-aws, `aws_iam_policy`, `name_prefix`: 128
/// characters of a name without the 26 that the provider appends.
const NAME_PREFIX_LENGTH: usize = 102;

pub(super) fn cloudformation(
    renderer: &Renderer,
    companion: &Companion,
) -> Result<Vec<RenderedFile>, Diagnostic> {
    let keys = companion.keys.iter().map(|key| {
        let parameter = CloudFormation.arn_parameter(key);
        key_value(companion, key, parameter)
    });
    let policies = companion.policies.iter().map(|policy| {
        let resource = CloudFormation.policy(policy);
        let mut out = format!("Version: {}\nStatement:", quoted(Version::V2012.as_str()));
        for statement in &policy.document.statements {
            let key = key_of(statement).and_then(|name| key_named(companion, name));
            let parameter = key.map(|key| CloudFormation.arn_parameter(key));
            let parameter = parameter.unwrap_or_default();
            let value = |text: &Text| match arn_of(text, companion) {
                Some(key) => format!("!Ref {}", CloudFormation.arn_parameter(key)),
                None => cloudformation::value_of_key(text, &parameter),
            };
            let text = super::cloudformation::policy(&Tree::from(statement), &value);
            out.push_str("\n  - ");
            out.push_str(&text.replace('\n', "\n    "));
        }
        policy_value(companion, policy, resource, &out)
    });
    let mut context = Context::new();
    context.insert_value(
        "companion",
        companion_value(companion, keys.collect(), policies.collect()),
    );
    let text = renderer.template(Target::CloudFormation, TEMPLATE, &context)?;
    Ok(vec![RenderedFile {
        target: Target::CloudFormation,
        purpose: Purpose::Stack,
        path: paths::companion_template(companion),
        template: TEMPLATE,
        text,
    }])
}

pub(super) fn terraform(
    renderer: &Renderer,
    companion: &Companion,
) -> Result<Vec<RenderedFile>, Diagnostic> {
    let keys = companion.keys.iter().map(|key| {
        let variable = Terraform.arn_variable(key);
        key_value(companion, key, variable)
    });
    let policies = companion.policies.iter().map(|policy| {
        let resource = Terraform.policy(policy);
        let statements = policy.document.statements.iter();
        let statements = statements.map(|statement| statement_expression(companion, statement));
        let document = Expr::Object(vec![
            (
                "Version".to_owned(),
                Expr::Raw(quote::quote(Version::V2012.as_str())),
            ),
            ("Statement".to_owned(), Expr::List(statements.collect())),
        ]);
        let mut out = String::new();
        write(&mut out, &document, 0);
        policy_value(companion, policy, resource, &out)
    });
    let mut context = Context::new();
    context.insert_value(
        "companion",
        companion_value(companion, keys.collect(), policies.collect()),
    );
    FILES
        .into_iter()
        .map(|(file, template)| {
            let text = renderer.template(Target::Terraform, template, &context)?;
            Ok(RenderedFile {
                target: Target::Terraform,
                purpose: Purpose::Stack,
                path: paths::companion_module(companion, file),
                template,
                text: format::format(&text),
            })
        })
        .collect()
}

fn statement_expression(companion: &Companion, statement: &Statement) -> Expr {
    let key = key_of(statement).and_then(|name| key_named(companion, name));
    let parts = key.map(parts_local).unwrap_or_default();
    let value = |text: &Text| match arn_of(text, companion) {
        Some(key) => format!("var.{}", Terraform.arn_variable(key)),
        None => terraform::value_of_key(text, &parts),
    };
    expression(&Tree::from(statement), &value)
}

/// The local that holds the ARN of a key, taken apart.
fn parts_local(key: &ConsumedKey) -> String {
    format!("{}_parts", Terraform.arn_variable(key))
}

fn key_named<'c>(companion: &'c Companion, name: &str) -> Option<&'c ConsumedKey> {
    companion.keys.iter().find(|key| key.name == name)
}

/// The key whose ARN stands in this place of a statement.
fn arn_of<'c>(text: &Text, companion: &'c Companion) -> Option<&'c ConsumedKey> {
    match text.parts() {
        [Part::Unknown(name)] => key_named(companion, name),
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    crate::yaml::emit::scalar(text).into_owned()
}

fn companion_value(companion: &Companion, keys: Vec<Value>, policies: Vec<Value>) -> Value {
    let Companion {
        stack, environment, ..
    } = companion;
    let [major, minor, patch] = <[u16; 3]>::from(PROVIDER);
    let terraform = match companion.keys.iter().any(|key| key.many) {
        true => TERRAFORM_ALLTRUE,
        false => TERRAFORM,
    };
    context::object([
        ("stack", stack.as_str().into()),
        ("environment", environment.as_str().into()),
        ("consumer", companion.consumer.id().into()),
        (
            "description",
            format!(
                "IAM policies for {} to use KMS keys of the stack {stack} ({environment})",
                companion.consumer.id()
            )
            .into(),
        ),
        ("terraform_version", format!(">= {terraform}").into()),
        (
            "provider_version",
            format!(">= {major}.{minor}.{patch}").into(),
        ),
        ("keys", keys.into()),
        ("policies", policies.into()),
    ])
}

fn key_value(companion: &Companion, key: &ConsumedKey, input: String) -> Value {
    let of_key = |text: &Text| {
        let variables = crate::iam::Variable::ALL;
        variables.into_iter().any(|variable| text.uses(variable))
    };
    let mut statements = companion
        .policies
        .iter()
        .flat_map(|policy| &policy.document.statements);
    let is_taken_apart =
        statements.any(|it| key_of(it) == Some(key.name.as_str()) && it.texts().any(of_key));
    context::object([
        ("input", input.into()),
        (
            "description",
            match key.many {
                true => format!(
                    "ARNs of the keys {}, of all accounts and Regions",
                    key.alias
                ),
                false => format!("ARN of the key {}", key.alias),
            }
            .into(),
        ),
        ("pattern", companion.arn_pattern(key).into()),
        ("is_list", key.many.into()),
        ("is_taken_apart", is_taken_apart.into()),
    ])
}

fn policy_value(
    companion: &Companion,
    policy: &CompanionPolicy,
    resource: String,
    document: &str,
) -> Value {
    let Companion {
        stack, environment, ..
    } = companion;
    let prefix = format!("{stack}-{environment}-{}-", policy.name);
    let surplus = prefix.len().saturating_sub(NAME_PREFIX_LENGTH);
    let prefix: String = prefix.chars().skip(surplus).collect();
    context::object([
        ("resource", resource.into()),
        (
            "description",
            format!(
                "Use of KMS keys of the stack {stack} ({environment}) by {}",
                policy.who
            )
            .into(),
        ),
        ("name", policy.policy_name.as_deref().into()),
        ("name_prefix", prefix.into()),
        (
            "name_description",
            format!("Name of the policy for {}", policy.who).into(),
        ),
        (
            "arn_description",
            format!("ARN of the policy for {}", policy.who).into(),
        ),
        (
            "json_description",
            format!("The policy for {} as JSON", policy.who).into(),
        ),
        ("document", context::ready(document)),
    ])
}
