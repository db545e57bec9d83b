//! Reads files and folders that somebody names, from anywhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use super::load::{describe, read_text_up_to, unreadable};
use crate::diag::Diagnostic;
use crate::source::{FileId, Sources};

/// Largest file that is read: templates have at most 1 MB, plans of large configurations tens.
const LARGEST: usize = 64 * 1024 * 1024;

/// Files that can be templates, modules, plans or policies, or that belong to one.
const ENDINGS: [&str; 10] = [
    "json", "yaml", "yml", "template", "tf", "tfvars", "tftpl", "tmpl", "tpl", "txt",
];

/// How deep files are looked for that a module's file may read or call.
const BESIDE: usize = 4;

/// Folders that hold copies of what stands elsewhere.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// What was read.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The files, sorted by path.
    pub files: Vec<FileId>,
    /// The paths that were named.
    pub named: BTreeSet<String>,
    /// Files that were named, and those below folders that were; others are read because they belong to one of these.
    pub asked: BTreeSet<String>,
}

/// Reads files and everything below folders. A file of a Terraform module brings those beside it along: what it says
/// depends on them.
///
/// What cannot be read is added to `diagnostics`; the rest is read all the same.
pub fn gather(
    paths: &[PathBuf],
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Gathered {
    let mut gathered = Gathered::default();
    let mut files: BTreeSet<PathBuf> = BTreeSet::new();
    for path in paths {
        gathered.named.insert(name(path));
        if path.is_dir() {
            let before = files.len();
            below(path, usize::MAX, &mut files, diagnostics);
            if files.len() == before {
                let message = "this folder holds no template, module or policy";
                diagnostics
                    .push(Diagnostic::warning("nothing-to-check", message).in_path(name(path)));
            }
            gathered.asked.extend(
                files
                    .iter()
                    .filter(|file| file.starts_with(path))
                    .map(|file| name(file)),
            );
        } else {
            if is_of_a_module(path) {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                // What cannot be read beside it is told when something depends on it.
                below(
                    folder.unwrap_or(Path::new(".")),
                    BESIDE,
                    &mut files,
                    &mut Vec::new(),
                );
            }
            files.insert(path.clone());
            gathered.asked.insert(name(path));
        }
    }
    let files: Vec<PathBuf> = files.into_iter().collect();
    let texts: Vec<_> = files
        .par_iter()
        .map(|file| read_text_up_to(file, LARGEST))
        .collect();
    for (file, text) in files.iter().zip(texts) {
        match text {
            Ok(text) => gathered.files.push(sources.add(name(file), text)),
            Err(message) if gathered.asked.contains(&name(file)) => {
                diagnostics.push(unreadable(message).in_path(name(file)));
            }
            Err(_) => {}
        }
    }
    gathered
}

fn is_of_a_module(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with(".tf") || name.ends_with(".tf.json")
}

/// A path as users know it: as it was given, with `/`, without `./` in front.
fn name(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    let plain = name.strip_prefix("./").unwrap_or(&name);
    let plain = plain.trim_end_matches('/');
    if plain.is_empty() {
        name
    } else {
        plain.to_owned()
    }
}

fn below(
    folder: &Path,
    depth: usize,
    files: &mut BTreeSet<PathBuf>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let hidden = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let skipped = entry.file_type().is_dir() && SKIPPED.contains(&&*name);
        entry.depth() > 0 && (name.starts_with('.') || skipped)
    };
    let entries = WalkDir::new(folder).follow_links(true).max_depth(depth);
    for entry in entries.into_iter().filter_entry(|entry| !hidden(entry)) {
        match entry {
            Ok(entry) => {
                let ending = entry.path().extension();
                let wanted = ending.is_some_and(|ending| {
                    ENDINGS
                        .iter()
                        .any(|known| ending.eq_ignore_ascii_case(known))
                });
                if entry.file_type().is_file() && wanted {
                    files.insert(entry.into_path());
                }
            }
            Err(error) => {
                let place = error.path().map(name).unwrap_or_default();
                let message = match error.io_error() {
                    Some(error) => describe(error),
                    None => "this link leads back to a folder above it".to_owned(),
                };
                diagnostics.push(unreadable(message).in_path(place));
            }
        }
    }
}
