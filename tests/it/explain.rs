//! `keywright explain`: keys in plain words.

mod random;

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bad_specs::{keywright, told};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What is printed, with a status that must be 0.
fn explained(folder: &Path, arguments: &[&str]) -> String {
    let arguments = [&["explain"], arguments].concat();
    let output = keywright(folder, &arguments);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    assert_eq!(told, "", "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What is told, with a status that must be 2.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let arguments = [&["explain"], arguments].concat();
    let output = keywright(folder, &arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    told(&output)
}

fn own(arguments: &[&str]) -> String {
    explained(Path::new(ROOT), arguments)
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[test]
fn the_procedures_own_key() {
    assert_snapshot!(own(&["account-cloudtrail"]));
}

#[test]
fn keys_of_all_kinds() {
    for key in [
        "signing/webhooks",
        "exchange/devices",
        "signing/containers",
        "backup/copies",
        "FooBarTopic",
        "lake/published",
    ] {
        let name = key.replace('/', "-");
        assert_snapshot!(format!("key_{name}"), own(&[key]));
    }
}

#[test]
fn names_of_a_key() {
    let by_alias = own(&["alias/account-cloudtrail"]);
    assert_eq!(by_alias, own(&["account-cloudtrail"]));
    assert_eq!(by_alias, own(&["AccountCloudtrail"]));
    let told = [
        &["account-cloudtrial"][..],
        &["account-cloudtrail", "--environment", "staging"],
        &["account-cloudtrail", "--environment", "prod"],
    ];
    let told = told.map(|arguments| refused(Path::new(ROOT), arguments));
    assert_snapshot!(told.concat());
}

#[test]
fn a_key_of_several_environments() {
    let spec = "environments: [production, development]\nkeys:\n  - alias: orders\n    id: Orders\n    purpose: Encrypts orders\n    users:\n      - role: Shop\n";
    let folder = folder(&[("specs/shop.yaml", spec.to_owned())]);
    let both = explained(folder.path(), &["orders"]);
    assert_eq!(both.matches("alias/orders").count(), 2, "{both}");
    let one = explained(folder.path(), &["orders", "--environment", "development"]);
    assert!(
        !one.contains("production") && one.contains("development"),
        "{one}"
    );
    assert_snapshot!(explained(folder.path(), &[]));
}

#[test]
fn all_keys_at_a_glance() {
    assert_snapshot!(own(&["--environment", "staging"]));
}

#[test]
fn what_others_wrote() {
    let root = "arn:aws:iam::111122223333:root";
    let policies = [
        (
            "public",
            json!([
                {"Sid": "root", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
                {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": ["kms:Decrypt", "kms:ReEncrypt"], "Resource": "*"},
                {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Encrypt", "Resource": "*",
                 "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.7"]}, "Bool": {"aws:SecureTransport": "true"}}},
            ]),
        ),
        (
            "not_principal",
            json!([
                {"Effect": "Allow", "Principal": {"AWS": root}, "NotAction": ["kms:Decrypt", "kms:CreateGrant"], "Resource": "*"},
                {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/Eve"}, "Action": "kms:Decrypt", "Resource": "*"},
                {"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:role/App", root]}, "Action": "kms:Decrypt", "Resource": "*"},
                {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEID1234567"}, "Action": "kms:Sign", "Resource": "*"},
            ]),
        ),
        (
            "foreign",
            json!([
                {"Sid": "Enable", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
                {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::444455556666:root", "arn:aws:iam::777788889999:role/Reader"]},
                 "Action": ["kms:Decrypt", "kms:CreateGrant"], "Resource": "*",
                 "Condition": {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}, "StringEqualsIfExists": {"kms:EncryptionContext:app": "orders"},
                               "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, "Null": {"aws:SourceVpce": "false"}}},
                {"Sid": "Unit", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Bool": {"kms:GrantIsForAWSResource": "true"}}},
                {"Sid": "Alb", "Effect": "Allow", "Principal": {"Service": "logs.eu-central-1.amazonaws.com"}, "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*",
                 "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
                {"Sid": "Sloppy", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
                 "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*"}}},
                {"Sid": "Dead", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Action": "kms:Encrypt", "Resource": "*",
                 "Condition": {"StringEquals": {"kms:CallerAccount": "444455556666"}}},
            ]),
        ),
        (
            "locked",
            json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Action": "kms:Decrypt", "Resource": "*"}]),
        ),
    ];
    for (name, statements) in policies {
        let folder = folder(&[("policy.json", policy(&statements))]);
        assert_snapshot!(
            format!("policy_{name}"),
            explained(folder.path(), &["policy.json"])
        );
    }
}

const TEMPLATE: &str = r#"
Parameters:
  Admin: {Type: String}
  Days: {Type: Number, Default: 7}
Conditions:
  IsProduction: !Equals [!Ref "AWS::AccountId", "111122223333"]
Resources:
  Orders:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    Properties:
      PendingWindowInDays: !Ref Days
      EnableKeyRotation: !If [IsProduction, true, false]
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: Account
            Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"
          - Sid: Administrators
            Effect: Allow
            Principal: {AWS: !Ref Admin}
            Action: [kms:PutKeyPolicy, kms:ScheduleKeyDeletion]
            Resource: "*"
          - !If
            - IsProduction
            - Sid: Reader
              Effect: Allow
              Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:role/Reader"}
              Action: kms:Decrypt
              Resource: "*"
            - !Ref AWS::NoValue
          - Sid: Typo
            Effect: allow
            Principal: {AWS: "*"}
            Action: kms:Decrypt
            Resource: "*"
  Bare:
    Type: AWS::KMS::Key
"#;

#[test]
fn templates_with_conditions_parameters_and_mistakes() {
    let folder = folder(&[("template.yaml", TEMPLATE.to_owned())]);
    assert_snapshot!(explained(folder.path(), &["template.yaml"]));
}

#[test]
fn modules_and_folders() {
    let folder = folder(&[(
        "infra/main.tf",
        "resource \"aws_kms_key\" \"data\" {\n  description = \"Encrypts data\"\n}\n\nresource \"aws_kms_alias\" \"data\" {\n  name          = \"alias/data\"\n  target_key_id = aws_kms_key.data.key_id\n}\n".to_owned(),
    )]);
    let by_folder = explained(folder.path(), &["infra"]);
    assert_eq!(by_folder, explained(folder.path(), &["infra/main.tf"]));
    assert_snapshot!(by_folder);
}

#[test]
fn what_cannot_be_explained() {
    let folder = folder(&[
        ("broken.json", "{\"Statement\": [".to_owned()),
        ("none.yaml", "Resources: {}\n".to_owned()),
        ("text.txt", "hello\n".to_owned()),
    ]);
    let mut told = String::new();
    for arguments in [
        &["broken.json"][..],
        &["none.yaml"],
        &["text.txt"],
        &["missing.yaml"],
        &["none.yaml", "--environment", "production"],
    ] {
        told.push_str(&refused(folder.path(), arguments));
    }
    assert_snapshot!(told);
}

#[test]
fn documents_are_markdown() {
    assert_snapshot!(own(&["account-cloudtrail", "--format", "markdown"]));
}

#[test]
fn programs_get_a_shape_of_their_own() {
    let text = own(&["account-cloudtrail", "--format", "json"]);
    let shape: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shape["version"], 1);
    let key = &shape["keys"][0];
    assert_eq!(key["name"], "alias/account-cloudtrail");
    assert_eq!(key["file"], "specs/audit.yaml");
    assert_eq!(key["environments"], json!(["production"]));
    let row = |kind: &str| {
        let rows = key["access"].as_array().unwrap();
        let row = rows.iter().find(|row| row["principal"]["kind"] == kind);
        row.unwrap().clone()
    };
    assert_eq!(
        row("service")["capabilities"]["decrypt"],
        "direct_under_condition"
    );
    assert_eq!(
        row("others_of_account")["capabilities"]["decrypt"],
        "through_iam"
    );
    assert_eq!(
        row("permission_set")["actions"]["kms:PutKeyPolicy"],
        "direct"
    );
    assert_eq!(key["summary"]["public"], false);
    assert_snapshot!(text);
    let all: Value = serde_json::from_str(&own(&["--format", "json"])).unwrap();
    assert!(all["keys"].as_array().unwrap().len() > 20);
}
