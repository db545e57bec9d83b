//! `keywright simulate`: exit status, what is told, JSON Lines.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{ROLE, USER, allow, delegation, deny, policy};

fn example() -> Value {
    let mut use_it = allow(
        json!({"Sid": "Allow use of the key", "Principal": {"AWS": ROLE}, "Action": ["kms:Decrypt", "kms:DescribeKey"],
        "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}}),
    );
    use_it["Principal"]["Service"] = json!("s3.amazonaws.com");
    let named = |mut statement: Value, sid: &str| {
        statement["Sid"] = json!(sid);
        statement
    };
    policy(&[
        named(delegation(), "Enable IAM policies"),
        use_it,
        named(
            deny(json!({"Action": "kms:ScheduleKeyDeletion"})),
            "Deny deletion",
        ),
        allow(json!({"NotPrincipal": {"AWS": USER}, "Principal": null, "Action": "kms:Sign"})),
    ])
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut policy = example();
    policy["Statement"][3]
        .as_object_mut()
        .unwrap()
        .remove("Principal");
    fs::write(folder.path().join("policy.json"), policy.to_string()).unwrap();
    fs::write(
        folder.path().join("own.json"),
        super::all_of_kms()[0].to_string(),
    )
    .unwrap();
    folder
}

fn run(folder: &TempDir, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_keywright"))
        .arg("simulate")
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn told(output: &Output) -> String {
    let status = output.status.code().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("{out}{err}---- exit status {status}\n")
}

#[test]
fn one_request() {
    let folder = folder();
    let asked = |arguments: &[&str]| told(&run(&folder, arguments, ""));
    let mut all = String::new();
    for arguments in [
        &[
            "--action",
            "kms:Decrypt",
            "--context",
            "kms:ViaService=s3.eu-central-1.amazonaws.com",
        ][..],
        &["--action", "kms:Decrypt"],
        &["--action", "kms:Encrypt", "--identity-policy", "own.json"],
        &["--action", "kms:ScheduleKeyDeletion"],
        &["--action", "kms:Sign"],
        &["--action", "kms:Decrpyt"],
        &["--action", "kms:PutKeyPolicy", "--account", "444455556666"],
    ] {
        let mut whole = vec!["policy.json", "--principal", ROLE];
        whole.extend(arguments);
        all += &format!("$ simulate {}\n{}\n", arguments.join(" "), asked(&whole));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn one_request_as_json() {
    let folder = folder();
    let output = run(
        &folder,
        &[
            "policy.json",
            "--principal",
            USER,
            "--action",
            "kms:Verify",
            "--format",
            "json",
            "--identity-policy",
            "own.json",
        ],
        "",
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["decision"], "allow");
    assert_eq!(answer["statements"], json!(["Enable IAM policies"]));
    assert_eq!(answer["identity_statements"], json!(["#1"]));
}

#[test]
fn what_cannot_be_answered() {
    let folder = folder();
    let mut all = String::new();
    for arguments in [
        &[
            "nowhere.json",
            "--principal",
            ROLE,
            "--action",
            "kms:Decrypt",
        ][..],
        &[
            "policy.json",
            "--principal",
            "bob",
            "--action",
            "kms:Decrypt",
        ],
        &["policy.json", "--principal", ROLE, "--action", "kms:*"],
        &[
            "policy.json",
            "--principal",
            ROLE,
            "--action",
            "kms:Decrypt",
            "--context",
            "a",
        ],
        &[
            "policy.json",
            "--principal",
            ROLE,
            "--action",
            "kms:Decrypt",
            "--account",
            "1",
        ],
    ] {
        let output = run(&folder, arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        all += &format!("$ simulate {}\n{}\n", arguments.join(" "), told(&output));
    }
    fs::write(
        folder.path().join("broken.json"),
        "{\"Statement\": [{\"Effect\": \"Alow\"}]}",
    )
    .unwrap();
    all += &told(&run(
        &folder,
        &[
            "broken.json",
            "--principal",
            ROLE,
            "--action",
            "kms:Decrypt",
        ],
        "",
    ));
    insta::assert_snapshot!(all);
}

#[test]
fn many_requests() {
    let folder = folder();
    let line = |more: Value| {
        super::with(json!({"policy": policy(&[allow(json!({"Sid": "A"})), deny(json!({"Action": "kms:Sign"}))]), "account": "111122223333",
        "region": "eu-central-1", "principal": ROLE, "action": "kms:Decrypt"}), &more).to_string()
    };
    let lines = [
        line(json!({"id": 1})),
        line(json!({"id": "two", "action": "kms:Sign"})),
        String::new(),
        line(json!({"id": {"three": [3.0]}, "policy": policy(&[])})),
        line(
            json!({"id": null, "principal": {"service": "s3.amazonaws.com"}, "context": {"a": ["x", "y"]}}),
        ),
        line(json!({"action": "kms:RetireGrant"})),
    ];
    let output = run(&folder, &["--requests", "-"], &lines.join("\n"));
    let answers = || -> Vec<Value> {
        String::from_utf8(output.stdout.clone())
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let short: Vec<_> = answers()
        .iter()
        .map(|answer| json!([answer["id"], answer["decision"], answer["statements"]]))
        .collect();
    let wanted = [
        json!([1, "allow", ["A"]]),
        json!(["two", "explicit_deny", ["#2"]]),
        json!([{"three": [3.0]}, "implicit_deny", []]),
        json!([null, "allow", ["A"]]),
        json!([null, "unknown", []]),
    ];
    assert_eq!(short, wanted);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_malformed_line_is_told_and_the_rest_still_runs() {
    let folder = folder();
    let good = json!({"id": 3, "principal": ROLE, "action": "kms:ScheduleKeyDeletion"}).to_string();
    let lines = [
        "{",
        "{\"id\": 2, \"principal\": 5}",
        &good,
        "[]",
        "{\"id\": 4, \"id\": 5}",
        "\u{FEFF}",
    ]
    .join("\n");
    let output = run(&folder, &["policy.json", "--requests", "-"], &lines);
    insta::assert_snapshot!(told(&output));
    let output = run(&folder, &["policy.json", "--requests", "nowhere"], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn answers_keep_the_order_of_many_lines() {
    let folder = folder();
    let lines: Vec<_> = (0..20_000)
        .map(|id| {
            json!({"id": id, "principal": ROLE, "action": "kms:ScheduleKeyDeletion"}).to_string()
        })
        .collect();
    fs::write(folder.path().join("lines"), lines.join("\n")).unwrap();
    let output = run(&folder, &["policy.json", "--requests", "lines"], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 20_000);
    assert!(text.lines().enumerate().all(|(id, line)| {
        line.starts_with(&format!("{{\"id\":{id},\"decision\":\"explicit_deny\""))
    }));
}

/// Windows writes UTF-16 when output is sent to a file.
#[test]
fn a_policy_in_utf_16_is_called_that() {
    let folder = folder();
    let text = example().to_string();
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    fs::write(folder.path().join("policy.json"), bytes).unwrap();
    let asked = [
        "policy.json",
        "--principal",
        ROLE,
        "--action",
        "kms:Decrypt",
    ];
    let told = told(&run(&folder, &asked, ""));
    assert!(
        told.contains("the file is UTF-16, not UTF-8; save it as UTF-8"),
        "{told}"
    );
    assert!(told.ends_with("---- exit status 2\n"), "{told}");
}
