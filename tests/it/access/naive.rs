//! The evaluator against one that is written from the documentation's sentences, slow and without a thought for speed.
//!
//! Only what AWS documents: there both must give an answer, and the same.

use keywright::access::Outcome;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::decision;

const CALLERS: [&str; 6] = [
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:user/al",
    "arn:aws:sts::111122223333:assumed-role/app/one",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:role/app",
    "arn:aws:iam::444455556666:user/al",
];
const ACTIONS: [&str; 4] = [
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:DescribeKey",
    "kms:PutKeyPolicy",
];
const TEXTS: [&str; 5] = ["a", "b", "ab", "A", "a*"];

/// `*` and `?`, by trying everything.
fn glob(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        ['?', rest @ ..] => !text.is_empty() && glob(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && glob(rest, &text[1..]),
    }
}

fn like(pattern: &str, text: &str) -> bool {
    glob(
        &pattern.chars().collect::<Vec<_>>(),
        &text.chars().collect::<Vec<_>>(),
    )
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(list).collect(),
        _ => vec![],
    }
}

fn arn_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<&str>, Vec<&str>) = (
        pattern.splitn(6, ':').collect(),
        text.splitn(6, ':').collect(),
    );
    pattern.len() == 6
        && text.len() == 6
        && pattern
            .iter()
            .zip(text)
            .all(|(pattern, text)| like(pattern, text))
}

fn value_matches(test: &str, wanted: &str, actual: &str) -> bool {
    match test {
        "StringEquals" => wanted == actual,
        "StringEqualsIgnoreCase" => wanted.eq_ignore_ascii_case(actual),
        "StringLike" => like(wanted, actual),
        "ArnLike" => arn_like(wanted, actual),
        "NumericLessThan" => actual.parse::<i64>().unwrap() < wanted.parse().unwrap(),
        other => panic!("{other}"),
    }
}

fn condition_holds(operator: &str, wanted: &[String], actual: &[String]) -> bool {
    let (set, rest) = operator.split_once(':').unwrap_or(("", operator));
    let (rest, if_exists) = rest
        .strip_suffix("IfExists")
        .map_or((rest, false), |rest| (rest, true));
    if rest == "Null" {
        return wanted.contains(&actual.is_empty().to_string());
    }
    let (test, negated) = (rest.replace("Not", ""), rest.contains("Not"));
    let one = |actual: &String| {
        wanted
            .iter()
            .any(|wanted| value_matches(&test, wanted, actual))
            != negated
    };
    match set {
        "ForAllValues" => actual.iter().all(one),
        "ForAnyValue" => actual.iter().any(one),
        _ => match actual {
            [] => if_exists || negated,
            [only] => one(only),
            _ => panic!("several values"),
        },
    }
}

fn account(caller: &str) -> &str {
    caller.split(':').nth(4).unwrap()
}

/// 0: not at all, 1: by the account, 2: by itself.
fn reach(principal: &Value, caller: &str) -> u8 {
    let names = list(if principal.is_object() {
        &principal["AWS"]
    } else {
        principal
    });
    let one = |name: &String| {
        let of_account = [
            account(caller).to_owned(),
            format!("arn:aws:iam::{}:root", account(caller)),
        ];
        let role = caller.split('/').nth(1).unwrap_or_default();
        let behind = format!("arn:aws:iam::{}:role/{role}", account(caller));
        if name == "*" || name == caller || (caller.contains(":assumed-role/") && *name == behind) {
            2
        } else if of_account.contains(name) {
            if caller.ends_with(":root") { 2 } else { 1 }
        } else {
            0
        }
    };
    names.iter().map(one).max().unwrap_or(0)
}

fn applies(statement: &Value, action: &str, context: &Value) -> bool {
    let named = |patterns: &Value| {
        list(patterns)
            .iter()
            .any(|pattern| like(&pattern.to_lowercase(), &action.to_lowercase()))
    };
    let action_matches = match statement.get("NotAction") {
        Some(patterns) => !named(patterns),
        None => named(&statement["Action"]),
    };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    action_matches
        && list(&statement["Resource"])
            .iter()
            .any(|resource| resource == "*")
        && conditions.into_iter().flatten().all(|(operator, keys)| {
            keys.as_object().unwrap().iter().all(|(key, wanted)| {
                let actual = context.get(key).map(list).unwrap_or_default();
                condition_holds(operator, &list(wanted), &actual)
            })
        })
}

fn naive(
    policy: &Value,
    caller: &str,
    action: &str,
    context: &Value,
    identity: &[Value],
) -> Outcome {
    let statements = policy["Statement"].as_array().unwrap();
    let of_caller: Vec<&Value> = identity
        .iter()
        .flat_map(|policy| policy["Statement"].as_array().unwrap())
        .collect();
    let mut known = context.clone();
    let role = caller.split('/').nth(1).unwrap_or_default();
    known["aws:PrincipalArn"] = match caller.contains(":assumed-role/") {
        true => json!(format!("arn:aws:iam::{}:role/{role}", account(caller))),
        false => json!(caller),
    };
    known["kms:CallerAccount"] = json!(account(caller));
    let key = |effect: &str, least: u8| {
        statements.iter().any(|statement| {
            statement["Effect"] == effect
                && reach(&statement["Principal"], caller) >= least
                && applies(statement, action, &known)
        })
    };
    let own = |effect: &str| {
        of_caller
            .iter()
            .any(|statement| statement["Effect"] == effect && applies(statement, action, &known))
    };
    let side = own("Allow") || caller.ends_with(":root");
    let allowed = if account(caller) == "111122223333" {
        key("Allow", 2) || (key("Allow", 1) && side)
    } else {
        key("Allow", 1) && side && action != "kms:PutKeyPolicy"
    };
    match () {
        () if key("Deny", 1) || own("Deny") => Outcome::ExplicitDeny,
        () if allowed => Outcome::Allow,
        () => Outcome::ImplicitDeny,
    }
}

fn one_or_many(items: Vec<String>) -> Value {
    match items.as_slice() {
        [only] => json!(only),
        _ => json!(items),
    }
}

fn some(from: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(from, 1..=from.len().min(3))
        .prop_map(|items| one_or_many(items.into_iter().map(str::to_owned).collect()))
}

fn a_condition() -> impl Strategy<Value = (String, String, Value)> {
    let if_exists = || prop_oneof![4 => Just(""), 1 => Just("IfExists")];
    let strings = [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ];
    let text = (
        select(strings.to_vec()),
        if_exists(),
        select(vec!["k:one", "k:two"]),
        some(&["a", "b", "?b", "*", "a*"]),
    );
    let account = (
        select(strings.to_vec()),
        if_exists(),
        Just("kms:CallerAccount"),
        some(&["111122223333", "4444*", "444455556666"]),
    );
    let arns = [
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::*:user/?l",
        "arn:*:*:*:*:*",
        "arn:aws:iam::444455556666:role/app",
    ];
    let arns: &'static [&'static str] = Box::leak(Box::new(arns));
    let arn = (
        select(vec![
            "ArnLike",
            "ArnNotLike",
            "StringLike",
            "StringNotEquals",
        ]),
        if_exists(),
        Just("aws:PrincipalArn"),
        some(arns),
    );
    let number = (
        Just("NumericLessThan"),
        if_exists(),
        Just("k:number"),
        some(&["1", "10", "100"]),
    );
    let null = (
        Just("Null"),
        Just(""),
        select(vec!["k:one", "k:many", "kms:CallerAccount"]),
        some(&["true", "false"]),
    );
    let tests = [
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringNotLike",
        "ForAnyValue:StringNotLike",
    ];
    let many = (
        select(tests.to_vec()),
        Just(""),
        Just("k:many"),
        some(&["a", "b", "a*"]),
    );
    let told = |(operator, suffix, key, values): (&str, &str, &str, Value)| {
        (format!("{operator}{suffix}"), key.to_owned(), values)
    };
    prop_oneof![3 => text.prop_map(told), 2 => account.prop_map(told), 2 => arn.prop_map(told),
        1 => number.prop_map(told), 1 => null.prop_map(told), 2 => many.prop_map(told)]
}

fn a_statement(of_key: bool) -> impl Strategy<Value = Value> {
    const NAMES: &[&str] = &[
        CALLERS[0],
        CALLERS[1],
        CALLERS[2],
        CALLERS[3],
        CALLERS[4],
        "arn:aws:iam::444455556666:root",
        "444455556666",
        "111122223333",
        "*",
    ];
    let actions = some(&[
        "kms:*",
        "*",
        "kms:decrypt",
        "kms:?n*",
        "kms:DescribeKey",
        "s3:*",
        "kms:Put*",
    ]);
    let conditions = prop::collection::vec(a_condition(), 0..3);
    let element = prop_oneof![6 => Just("Action"), 1 => Just("NotAction")];
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    (
        effect,
        some(NAMES),
        any::<bool>(),
        element,
        actions,
        conditions,
    )
        .prop_map(move |(effect, names, bare, element, actions, conditions)| {
            let mut statement = json!({"Effect": effect, element: actions, "Resource": "*"});
            if of_key {
                statement["Principal"] = if bare && names == "*" {
                    names
                } else {
                    json!({"AWS": names})
                };
            }
            let mut all = Map::new();
            for (operator, key, values) in conditions {
                let keys = all.entry(operator).or_insert_with(|| json!({}));
                keys[key] = values;
            }
            if !all.is_empty() {
                statement["Condition"] = Value::Object(all);
            }
            statement
        })
}

fn a_policy(of_key: bool) -> impl Strategy<Value = Value> {
    prop::collection::vec(a_statement(of_key), 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn a_context() -> impl Strategy<Value = Value> {
    let text = || prop::option::of(select(TEXTS.to_vec()));
    let number = prop::option::of(select(vec!["0", "5", "50"]));
    let many = subsequence(vec!["a", "b", "ab"], 0..=3);
    (text(), text(), number, many).prop_map(|(one, two, number, many)| {
        let mut context = json!({});
        for (key, value) in [("k:one", one), ("k:two", two), ("k:number", number)] {
            if let Some(value) = value {
                context[key] = json!(value);
            }
        }
        if !many.is_empty() {
            context["k:many"] = json!(many);
        }
        context
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn decisions_are_those_of_the_documentation(
        policy in a_policy(true), caller in select(CALLERS.to_vec()), action in select(ACTIONS.to_vec()), context in a_context(),
        identity in prop::collection::vec(a_policy(false), 0..3),
    ) {
        let request = json!({"principal": caller, "action": action, "context": context, "identity_policies": identity});
        let wanted = naive(&policy, caller, action, &context, &identity);
        prop_assert_eq!(decision(&policy, &request).outcome, wanted, "{} {}", policy, request);
    }
}
