//! Who can still change a policy: where nothing is left to the account, and where a Deny stands beside what is.

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

/// What is found beside a statement that leaves everything to the account, by the control about lockout alone.
fn locked_by(condition: &str) -> Vec<String> {
    let denied = format!(
        "          - Sid: Account
            Effect: Allow
            Principal: {{AWS: !Sub \"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root\"}}
            Action: kms:*
            Resource: \"*\"
          - Sid: Own
            Effect: Deny
            Principal: {{AWS: \"*\"}}
            Action: kms:*
            Resource: \"*\"
            Condition: {condition}"
    );
    let found = found(CONDITIONS[0], &denied);
    let about = found.into_iter().filter_map(|line| {
        let (_, message) = line.split_once(" lockout (LedgerKey): ")?;
        Some(message.to_owned())
    });
    about.collect()
}

#[test]
fn a_deny_of_what_all_requests_have_locks_the_key() {
    let nobody = ["nobody can change this policy any more"];
    for condition in [
        "{Bool: {aws:SecureTransport: true}}",
        "{StringEquals: {aws:ResourceAccount: !Ref AWS::AccountId}}",
    ] {
        assert_eq!(locked_by(condition), nobody, "{condition}");
    }
    for condition in [
        "{Bool: {aws:SecureTransport: false}}",
        "{StringNotEquals: {aws:ResourceAccount: !Ref AWS::AccountId}}",
        "{Bool: {kms:BypassPolicyLockoutSafetyCheck: true}}",
        "{BoolIfExists: {aws:MultiFactorAuthPresent: false}}",
    ] {
        assert_eq!(locked_by(condition), [""; 0], "{condition}");
    }
}

#[test]
fn a_deny_of_all_other_ways_to_the_key_locks_it() {
    let message = [
        "only requests that come from one network, or through one service, can change this policy",
    ];
    for condition in [
        "{StringNotEquals: {aws:SourceVpce: vpce-11112222333344445}}",
        "{\"Null\": {aws:SourceVpce: true}}",
        "{StringNotEquals: {kms:ViaService: !Sub \"s3.${AWS::Region}.amazonaws.com\"}}",
    ] {
        assert_eq!(locked_by(condition), message, "{condition}");
    }
    for condition in [
        "{StringEquals: {aws:SourceVpce: vpce-11112222333344445}}",
        "{\"Null\": {aws:SourceVpce: false}}",
    ] {
        assert_eq!(locked_by(condition), [""; 0], "{condition}");
    }
}

/// A key policy by itself does not say which account the key is in: who may change it must be there.
#[test]
fn whoever_may_change_the_policy_is_of_the_account_of_the_key() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Admins", "Effect": "Allow", "Principal": {"AWS": "*"},
        "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "444455556666"},
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*"}}}]}"#;
    let rules = keywright::controls::Rules {
        account: None,
        ..rules()
    };
    let outcome = outcome(&[("policy.json", policy)], &rules);
    let findings = outcome.findings();
    let locked = findings.iter().any(|line| line.contains(" lockout "));
    assert!(!locked, "{findings:?}");
    assert!(outcome.unknown().is_empty(), "{:?}", outcome.unknown());
}

/// Partitions are apart from each other, and a key of one without a Region is in that of whom its policy names.
#[test]
fn policies_of_every_partition_are_read() {
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
            {{"Sid": "Account", "Effect": "Allow", "Principal": {{"AWS": "arn:{partition}:iam::111122223333:root"}},
              "Action": "kms:*", "Resource": "*"}},
            {{"Sid": "Other", "Effect": "Allow", "Principal": {{"AWS": "arn:{partition}:iam::999999999999:role/X"}},
              "Action": "kms:Decrypt", "Resource": "*"}}]}}"#
        );
        let found = outcome(&[("policy.json", &policy)], &rules()).findings();
        let of = |control: &str| found.iter().filter(|line| line.contains(control)).count();
        assert_eq!(of("dead-statement"), 0, "{partition}: {found:?}");
        assert_eq!(of("lockout"), 0, "{partition}: {found:?}");
        assert_eq!(of("untrusted-account"), 1, "{partition}: {found:?}");
    }
}
