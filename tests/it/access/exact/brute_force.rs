//! Against brute force: random policies, every request of a small universe, the evaluator of single requests as judge.

use std::collections::BTreeSet;

use keywright::access::exact::{Analysis, Answer, widens};
use keywright::access::{AccessRequest, Caller, Context, Outcome, Truth, decide, trace};
use keywright::iam::PolicyDocument;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{place, policy};

const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:role/a",
    "arn:aws:iam::111122223333:role/ab",
    "arn:aws:iam::111122223333:role/p/a",
    "arn:aws:iam::111122223333:user/a",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:federated-user/a",
    "arn:aws:iam::444455556666:role/a",
    "arn:aws:iam::444455556666:user/b",
    "arn:aws:iam::777788889999:role/ab",
    "s3.amazonaws.com",
    "logs.amazonaws.com",
];
const ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
];

fn principal() -> impl Strategy<Value = Json> {
    let aws = prop::sample::select(vec![
        "*",
        "111122223333",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:role/a",
        "arn:aws:iam::111122223333:role/p/a",
        "arn:aws:iam::111122223333:user/a",
        "arn:aws:sts::111122223333:assumed-role/a/s",
        "arn:aws:sts::111122223333:federated-user/a",
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:role/a",
    ]);
    let service = prop::sample::select(vec!["s3.amazonaws.com", "logs.amazonaws.com"]);
    prop_oneof![
        1 => Just(json!("*")),
        6 => prop::collection::vec(aws, 1..3).prop_map(|names| json!({"AWS": names})),
        1 => service.prop_map(|name| json!({"Service": name})),
    ]
}

fn condition() -> impl Strategy<Value = (String, String, Vec<String>)> {
    fn of(
        operators: &'static [&'static str],
        keys: &'static [&'static str],
        values: &'static [&'static str],
    ) -> impl Strategy<Value = (String, String, Vec<String>)> {
        let operator = prop::sample::select(operators);
        let key = prop::sample::select(keys);
        let values = prop::collection::vec(prop::sample::select(values), 1..3);
        (operator, key, values).prop_map(|(operator, key, values)| {
            let values = values.into_iter().map(str::to_owned).collect();
            (operator.to_owned(), key.to_owned(), values)
        })
    }
    const TEXTS: &[&str] = &[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "StringEqualsIfExists",
        "StringNotLikeIfExists",
    ];
    const ARNS: &[&str] = &[
        "ArnLike",
        "ArnNotLike",
        "ArnEquals",
        "StringEquals",
        "StringLike",
        "StringNotLike",
    ];
    const SETS: &[&str] = &[
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringNotLike",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
    ];
    prop_oneof![
        of(
            TEXTS,
            &["kms:ViaService", "aws:PrincipalTag/t"],
            &["x", "xy", "x*", "?", "*", "X"]
        ),
        of(
            TEXTS,
            &["kms:CallerAccount", "aws:PrincipalAccount"],
            &["111122223333", "444455556666", "1*", "*", "4444?5556666"]
        ),
        of(
            ARNS,
            &["aws:PrincipalArn"],
            &[
                "arn:aws:iam::111122223333:role/a",
                "arn:aws:iam::111122223333:role/*",
                "arn:aws:iam::*:role/a?",
                "arn:*:iam::111122223333:*a",
                "arn:aws:iam::111122223333:role/*/a",
                "*role/a*",
                "arn:aws:iam::44*:*",
            ]
        ),
        of(
            TEXTS,
            &["aws:PrincipalType"],
            &["User", "AssumedRole", "*Role", "Account"]
        ),
        of(TEXTS, &["aws:username"], &["a", "b", "?", "a*"]),
        of(
            &["Bool"],
            &[
                "aws:PrincipalIsAWSService",
                "kms:GrantIsForAWSResource",
                "aws:ViaAWSService"
            ],
            &["true", "false"]
        ),
        of(
            &["Null"],
            &[
                "kms:ViaService",
                "aws:PrincipalTag/t",
                "aws:PrincipalArn",
                "kms:GrantOperations"
            ],
            &["true", "false"]
        ),
        of(
            SETS,
            &["kms:GrantOperations", "kms:ViaService"],
            &["x", "xy", "x*", "*y"]
        ),
        of(
            &[
                "NumericLessThan",
                "NumericEquals",
                "NumericGreaterThanEquals",
                "NumericNotEqualsIfExists"
            ],
            &["x:n"],
            &["1", "2", "3"]
        ),
        of(
            &["IpAddress", "NotIpAddress"],
            &["aws:SourceIp"],
            &["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "10.1.2.3"]
        ),
    ]
}

/// A statement in which the names that requests have are frequent.
pub(crate) fn statement() -> impl Strategy<Value = Json> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let actions = prop::sample::select(vec![
        json!("kms:*"),
        json!("kms:Decrypt"),
        json!(["kms:Encrypt", "kms:CreateGrant"]),
        json!("kms:*Key*"),
        json!("kms:PutKeyPolicy"),
    ]);
    let negated = prop::bool::weighted(0.1);
    let conditions = prop::collection::vec(condition(), 0..3);
    (
        effect,
        principal(),
        actions,
        conditions,
        negated,
        prop::bool::weighted(0.1),
    )
        .prop_map(
            |(effect, principal, actions, conditions, not_action, not_principal)| {
                let mut block = serde_json::Map::new();
                for (operator, key, values) in conditions {
                    let keys = block.entry(operator).or_insert_with(|| json!({}));
                    keys[key] = json!(values);
                }
                let action = if not_action { "NotAction" } else { "Action" };
                let whom = if not_principal {
                    "NotPrincipal"
                } else {
                    "Principal"
                };
                let mut statement = json!({"Effect": effect, "Resource": "*"});
                statement[whom] = if not_principal && principal == json!("*") {
                    json!({"AWS": "arn:aws:iam::111122223333:role/a"})
                } else {
                    principal
                };
                statement[action] = actions;
                if !block.is_empty() {
                    statement["Condition"] = block.into();
                }
                statement
            },
        )
}

fn policies() -> impl Strategy<Value = PolicyDocument> {
    prop::collection::vec(statement(), 1..5).prop_map(|statements| policy(json!(statements)))
}

/// Keys of the policies' conditions with the values that requests have.
const VALUES: &[(&str, &[&[&str]])] = &[
    ("kms:ViaService", &[&[], &["x"], &["xy"], &["z"]]),
    ("aws:PrincipalTag/t", &[&[], &["x"], &["X"], &["q"]]),
    ("kms:GrantIsForAWSResource", &[&[], &["true"], &["false"]]),
    ("aws:ViaAWSService", &[&["true"], &["false"]]),
    (
        "kms:GrantOperations",
        &[&[], &["x"], &["xy"], &["x", "zy"], &["q"]],
    ),
    ("x:n", &[&[], &["1"], &["2"], &["5"], &["0"]]),
    (
        "aws:SourceIp",
        &[&[], &["10.1.2.3"], &["10.9.9.9"], &["192.0.2.1"]],
    ),
];

/// Every request of the universe, with the keys that the policies name.
fn requests(policies: &[&PolicyDocument]) -> Vec<AccessRequest> {
    let keys: BTreeSet<&String> = policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .flat_map(|statement| statement.conditions.values().flat_map(|keys| keys.keys()))
        .collect();
    let mut all = Vec::new();
    for text in CALLERS {
        let caller = Caller::parse(text).unwrap();
        for action in ACTIONS {
            let mut contexts = vec![Context::new()];
            for (key, choices) in VALUES {
                if !keys.contains(&(*key).to_owned()) {
                    continue;
                }
                let service = matches!(caller, Caller::Service(_));
                let possible = |values: &&&[&str]| {
                    values.is_empty()
                        || match *key {
                            "kms:ViaService" => !service,
                            "aws:PrincipalTag/t" => !service && !caller.is_root(),
                            "kms:GrantIsForAWSResource" | "kms:GrantOperations" => {
                                *action == "kms:CreateGrant"
                            }
                            _ => true,
                        }
                };
                contexts = choices
                    .iter()
                    .filter(possible)
                    .flat_map(|values| {
                        contexts.iter().map(|context| {
                            let mut context = context.clone();
                            context.insert(key, values.iter().map(|v| (*v).to_owned()).collect());
                            context
                        })
                    })
                    .collect();
            }
            all.extend(contexts.into_iter().map(|context| AccessRequest {
                place: place(),
                caller: caller.clone(),
                action: (*action).to_owned(),
                context,
                identity_policies: Vec::new(),
            }));
        }
    }
    all
}

fn is_possible(request: &AccessRequest) -> bool {
    let own = match &request.caller {
        Caller::Aws(caller) => caller.account.as_str() == super::OWN,
        Caller::Service(_) => true,
    };
    own || request.action != "kms:PutKeyPolicy"
}

fn helped(request: &AccessRequest) -> AccessRequest {
    let mut all =
        policy(json!([{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]));
    all.statements[0].principal = None;
    AccessRequest {
        identity_policies: vec![all],
        ..request.clone()
    }
}

fn allowed(policy: &PolicyDocument, request: &AccessRequest) -> bool {
    decide(policy, request).outcome == Outcome::Allow
}

fn refused(policy: &PolicyDocument, request: &AccessRequest) -> bool {
    matches!(
        decide(policy, request).outcome,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny
    )
}

proptest! {
    #![proptest_config(crate::properties::config(60))]

    #[test]
    fn statements_are_dead_where_no_request_is_alive(policy in policies()) {
        let requests = requests(&[&policy]);
        let mut analysis = Analysis::new(&policy, &place());
        for number in 0..policy.statements.len() {
            match analysis.applies(number) {
                Answer::Yes(witness) => {
                    prop_assert_eq!(trace(&policy, &witness.request)[number].applies, Truth::Yes);
                }
                // A management operation on a key of another account is no request that KMS decides by the key policy.
                Answer::No => for request in requests.iter().filter(|r| is_possible(r)) {
                    let traced = trace(&policy, request)[number].applies;
                    prop_assert_ne!(traced, Truth::Yes, "{:?}", request);
                },
                Answer::Unknown(_) => {}
            }
            if policy.statements[number].effect == keywright::iam::Effect::Deny {
                continue;
            }
            match analysis.gives(number) {
                Answer::Yes(witness) => {
                    prop_assert!(allowed(&policy, &witness.request));
                    prop_assert_eq!(trace(&policy, &witness.request)[number].applies, Truth::Yes);
                }
                Answer::No => for request in &requests {
                    let request = helped(request);
                    let applies = trace(&policy, &request)[number].applies == Truth::Yes;
                    prop_assert!(!(applies && allowed(&policy, &request)), "{:?}", request);
                },
                Answer::Unknown(_) => {}
            }
        }
    }

    #[test]
    fn what_a_caller_is_allowed_is_what_some_request_is(policy in policies()) {
        let requests = requests(&[&policy]);
        let mut analysis = Analysis::new(&policy, &place());
        for text in CALLERS {
            let caller = Caller::parse(text).unwrap();
            for action in ACTIONS {
                let name = action.strip_prefix("kms:").unwrap();
                let answer = analysis.allows(&caller, |action| action.name == name);
                let mut mine = requests.iter().filter(|r| r.caller == caller && r.action == *action);
                match answer {
                    Answer::Yes(witness) => {
                        prop_assert_eq!(&witness.request.caller, &caller);
                        prop_assert!(allowed(&policy, &witness.request));
                    }
                    Answer::No => {
                        let wrong = mine.find(|request| allowed(&policy, &helped(request)));
                        prop_assert!(wrong.is_none(), "{:?}", wrong);
                    }
                    Answer::Unknown(_) => {}
                }
            }
        }
    }

    #[test]
    fn one_principal_has_both_duties_or_none_has(policy in policies()) {
        let requests = requests(&[&policy]);
        let mut analysis = Analysis::new(&policy, &place());
        match analysis.both(|a| a.name == "PutKeyPolicy", |a| a.name == "Decrypt") {
            Answer::Yes(both) => {
                prop_assert!(allowed(&policy, &both.first.request));
                prop_assert!(allowed(&policy, &both.second.request));
            }
            Answer::No => {
                for text in CALLERS.iter().filter(|text| !text.ends_with("root") && text.contains(super::OWN)) {
                    let caller = Caller::parse(text).unwrap();
                    let tags: BTreeSet<_> = requests.iter().map(|r| r.context.get("aws:PrincipalTag/t").map(<[_]>::to_vec)).collect();
                    for tag in tags {
                        let can = |action: &str| requests.iter().any(|r| {
                            r.caller == caller && r.action == action && allowed(&policy, r)
                                && r.context.get("aws:PrincipalTag/t").map(<[_]>::to_vec) == tag
                        });
                        prop_assert!(!(can("kms:PutKeyPolicy") && can("kms:Decrypt")), "{text}");
                    }
                }
            }
            Answer::Unknown(_) => {}
        }
    }

    #[test]
    fn a_policy_widens_another_where_a_request_is_newly_allowed(new in policies(), old in policies(), same in any::<bool>()) {
        let mut new = new;
        if same {
            // Near each other, as policies before and after a change are.
            let mut statements = old.statements.clone();
            statements.truncate(2);
            statements.extend(new.statements.into_iter().take(1));
            new = PolicyDocument::canonical(None, statements);
        }
        match widens(&new, &old, &place()) {
            Answer::Yes(witness) => {
                prop_assert!(allowed(&new, &witness.request));
                prop_assert!(refused(&old, &witness.request));
            }
            Answer::No => for request in requests(&[&new, &old]) {
                for request in [helped(&request), request] {
                    let wider = allowed(&new, &request) && refused(&old, &request);
                    prop_assert!(!wider, "{:?}", request);
                }
            },
            Answer::Unknown(_) => {}
        }
    }
}
