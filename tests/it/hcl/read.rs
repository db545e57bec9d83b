use hcl_edit::expr::Expression;
use keywright::hcl::read::{self, Part};
use keywright::source::Sources;

use super::{expression, parse};

fn refused(text: &str) -> (&'static str, usize) {
    let diagnostic = parse(text).unwrap_err();
    (
        diagnostic.code,
        diagnostic.primary.unwrap().span.start as usize,
    )
}

#[test]
fn errors_have_a_place() {
    assert_eq!(refused("a = 1\nb = é+\n").0, "hcl-syntax");
    assert_eq!(refused("a = 1\na = 2\n"), ("hcl-syntax", 6));
    assert_eq!(refused("a = \"x\ny\"\n"), ("hcl-line-break-in-string", 6));
    assert_eq!(
        refused("a = \"${b}\ry\"\n"),
        ("hcl-line-break-in-string", 9)
    );
    assert_eq!(
        refused("resource \"a\nb\" {}\n"),
        ("hcl-line-break-in-string", 11)
    );
    for escape in [
        r"\x41",
        r"\'",
        r"\0",
        r"\u12",
        r"\ud800",
        r"\U00110000",
        r"\$",
    ] {
        assert_eq!(
            refused(&format!("a = \"{escape}\"\n")).0,
            "hcl-syntax",
            "{escape}"
        );
    }
}

#[test]
fn an_unclosed_file_is_an_error() {
    for text in [
        "a = \"",
        "a = \"${",
        "a = <<E\n",
        "a {",
        "/*",
        "a = [",
        "\u{feff}a = \"\u{e9}",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn deep_nesting_is_refused_and_not_a_crash() {
    for (open, close) in [
        ("[", "]"),
        ("{ a = ", "}"),
        ("(", ")"),
        ("\"${", "}\""),
        ("f(", ")"),
        ("-", ""),
    ] {
        for depth in [20, 55, 70, 100_000] {
            let text = format!("a = {}1{}\n", open.repeat(depth), close.repeat(depth));
            assert_eq!(parse(&text).is_ok(), depth < 60, "{open} {depth}");
        }
    }
    let blocks = format!("{}{}", "a {\n".repeat(100_000), "}\n".repeat(100_000));
    assert_eq!(refused(&blocks).0, "hcl-too-deep");
}

/// Expected texts are what Terraform 1.15.5 gives.
#[test]
fn strings_read_as_terraform_reads_them() {
    for (code, text) in [
        (r#""""#, ""),
        (r#""$${a} %%{b} $$${c} 5% $""#, "${a} %{b} $${c} 5% $"),
        (r#""$%%{c}""#, "$%{c}"),
        (r#""\u0024{a} \U0001f600\n\"\\""#, "${a} 😀\n\"\\"),
        ("\"e\u{301}\"", "é"),
        ("<<E\n a\n  $${b}\\n\"\n E\n", " a\n  ${b}\\n\"\n"),
        ("<<-E\n   a\n  b\n\n \n  E\n", " a\nb\n\n \n"),
        ("<<-E\n\ta\r\n\tb\n  E\n", "a\r\nb\n"),
        ("<<E\n a E\nE\n", " a E\n"),
    ] {
        assert_eq!(
            read::literal(&expression(code)).as_deref(),
            Some(text),
            "{code}"
        );
    }
}

#[test]
fn heredocs_whose_end_is_disputed_are_refused() {
    assert_eq!(refused("a = <<E\nE\nE\n"), ("hcl-heredoc", 4));
    assert!(parse("a = <<E\n x\n E y\nE\n").is_err());
}

#[test]
fn templates_come_in_parts() {
    let expr = expression(r#""a${data.x.y}${"b"}""#);
    let parts = read::parts(&expr).unwrap();
    assert_eq!(parts[0], Part::Literal("a".into()));
    let Part::Interpolation(reference) = &parts[1] else {
        panic!("{parts:?}")
    };
    assert_eq!(read::path(reference).unwrap(), ["data", "x", "y"]);
    let Part::Interpolation(string) = &parts[2] else {
        panic!("{parts:?}")
    };
    assert_eq!(read::literal(string).unwrap(), "b");

    let flush = expression("<<-E\n    a ${b}c\n  ${b}\n  d\n E\n");
    let texts: Vec<_> = read::parts(&flush)
        .unwrap()
        .into_iter()
        .map(|part| match part {
            Part::Literal(text) => text.into_owned(),
            _ => "|".to_owned(),
        })
        .collect();
    assert_eq!(texts, ["  a ", "|", "c\n", "|", "\nd\n"]);

    for trimmed in [r#""a ${~ b}""#, r#""%{ if a }b%{ endif }""#] {
        assert!(
            read::parts(&expression(trimmed))
                .unwrap()
                .contains(&Part::Directive)
        );
    }
    assert_eq!(read::parts(&expression("a")), None);
}

#[test]
fn references_are_paths() {
    for (code, path) in [
        ("a", Some(vec!["a"])),
        (
            "(data.aws_region.current.name)",
            Some(vec!["data", "aws_region", "current", "name"]),
        ),
        ("a[0].b", None),
        ("a.0", None),
        ("a.*.b", None),
        ("f(a).b", None),
        ("\"a\"", None),
    ] {
        assert_eq!(read::path(&expression(code)), path, "{code}");
    }
}

#[test]
fn blocks_attributes_and_items_have_places() {
    let text = "\u{feff}resource \"aws_kms_key\" main {\n  tags = { Owner = 1, \"a b\" = 2, (c) = 3, \"${d}\" = 4 }\n}\n";
    let mut sources = Sources::new();
    let file = sources.add("main.tf", text);
    let body = read::parse(file, text).unwrap();
    let block = read::blocks(&body).next().unwrap();
    assert_eq!(block.ident.as_str(), "resource");
    assert_eq!(read::labels(block), ["aws_kms_key", "main"]);
    let tags = read::attribute(&block.body, "tags").unwrap();
    assert!(
        sources
            .slice(read::span(file, tags))
            .starts_with("tags = {")
    );
    let Expression::Object(object) = &tags.value else {
        panic!("{tags:?}")
    };
    let items: Vec<_> = read::items(object)
        .map(|(key, value)| (read::key_text(key), sources.slice(read::span(file, value))))
        .collect();
    assert_eq!(items[0], (Some("Owner".into()), "1"));
    assert_eq!(items[1], (Some("a b".into()), "2"));
    assert_eq!((items[2].0.as_ref(), items[3].0.as_ref()), (None, None));
}
