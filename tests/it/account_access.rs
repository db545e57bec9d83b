//! Keys that leave nothing to the account: who is let in instead, and that IAM policies cannot let anybody in.

use std::fmt::Write as _;

use keywright::access::exact::Analysis;
use keywright::access::{AccessRequest, Caller, Context, Outcome, Place, decide};
use keywright::iam::{AccountId, PolicyDocument, read};
use keywright::report::policy;
use keywright::source::{Sources, Span};

use crate::project::{Project, generate};

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
    for (condition, action) in [
        ("{Bool: {aws:SecureTransport: false}}", "kms:*"),
        ("{BoolIfExists: {aws:SecureTransport: false}}", "kms:*"),
        // The account is in the organization that a Deny leaves out.
        (
            "{StringNotEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}}",
            "kms:*",
        ),
        (
            "{StringNotEqualsIfExists: {aws:ResourceOrgID: o-a1b2c3d4e5}}",
            "kms:*",
        ),
        (
            "{\"ForAllValues:StringNotLike\": {aws:PrincipalOrgPaths: \"o-a1b2c3d4e5/r-ab12/*\"}}",
            "kms:*",
        ),
        ("{StringLike: {aws:PrincipalArn: \"*\"}}", "kms:Decrypt"),
        (
            "{StringEquals: {kms:CallerAccount: \"999988887777\"}}",
            "kms:*",
        ),
        (
            "{Bool: {kms:BypassPolicyLockoutSafetyCheck: true}}",
            "kms:PutKeyPolicy",
        ),
        (
            "{StringNotEquals: {aws:ResourceAccount: \"{account}\"}}",
            "kms:*",
        ),
        // All of them are left out, whatever their requests are like.
        (
            "{BoolIfExists: {aws:MultiFactorAuthPresent: false}, ArnNotLike: {aws:PrincipalArn: [\
             \"arn:*:iam::*:role/Deployer\", \"arn:*:iam::*:role/BreakGlass\", \"arn:*:iam::*:role/stacksets-exec-*\", \
             \"arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Deployers_*\"]}}",
            "kms:*",
        ),
    ] {
        assert_eq!(with(condition, action), Ok(()), "{condition} {action}");
    }
    let locked: Result<(), _> = Err(vec!["deployer-locked-out".to_owned()]);
    for (condition, action) in [
        ("{StringLike: {aws:PrincipalArn: \"*\"}}", "kms:P*"),
        (
            "{ArnLike: {aws:PrincipalArn: \"arn:*:iam::*:role/stacksets-exec-*\"}}",
            "kms:*",
        ),
        (
            "{ArnLike: {aws:PrincipalArn: \"arn:*:iam::*:role/stacksets-exec-f*\"}}",
            "kms:*",
        ),
        (
            "{ArnLike: {aws:PrincipalArn: \"arn:*:iam::*:role/aws-reserved/*\"}}",
            "kms:*",
        ),
        // In one of the accounts only.
        (
            "{StringEquals: {kms:CallerAccount: \"444455556666\"}}",
            "kms:*",
        ),
        // In some requests only, or in requests that no deployment makes.
        ("{Bool: {aws:SecureTransport: true}}", "kms:*"),
        ("{Bool: {aws:MultiFactorAuthPresent: false}}", "kms:*"),
        (
            "{BoolIfExists: {aws:MultiFactorAuthPresent: false}}",
            "kms:*",
        ),
        ("{\"Null\": {aws:MultiFactorAuthAge: true}}", "kms:*"),
        ("{\"Null\": {aws:SourceVpce: true}}", "kms:*"),
        (
            "{StringNotEquals: {aws:SourceVpce: vpce-11112222333344445}}",
            "kms:*",
        ),
        (
            "{NotIpAddress: {aws:SourceIp: 192.0.2.0/24}, Bool: {aws:ViaAWSService: false}}",
            "kms:*",
        ),
        (
            "{StringNotEquals: {aws:PrincipalTag/team: security}}",
            "kms:*",
        ),
        (
            "{StringNotEquals: {kms:ViaService: s3.eu-central-1.amazonaws.com}}",
            "kms:*",
        ),
        ("{StringEquals: {kms:KeySpec: SYMMETRIC_DEFAULT}}", "kms:*"),
        (
            "{StringEquals: {aws:ResourceAccount: \"{account}\"}}",
            "kms:*",
        ),
        (
            "{StringEquals: {\"aws:ResourceTag/keywright:stack\": audit}}",
            "kms:*",
        ),
        (
            "{DateGreaterThan: {aws:CurrentTime: \"2031-01-01T00:00:00Z\"}}",
            "kms:*",
        ),
        (
            "{StringNotEquals: {aws:RequestedRegion: us-east-1}}",
            "kms:*",
        ),
        // One form of the ARNs of a permission set is left out, and not the other.
        (
            "{ArnNotLike: {aws:PrincipalArn: [\"arn:*:iam::*:role/Deployer\", \"arn:*:iam::*:role/BreakGlass\", \
             \"arn:*:iam::*:role/stacksets-exec-*\", \
             \"arn:*:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Deployers_*\"]}}",
            "kms:*",
        ),
    ] {
        assert_eq!(with(condition, action), locked, "{condition} {action}");
    }
}

/// What the Region of a stack tells of requests for its keys.
#[test]
fn a_deny_outside_of_the_regions_of_a_stack_locks_nobody_out() {
    let with = |region: &str| {
        let config = format!(
            "account_access: root-user-only\nenvironments: {{production: {{region: {region}}}}}\n\
             deployers: [{{role: Deployer}}]\n{BREAK_GLASS}"
        );
        let statement = "    statements:\n      - {reason: test, Sid: Own, Effect: Deny, Principal: {AWS: \"*\"}, \
                         Action: \"kms:*\", Condition: {StringNotEquals: {aws:RequestedRegion: eu-central-1}}}\n";
        compiled(&config, statement).map(|_| ())
    };
    assert_eq!(with("eu-central-1"), Ok(()));
    assert_eq!(
        with("eu-west-1"),
        Err(vec!["deployer-locked-out".to_owned()])
    );
}

/// A stack set takes keys to accounts that nobody lists.
#[test]
fn a_deny_in_one_account_that_a_stack_set_reaches_locks_its_roles_out() {
    let config = format!(
        "account_access: root-user-only\ndeployers: [{{stack_sets: service-managed}}]\n{BREAK_GLASS}"
    );
    let with = |accounts: &str| {
        let text = format!(
            "stack_set: {{organizational_units: [ou-ab12-11111111], regions: [eu-central-1]{accounts}}}\n\
             keys:\n  - alias: audit\n    purpose: Encrypts\n    statements:\n      \
             - {{reason: test, Sid: Own, Effect: Deny, Principal: {{AWS: \"*\"}}, Action: \"kms:*\", \
             Condition: {{StringEquals: {{kms:CallerAccount: \"999988887777\"}}}}}}\n"
        );
        let made = generate(Some(&config), &[("specs/audit.yaml", &text)], |_| ());
        made.map_err(|problems| problems.into_iter().map(|it| it.code).collect::<Vec<_>>())
    };
    assert_eq!(with(""), Err(vec!["deployer-locked-out"]));
    assert_eq!(with(", except_accounts: [\"999988887777\"]"), Ok(()));
    assert_eq!(with(", accounts: [\"111122223333\"]"), Ok(()));
}

/// The proof against single requests: where it says that nothing is in the way, no request may be refused.
#[test]
fn what_is_proven_of_deployers_holds_of_requests() {
    let config = format!(
        "account_access: root-user-only\nenvironments: {{production: {{region: eu-central-1}}}}\n\
         deployers: [{{permission_set: Deployers}}, {{stack_sets: service-managed}}]\n{BREAK_GLASS}"
    );
    let policy = compiled(&config, "").unwrap();
    let tails = [
        "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Deployers_0123456789abcdef",
        "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Deployers_f",
        "role/stacksets-exec-0123456789abcdef0123456789abcdef",
        "role/stacksets-exec-f",
        "role/BreakGlass",
    ];
    let keys = [
        "aws:MultiFactorAuthPresent",
        "aws:SourceVpce",
        "kms:ViaService",
        "aws:PrincipalTag/team",
    ];
    for tail in tails {
        for given in 0..1_u32 << keys.len() {
            let mut context = Context::new();
            for (bit, key) in keys.iter().enumerate() {
                if given & (1 << bit) != 0 {
                    context.add(key, "something");
                }
            }
            let request = AccessRequest {
                place: place(),
                caller: Caller::parse(&format!("arn:aws:iam::{ACCOUNT}:{tail}")).unwrap(),
                action: "kms:PutKeyPolicy".to_owned(),
                context,
                identity_policies: Vec::new(),
            };
            assert_eq!(decide(&policy, &request).outcome, Outcome::Allow, "{tail}");
        }
    }
}

#[test]
fn statements_do_not_give_the_key_back_to_the_account() {
    let config = format!(
        "account_access: root-user-only\ndeployers: [{{role: Deployer}}]\n{BREAK_GLASS}\
         environments: {{production: {{accounts: [\"{ACCOUNT}\"]}}}}\n"
    );
    let with = |principal: &str, condition: &str| {
        let statement = format!(
            "    statements:\n      - {{reason: test, Sid: Own, Effect: Allow, Principal: {principal}, \
             Action: \"kms:Decrypt\"{condition}}}\n"
        );
        compiled(&config, &statement).map(|_| ())
    };
    let root = "{AWS: \"arn:{partition}:iam::{account}:root\"}";
    let refused: Result<(), _> = Err(vec!["leaves-it-to-the-account".to_owned()]);
    assert_eq!(with(root, ""), refused);
    let tagged = ", Condition: {StringEquals: {aws:PrincipalTag/team: pay}}";
    assert_eq!(with(root, tagged), refused);
    let named = ", Condition: {ArnEquals: {aws:PrincipalArn: \"arn:{partition}:iam::{account}:role/Reader\"}}";
    assert_eq!(with(root, named), Ok(()));
    let elsewhere = "{AWS: \"arn:{partition}:iam::444455556666:root\"}";
    assert_eq!(with(elsewhere, ""), Ok(()));
    // The number of an account in which the key is means the same.
    assert_eq!(with("{AWS: \"111122223333\"}", ""), refused);
    assert_eq!(
        with("{AWS: \"arn:aws:iam::111122223333:root\"}", ""),
        refused
    );
    assert_eq!(
        with("{AWS: \"arn:{partition}:iam::{account}:role/Reader\"}", ""),
        Ok(())
    );
    // Where the account has a say, it may be said again.
    let delegated = "    account_access: delegated\n    statements:\n      - {reason: test, Sid: Own, Effect: Allow, \
                     Principal: {AWS: \"arn:{partition}:iam::{account}:root\"}, Action: \"kms:Decrypt\"}\n";
    assert!(compiled(&config, delegated).is_ok());
}

#[test]
fn deployers_who_administer_are_a_warning() {
    let project = Project::new();
    project.put(
        "keywright.yaml",
        "account_access: root-user-only\ndeployers: [{role: Both}]\n\
         break_glass: [{permission_set: AdministratorAccess}]\n",
    );
    project.put(
        "specs/audit.yaml",
        "keys:\n  - alias: audit\n    purpose: Encrypts\n    administrators: [{role: Both}]\n  \
         - alias: other\n    purpose: Encrypts\n",
    );
    let ran = project.generate(&[]);
    assert_eq!(ran.status, 0, "{}", ran.told);
    for code in ["deployer-administers", "break-glass-administers"] {
        assert_eq!(ran.told.matches(code).count(), 1, "{}", ran.told);
    }
}

#[test]
fn who_can_be_no_deployer_is_refused() {
    let with = |deployer: &str, region: &str| {
        let config = format!(
            "account_access: root-user-only\nenvironments: {{production: {{region: {region}}}}}\n\
             deployers: [{{arn: \"{deployer}\"}}]\n{BREAK_GLASS}"
        );
        compiled(&config, "").map(|_| ())
    };
    let refused = |code: &str| Err(vec![code.to_owned()]);
    let session = "arn:{partition}:sts::{account}:assumed-role/Deployer/me";
    assert_eq!(with(session, "eu-central-1"), refused("not-a-deployer"));
    let linked = "arn:{partition}:iam::{account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    assert_eq!(with(linked, "eu-central-1"), refused("not-a-deployer"));
    let china = "arn:aws-cn:iam::{account}:role/Deployer";
    assert_eq!(with(china, "eu-central-1"), refused("deployer-locked-out"));
    assert_eq!(with(china, "cn-north-1"), Ok(()));
}
