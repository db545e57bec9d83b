//! What YAML and JSON do to a template before it is one.

use super::{all, found, of_keys};

#[test]
fn scalars_are_what_cloudformation_makes_of_them() {
    let told = of_keys(
        "",
        &[
            (
                "words",
                "EnableKeyRotation: yes\nEnabled: Off\nMultiRegion: y\nDescription: n",
            ),
            (
                "numbers",
                "PendingWindowInDays: 010\nRotationPeriodInDays: +90\nDescription: 1.0",
            ),
            (
                "more numbers",
                "PendingWindowInDays: 0x10\nRotationPeriodInDays: 1_000\nDescription: 1:30",
            ),
            (
                "text of digits",
                "Description: 12ab\nTags: [{Key: a, Value: 098765432109}, {Key: b, Value: 1e3}, {Key: c, Value: 10.0.0.0}]",
            ),
            ("null", "Description:\nEnabled: ~"),
            (
                "account ids",
                "KeyPolicy: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {AWS: 111122223333}, Action: kms:Decrypt, Resource: '*'}, {Effect: Allow, Principal: {AWS: [012345670123]}, Action: kms:Decrypt, Resource: '*'}]}",
            ),
            (
                "Null without quotes",
                "KeyPolicy:\n  Version: 2012-10-17\n  Statement:\n    Effect: Allow\n    Principal: '*'\n    Action: kms:Decrypt\n    Resource: '*'\n    Condition:\n      Null: {aws:PrincipalTag/team: false}",
            ),
            (
                "a key twice",
                "EnableKeyRotation: true\nDescription: x\nEnableKeyRotation: false",
            ),
            ("an anchor", "Description: &text x"),
            (
                "an alias",
                "Description: &text x\nTags: [{Key: a, Value: *text}]",
            ),
            (
                "a merge key",
                "Description: x\n<<: {EnableKeyRotation: true}",
            ),
            ("a tag on a key", "!Ref Description: x"),
            ("a line separator", "Description: \"a\u{2028}b\""),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn whole_files() {
    let told = all(&[
        ("nothing", ""),
        ("no YAML", "a: [b"),
        ("a text", "hello"),
        ("a list", "[1, 2]"),
        ("no resources", "Parameters: {}"),
        ("resources that are a list", "Resources: [a]"),
        (
            "resources that are a macro",
            "Resources: !Transform {Name: x}",
        ),
        (
            "a second document",
            "Resources: {K: {Type: AWS::KMS::Key}}\n---\na: b",
        ),
        (
            "odd resources",
            "Resources:\n  A: x\n  B: {Type: !Ref x}\n  C-D: {Type: AWS::KMS::Key}\n  E: {Type: AWS::KMS::Key, Properties: [x]}\n  F: {Type: AWS::KMS::Key, Properties: !Ref x}\n  G: {Type: AWS::KMS::Key, UpdatePolicy: {}, Condition: [x]}",
        ),
        (
            "odd sections",
            "Parameters: [x]\nMappings: {M: x, N: {a: y}}\nConditions: x\nRules: {R: x}\nResources: {K: {Type: AWS::KMS::Key, Properties: {Description: !FindInMap [N, a, b], Enabled: !Ref P}}}",
        ),
        (
            "macros",
            "Transform: [AWS::Serverless-2016-10-31, Mine]\nGlobals: {Function: {Runtime: x}}\nHooks: {}\nResources: {K: {Type: AWS::KMS::Key}}",
        ),
        (
            "an include",
            "Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}\nResources: {K: {Type: AWS::KMS::Key}}",
        ),
        (
            "JSON with tabs",
            "{\n\t\"Resources\": {\n\t\t\"K\": {\"Type\": \"AWS::KMS::Key\", \"Properties\": {\n\t\t\t\"Description\": \"caf\\u00e9 \\/ x\",\n\t\t\t\"EnableKeyRotation\": true}}}}",
        ),
        (
            "JSON with an emoji in escapes",
            "{\"Resources\": {\"K\": {\"Type\": \"AWS::KMS::Key\", \"Properties\": {\"Description\": \"\\ud83d\\udd11\"}}}}",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn too_deep_is_an_error_and_not_a_crash() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("!Not [", "]")] {
        let deep = format!("Resources: {}{}", open.repeat(5000), close.repeat(5000));
        assert!(found(&deep).starts_with("cannot be read"), "{open}");
    }
}
