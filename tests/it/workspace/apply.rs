//! What applying a plan does to the tree.

use std::fs;
use std::time::{Duration, SystemTime};

use keywright::workspace::{ApplyError, ChangeKind};
use proptest::prelude::*;

use super::*;

fn age(scratch: &Scratch, path: &str) -> SystemTime {
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = fs::File::options()
        .write(true)
        .open(scratch.output(path))
        .unwrap();
    file.set_modified(past).unwrap();
    past
}

fn modified(scratch: &Scratch, path: &str) -> SystemTime {
    fs::metadata(scratch.output(path))
        .unwrap()
        .modified()
        .unwrap()
}

#[test]
fn creates_updates_and_leaves_alone() {
    let scratch = Scratch::new();
    let applied = scratch
        .run(vec![artifact(AUDIT, "a\n"), artifact(MAIN, "b\n")], &CALM)
        .unwrap();
    assert_eq!(applied.created, [AUDIT, MAIN]);
    assert_eq!(scratch.get(AUDIT), text("a\n"));

    let past = age(&scratch, AUDIT);
    age(&scratch, MAIN);
    let applied = scratch
        .run(vec![artifact(AUDIT, "a\n"), artifact(MAIN, "c\n")], &CALM)
        .unwrap();
    assert_eq!(
        (applied.updated, applied.unchanged),
        (vec![MAIN.to_owned()], 1)
    );
    assert_eq!(modified(&scratch, AUDIT), past);
    assert_ne!(modified(&scratch, MAIN), past);
    assert_eq!(scratch.get(MAIN), text("c\n"));
}

#[test]
fn line_endings_of_a_checkout_stay() {
    let scratch = Scratch::new();
    let crlf = text("a\n").replace('\n', "\r\n");
    scratch.put(AUDIT, &crlf);
    let past = age(&scratch, AUDIT);
    scratch
        .run(vec![artifact(AUDIT, "a\n")], &FORCE_PRUNE)
        .unwrap();
    assert_eq!(
        (scratch.get(AUDIT), modified(&scratch, AUDIT)),
        (crlf, past)
    );
}

#[test]
fn a_hand_edited_file_stops_everything_but_force() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, text("a\n") + "edited\n");
    let artifacts = || vec![artifact(AUDIT, "b\n"), artifact(MAIN, "b\n")];
    let before = scratch.tree();
    let error = scratch.run(artifacts(), &PRUNE).unwrap_err();
    assert!(matches!(error, ApplyError::HandEdited(_)));
    insta::assert_snapshot!(told(&error), @r"
    hand-edited: `output/cloudformation/production/audit.yaml` was edited by hand since it was generated
      say the same in `specs/audit.yaml`, then overwrite the file with `keywright generate --force`
    ");
    assert_eq!(scratch.tree(), before);

    let applied = scratch.run(artifacts(), &FORCE).unwrap();
    assert_eq!(
        (applied.overwritten, applied.created),
        (vec![AUDIT.to_owned()], vec![MAIN.to_owned()])
    );
    assert_eq!(scratch.get(AUDIT), text("b\n"));
}

#[test]
fn orphans_go_only_on_demand() {
    let old = "cloudformation/old/deep/old.yaml";
    let edited = "cloudformation/old/edited.yaml";
    let kept = "cloudformation/kept.yaml";
    let scratch = Scratch::new();
    scratch.put(old, text("a\n"));
    scratch.put(edited, text("a\n") + "edited\n");
    scratch.put(kept, text("a\n"));
    let keep = ApplyOptions {
        keep: [kept.to_owned()].into(),
        ..PRUNE
    };

    let before = scratch.tree();
    assert_eq!(
        scratch.run(Vec::new(), &FORCE).unwrap().kept,
        [kept, old, edited]
    );
    assert_eq!(scratch.tree(), before);

    let applied = scratch.run(Vec::new(), &keep).unwrap();
    assert_eq!(
        (applied.deleted, applied.kept),
        (
            vec![old.to_owned()],
            vec![kept.to_owned(), edited.to_owned()]
        )
    );
    assert!(!scratch.output("cloudformation/old/deep").exists());
    assert!(scratch.output(edited).exists());

    let applied = scratch
        .run(
            Vec::new(),
            &ApplyOptions {
                force: true,
                ..keep
            },
        )
        .unwrap();
    assert_eq!(applied.deleted, [edited]);
    assert!(!scratch.output("cloudformation/old").exists());

    assert_eq!(scratch.run(Vec::new(), &PRUNE).unwrap().deleted, [kept]);
    assert_eq!(
        fs::read_dir(scratch.output("")).unwrap().count(),
        0,
        "output itself stays"
    );
}

#[test]
fn a_folder_with_a_foreign_file_stays() {
    let scratch = Scratch::new();
    scratch.put(MAIN, text("a\n"));
    scratch.put("terraform/production/audit/terraform.tfstate", "{}");
    scratch.run(Vec::new(), &FORCE_PRUNE).unwrap();
    assert!(!scratch.output(MAIN).exists());
    assert_eq!(
        scratch.get("terraform/production/audit/terraform.tfstate"),
        "{}"
    );
}

#[test]
fn temporary_files_of_a_killed_run_go() {
    let scratch = Scratch::new();
    let left = "cloudformation/production/.keywright-abc123.tmp";
    scratch.put(left, text("a\n"));
    assert!(scratch.plan(Vec::new()).is_clean());
    assert!(scratch.output(left).exists());
    scratch.run(vec![artifact(AUDIT, "a\n")], &CALM).unwrap();
    assert!(!scratch.output(left).exists());
}

#[test]
fn nothing_to_write_leaves_no_folder() {
    let scratch = Scratch::new();
    scratch.run(Vec::new(), &CALM).unwrap();
    assert!(scratch.tree().is_empty());
}

#[cfg(unix)]
#[test]
fn modes() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new();
    let mode = |path: &str| {
        fs::metadata(scratch.output(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    scratch.put("plain", "");
    scratch
        .run(vec![artifact(AUDIT, "a\n"), artifact(MAIN, "a\n")], &CALM)
        .unwrap();
    assert_eq!(mode(AUDIT), mode("plain"));
    fs::set_permissions(scratch.output(AUDIT), fs::Permissions::from_mode(0o640)).unwrap();
    scratch
        .run(vec![artifact(AUDIT, "b\n"), artifact(MAIN, "b\n")], &CALM)
        .unwrap();
    assert_eq!((mode(AUDIT), mode(MAIN)), (0o640, mode("plain")));
}

#[cfg(unix)]
#[test]
fn a_hard_link_is_cut_not_written_through() {
    let scratch = Scratch::new();
    scratch.put(AUDIT, text("a\n"));
    fs::hard_link(scratch.output(AUDIT), scratch.root().join("other")).unwrap();
    scratch.run(vec![artifact(AUDIT, "b\n")], &CALM).unwrap();
    assert_eq!(
        fs::read_to_string(scratch.root().join("other")).unwrap(),
        text("a\n")
    );
}

/// What may lie in a place before a run.
fn previous() -> impl Strategy<Value = Option<String>> {
    let body = "[ab\n]{0,6}";
    prop_oneof![
        Just(None),
        body.prop_map(|body| Some(text(&body))),
        body.prop_map(|body| Some(text(&body).replace('\n', "\r\n"))),
        body.prop_map(|body| Some(text(&body) + "x")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn after_a_run_all_is_unchanged(
        old in proptest::collection::btree_map("(a|b|c/[a-c]|d/e/[a-c])\\.yaml", previous(), 0..8),
        new in proptest::collection::btree_map("(a|b|c/[a-c]|d/e/[a-c])\\.yaml", "[ab\n]{0,6}", 0..8),
    ) {
        let scratch = Scratch::new();
        for (path, contents) in &old {
            if let Some(contents) = contents {
                scratch.put(path, contents);
            }
        }
        let artifacts: Vec<_> = new.iter().map(|(path, body)| artifact(path, body)).collect();
        scratch.run(artifacts.clone(), &FORCE_PRUNE).unwrap();
        let plan = scratch.plan(artifacts.clone());
        prop_assert!(plan.changes().iter().all(|it| it.kind == ChangeKind::Unchanged));
        prop_assert_eq!(plan.changes().len(), new.len());
        let before = scratch.tree();
        let applied = scratch.run(artifacts, &CALM).unwrap();
        prop_assert_eq!(applied.unchanged, new.len());
        prop_assert_eq!(scratch.tree(), before);
    }
}
