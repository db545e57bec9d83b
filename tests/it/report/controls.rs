//! The catalogue of controls as users and programs see it.

use std::process::{Command, Output};

use keywright::spec::CONTROLS;

fn keywright(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keywright"));
    command.arg("controls").args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

fn told(arguments: &[&str]) -> String {
    let output = keywright(arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_table_names_every_control_and_fits_eighty_columns() {
    let table = told(&[]);
    for line in table.lines() {
        assert!(
            line.chars().count() <= 80 && !line.contains('\x1b'),
            "{line}"
        );
    }
    for id in CONTROLS {
        assert!(
            table.lines().any(|line| line.split(' ').next() == Some(id)),
            "{id}"
        );
    }
}

#[test]
fn one_control_says_what_why_and_how() {
    insta::assert_snapshot!("controls_rotation_off", told(&["rotation-off"]));
    assert!(told(&["unknown-condition-key"]).contains("kms:EncryptionContext:NAME"));
}

#[test]
fn programs_get_everything() {
    let all: serde_json::Value = serde_json::from_str(&told(&["--format", "json"])).unwrap();
    assert_eq!(all["version"], 1);
    assert_eq!(all["controls"].as_array().unwrap().len(), CONTROLS.len());
    let one = told(&["public-access", "--format", "json"]);
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(one["controls"][0]["severity"], "CRITICAL");
    assert_eq!(one["controls"][0]["standards"]["security_hub"][0], "KMS.5");
}

#[test]
fn documents_get_markdown() {
    let document = told(&["no-alias", "--format", "markdown"]);
    assert!(
        document.starts_with("# `no-alias`: every key has an alias\n"),
        "{document}"
    );
    assert!(document.contains("```yaml\nResources:\n"));
}

#[test]
fn unknown_controls_are_refused_with_the_nearest_name() {
    let output = keywright(&["rotation-of"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!("unknown_control", String::from_utf8(output.stderr).unwrap());
}
