//! Every kind of change.

use std::fs;

use keywright::workspace::{ChangeKind, OutputRoot, Previous, Scope, plan};

use super::*;

fn kind(scratch: &Scratch, body: &str) -> ChangeKind {
    scratch.plan(vec![artifact(AUDIT, body)]).changes()[0]
        .kind
        .clone()
}

#[test]
fn create_without_an_output_folder_creates_nothing_yet() {
    let scratch = Scratch::new();
    let plan = scratch.plan(vec![artifact(MAIN, "b\n"), artifact(AUDIT, "a\n")]);
    assert_eq!(plan.changes().len(), 2);
    assert_eq!(plan.changes()[0].path, AUDIT);
    assert_eq!(plan.changes()[0].kind, ChangeKind::Create);
    assert_eq!(plan.changes()[0].before, None);
    assert_eq!(plan.changes()[0].after, Some(text("a\n")));
    assert_eq!(
        plan.changes()[0].source.as_deref(),
        Some("specs/audit.yaml")
    );
    assert!(!plan.is_clean());
    assert!(scratch.tree().is_empty());
}

#[test]
fn unchanged_stale_and_hand_edited() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, text("a\n"));
    assert_eq!(kind(&scratch, "a\n"), ChangeKind::Unchanged);
    assert_eq!(kind(&scratch, "b\n"), ChangeKind::Update);

    scratch.put(AUDIT, text("a\n") + "edited\n");
    assert_eq!(kind(&scratch, "a\n"), ChangeKind::HandEdited);
    let plan = scratch.plan(vec![artifact(AUDIT, "a\n")]);
    assert_eq!(plan.changes()[0].before, Some(text("a\n") + "edited\n"));
    assert_eq!(plan.changes()[0].after, Some(text("a\n")));
    assert_eq!(plan.hand_edits().len(), 1);
    assert!(plan.obstructions().is_empty());

    // Edited to what it is to be now, digest included: nothing to do.
    scratch.put(AUDIT, text("b\n"));
    assert_eq!(kind(&scratch, "b\n"), ChangeKind::Unchanged);
    // The same body below a wrong digest is an edit all the same.
    scratch.put(AUDIT, text("a\n").replace("a\n", "b\n"));
    assert_eq!(kind(&scratch, "b\n"), ChangeKind::HandEdited);
}

#[test]
fn another_source_is_stale_not_edited() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, with_header("specs/old.yaml", "a\n"));
    assert_eq!(kind(&scratch, "a\n"), ChangeKind::Update);
}

#[test]
fn line_endings_do_not_count() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, text("a\nb\n").replace('\n', "\r\n"));
    assert_eq!(kind(&scratch, "a\nb\n"), ChangeKind::Unchanged);
    assert_eq!(kind(&scratch, "a\nc\n"), ChangeKind::Update);
    scratch.put(AUDIT, text("a\nb\n").replace('\n', "\r\n") + "edited\r\n");
    assert_eq!(kind(&scratch, "a\nb\n"), ChangeKind::HandEdited);
    // Terraform refuses a byte order mark: the file is ours, but not as it should be.
    scratch.put(AUDIT, "\u{feff}".to_owned() + &text("a\n"));
    assert_eq!(kind(&scratch, "a\n"), ChangeKind::Update);
}

#[test]
fn orphans_are_judged_for_the_whole_workspace_only() {
    let scratch = Scratch::new();
    scratch.put("cloudformation/production/old.yaml", text("a\n"));
    scratch.put("elsewhere/old.yaml", text("a\n").replace('\n', "\r\n"));
    scratch.put("terraform/old/main.tf", text("a\n") + "edited\n");
    scratch.put("notes.md", "ours, but written by hand\n");
    scratch.put(
        "terraform/production/audit/.terraform/modules/audit/main.tf",
        text("a\n"),
    );
    scratch.put("terraform/production/audit/image.bin", [0xff, 0xfe, 0x00]);
    insta::assert_debug_snapshot!(kinds(&scratch.plan(Vec::new())), @r#"
    [
        (
            "cloudformation/production/old.yaml",
            "Orphaned",
        ),
        (
            "elsewhere/old.yaml",
            "Orphaned",
        ),
        (
            "terraform/old/main.tf",
            "OrphanedHandEdited",
        ),
    ]
    "#);
    let root = OutputRoot::for_reading(scratch.root(), || {}).unwrap();
    let previous = Previous::read(&root);
    assert_eq!(previous.files().count(), 3);
    assert!(previous.file("notes.md").is_none());
    assert!(
        plan(&previous, Vec::new(), Scope::Given)
            .unwrap()
            .is_clean()
    );
}

#[test]
fn artifacts_that_cannot_lie_together() {
    let refused = |paths: &[&str]| -> Vec<&'static str> {
        let artifacts = paths.iter().map(|path| artifact(path, "a\n")).collect();
        match plan(&Previous::default(), artifacts, Scope::Workspace) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(|it| it.code).collect(),
        }
    };
    assert_eq!(refused(&[AUDIT, MAIN]), [""; 0]);
    assert_eq!(refused(&[AUDIT, AUDIT]), ["output-collision"]);
    assert_eq!(refused(&["a/b", "a/b/c"]), ["output-collision"]);
    for path in [
        "",
        "/etc/passwd",
        "a//b",
        "a/",
        "../a",
        "a/../../b",
        "./a",
        "a\\b",
        "C:a",
        "a\nb",
        ".git/config",
        "a/.x",
    ] {
        assert_eq!(refused(&[path]), ["invalid-output-path"], "{path}");
    }
}

#[test]
fn text_that_is_not_utf_8() {
    let scratch = Scratch::new();
    let mut bytes = text("a\n").into_bytes();
    bytes.extend([0xe4, b'\n']);
    scratch.put(AUDIT, &bytes);
    let plan = scratch.plan(vec![artifact(AUDIT, "a\n")]);
    assert_eq!(plan.obstructions()[0].code, "output-not-utf-8");
    let plan = scratch.plan(Vec::new());
    assert!(plan.is_clean());
    assert_eq!(plan.warnings()[0].code, "output-not-utf-8");
}

#[cfg(unix)]
#[test]
fn odd_names_are_none_of_our_business() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let scratch = Scratch::new();
    scratch.put("terraform/with space\nand $(break)", "x");
    let folder = scratch.output("terraform");
    fs::write(folder.join(OsStr::from_bytes(b"\xff\xfe")), text("a\n")).unwrap();
    fs::create_dir(folder.join(OsStr::from_bytes(b"\xfd"))).unwrap();
    fs::write(
        folder.join(OsStr::from_bytes(b"\xfd")).join("a.yaml"),
        text("a\n"),
    )
    .unwrap();
    let plan = scratch.plan(Vec::new());
    assert!(plan.is_clean() && plan.warnings().is_empty(), "{plan:?}");
}

#[test]
#[ignore = "a measurement: 400 files with 60 MB, to run in release mode"]
fn unchanged_is_fast() {
    let scratch = Scratch::new();
    let body = "Resources: some text that stands for a template\n".repeat(3200);
    let artifacts: Vec<_> = (0..400)
        .map(|number| artifact(&format!("cloudformation/production/{number}.yaml"), &body))
        .collect();
    scratch.run(artifacts.clone(), &CALM).unwrap();
    let start = std::time::Instant::now();
    let plan = scratch.plan(artifacts);
    assert!(plan.is_clean());
    eprintln!("{:?} for {} bytes", start.elapsed(), body.len() * 400);
}
