use std::time::{Duration, Instant};

use indoc::indoc;
use keywright::diag::Diagnostic;
use keywright::report::diagnostics::{self, Look};
use keywright::yaml::{Dialect, MAX_DEPTH, NodeKind};
use proptest::prelude::*;

use super::{load, outline};

/// The codes of all problems with what their labels point at, in order.
fn problems(text: &str, dialect: Dialect) -> Vec<(&'static str, String)> {
    let (sources, _, problems) = load(text, dialect);
    problems
        .iter()
        .map(|problem| {
            let span = problem.primary.as_ref().unwrap().span;
            (problem.code, sources.slice(span).to_owned())
        })
        .collect()
}

fn spec(text: &str) -> Vec<(&'static str, String)> {
    problems(text, Dialect::Spec)
}

fn shown(text: &str, dialect: Dialect) -> String {
    let (sources, _, problems) = load(text, dialect);
    diagnostics::text(&problems, &sources, Look::default())
}

#[test]
fn spans_cover_what_is_written() {
    let text = indoc! {r#"
        # head
        stack: audit   # comment
        empty:
        quoted: "caf\u00e9 é"   # c
        single: 'it''s'
        many: one
          two

        keys:
          - alias: schlüssel
            users: [ {role: a}, "b" ]

          # between
          - |
            first

            second é

          - >-
            folded
            text
    "#};
    let (sources, root, problems) = load(text, Dialect::Spec);
    assert_eq!(problems, []);
    insta::assert_snapshot!(outline(&sources, &root.unwrap()));
}

#[test]
fn spans_count_bytes_after_bom_and_crlf() {
    let text = "\u{feff}ключ: 'ü'\r\nnext:\r\n  - 😀 x\r\n  -\r\n";
    let (sources, root, problems) = load(text, Dialect::Spec);
    assert_eq!(problems, []);
    let root = root.unwrap();
    assert_eq!(sources.slice(root.get("ключ").unwrap().span), "'ü'");
    let next = root.get("next").unwrap();
    assert_eq!(sources.slice(next.span), "- 😀 x\r\n  -");
    let items = next.as_sequence().unwrap();
    assert_eq!(sources.slice(items[0].span), "😀 x");
    assert!(items[1].is_null() && items[1].span.range().is_empty());
    assert_eq!(sources.position(items[1].span).line, 4);
}

#[test]
fn cloudformation_keeps_tags_and_reads_json() {
    let text = indoc! {r#"
        A: !Ref Key
        B: !Sub
          - "${x}"
          - {x: !GetAtt Key.Arn}
        C: !!str 12
        D: ! 12
        E: é
    "#};
    let (sources, root, problems) = load(text, Dialect::CloudFormation);
    assert_eq!(problems, []);
    insta::assert_snapshot!(outline(&sources, &root.unwrap()));
    let json =
        "{\"a\": [1, true, null, \"x\\u00e9\\/\\ud83d\\ude00\"],\n\t\"b\": {}, \"c\": -1.5e3}\n";
    let (sources, root, problems) = load(json, Dialect::CloudFormation);
    assert_eq!(problems, []);
    insta::assert_snapshot!(outline(&sources, &root.unwrap()));
}

#[test]
fn nothing_is_no_document() {
    for text in [
        "",
        "\n\n",
        "# only a comment\n",
        "\u{feff}",
        "---\n",
        "---\n# c\n",
        " \n",
    ] {
        let (_, root, problems) = load(text, Dialect::Spec);
        assert!(
            root.is_none() && problems.is_empty(),
            "{text:?} {problems:?}"
        );
    }
    let (_, root, _) = load("~\n", Dialect::Spec);
    assert!(root.unwrap().is_null());
}

#[test]
fn specs_refuse_what_surprises() {
    let own = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs
            .iter()
            .map(|(code, text)| (*code, (*text).to_owned()))
            .collect()
    };
    let table: &[(&str, &[(&'static str, &str)])] = &[
        ("a: !Ref x\n", &[("tag", "!Ref")]),
        ("a: !<tag:x> [1]\n", &[("tag", "!<tag:x>")]),
        ("a: &x 1\nb: *x\n", &[("anchor", "&x"), ("alias", "*x")]),
        ("a: *nowhere\n", &[("alias", "*nowhere")]),
        ("a: &x\n  b: *x\n", &[("anchor", "&x"), ("alias", "*x")]),
        ("<<: {a: 1}\n", &[("merge-key", "<<")]),
        ("'<<': 1\n", &[]),
        ("a: 1\n---\nb: 1\n", &[("second-document", "---")]),
        ("a: 1\n...\n", &[]),
        ("a: 1\nb: 2\n\"a\": 3\n", &[("duplicate-key", "\"a\"")]),
        ("[a]: 1\n", &[("key-not-text", "[a]")]),
        ("{environment}: 1\n", &[("key-not-text", "{environment}")]),
        (": 1\n", &[("empty-key", "")]),
        ("a: cafe\u{301}\n", &[("not-nfc", "cafe\u{301}")]),
        ("cafe\u{301}: 1\n", &[("not-nfc", "cafe\u{301}")]),
        ("a: \"e\\u0301\"\n", &[("not-nfc", "\"e\\u0301\"")]),
        ("# e\u{301}\na: 1\n", &[]),
        (
            "a: x\u{1}y\u{85}z\u{9b}\n",
            &[
                ("control-character", "\u{1}"),
                ("control-character", "\u{9b}"),
            ],
        ),
        ("a: \u{ffff}\n", &[("control-character", "\u{ffff}")]),
        ("a: \0\n", &[("control-character", "\0")]),
        ("a: \"\\u0001\"\n", &[]),
        ("a:\n\tb: 1\n", &[("tab-indentation", "\t")]),
        ("a:\n  b: 1\n\tc: 2\n", &[("tab-indentation", "\t")]),
        ("\ta: 1\n", &[("tab-indentation", "\t")]),
        ("a:\tb\n", &[]),
        // Gathered, also before a syntax error.
        (
            "a: !x 1\na: 2\nb: &c 3\nd: @\n",
            &[("tag", "!x"), ("anchor", "&c"), ("yaml-syntax", "@")],
        ),
        (
            "- {a: 1, a: 2}\n- !x y\n",
            &[("duplicate-key", "a"), ("tag", "!x")],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(spec(text), own(expected), "{text:?}");
    }
}

#[test]
fn refused_parts_are_left_out() {
    let (_, root, _) = load("a: 1\na: 2\n<<: {}\n[x]: 1\nb: *c\n", Dialect::Spec);
    let root = root.unwrap();
    let names: Vec<&str> = root
        .as_mapping()
        .unwrap()
        .iter()
        .map(|entry| entry.name())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(root.get("a").unwrap().as_integer(), Some(1));
    assert_eq!(root.get("b").unwrap().as_text(), Some("*c"));
}

#[test]
fn large_mappings_find_duplicates_too() {
    let mut text: String = (0..100).map(|number| format!("k{number}: x\n")).collect();
    text.push_str("k7: y\nk99: z\n");
    let (_, root, problems) = load(&text, Dialect::Spec);
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].secondary.len(), 1);
    let root = root.unwrap();
    assert_eq!(root.as_mapping().unwrap().len(), 100);
    assert_eq!(root.get("k7").unwrap().as_text(), Some("x"));
}

#[test]
fn cloudformation_refuses_what_cloudformation_refuses() {
    let codes = |text| -> Vec<&'static str> {
        problems(text, Dialect::CloudFormation)
            .into_iter()
            .map(|(code, _)| code)
            .collect()
    };
    assert_eq!(codes("a: &x 1\nb: *x\n"), ["anchor", "alias"]);
    assert_eq!(codes("{\"a\": 1, \"a\": 2}"), ["duplicate-key"]);
    assert_eq!(codes("a: 1\n---\nb: 1\n"), ["second-document"]);
    assert_eq!(codes("a: e\u{301}\n"), [] as [&str; 0]);
}

#[test]
fn an_alias_bomb_ends_fast() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let start = Instant::now();
    assert_eq!(spec(&text).len(), 40 + 390);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn depth_is_limited() {
    let flow = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(spec(&flow(MAX_DEPTH)), []);
    let block: String = (0..2000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let dashes = "- ".repeat(100_000);
    for text in [
        flow(MAX_DEPTH + 1),
        flow(100_000),
        "{a: ".repeat(100_000),
        block,
        dashes,
    ] {
        let found = spec(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "too-deep");
    }
}

#[test]
fn diagnostics_of_the_loader_read_well() {
    let text = indoc! {"
        stack: audit
        keys:
          - alias: &name pay
            purpose: cafe\u{301}
            users: [*name, !Ref X]
            <<: {}
            alias: again
            {environment}: x
        ---
        more: 1
    "};
    insta::assert_snapshot!(shown(text, Dialect::Spec));
}

#[test]
fn syntax_errors_are_in_plain_words() {
    let texts = [
        "a: \"x\ny: 1\n",
        "a: 'x' y\n",
        "a: \"\\q\"\n",
        "a: \"\\u12\"\n",
        "a: [1, 2\nb: 1\n",
        "a: [1, 2}\n",
        "a: ]\n",
        "a: {x: 1\n",
        "a: {account}-foo\n",
        "a: *\n",
        "a: @x\n",
        "a: `x`\n",
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "a:\n  - 1\n b\n",
        "a: - b\n",
        "- a\nb: c\n",
        "  a: 1\nb: 2\n",
        "a: multi\nline\n",
        "a: |x\n",
        "a: \"b\n---\nc\"\n",
        "a: b #c\n  d\n",
        "[a, , b]\n",
        "a: !e!f 1\n",
        "a: %x\n",
        "\tb: 1\na: 1\n",
        "a:\n  b: 1\n\tc: 2\n",
        "a: |\n\tx\n",
        "é: \"ü\" ß\n",
        "a: [1\n",
    ];
    let mut report = String::new();
    for text in texts {
        let (_, root, problems) = load(text, Dialect::Spec);
        assert!(!problems.is_empty(), "{text:?}");
        assert!(
            root.is_none() || problems[0].code == "tab-indentation",
            "{text:?}"
        );
        report.push_str(&format!("{text:?}\n{}\n", shown(text, Dialect::Spec)));
    }
    insta::assert_snapshot!(report);
}

#[test]
fn nodes_answer_questions() {
    let (_, root, _) = load(
        "a: 0x1F\nb: yes\nc: false\nd: 1.5\ne: []\nf: 0o17\n",
        Dialect::Spec,
    );
    let root = root.unwrap();
    let get = |key| root.get(key).unwrap();
    assert_eq!(get("a").as_integer(), Some(31));
    assert_eq!(get("f").as_integer(), Some(15));
    assert_eq!(get("b").as_text(), Some("yes"));
    assert_eq!(get("c").as_bool(), Some(false));
    assert_eq!(get("c").as_text(), None);
    assert_eq!(get("d").text(), Some("1.5"));
    assert_eq!(get("d").describe(), "a number");
    assert_eq!(get("e").describe(), "a list");
    assert_eq!(root.describe(), "a mapping");
    assert!(root.get("z").is_none());
}

#[test]
fn large_files_load_fast() {
    let key = indoc! {"
        - alias: account-cloudtrail
          id: AccountCloudtrail
          purpose: audit logs of all accounts
          users:
            - service: cloudtrail
              trail: org-trail
            - role: arn:aws:iam::111122223333:role/App
              actions: [kms:Decrypt, kms:Encrypt]
    "};
    let text = key.repeat(10_000);
    let start = Instant::now();
    let (_, root, problems) = load(&text, Dialect::Spec);
    let elapsed = start.elapsed();
    assert_eq!(problems, []);
    assert_eq!(root.unwrap().as_sequence().unwrap().len(), 10_000);
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

/// Every span is within the text, on whole characters, and children lie in their parents.
fn check_spans(text: &str, node: &keywright::yaml::Node) {
    assert!(text.get(node.span.range()).is_some(), "{text:?} {node:?}");
    let children: Vec<&keywright::yaml::Node> = match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::Sequence(items) => items.iter().collect(),
        NodeKind::Mapping(entries) => entries
            .iter()
            .flat_map(|entry| [&entry.key, &entry.value])
            .collect(),
    };
    for child in children {
        assert!(
            node.span.start <= child.span.start && child.span.end <= node.span.end,
            "{text:?} {node:?}"
        );
        check_spans(text, child);
    }
}

fn check_problems(text: &str, problems: &[Diagnostic]) {
    for problem in problems {
        for label in problem.primary.iter().chain(&problem.secondary) {
            assert!(
                text.get(label.span.range()).is_some(),
                "{text:?} {problem:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_loads_without_harm(text in "([a-c]|: |- |\n|  |\t|\r\n|[\\[\\]{},?&*!|>'\"#%@é😀\u{301}\u{feff}\u{1}~-]|<<|\\.\\.\\.|---){0,40}") {
        for dialect in [Dialect::Spec, Dialect::CloudFormation] {
            let (sources, root, problems) = load(&text, dialect);
            check_problems(&text, &problems);
            if let Some(root) = root {
                check_spans(&text, &root);
            }
            let _ = diagnostics::text(&problems, &sources, Look { styled: true, width: Some(60) });
            let _ = diagnostics::json(&problems, &sources);
            let _ = diagnostics::github(&problems, &sources);
        }
    }
}
