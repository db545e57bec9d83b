//! Input with mistakes: every message, as users see it, and what no message may do.
//!
//! A file in `tests/bad/` is a spec (`workspace-*`: a workspace file) with one mistake, a folder is a whole workspace.
//! The first line of what is wrong says who has to notice: `# shape` the JSON Schema too, `# meaning` only the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keywright::spec::schema;
use rayon::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

mod files;
mod fuzz;
mod good;
mod schemas;

/// A spec without a mistake.
pub(crate) const GOOD: &str = "keys:\n  - alias: audit\n    purpose: Encrypts the audit log\n";

/// The files of a workspace, by path.
type Files = BTreeMap<PathBuf, Vec<u8>>;

struct Case {
    name: String,
    files: Files,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Shape,
    Meaning,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

fn files_below(folder: &Path) -> Files {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).unwrap().to_owned();
            (path, fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// A workspace with one spec, or with a workspace file and a good spec.
fn workspace(path: &str, contents: impl Into<Vec<u8>>) -> Files {
    let good = (PathBuf::from("specs/audit.yaml"), GOOD.into());
    [good, (path.into(), contents.into())].into()
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let files = if path.is_dir() {
                files_below(&path)
            } else if name.starts_with("workspace-") {
                workspace("keywright.yaml", fs::read(&path).unwrap())
            } else {
                workspace("specs/audit.yaml", fs::read(&path).unwrap())
            };
            Case { name, files }
        })
        .collect();
    cases.extend(made_cases());
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

/// Cases that a file in version control could not hold, or not for long.
fn made_cases() -> Vec<Case> {
    let spec = |name: &str, contents: &[u8]| Case {
        name: name.to_owned(),
        files: workspace("specs/audit.yaml", contents),
    };
    let users: String = (0..500)
        .map(|number| format!("      - role: teams/finance/department-{number:03}/Invoices\n"))
        .collect();
    let tags: String = (0..49)
        .map(|number| format!("      tag-{number:02}: value\n"))
        .collect();
    let long = |length| "a".repeat(length);
    vec![
        spec("file-empty", b""),
        spec("file-of-white-space", b"\n  \n"),
        spec("file-of-a-start-marker", b"---\n"),
        spec("file-not-utf-8", b"# meaning\nkeys:\n  - alias: audit\n    purpose: Encrypts the caf\xe9's ledger\n"),
        spec("file-utf-16", b"\xff\xfek\0e\0y\0s\0:\0"),
        spec("file-too-large", &[b'#'; 10 * 1024 * 1024]),
        spec(
            "file-with-byte-order-mark",
            b"\xef\xbb\xbf# shape\r\nkeys:\r\n  - alias: audit\r\n    purpos: Encrypts the audit log\r\n",
        ),
        spec(
            "file-with-old-line-ends",
            b"# meaning\r\nkeys:\r\n  - alias: audit\r\n    purpose: \"Encrypts\r\n",
        ),
        spec("file-with-nul", b"# meaning\nkeys:\n  - alias: audit\0\n    purpose: Encrypts the audit log\n"),
        spec("file-nested-deep", format!("# meaning\nkeys: {}\n", "[".repeat(5000)).as_bytes()),
        spec(
            "alias-too-long",
            format!("# meaning\nkeys:\n  - alias: {}\n    id: Audit\n    purpose: Encrypts the log\n", long(251)).as_bytes(),
        ),
        spec(
            "purpose-too-long",
            format!("# shape\nkeys:\n  - alias: audit\n    purpose: {}\n", long(8193)).as_bytes(),
        ),
        spec(
            "tag-key-too-long",
            format!("# shape\n{GOOD}    tags: {{{}: platform}}\n", long(129)).as_bytes(),
        ),
        spec(
            "tag-value-too-long",
            format!("# meaning\n{GOOD}    tags: {{owner: {}}}\n", long(257)).as_bytes(),
        ),
        spec("tag-too-many", format!("# meaning\n{GOOD}    tags:\n{tags}").as_bytes()),
        spec("policy-too-large", format!("# meaning\n{GOOD}    users:\n{users}").as_bytes()),
    ]
}

/// The path and the mark of the files that say who notices.
fn marks(case: &Case) -> Vec<(&Path, Mark)> {
    let mark = |contents: &[u8]| {
        let text = contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents);
        if text.starts_with(b"# shape") {
            Some(Mark::Shape)
        } else {
            text.starts_with(b"# meaning").then_some(Mark::Meaning)
        }
    };
    case.files
        .iter()
        .filter_map(|(path, contents)| Some((path.as_path(), mark(contents)?)))
        .collect()
}

/// A workspace on disk.
pub(crate) fn lay_out(files: &Files) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents) in files {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, contents).unwrap();
    }
    folder
}

/// Runs the program in a workspace.
pub(crate) fn keywright(workspace: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keywright"));
    command.current_dir(workspace).args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

pub(crate) fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Snapshots that stand beside this file, one for each name.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("bad_specs");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What only the inside of the program has words for.
const RUST: [&str; 10] = [
    "Some(",
    "None",
    "Err(",
    "panicked",
    "unwrap",
    "Vec<",
    "String",
    "u64",
    "Option",
    "RUST_BACKTRACE",
];

/// What every refusal has in common. Returns what was told.
pub(crate) fn refused(name: &str, output: &Output) -> String {
    let told = told(output);
    assert_eq!(output.status.code(), Some(2), "{name}: {told}");
    assert!(output.stdout.is_empty(), "{name} prints to standard output");
    assert!(!told.contains('\x1b'), "{name} has colours");
    for word in RUST {
        assert!(!told.contains(word), "{name} speaks Rust: {word}\n{told}");
    }
    for error in told.split("error[").skip(1) {
        // What says `FILE is …: DO THIS` needs no second line.
        let advises = error.contains("help: ") || error.matches(": ").count() > 1;
        assert!(advises, "{name} gives no advice:\n{error}");
        let title = error.lines().next().unwrap();
        let message = title.split_once("]: ").unwrap().1;
        assert!(!message.ends_with('.'), "{name}: {message}");
        let mut start = message.chars();
        // A name such as KMS keeps its capitals.
        let capital = start.next().is_some_and(char::is_uppercase);
        let name_of_capitals = start.next().is_some_and(char::is_uppercase);
        assert!(!capital || name_of_capitals, "{name}: {message}");
    }
    told
}

/// Whether a text names a line and a column of a file.
fn names_a_place(told: &str) -> bool {
    told.lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> "))
        .any(|place| {
            let mut parts = place.rsplitn(3, ':');
            let column = parts
                .next()
                .is_some_and(|column| column.parse::<usize>().is_ok());
            column
                && parts
                    .next()
                    .is_some_and(|line| line.parse::<usize>().is_ok())
        })
}

/// Files that are wrong as a whole, so that no line of them can be named.
const WHOLE: [&str; 7] = [
    "comments-only",
    "file-empty",
    "file-of-white-space",
    "file-of-a-start-marker",
    "file-not-utf-8",
    "file-utf-16",
    "file-too-large",
];

#[test]
fn every_mistake_is_told_once_in_its_place_with_what_to_do() {
    let cases = cases();
    assert!(cases.len() > 150, "{}", cases.len());
    let results: Vec<_> = cases
        .par_iter()
        .map(|case| {
            let workspace = lay_out(&case.files);
            let output = keywright(workspace.path(), &["generate"]);
            assert_eq!(
                files_below(workspace.path()),
                case.files,
                "{} writes",
                case.name
            );
            assert!(
                !workspace.path().join("output").exists(),
                "{} writes",
                case.name
            );
            (case, refused(&case.name, &output))
        })
        .collect();
    for (case, told) in results {
        assert_eq!(
            names_a_place(&told),
            !WHOLE.contains(&case.name.as_str()),
            "{}: {told}",
            case.name
        );
        let several = case.name.starts_with("several-") || case.name == "yaml-alias-bomb";
        let count = told.matches("error[").count();
        assert_eq!(
            count > 1,
            several,
            "{} has {count} errors:\n{told}",
            case.name
        );
        snapshot(&case.name, &told);
    }
}

#[test]
fn the_schema_refuses_what_is_wrong_in_shape_and_accepts_what_is_wrong_in_meaning() {
    let spec = jsonschema::draft7::new(&schema::spec()).unwrap();
    let workspace = jsonschema::draft7::new(&schema::workspace()).unwrap();
    let mut wrong = Vec::new();
    for case in cases() {
        for (path, mark) in marks(&case) {
            let contents = &case.files[path];
            let contents = contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents);
            let accepted = match serde_yaml::from_slice::<Value>(contents) {
                Ok(value) if path == Path::new("keywright.yaml") => workspace.is_valid(&value),
                Ok(value) => value.is_null() || spec.is_valid(&value),
                // Nothing to judge for a schema.
                Err(_) => true,
            };
            if accepted != (mark == Mark::Meaning) {
                wrong.push(format!("{} is marked {mark:?}", case.name));
            }
        }
        let unmarked = marks(&case).is_empty() && !case.name.starts_with("file-");
        assert!(!unmarked, "{} has no mark", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn snapshots_without_a_case_are_gone() {
    let known: Vec<_> = cases()
        .into_iter()
        .map(|case| case.name)
        .chain(files::NAMES.map(str::to_owned))
        .collect();
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bad_specs")).unwrap()
    {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|ending| ending.as_bytes() == b"snap")
        {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(
                known.iter().any(|known| known == name),
                "{name} belongs to no case"
            );
        }
    }
}

/// The spec files of this repository.
fn own_specs() -> Vec<std::path::PathBuf> {
    let specs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let files = walkdir::WalkDir::new(specs).sort_by_file_name().into_iter();
    let files = files.map(|entry| entry.unwrap().into_path());
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect()
}

#[test]
fn every_alias_that_is_there_twice_is_told() {
    let keys = ["audit", "audit", "orders", "orders"];
    let keys: String = keys
        .iter()
        .map(|alias| format!("  - {{alias: {alias}, purpose: Encrypts}}\n"))
        .collect();
    let spec = format!("keys:\n{keys}");
    let made = crate::project::generate(None, &[("specs/a.yaml", &spec)], |_| ());
    let codes: Vec<_> = made.unwrap_err().iter().map(|it| it.code).collect();
    assert_eq!(codes, ["duplicate-alias", "duplicate-alias"]);
}
