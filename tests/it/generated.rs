//! Documents and schemas in the repository that the program itself makes: as fresh as the program.

use std::fs;
use std::path::Path;
use std::process::Command;

use keywright::report::{controls, reference, services};
use keywright::spec::schema;

/// With `UPDATE_DOCS=1` in the environment the files are written instead.
#[test]
fn what_the_program_makes_of_itself_is_fresh() {
    let files = [
        (
            "docs/controls.md",
            controls::markdown(keywright::controls::all()),
        ),
        ("docs/services.md", services::markdown(&services::all())),
        ("docs/spec.md", reference::markdown()),
        ("schema/spec.schema.json", format!("{:#}\n", schema::spec())),
        (
            "schema/workspace.schema.json",
            format!("{:#}\n", schema::workspace()),
        ),
    ];
    let mut stale = Vec::new();
    for (path, contents) in files {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(&place, &contents).unwrap();
        }
        if fs::read_to_string(&place).unwrap_or_default() != contents {
            stale.push(path);
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?}: run UPDATE_DOCS=1 cargo test --test it generated"
    );
}

#[test]
fn the_committed_output_is_fresh() {
    let check = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .args(["-C", env!("CARGO_MANIFEST_DIR"), "generate", "--check"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&check.stdout);
    assert_eq!(
        check.status.code(),
        Some(0),
        "run `cargo run -- generate`:\n{told}"
    );
}
