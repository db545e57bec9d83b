//! Keys that leave nothing to the account: who is let in instead, and that IAM policies cannot let anybody in.

use std::fmt::Write as _;

use keywright::access::exact::Analysis;
use keywright::access::{AccessRequest, Caller, Context, Outcome, Place, decide};
use keywright::iam::{AccountId, PolicyDocument, read};
use keywright::report::policy;
use keywright::source::{Sources, Span};

use crate::project::generate;

const ACCOUNT: &str = "111122223333";
const BREAK_GLASS: &str = "break_glass: [{role: BreakGlass}]\n";

/// The policy of a key that says nothing of its account, in a workspace with a file of its own.
fn compiled(config: &str, fields: &str) -> Result<PolicyDocument, Vec<String>> {
    let text = format!("keys:\n  - alias: audit\n    purpose: Encrypts\n{fields}");
    let made = generate(Some(config), &[("specs/audit.yaml", &text)], |generated| {
        generated.stacks[0].stack.keys[0].policy.clone()
    });
    made.map_err(|problems| problems.into_iter().map(|it| it.code.to_owned()).collect())
}

#[test]
fn deployers_of_every_kind() {
    let mut text = String::new();
    for deployers in [
        "[{role: deploy/CloudFormation}, {user: ci}]",
        "[{role: deploy/CloudFormation, match: condition}]",
        "[{permission_set: Deployers}]",
        "[{arn: \"arn:{partition}:iam::{account}:role/deploy/Terraform\"}]",
        "[{set: pipelines}]",
        "[{stack_sets: service-managed}]",
    ] {
        // Those who deploy need no IAM policy, whatever holds for others.
        let config = format!(
            "permission_sets: delegated\naccount_access: root-user-only\n\
             principal_sets: {{pipelines: [{{role: One}}, {{role: Two}}]}}\n\
             deployers: {deployers}\n{BREAK_GLASS}"
        );
        let policy = compiled(&config, "").unwrap();
        let own = policy.statements.iter().skip(1);
        let own = own.take_while(|one| {
            let sid = one.sid.as_deref().unwrap();
            sid.contains("deployment") || sid.contains("recovery")
        });
        write!(text, "== {deployers}\n{}\n", policy::yaml(own)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_key_has_the_last_word() {
    let named = format!("deployers: [{{role: Deployer}}]\n{BREAK_GLASS}");
    let first = |config: &str, fields: &str| {
        let policy = compiled(config, fields).unwrap();
        policy.statements[0].sid.clone().unwrap()
    };
    let delegated = "Allow full access for users in the same account";
    let narrowed = "Allow full access for the root user of the account";
    let everywhere = format!("{named}account_access: root-user-only\n");
    assert_eq!(first(&named, ""), delegated);
    assert_eq!(
        first(&named, "    account_access: root-user-only\n"),
        narrowed
    );
    assert_eq!(first(&everywhere, ""), narrowed);
    assert_eq!(
        first(&everywhere, "    account_access: delegated\n"),
        delegated
    );
    // Without a key that asks for them, the names change nothing.
    assert_eq!(compiled(&named, ""), compiled("{}", ""));
}

fn read_policy(text: &str) -> PolicyDocument {
    let nowhere = Span::new(Sources::new().add("", ""), 0..0);
    let read = read::policy(read::from_json(nowhere, text).unwrap());
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    read.document
}

fn place() -> Place {
    Place {
        account: AccountId::parse(ACCOUNT),
        region: Some("eu-central-1".to_owned()),
        key_id: None,
    }
}

fn decided(policy: &PolicyDocument, who: &str, action: &str, helped: bool) -> Outcome {
    let everything = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let request = AccessRequest {
        place: place(),
        caller: Caller::parse(&format!("arn:aws:iam::{ACCOUNT}:{who}")).unwrap(),
        action: format!("kms:{action}"),
        context: Context::new(),
        identity_policies: helped
            .then(|| read_policy(everything))
            .into_iter()
            .collect(),
    };
    decide(policy, &request).outcome
}

#[test]
fn iam_policies_let_nobody_in() {
    let config = format!(
        "account_access: root-user-only\ndeployers: [{{role: Deployer}}, {{stack_sets: service-managed}}]\n{BREAK_GLASS}"
    );
    let policy = compiled(&config, "    users: [{role: Reader, access: [decrypt]}]\n").unwrap();
    let root = decided(&policy, "root", "PutKeyPolicy", false);
    assert_eq!(root, Outcome::Allow);
    for (who, action) in [
        ("role/Anyone", "Decrypt"),
        ("user/anyone", "PutKeyPolicy"),
        ("role/Deployer", "Decrypt"),
        ("role/Deployer", "ScheduleKeyDeletion"),
        ("role/stacksets-exec-1", "CreateGrant"),
        ("role/BreakGlass", "Decrypt"),
        ("role/deeper/stacksets-exec-1", "PutKeyPolicy"),
    ] {
        assert_ne!(
            decided(&policy, who, action, true),
            Outcome::Allow,
            "{who} {action}"
        );
    }
    for (who, action) in [
        ("role/Deployer", "PutKeyPolicy"),
        ("role/Deployer", "CreateAlias"),
        ("role/stacksets-exec-1", "PutKeyPolicy"),
        ("role/BreakGlass", "PutKeyPolicy"),
        ("role/Reader", "Decrypt"),
    ] {
        assert_eq!(
            decided(&policy, who, action, false),
            Outcome::Allow,
            "{who} {action}"
        );
    }
}

/// Both ways in which people narrow the statement for the account.
#[test]
fn a_policy_for_the_root_user_alone_is_known_as_such() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    for condition in [
        r#"{"StringEquals": {"aws:PrincipalType": "Account"}}"#.to_owned(),
        format!(r#"{{"StringEquals": {{"aws:PrincipalArn": "{root}"}}}}"#),
        format!(r#"{{"ArnLike": {{"aws:PrincipalArn": "{root}"}}}}"#),
    ] {
        let policy = read_policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{root}"}},
                "Action": "kms:*", "Resource": "*", "Condition": {condition}}}]}}"#
        ));
        let mut analysis = Analysis::new(&policy, &place());
        assert!(analysis.can_change_policy().is_yes(), "{condition}");
        assert!(analysis.others_can_change_policy().is_no(), "{condition}");
        let caller = |who: &str| Caller::parse(&format!("arn:aws:iam::{ACCOUNT}:{who}")).unwrap();
        assert!(
            analysis.allows(&caller("role/Any"), |_| true).is_no(),
            "{condition}"
        );
        assert!(
            analysis.allows(&caller("root"), |_| true).is_yes(),
            "{condition}"
        );
        assert_eq!(
            decided(&policy, "role/Any", "Decrypt", true),
            Outcome::ImplicitDeny
        );
        assert_eq!(decided(&policy, "root", "Decrypt", false), Outcome::Allow);
    }
}

#[test]
fn deployers_keep_the_policy_under_whatever_a_spec_adds() {
    let config = format!(
        "account_access: root-user-only\nenvironments: {{production: {{accounts: [\"{ACCOUNT}\", \"444455556666\"]}}}}\n\
         deployers: [{{role: Deployer}}, {{permission_set: Deployers}}, {{stack_sets: service-managed}}]\n{BREAK_GLASS}"
    );
    let with = |condition: &str, action: &str| {
        let statement = format!(
            "    statements:\n      - {{reason: test, Sid: Own, Effect: Deny, Principal: {{AWS: \"*\"}}, \
             Action: \"{action}\", Condition: {condition}}}\n"
        );
        compiled(&config, &statement).map(|_| ())
    };
    let locked = Err(vec!["deployer-locked-out".to_owned()]);
    assert_eq!(
        with("{Bool: {aws:SecureTransport: false}}", "kms:*"),
        Ok(())
    );
    assert_eq!(
        with(
            "{StringNotEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}",
            "kms:*"
        ),
        Ok(())
    );
    assert_eq!(
        with("{StringLike: {aws:PrincipalArn: \"*\"}}", "kms:Decrypt"),
        Ok(())
    );
    assert_eq!(
        with("{StringLike: {aws:PrincipalArn: \"*\"}}", "kms:P*"),
        locked.clone()
    );
    assert_eq!(
        with(
            "{ArnLike: {aws:PrincipalArn: \"arn:*:iam::*:role/stacksets-exec-*\"}}",
            "kms:*"
        ),
        locked.clone()
    );
    assert_eq!(
        with(
            "{ArnLike: {aws:PrincipalArn: \"arn:*:iam::*:role/aws-reserved/*\"}}",
            "kms:*"
        ),
        locked.clone()
    );
    // In one of the accounts only.
    assert_eq!(
        with(
            "{StringEquals: {kms:CallerAccount: \"444455556666\"}}",
            "kms:*"
        ),
        locked.clone()
    );
    assert_eq!(
        with(
            "{StringEquals: {kms:CallerAccount: \"999988887777\"}}",
            "kms:*"
        ),
        Ok(())
    );
}
