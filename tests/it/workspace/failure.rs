//! A disk that refuses, at every step.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use keywright::workspace::{Disk, Filesystem, OutputRoot, Previous, Scope, apply_with, plan};
use tempfile::TempPath;

use super::*;

/// Fails at the n-th step, with half of the text written where that step writes.
struct Failing {
    left: Cell<usize>,
    failed: Cell<&'static str>,
}

impl Failing {
    fn step(&self, name: &'static str) -> io::Result<()> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.failed.set(name);
                Err(ErrorKind::StorageFull.into())
            }
        }
    }
}

impl Filesystem for Failing {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step("create")?;
        Disk.create_folder(path)
    }

    fn write_temporary(
        &self,
        folder: &Path,
        contents: &str,
        permissions: Option<Permissions>,
    ) -> io::Result<TempPath> {
        if let Err(error) = self.step("write") {
            let half = contents.get(..contents.len() / 2).unwrap();
            let _written = Disk.write_temporary(folder, half, permissions)?;
            return Err(error);
        }
        Disk.write_temporary(folder, contents, permissions)
    }

    fn rename(&self, temporary: TempPath, path: &Path) -> io::Result<()> {
        self.step("rename")?;
        Disk.rename(temporary, path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step("remove")?;
        Disk.remove_file(path)
    }
}

fn artifacts() -> Vec<Artifact> {
    vec![
        artifact(AUDIT, "new\n"),
        artifact("cloudformation/production/fine.yaml", "fine\n"),
        artifact("cloudformation/production/new.yaml", "new\n"),
        artifact(MAIN, "new\n"),
        artifact("terraform/production/audit/outputs.tf", "new\n"),
    ]
}

#[test]
fn every_step_that_can_fail() {
    let mut failures = Vec::new();
    for step in 0.. {
        let scratch = Scratch::new();
        scratch.put(AUDIT, text("old\n"));
        scratch.put("cloudformation/production/fine.yaml", text("fine\n"));
        scratch.put("cloudformation/production/old.yaml", text("old\n"));
        let before = scratch.tree();
        let failing = Failing {
            left: Cell::new(step),
            failed: Cell::new(""),
        };
        let output = OutputRoot::for_writing(scratch.root(), || {}).unwrap();
        let plan = plan(
            &Previous::read(output.root()),
            artifacts(),
            Scope::Workspace,
        )
        .unwrap();
        let outcome = apply_with(&failing, &output, &plan, &PRUNE);
        drop(output);
        let Err(error) = outcome else { break };
        let told = told(&error);
        let renamed = failures.iter().filter(|it| **it == "rename").count();
        failures.push(failing.failed.get());
        match failing.failed.get() {
            "rename" if renamed > 0 => {
                let plan = scratch.plan(artifacts());
                assert!(plan.hand_edits().is_empty() && plan.obstructions().is_empty());
                for change in plan.changes() {
                    let lines: Vec<_> = told
                        .lines()
                        .filter(|line| line.contains(&change.path))
                        .collect();
                    let expected = match format!("{:?}", change.kind).as_str() {
                        "Create" | "Update" => "still as before: ",
                        "Unchanged" if change.path.ends_with("fine.yaml") => continue,
                        "Unchanged" => "already new: ",
                        _ => continue,
                    };
                    assert!(lines.iter().any(|line| line.contains(expected)), "{told}");
                }
                if renamed == 2 {
                    insta::assert_snapshot!(told, @r"
                    cannot-write: cannot replace `output/terraform/production/audit/main.tf`: the disk is full
                      make room, then run the command again
                      already new: `output/cloudformation/production/audit.yaml`, `output/cloudformation/production/new.yaml`
                      still as before: `output/terraform/production/audit/main.tf`, `output/terraform/production/audit/outputs.tf`
                    ");
                }
            }
            "remove" => assert_eq!(kinds(&scratch.plan(artifacts()))[3].1, "Orphaned"),
            _ => {
                assert_eq!(scratch.tree(), before, "after step {step}");
                assert!(told.contains("the disk is full"), "{told}");
                assert!(told.contains("nothing in `output` was changed"), "{told}");
            }
        }
        let names = walkdir::WalkDir::new(scratch.root());
        let names = names
            .into_iter()
            .map(|entry| entry.unwrap().file_name().to_owned());
        assert!(
            names
                .into_iter()
                .all(|name| !name.to_string_lossy().contains(".keywright-"))
        );
        // The next run brings it to an end.
        scratch.run(artifacts(), &PRUNE).unwrap();
        assert!(scratch.plan(artifacts()).is_clean());
    }
    assert_eq!(
        failures,
        [
            "write", "write", "create", "create", "create", "write", "write", "rename", "rename",
            "rename", "rename", "remove"
        ]
    );
}

#[test]
fn a_failed_first_run_leaves_no_output_folder() {
    for step in 0..6 {
        let scratch = Scratch::new();
        let failing = Failing {
            left: Cell::new(step),
            failed: Cell::new(""),
        };
        let output = OutputRoot::for_writing(scratch.root(), || {}).unwrap();
        let plan = plan(&Previous::default(), artifacts(), Scope::Workspace).unwrap();
        apply_with(&failing, &output, &plan, &PRUNE).unwrap_err();
        drop(output);
        assert!(scratch.tree().is_empty());
    }
}

/// Runs one of the ignored tests below in a child, with a workspace; `false` if the child cannot be had.
fn in_child(command: &mut Command, test: &str, workspace: &Path) -> bool {
    let output = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("KEYWRIGHT_TEST_WORKSPACE", workspace)
        .output();
    let Ok(output) = output else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    if !text.contains("running 1 test") {
        eprintln!("skipped: {text}");
        return false;
    }
    assert!(output.status.success(), "{text}");
    true
}

fn workspace_of_child() -> std::path::PathBuf {
    std::env::var_os("KEYWRIGHT_TEST_WORKSPACE").unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full() {
    let scratch = Scratch::new();
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c"]).arg(
        r#"mount -t tmpfs -o size=64k tmpfs "$KEYWRIGHT_TEST_WORKSPACE" || exit 0; exec "$@""#,
    );
    command.arg("sh");
    in_child(
        &mut command,
        "workspace::failure::child_on_a_full_disk",
        scratch.root(),
    );
}

#[test]
#[ignore = "run by a_disk_that_is_really_full"]
fn child_on_a_full_disk() {
    let workspace = workspace_of_child();
    let output = workspace.join("output");
    run(&workspace, vec![artifact(AUDIT, "old\n")], &CALM).unwrap();
    let large = "x".repeat(200_000);
    let artifacts = vec![artifact(AUDIT, "new\n"), artifact(MAIN, &large)];
    let error = run(&workspace, artifacts, &CALM).unwrap_err();
    assert!(told(&error).contains("the disk is full"), "{error:?}");
    assert_eq!(
        fs::read_to_string(output.join(AUDIT)).unwrap(),
        text("old\n")
    );
    assert!(!output.join("terraform").exists());
    assert_eq!(
        fs::read_dir(output.join("cloudformation/production"))
            .unwrap()
            .count(),
        1
    );
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let scratch = Scratch::new();
    scratch.put(AUDIT, text("old\n"));
    scratch.put("terraform/production/audit/terraform.tfstate", "{}");
    scratch.put("terraform/closed/main.tf", text("old\n"));
    let lock = |path: &str, mode| {
        fs::set_permissions(scratch.output(path), Permissions::from_mode(mode)).unwrap();
    };
    lock(AUDIT, 0);
    lock("terraform/production/audit/terraform.tfstate", 0);
    lock("terraform/closed", 0);
    // The child has another user and must reach the workspace.
    fs::set_permissions(scratch.root(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    in_child(
        &mut command,
        "workspace::failure::child_without_permission",
        scratch.root(),
    );
    lock("terraform/closed", 0o755);
}

#[test]
#[ignore = "run by files_that_cannot_be_read"]
fn child_without_permission() {
    let workspace = workspace_of_child();
    let root = OutputRoot::for_reading(&workspace, || {}).unwrap();
    let previous = Previous::read(&root);
    let closed = "terraform/closed/main.tf";
    let planned = vec![artifact(AUDIT, "new\n"), artifact(closed, "new\n")];
    let judged = plan(&previous, planned, Scope::Workspace).unwrap();
    let codes: Vec<_> = judged
        .obstructions()
        .iter()
        .map(|it| it.message.clone())
        .collect();
    assert_eq!(
        codes,
        [
            "cannot read `output/cloudformation/production/audit.yaml`: permission denied",
            "cannot read `output/terraform/closed`: permission denied"
        ]
    );
    // What is not planned does not stop the run.
    let judged = plan(&previous, Vec::new(), Scope::Workspace).unwrap();
    assert!(judged.is_clean());
    assert_eq!(judged.warnings().len(), 3);
    drop(root);

    let error = run(&workspace, vec![artifact(MAIN, "new\n")], &CALM).unwrap_err();
    assert!(told(&error).contains("permission denied"), "{error:?}");
}
