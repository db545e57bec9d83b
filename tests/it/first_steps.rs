//! From nothing to a first key: `init`, `new`, and what the command line says of itself.

mod append;
mod help;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use keywright::source::Sources;
use keywright::spec::field::Record as _;
use keywright::spec::{KeyDefinition, WorkspaceFields};
use keywright::workspace::{self, generate, scaffold_files};
use tempfile::TempDir;

use crate::workspace::Scratch;

const NEW: [&str; 4] = ["new", "pay/ledger", "--purpose", "Encrypts the ledger"];

/// Status, standard output and standard error of a run in a folder.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keywright"));
    outcome(folder, command.args(arguments))
}

fn outcome(folder: &Path, command: &mut Command) -> (i32, String, String) {
    let done = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        done.status.code().unwrap(),
        text(done.stdout),
        text(done.stderr),
    )
}

fn clean(folder: &Path, arguments: &[&str]) -> String {
    let (status, out, told) = run(folder, arguments);
    assert_eq!((status, told.as_str()), (0, ""), "{arguments:?}: {out}");
    out
}

fn with_spec(path: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), path, text);
    folder
}

fn put(folder: &Path, path: &str, text: &str) {
    let place = folder.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
}

fn get(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

/// A run that fails with 2 and leaves every file as it was; what it told.
fn refused(scratch: &Scratch, arguments: &[&str]) -> String {
    let before = scratch.tree();
    let (status, out, told) = run(scratch.root(), arguments);
    assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}: {told}");
    assert_eq!(scratch.tree(), before, "{arguments:?} changes something");
    told
}

#[test]
fn from_an_empty_folder_to_a_checked_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_snapshot!(clean(folder, &["init"]));
    let mut arguments = NEW.to_vec();
    arguments.extend(["--user", "role=pay/Ledger,access=encrypt+decrypt,via=s3"]);
    arguments.extend(["--user", "service=cloudtrail,trail=management-events"]);
    arguments.extend(["--admin", "role=KeyAdmin"]);
    assert_snapshot!(clean(folder, &arguments));
    clean(folder, &["generate"]);
    clean(folder, &["generate", "--check"]);
    let modes = |path: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(folder.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    fs::write(folder.join("plain"), "").unwrap();
    assert_eq!(
        modes("keywright.yaml"),
        modes("plain"),
        "not only for the owner"
    );
}

#[test]
fn init_makes_folders_and_names_the_workspace_in_its_advice() {
    let folder = tempfile::tempdir().unwrap();
    let out = clean(folder.path(), &["-C", "a b", "init", "c"]);
    assert!(out.contains("keywright -C 'a b/c' generate "), "{out}");
    clean(folder.path(), &["-C", "a b/c", "generate"]);
    assert_eq!(clean(folder.path(), &["init", "-q", "d"]), "");
    clean(&folder.path().join("d"), &["generate"]);
}

#[test]
fn init_leaves_other_files_alone() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "src/main.rs", "fn main() {}\n");
    put(
        folder.path(),
        ".gitattributes",
        "* text=auto\noutput/** text eol=lf\n",
    );
    put(folder.path(), ".github/workflows/other.yml", "x\n");
    let out = clean(folder.path(), &["init"]);
    assert!(!out.contains(".gitattributes"), "{out}");
    assert!(get(folder.path(), ".gitattributes").starts_with("* text=auto\n"));
    clean(folder.path(), &["generate"]);
}

#[test]
fn init_lists_everything_that_is_in_the_way() {
    let scratch = Scratch::new();
    for path in ["keywright.yaml", ".gitattributes", "specs", "schema/x"] {
        put(scratch.root(), path, "mine\n");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), scratch.root().join(".github")).unwrap();
    fs::create_dir(scratch.root().join("schema/spec.schema.json")).unwrap();
    assert_snapshot!(refused(&scratch, &["init"]));
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    let told = refused(&scratch, &["init", "keywright.yaml"]);
    assert!(told.contains("this is a file, not a folder"), "{told}");
}

/// The program as a user without rights, from a place where that user may run it.
fn without_rights(folder: &Path, arguments: &[&str]) -> Option<(i32, String, String)> {
    let ids = Command::new("id").arg("-u").output().unwrap().stdout;
    let known = Command::new("setpriv").arg("--version").output().is_ok();
    if ids != b"0\n" || !known {
        return None;
    }
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("keywright");
    fs::copy(env!("CARGO_BIN_EXE_keywright"), &program).unwrap();
    for open in [place.path(), folder] {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(open, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    Some(outcome(folder, command.arg(program).args(arguments)))
}

#[test]
fn what_may_not_be_written_is_told() {
    let empty = Scratch::new();
    let Some((status, out, told)) = without_rights(empty.root(), &["init"]) else {
        eprintln!("skipped: needs root and setpriv");
        return;
    };
    assert_eq!((status, out.as_str()), (2, ""));
    assert_snapshot!(told);
    assert!(empty.tree().is_empty());

    // The last folder may not be written: the first files vanish again.
    let half = Scratch::new();
    fs::create_dir_all(half.root().join(".github/workflows")).unwrap();
    let before = half.tree();
    Command::new("chown")
        .arg("65534")
        .arg(half.root())
        .status()
        .unwrap();
    let (status, _, told) = without_rights(half.root(), &["init"]).unwrap();
    assert_eq!((status, half.tree()), (2, before), "{told}");
    assert!(told.contains(".github/workflows/keywright.yml"), "{told}");

    let full = Scratch::new();
    clean(full.root(), &["init"]);
    let before = full.tree();
    for arguments in [
        &NEW[..],
        &[NEW.as_slice(), &["--spec", "specs/pay/a.yaml"]].concat(),
    ] {
        let (status, out, told) = without_rights(full.root(), arguments).unwrap();
        assert_eq!((status, out.as_str()), (2, ""));
        assert!(told.contains("permission denied"), "{told}");
        assert_eq!(full.tree(), before);
    }
    // Rights of the folder alone are not enough: the file says no.
    Command::new("chown")
        .arg("65534")
        .arg(full.root().join("specs"))
        .status()
        .unwrap();
    let (status, _, told) = without_rights(full.root(), &NEW).unwrap();
    assert_eq!((status, full.tree()), (2, before), "{told}");
}

#[test]
fn the_example_and_the_workspace_file_tell_the_truth() {
    let files: Vec<_> = scaffold_files();
    let text = |path| &files.iter().find(|(name, _)| *name == path).unwrap().1;
    for field in WorkspaceFields::FIELDS {
        let written = text("keywright.yaml").lines().any(|line| {
            let line = line.strip_prefix('#').unwrap_or(line);
            line.starts_with(&format!("{}:", field.name))
        });
        assert!(written, "keywright.yaml does not show `{}`", field.name);
    }
    for name in [
        "alias",
        "id",
        "purpose",
        "users",
        "administrators",
        "aliases",
        "rotation",
        "tags",
    ] {
        assert!(KeyDefinition::FIELDS.iter().any(|field| field.name == name));
        assert!(
            text("specs/example.yaml").contains(&format!("{name}:")),
            "{name}"
        );
    }
    // Each setting works when its `#` is removed, alone and with all others.
    let mut texts = vec![];
    for path in ["keywright.yaml", "specs/example.yaml"] {
        let uncommented = |number: Option<usize>| {
            let lines = text(path)
                .split_inclusive('\n')
                .enumerate()
                .map(|(index, line)| {
                    let body = line.trim_start_matches(' ');
                    let setting = body
                        .strip_prefix('#')
                        .filter(|rest| !rest.starts_with([' ', '\n']));
                    match setting {
                        Some(setting) if number.is_none_or(|number| number == index) => {
                            " ".repeat(line.len() - body.len()) + setting
                        }
                        _ => line.to_owned(),
                    }
                });
            lines.collect::<String>()
        };
        let lines = text(path).lines().count();
        texts.extend(
            (0..lines)
                .map(Some)
                .chain([None])
                .map(|number| (path, uncommented(number))),
        );
    }
    for (path, text) in texts {
        let folder = tempfile::tempdir().unwrap();
        clean(folder.path(), &["init", "-q"]);
        put(folder.path(), path, &text);
        let (mut sources, mut problems) = (Sources::new(), Vec::new());
        let workspace = workspace::load(folder.path(), &mut sources, &mut problems).unwrap();
        generate::compile(&workspace, &mut problems);
        assert_eq!(problems, [], "{text}");
    }
}

#[test]
fn new_chooses_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    clean(folder, &["init", "-q"]);
    let added = |arguments: &[&str]| {
        let purpose = ["--purpose", "Encrypts something"];
        let out = clean(folder, &[&["new"], arguments, &purpose].concat());
        out.lines().next().unwrap().trim().to_owned()
    };
    // The only one; the only one of an environment.
    assert_eq!(added(&["one"]), "updated  specs/example.yaml:46");
    assert_eq!(
        added(&["{environment}/two-words", "--environment", "development"]),
        "created  specs/two.yaml:4"
    );
    assert_eq!(
        added(&["three", "--environment", "development"]),
        "updated  specs/two.yaml:9"
    );
    // Two to choose from.
    assert_eq!(added(&["pay/four"]), "created  specs/pay.yaml:3");
    assert_eq!(added(&["pay/five"]), "updated  specs/pay.yaml:8");
    // By name, from where one stands.
    assert_eq!(
        added(&["six", "--spec", "./specs/deep/er.yml"]),
        "created  specs/deep/er.yml:3"
    );
    assert!(
        get(folder, "specs/deep/er.yml")
            .contains("$schema=../../schema/spec.schema.json\nstack: deep-er\n")
    );
    let inside = folder.join("specs/deep");
    let (status, out, told) = run(
        &inside,
        &[
            "-C",
            "../..",
            "new",
            "seven",
            "--purpose",
            "x",
            "--spec",
            "er.yml",
            "--id",
            "Siebte",
        ],
    );
    assert_eq!(status, 0, "{told}");
    assert!(
        out.contains("specs/deep/er.yml:8\n\n") || out.contains("id: Siebte"),
        "{out}"
    );
    assert!(out.contains("keywright -C ../.. generate"), "{out}");
    clean(folder, &["generate"]);
    clean(folder, &["generate", "--check"]);
}

#[test]
fn new_refuses_and_changes_nothing() {
    let scratch = Scratch::new();
    let folder = scratch.root();
    let told = |what: &[&str]| refused(&scratch, &[&NEW, what].concat());
    let mut all = told(&[]);
    put(
        folder,
        "specs/audit.yaml",
        "environment: development\nkeys:\n  - {alias: pay/ledger, purpose: x}\n",
    );
    all += &told(&[
        "--user",
        "rol=x",
        "--user",
        "service=cloudtrai",
        "--admin",
        "service=s3",
    ]);
    all += &told(&["--environment", "production", "--spec", "specs/audit.yaml"]);
    all += &told(&["--environment", "prod"]);
    all += &told(&["--spec", "elsewhere.yaml"]);
    all += &told(&["--spec", "specs/../x.yaml"]);
    all += &told(&["--spec", "specs/x.json"]);
    all += &refused(&scratch, &["new", "a b", "--purpose", ""]);
    all += &refused(&scratch, &["new", "{}", "--purpose", "x"]);
    all += &refused(&scratch, &["new", "Pay-Ledger", "--purpose", "x"]);
    all += &refused(
        &scratch,
        &["new", "x", "--purpose", "x", "--user", "FooBar"],
    );
    fs::write(folder.join("specs/bytes.yaml"), b"a: \xff\n").unwrap();
    all += &told(&["--spec", "specs/bytes.yaml"]);
    fs::remove_file(folder.join("specs/bytes.yaml")).unwrap();
    put(folder, "target.yaml", "keys:\n  - {alias: x, purpose: x}\n");
    std::os::unix::fs::symlink("../target.yaml", folder.join("specs/link.yaml")).unwrap();
    all += &told(&["--spec", "specs/link.yaml"]);
    assert_snapshot!(all.replace(&folder.display().to_string(), "FOLDER"));
}

#[test]
fn new_says_why_a_file_cannot_be_added_to() {
    let mut all = String::new();
    for text in [
        "keys: [{alias: a, purpose: x}]\n",
        "{keys: [{alias: a, purpose: x}]}\n",
        "keys: ~\n",
        "keys: none\n",
        "- alias: a\n",
        "keys:\n  - alias: a\n purpose: x\n",
        "keys:\n  - alias: a\n    alias: b\n    purpose: x\n",
        "keys:\n  - &a {alias: a, purpose: x}\n",
        "keys:\n\t- alias: a\n",
        "keys:\n  - alias: a\n    purpos: x\n",
        "? keys\n: - alias: a\n    purpose: x\n",
    ] {
        let scratch = Scratch::new();
        put(scratch.root(), "specs/audit.yaml", text);
        all += &format!("=== {text:?}\n{}", refused(&scratch, &NEW));
    }
    assert_snapshot!(all);
}

#[test]
fn a_file_keeps_its_mode_and_its_byte_order_mark() {
    use std::os::unix::fs::PermissionsExt as _;
    let text = "\u{feff}keys:\r\n- alias: a # first\r\n  purpose: x";
    let folder = with_spec("specs/audit.yaml", text);
    let place: PathBuf = folder.path().join("specs/audit.yaml");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
    clean(
        folder.path(),
        &[&NEW[..], &["--user", "role=Ledger"]].concat(),
    );
    assert_eq!(
        get(folder.path(), "specs/audit.yaml"),
        format!(
            "{text}\r\n\r\n- alias: pay/ledger\r\n  id: PayLedger\r\n  purpose: Encrypts the ledger\r\n  users:\r\n  - role: Ledger\r\n"
        )
    );
    assert_eq!(
        fs::metadata(&place).unwrap().permissions().mode() & 0o777,
        0o640
    );
}
