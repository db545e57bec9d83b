//! Parameters.

use super::of_keys;

const HEAD: &str = r#"
Parameters:
  Free: {Type: String}
  Default: {Type: String, Default: from the default}
  Rotation: {Type: String, AllowedValues: [true, false], Default: false}
  Only: {Type: String, AllowedValues: [only]}
  Days: {Type: Number, Default: 180}
  List: {Type: CommaDelimitedList, Default: "arn:aws:iam::111122223333:root , arn:aws:iam::444455556666:root"}
  Secret: {Type: String, NoEcho: true, Default: s3cr3t}
  FromStore: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b, AllowedValues: [/a/b]}
  Odd: [1]
"#;

#[test]
fn parameters_have_values() {
    let told = of_keys(
        HEAD,
        &[
            ("free", "Description: !Ref Free"),
            ("default", "Description: !Ref Default"),
            (
                "allowed values",
                "EnableKeyRotation: !Ref Rotation\nDescription: !Sub '${Rotation}!'",
            ),
            ("one allowed value", "Description: !Ref Only"),
            ("number", "RotationPeriodInDays: !Ref Days"),
            (
                "list",
                "KeyPolicy: {Version: 2012-10-17, Statement: {Effect: Allow, Principal: {AWS: !Ref List}, Action: kms:Decrypt, Resource: '*'}}",
            ),
            ("secret", "Description: !Ref Secret"),
            ("from the store", "Description: !Ref FromStore"),
            ("no declaration", "Description: !Ref Odd"),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn rules_take_possibilities_away() {
    let head = r#"
Parameters:
  Env: {Type: String, AllowedValues: [prod, dev]}
  Rotation: {Type: String, AllowedValues: ["true", "false"]}
  BootstrapVersion: {Type: "AWS::SSM::Parameter::Value<String>", Default: /cdk-bootstrap/hnb659fds/version}
Rules:
  Rotates:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions:
      - Assert: !Equals [!Ref Rotation, "true"]
  CheckBootstrapVersion:
    Assertions:
      - Assert: {"Fn::Not": [{"Fn::Contains": [["1", "2"], {Ref: BootstrapVersion}]}]}
"#;
    let told = of_keys(
        head,
        &[(
            "rotation",
            "EnableKeyRotation: !Ref Rotation\nDescription: !Ref Env",
        )],
    );
    insta::assert_snapshot!(told);
}
