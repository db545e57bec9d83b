//! Finds and reads what a workspace consists of: its file, its specs, its own templates.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use super::previous::relative;
use crate::diag::Diagnostic;
use crate::render::{Override, TEMPLATE_NAMES};
use crate::source::{self, FileId, Sources};
use crate::spec::config::Config;
use crate::spec::stack::{self, LARGEST_SPEC, SpecFile};

/// The workspace file, relative to the workspace.
pub const WORKSPACE_FILE: &str = "keywright.yaml";
/// The folder of spec files, relative to the workspace.
pub const SPECS: &str = "specs";
/// The folder of the workspace's own templates, relative to the workspace.
const TEMPLATES: &str = "templates";

/// Everything that a workspace says.
#[derive(Debug)]
pub struct Workspace {
    /// Its folder.
    pub root: PathBuf,
    /// What holds for all specs.
    pub config: Config,
    /// The specs, sorted by path.
    pub specs: Vec<SpecFile>,
    /// Its own templates.
    pub overrides: Vec<Override>,
}

/// Loads a workspace; problems are added to `diagnostics`, also beside a workspace that could be loaded in part.
///
/// `None` when the configuration is unusable, so that nothing can be judged by it.
pub fn load(
    root: &Path,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Workspace> {
    load_edited(root, None, sources, diagnostics)
}

/// A spec file's text that is to be judged before it is written.
#[derive(Debug, Clone, Copy)]
pub struct Edited<'t> {
    /// The path below the workspace, such as `specs/audit.yaml`; the file may not exist yet.
    pub path: &'t str,
    /// What it would say.
    pub text: &'t str,
}

/// Loads a workspace as it would be with one spec file edited; else as [`load`].
pub fn load_edited(
    root: &Path,
    edited: Option<Edited<'_>>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Workspace> {
    if !root.is_dir() {
        let path = root.display().to_string();
        let problem = if root.exists() {
            "this is no folder"
        } else {
            "this folder does not exist"
        };
        diagnostics.push(
            Diagnostic::error("no-workspace", problem)
                .in_path(path)
                .help("name the folder that holds `specs` with `-C DIR`"),
        );
        return None;
    }
    let config = load_config(root, sources, diagnostics);
    let files = load_specs(root, edited, sources, diagnostics);
    let (specs, problems) = stack::decode(sources, &files);
    diagnostics.extend(problems);
    let overrides = load_overrides(root, diagnostics);
    Some(Workspace {
        root: root.to_owned(),
        config: config?,
        specs,
        overrides,
    })
}

/// What the workspace file says, laid over the defaults; problems are added to `diagnostics`.
///
/// `None` when it is unusable.
pub fn load_config(
    root: &Path,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Config> {
    let path = root.join(WORKSPACE_FILE);
    let file = match fs::symlink_metadata(&path) {
        Err(_) => None,
        Ok(_) => match read_text(&path) {
            Ok(text) => Some(sources.add(WORKSPACE_FILE, text)),
            Err(message) => {
                diagnostics.push(unreadable(message).in_path(WORKSPACE_FILE));
                return None;
            }
        },
    };
    Config::load(sources, file)
        .map_err(|problems| diagnostics.extend(problems))
        .ok()
}

pub(super) fn unreadable(message: String) -> Diagnostic {
    Diagnostic::error("unreadable", message)
}

/// The text of a file, or why it cannot be had.
fn read_text(path: &Path) -> Result<String, String> {
    read_text_up_to(path, LARGEST_SPEC)
}

/// The text of a file of at most `limit` bytes, or why it cannot be had.
pub(super) fn read_text_up_to(path: &Path, limit: usize) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| describe(&error))?.len();
    if size > limit as u64 {
        return Err(format!(
            "this file is larger than {} MiB, which is the limit: split it",
            limit / (1024 * 1024)
        ));
    }
    let bytes = fs::read(path).map_err(|error| describe(&error))?;
    source::decode(bytes).map_err(|error| error.to_string())
}

pub(super) fn describe(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "this file may not be read: check its permissions and those of its folder".to_owned()
        }
        ErrorKind::NotFound => {
            "this file does not exist; if it is a link, mend or remove it".to_owned()
        }
        ErrorKind::IsADirectory => {
            "this is a folder where a file is due: move it out of the way".to_owned()
        }
        _ => format!("this file cannot be read: {error}"),
    }
}

/// Files below a folder of the workspace, as paths relative to it with `/`, sorted; links are followed.
fn files_below(
    root: &Path,
    folder: &str,
    endings: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root.join(folder)).follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().map(|path| shown(root, path));
                let message = match error.io_error() {
                    Some(error) => describe(error),
                    None => "this link leads back to a folder above it".to_owned(),
                };
                diagnostics.push(unreadable(message).in_path(path.unwrap_or_default()));
                continue;
            }
        };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let wanted = entry.path().extension().is_some_and(|ending| {
            endings
                .iter()
                .any(|wanted| ending.eq_ignore_ascii_case(wanted))
        });
        if !wanted || hidden || entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            let message = "this is neither a file nor a folder, but a device, a pipe or a socket";
            let problem = unreadable(message.to_owned()).in_path(shown(root, entry.path()));
            diagnostics.push(problem.help("move it out of the way"));
            continue;
        }
        match relative(root, entry.path()) {
            Some(path) if !path.contains(char::is_control) => {
                files.push((path, entry.into_path()));
            }
            _ => diagnostics.push(
                Diagnostic::error(
                    "invalid-name",
                    "the name of this file holds characters that cannot be printed",
                )
                .in_path(shown(root, entry.path()))
                .help("rename it: letters, digits, `-` and `_`"),
            ),
        }
    }
    files.sort_unstable();
    files
}

/// A path as users know it, with what cannot be printed escaped.
fn shown(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    relative.to_string_lossy().escape_debug().to_string()
}

pub(super) fn load_specs(
    root: &Path,
    edited: Option<Edited<'_>>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FileId> {
    let exists = root.join(SPECS).is_dir();
    if !exists && edited.is_none() {
        diagnostics.push(
            Diagnostic::error("no-specs", "this workspace has no folder `specs`")
                .in_path(SPECS)
                .help("put spec files there, such as `specs/audit.yaml`, or name the workspace with `-C DIR`"),
        );
        return Vec::new();
    }
    let before = diagnostics.len();
    let mut files = Vec::new();
    if exists {
        files = files_below(root, SPECS, &["yaml", "yml"], diagnostics);
    }
    if let Some(edited) = edited {
        files.retain(|(path, _)| path != edited.path);
        files.push((edited.path.to_owned(), root.join(edited.path)));
        files.sort_unstable();
    }
    if files.is_empty() && diagnostics.len() == before {
        diagnostics.push(
            Diagnostic::error("no-specs", "there is no spec file below `specs`")
                .in_path(SPECS)
                .help("add one, such as `specs/audit.yaml`"),
        );
    }
    let texts: Vec<_> = files
        .par_iter()
        .map(|(path, place)| match edited {
            Some(edited) if edited.path == path => Ok(edited.text.to_owned()),
            _ => read_text(place),
        })
        .collect();
    let mut ids = Vec::with_capacity(files.len());
    for ((path, _), text) in files.into_iter().zip(texts) {
        match text {
            Ok(text) => ids.push(sources.add(path, text)),
            Err(message) => diagnostics.push(unreadable(message).in_path(path)),
        }
    }
    ids
}

fn load_overrides(root: &Path, diagnostics: &mut Vec<Diagnostic>) -> Vec<Override> {
    if !root.join(TEMPLATES).is_dir() {
        return Vec::new();
    }
    let mut overrides = Vec::new();
    for (path, file) in files_below(root, TEMPLATES, &["tera"], diagnostics) {
        let name = path
            .strip_prefix("templates/")
            .and_then(|path| path.strip_suffix(".tera"))
            .unwrap_or(&path)
            .to_owned();
        match read_text(&file) {
            Ok(text) => overrides.push(Override { name, path, text }),
            Err(message) => diagnostics.push(unreadable(message).in_path(path)),
        }
    }
    for own in &overrides {
        let known = TEMPLATE_NAMES.contains(&own.name);
        let used = || {
            let mut others = overrides.iter().filter(|other| other.name != own.name);
            others.any(|other| other.text.contains(&own.name))
        };
        if !known && !used() {
            diagnostics.push(
                Diagnostic::warning("unused-template", "no template of this name is used")
                    .in_path(own.path.clone())
                    .did_you_mean(&own.name, TEMPLATE_NAMES.iter().map(String::as_str))
                    .help(format!("templates: {}", TEMPLATE_NAMES.join(", "))),
            );
        }
    }
    overrides
}
