//! Diagnostics as JSON.

use serde_json::{Value, json};

use crate::diag::{Diagnostic, Severity};
use crate::source::Sources;

use super::lines::Lines;
use super::{path, sorted};

/// How many characters of the offending text are shown.
const MAX_TEXT: usize = 200;

/// A list with one object for each diagnostic: `code`, `severity` (`error` or `warning`),
/// `message`, `file`, `line`, `column`, `end_line`, `end_column` (from 1, columns in characters,
/// the end exclusive), `text` (the offending text, cut to 200 characters) and `help` (a list).
/// What a diagnostic does not have is `null`.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let mut lines = Lines::new(sources);
    sorted(diagnostics, sources)
        .into_iter()
        .map(|diagnostic| object(diagnostic, sources, &mut lines))
        .collect()
}

fn object(diagnostic: &Diagnostic, sources: &Sources, lines: &mut Lines<'_>) -> Value {
    let path = path(diagnostic, sources);
    let place = diagnostic
        .primary
        .as_ref()
        .map(|label| (label.span, lines.place(label.span)));
    let text = place.as_ref().map(|(span, place)| {
        lines
            .text(span.file)
            .get(place.bytes.clone())
            .unwrap_or_default()
            .chars()
            .take(MAX_TEXT)
            .collect::<String>()
    });
    let place = place.map(|(_, place)| place);
    json!({
        "code": diagnostic.code,
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": diagnostic.message,
        "file": (!path.is_empty()).then_some(path),
        "line": place.as_ref().map(|place| place.start.line),
        "column": place.as_ref().map(|place| place.start.column),
        "end_line": place.as_ref().map(|place| place.end.line),
        "end_column": place.as_ref().map(|place| place.end.column),
        "text": text,
        "help": diagnostic.help,
    })
}
