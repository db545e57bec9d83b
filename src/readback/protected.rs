//! Which protected keys a file of earlier output holds. Only names and protection are read, so that a file whose
//! policies nobody can read any more still tells what would be lost.

use hcl_edit::expr::Expression;

use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::unproven;
use crate::source::{FileId, Span};
use crate::spec::Target;
use crate::yaml::{self, Node};

/// The resources of protected keys in a file, with their places.
///
/// # Errors
/// A file that cannot be parsed: then nobody can tell what it holds.
pub fn protected_keys(
    target: Target,
    file: FileId,
    text: &str,
) -> Result<Vec<(String, Span)>, Vec<Diagnostic>> {
    match target {
        Target::CloudFormation => cloudformation(file, text),
        Target::Terraform => terraform(file, text).map_err(|diagnostic| vec![diagnostic]),
    }
}

fn cloudformation(file: FileId, text: &str) -> Result<Vec<(String, Span)>, Vec<Diagnostic>> {
    let (root, diagnostics) = yaml::load(file, text, yaml::Dialect::CloudFormation);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let Some(root) = root else {
        return Err(vec![unproven(
            Span::new(file, 0..0),
            "this template is empty",
        )]);
    };
    let resources = root.get("Resources").and_then(Node::as_mapping);
    let keys = resources.unwrap_or_default().iter().filter(|resource| {
        let attribute = |name| resource.value.get(name).and_then(Node::as_text);
        let deletes = attribute("DeletionPolicy").is_none_or(|policy| policy == "Delete");
        matches!(
            attribute("Type"),
            Some("AWS::KMS::Key" | "AWS::KMS::ReplicaKey")
        ) && !deletes
    });
    Ok(keys
        .map(|key| (key.name().to_owned(), key.key.span))
        .collect())
}

/// Whether resources of that type are keys of their own. Source: documentation of terraform-provider-aws, "KMS".
fn is_key(kind: &str) -> bool {
    matches!(
        kind,
        "aws_kms_key"
            | "aws_kms_replica_key"
            | "aws_kms_external_key"
            | "aws_kms_replica_external_key"
    )
}

fn terraform(file: FileId, text: &str) -> Result<Vec<(String, Span)>, Diagnostic> {
    let body = hcl::parse(file, text)?;
    let mut keys = Vec::new();
    for block in hcl::blocks(&body) {
        let labels = hcl::labels(block);
        let ("resource", [kind, name]) = (block.ident.as_str(), labels.as_slice()) else {
            continue;
        };
        if !is_key(kind) {
            continue;
        }
        let prevents = hcl::blocks(&block.body)
            .filter(|nested| nested.ident.as_str() == "lifecycle")
            .filter_map(|nested| hcl::attribute(&nested.body, "prevent_destroy"))
            .any(|attribute| match &attribute.value {
                Expression::Bool(value) => *value.value(),
                _ => true,
            });
        if prevents {
            // As it is known everywhere: the usual type goes without saying.
            let resource = match *kind {
                "aws_kms_key" => (*name).to_owned(),
                kind => format!("{kind}.{name}"),
            };
            keys.push((resource, hcl::span(file, &block.ident)));
        }
    }
    Ok(keys)
}
