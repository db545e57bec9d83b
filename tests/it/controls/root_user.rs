//! Policies that leave nothing to the account: who can still change them.

use super::{outcome, rules};

/// What is found in a template whose statement for the account is for the root user alone, with others beside it.
fn found(condition: &str, others: &str) -> Vec<String> {
    let text = format!(
        "Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Description: Encrypts the ledger of the payments team
      EnableKeyRotation: true
      KeyPolicy:
        Version: \"2012-10-17\"
        Statement:
          - Sid: Root
            Effect: Allow
            Principal: {{AWS: !Sub \"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root\"}}
            Action: kms:*
            Resource: \"*\"
            Condition: {condition}
{others}
  LedgerAlias:
    Type: AWS::KMS::Alias
    Properties: {{AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}}
"
    );
    let outcome = outcome(&[("ledger.yaml", &text)], &rules());
    assert!(outcome.unreadable.is_empty(), "{:?}", outcome.unreadable);
    assert!(outcome.unknown().is_empty(), "{:?}", outcome.unknown());
    outcome.findings()
}

const CONDITIONS: [&str; 2] = [
    "{StringEquals: {aws:PrincipalType: Account}}",
    "{ArnEquals: {aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}}",
];

fn statement(action: &str) -> String {
    format!(
        "          - Sid: Deploy
            Effect: Allow
            Principal: {{AWS: !Sub \"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/Deploy\"}}
            Action: {action}
            Resource: \"*\""
    )
}

#[test]
fn a_policy_that_only_the_root_user_can_change_is_locked() {
    let locked =
        ["ledger.yaml:10 lockout (LedgerKey): nobody but the root user can change this policy"];
    for condition in CONDITIONS {
        assert_eq!(found(condition, ""), locked);
        assert_eq!(found(condition, &statement("kms:DescribeKey")), locked);
    }
}

#[test]
fn a_policy_that_a_deployer_can_change_is_not() {
    for condition in CONDITIONS {
        let found = found(
            condition,
            &statement("[kms:GetKeyPolicy, kms:PutKeyPolicy]"),
        );
        assert_eq!(found, [""; 0], "{condition}");
    }
}
