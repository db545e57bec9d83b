//! Reads Terraform modules and plans.

mod aliases;
mod beside;
mod body;
mod data;
mod evaluate;
mod files;
mod folder;
mod functions;
mod json;
mod keys;
mod lifecycle;
mod loops;
mod module;
mod operation;
mod plan;
mod policies;
mod policy_document;
mod reference;
mod resources;
mod tags;
mod template;
mod value;
mod variables;
mod waivers;

use std::collections::BTreeMap;

pub(super) use beside::read as beside;
pub(super) use plan::read as read_plan;

use super::found::Found;
use super::open::Loaded;
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::source::{FileId, Span};
pub(super) use folder::Files;
use folder::{Folder, Parsed};
use module::{World, normal, within};

/// One file of a module.
#[derive(Debug, Clone, Copy)]
pub struct File<'t> {
    /// The file.
    pub id: FileId,
    /// Its text.
    pub text: &'t str,
}

/// Reads a module from its files, all of the native syntax.
///
/// # Errors
/// Text that is no HCL.
pub(super) fn read(files: &[File<'_>]) -> Result<Found, Vec<Diagnostic>> {
    let files: Vec<Loaded<'_>> = files
        .iter()
        .map(|file| Loaded {
            path: "main.tf",
            id: file.id,
            text: file.text,
        })
        .collect();
    read_folder("", &Files::new(&files)).map(|module| module.found)
}

/// What a folder holds, and the folders that it reads itself.
pub(super) struct Read {
    pub(super) found: Found,
    /// Folders of the modules that it calls, in the paths of the files.
    pub(super) called: Vec<String>,
}

/// Reads the root module in a folder, with the modules that it calls and that are at hand.
///
/// # Errors
/// Text in the folder that is no HCL and no JSON.
pub(super) fn read_folder(root: &str, files: &Files<'_>) -> Result<Read, Vec<Diagnostic>> {
    let root = normal(root);
    let mut parsed: BTreeMap<String, Vec<Parsed>> = BTreeMap::new();
    let mut variables: Vec<(&str, Parsed)> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut doubts = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        let mut trees = Vec::new();
        let of_root = folder == root;
        for file in files.by_folder.get(&folder).into_iter().flatten() {
            let into = if of_root {
                &mut diagnostics
            } else {
                &mut doubts
            };
            match kind_of(split(file.path).1) {
                Kind::Module => match folder::parse(file) {
                    Ok(tree) => trees.push(tree),
                    Err(problems) => into.extend(problems),
                },
                Kind::Override => doubts.push(unproven(
                    Span::new(file.id, 0..0),
                    "an override file can change any resource of its module",
                )),
                Kind::Variables if of_root => match folder::parse(file) {
                    Ok(tree) => variables.push((file.path, tree)),
                    Err(problems) => into.extend(problems),
                },
                Kind::Variables | Kind::Other => {}
            }
        }
        for source in trees.iter().flat_map(Parsed::sources) {
            let called = within(&folder, &source);
            let new = called != folder && !parsed.contains_key(&called) && !open.contains(&called);
            if new && files.by_folder.contains_key(&called) {
                open.push(called);
            }
        }
        parsed.insert(folder, trees);
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let folders = parsed
        .iter()
        .map(|(folder, trees)| (folder.clone(), Folder::new(trees)))
        .collect();
    let variables = variables.iter().map(|(path, tree)| (*path, tree)).collect();
    let world = World::new(&root, folders, files, variables);
    let called: Vec<String> = world.calls().map(str::to_owned).collect();
    let mut found = resources::read(&world);
    found.doubts.extend(doubts);
    Ok(Read { found, called })
}

/// What a file of a folder is to Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file of a module.
    Module,
    /// A file that overrides what others say.
    Override,
    /// Values of variables.
    Variables,
    /// Nothing.
    Other,
}

/// Source: Terraform language documentation, "Files and Configuration Structure" and "Override Files".
pub(super) fn kind_of(name: &str) -> Kind {
    let stem = name.strip_suffix(".json").unwrap_or(name);
    if stem.ends_with(".tfvars") {
        return Kind::Variables;
    }
    match stem.strip_suffix(".tf") {
        Some(stem) if stem == "override" || stem.ends_with("_override") => Kind::Override,
        Some(_) => Kind::Module,
        None => Kind::Other,
    }
}

/// The folder of a file and its name.
pub(super) fn split(path: &str) -> (String, &str) {
    match path.rsplit_once('/') {
        Some((folder, name)) => (normal(folder), name),
        None => (String::new(), path),
    }
}
