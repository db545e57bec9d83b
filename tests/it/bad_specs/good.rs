//! What looks like a mistake and is none.

use std::fs;

use super::{GOOD, keywright, lay_out, told, workspace};

/// All output of a workspace with a workspace file and a spec, joined.
fn generated(config: &str, spec: &[u8]) -> String {
    let mut files = workspace("specs/audit.yaml", spec);
    files.insert("keywright.yaml".into(), config.into());
    let scratch = lay_out(&files);
    let output = keywright(scratch.path(), &["generate"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    walkdir::WalkDir::new(scratch.path().join("output"))
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| fs::read_to_string(entry.path()).unwrap())
        .collect()
}

#[test]
fn byte_order_marks_and_old_line_ends_change_nothing() {
    let spec = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    assert_eq!(
        generated("", spec.as_bytes()),
        generated("", GOOD.as_bytes())
    );
    let config = "\u{feff}version: 1\r\ntags: {owner: platform}\r\n";
    let plain = "version: 1\ntags: {owner: platform}\n";
    assert_eq!(
        generated(config, GOOD.as_bytes()),
        generated(plain, GOOD.as_bytes())
    );
}

#[test]
fn account_ids_keep_their_leading_zeros_with_and_without_quotes() {
    for id in [
        "012345670123",
        "\"012345670123\"",
        "'012345670123'",
        "000000000012",
    ] {
        let digits = id.trim_matches(['"', '\'']);
        let spec = format!(
            "{GOOD}    users:\n      - account: {id}\n      - {{role: Reader, account: {id}}}\n"
        );
        let text = generated("", spec.as_bytes());
        assert!(text.contains(&format!(":iam::{digits}:root")), "{text}");
        assert!(
            text.contains(&format!(":iam::{digits}:role/Reader")),
            "{text}"
        );
        let config = format!("accounts: {{log-archive: {id}}}\n");
        let spec = format!("{GOOD}    users:\n      - account: log-archive\n");
        let text = generated(&config, spec.as_bytes());
        assert!(text.contains(&format!(":iam::{digits}:root")), "{text}");
        // In an account of the environment, an ARN and a bare name are one role.
        let config = format!("environments: {{production: {{accounts: [{id}]}}}}\n");
        let spec = format!(
            "{GOOD}    users:\n      - arn: arn:aws:iam::{digits}:role/KeyAdmin\n    administrators: [role: KeyAdmin]\n"
        );
        let mut files = workspace("specs/audit.yaml", spec);
        files.insert("keywright.yaml".into(), config.into());
        let told = told(&keywright(lay_out(&files).path(), &["generate"]));
        assert!(told.contains("error[administrator-and-user]"), "{told}");
        assert!(told.contains(digits), "{told}");
    }
}

#[test]
fn an_empty_workspace_file_is_as_good_as_none() {
    for config in ["", "# nothing yet\n", "---\n"] {
        assert_eq!(
            generated(config, GOOD.as_bytes()),
            generated("version: 1\n", GOOD.as_bytes())
        );
    }
}

#[test]
fn one_role_name_in_two_accounts_is_two_principals() {
    let spec = format!(
        "{GOOD}    users:\n      - {{role: KeyAdmin, account: \"210987654321\"}}\n    administrators:\n      - role: KeyAdmin\n"
    );
    generated("", spec.as_bytes());
}

#[test]
fn names_with_a_path_or_odd_characters_are_names() {
    for name in [
        "team/FooBar",
        "a.b@c=d,e+f-g_h",
        "x/role/Reader",
        "roles/Reader",
    ] {
        generated(
            "",
            format!("{GOOD}    users:\n      - role: \"{name}\"\n").as_bytes(),
        );
    }
}
