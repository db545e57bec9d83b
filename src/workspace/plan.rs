//! What a run would change in `output/`. Pure: decides from what was read, touches nothing.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::artifact::Artifact;
use super::failure::{link, not_a_folder, shown};
use super::header::{Origin, header, origin, with_lf};
use super::output::ancestors;
use super::previous::{Entry, Previous};
use crate::diag::Diagnostic;

/// What the artifacts of a run stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole workspace: a generated file that is not among them is an orphan.
    Workspace,
    /// A part of it: nothing is said about other files.
    Given,
}

/// What is to happen to a file, or keeps it from happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is missing.
    Create,
    /// It is stale: as we wrote it, but the spec says otherwise now.
    Update,
    /// It is as it should be, save perhaps for its line endings.
    Unchanged,
    /// Somebody edited it since we wrote it; overwritten only with force.
    HandEdited,
    /// Something that we did not write is in its place; never overwritten.
    Obstructed(Obstacle),
    /// We wrote it, and no spec asks for it any more; deleted only on demand.
    Orphaned,
    /// An orphan that somebody edited; deleted only on demand and with force.
    OrphanedHandEdited,
}

/// What is in the way of a file. Paths are below `output/`, the empty one is `output` itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A file that we did not generate.
    Foreign,
    /// A folder.
    Folder,
    /// A symbolic link, the file itself or a folder above it.
    Link(String),
    /// A file where a folder is due.
    NotAFolder(String),
    /// A file or folder that cannot be read, and why.
    Unreadable(String, String),
    /// A generated file that is no longer UTF-8.
    NotText,
}

/// What is to happen to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path below `output/`.
    pub path: String,
    /// What is to happen.
    pub kind: ChangeKind,
    /// The spec file that it comes from; `None` for orphans.
    pub source: Option<String>,
    /// The text that lies there; `None` if nothing of ours does, or nothing changes.
    pub before: Option<String>,
    /// The text that is to lie there, header included; `None` if none is, or nothing changes.
    pub after: Option<String>,
}

/// All that is to happen in `output/`.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    changes: Vec<Change>,
    warnings: Vec<Diagnostic>,
    pub(super) leftovers: Vec<String>,
}

/// Decides what is to happen, from what lies there and what should.
///
/// # Errors
/// The artifacts cannot lie in one folder together: paths that are twice there, that lead outside, or of
/// which one is a folder of another. Whatever is wrong in `output/` is part of the plan instead.
pub fn plan(
    previous: &Previous,
    artifacts: Vec<Artifact>,
    scope: Scope,
) -> Result<Plan, Vec<Diagnostic>> {
    check_together(&artifacts)?;
    let planned: BTreeSet<String> = artifacts.iter().map(|it| it.path.clone()).collect();
    let mut changes: Vec<Change> = artifacts
        .into_par_iter()
        .map(|artifact| change(previous, artifact))
        .collect();
    let mut warnings = Vec::new();
    if scope == Scope::Workspace {
        let others = || {
            let planned = &planned;
            previous
                .entries
                .iter()
                .filter(move |(path, _)| !planned.contains(*path))
        };
        warnings.extend(others().filter_map(|(path, entry)| unjudged(path, entry)));
        let others: Vec<_> = others().collect();
        changes.par_extend(
            others
                .into_par_iter()
                .filter_map(|(path, entry)| orphan(path, entry)),
        );
    }
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Plan {
        changes,
        warnings,
        leftovers: previous.leftovers.clone(),
    })
}

impl Plan {
    /// What is to happen to each file, in the order of paths.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether every file is as it should be: what `--check` asks.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.changes
            .iter()
            .all(|change| change.kind == ChangeKind::Unchanged)
    }

    /// Files and folders that could not be judged and do not matter to this run.
    #[must_use]
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// What is in the way and stays there whatever is forced, one error each.
    #[must_use]
    pub fn obstructions(&self) -> Vec<Diagnostic> {
        self.changes
            .iter()
            .filter_map(|change| match &change.kind {
                ChangeKind::Obstructed(obstacle) => Some(obstacle.diagnostic(&change.path)),
                _ => None,
            })
            .collect()
    }

    /// The files that somebody edited and that only force overwrites, one error each.
    #[must_use]
    pub fn hand_edits(&self) -> Vec<Diagnostic> {
        self.changes
            .iter()
            .filter(|change| change.kind == ChangeKind::HandEdited)
            .map(|change| {
                let path = shown(&change.path);
                let home = change.source.as_deref().unwrap_or("the spec");
                Diagnostic::error(
                    "hand-edited",
                    format!("`{path}` was edited by hand since it was generated"),
                )
                .in_path(path)
                .help(format!(
                    "say the same in `{home}`, then overwrite the file with `keywright generate --force`"
                ))
            })
            .collect()
    }
}

impl Obstacle {
    fn diagnostic(&self, planned: &str) -> Diagnostic {
        let path = shown(planned);
        match self {
            Self::Link(path) => link(path),
            Self::NotAFolder(path) => not_a_folder(path),
            Self::Foreign => Diagnostic::error(
                "output-foreign",
                format!("`{path}` was not generated by keywright and is in the way"),
            )
            .in_path(path)
            .help("move or delete it; `--force` does not overwrite it"),
            Self::Folder => Diagnostic::error(
                "output-is-folder",
                format!("`{path}` is a folder where a file is to be written"),
            )
            .in_path(path)
            .help("move it out of the way"),
            Self::Unreadable(path, why) => unreadable(path, why),
            Self::NotText => not_text(planned),
        }
    }
}

fn unreadable(path: &str, why: &str) -> Diagnostic {
    let path = shown(path);
    Diagnostic::error("unreadable", format!("cannot read `{path}`: {why}"))
        .in_path(path)
        .help("check who owns it, and its permissions")
}

fn not_text(path: &str) -> Diagnostic {
    let path = shown(path);
    Diagnostic::error(
        "output-not-utf-8",
        format!("`{path}` was generated by keywright but is no longer UTF-8 text"),
    )
    .in_path(path)
    .help("save it as UTF-8, or delete it")
}

/// Checks that the artifacts can lie in one folder together.
fn check_together(artifacts: &[Artifact]) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
    for artifact in artifacts {
        if let Err(problem) = artifact.check_path() {
            problems.push(*problem);
        } else if let Some(first) = sources.insert(&artifact.path, &artifact.source) {
            problems.push(collision(&artifact.path, &artifact.source, first));
        }
    }
    for artifact in artifacts {
        for above in ancestors(&artifact.path) {
            if let Some(first) = sources.get(above) {
                problems.push(collision(above, &artifact.source, first));
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn collision(path: &str, source: &str, first: &str) -> Diagnostic {
    let path = shown(path);
    Diagnostic::error(
        "output-collision",
        format!("`{source}` and `{first}` both want to write `{path}`"),
    )
    .in_path(source)
    .help("give one of them another `stack` name")
}

fn change(previous: &Previous, artifact: Artifact) -> Change {
    let header = header(&artifact.source, &artifact.contents);
    let (kind, before) = compare(previous, &artifact.path, &header, &artifact.contents);
    let writes = matches!(
        kind,
        ChangeKind::Create | ChangeKind::Update | ChangeKind::HandEdited
    );
    let after = || [header, artifact.contents].concat();
    Change {
        path: artifact.path,
        kind,
        source: Some(artifact.source),
        before,
        after: writes.then(after),
    }
}

/// What is to happen to one file, and its present text where that matters.
fn compare(
    previous: &Previous,
    path: &str,
    header: &str,
    body: &str,
) -> (ChangeKind, Option<String>) {
    let is_same = |text: &str| text.strip_prefix(header) == Some(body);
    for above in ancestors(path) {
        let obstacle = match previous.entries.get(above) {
            None => continue,
            Some(Entry::Link) => Obstacle::Link(above.to_owned()),
            Some(Entry::Unreadable(why)) => Obstacle::Unreadable(above.to_owned(), why.clone()),
            Some(_) => Obstacle::NotAFolder(above.to_owned()),
        };
        return (ChangeKind::Obstructed(obstacle), None);
    }
    let obstacle = match previous.entries.get(path) {
        None if previous.folders.contains(path) => Obstacle::Folder,
        None => return (ChangeKind::Create, None),
        Some(Entry::Generated(file)) => {
            let text = file.contents();
            // The digest is computed only for what differs: most files do not.
            if is_same(text) || is_same(&with_lf(text)) {
                return (ChangeKind::Unchanged, None);
            }
            let kind = match origin(text) {
                Origin::Ours => ChangeKind::Update,
                Origin::HandEdited | Origin::Foreign => ChangeKind::HandEdited,
            };
            return (kind, Some(text.to_owned()));
        }
        Some(Entry::Foreign) => Obstacle::Foreign,
        Some(Entry::Link) => Obstacle::Link(path.to_owned()),
        Some(Entry::Unreadable(why)) => Obstacle::Unreadable(path.to_owned(), why.clone()),
        Some(Entry::NotText) => Obstacle::NotText,
    };
    (ChangeKind::Obstructed(obstacle), None)
}

fn orphan(path: &str, entry: &Entry) -> Option<Change> {
    let Entry::Generated(file) = entry else {
        return None;
    };
    Some(Change {
        path: path.to_owned(),
        kind: match file.origin() {
            Origin::Ours => ChangeKind::Orphaned,
            Origin::HandEdited | Origin::Foreign => ChangeKind::OrphanedHandEdited,
        },
        source: None,
        before: Some(file.contents().to_owned()),
        after: None,
    })
}

/// What cannot be said to be an orphan or not.
fn unjudged(path: &str, entry: &Entry) -> Option<Diagnostic> {
    let mut diagnostic = match entry {
        Entry::Unreadable(why) => unreadable(path, why),
        Entry::NotText => not_text(path),
        Entry::Generated(_) | Entry::Foreign | Entry::Link => return None,
    };
    diagnostic.severity = crate::diag::Severity::Warning;
    Some(diagnostic)
}
