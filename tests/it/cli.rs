//! The command line of `generate`: exit status, what is written, what goes where.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::bad_specs::{GOOD, keywright, told};

const TEMPLATE: &str = "output/cloudformation/production/audit.yaml";
const MODULE: &str = "output/terraform/production/audit/main.tf";

struct Workspace {
    folder: TempDir,
}

impl Workspace {
    /// One spec, nothing generated yet.
    fn new() -> Self {
        let workspace = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        workspace.put("specs/audit.yaml", GOOD);
        workspace
    }

    /// One spec with its output.
    fn generated() -> Self {
        let workspace = Self::new();
        workspace.expect(0, &["generate"]);
        workspace
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, path: &str, text: &str) {
        let place = self.root().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    fn get(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    /// Every file with its contents.
    fn tree(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        walkdir::WalkDir::new(self.root())
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| (entry.path().to_owned(), fs::read(entry.path()).unwrap()))
            .collect()
    }

    fn expect(&self, status: i32, arguments: &[&str]) -> (String, String) {
        let output = keywright(self.root(), arguments);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        (String::from_utf8(output.stdout).unwrap(), told)
    }

    /// The same for a run that must not change a file.
    fn expect_untouched(&self, status: i32, arguments: &[&str]) -> (String, String) {
        let before = self.tree();
        let result = self.expect(status, arguments);
        assert_eq!(self.tree(), before, "{arguments:?} writes");
        result
    }

    /// A key that nothing protects, so that it may leave.
    fn with_an_orphan() -> Self {
        let workspace = Self::new();
        workspace.put(
            "specs/old.yaml",
            &format!("environment: development\n{}", GOOD.replace("audit", "old")),
        );
        workspace.expect(0, &["generate"]);
        fs::remove_file(workspace.root().join("specs/old.yaml")).unwrap();
        workspace
    }
}

const ORPHAN: &str = "output/cloudformation/development/old.yaml";

#[test]
fn generate_writes_and_then_has_nothing_to_do() {
    let workspace = Workspace::new();
    let (out, told) = workspace.expect(0, &["generate"]);
    assert!(out.contains(TEMPLATE) && told.is_empty(), "{out}{told}");
    assert!(workspace.has(MODULE));
    workspace.expect_untouched(0, &["generate"]);
    workspace.expect_untouched(0, &["generate", "--check"]);
    workspace.expect_untouched(0, &["generate", "--diff"]);
    workspace.expect_untouched(0, &["synth", "--check"]);
}

#[test]
fn check_finds_what_is_missing() {
    let workspace = Workspace::new();
    for arguments in [
        ["generate", "--check"],
        ["generate", "--diff"],
        ["synth", "--check"],
    ] {
        let (out, told) = workspace.expect_untouched(1, &arguments);
        assert!(out.contains(TEMPLATE) && out.contains(MODULE), "{out}");
        assert!(out.contains("+"), "{out}");
        assert!(told.is_empty(), "{told}");
    }
    assert!(!workspace.has("output"));
}

#[test]
fn check_finds_what_is_stale() {
    let workspace = Workspace::generated();
    workspace.put(
        "specs/audit.yaml",
        &GOOD.replace("the audit log", "something else"),
    );
    let (out, _) = workspace.expect_untouched(1, &["generate", "--check"]);
    assert!(
        out.contains("-") && out.contains("Encrypts something else"),
        "{out}"
    );
    workspace.expect(0, &["generate"]);
    workspace.expect(0, &["generate", "--check"]);
}

#[test]
fn what_was_edited_by_hand_is_overwritten_by_force_only() {
    let workspace = Workspace::generated();
    let edited = workspace
        .get(TEMPLATE)
        .replace("Encrypts the audit log", "Edited");
    workspace.put(TEMPLATE, &edited);
    let (out, _) = workspace.expect_untouched(1, &["generate", "--check"]);
    assert!(out.contains("hand"), "{out}");
    let (_, told) = workspace.expect_untouched(1, &["generate"]);
    assert!(
        told.contains(TEMPLATE) && told.contains("--force"),
        "{told}"
    );
    workspace.expect(0, &["generate", "--force"]);
    workspace.expect(0, &["generate", "--check"]);
}

#[test]
fn an_orphan_is_deleted_by_prune_only() {
    let workspace = Workspace::with_an_orphan();
    let (out, _) = workspace.expect_untouched(1, &["generate", "--check"]);
    assert!(out.contains(ORPHAN), "{out}");
    workspace.expect_untouched(1, &["generate"]);
    workspace.expect_untouched(1, &["generate", "--check", "--prune"]);
    workspace.expect(0, &["generate", "--prune"]);
    assert!(!workspace.has(ORPHAN) && workspace.has(TEMPLATE));
    workspace.expect(0, &["generate", "--check"]);
}

#[test]
fn an_invalid_spec_writes_nothing_whatever_the_options() {
    let workspace = Workspace::generated();
    workspace.put("specs/audit.yaml", "keys: []\n");
    for arguments in [
        vec![],
        vec!["--check"],
        vec!["--diff"],
        vec!["--force", "--prune"],
    ] {
        let arguments: Vec<_> = ["generate"].into_iter().chain(arguments).collect();
        let (out, told) = workspace.expect_untouched(2, &arguments);
        assert!(
            out.is_empty() && told.contains("error[empty-list]"),
            "{out}{told}"
        );
    }
}

#[test]
fn a_spec_can_be_named_in_many_ways() {
    let workspace = Workspace::new();
    workspace.put("specs/pay/ledger.yaml", &GOOD.replace("audit", "ledger"));
    let absolute = workspace.root().join("specs/pay/ledger.yaml");
    for name in [
        "specs/pay/ledger.yaml",
        "./specs/pay/../pay/ledger.yaml",
        absolute.to_str().unwrap(),
    ] {
        workspace.expect(0, &["generate", name]);
        assert!(
            workspace.has("output/cloudformation/production/pay-ledger.yaml"),
            "{name}"
        );
        assert!(!workspace.has(TEMPLATE), "{name}");
        fs::remove_dir_all(workspace.root().join("output")).unwrap();
    }
    // From elsewhere, by the path below the workspace and by the path that a shell completes.
    let elsewhere = tempfile::tempdir().unwrap();
    let root = workspace.root().to_str().unwrap();
    for name in ["specs/pay/ledger.yaml", absolute.to_str().unwrap()] {
        let output = keywright(elsewhere.path(), &["-C", root, "generate", name]);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert!(!workspace.has(TEMPLATE));
        fs::remove_dir_all(workspace.root().join("output")).unwrap();
    }
    // A spec that cannot be read is told about once, also when it is asked for.
    workspace.put("specs/pay/ledger.yaml", "keys: [\n");
    for name in ["specs/pay/ledger.yaml", absolute.to_str().unwrap()] {
        let (_, told) = workspace.expect_untouched(2, &["generate", name]);
        assert!(told.ends_with("keywright: 1 error\n"), "{told}");
    }
    workspace.put("specs/pay/ledger.yaml", &GOOD.replace("audit", "ledger"));
    // All specs are judged, whichever is asked for.
    workspace.put("specs/audit.yaml", "keys: []\n");
    let (_, told) = workspace.expect_untouched(2, &["generate", "specs/pay/ledger.yaml"]);
    assert!(told.contains("specs/audit.yaml:1:7"), "{told}");
}

#[test]
fn a_spec_that_is_not_there_gets_a_proposal() {
    let workspace = Workspace::new();
    let (out, told) = workspace.expect_untouched(2, &["generate", "specs/audti.yaml"]);
    assert!(
        out.is_empty() && told.contains("did you mean `specs/audit.yaml`?"),
        "{told}"
    );
    let (_, told) = workspace.expect_untouched(2, &["generate", "nowhere/at/all.json"]);
    assert!(
        told.contains("error[unknown-spec]") && told.contains("specs/audit.yaml"),
        "{told}"
    );
}

#[test]
fn the_workspace_can_be_elsewhere() {
    let workspace = Workspace::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = workspace.root().to_str().unwrap();
    for arguments in [
        ["-C", root, "generate", "--check"],
        ["--workspace", root, "generate", "--check"],
        ["generate", "--check", "-C", root],
    ] {
        let output = keywright(elsewhere.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

fn json(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value["version"], 1, "{text}");
    value
}

#[test]
fn json_is_one_object_also_on_failure() {
    let workspace = Workspace::new();
    json(
        &workspace
            .expect(1, &["generate", "--check", "--format", "json"])
            .0,
    );
    json(&workspace.expect(0, &["generate", "--format", "json"]).0);
    json(
        &workspace
            .expect(0, &["generate", "--check", "--format", "json"])
            .0,
    );
    workspace.put("specs/audit.yaml", "keys: []\n");
    let (out, told) = workspace.expect(2, &["generate", "--format", "json"]);
    let value = json(&out);
    let problem = value.to_string();
    for part in [
        "empty-list",
        "specs/audit.yaml",
        "\"line\":1",
        "\"column\":7",
    ] {
        assert!(problem.contains(part), "{part}: {problem}");
    }
    assert!(told.contains("error[empty-list]"), "{told}");
    let (out, _) = workspace.expect(2, &["-C", "nowhere", "generate", "--format", "json"]);
    assert!(json(&out).to_string().contains("no-workspace"));
}

#[test]
fn github_gets_annotations() {
    let workspace = Workspace::new();
    let (out, _) = workspace.expect(1, &["generate", "--check", "--format", "github"]);
    assert!(
        out.lines().all(|line| line.starts_with("::")) && out.contains(TEMPLATE),
        "{out}"
    );
    workspace.put("specs/audit.yaml", "keys: []\n");
    let (out, _) = workspace.expect(2, &["generate", "--format", "github"]);
    assert!(
        out.starts_with("::error file=specs/audit.yaml,line=1,col=7,"),
        "{out}"
    );
}

#[test]
fn colours_are_for_terminals_or_on_demand() {
    let workspace = Workspace::new();
    let (out, _) = workspace.expect(1, &["generate", "--diff"]);
    assert!(!out.contains('\x1b'), "{out:?}");
    let (out, _) = workspace.expect(1, &["generate", "--diff", "--color", "never"]);
    assert!(!out.contains('\x1b'), "{out:?}");
    let (out, _) = workspace.expect(1, &["generate", "--diff", "--color", "always"]);
    assert!(out.contains('\x1b'), "{out:?}");
    let (out, _) = workspace.expect(
        1,
        &[
            "--color", "always", "generate", "--check", "--format", "json",
        ],
    );
    assert!(!out.contains('\x1b'), "{out:?}");
    workspace.put("specs/audit.yaml", "keys: []\n");
    let (_, told) = workspace.expect(2, &["generate"]);
    assert!(!told.contains('\x1b'), "{told:?}");
    let (_, told) = workspace.expect(2, &["generate", "--color", "always"]);
    assert!(told.contains('\x1b'), "{told:?}");
}

#[test]
fn wrong_usage_is_told_on_standard_error() {
    let workspace = Workspace::new();
    for arguments in [
        vec![],
        vec!["generat"],
        vec!["generate", "--chek"],
        vec!["generate", "--format", "yaml"],
        vec!["--color", "sometimes", "generate"],
        vec!["-C"],
        vec!["schema", "specs"],
    ] {
        let (out, told) = workspace.expect_untouched(2, &arguments);
        assert!(
            out.is_empty() && !told.is_empty(),
            "{arguments:?}: {out}{told}"
        );
    }
    let (_, told) = workspace.expect(2, &["generat"]);
    assert!(told.contains("generate"), "{told}");
    for arguments in [
        ["--help", "generate"],
        ["generate", "--help"],
        ["--version", "generate"],
    ] {
        let (out, told) = workspace.expect_untouched(0, &arguments);
        assert!(!out.is_empty() && told.is_empty(), "{arguments:?}: {told}");
    }
}

#[test]
fn quiet_leaves_out_what_went_well_and_nothing_else() {
    let workspace = Workspace::new();
    let (out, told) = workspace.expect(0, &["-q", "generate"]);
    assert!(out.is_empty() && told.is_empty(), "{out}{told}");
    workspace.put(
        "specs/audit.yaml",
        &GOOD.replace("the audit log", "something else"),
    );
    let (out, _) = workspace.expect(1, &["generate", "-q", "--check"]);
    assert!(out.contains(TEMPLATE), "{out}");
    workspace.put("specs/audit.yaml", "keys: []\n");
    let (_, told) = workspace.expect(2, &["-q", "generate"]);
    assert!(told.contains("error[empty-list]"), "{told}");
}

#[test]
fn verbose_also_lists_what_stays_and_a_check_of_nothing_says_so() {
    let workspace = Workspace::generated();
    let (out, _) = workspace.expect(0, &["generate"]);
    assert!(!out.contains(TEMPLATE), "{out}");
    let (out, _) = workspace.expect(0, &["generate", "-v"]);
    assert!(out.contains(&format!("  unchanged  {TEMPLATE}\n")), "{out}");
    let (out, _) = workspace.expect(2, &["check", "no-such-file.yaml"]);
    assert_eq!(out, "keywright: nothing was checked\n");
}

/// Runs the program with a standard output that nobody reads.
fn unread(workspace: &Workspace, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .args(arguments)
        .current_dir(workspace.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    child.wait_with_output().unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_fail() {
    let workspace = Workspace::new();
    for (arguments, status) in [
        (vec!["generate", "--diff"], 1),
        (vec!["generate", "--check", "--format", "json"], 1),
        (vec!["schema"], 0),
        (vec!["--help"], 0),
        (vec!["generate"], 0),
    ] {
        let output = unread(&workspace, &arguments);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{arguments:?}: {}",
            told(&output)
        );
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", told(&output));
    }
    assert!(workspace.has(MODULE));
}

#[test]
fn schemas_are_json() {
    let workspace = Workspace::new();
    for arguments in [
        vec!["schema"],
        vec!["schema", "spec"],
        vec!["schema", "workspace"],
    ] {
        let (out, told) = workspace.expect_untouched(0, &arguments);
        let schema: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        assert!(told.is_empty());
    }
}

#[test]
fn a_protected_key_does_not_leave_silently() {
    let workspace = Workspace::generated();
    workspace.put(
        "specs/audit.yaml",
        &GOOD.replace("alias: audit", "alias: other"),
    );
    for arguments in [
        vec!["generate"],
        vec!["generate", "--force", "--prune"],
        vec!["generate", "--check"],
    ] {
        let (_, told) = workspace.expect_untouched(2, &arguments);
        assert!(
            told.contains("error[protected-key-lost]") && told.contains("`was: Audit`"),
            "{told}"
        );
    }
    workspace.put(
        "specs/audit.yaml",
        &GOOD.replace("alias: audit", "alias: other\n    was: audit"),
    );
    workspace.expect(0, &["generate"]);
}
