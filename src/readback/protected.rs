//! Which protected keys a file of earlier output holds. Only names and protection are read, so that a file whose
//! policies nobody can read any more still tells what would be lost.

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};

use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::unproven;
use crate::kms::{Origin, Region};
use crate::source::{FileId, Span};
use crate::spec::{OWN_TAG_PREFIX, Target};
use crate::yaml::{self, Node};

use super::File;

/// A key of earlier output that must not be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedKey {
    /// Its resource: a logical id, or an address without the type where that is `aws_kms_key`.
    pub resource: String,
    /// What it is called in its spec, as far as its tag tells.
    pub name: Option<String>,
    /// Where its material comes from: `External`, or what goes without saying.
    pub origin: Origin,
    /// Where it stands.
    pub span: Span,
}

/// Which keys of a file count as protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Those that say so.
    AsWritten,
    /// All: what the file says about it was edited by hand.
    Presumed,
}

/// The protected keys of a file.
///
/// # Errors
/// A file that cannot be parsed: then nobody can tell what it holds.
pub fn protected_keys(
    target: Target,
    File { id, text }: File<'_>,
    protection: Protection,
) -> Result<Vec<ProtectedKey>, Vec<Diagnostic>> {
    match target {
        Target::CloudFormation => cloudformation(id, text, protection),
        Target::Terraform => terraform(id, text, protection).map_err(|diagnostic| vec![diagnostic]),
    }
}

fn cloudformation(
    file: FileId,
    text: &str,
    protection: Protection,
) -> Result<Vec<ProtectedKey>, Vec<Diagnostic>> {
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
        ) && (!deletes || protection == Protection::Presumed)
    });
    Ok(keys
        .map(|key| {
            let properties = key.value.get("Properties");
            let origin = properties.and_then(|it| it.get("Origin"));
            let is_external = origin.and_then(Node::as_text) == Some(Origin::External.as_str());
            ProtectedKey {
                resource: key.name().to_owned(),
                name: properties.and_then(tagged),
                origin: origin_of(is_external),
                span: key.key.span,
            }
        })
        .collect())
}

fn origin_of(is_external: bool) -> Origin {
    if is_external {
        Origin::External
    } else {
        Origin::AwsKms
    }
}

/// The tag that names a key in its spec.
fn key_tag() -> String {
    format!("{OWN_TAG_PREFIX}key")
}

fn tagged(properties: &Node) -> Option<String> {
    let text = |tag: &Node, name| tag.get(name).and_then(Node::as_text).map(str::to_owned);
    let tags = properties.get("Tags")?.as_sequence()?;
    let own = key_tag();
    let tag = tags
        .iter()
        .find(|tag| text(tag, "Key") == Some(own.clone()))?;
    text(tag, "Value")
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

fn terraform(
    file: FileId,
    text: &str,
    protection: Protection,
) -> Result<Vec<ProtectedKey>, Diagnostic> {
    let body = hcl::parse(file, text)?;
    let mut keys = Vec::new();
    for block in hcl::blocks(&body) {
        let labels = hcl::labels(block);
        let ("resource", [kind, name]) = (block.ident.as_str(), labels.as_slice()) else {
            continue;
        };
        if is_key(kind) && (prevents_destroy(block) || protection == Protection::Presumed) {
            keys.push(ProtectedKey {
                resource: resource(kind, name),
                name: tag_of(&block.body),
                origin: origin_of(kind.ends_with("external_key")),
                span: hcl::span(file, &block.ident),
            });
        }
    }
    Ok(keys)
}

/// The keys that the outputs of a module's file tell of, whether or not their resources stand there.
#[must_use]
pub fn keys_in_outputs(file: &File<'_>) -> Vec<ProtectedKey> {
    let Ok(body) = hcl::parse(file.id, file.text) else {
        return Vec::new();
    };
    let outputs = hcl::blocks(&body).filter(|block| block.ident.as_str() == "output");
    let keys = outputs.filter_map(|output| {
        let value = &hcl::attribute(&output.body, "value")?.value;
        let path = hcl::path(value)?;
        let [kind, name, "arn"] = path.as_slice() else {
            return None;
        };
        is_key(kind).then(|| ProtectedKey {
            resource: resource(kind, name),
            name: None,
            origin: origin_of(kind.ends_with("external_key")),
            span: hcl::span(file.id, &output.ident),
        })
    });
    keys.collect()
}

/// The keys that a module's file tells Terraform to forget, or to call otherwise.
#[must_use]
pub fn forgotten_keys(file: &File<'_>) -> Vec<String> {
    let Ok(body) = hcl::parse(file.id, file.text) else {
        return Vec::new();
    };
    let blocks = hcl::blocks(&body);
    let blocks = blocks.filter(|block| matches!(block.ident.as_str(), "removed" | "moved"));
    let keys = blocks.filter_map(|block| {
        let from = &hcl::attribute(&block.body, "from")?.value;
        let path = hcl::path(from)?;
        let [kind, name] = path.as_slice() else {
            return None;
        };
        is_key(kind).then(|| resource(kind, name))
    });
    keys.collect()
}

/// A resource as it is known everywhere: the usual type goes without saying.
fn resource(kind: &str, name: &str) -> String {
    match kind {
        "aws_kms_key" => name.to_owned(),
        kind => format!("{kind}.{name}"),
    }
}

fn prevents_destroy(block: &Block) -> bool {
    hcl::blocks(&block.body)
        .filter(|nested| nested.ident.as_str() == "lifecycle")
        .filter_map(|nested| hcl::attribute(&nested.body, "prevent_destroy"))
        .any(|attribute| match &attribute.value {
            Expression::Bool(value) => *value.value(),
            _ => true,
        })
}

fn tag_of(body: &Body) -> Option<String> {
    let Expression::Object(tags) = &hcl::attribute(body, "tags")?.value else {
        return None;
    };
    let own = key_tag();
    let mut tags = hcl::items(tags);
    let (_, value) = tags.find(|(key, _)| hcl::key_text(key).as_deref() == Some(own.as_str()))?;
    hcl::literal(value).map(|text| text.into_owned())
}

/// The Region of the primary keys of a file's or module's replicas, where its inputs accept no other one, and where that
/// stands.
#[must_use]
pub fn primary_region(target: Target, files: &[File<'_>]) -> Option<(Region, Span)> {
    files.iter().find_map(|file| {
        let patterns = match target {
            Target::CloudFormation => patterns_of_template(file),
            Target::Terraform => patterns_of_module(file),
        };
        patterns?.into_iter().find_map(|(pattern, span)| {
            let (_, rest) = pattern.split_once(":kms:")?;
            Some((Region::parse(rest.split(':').next()?)?, span))
        })
    })
}

fn patterns_of_template(file: &File<'_>) -> Option<Vec<(String, Span)>> {
    let (root, _) = yaml::load(file.id, file.text, yaml::Dialect::CloudFormation);
    let root = root?;
    let parameters = root.get("Parameters")?.as_mapping()?.iter();
    let patterns = parameters.filter_map(|parameter| {
        let pattern = parameter.value.get("AllowedPattern")?;
        Some((pattern.as_text()?.to_owned(), pattern.span))
    });
    Some(patterns.collect())
}

fn patterns_of_module(file: &File<'_>) -> Option<Vec<(String, Span)>> {
    let body = hcl::parse(file.id, file.text).ok()?;
    let variables = hcl::blocks(&body).filter(|block| block.ident.as_str() == "variable");
    let validations = variables.flat_map(|variable| hcl::blocks(&variable.body));
    let patterns = validations.filter_map(|validation| {
        let condition = &hcl::attribute(&validation.body, "condition")?.value;
        // The first pattern of the condition is what the ARN looks like.
        let span = hcl::span(file.id, condition);
        Some((file.text.get(span.range())?.to_owned(), span))
    });
    Some(patterns.collect())
}
