//! Conditions, and the variants that they make.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{found, of_keys};

const HEAD: &str = r#"
Parameters:
  Env: {Type: String, AllowedValues: [dev, test, prod]}
  Name: {Type: String, Default: ""}
  Other: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsNotProd: !Not [!Condition IsProd]
  IsTest: !Equals [test, !Ref Env]
  IsProdOrTest: !Or [!Condition IsProd, {Condition: IsTest}]
  HasName: !Not [!Equals [!Ref Name, ""]]
  InEurope: !Or [!Equals [!Ref AWS::Region, eu-west-1], !Equals [!Ref AWS::Region, eu-central-1]]
  Never: !Equals [a, b]
  Always: !Not [!Condition Never]
  Decided: !And [!Condition HasName, !Condition Never]
  Same: !Equals [!Ref Name, !Ref Other]
  Joined: !Equals [!Join ["", [!Ref Other, x]], ax]
  Round: !Not [!Condition About]
  About: !Not [!Condition Round]
  Odd: !Shout x
"#;

#[test]
fn conditions_make_variants() {
    let told = of_keys(
        HEAD,
        &[
            ("If", "EnableKeyRotation: !If [IsProd, true, false]"),
            (
                "conditions about one parameter",
                "EnableKeyRotation: !If [IsProd, true, false]\nEnabled: {'Fn::If': [IsNotProd, true, false]}\nDescription: !If [IsTest, t, !If [IsProd, p, d]]",
            ),
            (
                "a parameter and a condition about it",
                "Description: !Ref Env\nEnableKeyRotation: !If [IsProdOrTest, true, !Ref AWS::NoValue]",
            ),
            (
                "a default that a condition rules out",
                "Description: !Sub 'x${Name}'\nEnabled: !If [HasName, true, false]",
            ),
            ("Regions", "Enabled: !If [InEurope, true, false]"),
            (
                "decided",
                "Description: !If [Always, !If [Decided, a, b], c]",
            ),
            ("two parameters", "Enabled: !If [Same, true, false]"),
            ("a text in part known", "Enabled: !If [Joined, true, false]"),
            (
                "both branches the same",
                "Enabled: !If [IsProd, true, true]",
            ),
            ("in a circle", "Enabled: !If [Round, true, false]"),
            ("no condition", "Enabled: !If [Nowhere, true, false]"),
            ("not a condition", "Enabled: !If [Odd, true, false]"),
            ("two arguments", "Enabled: !If [IsProd, true]"),
            (
                "statements and lists",
                "KeyPolicy:\n  Version: 2012-10-17\n  Statement:\n  - !If\n    - IsProd\n    - {Sid: p, Effect: Allow, Principal: '*', Action: kms:Decrypt, Resource: '*'}\n    - !Ref AWS::NoValue\n  - {Sid: b, Effect: Allow, Principal: {AWS: [!If [IsTest, a, b], c]}, Action: kms:Encrypt, Resource: '*'}",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn resources_have_conditions() {
    let text = format!(
        "{HEAD}
Resources:
  Prod: {{Type: AWS::KMS::Key, Condition: IsProd, Properties: {{EnableKeyRotation: !If [IsProd, true, false]}}}}
  Never: {{Type: AWS::KMS::Key, Condition: Never}}
  Key: {{Type: AWS::KMS::Key, Properties: {{EnableKeyRotation: true}}}}
  OfKey: {{Type: AWS::KMS::Alias, Condition: HasName, Properties: {{AliasName: !Sub 'alias/${{Name}}', TargetKeyId: !Ref Key}}}}
  Either: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/either, TargetKeyId: !If [IsProd, !Ref Prod, alias/x]}}}}
"
    );
    insta::assert_snapshot!(found(&text));
}

/// `count` conditions that do not depend on each other, all of which matter.
fn independent(count: usize) -> String {
    let mut text = "Conditions:\n".to_owned();
    for number in 0..count {
        writeln!(text, "  C{number}: !Equals [!Ref P{number}, x]").unwrap();
    }
    text.push_str("Parameters:\n");
    for number in 0..count {
        writeln!(text, "  P{number}: {{Type: String}}").unwrap();
    }
    text.push_str("Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: true\n      Description: !Join\n      - ''\n");
    for number in 0..count {
        let bullet = if number == 0 { "- -" } else { "  -" };
        writeln!(text, "      {bullet} !If [C{number}, a, b]").unwrap();
    }
    text
}

#[test]
fn too_many_combinations_are_unknown_and_not_slow() {
    assert_eq!(found(&independent(6)).matches("Key: Key").count(), 64);
    insta::assert_snapshot!(found(&independent(7)));
    let start = Instant::now();
    found(&independent(2000));
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn chains_of_conditions_end() {
    // Each asks twice for the next one: 2 to the power of 3000 ways to the end.
    let mut text = "Parameters: {P: {Type: String}}\nConditions:\n".to_owned();
    for number in 0..3000 {
        let next = number + 1;
        writeln!(
            text,
            "  C{number}: !And [!Condition C{next}, !Condition C{next}]"
        )
        .unwrap();
    }
    text.push_str("  C3000: !Equals [!Ref P, x]\nResources: {Key: {Type: AWS::KMS::Key, Properties: {Enabled: !If [C0, true, false], EnableKeyRotation: !If [C2990, true, false]}}}\n");
    let start = Instant::now();
    insta::assert_snapshot!(found(&text));
    assert!(start.elapsed() < Duration::from_secs(60));
}
