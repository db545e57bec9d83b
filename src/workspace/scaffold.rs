//! A new workspace: the files that `init` writes, all of them or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::failure::reason;
use super::filesystem::{Disk, Filesystem};
use super::new_key::create_folders;
use crate::diag::Diagnostic;
use crate::spec::schema;

/// Git's rules; a file that already has ours is left alone.
const GIT_ATTRIBUTES: &str = ".gitattributes";
/// Generated files are compared byte by byte, on every platform.
const GIT_RULE: &str = "output/** text eol=lf";

/// The files of a new workspace: path and text.
#[must_use]
pub fn scaffold_files() -> Vec<(&'static str, String)> {
    let text = str::to_owned;
    vec![
        (
            "keywright.yaml",
            text(include_str!("scaffold/keywright.yaml")),
        ),
        (
            "specs/example.yaml",
            text(include_str!("scaffold/example.yaml")),
        ),
        ("schema/spec.schema.json", format!("{:#}\n", schema::spec())),
        (
            "schema/workspace.schema.json",
            format!("{:#}\n", schema::workspace()),
        ),
        (
            ".github/workflows/keywright.yml",
            text(include_str!("scaffold/workflow.yml")),
        ),
        (GIT_ATTRIBUTES, text(include_str!("scaffold/gitattributes"))),
    ]
}

/// Makes a workspace of a folder, which may not exist yet; returns the paths of the files that were written.
///
/// # Errors
/// Every file that is in the way, or what the operating system refuses; then nothing is written.
pub fn scaffold(root: &Path) -> Result<Vec<&'static str>, Vec<Diagnostic>> {
    let mut files = scaffold_files();
    files.retain(|(path, _)| *path != GIT_ATTRIBUTES || !has_rule(&root.join(path)));
    let obstacles: Vec<_> = files
        .iter()
        .filter_map(|(path, _)| obstacle(root, path))
        .collect();
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    let mut created = Vec::new();
    let mut written = Vec::new();
    write(root, &files, &mut created, &mut written).map_err(|(path, error)| {
        for file in &written {
            let _ = fs::remove_file(file);
        }
        for folder in created.iter().rev() {
            // Fails if something is in it, which is what we want.
            let _ = fs::remove_dir(folder);
        }
        let path = root.join(path).display().to_string();
        vec![
            Diagnostic::error(
                "cannot-write",
                format!("cannot write `{path}`: {}", reason(&error)),
            )
            .in_path(root.display().to_string())
            .help("nothing was written"),
        ]
    })?;
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn has_rule(place: &Path) -> bool {
    fs::read_to_string(place).is_ok_and(|text| text.lines().any(|line| line.trim() == GIT_RULE))
}

/// What stands where a file or one of its folders is due.
fn obstacle(root: &Path, path: &str) -> Option<Diagnostic> {
    let mut place = root.to_owned();
    let mut rest = path;
    if root.exists() && !root.is_dir() {
        let message = "this is a file, not a folder";
        return Some(Diagnostic::error("in-the-way", message).in_path(root.display().to_string()));
    }
    loop {
        let (part, below) = rest.split_once('/').unwrap_or((rest, ""));
        place.push(part);
        let last = below.is_empty();
        let message = match fs::symlink_metadata(&place) {
            Err(_) => return None,
            Ok(found) if found.is_symlink() => {
                "this is a link, and `init` writes nothing through links"
            }
            Ok(found) if !last && found.is_dir() => {
                rest = below;
                continue;
            }
            Ok(_) if last => "this exists already, and `init` overwrites nothing",
            Ok(_) => "this is no folder, and one is needed here",
        };
        let shown = path
            .get(..path.len() - below.len())
            .unwrap_or(path)
            .trim_end_matches('/');
        let diagnostic = Diagnostic::error("in-the-way", message).in_path(shown);
        return Some(match path {
            GIT_ATTRIBUTES => diagnostic.help(format!(
                "add the line `{GIT_RULE}` to it, and `init` leaves it alone"
            )),
            _ => diagnostic,
        });
    }
}

/// Writes all files under temporary names before the first gets its own.
fn write<'f>(
    root: &Path,
    files: &[(&'f str, String)],
    created: &mut Vec<PathBuf>,
    written: &mut Vec<PathBuf>,
) -> Result<(), (&'f str, io::Error)> {
    let mut waiting: Vec<(&'f str, PathBuf, TempPath)> = Vec::new();
    for (path, text) in files {
        let place = root.join(path);
        let folder = place.parent().unwrap_or(root);
        let temporary =
            create_folders(folder, created).and_then(|()| Disk.write_temporary(folder, text, None));
        waiting.push((path, place, temporary.map_err(|error| (*path, error))?));
    }
    for (path, place, temporary) in waiting {
        temporary
            .persist_noclobber(&place)
            .map_err(|failure| (path, failure.error))?;
        written.push(place);
    }
    Ok(())
}
