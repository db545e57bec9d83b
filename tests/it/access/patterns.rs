//! Patterns and operators by themselves.

use keywright::iam::operator::{Comparison, Operator, Test, ValueSet};
use keywright::iam::pattern::{Case, Pattern, PatternKind, Token};
use keywright::iam::placeholder::{Lookup, resolve_variables};
use keywright::iam::{Part, Text};
use proptest::prelude::*;

/// Matching by the definition, exponential and recursive.
fn matches(tokens: &[Token], text: &[char]) -> bool {
    match (tokens.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((Token::AnyRun { colon }, rest)), first) => {
            matches(rest, text)
                || first.is_some_and(|(c, after)| (*colon || *c != ':') && matches(tokens, after))
        }
        (Some((Token::AnyChar { colon }, rest)), Some((c, after))) => {
            (*colon || *c != ':') && matches(rest, after)
        }
        (Some((Token::Literal(literal), rest)), Some((c, after))) => {
            literal == c && matches(rest, after)
        }
        (Some(_), None) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn patterns_match_what_their_steps_say(pattern in "[ab:*?]{0,12}", text in "[ab:]{0,12}") {
        let chars: Vec<char> = text.chars().collect();
        for kind in [PatternKind::Exact, PatternKind::Glob, PatternKind::Arn, PatternKind::Resource] {
            let read = Pattern::new(&pattern, kind, Case::Sensitive);
            let wanted = read.tokens().is_some_and(|tokens| matches(tokens, &chars));
            prop_assert_eq!(read.matches(&text), wanted, "{:?}", read);
        }
    }

    /// The six parts matched apart, as the user guide words it.
    #[test]
    fn arns_are_matched_part_by_part(
        pattern in prop::collection::vec("[ab*?]{0,4}", 6), more in "[ab:*?]{0,3}",
        text in prop::collection::vec("[ab]{0,3}", 6), rest in "[ab:]{0,3}",
    ) {
        let whole = pattern.join(":") + &more;
        let value = text.join(":") + &rest;
        let read = Pattern::new(&whole, PatternKind::Arn, Case::Sensitive);
        let glob = |pattern: &str, text: &str| Pattern::new(pattern, PatternKind::Glob, Case::Sensitive).matches(text);
        let apart = whole.splitn(6, ':').zip(value.splitn(6, ':')).all(|(pattern, text)| glob(pattern, text));
        prop_assert_eq!(read.matches(&value), apart);
    }

    /// What is unknown may be anything: whatever one puts there, a match was possible.
    #[test]
    fn unknown_pieces_may_be_anything(before in "[ab:*?]{0,6}", after in "[ab:*?]{0,6}", piece in "[ab:*?]{0,4}", text in "[ab:]{0,10}") {
        let unknown = Text::concat([&Text::literal(before.as_str()), &Text::unknown("?"), &Text::literal(after.as_str())]);
        let symbols = resolve_variables(&unknown, |_| Some(""), None).unwrap();
        for kind in [PatternKind::Exact, PatternKind::Glob, PatternKind::Arn, PatternKind::Resource] {
            let read = Pattern::of_symbols(&symbols, kind, Case::Sensitive);
            prop_assert!(!read.is_certain());
            let known = Pattern::new(&format!("{before}{piece}{after}"), kind, Case::Sensitive);
            prop_assert!(read.matches(&text) || !known.matches(&text));
        }
    }
}

#[test]
fn wildcards_do_not_explode() {
    let pattern = "a*".repeat(5000);
    let text = "a".repeat(9999) + "b";
    let read = Pattern::new(&format!("{pattern}c"), PatternKind::Glob, Case::Sensitive);
    assert!(!read.matches(&text));
}

#[test]
fn case_counts_or_not() {
    let read = |case| Pattern::new("KMS:D?crypt*", PatternKind::Glob, case);
    assert!(read(Case::Insensitive).matches("kms:decrypt"));
    assert!(!read(Case::Sensitive).matches("kms:decrypt"));
    assert!(Pattern::new("Ä", PatternKind::Exact, Case::Insensitive).matches("ä"));
}

#[test]
fn the_one_text_that_a_pattern_matches() {
    let one = |text: &str, kind| Pattern::new(text, kind, Case::Sensitive).as_exact();
    assert_eq!(one("a*", PatternKind::Exact).as_deref(), Some("a*"));
    assert_eq!(one("a*", PatternKind::Glob), None);
    assert_eq!(one("a:b", PatternKind::Arn), None);
}

#[test]
fn variables_that_unknown_text_may_hold() {
    let text = |parts: &[Part]| {
        let mut text = Text::new();
        for part in parts {
            text.push_part(part.clone());
        }
        text
    };
    let (literal, unknown) = (
        |t: &str| Part::Literal(t.to_owned()),
        Part::Unknown("!".to_owned()),
    );
    let lookup = |_: &str| Lookup::Missing;
    for parts in [
        vec![literal("a${"), unknown.clone(), literal("}b")],
        vec![literal("a"), unknown, literal("x}b")],
    ] {
        let symbols = resolve_variables(&text(&parts), |_| Some(""), Some(&lookup)).unwrap();
        let read = Pattern::of_symbols(&symbols, PatternKind::Exact, Case::Sensitive);
        assert!(read.matches("a-b") && !read.matches("b-a"), "{parts:?}");
    }
}

#[test]
fn operators() {
    let read = |name: &str| Operator::parse(name).unwrap();
    assert_eq!(
        read("ForAnyValue:StringNotLikeIfExists"),
        Operator {
            set: Some(ValueSet::ForAnyValue),
            test: Test::StringLike,
            negated: true,
            if_exists: true
        }
    );
    assert_eq!(read("ArnEquals"), read("ArnLike"));
    assert_eq!(
        read("dategreaterthan").test,
        Test::Date(Comparison::GreaterThan)
    );
    for name in [
        "StringEquals",
        "ForAllValues:NumericLessThanEqualsIfExists",
        "NotIpAddress",
        "Null",
    ] {
        assert_eq!(read(name).name(), name);
    }
    for (name, nearest) in [
        ("StringEqual", Some("StringEquals")),
        ("StringNotEqualIfExists", Some("StringNotEqualsIfExists")),
        ("ForAnyValues:StringLike", Some("ForAnyValue:StringLike")),
        ("NullIfExists", Some("Null")),
        ("ForAllValues:Null", Some("Null")),
        ("Xyzzy", None),
        ("", None),
    ] {
        let unknown = Operator::parse(name).unwrap_err();
        assert_eq!(unknown.nearest.as_deref(), nearest, "{name}");
    }
}
