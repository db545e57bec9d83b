//! Files and folders that cannot be read or written, or are not what they should be.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use super::{GOOD, keywright, lay_out, refused, snapshot, workspace};

/// The names of the snapshots of this module.
pub(super) const NAMES: [&str; 15] = [
    "files-link-to-nowhere",
    "files-link-to-itself",
    "files-name-with-newline",
    "files-name-not-utf-8",
    "files-no-specs",
    "files-no-spec",
    "files-specs-is-a-file",
    "files-no-workspace",
    "files-workspace-is-a-file",
    "files-output-is-a-file",
    "files-output-is-a-link",
    "files-workspace-file-is-a-folder",
    "files-workspace-file-not-utf-8",
    "files-spec-unreadable",
    "files-workspace-file-unreadable",
];

/// Changes a good workspace, runs the program in it, and compares what it says.
fn spoilt(name: &str, spoil: impl FnOnce(&Path)) {
    let scratch = lay_out(&workspace("specs/audit.yaml", GOOD));
    spoil(scratch.path());
    let output = keywright(scratch.path(), &["generate"]);
    let told = refused(name, &output);
    assert!(
        !scratch.path().join("output/terraform").exists(),
        "{name} writes"
    );
    snapshot(name, &told);
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle() {
    spoilt("files-link-to-nowhere", |root| {
        symlink("nowhere.yaml", root.join("specs/trail.yaml")).unwrap();
    });
    spoilt("files-link-to-itself", |root| {
        symlink("../specs", root.join("specs/again")).unwrap();
    });
}

#[test]
fn names_that_cannot_be_printed() {
    spoilt("files-name-with-newline", |root| {
        fs::write(root.join("specs/audit\nlog.yaml"), GOOD).unwrap();
    });
    spoilt("files-name-not-utf-8", |root| {
        fs::write(
            root.join("specs").join(OsStr::from_bytes(b"caf\xe9.yaml")),
            GOOD,
        )
        .unwrap();
    });
}

#[test]
fn folders_that_are_not_there() {
    spoilt("files-no-specs", |root| {
        fs::remove_dir_all(root.join("specs")).unwrap();
    });
    spoilt("files-no-spec", |root| {
        fs::rename(root.join("specs/audit.yaml"), root.join("specs/audit.txt")).unwrap();
    });
    spoilt("files-specs-is-a-file", |root| {
        fs::remove_dir_all(root.join("specs")).unwrap();
        fs::write(root.join("specs"), GOOD).unwrap();
    });
    let scratch = lay_out(&workspace("specs/audit.yaml", GOOD));
    for (name, place) in [
        ("files-no-workspace", "nowhere"),
        ("files-workspace-is-a-file", "specs/audit.yaml"),
    ] {
        let output = keywright(scratch.path(), &["-C", place, "generate"]);
        snapshot(name, &refused(name, &output));
    }
}

#[test]
fn an_output_that_is_no_folder() {
    spoilt("files-output-is-a-file", |root| {
        fs::write(root.join("output"), "").unwrap();
    });
    spoilt("files-output-is-a-link", |root| {
        fs::create_dir(root.join("elsewhere")).unwrap();
        symlink("elsewhere", root.join("output")).unwrap();
    });
}

#[test]
fn a_workspace_file_that_is_none() {
    spoilt("files-workspace-file-is-a-folder", |root| {
        fs::create_dir(root.join("keywright.yaml")).unwrap();
    });
    spoilt("files-workspace-file-not-utf-8", |root| {
        fs::write(root.join("keywright.yaml"), b"targets: [caf\xe9]\n").unwrap();
    });
}

#[test]
fn a_folder_with_the_name_of_a_spec_is_looked_into() {
    let scratch = lay_out(&workspace(
        "specs/pay.yaml/ledger.yaml",
        GOOD.replace("audit", "ledger"),
    ));
    let output = keywright(scratch.path(), &["generate"]);
    // The folder's name is part of the stack's name, which has no dots.
    let told = super::told(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("specs/pay.yaml/ledger.yaml:1:1"), "{told}");
    let scratch = lay_out(&workspace("specs/audit.yaml", GOOD));
    fs::create_dir(scratch.path().join("specs/empty.yaml")).unwrap();
    assert_eq!(
        keywright(scratch.path(), &["generate"]).status.code(),
        Some(0)
    );
}

/// As root everything can be read, so the program runs as nobody.
#[test]
fn files_that_may_not_be_read() {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    for (name, path) in [
        ("files-spec-unreadable", "specs/audit.yaml"),
        ("files-workspace-file-unreadable", "keywright.yaml"),
    ] {
        let scratch = lay_out(&workspace("keywright.yaml", "version: 1\n"));
        let program = scratch.path().join("keywright");
        // The build folder may be closed to others.
        fs::copy(env!("CARGO_BIN_EXE_keywright"), &program).unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(scratch.path().join(path), fs::Permissions::from_mode(0o000)).unwrap();
        let mut command = if is_root {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
                .arg(&program);
            command
        } else {
            Command::new(&program)
        };
        let output = command.arg("generate").current_dir(scratch.path()).output();
        let Ok(output) = output.filter_available() else {
            eprintln!("skipped: no way to run as somebody else");
            return;
        };
        snapshot(name, &refused(name, &output));
    }
}

/// Tells a program that is not there, or may not do its work, from one that ran.
trait FilterAvailable {
    fn filter_available(self) -> Result<std::process::Output, ()>;
}

impl FilterAvailable for std::io::Result<std::process::Output> {
    fn filter_available(self) -> Result<std::process::Output, ()> {
        let output = self.map_err(|_| ())?;
        if String::from_utf8_lossy(&output.stderr).starts_with("setpriv:") {
            return Err(());
        }
        Ok(output)
    }
}

#[test]
fn a_backslash_in_a_name_is_no_folder() {
    let scratch = lay_out(&workspace("specs/audit.yaml", GOOD));
    fs::write(scratch.path().join("specs/a\\b.yaml"), GOOD).unwrap();
    let output = keywright(scratch.path(), &["generate"]);
    let told = refused("a_backslash_in_a_name_is_no_folder", &output);
    assert!(told.contains("specs/a\\b.yaml"), "{told}");
}
