//! Which file is what, and what a tree of files holds.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;

use super::found::Found;
use super::terraform::{self, Files};
use super::{cloudformation, policy_json};
use crate::diag::Diagnostic;
use crate::iam::value::unproven;
use crate::source::{FileId, Span};

/// A file that was read.
#[derive(Debug, Clone, Copy)]
pub struct Loaded<'t> {
    /// Its path as users know it, with `/`; files of one tree have paths from the same place.
    pub path: &'t str,
    /// The file.
    pub id: FileId,
    /// Its text.
    pub text: &'t str,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    /// A CloudFormation template.
    CloudFormation,
    /// A file of a Terraform module.
    Terraform,
    /// A file of a Terraform module in the JSON syntax.
    TerraformJson,
    /// A plan or state as `terraform show -json` prints it.
    TerraformPlan,
    /// A key policy by itself, or what `aws kms get-key-policy` answered.
    KeyPolicy,
    /// None of these, and why: words that go on from "it".
    Other(String),
}

/// What a file is, by its name where that says it, else by its content.
#[must_use]
pub fn recognize(path: &str, text: &str) -> FileKind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    if ends(".tf.json") {
        return FileKind::TerraformJson;
    }
    if ends(".tf") {
        return FileKind::Terraform;
    }
    if ends(".tfvars") || ends(".tfvars.json") {
        return FileKind::Other("gives values to the variables of a Terraform module".to_owned());
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        return json(text);
    }
    if [".yaml", ".yml", ".template", ".json", ".txt"]
        .into_iter()
        .any(ends)
        || !name.contains('.')
    {
        return yaml(text);
    }
    FileKind::Other("is no template, module, plan or key policy".to_owned())
}

fn json(text: &str) -> FileKind {
    // A file that is broken is what it looks like, so that its reader says what is wrong with it.
    let members: BTreeMap<String, IgnoredAny> = match serde_json::from_str(text) {
        Ok(members) => members,
        Err(_) if text.contains("\"Resources\"") || text.contains("Fn::") => {
            return FileKind::CloudFormation;
        }
        Err(_) if text.contains("\"planned_values\"") => return FileKind::TerraformPlan,
        Err(_) if text.contains("\"Statement\"") => return FileKind::KeyPolicy,
        Err(_) if text.contains("Resources:") => return FileKind::CloudFormation,
        Err(error) => return FileKind::Other(format!("is no JSON that can be read: {error}")),
    };
    let has = |name: &str| members.contains_key(name);
    if has("Resources") || has("AWSTemplateFormatVersion") {
        FileKind::CloudFormation
    } else if has("planned_values") || (has("terraform_version") && has("values")) {
        FileKind::TerraformPlan
    } else if has("Statement") || policy_json::WRAPPERS.into_iter().any(has) {
        FileKind::KeyPolicy
    } else if has("resource") && (has("terraform") || has("provider")) {
        FileKind::TerraformJson
    } else {
        FileKind::Other("holds neither resources nor a policy".to_owned())
    }
}

/// A template has its resources under a name at the start of a line.
fn yaml(text: &str) -> FileKind {
    let starts = |line: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        ["Resources", "AWSTemplateFormatVersion", "Fn::Transform"]
            .into_iter()
            .any(|name| {
                let rest = line
                    .strip_prefix(name)
                    .map(|it| it.trim_start_matches(['"', '\'']));
                rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
            })
    };
    if text.lines().any(starts) {
        FileKind::CloudFormation
    } else {
        FileKind::Other("holds neither resources nor a policy".to_owned())
    }
}

/// Whether a policy that nobody asked for by name is worth reading: policies of roles and buckets look alike.
fn of_a_key(text: &str) -> bool {
    text.contains("rincipal") && text.to_ascii_lowercase().contains("kms:")
}

/// What one template, module, plan or policy holds.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The path of its file; of a module, its folder (`.` for that of the paths themselves).
    pub name: String,
    /// What it holds, or why nobody can say.
    pub read: Result<Found, Vec<Diagnostic>>,
}

/// Reads a tree of files: every folder with files of Terraform is one module, every other file is by itself.
///
/// Files that are no template, module, plan or policy are left out, unless `named` holds their path: what somebody
/// asks for by name is answered. Modules that others of the tree call are read as they are called, and not by
/// themselves.
#[must_use]
pub fn read_tree(files: &[Loaded<'_>], named: &BTreeSet<&str>) -> Vec<Unit> {
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    let mut add = |name: String, read| {
        let unit = Unit {
            name: name.clone(),
            read,
        };
        units.insert(name, unit);
    };
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let mut policies = Vec::new();
    for file in files {
        let read = match recognize(file.path, file.text) {
            FileKind::Terraform | FileKind::TerraformJson
                if terraform::kind_of(terraform::split(file.path).1) != terraform::Kind::Other =>
            {
                folders.insert(terraform::split(file.path).0);
                continue;
            }
            // Terraform would not read it under this name.
            FileKind::Terraform | FileKind::TerraformJson => {
                let renamed = Loaded {
                    path: "main.tf.json",
                    ..*file
                };
                terraform::read_folder("", &Files::new(&[renamed])).map(|module| module.found)
            }
            FileKind::CloudFormation => cloudformation::read(file.id, file.text),
            FileKind::TerraformPlan => terraform::read_plan(file.id, file.text),
            FileKind::KeyPolicy if !named.contains(file.path) && !of_a_key(file.text) => continue,
            FileKind::KeyPolicy => {
                policies.push((file.path.to_owned(), file.id));
                policy_json::read(file.id, file.text)
            }
            FileKind::Other(_) if !named.contains(file.path) => continue,
            FileKind::Other(reason) => {
                let place = Span::new(file.id, 0..0);
                let message = format!("this file is nothing that can be checked: it {reason}");
                Err(vec![unproven(place, message)])
            }
        };
        add(file.path.to_owned(), read);
    }
    let index = Files::new(files);
    let mut called: BTreeSet<String> = BTreeSet::new();
    let mut modules = Vec::new();
    for folder in folders {
        let read = terraform::read_folder(&folder, &index);
        let read = read.map(|module| {
            called.extend(module.called);
            module.found
        });
        modules.push((folder, read));
    }
    for (folder, read) in modules {
        let name = if folder.is_empty() { "." } else { &folder };
        // What is broken is worth saying twice.
        if !called.contains(&folder) || read.is_err() || named.contains(name) {
            add(name.to_owned(), read);
        }
    }
    // The policy in a file that a module reads is that of its key.
    let used = index.used.borrow();
    for (path, file) in policies {
        if used.contains(&file) && !named.contains(path.as_str()) {
            units.remove(&path);
        }
    }
    units.into_values().collect()
}
