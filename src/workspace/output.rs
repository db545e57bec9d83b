//! The folder `output/`, and the lock by which two runs at once take turns.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::failure::{failed, link, not_a_folder};
use crate::diag::Diagnostic;

/// How often a folder that another run takes away while we wait for it is looked for again.
const ATTEMPTS: usize = 100;

/// The output folder of a workspace, to be looked at; a run that writes waits until this is dropped.
#[derive(Debug)]
pub struct OutputRoot {
    folder: PathBuf,
    // The lock lasts as long as the file is open.
    lock: Option<File>,
}

/// The output folder of a workspace, to be written; every other run waits until this is dropped.
///
/// If it had to be made and nothing came into it, dropping removes it again.
#[derive(Debug)]
pub struct WritableOutput {
    root: OutputRoot,
    created: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Shared,
    Exclusive,
}

impl OutputRoot {
    /// Takes the output folder for reading. Creates nothing; a folder that does not exist is empty.
    ///
    /// `waiting` is called once if another run is writing, before waiting for it.
    ///
    /// # Errors
    /// `output` is a link or not a folder, or cannot be looked at.
    pub fn for_reading(workspace: &Path, waiting: impl FnOnce()) -> Result<Self, Box<Diagnostic>> {
        let folder = workspace.join("output");
        let mut waiting = Some(waiting);
        for _ in 0..ATTEMPTS {
            if !exists(&folder)? {
                break;
            }
            if let Some(lock) = locked(&folder, Lock::Shared, &mut waiting)? {
                return Ok(Self { folder, lock });
            }
        }
        Ok(Self { folder, lock: None })
    }

    /// Takes the output folder for writing, and makes it if need be.
    ///
    /// `waiting` is called once if another run has it, before waiting for it.
    ///
    /// # Errors
    /// `output` is a link or not a folder, or cannot be made.
    pub fn for_writing(
        workspace: &Path,
        waiting: impl FnOnce(),
    ) -> Result<WritableOutput, Box<Diagnostic>> {
        let folder = workspace.join("output");
        let mut waiting = Some(waiting);
        for _ in 0..ATTEMPTS {
            let mut created = false;
            if !exists(&folder)? {
                match fs::create_dir(&folder) {
                    Ok(()) => created = true,
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                    Err(error) => {
                        return Err(failed("cannot-write", "create the folder", "", &error).into());
                    }
                }
            }
            if let Some(lock) = locked(&folder, Lock::Exclusive, &mut waiting)? {
                let root = Self { folder, lock };
                return Ok(WritableOutput { root, created });
            }
        }
        Err(Diagnostic::error(
            "output-busy",
            "`output` is made and removed by other programs all the time",
        )
        .in_path("output")
        .help("run the command again when they are done")
        .into())
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a path below `output/` lies on disk.
    pub(super) fn locate(&self, path: &str) -> PathBuf {
        let mut place = self.folder.clone();
        // Joining an empty name would add a slash, and with a slash a link is followed.
        place.extend(path.split('/').filter(|name| !name.is_empty()));
        place
    }
}

impl WritableOutput {
    /// The folder, to be looked at.
    #[must_use]
    pub fn root(&self) -> &OutputRoot {
        &self.root
    }

    /// Whether no other run can be at work; not every file system can say.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.root.lock.is_some()
    }
}

impl Drop for WritableOutput {
    fn drop(&mut self) {
        if self.created {
            // Fails if something is in it, which is what we want.
            let _ = fs::remove_dir(&self.root.folder);
        }
    }
}

/// Whether the folder is there; anything else of that name is an error.
fn exists(folder: &Path) -> Result<bool, Box<Diagnostic>> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_symlink() => Err(link("").into()),
        Ok(found) if !found.is_dir() => Err(not_a_folder("").into()),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("unreadable", "look at", "", &error).into()),
    }
}

/// Locks the folder: `None` if it is no longer the folder of that name, so that all is to be done again.
///
/// Where folders cannot be opened (Windows) or locked (some network file systems) we go without.
fn locked(
    folder: &Path,
    kind: Lock,
    waiting: &mut Option<impl FnOnce()>,
) -> Result<Option<Option<File>>, Box<Diagnostic>> {
    let Ok(file) = File::open(folder) else {
        return Ok(exists(folder)?.then_some(None));
    };
    let attempt = match kind {
        Lock::Shared => file.try_lock_shared(),
        Lock::Exclusive => file.try_lock(),
    };
    let outcome = match attempt {
        Ok(()) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
        Err(TryLockError::WouldBlock) => {
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            match kind {
                Lock::Shared => file.lock_shared(),
                Lock::Exclusive => file.lock(),
            }
        }
    };
    // Whoever had the lock may have removed the folder that we waited for.
    match (file.metadata(), fs::symlink_metadata(folder)) {
        (Ok(opened), Ok(named)) if same(&opened, &named) => {
            Ok(Some(outcome.is_ok().then_some(file)))
        }
        (Err(error), _) => Err(failed("unreadable", "look at", "", &error).into()),
        _ => Ok(None),
    }
}

#[cfg(unix)]
fn same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.dev() == other.dev() && one.ino() == other.ino()
}

#[cfg(not(unix))]
fn same(one: &Metadata, other: &Metadata) -> bool {
    one.is_dir() && other.is_dir()
}

/// What lies at a place, links not followed; `None` if nothing does.
pub(super) fn look(place: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(place) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The folders that a path below `output/` leads through, `output` itself (empty) first.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once("").chain(
        path.match_indices('/')
            .filter_map(|(end, _)| path.get(..end)),
    )
}
