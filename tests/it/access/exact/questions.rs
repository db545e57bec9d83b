//! One policy each for what the questions are for.

use keywright::access::exact::{
    Access, Analysis, Answer, Capability, LARGEST_SEARCH, Reason, Subject, reported_as_public,
    widens,
};
use keywright::access::{Caller, Outcome, decide};
use keywright::kms::actions::{Action, Class};
use serde_json::{Value as Json, json};

use super::{OWN, caller, place, policy};

fn put(action: &Action) -> bool {
    action.name == "PutKeyPolicy"
}

fn using(action: &Action) -> bool {
    action.class == Class::Use
}

fn allow(principal: Json, action: &str, condition: Json) -> Json {
    let mut statement =
        json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    statement
}

fn deny(principal: Json, action: &str, condition: Json) -> Json {
    let mut statement = allow(principal, action, condition);
    statement["Effect"] = json!("Deny");
    statement
}

fn root() -> Json {
    allow(
        json!({"AWS": format!("arn:aws:iam::{OWN}:root")}),
        "kms:*",
        Json::Null,
    )
}

fn everyone(condition: Json) -> Json {
    allow(json!({"AWS": "*"}), "kms:Decrypt", condition)
}

fn is_public(condition: Json) -> bool {
    let policy = policy(json!([root(), everyone(condition)]));
    let answer = Analysis::new(&policy, &place()).strangers(None, |_| true);
    if let Answer::Yes(witness) = &answer {
        assert_eq!(decide(&policy, &witness.request).outcome, Outcome::Allow);
        assert_eq!(witness.statements, [1]);
    }
    assert!(!matches!(answer, Answer::Unknown(_)), "{answer:?}");
    answer.is_yes()
}

#[test]
fn conditions_that_restrict_nobody_leave_a_key_public() {
    let public = [
        Json::Null,
        json!({"StringLike": {"aws:PrincipalArn": "*"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/App"}}),
        json!({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}),
        json!({"StringNotEquals": {"kms:CallerAccount": "444455556666"}}),
        json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc123"}}),
        json!({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-abc123/*"}}),
        json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        json!({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),
        json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"Null": {"aws:PrincipalArn": "false"}}),
        json!({"StringEquals": {"kms:EncryptionContext:app": "orders"}}),
    ];
    for condition in public {
        assert!(is_public(condition.clone()), "{condition}");
    }
}

#[test]
fn conditions_that_a_stranger_cannot_meet_do_not() {
    let fenced = [
        json!({"StringEquals": {"kms:CallerAccount": OWN}}),
        json!({"StringEquals": {"KMS:calleraccount": "444455556666"}}),
        json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/App*")}}),
        json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::44445555666?:role/App"},
               "StringEquals": {"aws:PrincipalOrgID": "o-abc123"}}),
        json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc123/*"}}),
        json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        json!({"StringEquals": {"aws:SourceVpce": "vpce-0123"}}),
        json!({"StringEquals": {"aws:PrincipalIsAWSService": "true"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::my-bucket"}}),
        json!({"StringEquals": {"kms:ViaService": "a"}, "StringLike": {"kms:ViaService": "b*"}}),
    ];
    for condition in fenced {
        assert!(!is_public(condition.clone()), "{condition}");
    }
}

#[test]
fn what_security_hub_reports_need_not_be_public() {
    let wildcard =
        json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/App*")}});
    let fixed = json!({"StringEquals": {"kms:CallerAccount": OWN}});
    let policy = policy(json!([
        root(),
        everyone(wildcard),
        everyone(fixed),
        deny(json!("*"), "kms:*", Json::Null)
    ]));
    assert_eq!(reported_as_public(&policy), [1]);
    assert_eq!(
        Analysis::new(&policy, &place()).strangers(None, |_| true),
        Answer::No
    );
}

#[test]
fn named_accounts_and_organizations_are_told_apart_from_the_public() {
    let policy = policy(json!([
        root(),
        allow(
            json!({"AWS": "arn:aws:iam::444455556666:role/App"}),
            "kms:Decrypt",
            Json::Null
        ),
        allow(
            json!({"AWS": "arn:aws:iam::777788889999:root"}),
            "kms:PutKeyPolicy",
            Json::Null
        ),
        everyone(json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc123"},
                        "StringNotEquals": {"kms:CallerAccount": OWN}})),
    ]));
    let mut analysis = Analysis::new(&policy, &place());
    assert_eq!(analysis.strangers(None, |_| true), Answer::No);
    let accounts = analysis.other_accounts();
    let named: Vec<_> = accounts
        .iter()
        .map(|(id, answer)| (id.as_str(), answer.is_yes()))
        .collect();
    // As members of the organization, both.
    assert_eq!(named, [("444455556666", true), ("777788889999", true)]);
    assert_eq!(accounts[0].1.witness().unwrap().statements, [1]);
    assert_eq!(accounts[1].1.witness().unwrap().statements, [3]);
    let organizations = analysis.organizations();
    assert_eq!(organizations[0].0, "o-abc123");
    assert!(organizations[0].1.is_yes());
    // PutKeyPolicy cannot be allowed across accounts.
    assert!(analysis.applies(2).is_no());
}

#[test]
fn services_without_a_fence_are_deputies_of_anyone() {
    let service = |condition| {
        let policy = policy(json!([
            root(),
            allow(
                json!({"Service": "cloudtrail.amazonaws.com"}),
                "kms:GenerateDataKey*",
                condition
            )
        ]));
        let answers = Analysis::new(&policy, &place()).deputies(None, |_| true);
        assert_eq!(answers[0].0, "cloudtrail.amazonaws.com");
        answers[0].1.is_yes()
    };
    assert!(service(Json::Null));
    assert!(service(
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/x"}})
    ));
    assert!(service(
        json!({"StringEqualsIfExists": {"aws:SourceAccount": OWN}})
    ));
    assert!(!service(
        json!({"StringEquals": {"aws:SourceAccount": OWN}})
    ));
    assert!(!service(
        json!({"ArnLike": {"aws:SourceArn": format!("arn:aws:cloudtrail:*:{OWN}:trail/*")}})
    ));
    assert!(!service(
        json!({"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": format!("arn:aws:cloudtrail:*:{OWN}:trail/*")}})
    ));
}

#[test]
fn duties_that_meet_in_one_principal_are_found_whatever_the_spelling() {
    let role = |name: &str| json!({"AWS": format!("arn:aws:iam::{OWN}:role/{name}")});
    let both = |statements: Json| {
        let policy = policy(statements);
        Analysis::new(&policy, &place()).both(put, using)
    };
    assert!(both(json!([root()])).is_no());
    assert!(both(json!([root(), allow(role("A"), "kms:*", Json::Null)])).is_yes());
    assert!(both(json!([root(), allow(role("A"), "KMS:*Key*", Json::Null)])).is_yes());
    assert!(
        both(json!([
            root(),
            allow(role("A"), "kms:Put*", Json::Null),
            allow(role("B"), "kms:Decrypt", Json::Null)
        ]))
        .is_no()
    );
    let found = both(json!([
        root(),
        allow(role("A"), "kms:Put*", Json::Null),
        everyone(json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/*")}})),
    ]));
    let found = found.witness().unwrap();
    assert_eq!(
        found.first.request.caller,
        caller(&format!("arn:aws:iam::{OWN}:role/A"))
    );
    assert_eq!(found.first.request.caller, found.second.request.caller);
    assert_eq!(
        (found.first.statements[0], found.second.statements[0]),
        (1, 2)
    );
    // A Deny that separates them.
    assert!(
        both(json!([
            root(),
            allow(role("A"), "kms:*", Json::Null),
            deny(
                json!({"AWS": "*"}),
                "kms:Decrypt",
                json!({"ArnEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/A")}})
            ),
            deny(role("A"), "kms:GenerateDataKey*", Json::Null),
            deny(role("A"), "kms:*crypt*", Json::Null),
            deny(role("A"), "kms:*Mac", Json::Null),
            deny(role("A"), "kms:*Sign", Json::Null),
            deny(role("A"), "kms:Verify", Json::Null),
            deny(role("A"), "kms:De*Secret", Json::Null),
            deny(role("A"), "kms:*capsulate", Json::Null),
        ]))
        .is_no()
    );
}

#[test]
fn a_key_is_locked_when_nobody_is_left_who_can_change_its_policy() {
    let locked = |statements: Json| {
        let policy = policy(statements);
        let answer = Analysis::new(&policy, &place()).can_change_policy();
        if let Answer::Yes(witness) = &answer {
            assert_eq!(decide(&policy, &witness.request).outcome, Outcome::Allow);
        }
        assert!(!matches!(answer, Answer::Unknown(_)), "{answer:?}");
        answer.is_no()
    };
    let admin = json!({"AWS": format!("arn:aws:iam::{OWN}:role/Admin")});
    assert!(!locked(json!([root()])));
    assert!(locked(json!([allow(
        admin.clone(),
        "kms:Decrypt",
        Json::Null
    )])));
    assert!(locked(json!([
        root(),
        deny(json!("*"), "kms:*", Json::Null)
    ])));
    assert!(locked(json!([
        root(),
        deny(
            json!("*"),
            "kms:P*",
            json!({"Null": {"aws:PrincipalArn": "false"}})
        )
    ])));
    assert!(!locked(json!([
        root(),
        deny(json!("*"), "kms:ScheduleKeyDeletion", Json::Null)
    ])));
    assert!(!locked(json!([
        root(),
        deny(
            json!("*"),
            "kms:*",
            json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}})
        )
    ])));
    assert!(!locked(json!([
        root(),
        deny(
            json!("*"),
            "kms:*",
            json!({"ArnNotLike": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/B*")}})
        )
    ])));
    assert!(locked(json!([allow(
        json!({"AWS": "*"}),
        "kms:*",
        json!({"StringEquals": {"aws:PrincipalArn": format!("arn:aws:iam::{OWN}:role/*")}})
    )])));
    assert!(locked(json!([allow(
        json!({"AWS": "arn:aws:iam::444455556666:root"}),
        "kms:*",
        Json::Null
    )])));
}

#[test]
fn statements_that_no_request_can_match_are_dead() {
    let root_only = json!({"AWS": format!("arn:aws:iam::{OWN}:root")});
    let dead = [
        allow(root_only.clone(), "kms:ReEncrypt", Json::Null),
        allow(root_only.clone(), "kms:ListKeys", Json::Null),
        allow(
            root_only.clone(),
            "kms:DescribeKey",
            json!({"StringEquals": {"kms:EncryptionContext:a": "b"}}),
        ),
        allow(
            root_only.clone(),
            "kms:*",
            json!({"StringEquals": {"kms:CallerAccount": "444455556666"}}),
        ),
        allow(
            root_only.clone(),
            "kms:*",
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:*:role/x"}}),
        ),
        allow(
            root_only.clone(),
            "kms:*",
            json!({"NumericLessThan": {"kms:RotationPeriodInDays": "90"}, "NumericGreaterThan": {"kms:RotationPeriodInDays": "365"}}),
        ),
        allow(
            root_only.clone(),
            "kms:*",
            json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "NotIpAddress": {"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/9"]}}),
        ),
        allow(
            root_only.clone(),
            "kms:*",
            json!({"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}, "DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}),
        ),
        allow(
            json!({"Service": "s3.amazonaws.com"}),
            "kms:*",
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
        ),
        json!({"Effect": "Allow", "Principal": root_only, "Action": "kms:*", "Resource": "arn:aws:kms:eu-central-1:111122223333:alias/x"}),
    ];
    for statement in dead {
        let policy = policy(json!([statement]));
        let answer = Analysis::new(&policy, &place()).applies(0);
        assert_eq!(answer, Answer::No, "{statement}");
    }
}

#[test]
fn an_allow_that_is_denied_again_or_said_twice_is_told() {
    let role = json!({"AWS": format!("arn:aws:iam::{OWN}:role/A")});
    let policy = policy(json!([
        allow(role.clone(), "kms:Decrypt", Json::Null),
        allow(
            role,
            "kms:Decrypt",
            json!({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}})
        ),
        allow(
            json!({"AWS": "*"}),
            "kms:Sign",
            json!({"StringEquals": {"kms:CallerAccount": OWN}})
        ),
        deny(json!("*"), "kms:S*", Json::Null),
    ]));
    let mut analysis = Analysis::new(&policy, &place());
    assert!(analysis.gives(0).is_yes() && analysis.adds(0).is_yes());
    assert!(analysis.gives(1).is_yes() && analysis.adds(1).is_no());
    assert!(analysis.applies(2).is_yes() && analysis.gives(2).is_no());
}

#[test]
fn patterns_of_permission_sets_show_whom_they_also_match() {
    let start = format!("arn:aws:iam::{OWN}:role/aws-reserved/sso.amazonaws.com");
    let suffix = "0123456789abcdef";
    let with = |condition: Json| policy(json!([everyone(condition)]));
    let reached = |condition: &Json, role: &str| {
        let policy = with(condition.clone());
        let caller: Caller = caller(&format!("{start}/{role}"));
        Analysis::new(&policy, &place())
            .reaches(0, &caller)
            .is_yes()
    };
    let loose =
        json!({"ArnLike": {"aws:PrincipalArn": format!("{start}/*/AWSReservedSSO_Admin_*")}});
    assert!(reached(
        &loose,
        &format!("eu-west-2/AWSReservedSSO_Admin_ReadOnly_{suffix}")
    ));
    assert!(!reached(&loose, &format!("AWSReservedSSO_Admin_{suffix}")));
    let tight = json!({
        "ArnLike": {"aws:PrincipalArn": [format!("{start}/*/AWSReservedSSO_Admin_*"), format!("{start}/AWSReservedSSO_Admin_*")]},
        "ArnNotLike": {"aws:PrincipalArn": format!("{start}/*AWSReservedSSO_Admin_*_*")}
    });
    assert!(reached(
        &tight,
        &format!("eu-west-2/AWSReservedSSO_Admin_{suffix}")
    ));
    assert!(reached(&tight, &format!("AWSReservedSSO_Admin_{suffix}")));
    assert!(!reached(
        &tight,
        &format!("AWSReservedSSO_Admin_ReadOnly_{suffix}")
    ));
    // That the tight form allows no more than the loose one and the other path together.
    let both = json!({"ArnLike": {"aws:PrincipalArn": [format!("{start}/*/AWSReservedSSO_Admin_*"), format!("{start}/AWSReservedSSO_Admin_*")]}});
    assert_eq!(
        widens(&with(tight.clone()), &with(both.clone()), &place()),
        Answer::No
    );
    assert!(widens(&with(both), &with(tight), &place()).is_yes());
}

#[test]
fn what_nobody_can_tell_is_said_to_be_unknown() {
    let policy = policy(json!([everyone(
        json!({"StringEquals": {"aws:PrincipalTag/a": "${aws:PrincipalTag/b}"}})
    )]));
    let answer = Analysis::new(&policy, &place()).strangers(None, |_| true);
    assert_eq!(answer, Answer::Unknown(Reason::Doubtful(vec![0])));
}

#[test]
fn hostile_policies_are_decided_within_the_budget() {
    let long = format!("*a{}", "?".repeat(20));
    let patterns: Vec<String> = (0..300).map(|n| format!("*{n}*x?{n}*")).collect();
    let arns: Vec<String> = (0..300)
        .map(|n| format!("arn:aws:iam::{OWN}:role/*r{n}*"))
        .collect();
    let hostile = [
        json!([everyone(json!({"StringLike": {"aws:SourceIdentity": long}})), deny(json!("*"), "kms:*", json!({"StringLike": {"aws:SourceIdentity": [format!("*b{}", "?".repeat(19)), format!("*a{}", "?".repeat(19))]}}))]),
        json!([everyone(json!({"StringLike": {"aws:SourceIdentity": patterns}})), deny(json!("*"), "kms:*", json!({"StringLike": {"aws:SourceIdentity": ["*1*", "*2*", "*3*", "*4*", "*5*", "*6*", "*7*", "*8*", "*9*"]}}))]),
        json!([everyone(json!({"ArnNotLike": {"aws:PrincipalArn": arns}}))]),
        Json::Array((0..40).map(|n| everyone(json!({"StringLike": {"kms:ViaService": format!("*{n}*"), "aws:SourceIdentity": format!("*{n}*")}}))).chain((0..40).map(|n| deny(json!("*"), "kms:*", json!({"StringNotLike": {"kms:ViaService": format!("{n}*"), "aws:SourceIdentity": format!("*{n}")}})))).collect()),
    ];
    for statements in hostile {
        let policy = policy(statements);
        let mut analysis = Analysis::new(&policy, &place());
        let _ = analysis.strangers(None, |_| true);
        assert!(analysis.steps() <= LARGEST_SEARCH);
        let _ = analysis.both(put, using);
        assert!(analysis.steps() <= LARGEST_SEARCH);
        for number in 0..policy.statements.len().min(3) {
            let _ = analysis.applies(number);
            let _ = analysis.gives(number);
            assert!(analysis.steps() <= LARGEST_SEARCH);
        }
        let _ = widens(&policy, &policy, &place());
    }
}

#[test]
fn the_table_tells_who_can_do_what() {
    let policy = policy(json!([
        root(),
        allow(
            json!({"AWS": format!("arn:aws:iam::{OWN}:role/Admin")}),
            "kms:PutKeyPolicy",
            Json::Null
        ),
        allow(
            json!({"AWS": "arn:aws:iam::444455556666:root"}),
            "kms:Decrypt",
            json!({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}})
        ),
        allow(
            json!({"Service": "logs.amazonaws.com"}),
            "kms:Encrypt",
            Json::Null
        ),
        deny(
            json!({"AWS": format!("arn:aws:iam::{OWN}:role/Admin")}),
            "kms:Decrypt",
            Json::Null
        ),
    ]));
    let rows = Analysis::new(&policy, &place()).table();
    let access = |number: usize| Capability::ALL.map(|capability| rows[number].access(capability));
    use Access::{Direct, No, ThroughIam, ThroughIamUnderCondition};
    assert_eq!(rows[0].subject, Subject::Account);
    assert_eq!(access(0), [ThroughIam; 10]);
    let mut admin = [ThroughIam; 10];
    admin[0] = Direct;
    assert_eq!(access(1), admin);
    let decrypt = rows[1]
        .actions
        .iter()
        .find(|(action, _)| action.name == "Decrypt");
    assert_eq!(decrypt.unwrap().1, No);
    assert_eq!(access(2)[4], Direct);
    assert_eq!(
        rows[3].subject,
        Subject::OtherAccount("444455556666".to_owned())
    );
    let mut other = [No; 10];
    other[5] = ThroughIamUnderCondition;
    assert_eq!(access(3), other);
    assert_eq!(rows[4].subject, Subject::Anyone);
    assert!(!rows[4].has_access());
}

#[test]
fn the_table_of_a_large_policy_is_made_in_time() {
    // As much as KMS takes: each statement about another role.
    let mut statements = vec![root()];
    for number in 0..150 {
        let principal =
            json!({"AWS": format!("arn:aws:iam::{OWN}:role/application/Worker{number:03}")});
        let action = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*"][number % 3];
        let bucket = json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": format!("arn:aws:s3:::{number}-*")}});
        let condition = [Json::Null, bucket][number % 2].clone();
        statements.push(allow(principal, action, condition));
    }
    let policy = policy(Json::Array(statements));
    let start = std::time::Instant::now();
    let rows = Analysis::new(&policy, &place()).table();
    // It takes milliseconds: what takes a minute, however busy the machine, grows without end.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(rows.len(), 152);
    let access = |row: usize| Capability::ALL.map(|capability| rows[row].access(capability));
    assert!(access(1).contains(&Access::Direct));
    assert!(access(2).contains(&Access::DirectUnderCondition));
    assert!(!rows[151].has_access());
}

#[test]
fn an_arn_that_nobody_has_hides_none_that_somebody_has() {
    let arns = ["role/*/a", "role/a"].map(|name| format!("arn:aws:iam::{OWN}:{name}"));
    let condition = json!({"StringEquals": {"aws:PrincipalArn": arns}});
    let policy = policy(json!([allow(json!("*"), "kms:Decrypt", condition)]));
    let mut analysis = Analysis::new(&policy, &place());
    assert!(analysis.applies(0).is_yes());
    assert!(analysis.gives(0).is_yes());
}
