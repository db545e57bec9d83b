//! Intrinsic functions.

use super::of_keys;

const HEAD: &str = r#"
Parameters:
  Team: {Type: String}
  Names: {Type: CommaDelimitedList, Default: "Ada, Bob"}
Mappings:
  Accounts:
    prod: {id: "111122223333", list: [a, b]}
    111122223333: {id: numeric}
  Regions:
    eu-west-1: {name: Dublin, zone: eu}
    eu-central-1: {name: Frankfurt, zone: eu}
"#;

#[test]
fn functions_are_resolved() {
    let told = of_keys(
        HEAD,
        &[
            (
                "Ref of pseudo parameters",
                "Description: !Join ['|', [!Ref AWS::AccountId, !Ref AWS::Partition, !Ref AWS::Region, !Ref AWS::URLSuffix, !Ref AWS::StackName]]",
            ),
            (
                "Ref of a parameter without a value",
                "Description: !Ref Team\nKeySpec: !Ref Team\nEnabled: !Sub 'x${Team}'",
            ),
            (
                "no value",
                "Description: !Ref AWS::NoValue\nTags: [{Key: a, Value: b}, !Ref AWS::NoValue]",
            ),
            (
                "Sub",
                "Description: !Sub '${AWS::Region}-${Team}-${!Literal}-$x$'",
            ),
            (
                "Sub, long form with mapping",
                "Description:\n  Fn::Sub:\n  - '${A}${B}${A}'\n  - {A: !Ref AWS::Region, B: {'Fn::Join': ['-', [x, 1, true]]}}",
            ),
            ("Sub of attributes", "Description: !Sub '${Key.Arn}'"),
            (
                "Sub of unknown names",
                "Description: !Sub '${Nobody} ${Nobody.Arn} ${ Team } ${aws:username}'",
            ),
            ("Sub without an end", "Description: !Sub 'a ${Team'"),
            (
                "Join",
                "Description: {'Fn::Join': ['', ['arn:', {Ref: AWS::Partition}, ':iam::', {Ref: AWS::AccountId}, ':root']]}",
            ),
            (
                "Join of a list parameter",
                "Description: !Join [' and ', !Ref Names]",
            ),
            ("Join of a text", "Description: !Join [a, b]"),
            (
                "Split and Select",
                "Description: !Select [1, !Split [':', !Sub 'arn:${AWS::Partition}:iam']]",
            ),
            (
                "Split by what may be inside",
                "Description: !Select [1, !Split ['-', !Sub 'a-${AWS::Region}-b']]",
            ),
            ("Select beyond the end", "Description: !Select [7, [a, b]]"),
            ("Select by text", "Description: !Select ['1', [a, b]]"),
            ("FindInMap", "Description: !FindInMap [Accounts, prod, id]"),
            (
                "FindInMap of numbers",
                "Description: !FindInMap [Accounts, '111122223333', id]",
            ),
            (
                "FindInMap of a list",
                "Description: !Join ['', !FindInMap [Accounts, prod, list]]",
            ),
            (
                "FindInMap by Region",
                "Description: !FindInMap [Regions, !Ref AWS::Region, name]",
            ),
            (
                "FindInMap by Region, all the same",
                "Description: !FindInMap [Regions, !Ref AWS::Region, zone]",
            ),
            (
                "FindInMap of nothing",
                "Description: !FindInMap [Accounts, prod, name]",
            ),
            (
                "FindInMap of no mapping",
                "Description: !FindInMap [Nothing, prod, name]",
            ),
            (
                "FindInMap with a default",
                "Description: !FindInMap [Accounts, dev, id, {DefaultValue: none}]",
            ),
            (
                "ImportValue",
                "Description: !ImportValue shared-name\nKeyPolicy: {'Fn::ImportValue': policy}",
            ),
            (
                "GetAZs, Cidr, Base64",
                "Tags:\n- {Key: a, Value: !Base64 x}\n- {Key: b, Value: !Select [0, !GetAZs '']}\n- {Key: c, Value: !Select [0, !Cidr [10.0.0.0/8, 1, 8]]}",
            ),
            (
                "Transform",
                "Description: {'Fn::Transform': {Name: Shout, Parameters: {text: x}}}",
            ),
            (
                "Transform beside properties",
                "EnableKeyRotation: true\nFn::Transform: {Name: Shout}",
            ),
            (
                "Length without its transform",
                "PendingWindowInDays: !Length [1, 2]",
            ),
            (
                "an unknown function",
                "EnableKeyRotation: true\nDescription: !Shout hello",
            ),
            (
                "dynamic references",
                "Description: 'a {{resolve:ssm:/name:1}} b'\nKeySpec: '{{resolve:ssm:/spec}}'\nTags: [{Key: a, Value: !Sub '{{resolve:ssm:/${AWS::Region}}}x'}]",
            ),
            (
                "a dynamic reference without an end",
                "Description: 'a {{resolve:ssm:/name'",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn language_extensions_are_resolved() {
    let head = format!("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n{HEAD}");
    let told = of_keys(
        &head,
        &[
            (
                "Length",
                "PendingWindowInDays: !Length [1, 2, 3, 4, 5, 6, 7]\nDescription: {'Fn::Length': !Ref Names}",
            ),
            (
                "ToJsonString",
                r#"KeyPolicy:
  Fn::ToJsonString:
    Version: "2012-10-17"
    Statement: [{Sid: 'a "b"', Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}]"#,
            ),
            (
                "ForEach",
                "Description: x\nFn::ForEach::Loop: [a, [b], {c: d}]",
            ),
        ],
    );
    insta::assert_snapshot!(told);
}

#[test]
fn names_of_resources() {
    let head = r#"
Resources:
  Named: {Type: AWS::IAM::Role, Properties: {RoleName: !Sub 'app-${AWS::Region}', Path: /team/}}
  Nameless: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Person: {Type: AWS::IAM::User, Properties: {UserName: ada}}
  Round: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref About}}
  About: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Round}}
  Bucket: {Type: AWS::S3::Bucket}
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub "${Named} ${Bucket} ${Bucket.Arn} ${Round}"
      KeyPolicy:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal:
              AWS: [!GetAtt Named.Arn, !GetAtt [Nameless, Arn], !Sub '${Person.Arn}', !GetAtt Bucket.Arn]
            Action: kms:Decrypt
            Resource: "*"
"#;
    let told = super::all(&[("names", head)]);
    insta::assert_snapshot!(told);
}
