use std::fs;
use std::path::Path;

use keywright::hcl::format::{columns, format};
use proptest::prelude::*;

/// `NAME.in.tf` is what went in, `NAME.out.tf` what Terraform 1.15.5 made of it with `terraform fmt`.
#[test]
fn agrees_with_terraform_fmt() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hcl/fmt");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_str().unwrap().to_owned();
        let Some(stem) = name.strip_suffix(".in.tf") else {
            continue;
        };
        let expected = fs::read_to_string(format!("{stem}.out.tf")).unwrap();
        assert_eq!(
            format(&fs::read_to_string(&path).unwrap()),
            expected,
            "{name}"
        );
        assert_eq!(format(&expected), expected, "{name}");
        cases += 1;
    }
    assert!(cases >= 6);
}

#[test]
fn ends_with_one_line_break() {
    assert_eq!(format(""), "");
    assert_eq!(format("a=1"), "a = 1\n");
    assert_eq!(format("a=1\r\n# c\r\n\r\n\n"), "a = 1\n# c\n");
}

#[test]
fn columns_are_grapheme_clusters_of_each_token() {
    assert_eq!(columns("\"kms:Decrypt\""), 13);
    assert_eq!(columns("\"e\u{301}😀👨‍👩‍👧\""), 5);
    assert_eq!(columns("\"\u{301}\""), 3);
    assert_eq!(columns("\"क्ष\""), 4);
}

proptest! {
    #[test]
    fn any_text_keeps_its_symbols(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "in", "=", " ", "  ", "\n", "\n", "{", "}", "[", "]", "(", ")", "\"", "\"x\"", "${", "# c\n", "// d\n",
                "/*", "*/", ",", ".", "-", "1", "<<E\n", "E\n", "é", "\u{301}", "😀", "~}", "\\", "%{", "$${", "\r\n", "\t",
            ]),
            0..60,
        )
    ) {
        let text = pieces.concat();
        let solid = |text: &str| text.chars().filter(|symbol| !symbol.is_whitespace()).collect::<String>();
        prop_assert_eq!(solid(&format(&text)), solid(&text));
    }
}
