//! Which file is what, and key policies by themselves.

use keywright::readback::open::recognize;

use super::terraform::all;

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;

#[test]
fn files_are_told_apart_by_name_and_content() {
    let files = [
        ("a/main.tf", ""),
        ("main.tf.json", "{}"),
        ("x.tfvars", ""),
        ("t.yaml", "AWSTemplateFormatVersion: x\nResources: {}\n"),
        ("t.template", "\"Resources\":\n  A: {}\n"),
        ("t.json", "{\"Resources\": {}}"),
        ("t.json", "{\"Resources\": {"),
        ("t.yaml", "{Resources: {}}"),
        ("k8s.yaml", "apiVersion: v1\nkind: Pod\n"),
        ("serverless.yml", "resources:\n  Resources: {}\n"),
        ("plan.json", "{\"planned_values\": {}}"),
        (
            "state.json",
            "{\"terraform_version\": \"1\", \"values\": {}}",
        ),
        ("p.json", POLICY),
        (
            "p.json",
            "{\"Policy\": \"{}\", \"PolicyName\": \"default\"}",
        ),
        ("p.json", "{\"Statement\": ["),
        ("p.json", "[1]"),
        ("p.json", ""),
        ("package.json", "{\"name\": \"x\"}"),
        ("synth.json", "{\"resource\": {}, \"provider\": {}}"),
        ("broken.json", "{nothing"),
        ("README.md", "# Resources:\nResources: x"),
        ("policy", POLICY),
        ("main.py", "x = 1"),
        ("bom.json", "\u{feff}{\"Statement\": []}"),
    ];
    let told: Vec<_> = files
        .iter()
        .map(|(path, text)| format!("{path} {text:?}: {:?}\n", recognize(path, text)))
        .collect();
    insta::assert_snapshot!(told.concat());
}

const CASES: &[(&str, &str)] = &[
    (
        "a policy alone",
        r#"
--- policy.json
{
  "Version": "2012-10-17",
  "Id": "key-default-1",
  "Statement": [
    {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Decrypt"], "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": true}}}
  ]
}
"#,
    ),
    (
        "the answer of the command line",
        r#"
--- answer.json
{"Policy": "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Effect\" : \"Allow\",\n    \"Principal\" : \"*\",\n    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  } ]\n}", "PolicyName": "default"}
"#,
    ),
    (
        "other wrappers and wrong types",
        r#"
--- a.json
{"KeyId": "mrk-1", "KeyPolicy": {"Statement": {"Effect": "Allow", "Principal": 5}}}
--- b.json
{"Policy": 5}
--- c.json
{"Statement": "x"}
--- d.json
{"policy": "no json"}
"#,
    ),
    (
        "a tree of everything",
        r#"
resource "aws_kms_key" "root" {}
module "m" { source = "./m" }
--- m/main.tf
resource "aws_kms_key" "m" {}
--- other/main.tf
resource "aws_kms_key" "other" {}
--- template.yaml
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: {EnableKeyRotation: true}
--- notes.txt
nothing
--- package.json
{"name": "x"}
"#,
    ),
];

#[test]
fn trees() {
    insta::assert_snapshot!(all(CASES));
}
