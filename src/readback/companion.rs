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
    let asked = match artifacts.target {
        Target::CloudFormation => parameters(artifacts),
        Target::Terraform => variables(artifacts),
    };
    for (name, key) in names.iter().zip(&companion.keys) {
        let pattern = companion.arn_pattern(key);
        let takes = asked.get(name).is_some_and(|asked| match artifacts.target {
            Target::CloudFormation => asked.is_parameter(&pattern, key),
            Target::Terraform => asked.is_variable(name, &pattern, key),
        });
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

/// What a template or module asks for under a name.
struct Asked {
    kind: String,
    /// What limits it: a pattern, or the conditions of validations, all of which must hold.
    limits: Vec<String>,
    /// Whether it can be left out.
    has_default: bool,
}

impl Asked {
    /// Whether it is a parameter that has to be given, and takes what the pattern says and nothing else.
    ///
    /// Source: CloudFormation user guide, "Parameters", `AllowedPattern`: of a list it must match each value.
    fn is_parameter(&self, pattern: &str, key: &ConsumedKey) -> bool {
        let kind = match key.many {
            true => "CommaDelimitedList",
            false => "String",
        };
        self.is(kind, pattern)
    }

    /// The same for a variable.
    fn is_variable(&self, name: &str, pattern: &str, key: &ConsumedKey) -> bool {
        let pattern = quote::quote(pattern);
        match key.many {
            true => self.is(
                "list(string)",
                &format!("alltrue([for arn in var.{name} : can(regex({pattern}, arn))])"),
            ),
            false => self.is("string", &format!("can(regex({pattern}, var.{name}))")),
        }
    }

    fn is(&self, kind: &str, limit: &str) -> bool {
        self.kind == kind && !self.has_default && self.limits.iter().any(|known| known == limit)
    }
}

/// The parameters of a template.
fn parameters(artifacts: &Artifacts<'_>) -> BTreeMap<String, Asked> {
    let mut asked = BTreeMap::new();
    for file in &artifacts.files {
        let (root, _) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
        let parameters = root.as_ref().and_then(|root| root.get("Parameters"));
        for entry in parameters.and_then(Node::as_mapping).unwrap_or_default() {
            let of = |name| entry.value.get(name).and_then(Node::as_text);
            let parameter = Asked {
                kind: of("Type").unwrap_or_default().to_owned(),
                limits: of("AllowedPattern")
                    .map(str::to_owned)
                    .into_iter()
                    .collect(),
                has_default: entry.value.get("Default").is_some(),
            };
            asked.insert(entry.name().to_owned(), parameter);
        }
    }
    asked
}

/// The variables of a module.
fn variables(artifacts: &Artifacts<'_>) -> BTreeMap<String, Asked> {
    let mut asked = BTreeMap::new();
    for file in &artifacts.files {
        let Ok(body) = hcl::parse(file.id, file.text) else {
            continue;
        };
        let written = |attribute: &hcl_edit::structure::Attribute| {
            let range = hcl::span(file.id, &attribute.value).range();
            let text = file.text.get(range).unwrap_or_default();
            text.trim().to_owned()
        };
        for block in hcl::blocks(&body) {
            let labels = hcl::labels(block);
            let ("variable", [name]) = (block.ident.as_str(), labels.as_slice()) else {
                continue;
            };
            let validations = hcl::blocks(&block.body)
                .filter(|nested| nested.ident.as_str() == "validation")
                .filter_map(|nested| hcl::attribute(&nested.body, "condition"));
            let variable = Asked {
                kind: hcl::attribute(&block.body, "type").map_or_else(String::new, written),
                limits: validations.map(written).collect(),
                has_default: hcl::attribute(&block.body, "default").is_some(),
            };
            asked.insert((*name).to_owned(), variable);
        }
    }
    asked
}
