//! `src/workspace/`: a scratch workspace, and its tree to compare.

mod apply;
mod concurrency;
mod failure;
mod header;
mod in_the_way;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use keywright::workspace::{
    Applied, ApplyError, ApplyOptions, Artifact, OutputRoot, Plan, Previous, Scope, apply, plan,
    with_header,
};
use tempfile::TempDir;

pub(crate) const AUDIT: &str = "cloudformation/production/audit.yaml";
pub(crate) const MAIN: &str = "terraform/production/audit/main.tf";

const fn options(force: bool, prune: bool) -> ApplyOptions {
    let keep = BTreeSet::new();
    ApplyOptions { force, prune, keep }
}
pub(crate) const CALM: ApplyOptions = options(false, false);
pub(crate) const FORCE: ApplyOptions = options(true, false);
pub(crate) const PRUNE: ApplyOptions = options(false, true);
pub(crate) const FORCE_PRUNE: ApplyOptions = options(true, true);

/// What a name in a tree stands for, with its modification time if it is a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Folder,
    File(Vec<u8>, SystemTime),
    Link(PathBuf),
}

pub(crate) struct Scratch {
    pub(crate) folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn output(&self, path: &str) -> PathBuf {
        self.root().join("output").join(path)
    }

    /// Writes a file below `output/`, with its folders.
    pub(crate) fn put(&self, path: &str, contents: impl AsRef<[u8]>) {
        let place = self.output(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, contents).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> String {
        fs::read_to_string(self.output(path)).unwrap()
    }

    pub(crate) fn plan(&self, artifacts: Vec<Artifact>) -> Plan {
        let root = OutputRoot::for_reading(self.root(), || {}).unwrap();
        plan(&Previous::read(&root), artifacts, Scope::Workspace).unwrap()
    }

    pub(crate) fn run(
        &self,
        artifacts: Vec<Artifact>,
        options: &ApplyOptions,
    ) -> Result<Applied, ApplyError> {
        run(self.root(), artifacts, options)
    }

    pub(crate) fn tree(&self) -> BTreeMap<PathBuf, Node> {
        let mut tree = BTreeMap::new();
        for entry in walkdir::WalkDir::new(self.root()).min_depth(1) {
            let entry = entry.unwrap();
            let kind = entry.file_type();
            let node = if kind.is_dir() {
                Node::Folder
            } else if kind.is_symlink() {
                Node::Link(fs::read_link(entry.path()).unwrap())
            } else {
                let modified = entry.metadata().unwrap().modified().unwrap();
                Node::File(fs::read(entry.path()).unwrap(), modified)
            };
            tree.insert(entry.path().to_path_buf(), node);
        }
        tree
    }
}

/// Reads, plans and applies under the lock.
pub(crate) fn run(
    workspace: &Path,
    artifacts: Vec<Artifact>,
    options: &ApplyOptions,
) -> Result<Applied, ApplyError> {
    let output = OutputRoot::for_writing(workspace, || {})?;
    let previous = Previous::read(output.root());
    let plan = plan(&previous, artifacts, Scope::Workspace).unwrap();
    apply(&output, &plan, options)
}

pub(crate) fn artifact(path: &str, contents: &str) -> Artifact {
    Artifact {
        path: path.to_owned(),
        contents: contents.to_owned(),
        source: "specs/audit.yaml".to_owned(),
    }
}

/// The text that an artifact of that body has on disk.
pub(crate) fn text(body: &str) -> String {
    with_header("specs/audit.yaml", body)
}

pub(crate) fn kinds(plan: &Plan) -> Vec<(String, String)> {
    plan.changes()
        .iter()
        .map(|change| (change.path.clone(), format!("{:?}", change.kind)))
        .collect()
}

/// All diagnostics of an error as text.
pub(crate) fn told(error: &ApplyError) -> String {
    error
        .diagnostics()
        .iter()
        .map(|it| format!("{}: {}\n  {}\n", it.code, it.message, it.help.join("\n  ")))
        .collect()
}
