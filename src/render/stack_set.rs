//! The template that makes a stack set of a stack.

use tera::{Context, Value};

use super::engine::Renderer;
use super::{Purpose, RenderedFile, context};
use crate::diag::Diagnostic;
use crate::kms::Stack;
use crate::kms::stack_set::{BODY_BYTES, StackSet};
use crate::spec::Target;
use crate::target::{cloudformation, paths};
use crate::yaml::emit;

const TEMPLATE: &str = "cloudformation/stackset.yaml";

pub(super) fn render(
    renderer: &Renderer,
    stack: &Stack,
    stack_set: &StackSet,
    body: &str,
) -> Result<RenderedFile, Diagnostic> {
    let (filter, accounts) = match stack_set.accounts.parts() {
        Some((filter, accounts)) => (Some(filter), accounts),
        None => (None, &[][..]),
    };
    let accounts: Vec<&str> = accounts.iter().map(|account| account.as_str()).collect();
    let fits = body.len() <= BODY_BYTES;
    let value = context::object([
        ("name", stack_set.name.as_str().into()),
        (
            "description",
            format!(
                "KMS keys of the stack {} ({})",
                stack.name, stack.environment
            )
            .into(),
        ),
        (
            "template_description",
            format!(
                "Stack set of the KMS keys of the stack {} ({})",
                stack.name, stack.environment
            )
            .into(),
        ),
        (
            "deletion_policy",
            stack_set.retained.then_some("Retain").into(),
        ),
        ("suppressions", suppressions(fits.then_some(body)).into()),
        (
            "organizational_units",
            list(stack_set.organizational_units.iter().map(String::as_str)),
        ),
        ("account_filter", filter.into()),
        ("accounts", list(accounts.into_iter())),
        (
            "regions",
            list(stack_set.regions.iter().map(String::as_str)),
        ),
        ("auto_deployment", stack_set.auto_deployment.into()),
        ("retains_stacks", stack_set.retains_stacks.into()),
        (
            "template_url_description",
            format!(
                "Where {}.yaml lies in S3: it is too large to stand here",
                stack.name
            )
            .into(),
        ),
        ("body", fits.then(|| context::ready(&block(body))).into()),
    ]);
    let mut context = Context::new();
    context.insert_value("stack_set", value);
    let text = renderer.template(Target::CloudFormation, TEMPLATE, &context)?;
    Ok(RenderedFile {
        target: Target::CloudFormation,
        purpose: Purpose::Stack,
        path: paths::stack_set(stack),
        template: TEMPLATE,
        text,
    })
}

fn list<'t>(items: impl Iterator<Item = &'t str>) -> Value {
    items.map(Value::from).collect::<Vec<_>>().into()
}

/// cfn-lint takes references of the stack's template for misplaced ones of this (its rule E1029).
fn suppressions(body: Option<&str>) -> Vec<&'static str> {
    let refers = |body: &str| cloudformation::looks_like_reference(body, |_| false);
    if body.is_some_and(refers) {
        vec!["E1029"]
    } else {
        Vec::new()
    }
}

/// How deep the template of the stack stands.
const BODY_INDENT: usize = 8;

/// A text of several lines as a literal block; one that a block would change is printed in quotes.
fn block(text: &str) -> String {
    let is_plain = |c: char| {
        c == '\n' || (' '..='\u{7e}').contains(&c) || ('\u{a0}'..='\u{d7ff}').contains(&c)
    };
    let keeps = text.starts_with(|c: char| !c.is_whitespace())
        && text.ends_with('\n')
        && !text.ends_with("\n\n")
        && text.chars().all(is_plain)
        && !text.contains(['\u{2028}', '\u{2029}']);
    if !keeps {
        return emit::double_quoted(text);
    }
    let mut out = String::from("|");
    for line in text.lines() {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(BODY_INDENT));
            out.push_str(line);
        }
    }
    out
}
