//! The proof of companion policies: deployed with the ARNs of keys, they say what they mean, and they take no other ARNs.

use std::collections::BTreeMap;

use super::found::{Found, FoundIdentityPolicy};
use super::open::Loaded;
use super::proof::{Artifacts, different, refused};
use super::{cloudformation, terraform};
use crate::diag::Diagnostic;
use crate::hcl::{quote, read as hcl};
use crate::iam::PolicyDocument;
use crate::iam::value::unproven;
use crate::kms::companion::{BETWEEN_ARNS, Companion, ConsumedKey};
use crate::source::Span;
use crate::spec::Target;
use crate::target::names::{CloudFormation, Terraform};
use crate::yaml::{self, Node};

/// Stands in for what only deployment knows: a character that no text of a policy can hold.
const STAND_IN: char = '\u{e000}';

/// Proves that rendered files say exactly what the companion means, and nothing about other keys.
///
/// # Errors
/// Every difference, at the resource that has it, and everything that cannot be read for certain.
pub fn prove_companion(
    companion: &Companion,
    artifacts: &Artifacts<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let Some(first) = artifacts.files.first() else {
        return Ok(());
    };
    let refuse = |diagnostics| Err(refused(diagnostics, artifacts.template));
    let place = Span::new(first.id, 0..0);
    let (names, policies): (Vec<_>, Vec<_>) = match artifacts.target {
        Target::CloudFormation => (
            companion
                .keys
                .iter()
                .map(|key| CloudFormation.arn_parameter(key))
                .collect(),
            companion
                .policies
                .iter()
                .map(|it| CloudFormation.policy(it))
                .collect(),
        ),
        Target::Terraform => (
            companion
                .keys
                .iter()
                .map(|key| Terraform.arn_variable(key))
                .collect(),
            companion
                .policies
                .iter()
                .map(|it| format!("aws_iam_policy.{}", Terraform.policy(it)))
                .collect(),
        ),
    };
    let arns: BTreeMap<&str, String> = companion
        .keys
        .iter()
        .enumerate()
        .map(|(number, key)| (key.name.as_str(), given(number, key)))
        .collect();
    let values = names.iter().cloned().zip(arns_in_order(companion, &arns));
    let read = match artifacts.target {
        Target::CloudFormation => {
            cloudformation::read_given(first.id, first.text, &values.collect())
        }
        Target::Terraform => {
            let values: Vec<_> = values.zip(&companion.keys).collect();
            read_module(artifacts, &values)
        }
    };
    let found = match read {
        Ok(found) => found,
        Err(diagnostics) => return refuse(diagnostics),
    };
    let meant = companion
        .policies
        .iter()
        .map(|policy| policy.with_arns(&arns));
    let meant: BTreeMap<String, PolicyDocument> = policies.into_iter().zip(meant).collect();
    let mut problems = compare(meant, found, place);
    for (name, key) in names.iter().zip(&companion.keys) {
        let pattern = companion.arn_pattern(key);
        let takes = match artifacts.target {
            Target::CloudFormation => parameter_takes(artifacts, name, &pattern, key),
            Target::Terraform => variable_takes(artifacts, name, &pattern, key),
        };
        if !takes {
            let message =
                format!("`{name}` takes more than the ARN of a key, or has a value of its own");
            problems.push(Diagnostic::error("not-what-the-spec-means", message).at(place, ""));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        refuse(problems)
    }
}

/// What is given for a key: its ARN, or two of them where a list is asked for.
fn given(number: usize, key: &ConsumedKey) -> String {
    let arn = stand_in(&number.to_string());
    match key.many {
        true => format!("{arn}{BETWEEN_ARNS}{}", stand_in(&format!("{number}b"))),
        false => arn,
    }
}

/// The ARN of a key that is like no other's in any part.
fn stand_in(number: &str) -> String {
    let part = |name: &str| format!("{STAND_IN}{name}{number}");
    format!(
        "arn:{}:kms:{}:{}:key/{}",
        part("partition"),
        part("region"),
        part("account"),
        part("id")
    )
}

fn arns_in_order<'a>(
    companion: &'a Companion,
    arns: &'a BTreeMap<&str, String>,
) -> impl Iterator<Item = String> + 'a {
    let arn = |name: &str| arns.get(name).cloned().unwrap_or_default();
    companion.keys.iter().map(move |key| arn(&key.name))
}

/// Reads a module that is applied with these values of variables.
fn read_module(
    artifacts: &Artifacts<'_>,
    given: &[((String, String), &ConsumedKey)],
) -> Result<Found, Vec<Diagnostic>> {
    let values: String = given
        .iter()
        .map(|((name, value), key)| {
            if !key.many {
                return format!("{name} = {}\n", quote::quote(value));
            }
            let items: Vec<_> = value.split(BETWEEN_ARNS).map(quote::quote).collect();
            format!("{name} = [{}]\n", items.join(", "))
        })
        .collect();
    let mut files: Vec<Loaded<'_>> = artifacts
        .files
        .iter()
        .map(|file| Loaded {
            path: "main.tf",
            id: file.id,
            text: file.text,
        })
        .collect();
    // Nobody is shown a place in it.
    files.extend(artifacts.files.last().map(|last| Loaded {
        path: "terraform.tfvars",
        id: last.id,
        text: &values,
    }));
    terraform::read_folder("", &terraform::Files::new(&files)).map(|module| module.found)
}

fn compare(
    mut meant: BTreeMap<String, PolicyDocument>,
    found: Found,
    place: Span,
) -> Vec<Diagnostic> {
    let mut problems = found.doubts;
    for key in &found.keys {
        let message = format!("`{}` is a key that no spec declares", key.resource);
        problems.push(Diagnostic::error("not-what-the-spec-means", message).at(key.span, ""));
    }
    for policy in found.identity_policies {
        let FoundIdentityPolicy {
            resource,
            inline,
            span,
            when,
            policy,
            waivers: _,
        } = policy;
        if let Some(words) = when.first() {
            problems.push(unproven(span, format!("this is so only where {words}")));
        }
        let Some(meant) = meant.remove(&resource).filter(|_| !inline) else {
            let message = format!("`{resource}` is a policy that no spec asks for");
            problems.push(Diagnostic::error("not-what-the-spec-means", message).at(span, ""));
            continue;
        };
        match policy.certain(span) {
            Err(problem) => problems.push(problem),
            Ok(printed) if printed == meant => {}
            Ok(printed) => problems.push(different(
                span,
                format!("the policy `{resource}` is not what the spec means"),
                &meant.to_string(),
                &printed.to_string(),
            )),
        }
    }
    for resource in meant.keys() {
        let message = format!("the policy `{resource}` is not printed");
        problems.push(Diagnostic::error("not-what-the-spec-means", message).at(place, ""));
    }
    problems
}

/// Whether a parameter is there, has to be given, and takes what the pattern says and nothing else.
///
/// Source: CloudFormation user guide, "Parameters", `AllowedPattern`: of a list it must match each value.
fn parameter_takes(
    artifacts: &Artifacts<'_>,
    name: &str,
    pattern: &str,
    key: &ConsumedKey,
) -> bool {
    let kind = match key.many {
        true => "CommaDelimitedList",
        false => "String",
    };
    let mut files = artifacts.files.iter();
    files.any(|file| {
        let (root, _) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
        let parameter = root
            .as_ref()
            .and_then(|root| root.get("Parameters")?.get(name));
        parameter.is_some_and(|parameter| {
            let attribute = |name| parameter.get(name).and_then(Node::as_text);
            attribute("Type") == Some(kind)
                && attribute("AllowedPattern") == Some(pattern)
                && parameter.get("Default").is_none()
        })
    })
}

/// The same for a variable.
fn variable_takes(artifacts: &Artifacts<'_>, name: &str, pattern: &str, key: &ConsumedKey) -> bool {
    let pattern = quote::quote(pattern);
    let (kind, wanted) = match key.many {
        true => (
            "list(string)",
            format!("alltrue([for arn in var.{name} : can(regex({pattern}, arn))])"),
        ),
        false => ("string", format!("can(regex({pattern}, var.{name}))")),
    };
    artifacts.files.iter().any(|file| {
        let Ok(body) = hcl::parse(file.id, file.text) else {
            return false;
        };
        let mut variables = hcl::blocks(&body)
            .filter(|block| block.ident.as_str() == "variable" && hcl::labels(block) == [name]);
        variables.any(|variable| {
            let mut validations = hcl::blocks(&variable.body)
                .filter(|nested| nested.ident.as_str() == "validation")
                .filter_map(|nested| hcl::attribute(&nested.body, "condition"));
            let says = |attribute: &hcl_edit::structure::Attribute, wanted: &str| {
                let range = hcl::span(file.id, &attribute.value).range();
                file.text.get(range).map(str::trim) == Some(wanted)
            };
            hcl::attribute(&variable.body, "default").is_none()
                && hcl::attribute(&variable.body, "type").is_some_and(|it| says(it, kind))
                && validations.any(|condition| says(condition, &wanted))
        })
    })
}
