//! `keywright check`: what is judged, how it is told, and with which exit status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::bad_specs::GOOD;

/// A template with findings of several severities, an unknown and a waiver.
const TEMPLATE: &str = r#"Parameters:
  Trusted: {Type: String}
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Metadata:
      keywright:
        waive:
          - {control: no-alias, reason: found by its tags, expires: 2030-01-31}
    Properties:
      Description: Encrypts the ledger
      PendingWindowInDays: 30
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: account
            Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"
          - Sid: reader
            Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:role/Reader"}
            Action: [kms:Decrypt, kms:ReEncrypt]
            Resource: "*"
          - Sid: partner
            Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${Trusted}:root"}
            Action: kms:Decrypt
            Resource: "*"
          - Sid: trail
            Effect: Allow
            Principal: {Service: cloudtrail.amazonaws.com}
            Action: kms:GenerateDataKey*
            Resource: "*"
          - Sid: keep
            Effect: Deny
            Principal: {AWS: "*"}
            Action: kms:ScheduleKeyDeletion
            Resource: "*"
"#;

struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.put(path, text.as_bytes());
        }
        folder
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let place = self.0.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, bytes).unwrap();
    }

    /// Status, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_keywright"))
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .arg("check")
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--format", "json"]].concat();
        let (_, out, err) = self.run(&arguments);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
    }
}

fn controls(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| finding["control"].as_str().unwrap())
        .collect()
}

#[test]
fn every_format_tells_the_same() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let mut told = String::new();
    for format in ["text", "json", "github", "junit", "markdown"] {
        let (status, out, err) = folder.run(&["template.yaml", "--format", format]);
        assert_eq!((status, err.as_str()), (1, ""), "{format}");
        told.push_str(&format!("==== {format}\n{out}"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn sarif_is_valid_and_its_fingerprints_survive_moved_lines() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let sarif = |folder: &Folder| -> Value {
        let (status, out, _) = folder.run(&["template.yaml", "--format", "sarif"]);
        assert_eq!(status, 1);
        serde_json::from_str(&out).unwrap()
    };
    let first = sarif(&folder);
    // The patterns of a property that keywright does not write are no regular expressions.
    let mut schema = sarif_schema();
    for owner in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{owner}/properties/language"));
        language.unwrap().as_object_mut().unwrap().remove("pattern");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&first)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let fingerprints = |log: &Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let all: Vec<String> = results
            .iter()
            .map(|result| result["partialFingerprints"]["keywright/v1"].to_string())
            .collect();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        all
    };
    let before = fingerprints(&first);
    assert!(before.len() > 2);
    folder.put(
        "template.yaml",
        format!("# moved\n\n\n{TEMPLATE}").as_bytes(),
    );
    let moved = sarif(&folder);
    assert_eq!(fingerprints(&moved), before);
    assert_ne!(moved, first);
    let rules = first["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert_eq!(rules.len(), keywright::controls::all().len());
    let suppressed = |log: &Value| log.to_string().matches("\"suppressions\"").count();
    assert_eq!(suppressed(&first), 1);
}

/// The platform that this runs on: of others, not all crates are at hand.
fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

/// The schema of SARIF 2.1.0 as a crate ships it.
fn sarif_schema() -> Value {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            &host(),
            "--manifest-path",
        ])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "serde-sarif")
        .unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let schema = fs::read(manifest.with_file_name("src").join("schema.json")).unwrap();
    serde_json::from_slice(&schema).unwrap()
}

#[test]
fn the_exit_status_follows_the_gravest_open_finding() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let status = |arguments: &[&str]| folder.run(&[&["template.yaml"], arguments].concat()).0;
    assert_eq!(status(&[]), 1);
    assert_eq!(status(&["--fail-on", "low"]), 1);
    assert_eq!(status(&["--fail-on", "critical"]), 0);
    assert_eq!(status(&["--fail-on", "critical", "--fail-on-unknown"]), 1);
    assert_eq!(status(&["--as-of", "tomorrow"]), 2);
}

#[test]
fn a_waiver_holds_until_its_last_day_and_is_then_a_finding() {
    let folder = Folder::with(&[("template.yaml", TEMPLATE)]);
    let waived = |day: &str| {
        let report = folder.json(&["template.yaml", "--as-of", day]);
        let findings = report["findings"].as_array().unwrap().clone();
        let no_alias = findings.iter().find(|one| one["control"] == "no-alias");
        let no_alias = no_alias.unwrap()["waived"].is_object();
        (no_alias, controls(&report).contains(&"expired"))
    };
    assert_eq!(waived("2030-01-31"), (true, false));
    assert_eq!(waived("2030-02-01"), (false, true));
}

#[test]
fn a_workspace_has_its_own_severities_waivers_and_rules() {
    let file = "required_tags: [owner]
controls:
  missing-tags: {severity: high, reason: the bill is split by owner}
  no-alias: {waive: true, reason: there is none}
";
    let spec = "keys:
  - alias: audit
    purpose: Encrypts the audit log
    waive:
      - {control: missing-tags, reason: nobody pays for it, expires: 2030-01-31}
      - {control: key-disabled, reason: was disabled once, expires: 2030-01-31}
  - alias: ledger
    purpose: Encrypts the ledger
";
    let folder = Folder::with(&[("keywright.yaml", file), ("specs/pay.yaml", spec)]);
    let (status, out, err) = folder.run(&["--as-of", "2029-12-31"]);
    assert_eq!((status, err.as_str()), (1, ""));
    insta::assert_snapshot!(out);
}

#[test]
fn a_workspace_without_findings_is_clean() {
    let folder = Folder::with(&[("specs/audit.yaml", GOOD)]);
    let (status, out, err) = folder.run(&[]);
    assert_eq!(
        (status, out.as_str(), err.as_str()),
        (0, "keywright: no findings in 1 key of 1 file\n", "")
    );
    assert_eq!(folder.run(&["-q"]), (0, String::new(), String::new()));
    assert!(!folder.0.path().join("output").exists());
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_rest_is_judged() {
    let folder = Folder::with(&[
        ("all/template.yaml", TEMPLATE),
        ("all/broken.yaml", "Resources: [\n"),
        ("all/notes.yaml", "shopping: [milk]\n"),
        ("all/main.tf", "resource \"aws_kms_key\" {\n"),
    ]);
    folder.put("all/latin.yaml", b"Resources: {a: \"\xe9\"}\n");
    let (status, out, err) = folder.run(&["all", "missing.yaml"]);
    assert_eq!(status, 2);
    assert!(out.contains("LedgerKey"));
    insta::assert_snapshot!(err);
    // By its name, a file that holds nothing is an answer, too.
    let (status, _, err) = folder.run(&["all/notes.yaml"]);
    assert_eq!(status, 2);
    insta::assert_snapshot!("nothing_to_judge", err);
}

#[test]
fn a_file_of_a_module_is_judged_with_what_stands_beside_it() {
    let folder = Folder::with(&[
        (
            "infra/main.tf",
            "resource \"aws_kms_key\" \"main\" {\n  description = local.words\n  enable_key_rotation = local.rotate\n}\n",
        ),
        (
            "infra/locals.tf",
            "locals {\n  words = \"Encrypts the ledger\"\n  rotate = false\n}\n\nresource \"aws_kms_key\" \"other\" {}\n",
        ),
    ]);
    let report = folder.json(&["infra/main.tf"]);
    let found = controls(&report);
    assert!(found.contains(&"rotation-off") && !found.contains(&"no-description"));
    let files: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["file"])
        .collect();
    assert!(
        files.iter().all(|file| *file == "infra/main.tf"),
        "{files:?}"
    );
}

#[test]
fn output_is_judged_by_the_rules_of_its_environment() {
    let spec = "environments: [production, development]
keys:
  - alias: audit
    purpose: Encrypts the audit log
";
    let folder = Folder::with(&[("specs/audit.yaml", spec)]);
    let generated = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .current_dir(folder.0.path())
        .args(["generate", "-q"])
        .status()
        .unwrap();
    assert!(generated.success());
    let (status, out, _) = folder.run(&["output"]);
    assert_eq!(
        (status, out.as_str()),
        (0, "keywright: no findings in 4 keys of 4 files\n")
    );
}

#[test]
fn access_that_a_spec_gives_until_a_day_is_a_finding_after_it() {
    let folder = Folder::with(&[
        (
            "keywright.yaml",
            "principal_sets: {readers: [{role: Reader}, {role: Guest, expires: 2027-03-31}]}\n\
             administrators: [{permission_set: Admin, expires: 2027-04-30}]\n",
        ),
        (
            "specs/audit.yaml",
            "keys:\n  - alias: audit\n    purpose: Encrypts the audit log\n    users:\n      \
             - {role: Migrator, expires: 2027-01-31}\n      \
             - {service: cloudwatch-alarms, expires: \"2027-02-28\"}\n      - set: readers\n    \
             statements:\n      - {reason: test, expires: 2027-05-31, Sid: Own, Effect: Allow, \
             Principal: {AWS: \"arn:aws:iam::{account}:role/X\"}, Action: kms:DescribeKey}\n",
        ),
    ]);
    let ended = |day: &str| {
        let report = folder.json(&["--as-of", day]);
        let findings = report["findings"].as_array().unwrap().iter();
        let ended = findings.filter(|one| one["control"] == "expired");
        let told = |one: &Value| {
            let text = |name: &str| one[name].as_str().unwrap().to_owned();
            format!(
                "{}:{}:{} {}",
                text("file"),
                one["line"],
                one["column"],
                text("message")
            )
        };
        ended.map(told).collect::<Vec<_>>()
    };
    let status = |day: &str| folder.run(&["--as-of", day]).0;
    assert_eq!((ended("2027-01-31"), status("2027-01-31")), (vec![], 0));
    assert_eq!(ended("2027-02-01").len(), 1);
    assert_eq!(status("2027-02-01"), 1);
    insta::assert_snapshot!(ended("2027-06-01").join("\n"));
    // What lies in the output says nothing of days.
    let made = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .current_dir(folder.0.path())
        .args(["generate", "--quiet"])
        .status()
        .unwrap();
    assert!(made.success());
    assert_eq!(folder.run(&["output", "--as-of", "2027-06-01"]).0, 0);
}

#[test]
fn access_that_ended_can_be_waived() {
    let folder = Folder::with(&[(
        "specs/audit.yaml",
        "keys:\n  - alias: audit\n    purpose: Encrypts the audit log\n    \
         users: [{role: Migrator, expires: 2027-01-31}]\n    \
         waive: [{control: expired, reason: the migration is late, expires: 2027-02-28}]\n",
    )]);
    let report = folder.json(&["--as-of", "2027-02-01"]);
    assert_eq!(controls(&report), ["expired"]);
    assert_eq!(report["findings"][0]["waived"]["expires"], "2027-02-28");
    assert_eq!(folder.run(&["--as-of", "2027-02-01"]).0, 0);
    assert_eq!(folder.run(&["--as-of", "2027-03-01"]).0, 1);
}
