//! Blocks and arguments of a module, whether they stand in HCL or in JSON.

use hcl_edit::expr::Expression;
use hcl_edit::structure;

use crate::hcl::read as hcl;
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node};

/// Names that stand for blocks in JSON, where nothing else tells them from arguments with objects.
const BLOCKS: [&str; 16] = [
    "assume_role",
    "condition",
    "connection",
    "content",
    "default_tags",
    "dynamic",
    "ignore_tags",
    "lifecycle",
    "not_principals",
    "precondition",
    "principals",
    "provisioner",
    "statement",
    "postcondition",
    "timeouts",
    "validation",
];

/// Where expressions stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'t> {
    /// In a file of HCL.
    File(FileId),
    /// In a text of its own, such as a string of JSON: everything in it has the place of the whole.
    Within(Span, &'t str),
}

impl Place<'_> {
    pub(super) fn span(self, node: &impl hcl_edit::Span) -> Span {
        match self {
            Self::File(file) => hcl::span(file, node),
            Self::Within(span, _) => span,
        }
    }
}

/// An expression with its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expr<'b> {
    Hcl(Place<'b>, &'b Expression),
    Json(&'b Node),
}

impl Expr<'_> {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Hcl(place, expression) => place.span(hcl::unparenthesized(expression)),
            Self::Json(node) => node.span,
        }
    }
}

/// An argument of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument<'b> {
    pub(super) name: &'b str,
    /// Where the name stands.
    pub(super) span: Span,
    pub(super) value: Expr<'b>,
}

/// What stands between the braces of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'b> {
    Hcl(FileId, &'b structure::Body),
    Json(FileId, &'b [Entry]),
}

/// A block.
#[derive(Debug, Clone)]
pub(super) struct Block<'b> {
    pub(super) kind: &'b str,
    pub(super) labels: Vec<&'b str>,
    /// Where its kind stands; in JSON, its last label.
    pub(super) span: Span,
    pub(super) body: Body<'b>,
}

impl<'b> Body<'b> {
    pub(super) fn file(self) -> FileId {
        match self {
            Self::Hcl(file, _) | Self::Json(file, _) => file,
        }
    }

    pub(super) fn arguments(self) -> Vec<Argument<'b>> {
        match self {
            Self::Hcl(file, body) => body
                .attributes()
                .map(|attribute| Argument {
                    name: attribute.key.as_str(),
                    span: hcl::span(file, &attribute.key),
                    value: Expr::Hcl(Place::File(file), &attribute.value),
                })
                .collect(),
            Self::Json(_, entries) => entries
                .iter()
                .filter(|entry| !BLOCKS.contains(&entry.name()) && entry.name() != "//")
                .map(|entry| Argument {
                    name: entry.name(),
                    span: entry.key.span,
                    value: Expr::Json(&entry.value),
                })
                .collect(),
        }
    }

    pub(super) fn argument(self, name: &str) -> Option<Argument<'b>> {
        match self {
            Self::Hcl(file, body) => body.get_attribute(name).map(|attribute| Argument {
                name: attribute.key.as_str(),
                span: hcl::span(file, &attribute.key),
                value: Expr::Hcl(Place::File(file), &attribute.value),
            }),
            Self::Json(_, entries) => {
                let entry = entries.iter().find(|entry| entry.name() == name)?;
                Some(Argument {
                    name: entry.name(),
                    span: entry.key.span,
                    value: Expr::Json(&entry.value),
                })
            }
        }
    }

    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Hcl(_, body) => body.is_empty(),
            Self::Json(_, entries) => entries.iter().all(|entry| entry.name() == "//"),
        }
    }

    /// The blocks in it, in order.
    pub(super) fn blocks(self) -> Vec<Block<'b>> {
        match self {
            Self::Hcl(file, body) => hcl::blocks(body)
                .map(|block| Block {
                    kind: block.ident.as_str(),
                    labels: hcl::labels(block),
                    span: hcl::span(file, &block.ident),
                    body: Body::Hcl(file, &block.body),
                })
                .collect(),
            Self::Json(file, entries) => {
                let mut blocks = Vec::new();
                for entry in entries
                    .iter()
                    .filter(|entry| BLOCKS.contains(&entry.name()))
                {
                    let labels = match entry.name() {
                        "dynamic" | "provisioner" => 1,
                        _ => 0,
                    };
                    json_blocks(file, entry, labels, &mut blocks);
                }
                blocks
            }
        }
    }
}

/// The blocks under a name of JSON: an object, or a list of them, with as many names between as the block has labels.
///
/// Source: Terraform language documentation, "JSON Configuration Syntax", "Nested Block Mapping".
pub(super) fn json_blocks<'b>(
    file: FileId,
    entry: &'b Entry,
    labels: usize,
    blocks: &mut Vec<Block<'b>>,
) {
    collect(
        file,
        entry.name(),
        (entry.key.span, &entry.value),
        (labels, &mut Vec::new()),
        blocks,
    );
}

fn collect<'b>(
    file: FileId,
    kind: &'b str,
    (span, node): (Span, &'b Node),
    (left, labels): (usize, &mut Vec<&'b str>),
    blocks: &mut Vec<Block<'b>>,
) {
    for item in node.as_sequence().unwrap_or_default() {
        collect(file, kind, (item.span, item), (left, &mut *labels), blocks);
    }
    let Some(entries) = node.as_mapping() else {
        return;
    };
    if left == 0 {
        blocks.push(Block {
            kind,
            labels: labels.clone(),
            span,
            body: Body::Json(file, entries),
        });
        return;
    }
    for entry in entries.iter().filter(|entry| entry.name() != "//") {
        labels.push(entry.name());
        let below = (entry.key.span, &entry.value);
        collect(file, kind, below, (left - 1, &mut *labels), blocks);
        labels.pop();
    }
}
