//! Carries out a plan: all temporary files first, then all renames, then deletions.
//!
//! Until the first rename nothing that was there is touched, so a full disk leaves `output/` as it was.

use std::collections::BTreeSet;
use std::fs;

use super::failure::failed;
use super::filesystem::{Disk, Filesystem};
use super::output::{OutputRoot, WritableOutput, ancestors, look};
use super::plan::{Change, ChangeKind, Plan};
use super::staging::{Staged, verify};
use crate::diag::Diagnostic;

/// What a run may do beyond writing missing and stale files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Overwrite hand-edited files; with `prune`, delete hand-edited orphans.
    pub force: bool,
    /// Delete orphans.
    pub prune: bool,
    /// Orphans (paths below `output/`) that are never deleted: those that hold a protected key.
    pub keep: BTreeSet<String>,
}

impl ApplyOptions {
    /// Whether an orphan is to be deleted.
    #[must_use]
    pub fn deletes(&self, change: &Change) -> bool {
        let allowed = match change.kind {
            ChangeKind::Orphaned => self.prune,
            ChangeKind::OrphanedHandEdited => self.prune && self.force,
            _ => false,
        };
        allowed && !self.keep.contains(&change.path)
    }
}

/// What was done, as paths below `output/` in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Files that were missing.
    pub created: Vec<String>,
    /// Files that were stale.
    pub updated: Vec<String>,
    /// Hand-edited files that were overwritten by force.
    pub overwritten: Vec<String>,
    /// Orphans that were deleted.
    pub deleted: Vec<String>,
    /// Orphans that are still there.
    pub kept: Vec<String>,
    /// How many files were as they should be, and keep their modification time.
    pub unchanged: usize,
}

/// Why a plan was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyError {
    /// Files were edited by hand and force was not given. Nothing was written: exit status 1.
    HandEdited(Vec<Diagnostic>),
    /// It could not be done; the diagnostics say what was written nevertheless, if anything: exit status 2.
    Failed(Vec<Diagnostic>),
}

impl ApplyError {
    /// What went wrong.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::HandEdited(diagnostics) | Self::Failed(diagnostics) => diagnostics,
        }
    }
}

impl From<Box<Diagnostic>> for ApplyError {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Failed(vec![*diagnostic])
    }
}

/// Carries out a plan that was made from what [`Previous`](super::Previous) read under the same lock.
///
/// # Errors
/// Something is in the way, was edited by hand or changed since the plan was made, or the disk refuses.
/// Unless a diagnostic says which files are new, `output/` is as it was before.
pub fn apply(
    output: &WritableOutput,
    plan: &Plan,
    options: &ApplyOptions,
) -> Result<Applied, ApplyError> {
    apply_with(&Disk, output, plan, options)
}

/// Like [`apply()`], through another file system.
///
/// # Errors
/// As [`apply()`].
pub fn apply_with(
    filesystem: &dyn Filesystem,
    output: &WritableOutput,
    plan: &Plan,
    options: &ApplyOptions,
) -> Result<Applied, ApplyError> {
    refuse(plan, options)?;
    let root = output.root();
    if output.is_locked() {
        remove_leftovers(filesystem, root, plan);
    }
    let staged = Staged::write(filesystem, root, plan)?;
    for change in plan.changes().iter().filter(|it| it.after.is_some()) {
        verify(root, change, plan)?;
    }
    staged.rename_all(filesystem)?;
    finish(filesystem, root, plan, options)
}

/// Stops before anything is written if the plan cannot be carried out as a whole.
fn refuse(plan: &Plan, options: &ApplyOptions) -> Result<(), ApplyError> {
    let mut problems = plan.obstructions();
    let obstructed = !problems.is_empty();
    if !options.force {
        problems.extend(plan.hand_edits());
    }
    if obstructed {
        Err(ApplyError::Failed(problems))
    } else if !problems.is_empty() {
        Err(ApplyError::HandEdited(problems))
    } else {
        Ok(())
    }
}

/// Deletes orphans if asked to, and tells what was done.
fn finish(
    filesystem: &dyn Filesystem,
    root: &OutputRoot,
    plan: &Plan,
    options: &ApplyOptions,
) -> Result<Applied, ApplyError> {
    let mut applied = Applied::default();
    let mut problems = Vec::new();
    for change in plan.changes() {
        let path = change.path.clone();
        match change.kind {
            ChangeKind::Create => applied.created.push(path),
            ChangeKind::Update => applied.updated.push(path),
            ChangeKind::HandEdited => applied.overwritten.push(path),
            ChangeKind::Unchanged => applied.unchanged += 1,
            ChangeKind::Orphaned | ChangeKind::OrphanedHandEdited => {
                if !options.deletes(change) {
                    applied.kept.push(path);
                } else if let Err(problem) = delete(filesystem, root, change, plan) {
                    problems.push(*problem);
                } else {
                    applied.deleted.push(path);
                }
            }
            // Refused before.
            ChangeKind::Obstructed(_) => {}
        }
    }
    if problems.is_empty() {
        Ok(applied)
    } else {
        Err(ApplyError::Failed(problems))
    }
}

/// Deletes an orphan, and the folders above it that become empty, but not `output` itself.
fn delete(
    filesystem: &dyn Filesystem,
    root: &OutputRoot,
    change: &Change,
    plan: &Plan,
) -> Result<(), Box<Diagnostic>> {
    verify(root, change, plan)?;
    filesystem
        .remove_file(&root.locate(&change.path))
        .map_err(|error| {
            failed("cannot-write", "delete", &change.path, &error)
                .help("all other files are as they should be")
        })?;
    let mut path = change.path.as_str();
    while let Some((above, _)) = path.rsplit_once('/') {
        if fs::remove_dir(root.locate(above)).is_err() {
            break;
        }
        path = above;
    }
    Ok(())
}

/// Removes the temporary files of runs that were killed. Only under the lock: else they may be in use.
fn remove_leftovers(filesystem: &dyn Filesystem, root: &OutputRoot, plan: &Plan) {
    for path in &plan.leftovers {
        let place = root.locate(path);
        let through_link = ancestors(path)
            .any(|above| !matches!(look(&root.locate(above)), Ok(Some(found)) if found.is_dir()));
        if !through_link && matches!(look(&place), Ok(Some(found)) if found.is_file()) {
            // One that cannot be removed does no harm.
            let _ = filesystem.remove_file(&place);
        }
    }
}
