//! Templates gone wrong: never a panic, never slow.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use keywright::readback::Found;
use serde_json::Value;

use super::forms::to_long;
use super::read;

/// What takes longer grows without end: a machine may be slow, and busy.
const HANG: Duration = Duration::from_secs(60);

const SEEDS: [&str; 3] = [
    r#"
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  List: {Type: CommaDelimitedList, Default: "a,b"}
Mappings: {M: {dev: {a: 1}, prod: {a: 2}}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  Both: !And [!Condition IsProd, !Not [!Equals [!Ref AWS::Region, us-east-1]]]
Rules: {R: {RuleCondition: !Equals [!Ref Env, prod], Assertions: [{Assert: !Contains [[dev, prod], !Ref Env]}]}}
Resources:
  Key:
    Type: AWS::KMS::Key
    Condition: IsProd
    DeletionPolicy: Retain
    Properties:
      Description: !Sub ["${A} ${Env} ${!x} ${Role.Arn}", {A: !Join ["-", !Ref List]}]
      EnableKeyRotation: !If [Both, true, !Ref AWS::NoValue]
      PendingWindowInDays: !FindInMap [M, !Ref Env, a]
      Tags: [{Key: a, Value: !Select [0, !Split [",", "a,b"]]}]
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: [!GetAtt Role.Arn, !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"]}
            Action: kms:*
            Resource: "*"
            Condition: {StringEquals: {"kms:CallerAccount": !Ref AWS::AccountId}}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub "r-${Env}"}}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/x, TargetKeyId: !Ref Key}}
"#,
    r#"{"Transform": "AWS::LanguageExtensions", "Conditions": {"C": {"Fn::Equals": [{"Ref": "AWS::Region"}, "a"]}},
"Resources": {"K": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Fn::ToJsonString": {"Version": "2012-10-17",
"Statement": {"Fn::If": ["C", [], {"Ref": "AWS::NoValue"}]}}}, "Enabled": {"Fn::If": ["C", true, false]}}}}}"#,
    "Resources: {K: {Type: AWS::KMS::Key, Properties: {KeyPolicy: !Sub '{\"Statement\": [\"${AWS::Region}\"]}'}}}",
];

/// Pieces that matter to the reader.
const PIECES: [&str; 30] = [
    "!Ref ",
    "!Sub ",
    "!If ",
    "!Join ",
    "!Select ",
    "!Split ",
    "!FindInMap ",
    "!GetAtt ",
    "!Condition ",
    "!Not ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "\n",
    "  ",
    "'",
    "\"",
    "${",
    "IsProd",
    "Key",
    "AWS::NoValue",
    "Fn::Transform",
    "{{resolve:",
    "012",
    "yes",
    "*a",
    "&a ",
];

proptest! {
    #![proptest_config(crate::properties::config(400))]

    #[test]
    fn whatever_a_template_becomes_it_is_read_or_refused(
        seed in 0..SEEDS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..3_usize, 0..PIECES.len()), 1..12),
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        for (place, change, piece) in changes {
            let at = place.index(text.len());
            match change {
                0 => drop(text.remove(at)),
                1 => drop(text.splice(at..at, PIECES[piece].chars())),
                _ => {
                    let end = (at + 7).min(text.len());
                    drop(text.splice(at..end, PIECES[piece].chars()));
                }
            }
        }
        let text: String = text.into_iter().collect();
        let start = Instant::now();
        let _ = read(&text);
        prop_assert!(start.elapsed() < HANG, "{}", text);
    }
}

/// The addresses of everything in a JSON value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{number}"), all);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{at}/{name}"), all);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(crate::properties::config(400))]

    /// Parts of a template in each other's places: always JSON, hardly ever a template.
    #[test]
    fn whatever_stands_in_the_wrong_place_is_read(
        seed in 0..SEEDS.len(),
        copies in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 1..8),
    ) {
        let mut template: Value = serde_json::from_str(&to_long(SEEDS[seed])).unwrap();
        for (from, to) in copies {
            let mut all = Vec::new();
            pointers(&template, "", &mut all);
            let part = template.pointer(&all[from.index(all.len())]).unwrap().clone();
            // The template as a whole may go anywhere, but nothing takes its place.
            let inner: Vec<_> = all.iter().filter(|at| !at.is_empty()).collect();
            if let Some(place) = template.pointer_mut(inner[to.index(inner.len())]) {
                *place = part;
            }
            if template.to_string().len() > 100_000 {
                break;
            }
        }
        let text = template.to_string();
        let start = Instant::now();
        let _ = read(&text);
        prop_assert!(start.elapsed() < HANG, "{}", text);
    }
}

/// What is found, in time.
fn in_time(text: &str) -> Found {
    let start = Instant::now();
    let (found, _) = read(text);
    assert!(start.elapsed() < HANG, "{:?}", start.elapsed());
    found.unwrap()
}

fn is_cut(text: &str) -> bool {
    let found = in_time(text);
    let mut doubts = found.keys.iter().flat_map(|key| &key.doubts);
    doubts.any(|doubt| doubt.message.contains("too large"))
}

#[test]
fn what_grows_without_end_is_cut() {
    let mut names =
        "Resources:\n  Key: {Type: AWS::KMS::Key, Properties: {Description: !Ref R0}}\n".to_owned();
    for number in 0..60 {
        let next = number + 1;
        writeln!(names, "  R{number}: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub '${{R{next}}}${{R{next}}}'}}}}").unwrap();
    }
    names.push_str("  R60: {Type: AWS::IAM::Role, Properties: {RoleName: x}}\n");
    assert!(is_cut(&names));
    let mut text = "x".to_owned();
    for _ in 0..28 {
        text = format!("!Sub ['${{A}}${{A}}${{A}}${{A}}', {{A: {text}}}]");
    }
    let text =
        format!("Resources: {{Key: {{Type: AWS::KMS::Key, Properties: {{Description: {text}}}}}}}");
    assert!(is_cut(&text));
}

#[test]
fn large_templates_are_read_in_time() {
    let mut text = "Parameters: {Env: {Type: String, AllowedValues: [a, b, c, d]}}\nConditions: {C: !Equals [!Ref Env, a]}\nResources:\n".to_owned();
    for number in 0..500 {
        writeln!(text, "  K{number}: {{Type: AWS::KMS::Key, Properties: {{Description: !Sub '${{Env}} {number}', EnableKeyRotation: !If [C, true, false]}}}}").unwrap();
        writeln!(text, "  A{number}: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/k{number}, TargetKeyId: !Ref K{number}}}}}").unwrap();
    }
    let found = in_time(&text);
    assert_eq!(found.keys.len(), 2000);
    assert!(found.keys.iter().all(|key| key.aliases.len() == 1));
}
