//! The examples of the documentation: each bad one breaks its control and no other, each good one none.

use std::collections::BTreeSet;

use keywright::controls::{self, Rules};

use super::{outcome, rules};

const ACCOUNT: &str = "        - Sid: Allow full access for users in the same account
          Effect: Allow
          Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}
          Action: kms:*
          Resource: \"*\"
";

const ALIAS: &str = "  LedgerAlias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/the-ledger, TargetKeyId: !Ref LedgerKey}
";

/// A property of the key around examples, by name, and how it is written where the example does not have it.
const PROPERTIES: [(&str, &str); 2] = [
    (
        "Description",
        "Description: Encrypts the ledger of the payments team",
    ),
    ("EnableKeyRotation", "EnableKeyRotation: true"),
];

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    text.lines()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}

/// A whole template around an example: statements, properties of a key, or resources.
fn template(id: &str, example: &str) -> String {
    if example.starts_with("Resources:") {
        let mut text = whole(example);
        if id != "no-alias" && !example.contains("AWS::KMS::Alias") {
            text.push_str(ALIAS);
        }
        return text;
    }
    let statements = example.starts_with("- ");
    let mut properties = String::new();
    let has = |name: &str| {
        !statements
            && example
                .lines()
                .any(|line| line.starts_with(&format!("{name}:")))
    };
    for (name, line) in PROPERTIES {
        if !has(name) {
            properties.push_str(&indented(line, 6));
        }
    }
    if !has("KeyPolicy") {
        let replaces =
            statements && example.contains("Sid: Allow full access for users in the same account");
        properties
            .push_str("      KeyPolicy:\n        Version: \"2012-10-17\"\n        Statement:\n");
        if !replaces {
            properties.push_str(&indented(ACCOUNT, 2));
        }
    }
    if statements {
        properties.push_str(&indented(example, 10));
    } else {
        properties.push_str(&indented(example, 6));
    }
    format!(
        "Resources:\n  LedgerKey:\n    Type: AWS::KMS::Key\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n{properties}{ALIAS}"
    )
}

/// Resources of an example with what else a sound template has.
fn whole(example: &str) -> String {
    let policy = format!(
        "    Properties:\n      Description: Encrypts the ledger of the payments team\n      EnableKeyRotation: true\n      KeyPolicy:\n        Version: \"2012-10-17\"\n        Statement:\n{}",
        indented(ACCOUNT, 2)
    );
    let retained = "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n";
    let mut text = String::new();
    for line in example.lines() {
        text.push_str(&format!("{line}\n"));
        if line == "    Type: AWS::KMS::Key" {
            if !example.contains("DeletionPolicy") {
                text.push_str(retained);
            }
            if !example.contains("    Properties:\n") {
                text.push_str(&policy);
            }
        }
    }
    if !example.contains("AWS::KMS::Key") {
        text.push_str(&format!(
            "  LedgerKey:\n    Type: AWS::KMS::Key\n{retained}{policy}"
        ));
    }
    text
}

fn rules_for(id: &str) -> Rules {
    let mut rules = rules();
    match id {
        "missing-tags" => rules.required_tags = vec!["owner".to_owned()],
        "deletion-not-denied" => rules.deny_deletion = true,
        _ => {}
    }
    rules
}

/// Which controls a text breaks.
fn broken(id: &str, example: &str) -> BTreeSet<&'static str> {
    let text = template(id, example);
    let outcome = outcome(&[("example.yaml", &text)], &rules_for(id));
    assert!(
        outcome.unreadable.is_empty(),
        "{id}: {:?}\n{text}",
        outcome.unreadable
    );
    let unknown = outcome.unknown();
    assert!(unknown.is_empty(), "{id}: {unknown:?}\n{text}");
    let judged = outcome.judged.values();
    judged
        .flat_map(|judged| &judged.findings)
        .filter(|finding| finding.waived.is_none())
        .map(|finding| finding.control.id)
        .collect()
}

#[test]
fn every_bad_example_breaks_its_control_alone() {
    let mut wrong = Vec::new();
    for control in controls::all() {
        let broken = broken(control.id, control.bad);
        if broken != BTreeSet::from([control.id]) {
            wrong.push(format!(
                "{}: {broken:?}\n{}",
                control.id,
                template(control.id, control.bad)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_good_example_breaks_none() {
    let mut wrong = Vec::new();
    for control in controls::all() {
        let broken = broken(control.id, control.good);
        if !broken.is_empty() {
            wrong.push(format!(
                "{}: {broken:?}\n{}",
                control.id,
                template(control.id, control.good)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
