//! New files beside the old ones, before they take their place.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::failure::{failed, link, not_a_folder, shown};
use super::filesystem::Filesystem;
use super::output::{OutputRoot, ancestors, look};
use super::plan::{Change, Plan};
use crate::diag::Diagnostic;

/// What is written but not yet in its place. Dropping it removes the temporary files (the field that comes
/// first is dropped first), then the folders in which nothing is left.
#[derive(Default)]
pub(super) struct Staged<'plan> {
    files: Vec<StagedFile<'plan>>,
    folders: CreatedFolders,
}

struct StagedFile<'plan> {
    change: &'plan Change,
    /// `None` once it is in its place.
    temporary: Option<TempPath>,
    place: PathBuf,
}

/// Folders that we made, parents first, and those that are known to be folders.
#[derive(Default)]
struct CreatedFolders {
    created: Vec<PathBuf>,
    known: BTreeSet<String>,
}

impl Drop for CreatedFolders {
    fn drop(&mut self) {
        for folder in self.created.iter().rev() {
            // Fails if something is in it, which is what we want.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl<'plan> Staged<'plan> {
    /// Writes the temporary file of every change; if one fails, nothing is left of any.
    pub(super) fn write(
        filesystem: &dyn Filesystem,
        root: &OutputRoot,
        plan: &'plan Plan,
    ) -> Result<Self, Box<Diagnostic>> {
        let mut staged = Self::default();
        for change in plan.changes() {
            if let Some(after) = &change.after {
                staged.add(filesystem, root, change, after)?;
            }
        }
        Ok(staged)
    }

    fn add(
        &mut self,
        filesystem: &dyn Filesystem,
        root: &OutputRoot,
        change: &'plan Change,
        after: &str,
    ) -> Result<(), Box<Diagnostic>> {
        let place = root.locate(&change.path);
        let mut folder = root.folder().to_path_buf();
        for path in ancestors(&change.path) {
            folder = root.locate(path);
            self.folders.ensure(filesystem, path, &folder)?;
        }
        let permissions = look(&place)
            .map_err(|error| failed("unreadable", "look at", &change.path, &error))?
            .filter(fs::Metadata::is_file)
            .map(|found| found.permissions());
        let temporary = filesystem
            .write_temporary(&folder, after, permissions)
            .map_err(|error| {
                failed("cannot-write", "write", &change.path, &error)
                    .help("nothing in `output` was changed")
            })?;
        self.files.push(StagedFile {
            change,
            temporary: Some(temporary),
            place,
        });
        Ok(())
    }

    /// Puts all files in their places. If one cannot be, says which are there.
    pub(super) fn rename_all(mut self, filesystem: &dyn Filesystem) -> Result<(), Box<Diagnostic>> {
        for index in 0..self.files.len() {
            let Some(file) = self.files.get_mut(index) else {
                break;
            };
            let Some(temporary) = file.temporary.take() else {
                continue;
            };
            if let Err(error) = filesystem.rename(temporary, &file.place) {
                let diagnostic = failed("cannot-write", "replace", &file.change.path, &error);
                let (new, old) = self.files.split_at(index);
                return Err(Box::new(match new {
                    [] => diagnostic.help("nothing in `output` was changed"),
                    new => diagnostic
                        .help(format!("already new: {}", names(new)))
                        .help(format!("still as before: {}", names(old))),
                }));
            }
        }
        Ok(())
    }
}

impl CreatedFolders {
    /// Makes a folder unless it is there; whatever else is there is an error.
    fn ensure(
        &mut self,
        filesystem: &dyn Filesystem,
        path: &str,
        folder: &Path,
    ) -> Result<(), Box<Diagnostic>> {
        if self.known.contains(path) {
            return Ok(());
        }
        let found = look(folder).map_err(|error| failed("unreadable", "look at", path, &error))?;
        match found {
            Some(found) if found.is_symlink() => return Err(link(path).into()),
            Some(found) if !found.is_dir() => return Err(not_a_folder(path).into()),
            Some(_) => {}
            None => {
                filesystem.create_folder(folder).map_err(|error| {
                    failed("cannot-write", "create the folder", path, &error)
                        .help("nothing in `output` was changed")
                })?;
                self.created.push(folder.to_path_buf());
            }
        }
        self.known.insert(path.to_owned());
        Ok(())
    }
}

/// Checks that a file is still as the plan found it: an editor, or a run without lock, may have been quicker.
pub(super) fn verify(
    root: &OutputRoot,
    change: &Change,
    plan: &Plan,
) -> Result<(), Box<Diagnostic>> {
    for path in ancestors(&change.path) {
        match look(&root.locate(path)) {
            Ok(Some(found)) if found.is_dir() => {}
            Ok(Some(found)) if found.is_symlink() => return Err(link(path).into()),
            Ok(_) => return Err(not_a_folder(path).into()),
            Err(error) => return Err(failed("unreadable", "look at", path, &error).into()),
        }
    }
    let place = root.locate(&change.path);
    let found =
        look(&place).map_err(|error| failed("unreadable", "look at", &change.path, &error))?;
    let same = match (&change.before, &found) {
        (None, None) => true,
        (Some(before), Some(found)) if found.is_file() => {
            fs::read(&place).is_ok_and(|bytes| bytes == before.as_bytes())
        }
        _ => false,
    };
    if same {
        return Ok(());
    }
    let path = shown(&change.path);
    let lower = change.path.to_lowercase();
    let namesake = plan
        .changes()
        .iter()
        .find(|other| other.path != change.path && other.path.to_lowercase() == lower);
    let diagnostic = Diagnostic::error(
        "output-changed",
        format!("`{path}` changed while this run was at work"),
    )
    .in_path(path);
    Err(Box::new(match namesake {
        Some(other) => diagnostic.help(format!(
            "this file system takes it for `{}`: delete that file first",
            shown(&other.path)
        )),
        None => diagnostic.help("run the command again"),
    }))
}

fn names(files: &[StagedFile<'_>]) -> String {
    let names: Vec<_> = files
        .iter()
        .map(|file| format!("`{}`", shown(&file.change.path)))
        .collect();
    names.join(", ")
}
