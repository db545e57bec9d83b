//! Condition operators.
//! Sources: IAM user guide, "IAM JSON policy elements: Condition operators", "Conditions with multiple context keys or
//! values", "Set operators for multivalued context keys", "IAM policy elements: Variables and tags".

use keywright::access::Outcome::{self, Allow, ImplicitDeny, Unknown};
use serde_json::{Value, json};

use super::{allow, expect};

const YES: Outcome = Allow;
const NO: Outcome = ImplicitDeny;

/// Whether a condition on `k:y` holds when the request has this value; `null` for none.
#[track_caller]
fn holds(outcome: Outcome, operator: &str, wanted: Value, actual: Value) {
    let context = if actual.is_null() {
        json!({})
    } else {
        json!({"k:Y": actual})
    };
    let statement = allow(json!({"Condition": {operator: {"k:y": wanted}}}));
    expect(outcome, &[statement], &json!({"context": context}));
}

#[test]
fn strings() {
    for (operator, wanted, actual, outcome) in [
        ("StringEquals", "a", "a", YES),
        ("StringEquals", "a", "A", NO),
        ("StringEquals", "a*", "ab", NO),
        ("StringEquals", "a*", "a*", YES),
        ("StringNotEquals", "a", "b", YES),
        ("StringNotEquals", "a", "a", NO),
        ("StringEqualsIgnoreCase", "aBc", "AbC", YES),
        ("StringEqualsIgnoreCase", "a*", "ab", NO),
        ("StringNotEqualsIgnoreCase", "a", "A", NO),
        ("StringLike", "a*c", "abbc", YES),
        ("StringLike", "a*c", "ABC", NO),
        ("StringLike", "a?c", "abc", YES),
        ("StringLike", "a?c", "ac", NO),
        ("StringLike", "*:role/x", "arn:aws:iam::1:role/x", YES),
        ("StringNotLike", "a*", "b", YES),
        ("StringNotLike", "a*", "ab", NO),
    ] {
        holds(outcome, operator, json!(wanted), json!(actual));
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately." `ArnEquals` and `ArnLike` "behave
/// identically".
#[test]
fn arns() {
    let arn = "arn:aws:iam::111122223333:role/team/App:x";
    for (pattern, outcome) in [
        (arn, YES),
        ("arn:aws:iam::111122223333:role/*", YES),
        ("arn:*:*:*:*:*", YES),
        ("arn:aws:iam::1111?2223333:role/team/App?x", YES),
        ("arn:aws:*:role/team/App:x", NO),
        ("arn:aws:*", NO),
        ("arn:aws:iam::*:user/*", NO),
        ("arn:aws:iam:*111122223333:role/*", NO),
        ("ARN:aws:iam::111122223333:role/*", NO),
        // It has not six parts, but AWS does not say that it matches nothing.
        ("*", Unknown),
    ] {
        for operator in ["ArnLike", "ArnEquals"] {
            holds(outcome, operator, json!(pattern), json!(arn));
        }
    }
    holds(NO, "ArnNotLike", json!("arn:aws:iam::*:role/*"), json!(arn));
    holds(
        YES,
        "ArnNotEquals",
        json!("arn:aws:iam::*:user/*"),
        json!(arn),
    );
    holds(Unknown, "ArnNotLike", json!("arn:aws:*"), json!(arn));
    holds(
        NO,
        "ArnLike",
        json!("arn:aws:iam::*:role/*"),
        json!("role/App"),
    );
}

#[test]
fn numbers_are_compared_exactly() {
    for (operator, wanted, actual, outcome) in [
        ("NumericEquals", "10", "10.0", YES),
        ("NumericEquals", "10", "010", YES),
        ("NumericEquals", "-0", "0.00", YES),
        ("NumericEquals", "9007199254740993", "9007199254740992", NO),
        ("NumericNotEquals", "10", "11", YES),
        ("NumericLessThan", "10", "9.99", YES),
        ("NumericLessThan", "10", "10", NO),
        ("NumericLessThanEquals", "10", "10", YES),
        ("NumericGreaterThan", "-2", "-1", YES),
        ("NumericGreaterThan", "0.5", "0.49999", NO),
        ("NumericGreaterThanEquals", "100", "99", NO),
        ("NumericEquals", "10", "ten", Unknown),
        ("NumericNotEquals", "1e3", "1000", Unknown),
    ] {
        holds(outcome, operator, json!(wanted), json!(actual));
    }
    holds(YES, "NumericLessThan", json!(1.5), json!(1));
}

#[test]
fn dates() {
    for (operator, wanted, actual, outcome) in [
        (
            "DateEquals",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            YES,
        ),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", YES),
        ("DateEquals", "2026-01-01T00:00Z", "2026-01-01", YES),
        (
            "DateNotEquals",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.001Z",
            YES,
        ),
        (
            "DateLessThan",
            "2024-03-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            YES,
        ),
        (
            "DateGreaterThan",
            "2026-06-01T00:00:00Z",
            "2026-05-31T23:00:00-02:00",
            YES,
        ),
        (
            "DateLessThanEquals",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Z",
            NO,
        ),
        (
            "DateGreaterThanEquals",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            YES,
        ),
        // A year, or half an hour after 1970.
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025", Unknown),
        (
            "DateLessThan",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00Z",
            Unknown,
        ),
        (
            "DateLessThan",
            "2026-01-01T00:00:00",
            "2025-01-01T00:00:00Z",
            Unknown,
        ),
    ] {
        holds(outcome, operator, json!(wanted), json!(actual));
    }
}

#[test]
fn booleans_and_binaries() {
    holds(YES, "Bool", json!("true"), json!("true"));
    holds(YES, "Bool", json!(false), json!("false"));
    holds(NO, "Bool", json!(true), json!(false));
    holds(Unknown, "Bool", json!("True"), json!("true"));
    holds(YES, "BinaryEquals", json!("QmluYXJ5"), json!("QmluYXJ5"));
    holds(NO, "BinaryEquals", json!("QmluYXJ5"), json!("qmluyxj5"));
}

#[test]
fn addresses() {
    for (range, address, outcome) in [
        ("203.0.113.0/24", "203.0.113.255", YES),
        ("203.0.113.0/24", "203.0.114.0", NO),
        ("203.0.113.7", "203.0.113.7", YES),
        ("203.0.113.7", "203.0.113.8", NO),
        ("0.0.0.0/0", "198.51.100.1", YES),
        ("0.0.0.0/0", "2001:db8::1", NO),
        ("::/0", "2001:db8::1", YES),
        ("2001:db8::/32", "2001:DB8:0::1", YES),
        ("2001:db8::/32", "2001:db9::1", NO),
        ("203.0.113.0/33", "203.0.113.1", Unknown),
        ("203.0.113.*", "203.0.113.1", Unknown),
    ] {
        holds(outcome, "IpAddress", json!(range), json!(address));
        let negated = match outcome {
            Allow => NO,
            ImplicitDeny => YES,
            other => other,
        };
        holds(negated, "NotIpAddress", json!(range), json!(address));
    }
}

/// "If the key […] is not present in the request context, the values do not match and the condition is false. If the
/// policy condition requires that the key is not matched […] the condition is true."
#[test]
fn missing_keys() {
    for (operator, outcome) in [
        ("StringEquals", NO),
        ("StringLike", NO),
        ("ArnLike", NO),
        ("NumericLessThan", NO),
        ("DateGreaterThan", NO),
        ("Bool", NO),
        ("IpAddress", NO),
        ("BinaryEquals", NO),
        ("StringNotEquals", YES),
        ("StringNotLike", YES),
        ("ArnNotEquals", YES),
        ("NumericNotEquals", YES),
        ("NotIpAddress", YES),
        ("StringEqualsIfExists", YES),
        ("BoolIfExists", YES),
        ("ArnNotLikeIfExists", YES),
        ("ForAllValues:StringEquals", YES),
        ("ForAllValues:StringNotLike", YES),
        ("ForAnyValue:StringEquals", NO),
        ("ForAnyValue:StringNotEquals", NO),
        // AWS does not say which of the two prevails.
        ("ForAnyValue:StringEqualsIfExists", Unknown),
    ] {
        holds(outcome, operator, json!("true"), Value::Null);
        holds(outcome, operator, json!("true"), json!([]));
    }
    holds(NO, "StringEqualsIfExists", json!("a"), json!("b"));
}

#[test]
fn null() {
    holds(YES, "Null", json!("true"), Value::Null);
    holds(NO, "Null", json!(true), json!("x"));
    holds(YES, "Null", json!(false), json!("x"));
    holds(NO, "Null", json!("false"), Value::Null);
    holds(YES, "Null", json!(["true", "false"]), json!("x"));
    holds(Unknown, "Null", json!("yes"), json!("x"));
}

#[test]
fn one_value_of_several_suffices_and_for_a_negated_operator_none_may_match() {
    holds(YES, "StringEquals", json!(["a", "b"]), json!("b"));
    holds(NO, "StringNotEquals", json!(["a", "b"]), json!("b"));
    holds(YES, "StringNotEquals", json!(["a", "b"]), json!("c"));
    holds(NO, "StringEquals", json!([]), json!("a"));
}

#[test]
fn all_operators_and_keys_must_hold() {
    let statement = allow(json!({"Condition": {
        "StringEquals": {"k:a": "1", "k:b": "2"}, "StringLike": {"k:c": "3*"}}}));
    let mut context = json!({"k:a": "1", "k:b": "2", "k:c": "34"});
    expect(
        Allow,
        std::slice::from_ref(&statement),
        &json!({"context": context}),
    );
    for key in ["k:a", "k:b", "k:c"] {
        let value = context[key].take();
        context[key] = json!("x");
        expect(
            ImplicitDeny,
            std::slice::from_ref(&statement),
            &json!({"context": context}),
        );
        context[key] = value;
    }
}

#[test]
fn sets() {
    for (operator, actual, outcome) in [
        ("ForAllValues:StringEquals", json!(["a", "b"]), YES),
        ("ForAllValues:StringEquals", json!(["a", "c"]), NO),
        ("ForAnyValue:StringEquals", json!(["a", "c"]), YES),
        ("ForAnyValue:StringEquals", json!(["c", "d"]), NO),
        ("ForAllValues:StringNotEquals", json!(["c", "d"]), YES),
        ("ForAllValues:StringNotEquals", json!(["a", "d"]), NO),
        ("ForAnyValue:StringNotEquals", json!(["a", "d"]), YES),
        ("ForAnyValue:StringNotEquals", json!(["a", "b"]), NO),
        // "resolve to an empty data set, for example, an empty string"
        ("ForAllValues:StringEquals", json!([""]), YES),
        ("ForAnyValue:StringNotEquals", json!([""]), NO),
    ] {
        holds(outcome, operator, json!(["a", "b"]), actual);
    }
}

/// "Multivalued context keys require a condition set operator": nothing is said of those that have none.
#[test]
fn several_values_without_a_set_operator() {
    holds(Unknown, "StringEquals", json!("a"), json!(["a", "b"]));
    holds(NO, "StringEquals", json!("c"), json!(["a", "b"]));
    holds(Unknown, "StringNotEquals", json!("c"), json!(["a", "b"]));
    holds(NO, "StringNotEquals", json!("a"), json!(["a", "b"]));
    let statement = allow(json!({"Condition": {"StringEquals": {"aws:TagKeys": "a"}}}));
    expect(
        Unknown,
        &[statement],
        &json!({"context": {"aws:TagKeys": "a"}}),
    );
}

#[test]
fn variables() {
    let case = |version: &str, wanted: &str, context: Value, outcome: Outcome| {
        for operator in ["StringEquals", "StringLike"] {
            let statement = allow(json!({"Condition": {operator: {"k:y": wanted}}}));
            let policy = json!({"Version": version, "Statement": statement});
            let decision = super::decision(&policy, &json!({"context": context}));
            assert_eq!(decision.outcome, outcome, "{operator} {wanted} {context}");
        }
    };
    let now = "2012-10-17";
    case(now, "${k:x}", json!({"k:y": "a", "K:X": "a"}), YES);
    case(
        now,
        "<${k:x}-${k:x}>",
        json!({"k:y": "<a-a>", "k:x": "a"}),
        YES,
    );
    case(now, "${k:x}", json!({"k:y": "b", "k:x": "a"}), NO);
    // What a variable holds is no pattern.
    case(now, "${k:x}", json!({"k:y": "b", "k:x": "*"}), NO);
    case(now, "${k:x}", json!({"k:y": "*", "k:x": "*"}), YES);
    case(now, "${*}${?}${$}{", json!({"k:y": "*?${"}), YES);
    case(now, "${*}", json!({"k:y": "abc"}), NO);
    case(now, "${k:x, 'd'}", json!({"k:y": "d"}), YES);
    case(now, "${k:x, 'd'}", json!({"k:y": "a", "k:x": "a"}), YES);
    case(now, "${k:x}", json!({"k:y": "${k:x}"}), NO);
    case(now, "${k:x", json!({"k:y": "${k:x"}), YES);
    case(
        now,
        "${k:x}",
        json!({"k:y": "a", "k:x": ["a", "b"]}),
        Unknown,
    );
    // The language of 2008 has none.
    case(
        "2008-10-17",
        "${k:x}",
        json!({"k:y": "${k:x}", "k:x": "a"}),
        YES,
    );
    case("2008-10-17", "${k:x}", json!({"k:y": "a", "k:x": "a"}), NO);
    // "This might cause the entire statement to be invalid."
    holds(Unknown, "StringNotEquals", json!("${k:x}"), json!("a"));
    holds(Unknown, "StringEquals", json!(["${k:x}", "a"]), json!("a"));
    holds(NO, "StringEquals", json!(["${k:x}", "b"]), json!("a"));
    // "You can't use a policy variable with other operators."
    holds(Unknown, "NumericEquals", json!("${k:x}"), json!("1"));
}

#[test]
fn names_of_operators_and_keys_ignore_case() {
    let statement =
        allow(json!({"Condition": {"stringequalsIFEXISTS": {"KMS:encryptioncontext:APP": "x"}}}));
    expect(
        Allow,
        std::slice::from_ref(&statement),
        &json!({"context": {"kms:EncryptionContext:app": "x"}}),
    );
    expect(
        ImplicitDeny,
        &[statement],
        &json!({"context": {"kms:EncryptionContext:app": "X"}}),
    );
}

#[test]
fn unknown_operators_are_unknown_where_they_matter() {
    holds(Unknown, "StringEqual", json!("a"), json!("a"));
    holds(Unknown, "NullIfExists", json!("true"), json!("a"));
    let statement =
        allow(json!({"Condition": {"StringEqual": {"k:y": "a"}, "StringEquals": {"k:z": "b"}}}));
    expect(ImplicitDeny, &[statement], &json!({}));
}
