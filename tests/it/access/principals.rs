//! Whom Principal and NotPrincipal name.
//! Sources: IAM user guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use keywright::access::Outcome::{self, Allow, ExplicitDeny, ImplicitDeny, Unknown};
use serde_json::json;

use super::{FOREIGN_ROLE, ROLE, ROOT, SESSION, USER, allow, deny, expect};

#[track_caller]
fn names(named: &str, caller: &str, outcome: Outcome) {
    expect(
        outcome,
        &[allow(json!({"Principal": {"AWS": named}}))],
        &json!({"principal": caller}),
    );
}

#[test]
fn a_role_covers_its_sessions_and_a_session_itself() {
    names(ROLE, ROLE, Allow);
    names(ROLE, SESSION, Allow);
    names(SESSION, SESSION, Allow);
    names(SESSION, ROLE, ImplicitDeny);
    names(
        "arn:aws:sts::111122223333:assumed-role/App/bob",
        SESSION,
        ImplicitDeny,
    );
    names("arn:aws:iam::111122223333:role/App", ROLE, ImplicitDeny);
    names(
        "arn:aws:iam::444455556666:role/team/App",
        ROLE,
        ImplicitDeny,
    );
}

/// Names of users are case-sensitive; of roles AWS says only that no two may differ in case alone.
#[test]
fn case() {
    names(USER, USER, Allow);
    names(
        "arn:aws:iam::111122223333:user/staff/bob",
        USER,
        ImplicitDeny,
    );
    names("arn:aws:iam::111122223333:role/team/app", ROLE, Unknown);
}

#[test]
fn what_names_nobody() {
    for named in [
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:group/g",
        "nobody",
        "",
    ] {
        names(named, ROLE, ImplicitDeny);
    }
    // A deleted principal, or one that nobody can tell.
    names("AIDACKCEVSQ6C2EXAMPLE", ROLE, ImplicitDeny);
    names("AROACKCEVSQ6C2EXAMPLE", ROLE, Unknown);
}

#[test]
fn the_bare_star_is_everyone() {
    expect(Allow, &[allow(json!({"Principal": "*"}))], &json!({}));
}

#[test]
fn federated_users() {
    let alice = "arn:aws:sts::111122223333:federated-user/alice";
    names(alice, alice, Allow);
    names(
        "arn:aws:sts::111122223333:federated-user/bob",
        alice,
        ImplicitDeny,
    );
    // The user behind the session may be this one.
    names(USER, alice, Unknown);
}

/// "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access."
#[test]
fn deny_with_not_principal() {
    let spared = |names: &[&str], caller: &str, outcome: Outcome| {
        let mut statement = deny(json!({"NotPrincipal": {"AWS": names}}));
        statement.as_object_mut().unwrap().remove("Principal");
        expect(
            outcome,
            &[allow(json!({})), statement],
            &json!({"principal": caller}),
        );
    };
    spared(&[USER, ROOT], USER, Allow);
    spared(&[USER], USER, Unknown);
    spared(&[ROOT], USER, Unknown);
    spared(&[ROLE], USER, ExplicitDeny);
    spared(&[SESSION, ROLE, ROOT], SESSION, Allow);
    spared(&[ROLE, ROOT], SESSION, Unknown);
    spared(&[ROLE, ROOT], ROLE, Unknown);
    spared(&["*"], ROLE, Allow);
    spared(&[FOREIGN_ROLE], ROLE, ExplicitDeny);
}

/// "`NotPrincipal` with `Allow` is not supported"; it used to allow everyone else.
#[test]
fn allow_with_not_principal() {
    let mut statement = allow(json!({"NotPrincipal": {"AWS": USER}}));
    statement.as_object_mut().unwrap().remove("Principal");
    expect(Unknown, std::slice::from_ref(&statement), &json!({}));
    expect(Allow, &[statement, allow(json!({}))], &json!({}));
}

#[test]
fn identity_center_roles_have_a_path_that_a_session_does_not_tell() {
    let session =
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Reader_0123456789abcdef/alice";
    let patterns = [
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Reader_*",
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_*",
    ];
    let fenced = |patterns: &[&str]| {
        allow(json!({"Condition": {"ArnLike": {"aws:PrincipalArn": patterns}}}))
    };
    let request = json!({"principal": session});
    expect(Allow, &[fenced(&patterns)], &request);
    expect(Unknown, &[fenced(&patterns[..1])], &request);
    expect(Unknown, &[fenced(&patterns[1..])], &request);
    expect(
        ImplicitDeny,
        &[fenced(&["arn:aws:iam::111122223333:role/App"])],
        &request,
    );
    let told = json!({"principal": session, "context": {"aws:PrincipalArn":
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Reader_0123456789abcdef"}});
    expect(Allow, &[fenced(&patterns[..1])], &told);
}

#[test]
fn keys_that_follow_from_the_caller() {
    let service = json!({"service": "s3.amazonaws.com"});
    for (principal, key, value) in [
        (json!(ROLE), "aws:PrincipalArn", ROLE),
        (
            json!(SESSION),
            "aws:PrincipalArn",
            "arn:aws:iam::111122223333:role/App",
        ),
        (json!(ROOT), "aws:PrincipalArn", ROOT),
        (json!(USER), "aws:PrincipalAccount", "111122223333"),
        (json!(USER), "kms:CallerAccount", "111122223333"),
        (json!(USER), "AWS:username", "Bob"),
        (json!(USER), "aws:PrincipalType", "User"),
        (json!(ROLE), "aws:PrincipalType", "AssumedRole"),
        (json!(ROOT), "aws:PrincipalType", "Account"),
        (json!(ROOT), "aws:userid", "111122223333"),
        (json!(ROLE), "aws:SecureTransport", "true"),
        (json!(ROLE), "aws:PrincipalIsAWSService", "false"),
        (service.clone(), "aws:PrincipalIsAWSService", "true"),
        (
            service.clone(),
            "aws:PrincipalServiceName",
            "s3.amazonaws.com",
        ),
    ] {
        let mut request = json!({"principal": principal});
        let statement = |value| allow(json!({"Condition": {"StringEquals": {key: value}}}));
        expect(Allow, &[statement(value)], &request);
        expect(ImplicitDeny, &[statement("else")], &request);
        // Unless the request says otherwise.
        request["context"] = json!({key: "else"});
        expect(Allow, &[statement("else")], &request);
    }
    // There, but with an id that nobody can tell.
    let by_id =
        allow(json!({"Condition": {"StringLike": {"aws:userid": "AROACKCEVSQ6C2EXAMPLE:*"}}}));
    expect(Unknown, &[by_id], &json!({}));
    let is_there = allow(json!({"Condition": {"Null": {"aws:userid": "false"}}}));
    expect(Allow, &[is_there], &json!({}));
    // Of no account of a customer; whether it has the key at all is not documented.
    let request = json!({"principal": service});
    let of_account =
        allow(json!({"Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}}));
    expect(ImplicitDeny, &[of_account], &request);
    let without = allow(json!({"Condition": {"Null": {"kms:CallerAccount": "true"}}}));
    expect(Unknown, &[without], &request);
}
