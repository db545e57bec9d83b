use std::time::{Duration, Instant};

use keywright::diag::Diagnostic;
use keywright::report::diagnostics::{Look, github, json, text};
use keywright::source::{FileId, Sources, Span};

/// The span of the `nth` occurrence (from 0) of a word.
fn span(sources: &Sources, file: FileId, word: &str, nth: usize) -> Span {
    let text = sources.get(file).unwrap().text();
    let (start, _) = text.match_indices(word).nth(nth).unwrap();
    Span::new(file, start..start + word.len())
}

fn sample() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let spec = sources.add(
        "specs/pay.yaml",
        "stack: pay\nkeys:\n  - alias: ledger\n    usrs: []\n    purpose: the ledger of payments\n  - alias: ledger\n    purpose: x\n",
    );
    let crlf = sources.add(
        "specs/crlf.yaml",
        "a: 1\r\n\tkey:\t\"schlüssel 😀\" # kommentar\r\nend",
    );
    let empty = sources.add("specs/empty.yaml", "");
    let diagnostics = vec![
        Diagnostic::error("duplicate-alias", "the alias `ledger` is used twice")
            .at(span(&sources, spec, "ledger", 2), "second time")
            .also(span(&sources, spec, "ledger", 0), "first time")
            .help("rename one of the two"),
        Diagnostic::error("unknown-field", "unknown field `usrs`")
            .at(span(&sources, spec, "usrs", 0), "not a field of a key")
            .did_you_mean("usrs", ["users", "purpose"])
            .help("fields are: `users`, `purpose`"),
        Diagnostic::warning("quoted", "needless quotes")
            .at(span(&sources, crlf, "\"schlüssel 😀\"", 0), "quotes"),
        Diagnostic::error("unfinished", "the file ends here")
            .at(Span::new(crlf, 999..1000), "end of file"),
        Diagnostic::error("no-keys", "the file declares no keys")
            .at(Span::new(empty, 0..0), "expected `keys:`"),
        Diagnostic::error("unreadable", "cannot read the file: permission denied")
            .in_path("specs/locked.yaml")
            .help("make it readable"),
        Diagnostic::error("usage", "nothing to do"),
    ];
    (sources, diagnostics)
}

const STYLED: Look = Look {
    styled: true,
    width: None,
};

const NARROW: Look = Look {
    styled: false,
    width: Some(60),
};

#[test]
fn text_fits_the_terminal() {
    let mut sources = Sources::new();
    let line = format!("[{}wrong, {}]", "first, ".repeat(20), "other, ".repeat(20));
    let text_of_file = format!("{}{line}\nend", "#\n".repeat(1200));
    let file = sources.add("specs/pay.yaml", text_of_file);
    let diagnostics = [
        Diagnostic::error(
            "unknown-value",
            "a message that is longer than a line of the terminal and is broken between its words",
        )
        .at(span(&sources, file, "wrong", 0), "not this")
        .also(span(&sources, file, "end", 0), "the end")
        .help(
            "known: encrypt, decrypt, sign, verify, generate-mac, verify-mac, derive, read, write",
        )
        .help("short"),
        Diagnostic::error("no-keys", "the file declares no keys")
            .at(span(&sources, file, "first", 0), ""),
    ];
    let shown = text(&diagnostics, &sources, NARROW);
    for line in shown.lines() {
        assert!(line.chars().count() <= 60, "{line}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn text_reads_well() {
    let (sources, diagnostics) = sample();
    insta::assert_snapshot!(text(&diagnostics, &sources, Look::default()));
}

#[test]
fn styled_text_has_colours() {
    let (sources, diagnostics) = sample();
    let styled = text(&diagnostics, &sources, STYLED);
    assert!(styled.contains("\u{1b}["));
    let plain = text(&diagnostics, &sources, Look::default());
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&styled).to_string(), plain);
}

#[test]
fn github_annotations_are_escaped() {
    let (mut sources, mut diagnostics) = sample();
    let odd = sources.add("specs/a,b:100%.yaml", "x: 1\n");
    diagnostics.push(
        Diagnostic::warning("odd", "100% of\r\nit: a, b")
            .at(Span::new(odd, 0..4), "")
            .help("first")
            .help("second"),
    );
    diagnostics.push(Diagnostic::error("wide", "two lines").at(Span::new(odd, 0..5), ""));
    insta::assert_snapshot!(github(&diagnostics, &sources));
}

#[test]
fn json_has_places_and_text() {
    let (sources, diagnostics) = sample();
    insta::assert_json_snapshot!(json(&diagnostics, &sources));
}

#[test]
fn nothing_to_say_is_nothing() {
    let sources = Sources::new();
    assert_eq!(text(&[], &sources, STYLED), "");
    assert_eq!(github(&[], &sources), "");
    assert_eq!(json(&[], &sources), serde_json::json!([]));
}

#[test]
fn at_most_a_hundred_of_a_file_are_shown() {
    let mut sources = Sources::new();
    let file = sources.add("many.yaml", "x\n".repeat(500));
    let mut diagnostics: Vec<Diagnostic> = (0..250)
        .map(|line| Diagnostic::error("many", "x").at(Span::new(file, line * 2..line * 2 + 1), ""))
        .collect();
    diagnostics.push(Diagnostic::warning("other", "y").in_path("z.yaml"));
    let text = text(&diagnostics, &sources, Look::default());
    assert_eq!(text.matches("error[many]").count(), 100);
    assert!(text.contains("… and 150 more in many.yaml\n"));
    assert!(
        text.ends_with("\nkeywright: 250 errors, 1 warning\n"),
        "{text}"
    );
}

#[test]
fn long_lines_are_cut() {
    let mut sources = Sources::new();
    let line = format!(
        "{{{}\"bad\u{1b}é\": 1{}}}",
        "\"k\": \"ü\",".repeat(500_000),
        ",\"x\": 2".repeat(700_000)
    );
    let file = sources.add("long.json", line);
    let bad = span(&sources, file, "\"bad\u{1b}é\"", 0);
    let whole = Span::new(file, 0..sources.get(file).unwrap().text().len());
    let diagnostics = [
        Diagnostic::error("bad", "bad key")
            .at(bad, "here")
            .also(Span::new(file, 0..1), "of this object"),
        Diagnostic::error("whole", "all of it").at(whole, "everything"),
        Diagnostic::error("end", "the end").at(
            Span::new(file, whole.end as usize..whole.end as usize),
            "end",
        ),
    ];
    let start = Instant::now();
    let text = text(&diagnostics, &sources, Look::default());
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    insta::assert_snapshot!(text);
}

#[test]
fn large_files_stay_fast() {
    let mut sources = Sources::new();
    let file = sources.add("large.yaml", "key: value # é\n".repeat(700_000));
    let length = sources.get(file).unwrap().text().len();
    let diagnostics: Vec<Diagnostic> = (0..100)
        .map(|number| {
            let start = length / 100 * number;
            Diagnostic::error("large", "x")
                .at(Span::new(file, start..start + 7), "one")
                .also(Span::new(file, length - 5..length), "two")
                .also(Span::new(file, 0..length), "three")
        })
        .collect();
    let start = Instant::now();
    let _ = text(&diagnostics, &sources, Look::default());
    let _ = json(&diagnostics, &sources);
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_terminal_cannot_be_attacked() {
    let mut sources = Sources::new();
    let evil = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\u{8}\u{0}";
    let file = sources.add(
        format!("p{evil}.yaml"),
        format!("a: {evil}\u{2028}\u{feff}\n"),
    );
    let diagnostics = [
        Diagnostic::error("evil", format!("m{evil}\nsecond"))
            .at(Span::new(file, 3..6), format!("l{evil}"))
            .help(format!("h{evil}")),
        Diagnostic::error("evil", "p").in_path(format!("q{evil}")),
    ];
    let output = text(&diagnostics, &sources, Look::default());
    let harmful = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202e}' | '\u{2028}')
    };
    assert!(!output.contains(harmful), "{output:?}");
    insta::assert_snapshot!(output);
}

#[test]
fn any_span_can_be_shown() {
    let body = "é😀\r\n\tx\u{301}\n\n\u{1b}ü";
    let mut sources = Sources::new();
    let file = sources.add("x.yaml", body);
    for start in 0..body.len() + 3 {
        for end in start..body.len() + 3 {
            let diagnostics = [Diagnostic::error("any", "x")
                .at(Span::new(file, start..end), "one")
                .also(Span::new(file, end..end), "two")];
            for look in [Look::default(), STYLED, NARROW] {
                assert!(text(&diagnostics, &sources, look).contains("-->"));
            }
            let _ = github(&diagnostics, &sources);
            let _ = json(&diagnostics, &sources);
        }
    }
}
