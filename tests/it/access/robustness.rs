//! Whatever policy and request there are: an answer or an error, soon.

use std::time::Instant;

use keywright::access::exact::{Analysis, Answer, Reason};
use keywright::access::{self, AccessRequest, Context, Outcome, Place, decide, question, trace};
use keywright::iam::{PolicyDocument, Statement, Text};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ROLE, allow, decision, expect, policy};

/// JSON in which the names that policies use are frequent.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let words = [
        "*",
        "Allow",
        "Deny",
        "2012-10-17",
        "kms:*",
        "kms:Decrypt",
        ROLE,
        "arn:aws:*",
        "${aws:username}",
        "${",
        "true",
        "10",
        "::/0",
        "",
        "ForAllValues:StringLike",
        "arn:aws:kms:::key/*",
        "2026-01-01T",
        "\u{10FFFD}",
    ];
    let leaf = prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(|word| json!(word)),
        1 => ".{0,8}".prop_map(|text| json!(text)),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(|value| json!(value)),
    ];
    let names = [
        "Statement",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "AWS",
        "Service",
        "Federated",
        "StringEquals",
        "ForAnyValue:ArnNotLikeIfExists",
        "IpAddress",
        "DateLessThan",
        "Null",
        "aws:PrincipalArn",
        "Version",
        "Sid",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let name = prop_oneof![9 => prop::sample::select(names.to_vec()).prop_map(str::to_owned), 1 => ".{0,4}"];
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((name, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn nothing_panics(policy in any_json(), context in any_json(), identity in any_json(), principal in any_json()) {
        for principal in [json!(ROLE), json!({"service": "s3.amazonaws.com"}), principal] {
            let line = json!({"policy": policy, "principal": principal, "action": "kms:Decrypt", "context": context, "identity_policies": [identity]});
            if let Ok(asked) = question::question(&line.to_string(), None) {
                let _ = decide(&asked.policy, &asked.request);
                let _ = trace(&asked.policy, &asked.request);
            }
            let line = json!({"policy": policy, "principal": principal, "action": "kms:Decrypt"});
            if let Ok(asked) = question::question(&line.to_string(), None) {
                let decision = decide(&asked.policy, &asked.request);
                let traces = trace(&asked.policy, &asked.request);
                prop_assert_eq!(traces.len(), asked.policy.statements.len());
                prop_assert_eq!(decision.outcome == Outcome::Unknown && decision.doubts.is_empty(), matches!(
                    decision.grounds, access::Grounds::CallerUnknown | access::Grounds::ActionUndocumented) && decision.doubts.is_empty());
            }
        }
    }

    #[test]
    fn no_text_panics(line in ".{0,80}") {
        let _ = question::question(&line, None);
    }
}

fn unresolved(statements: Vec<Statement>) -> PolicyDocument {
    PolicyDocument::canonical(None, statements)
}

fn request() -> AccessRequest {
    let caller = question::caller(ROLE).unwrap();
    AccessRequest {
        place: Place::default().with_account_of(&caller),
        caller,
        action: "kms:Decrypt".to_owned(),
        context: Context::new(),
        identity_policies: Vec::new(),
    }
}

/// What a template does not tell is unknown only where it matters.
#[test]
fn what_is_not_resolved() {
    use keywright::iam::{Effect, PrincipalKind, Principals};
    let everyone = || Statement::allow("everyone", Principals::everyone(), ["kms:*"]);
    let named = |text: Text| {
        Statement::allow(
            "named",
            Principals::of(PrincipalKind::Aws, [text]),
            ["kms:*"],
        )
    };
    let unknown = || named(Text::unknown("${Role}"));
    let decide = |statements| decide(&unresolved(statements), &request()).outcome;
    assert_eq!(decide(vec![unknown()]), Outcome::Unknown);
    assert_eq!(decide(vec![unknown(), everyone()]), Outcome::Allow);
    let deny = |mut statement: Statement| {
        statement.effect = Effect::Deny;
        statement
    };
    assert_eq!(decide(vec![everyone(), deny(unknown())]), Outcome::Unknown);
    assert_eq!(
        decide(vec![everyone(), deny(unknown()), deny(everyone())]),
        Outcome::ExplicitDeny
    );
    assert_eq!(decide(vec![deny(unknown())]), Outcome::ImplicitDeny);
    let mut uncertain = everyone();
    uncertain.uncertain = true;
    assert_eq!(decide(vec![uncertain.clone()]), Outcome::Unknown);
    assert_eq!(
        decide(vec![uncertain.when(
            "StringEquals",
            "k:y",
            [Text::literal("a")]
        )]),
        Outcome::ImplicitDeny
    );
    // A piece of which something is known.
    let of_account = |account: &str| {
        let mut text = Text::literal(format!("arn:aws:iam::{account}:role/"));
        text.push_text(&Text::unknown("${Name}"));
        everyone().when("ArnLike", "aws:PrincipalArn", [text])
    };
    assert_eq!(decide(vec![of_account("111122223333")]), Outcome::Unknown);
    assert_eq!(
        decide(vec![of_account("444455556666")]),
        Outcome::ImplicitDeny
    );
    // The Region is not told, the account is.
    let in_region = |variable| {
        everyone().when(
            "StringEquals",
            "kms:CallerAccount",
            [Text::variable(variable)],
        )
    };
    assert_eq!(
        decide(vec![in_region(keywright::iam::Variable::Account)]),
        Outcome::Allow
    );
    assert_eq!(
        decide(vec![in_region(keywright::iam::Variable::Region)]),
        Outcome::Unknown
    );
}

/// A policy of the greatest size, as bad as it gets, is decided in milliseconds.
#[test]
fn large_policies_are_decided_soon() {
    let many: Vec<_> = (0..100)
        .map(|number| {
            let arns: Vec<_> = (0..3)
                .map(|n| format!("arn:aws:iam::*:role/*a*b*c*{number}*{n}?*"))
                .collect();
            allow(json!({"Condition": {"ArnLike": {"aws:PrincipalArn": arns}}}))
        })
        .collect();
    let stars =
        allow(json!({"Condition": {"StringLike": {"k:y": format!("{}b", "a*".repeat(16_000))}}}));
    for policy in [policy(&many), policy(&[stars])] {
        assert!(policy.to_string().len() <= 40_000);
        let text = json!({"principal": ROLE, "action": "kms:Decrypt", "policy": policy, "context": {"k:y": "a".repeat(300)}}).to_string();
        let asked = question::question(&text, None).unwrap();
        let start = Instant::now();
        assert_eq!(
            decide(&asked.policy, &asked.request).outcome,
            Outcome::ImplicitDeny
        );
        // It takes milliseconds: what takes a minute, however busy the machine, grows without end.
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    }
}

#[test]
fn deep_json_is_an_error() {
    let deep = format!("{{\"policy\": {}", "[".repeat(100_000));
    assert!(
        question::question(&deep, None)
            .unwrap_err()
            .contains("recursion")
    );
}

#[test]
fn what_cannot_be_asked() {
    let problem = |line: Value| question::question(&line.to_string(), None).unwrap_err();
    let base = json!({"policy": policy(&[]), "principal": ROLE, "action": "kms:Decrypt"});
    for (member, value, told) in [
        (
            "principal",
            json!("arn:aws:iam::111122223333:role/*"),
            "not from a pattern",
        ),
        ("principal", json!("bob"), "neither an ARN"),
        ("principal", json!({"AWS": ROLE}), "expected an ARN"),
        ("action", json!("kms:*"), "write one"),
        ("action", json!("Decrypt"), "write `kms:Decrypt`"),
        ("action", json!("s3:GetObject"), "no action of KMS"),
        ("account", json!(111_122_223_333_u64), "expected text"),
        ("account", json!("1"), "twelve digits"),
        ("region", json!("Frankfurt"), "no Region"),
        ("key", json!("arn:aws:s3:::b"), "no ARN of a key"),
        ("context", json!({"a": {}}), "`a`: expected text"),
        ("context", json!({"a:b": "1", "A:B": "2"}), "stands twice"),
        ("identity_policies", json!({}), "expected a list"),
        (
            "policy",
            json!({"Statement": {"Effect": "allow"}}),
            "write `Allow` or `Deny`",
        ),
        ("polcy", json!([]), "did you mean `policy`?"),
    ] {
        let problem = problem(super::with(base.clone(), &json!({member: value})));
        assert!(problem.contains(told), "{problem}");
        assert!(problem.contains(&format!("`{member}`")), "{problem}");
    }
    assert_eq!(
        problem(json!({"policy": {}, "action": "kms:Decrypt"})),
        "`policy`: this policy has no `Statement`"
    );
    assert_eq!(
        problem(json!({"policy": policy(&[]), "action": "kms:Decrypt"})),
        "`principal` is missing"
    );
    assert_eq!(
        problem(json!([])),
        "expected an object with `policy`, `principal` and `action`"
    );
}

#[test]
fn the_answer_of_the_cli_is_a_policy_too() {
    let inner = policy(&[allow(json!({}))]).to_string();
    let envelope = json!({"Policy": inner, "PolicyName": "default"});
    assert_eq!(decision(&envelope, &json!({})).outcome, Outcome::Allow);
    assert_eq!(decision(&json!(inner), &json!({})).outcome, Outcome::Allow);
    expect(
        Outcome::Allow,
        &[allow(json!({}))],
        &json!({"account": "111122223333"}),
    );
}

/// A file of somebody else can hold a policy that KMS would never take. Nobody waits minutes for an answer about it.
#[test]
fn a_policy_far_above_the_limit_is_not_reasoned_about() {
    let statement = |number: usize| {
        let role = format!("arn:aws:iam::111122223333:role/{}{number}", "r".repeat(30));
        allow(json!({"Principal": {"AWS": role}, "Action": "kms:Decrypt"}))
    };
    let answer = |count: usize| {
        let statements: Vec<_> = (0..count).map(statement).collect();
        let policy = question::policy(&policy(&statements).to_string()).unwrap();
        Analysis::new(&policy, &Place::default()).can_change_policy()
    };
    assert!(answer(10).is_no());
    assert!(matches!(answer(2_000), Answer::Unknown(Reason::TooComplex)));
}
