use keywright::source::Sources;
use keywright::yaml::emit::{double_quoted, scalar};
use keywright::yaml::{Dialect, load};
use proptest::prelude::*;

#[test]
fn common_text_stays_plain() {
    let texts = [
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "alias/foo",
        "AWS::KMS::Key",
        "aws:PrincipalArn",
        "words with spaces",
        "arn:aws:iam::111122223333:role/App",
        "Schlüssel für Löhne",
        "a/b_c.d-e",
        "/service-role/x",
        "audit logs (all accounts)",
        "yesterday",
        "nullable",
        "StringEquals",
        "it's",
    ];
    for text in texts {
        assert_eq!(scalar(text), text);
    }
}

/// Texts that some reader of plain YAML takes for something else.
const TRAPS: &[&str] = &[
    "",
    " ",
    " a",
    "a ",
    "2012-10-17",
    "2001-12-14t21:59:43.10-05:00",
    "yes",
    "No",
    "ON",
    "off",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "NULL",
    "~",
    "1e3",
    "012",
    "0o7",
    "0x1F",
    "0b1",
    "1:30",
    "190:20:30",
    "1_000",
    ".5",
    "-.inf",
    ".NaN",
    "+1",
    "-1",
    "=",
    "<<",
    "-",
    "- a",
    "?",
    "? a",
    ":",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "'a'",
    "\"a\"",
    "%a",
    "@a",
    "`a`",
    "[a]",
    "{a}",
    "a, b",
    "---",
    "...",
    "--- a",
    "a\nb",
    "a\tb",
    "\\",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffe}",
    "\u{1ffff}",
    "\u{10ffff}",
    "\u{202e}",
    "😀",
    "🔑 key",
    "é",
    "${AWS::Region}",
    "111122223333",
    "a\r\nb",
    "\r",
    "x\u{feff}y",
    "kms:*",
    "*",
    "e\u{301}",
    "a:\u{a0}b",
    "-a",
    "?a",
    ":a",
    "a ?",
    "a - b",
    "\u{fdd0}",
    "\u{e000}",
];

fn read_ours(text: &str) -> (String, Vec<String>) {
    let mut sources = Sources::new();
    let file = sources.add("x.yaml", text);
    let (root, problems) = load(file, text, Dialect::CloudFormation);
    let root = root.unwrap_or_else(|| panic!("{text:?} {problems:?}"));
    assert_eq!(problems, [], "{text:?}");
    let entries = root.as_mapping().unwrap();
    let items = root.get("l").unwrap().as_sequence().unwrap();
    let mut values = vec![root.get("v").unwrap().as_text().unwrap().to_owned()];
    values.extend(items.iter().map(|item| item.as_text().unwrap().to_owned()));
    (entries[2].key.as_text().unwrap().to_owned(), values)
}

fn survives(text: &str) {
    let written = scalar(text);
    assert!(!written.contains(['\n', '\r']));
    for written in [written.into_owned(), double_quoted(text)] {
        // In block and in flow style, as a value, an item and a key. `k…` keeps the key apart from
        // `v` and `l` only by being the third entry.
        let short = written.chars().count() <= 1000 && text != "v" && text != "l";
        let key = if short { &written } else { "other" };
        let yaml = format!("v: {written}\nl: [{written}, x, {written}]\n{key}: 1\n");
        let (read_key, read) = read_ours(&yaml);
        assert_eq!(read, [text, text, "x", text], "{yaml:?}");
        let mapping: serde_yaml::Mapping =
            serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{yaml:?} {error}"));
        assert_eq!(mapping["v"].as_str(), Some(text), "{yaml:?}");
        assert_eq!(mapping["l"][0].as_str(), Some(text), "{yaml:?}");
        if short {
            assert_eq!(read_key, text);
            let key = mapping.keys().nth(2).unwrap();
            assert_eq!(key.as_str(), Some(text), "{yaml:?}");
        }
    }
}

#[test]
fn traps_are_quoted_and_survive() {
    for text in TRAPS {
        if *text != "é" && *text != "a - b" && *text != "e\u{301}" && *text != "kms:*" {
            assert!(scalar(text).starts_with('"'), "{text:?}");
        }
        survives(text);
    }
}

#[test]
fn escapes_are_readable() {
    assert_eq!(double_quoted("a\"b\\c\n\t\r"), r#""a\"b\\c\n\t\r""#);
    assert_eq!(
        double_quoted("\u{0}\u{85}\u{2028}\u{feff}\u{fffe}\u{1fffe}é😀"),
        r#""\u0000\u0085\u2028\uFEFF\uFFFE\U0001FFFEé😀""#
    );
    assert_eq!(scalar("2012-10-17"), "\"2012-10-17\"");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_text_survives(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn text_of_indicators_survives(text in "([a-z0-9]|yes|null|[-:#,?!&*|>'\"%@`=~<{}\\[\\] .+_eox/\n\t\r]|0|1|\u{85}|\u{feff}|é){0,12}") {
        survives(&text);
    }
}

/// Writes a sample for other readers: `KEYWRIGHT_SAMPLE=FILE cargo test -- --ignored sample`.
#[test]
#[ignore = "writes a file for a check by hand with other YAML readers"]
fn write_a_sample() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop_oneof![
        any::<String>(),
        "([a-z0-9]|yes|null|[-:#,?!&*|>'\"%@`=~<{}\\[\\] .+_eox/\n\t\r]|0|1|\u{85}|é){0,8}",
    ];
    let mut texts: Vec<String> = TRAPS.iter().map(|text| (*text).to_owned()).collect();
    texts.extend((0..20_000).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
    let mut yaml = String::new();
    for text in &texts {
        let written = scalar(text);
        let key = if written.chars().count() < 1000 {
            &*written
        } else {
            "long"
        };
        yaml.push_str(&format!("- v: {written}\n- {key}: {{ f: [{written}] }}\n"));
    }
    let path = std::env::var("KEYWRIGHT_SAMPLE").unwrap();
    std::fs::write(&path, yaml).unwrap();
    std::fs::write(
        format!("{path}.json"),
        serde_json::to_string(&texts).unwrap(),
    )
    .unwrap();
}
