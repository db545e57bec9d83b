//! Keys, replicas, aliases and what stands around them; whole templates as people and programs write them.

use super::all;

#[test]
fn resources() {
    let told = all(&[
        (
            "a key with everything",
            r#"
Resources:
  Key:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: retain
    DependsOn: Role
    Metadata:
      keywright:
        waive:
          - {control: rotation, reason: "rotated by hand", expires: 2027-01-31}
          - {control: public}
    Properties:
      Description: x
      KeySpec: RSA_2048
      KeyUsage: SIGN_VERIFY
      Origin: AWS_KMS
      MultiRegion: true
      Enabled: "false"
      EnableKeyRotation: False
      RotationPeriodInDays: "90"
      PendingWindowInDays: 7
      BypassPolicyLockoutSafetyCheck: true
      Tags: [{Key: a, Value: 1}]
      Colour: blue
  Role: {Type: AWS::IAM::Role}
"#,
        ),
        (
            "wrong values",
            "Resources: {K: {Type: AWS::KMS::Key, DeletionPolicy: [x], Properties: {KeySpec: RSA, KeyUsage: [x], Enabled: 2, PendingWindowInDays: many, Tags: {a: b}, KeyPolicy: 3}}}",
        ),
        (
            "tags that are unknown",
            "Parameters: {P: {Type: String}}\nResources: {K: {Type: AWS::KMS::Key, Properties: {Tags: [{Key: !Ref P, Value: x}]}}, L: {Type: AWS::KMS::Key, Properties: {Tags: [{Key: x, Value: !Ref P}]}}}",
        ),
        (
            "a replica",
            "Parameters: {Primary: {Type: String}}\nResources: {R: {Type: AWS::KMS::ReplicaKey, Properties: {PrimaryKeyArn: !Ref Primary, PendingWindowInDays: 7, KeySpec: RSA_2048}}}",
        ),
        (
            "aliases",
            r#"
Parameters: {Id: {Type: String}, Name: {Type: String}}
Resources:
  A1: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/ref, TargetKeyId: !Ref Key}}
  A2: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/arn, TargetKeyId: !GetAtt Key.Arn}}
  A3: {Type: AWS::KMS::Alias, Properties: {AliasName: !Sub 'alias/${Name}', TargetKeyId: {"Fn::GetAtt": [Key, KeyId]}}}
  A4: {Type: AWS::KMS::Alias, DeletionPolicy: Retain, Properties: {AliasName: alias/sub, TargetKeyId: !Sub '${Key}'}}
  A5: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/sub-arn, TargetKeyId: !Sub 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}'}}
  A6: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/id, TargetKeyId: 1234abcd-12ab-34cd-56ef-1234567890ab}}
  A7: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/parameter, TargetKeyId: !Ref Id}}
  A8: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/role, TargetKeyId: !Ref Role}}
  A9: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/nobody, TargetKeyId: !Ref Nobody, Colour: blue}}
  Key: {Type: AWS::KMS::Key}
  Role: {Type: AWS::IAM::Role}
"#,
        ),
        (
            "nested stacks and modules",
            "Resources: {N: {Type: AWS::CloudFormation::Stack}, M: {Type: My::Own::MODULE}, A: {Type: AWS::Serverless::Application}, S: {Type: AWS::CloudFormation::StackSet}, C: {Type: 'Custom::Key'}}",
        ),
        (
            "loops and macros among the resources",
            "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Keys: [N, [a, b], {'K${N}': {Type: AWS::KMS::Key}}]\n  Fn::Transform: {Name: x}\n  K: {Type: AWS::KMS::Key, DeletionPolicy: !If [C, Retain, Delete]}\nConditions: {C: !Equals [!Ref AWS::Region, us-east-1]}",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn policies() {
    let told = all(&[
        (
            "single statement, text instead of lists",
            "Resources: {K: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Statement: {Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*'}}}}}",
        ),
        (
            "JSON text",
            r#"
Resources:
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}]}'
"#,
        ),
        (
            "JSON text with substitutions",
            r#"
Parameters: {Role: {Type: String}}
Resources:
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: !Sub |
        {
          "Version": "2012-10-17",
          "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Role}"}, "Action": "kms:*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:PrincipalTag/a": "${!aws:PrincipalTag/b}"}}}
          ]
        }
"#,
        ),
        (
            "statements that are unknown",
            "Parameters: {P: {Type: String}}\nResources: {K: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: 2012-10-17, Statement: [!Ref P, {Effect: !Ref P, Principal: {AWS: !Ref P}, Action: [kms:Encrypt, !Ref P], Resource: '*', Condition: !Ref P}]}}}}",
        ),
        (
            "places in YAML",
            r#"
Resources:
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement:
          - Sid: first
            Effect: Allow
            Principal: {AWS: "*"}
            Action: kms:Encrypt
            Resource: "*"
          -
            Sid: second
            Effect: Deny
            Principal: "*"
            Action: kms:Decrypt
            Resource: "*"
"#,
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn templates_of_programs() {
    let told = all(&[
        (
            "CDK",
            r#"{
 "Resources": {
  "Key961B73FD": {
   "Type": "AWS::KMS::Key",
   "Properties": {
    "EnableKeyRotation": true,
    "KeyPolicy": {
     "Statement": [
      {
       "Action": "kms:*",
       "Effect": "Allow",
       "Principal": {"AWS": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::", {"Ref": "AWS::AccountId"}, ":root"]]}},
       "Resource": "*"
      },
      {
       "Action": ["kms:Decrypt", "kms:Encrypt"],
       "Effect": "Allow",
       "Principal": {"AWS": {"Fn::GetAtt": ["Role1ABCC5F0", "Arn"]}},
       "Resource": "*"
      }
     ],
     "Version": "2012-10-17"
    }
   },
   "UpdateReplacePolicy": "Retain",
   "DeletionPolicy": "Retain",
   "Metadata": {"aws:cdk:path": "Stack/Key/Resource"}
  },
  "KeyAlias910D852D": {
   "Type": "AWS::KMS::Alias",
   "Properties": {"AliasName": "alias/app", "TargetKeyId": {"Fn::GetAtt": ["Key961B73FD", "Arn"]}}
  },
  "Role1ABCC5F0": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}},
  "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable"}
 },
 "Conditions": {
  "CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}]}
 },
 "Parameters": {
  "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
 },
 "Rules": {
  "CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3"], {"Ref": "BootstrapVersion"}]}]}, "AssertDescription": "x"}]}
 }
}"#,
        ),
        (
            "SAM",
            r#"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 3}}
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  Function: {Type: AWS::Serverless::Function, Properties: {Handler: x}}
  Key:
    Type: AWS::KMS::Key
    Properties:
      EnableKeyRotation: true
      PendingWindowInDays: !If [IsProd, 30, 7]
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !GetAtt FunctionRole.Arn}
            Action: kms:Decrypt
            Resource: '*'
"#,
        ),
    ]);
    insta::assert_snapshot!(told);
}
