//! How statements come together.
//! Sources: IAM user guide, "Policy evaluation logic", "Cross-account policy evaluation logic"; KMS developer guide.

use keywright::access::Outcome::{Allow, ExplicitDeny, ImplicitDeny, Unknown};
use serde_json::json;

use super::{
    FOREIGN_ROLE, FOREIGN_ROOT, ROLE, ROOT, SESSION, all_of_kms, allow, decision, delegation, deny,
    expect, policy,
};

#[test]
fn nothing_allows() {
    expect(ImplicitDeny, &[], &json!({}));
    expect(
        ImplicitDeny,
        &[allow(json!({"Action": "kms:Encrypt"}))],
        &json!({}),
    );
}

/// "An explicit deny in any of these policies overrides the allow."
#[test]
fn a_deny_prevails_wherever_it_stands() {
    let policies = json!([{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}]}]);
    expect(
        ExplicitDeny,
        &[allow(json!({})), deny(json!({"Action": "kms:Decrypt"}))],
        &json!({}),
    );
    expect(
        ExplicitDeny,
        &[allow(json!({}))],
        &json!({"identity_policies": policies}),
    );
    expect(
        Allow,
        &[allow(json!({})), deny(json!({"Action": "kms:Encrypt"}))],
        &json!({}),
    );
}

/// "Default key policy": the statement about the account lets IAM policies give access; it gives none itself.
#[test]
fn the_account_decides_where_the_key_policy_leaves_it_to_it() {
    expect(ImplicitDeny, &[delegation()], &json!({}));
    expect(
        Allow,
        &[delegation()],
        &json!({"identity_policies": all_of_kms()}),
    );
    expect(
        ImplicitDeny,
        &[],
        &json!({"identity_policies": all_of_kms()}),
    );
    let by_id = allow(json!({"Principal": {"AWS": "111122223333"}}));
    expect(Allow, &[by_id], &json!({"identity_policies": all_of_kms()}));
    // Both sides for the same action.
    let only_encrypt = allow(json!({"Principal": {"AWS": ROOT}, "Action": "kms:Encrypt"}));
    expect(
        ImplicitDeny,
        &[only_encrypt],
        &json!({"identity_policies": all_of_kms()}),
    );
}

#[test]
fn a_key_policy_that_names_the_caller_suffices_in_its_account() {
    for caller in [ROLE, SESSION] {
        expect(
            Allow,
            &[allow(json!({"Principal": {"AWS": ROLE}}))],
            &json!({"principal": caller}),
        );
        expect(Allow, &[allow(json!({}))], &json!({"principal": caller}));
    }
}

/// "The account root user": no access without the key policy, and no policy of its own.
#[test]
fn the_root_user_has_what_the_key_policy_gives() {
    let root = json!({"principal": ROOT});
    expect(Allow, &[delegation()], &root);
    expect(
        ImplicitDeny,
        &[allow(json!({"Principal": {"AWS": ROLE}}))],
        &root,
    );
    expect(
        ExplicitDeny,
        &[delegation(), deny(json!({"Principal": {"AWS": ROOT}}))],
        &root,
    );
}

/// "Allowing users in other accounts to use a KMS key": the key policy and an IAM policy of the other account.
#[test]
fn both_accounts_must_allow() {
    for named in [FOREIGN_ROOT, FOREIGN_ROLE, "444455556666", "*"] {
        let statement = allow(json!({"Principal": {"AWS": named}}));
        let request = json!({"principal": FOREIGN_ROLE});
        expect(ImplicitDeny, std::slice::from_ref(&statement), &request);
        let request = json!({"principal": FOREIGN_ROLE, "identity_policies": all_of_kms()});
        expect(Allow, &[statement], &request);
        expect(ImplicitDeny, &[delegation()], &request);
    }
    expect(
        Allow,
        &[allow(json!({}))],
        &json!({"principal": FOREIGN_ROOT}),
    );
}

/// The API reference says of every operation whether it can be used across accounts.
#[test]
fn some_actions_are_not_for_other_accounts() {
    for (action, outcome) in [
        ("kms:DescribeKey", Allow),
        ("kms:CreateGrant", Allow),
        ("kms:PutKeyPolicy", ImplicitDeny),
        ("kms:ScheduleKeyDeletion", ImplicitDeny),
    ] {
        let request =
            json!({"principal": FOREIGN_ROLE, "action": action, "identity_policies": all_of_kms()});
        expect(outcome, &[allow(json!({}))], &request);
    }
}

/// A partition has accounts of its own.
#[test]
fn nobody_calls_from_another_partition() {
    let request = json!({"principal": "arn:aws-cn:iam::111122223333:role/App", "identity_policies": all_of_kms()});
    expect(ImplicitDeny, &[allow(json!({}))], &request);
}

#[test]
fn a_service_needs_the_key_policy_alone() {
    let service = json!({"principal": {"service": "s3.amazonaws.com"}});
    expect(
        Allow,
        &[allow(json!({"Principal": {"Service": "s3.amazonaws.com"}}))],
        &service,
    );
    expect(
        ImplicitDeny,
        &[allow(
            json!({"Principal": {"Service": "sns.amazonaws.com"}}),
        )],
        &service,
    );
    expect(ImplicitDeny, &[delegation()], &service);
    // "aws:PrincipalIsAWSService": Deny statements about everyone reach services.
    let not_services = json!({"Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}});
    let allowed = allow(json!({"Principal": {"Service": "s3.amazonaws.com"}}));
    expect(ExplicitDeny, &[allowed.clone(), deny(json!({}))], &service);
    expect(Allow, &[allowed, deny(not_services)], &service);
}

/// The permissions reference: "This permission is not effective in a key policy."
#[test]
fn a_key_policy_has_no_say_about_actions_that_work_on_no_key() {
    let list = json!({"action": "kms:ListKeys"});
    expect(ImplicitDeny, &[allow(json!({}))], &list);
    let list = json!({"action": "kms:ListKeys", "identity_policies": all_of_kms()});
    expect(Allow, &[deny(json!({}))], &list);
}

#[test]
fn what_aws_does_not_say_of_an_action_is_unknown_where_it_matters() {
    let retire = json!({"action": "kms:RetireGrant"});
    expect(Unknown, &[allow(json!({}))], &retire);
    expect(ImplicitDeny, &[], &retire);
    // No action, but nobody can tell from the policy.
    expect(
        Unknown,
        &[allow(json!({}))],
        &json!({"action": "kms:ReEncrypt"}),
    );
}

/// IAM user guide, "Action": "Prefixes and action names are case-insensitive."
#[test]
fn actions() {
    for (pattern, outcome) in [
        ("*", Allow),
        ("KMS:decrypt", Allow),
        ("kms:*crypt", Allow),
        ("kms:?ecrypt", Allow),
        ("kms:Decrypt*", Allow),
        ("kms:Decryp", ImplicitDeny),
        ("Decrypt", ImplicitDeny),
        ("s3:*", ImplicitDeny),
        ("k*:Decrypt", Unknown),
    ] {
        expect(outcome, &[allow(json!({"Action": pattern}))], &json!({}));
    }
    let mut others = allow(json!({"NotAction": ["kms:Encrypt", "kms:Sign"]}));
    others.as_object_mut().unwrap().remove("Action");
    expect(Allow, &[others.clone()], &json!({}));
    expect(ImplicitDeny, &[others], &json!({"action": "kms:sign"}));
    // The API's ReEncrypt asks for two permissions, and `kms:ReEncrypt` names neither.
    let statement = allow(json!({"Action": "kms:ReEncrypt"}));
    expect(
        ImplicitDeny,
        &[statement],
        &json!({"action": "kms:ReEncryptFrom"}),
    );
}

/// KMS developer guide, "Key policies": "*" means this key. An alias names none.
#[test]
fn resources() {
    const KEY: &str =
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for (resource, known, without) in [
        ("*", Allow, Allow),
        (KEY, Allow, Unknown),
        ("arn:aws:kms:eu-central-1:111122223333:key/*", Allow, Allow),
        ("arn:aws:kms:*:*:key/*", Allow, Allow),
        ("arn:aws:kms:*", Allow, Allow),
        (
            "arn:aws:kms:eu-central-1:111122223333:key/1234*",
            Allow,
            Unknown,
        ),
        (
            "arn:aws:kms:eu-central-1:111122223333:key/5678*",
            ImplicitDeny,
            Unknown,
        ),
        (
            "arn:aws:kms:eu-central-1:111122223333:alias/orders",
            ImplicitDeny,
            ImplicitDeny,
        ),
        (
            "arn:aws:kms:eu-central-1:444455556666:key/*",
            ImplicitDeny,
            ImplicitDeny,
        ),
        (
            "arn:aws:kms:us-east-1:111122223333:key/*",
            ImplicitDeny,
            ImplicitDeny,
        ),
        (
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            ImplicitDeny,
            ImplicitDeny,
        ),
    ] {
        let statement = allow(json!({"Resource": resource}));
        expect(
            known,
            std::slice::from_ref(&statement),
            &json!({"key": KEY}),
        );
        expect(without, &[statement], &json!({}));
    }
    let mut others = allow(json!({"NotResource": "arn:aws:kms:*:*:alias/*"}));
    others.as_object_mut().unwrap().remove("Resource");
    expect(Allow, &[others], &json!({}));
}

/// What AWS would refuse is in force nowhere.
#[test]
fn statements_that_lack_an_element_are_unknown() {
    for element in ["Principal", "Action", "Resource"] {
        let mut statement = allow(json!({}));
        statement.as_object_mut().unwrap().remove(element);
        expect(Unknown, std::slice::from_ref(&statement), &json!({}));
        // It does not matter where another statement decides.
        expect(Allow, &[statement.clone(), allow(json!({}))], &json!({}));
        expect(ExplicitDeny, &[statement, deny(json!({}))], &json!({}));
    }
}

#[test]
fn the_deciding_statements_are_told() {
    let policy = policy(&[
        allow(json!({"Action": "kms:Encrypt"})),
        allow(json!({"Action": "kms:Decrypt"})),
        delegation(),
        allow(json!({"Principal": {"AWS": ROLE}})),
        deny(json!({"Action": "kms:Sign"})),
    ]);
    let told = |request| {
        decision(&policy, &request)
            .of_key_policy()
            .collect::<Vec<_>>()
    };
    assert_eq!(told(json!({})), [1, 3]);
    assert_eq!(told(json!({"action": "kms:Sign"})), [4]);
    let user = json!({"principal": super::USER, "action": "kms:Verify", "identity_policies": all_of_kms()});
    assert_eq!(told(user), [2]);
}
