use keywright::hcl::quote::{escape_into, quote};
use keywright::hcl::read::{Part, literal, parts};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

use super::expression;

/// Strings made of the pieces that have a meaning in HCL, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "$", "%", "{", "}", "\\", "\"", "~", "${", "%{", "$${", "%%{", "\n", "\r", "\t", "\0",
            "\u{85}", "é", "😀",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    // NFC only: Terraform makes every string NFC, and so does the reader.
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().nfc().collect())
}

fn escape(text: &str, before_interpolation: bool) -> String {
    let mut out = String::new();
    escape_into(&mut out, text, before_interpolation);
    out
}

#[test]
fn markers_of_templates_stay_text() {
    for (text, written) in [
        ("plain é 😀", "plain é 😀"),
        ("a\"b\\c\n\r\t", r#"a\"b\\c\n\r\t"#),
        ("\0\u{1b}\u{7f}\u{85}", r"\u0000\u001B\u007F\u0085"),
        ("${a} %{b}", "$${a} %%{b}"),
        ("$${a}", r"\u0024$${a}"),
        ("%${a}", r"\u0025$${a}"),
        ("$%{a}", r"\u0024%%{a}"),
        ("50% of $ and $$", "50% of $ and $$"),
    ] {
        assert_eq!(escape(text, false), written, "{text:?}");
    }
}

#[test]
fn a_marker_before_an_interpolation_is_numbered() {
    assert_eq!(escape("cost$", true), r"cost\u0024");
    assert_eq!(escape("cost%", true), r"cost\u0025");
    assert_eq!(escape("cost$$", true), r"cost$\u0024");
    assert_eq!(escape("cost$", false), "cost$");
}

proptest! {
    #[test]
    fn what_is_quoted_reads_back(text in hostile()) {
        let expression = expression(&quote(&text));
        prop_assert_eq!(literal(&expression).unwrap(), text);
    }

    #[test]
    fn pieces_around_an_interpolation_read_back(before in hostile(), after in hostile()) {
        let code = format!("\"{}${{local.a}}{}\"", escape(&before, true), escape(&after, false));
        let expression = expression(&code);
        let parts = parts(&expression).unwrap();
        let texts: Vec<_> = parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.as_ref(),
                Part::Interpolation(_) => "|",
                Part::Directive => "directive",
            })
            .collect();
        let expected: Vec<_> = [before.as_str(), "|", &after].into_iter().filter(|text| !text.is_empty()).collect();
        prop_assert_eq!(texts, expected);
    }
}
