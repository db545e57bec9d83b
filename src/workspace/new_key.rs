//! A new key in a spec file: which file, what it would say, whether that is valid; then the file itself.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::failure::reason;
use super::filesystem::{Disk, Filesystem};
use super::generate;
use super::load::{self, Edited, SPECS, WORKSPACE_FILE};
use crate::diag::Diagnostic;
use crate::source::{self, Sources};
use crate::spec::append::{self, NewKey};
use crate::spec::config::Config;
use crate::yaml::{self, Dialect, Node, emit};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A key that somebody wants.
#[derive(Debug, Clone)]
pub struct NewKeyRequest {
    /// Its definition.
    pub key: NewKey,
    /// The environment; the spec file's where there is none.
    pub environment: Option<String>,
    /// The spec file, below the workspace or from the current folder. Where there is none: the only spec file of the
    /// environment (without one: of the workspace), else `specs/WORD.yaml` after the alias's first word.
    pub spec: Option<PathBuf>,
}

/// A spec file with the key in it, judged and not yet written.
#[derive(Debug, Clone)]
pub struct SpecEdit {
    /// The path below the workspace, such as `specs/audit.yaml`.
    pub path: String,
    /// Whether the file is new.
    pub created: bool,
    /// What was added, and the line, from 1, at which it begins.
    pub added: (usize, String),
    /// What the file holds now; empty where it is new.
    before: Vec<u8>,
    /// What it will say.
    after: String,
}

/// Why there is no edit; diagnostics say more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoEdit {
    /// There is no file to add the key to, or none that can be added to.
    Unfit,
    /// The workspace is not valid with the key: diagnostics speak of the file as it would be.
    Invalid,
}

/// The spec file of a new key, when the whole workspace is valid with it.
///
/// Texts that diagnostics speak of are added to `sources`. Warnings come beside an edit.
///
/// # Errors
/// Which kind of error the diagnostics hold.
pub fn prepare_new_key(
    root: &Path,
    request: &NewKeyRequest,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<SpecEdit, NoEdit> {
    let edit = unjudged(root, request, sources).map_err(|problems| {
        diagnostics.extend(problems);
        NoEdit::Unfit
    })?;
    let edited = Edited {
        path: &edit.path,
        text: &edit.after,
    };
    let workspace = load::load_edited(root, Some(edited), sources, diagnostics);
    if let Some(workspace) = &workspace {
        generate::compile(workspace, diagnostics);
    }
    if workspace.is_none() || diagnostics.iter().any(Diagnostic::is_error) {
        return Err(NoEdit::Invalid);
    }
    Ok(edit)
}

fn unjudged(
    root: &Path,
    request: &NewKeyRequest,
    sources: &mut Sources,
) -> Result<SpecEdit, Vec<Diagnostic>> {
    let is_workspace = root.join(SPECS).is_dir() || root.join(WORKSPACE_FILE).is_file();
    if !is_workspace {
        let problem = Diagnostic::error("no-workspace", "this folder is no workspace")
            .in_path(root.display().to_string())
            .help("`keywright init` makes one; another folder is named with `-C DIR`");
        return Err(vec![problem]);
    }
    let mut problems = Vec::new();
    let Some(config) = load::load_config(root, sources, &mut problems) else {
        return Err(problems);
    };
    let path = choose(root, request, &config).map_err(|problem| vec![*problem])?;
    let before = read(root, &path).map_err(|problem| vec![*problem])?;
    let created = before.is_none();
    let before = before.unwrap_or_default();
    let text = if created {
        header(root, &path, request.environment.as_deref())
    } else {
        source::decode(before.clone()).map_err(|problem| {
            let problem = Diagnostic::error("unreadable", problem.to_string());
            vec![problem.in_path(path.clone())]
        })?
    };
    // The text as it stands is spoken of only when nothing can be added to it.
    let mut with_text = sources.clone();
    let file = with_text.add(path.as_str(), text.as_str());
    let insertion =
        append::insertion(file, &text, &request.key).inspect_err(|_| *sources = with_text)?;
    let after = insertion.apply(&text);
    let added = insertion.text.trim_start_matches(['\r', '\n']);
    let place = insertion.at + insertion.text.len() - added.len();
    let line = after.get(..place).unwrap_or_default().matches('\n').count() + 1;
    Ok(SpecEdit {
        created,
        added: (line, added.to_owned()),
        after,
        before,
        path,
    })
}

/// The file that gets the key.
fn choose(
    root: &Path,
    request: &NewKeyRequest,
    config: &Config,
) -> Result<String, Box<Diagnostic>> {
    let specs = environments_of_specs(root, config);
    let wanted = request.environment.as_deref();
    let fits = |environments: &[String]| match wanted {
        Some(wanted) => environments == [wanted],
        None => true,
    };
    let path = match &request.spec {
        Some(spec) => below_specs(root, spec)?,
        None => {
            let mut fitting = specs.iter().filter(|(_, environments)| fits(environments));
            match (fitting.next(), fitting.next()) {
                (Some((only, _)), None) => only.clone(),
                _ => by_first_word(&request.key.alias, &specs),
            }
        }
    };
    let existing = specs.iter().find(|(known, _)| *known == path);
    let (Some(wanted), Some((_, environments))) = (wanted, existing) else {
        return Ok(path);
    };
    if fits(environments) {
        return Ok(path);
    }
    let names = environments.iter().map(|name| format!("`{name}`"));
    let names = names.collect::<Vec<_>>().join(" and ");
    let stem = path.trim_end_matches(".yaml").trim_end_matches(".yml");
    Err(Box::new(
        Diagnostic::error(
            "other-environment",
            format!("the keys of this file are for {names}, not for `{wanted}` alone"),
        )
        .in_path(path.clone())
        .help(format!(
            "name another file, such as `--spec {stem}-{wanted}.yaml`, or leave `--environment` out"
        )),
    ))
}

/// The spec files with the environments that they name, as far as they can be read.
fn environments_of_specs(root: &Path, config: &Config) -> Vec<(String, Vec<String>)> {
    // What is wrong with them is reported when the whole workspace is judged.
    let (mut sources, mut ignored) = (Sources::new(), Vec::new());
    let files = load::load_specs(root, None, &mut sources, &mut ignored);
    let mut specs = Vec::new();
    for source in files
        .into_iter()
        .filter_map(|file| Some((file, sources.get(file)?)))
    {
        let (file, source) = source;
        let (node, _) = yaml::load(file, source.text(), Dialect::Spec);
        let field = |name| node.as_ref().and_then(|node| node.get(name));
        let several = field("environments")
            .and_then(Node::as_sequence)
            .unwrap_or_default();
        let named = several.iter().chain(field("environment"));
        let mut names: Vec<_> = named.filter_map(Node::text).map(str::to_owned).collect();
        if names.is_empty() {
            names.push(config.environment.clone());
        }
        specs.push((source.path().to_owned(), names));
    }
    specs
}

/// `specs/WORD.yaml`, or the same with `.yml` where that exists.
fn by_first_word(alias: &str, specs: &[(String, Vec<String>)]) -> String {
    let mut depth = 0_u32;
    let literal: String = alias
        .chars()
        .map(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ if depth == 0 => return c,
                _ => {}
            }
            '/'
        })
        .collect();
    let mut words = literal.split(|c: char| !c.is_ascii_alphanumeric());
    let word = words.find(|word| !word.is_empty()).unwrap_or("keys");
    let other = format!("{SPECS}/{word}.yml");
    if specs.iter().any(|(path, _)| *path == other) {
        return other;
    }
    format!("{SPECS}/{word}.yaml")
}

/// The path of a spec file below the workspace, from a path below it or from the current folder.
fn below_specs(root: &Path, asked: &Path) -> Result<String, Box<Diagnostic>> {
    let outside = || {
        Box::new(
            Diagnostic::error(
                "unknown-spec",
                "spec files lie below `specs` and end in `.yaml`",
            )
            .in_path(asked.display().to_string())
            .help("name one such as `specs/audit.yaml`"),
        )
    };
    let inside = if asked.starts_with(SPECS) || asked.starts_with(Path::new(".").join(SPECS)) {
        asked.to_owned()
    } else {
        let folder = match asked.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().map_err(|_| outside())?;
        let root = root.canonicalize().map_err(|_| outside())?;
        let folder = folder.strip_prefix(root).map_err(|_| outside())?;
        folder.join(asked.file_name().ok_or_else(outside)?)
    };
    let mut parts = Vec::new();
    for part in inside.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(outside)?),
            _ => return Err(outside()),
        }
    }
    let ending = inside
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    let name = parts.last().copied().unwrap_or_default();
    let printable = !parts.iter().any(|part| part.contains(char::is_control));
    if parts.first() == Some(&SPECS)
        && parts.len() > 1
        && ending
        && !name.starts_with('.')
        && printable
    {
        Ok(parts.join("/"))
    } else {
        Err(outside())
    }
}

/// How a new spec file begins.
fn header(root: &Path, path: &str, environment: Option<&str>) -> String {
    let mut text = String::new();
    let up = "../".repeat(path.matches('/').count());
    if root.join("schema/spec.schema.json").is_file() {
        text.push_str(&format!(
            "# yaml-language-server: $schema={up}schema/spec.schema.json\n"
        ));
    }
    let below = path.split_once('/').map_or(path, |(_, below)| below);
    let stem = below.trim_end_matches(".yaml").trim_end_matches(".yml");
    text.push_str(&format!(
        "stack: {}\n",
        emit::scalar(&stem.replace('/', "-"))
    ));
    if let Some(environment) = environment {
        text.push_str(&format!("environment: {}\n", emit::scalar(environment)));
    }
    text
}

/// The bytes of a spec file, if it exists; a link anywhere on the way is refused.
fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>, Box<Diagnostic>> {
    let refused = |code, message: String| Box::new(Diagnostic::error(code, message).in_path(path));
    let end = root.join(path);
    let mut place = root.to_owned();
    for part in path.split('/') {
        place.push(part);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_symlink() => {
                let link = place
                    .strip_prefix(root)
                    .unwrap_or(&place)
                    .display()
                    .to_string();
                return Err(Box::new(
                    refused(
                        "spec-is-link",
                        format!("`{link}` is a link, and specs are never written through links"),
                    )
                    .help("name the file that it points to, or add the key by hand"),
                ));
            }
            Ok(found) if place == end && !found.is_file() => {
                return Err(refused("unreadable", "this is no file".to_owned()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(refused(
                    "unreadable",
                    format!("this file cannot be read: {}", reason(&error)),
                ));
            }
        }
    }
    match fs::read(&place) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => Err(refused(
            "unreadable",
            format!("this file cannot be read: {}", reason(&error)),
        )),
    }
}

/// Writes a spec file in one step; it keeps its permissions.
///
/// # Errors
/// The file changed since it was read, or the operating system refuses; then nothing is changed.
pub fn write_spec(root: &Path, edit: &SpecEdit) -> Result<(), Box<Diagnostic>> {
    let now = read(root, &edit.path)?;
    if now.unwrap_or_default() != edit.before {
        return Err(Box::new(
            Diagnostic::error(
                "spec-changed",
                "this file changed while keywright was at work",
            )
            .in_path(edit.path.clone())
            .help("run the command again"),
        ));
    }
    let place = root.join(&edit.path);
    let folder = place.parent().unwrap_or(root);
    let mut created = Vec::new();
    write(folder, &place, edit, &mut created).map_err(|error| {
        for folder in created.iter().rev() {
            // Fails if something is in it, which is what we want.
            let _ = fs::remove_dir(folder);
        }
        Box::new(
            Diagnostic::error(
                "cannot-write",
                format!("cannot write `{}`: {}", edit.path, reason(&error)),
            )
            .in_path(edit.path.clone()),
        )
    })
}

fn write(
    folder: &Path,
    place: &Path,
    edit: &SpecEdit,
    created: &mut Vec<PathBuf>,
) -> io::Result<()> {
    create_folders(folder, created)?;
    let permissions = match edit.created {
        true => None,
        false => Some(fs::metadata(place)?.permissions()),
    };
    // Reading takes the mark off; the file keeps it.
    let mark = if edit.before.starts_with(BYTE_ORDER_MARK.as_bytes()) {
        BYTE_ORDER_MARK
    } else {
        ""
    };
    let temporary = Disk.write_temporary(folder, &[mark, &edit.after].concat(), permissions)?;
    if edit.created {
        return temporary
            .persist_noclobber(place)
            .map_err(|failure| failure.error);
    }
    // Rights that the folder has but the file has not: a rename would pass them by.
    fs::OpenOptions::new().append(true).open(place)?;
    Disk.rename(temporary, place)
}

/// Makes a folder and those above it, and notes which were made, the upper ones first.
pub(super) fn create_folders(folder: &Path, created: &mut Vec<PathBuf>) -> io::Result<()> {
    let missing: Vec<_> = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        created.push(folder.to_owned());
    }
    Ok(())
}
