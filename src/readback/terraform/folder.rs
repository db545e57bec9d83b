//! Files of folders, as trees, and what they declare.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::body::{Argument, Block, Body, Expr, json_blocks};
use super::module::normal;
use crate::diag::Diagnostic;
use crate::hcl::read as hcl;
use crate::iam::value::unproven;
use crate::readback::open::Loaded;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node};

/// A file as a tree.
pub(super) enum Parsed {
    Hcl(FileId, hcl_edit::structure::Body),
    Json(FileId, Node),
}

/// Parses a file of the native or the JSON syntax.
pub(super) fn parse(file: &Loaded<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    if !file.path.ends_with(".json") {
        let body = hcl::parse(file.id, file.text);
        return body
            .map(|body| Parsed::Hcl(file.id, body))
            .map_err(|diagnostic| vec![diagnostic]);
    }
    match yaml::load(file.id, file.text, yaml::Dialect::CloudFormation) {
        (Some(root), problems) if problems.is_empty() => Ok(Parsed::Json(file.id, root)),
        (_, problems) if problems.is_empty() => Err(vec![unproven(
            Span::new(file.id, 0..0),
            "this file is empty",
        )]),
        (_, problems) => Err(problems),
    }
}

impl Parsed {
    fn blocks(&self) -> Vec<Block<'_>> {
        match self {
            Self::Hcl(file, body) => Body::Hcl(*file, body).blocks(),
            Self::Json(file, root) => {
                let mut blocks = Vec::new();
                for entry in root.as_mapping().unwrap_or_default() {
                    let labels = match entry.name() {
                        "resource" | "data" | "ephemeral" => 2,
                        "variable" | "output" | "module" | "provider" | "check" => 1,
                        "//" => continue,
                        _ => 0,
                    };
                    json_blocks(*file, entry, labels, &mut blocks);
                }
                blocks
            }
        }
    }

    /// The folders that its module blocks name.
    pub(super) fn sources(&self) -> Vec<String> {
        let calls = self.blocks().into_iter().filter(|it| it.kind == "module");
        let source = |call: Block<'_>| match call.body.argument("source")?.value {
            Expr::Hcl(_, expression) => hcl::literal(expression).map(|it| it.into_owned()),
            Expr::Json(node) => node.as_text().map(str::to_owned),
        };
        let sources = calls.filter_map(source);
        sources
            .filter(|it| it.starts_with("./") || it.starts_with("../"))
            .collect()
    }

    pub(super) fn arguments(&self) -> Vec<Argument<'_>> {
        match self {
            Self::Hcl(file, body) => Body::Hcl(*file, body).arguments(),
            Self::Json(file, root) => {
                Body::Json(*file, root.as_mapping().unwrap_or_default()).arguments()
            }
        }
    }
}

/// What the files of one folder declare.
#[derive(Default)]
pub(super) struct Folder<'b> {
    pub(super) locals: BTreeMap<&'b str, Expr<'b>>,
    pub(super) variables: BTreeMap<&'b str, Block<'b>>,
    pub(super) outputs: BTreeMap<&'b str, Block<'b>>,
    pub(super) resources: BTreeMap<(&'b str, &'b str), Block<'b>>,
    pub(super) data: BTreeMap<(&'b str, &'b str), Block<'b>>,
    /// Provider blocks.
    pub(super) providers: Vec<Block<'b>>,
    /// All of its blocks, in order.
    pub(super) blocks: Vec<Block<'b>>,
    /// What stands twice.
    pub(super) doubts: Vec<Diagnostic>,
}

impl<'b> Folder<'b> {
    /// What parsed files declare. Declarations come first: Terraform does not care for order.
    pub(super) fn new(files: impl IntoIterator<Item = &'b Parsed>) -> Self {
        let mut folder = Self::default();
        for block in files.into_iter().flat_map(Parsed::blocks) {
            folder.declare(&block);
            folder.blocks.push(block);
        }
        folder
    }

    fn declare(&mut self, block: &Block<'b>) {
        let twice = match (block.kind, block.labels.as_slice()) {
            ("locals", []) => {
                let mut twice = None;
                for argument in block.body.arguments() {
                    if self.locals.insert(argument.name, argument.value).is_some() {
                        twice = Some(format!("the local `{}` is set twice", argument.name));
                    }
                }
                twice
            }
            ("variable", [name]) => {
                let known = self.variables.insert(name, block.clone());
                known.map(|_| format!("the variable `{name}` is declared twice"))
            }
            ("output", [name]) => {
                let known = self.outputs.insert(name, block.clone());
                known.map(|_| format!("the output `{name}` is declared twice"))
            }
            ("resource", [kind, name]) => {
                let known = self.resources.insert((kind, name), block.clone());
                known.map(|_| format!("`{kind}.{name}` is declared twice"))
            }
            ("data", [kind, name]) => {
                let known = self.data.insert((kind, name), block.clone());
                known.map(|_| format!("`data.{kind}.{name}` is declared twice"))
            }
            ("provider", [_]) => {
                self.providers.push(block.clone());
                None
            }
            _ => None,
        };
        if let Some(message) = twice {
            self.doubts.push(unproven(block.span, message));
        }
    }
}

/// All files at hand.
pub(in crate::readback) struct Files<'t> {
    /// By path.
    pub(super) by_path: BTreeMap<String, (FileId, &'t str)>,
    /// By folder.
    pub(super) by_folder: BTreeMap<String, Vec<Loaded<'t>>>,
    pub(super) texts: BTreeMap<FileId, &'t str>,
    /// Those that `file(…)` was called for.
    pub(in crate::readback) used: RefCell<BTreeSet<FileId>>,
}

impl<'t> Files<'t> {
    pub(in crate::readback) fn new(files: &[Loaded<'t>]) -> Self {
        let mut by_folder: BTreeMap<String, Vec<Loaded<'t>>> = BTreeMap::new();
        for file in files {
            let (folder, _) = super::split(file.path);
            by_folder.entry(folder).or_default().push(*file);
        }
        Self {
            by_path: files
                .iter()
                .map(|file| (normal(file.path), (file.id, file.text)))
                .collect(),
            by_folder,
            texts: files.iter().map(|file| (file.id, file.text)).collect(),
            used: RefCell::default(),
        }
    }
}
