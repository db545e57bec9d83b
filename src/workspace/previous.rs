//! What lies in `output/` now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::failure::reason;
use super::filesystem::is_temporary;
use super::header::{HEAD, Origin, has_mark, origin};
use super::output::OutputRoot;

/// The files in `output/` before a run.
///
/// Hidden folders (`.terraform`, which may hold copies of our modules) are not looked into, links are not followed, and names
/// that are not UTF-8 are passed over: no generated file has one.
#[derive(Debug, Clone, Default)]
pub struct Previous {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) folders: BTreeSet<String>,
    /// Temporary files of a run that was killed.
    pub(super) leftovers: Vec<String>,
}

/// What a name in `output/` stands for, unless for a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file with our header, be it damaged.
    Generated(PreviousFile),
    /// A file without it, or something that is not a file.
    Foreign,
    /// A symbolic link.
    Link,
    /// A file or folder that cannot be read, and why.
    Unreadable(String),
    /// A file with our header that is not UTF-8.
    NotText,
}

/// A file with our header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousFile {
    contents: String,
}

impl PreviousFile {
    /// The text as it lies there, header and line endings included.
    #[must_use]
    pub fn contents(&self) -> &str {
        &self.contents
    }

    /// Whether it is as we wrote it. Computes the digest, so ask only when needed.
    #[must_use]
    pub fn origin(&self) -> Origin {
        origin(&self.contents)
    }
}

impl Previous {
    /// Reads the generated files below `output/`; what cannot be read becomes a diagnostic of the plan.
    #[must_use]
    pub fn read(root: &OutputRoot) -> Self {
        let mut previous = Self::default();
        let mut files = Vec::new();
        let walk = WalkDir::new(root.folder()).min_depth(1).into_iter();
        for entry in walk.filter_entry(|entry| !is_hidden_folder(entry)) {
            match entry {
                Ok(entry) => {
                    let Some(path) = relative(root.folder(), entry.path()) else {
                        continue;
                    };
                    previous.sort_in(path, entry, &mut files);
                }
                Err(error) => previous.note_unreadable(root.folder(), &error),
            }
        }
        let read: Vec<_> = files
            .into_par_iter()
            .filter_map(|(path, place)| Some((path, read_entry(&place)?)))
            .collect();
        previous.entries.extend(read);
        previous
    }

    /// The file at a path below `output/`, if there is one with our header.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&PreviousFile> {
        match self.entries.get(path)? {
            Entry::Generated(file) => Some(file),
            _ => None,
        }
    }

    /// All files with our header, with their paths below `output/`, in the order of paths.
    pub fn files(&self) -> impl Iterator<Item = (&str, &PreviousFile)> {
        self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::Generated(file) => Some((path.as_str(), file)),
            _ => None,
        })
    }

    fn sort_in(&mut self, path: String, entry: DirEntry, files: &mut Vec<(String, PathBuf)>) {
        let kind = entry.file_type();
        if kind.is_dir() {
            self.folders.insert(path);
        } else if kind.is_symlink() {
            self.entries.insert(path, Entry::Link);
        } else if !kind.is_file() {
            self.entries.insert(path, Entry::Foreign);
        } else if entry.file_name().to_str().is_some_and(is_temporary) {
            self.leftovers.push(path);
        } else {
            files.push((path, entry.into_path()));
        }
    }

    fn note_unreadable(&mut self, folder: &Path, error: &walkdir::Error) {
        let why = error
            .io_error()
            .filter(|error| error.kind() != ErrorKind::NotFound);
        if let (Some(why), Some(path)) = (why, error.path()) {
            let path = if path == folder {
                Some(String::new())
            } else {
                relative(folder, path)
            };
            if let Some(path) = path {
                self.entries.insert(path, Entry::Unreadable(reason(why)));
            }
        }
    }
}

fn is_hidden_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_dir() && entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// The path below the folder with `/` between names; `None` if it is not UTF-8.
pub(super) fn relative(folder: &Path, place: &Path) -> Option<String> {
    let mut path = String::new();
    for component in place.strip_prefix(folder).ok()?.components() {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(component.as_os_str().to_str()?);
    }
    Some(path)
}

/// Reads a file; `None` if it is gone meanwhile.
fn read_entry(place: &Path) -> Option<Entry> {
    match read_generated(place) {
        Ok(None) => Some(Entry::Foreign),
        Ok(Some(bytes)) => Some(match String::from_utf8(bytes) {
            Ok(contents) => Entry::Generated(PreviousFile { contents }),
            Err(_) => Entry::NotText,
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => Some(Entry::Unreadable(reason(&error))),
    }
}

/// The bytes of a file with our header. Of any other file, which may be huge, only the head is read.
fn read_generated(place: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(place)?;
    let mut bytes = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
    if !has_mark(&bytes) {
        return Ok(None);
    }
    if bytes.len() == HEAD {
        let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
        bytes.reserve_exact(length.saturating_sub(HEAD) + 1);
        file.read_to_end(&mut bytes)?;
    }
    Ok(Some(bytes))
}
