//! One piece of text goes in, and all else stays as it is.

use indoc::indoc;
use insta::assert_snapshot;
use keywright::source::Sources;
use keywright::spec::append::{Insertion, NewKey, NewPrincipal, insertion};
use proptest::prelude::*;
use serde_yaml::Value;

fn new_key() -> NewKey {
    let principal = |text| NewPrincipal::parse(text).unwrap();
    NewKey {
        alias: "new".into(),
        id: "New".into(),
        purpose: "Encrypts: the \"new\" one".into(),
        users: vec![
            principal("role=team/Reader,access=decrypt"),
            principal("account=012345678901"),
        ],
        administrators: vec![],
    }
}

fn added(text: &str) -> Option<Insertion> {
    let file = Sources::new().add("specs/audit.yaml", text);
    insertion(file, text, &new_key()).ok()
}

/// What holds for every insertion, seen by another reader of YAML.
fn holds(text: &str, insertion: &Insertion) {
    let new = insertion.apply(text);
    let end = insertion.at + insertion.text.len();
    assert_eq!([&new[..insertion.at], &new[end..]].concat(), text);
    let read = |text: &str| -> Value {
        serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
    };
    // A block of text that the end of the file cuts off ends with a line end for keywright, without one for others.
    let ended = |text: &str| {
        if text.ends_with('\n') {
            text.to_owned()
        } else {
            format!("{text}\n")
        }
    };
    let (old, new) = (read(&ended(text)), read(&ended(&new)));
    let fields = |value: &Value| value.as_mapping().cloned().unwrap_or_default();
    let (mut old, mut new) = (fields(&old), fields(&new));
    let keys = |value: Option<Value>| {
        value
            .and_then(|keys| keys.as_sequence().cloned())
            .unwrap_or_default()
    };
    let (old_keys, mut new_keys) = (keys(old.remove("keys")), keys(new.remove("keys")));
    let key = new_keys.pop().unwrap();
    assert_eq!((old, old_keys), (new, new_keys));
    assert_eq!(key["alias"], "new");
    assert_eq!(key["purpose"], "Encrypts: the \"new\" one");
    assert_eq!(key["users"][0]["access"][0], "decrypt");
    assert_eq!(key["users"][1]["account"], "012345678901");
}

#[test]
fn principals_are_split_at_fields_only() {
    let written = |text: &str| {
        let mut key = new_key();
        key.users = vec![NewPrincipal::parse(text).unwrap()];
        let file = Sources::new().add("a", "");
        let text = insertion(file, "", &key).unwrap().text;
        text.split("users:\n").nth(1).unwrap().to_owned()
    };
    assert_snapshot!(
        [
            "role=a,b,c",
            "role=a=b,via=s3+sns,account=012345678901",
            "role=x+y",
            "service=s3-notifications,bucket=a+b",
            "service=s3-notifications,bucket=a,b",
            "arn=arn:aws:iam::210987654321:role/a,X=1",
            "permission_set=Finance,context=aws:s3:arn=arn:aws:s3:::b+team=red, blue",
            "role=yes,match=condition",
        ]
        .map(written)
        .join("---\n")
    );
    for bad in [
        "",
        "FooBar",
        "=x",
        "role=",
        "role=x,via=",
        "role=x,context=a",
    ] {
        assert!(NewPrincipal::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_style_of_the_file_is_kept() {
    let texts = [
        indoc! {"
            # top
            stack: audit   # the stack
            keys:
              # first
              - alias: a
                purpose: x   # trailing
                # of the key: above the line below

                # too
              # of the list

            # of what follows
            released: [{id: Old, reason: moved}]
        "},
        indoc! {"
            keys:
            -   alias: a
                purpose: x
            -   alias: b
                purpose: |
                  text

                  # no comment
            tags: {a: b}
        "},
        indoc! {"
            keys:
                - alias: a
                  purpose: |+
                    kept

                # end
        "},
        indoc! {"
            keys:
              - {alias: a, purpose: x}
              -
                alias: b
                purpose: x
                rotation:
            # end
        "},
        "keys: # none yet\n  # to come\nstack: audit\n",
        "stack: audit\n# end",
        "stack: audit\n...\n# end\n",
        "# nothing\n",
        "---\nkeys:\n  - alias: a\n    purpose: x\n...\n",
        "  stack: audit\n  keys:\n  - alias: a\n    purpose: >-\n      folded\n      text\n",
    ];
    let all: String = texts
        .map(|text| {
            let insertion = added(text).unwrap_or_else(|| panic!("{text}"));
            holds(text, &insertion);
            let new = insertion.text.lines().map(|line| format!("+{line}\n"));
            let new: String = new.collect();
            let (before, after) = text.split_at(insertion.at);
            format!("{before}{new}{after}\n=======\n")
        })
        .concat();
    assert_snapshot!(all);
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => Just("\n".to_owned()),
        1 => (0..8_usize, "[ -~é🔑]{0,12}").prop_map(|(indent, text)| format!("{:indent$}# {text}\n", "")),
    ]
}

fn purpose() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        " plain",
        " 'it''s'",
        " \"a\\n# b\"",
        " two\n@words",
        " |\n@block\n\n@# text",
        " |+\n@kept\n\n",
        " >-\n@folded\n@text",
        " |2\n@ odd",
        " # above\n@plain",
        " \"over\n\n@lines\"",
    ])
}

prop_compose! {
    fn key(dash: usize, gap: usize)(
        number in 0..1000_u32,
        purpose in purpose(),
        users in prop::sample::select(vec![
            "", "users:\n@- role: a\n", "users:\n@  - role: a\n@    # b\n@    via: [s3,\n@      sns]\n", "users: [{role: a}]  # x\n",
            "rotation:\n", "rotation: # left out\n\n", "tags: {\n@  a: b,\n@}\n",
        ]),
        flow in prop::bool::weighted(0.1),
        own_line in prop::bool::weighted(0.1),
        comments in prop::collection::vec(comment(), 3),
    ) -> String {
        let column = dash + gap;
        let margin = " ".repeat(column);
        let [first, second, third] = comments.as_slice() else { unreachable!() };
        if flow {
            return format!("{:dash$}- {{alias: a{number}, purpose: x}}\n{third}", "");
        }
        let start = if own_line { format!("-\n{margin}") } else { format!("-{:1$}", "", gap - 1) };
        // A block of text is no place for comments.
        let second = if purpose.contains(['|', '>']) { "" } else { second };
        let users = if users.is_empty() { String::new() } else { format!("{margin}{}", users.replace('@', &margin)) };
        let purpose = purpose.replace('@', &format!("{margin}  "));
        format!("{first}{:dash$}{start}alias: a{number}\n{users}{margin}purpose:{purpose}\n{second}", "")
    }
}

prop_compose! {
    fn spec()(dash in prop::sample::select(vec![0, 2, 4]), gap in prop::sample::select(vec![2, 4]))(
        keys in prop::collection::vec(key(dash, gap), 0..4),
        comments in prop::collection::vec(comment(), 4),
        before in prop::sample::select(vec!["", "stack: audit\n", "---\n", "version: 1 # one\nstack: audit\n"]),
        after in prop::sample::select(vec!["", "tags: {a: b}\n", "environment: production\n", "tags:\n  a: |\n    b\n", "...\n"]),
        crlf in any::<bool>(),
        cut in any::<bool>(),
    ) -> String {
        let [first, second, third, fourth] = comments.as_slice() else { unreachable!() };
        let text = format!("{first}{before}{second}keys:\n{}{third}{after}{fourth}", keys.concat());
        let text = if cut { text.trim_end_matches('\n') } else { &text };
        if crlf { text.replace('\n', "\r\n") } else { text.to_owned() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_byte_and_every_key_stays(text in spec()) {
        // Comments that the generator puts where they end a text are no YAML.
        prop_assume!(serde_yaml::from_str::<Value>(&text).is_ok());
        let file = Sources::new().add("a", text.as_str());
        let (_, problems) = keywright::yaml::load(file, &text, keywright::yaml::Dialect::Spec);
        prop_assume!(problems.is_empty());
        let insertion = added(&text);
        prop_assert!(insertion.is_some(), "refused:\n{text}");
        holds(&text, &insertion.unwrap());
    }

    #[test]
    fn whatever_stands_there_nothing_else_changes(text in "(keys:|stack: a|\n|\r\n|  |- |a|: |b|#|[|]|\\{|}|\\||'|\"|,|---|\\.\\.\\.|\t){0,24}") {
        let readable = serde_yaml::from_str::<Value>(&text).is_ok();
        if let Some(insertion) = added(&text).filter(|_| readable) {
            holds(&text, &insertion);
        }
    }
}
