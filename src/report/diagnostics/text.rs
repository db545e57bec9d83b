//! Diagnostics as text for people, in the manner of rustc.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Diagnostic, Label, Severity};
use crate::report::document::wrap;
use crate::source::Sources;

use super::excerpt::{Excerpt, Mark, excerpts};
use super::lines::Lines;
use super::{Look, harmless, path, sorted};

/// How many diagnostics of one file are shown; more would hide the other files.
const MAX_PER_FILE: usize = 100;

/// All diagnostics by file and place, each with an excerpt, and a line that counts them.
///
/// At most 100 of each file are shown. Nothing for no diagnostics. Control characters in messages and excerpts never reach
/// the output.
#[must_use]
pub fn text(diagnostics: &[Diagnostic], sources: &Sources, look: Look) -> String {
    if diagnostics.is_empty() {
        return String::new();
    }
    let mut lines = Lines::new(sources);
    let mut output = String::new();
    for file in sorted(diagnostics, sources)
        .chunk_by(|one, other| path(one, sources) == path(other, sources))
    {
        for diagnostic in file.iter().take(MAX_PER_FILE) {
            let level = match diagnostic.severity {
                Severity::Error => Level::ERROR,
                Severity::Warning => Level::WARNING,
            };
            output.push_str(&render(diagnostic, level, &mut lines, look));
            output.push_str("\n\n");
        }
        if let Some(first) = file.first()
            && file.len() > MAX_PER_FILE
        {
            let more = file.len() - MAX_PER_FILE;
            let path = harmless(path(first, sources));
            output.push_str(&if path.is_empty() {
                format!("… and {more} more\n\n")
            } else {
                format!("… and {more} more in {path}\n\n")
            });
        }
    }
    output.push_str(&summary(diagnostics));
    output.push('\n');
    output
}

/// One diagnostic with its excerpts, under whatever word for how bad it is.
pub(in crate::report) fn render(
    diagnostic: &Diagnostic,
    level: Level<'_>,
    lines: &mut Lines<'_>,
    look: Look,
) -> String {
    let renderer = if look.styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    // Excerpts and messages are cut to their width already.
    let renderer = renderer.term_width(500);
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut mark = |label: &'_ Label, primary| Mark {
        file: label.span.file,
        place: lines.place(label.span),
        text: "",
        primary,
    };
    let mut marks = Vec::new();
    if let Some(label) = &diagnostic.primary {
        marks.push(Mark {
            text: &label.text,
            ..mark(label, true)
        });
    }
    for label in &diagnostic.secondary {
        marks.push(Mark {
            text: &label.text,
            ..mark(label, false)
        });
    }
    let last_line = marks.iter().map(|mark| mark.place.start.line).max();
    let gutter = last_line.unwrap_or_default().to_string().len();
    let mut origins: Vec<(char, String)> = Vec::new();
    for (token, excerpt) in TOKENS.zip(excerpts(marks, lines, look.width)) {
        let start = excerpt.place.start;
        let path = harmless(lines.path(excerpt.file));
        origins.push((token, format!("{path}:{}:{}", start.line, start.column)));
        elements.push(snippet(token, excerpt).into());
    }
    if elements.is_empty()
        && let Some(path) = &diagnostic.path
    {
        elements.push(Origin::path(harmless(path)).into());
    }
    for help in &diagnostic.help {
        let before = gutter + " = help: ".len();
        let help = wrapped(help, before, look);
        elements.push(Level::HELP.message(help).into());
    }
    let before = format!("warning[{}]: ", diagnostic.code).len();
    let title = level
        .primary_title(wrapped(&diagnostic.message, before, look))
        .id(diagnostic.code);
    let mut rendered = renderer.render(&[Group::with_title(title).elements(elements)]);
    for (token, origin) in origins {
        put_origin(&mut rendered, token, &origin);
    }
    rendered
}

/// A message that begins behind some columns, in lines that fit the terminal; those that follow begin there, too.
fn wrapped(message: &str, before: usize, look: Look) -> String {
    let message = harmless(message);
    let room = look.width.map(|width| width.saturating_sub(before));
    match room {
        Some(room) if room >= NARROWEST => wrap(&message, room).join("\n"),
        _ => message,
    }
}

/// Below this width a message is left to the terminal.
const NARROWEST: usize = 24;

/// Stand-ins for paths, one for each excerpt of a diagnostic; further excerpts are not shown.
///
/// The renderer counts columns in the excerpt, which is wrong where the line was cut. So it gets a
/// stand-in, and the true place is put there afterwards. No other text holds these characters,
/// because [`harmless`] and the excerpts let no control character through.
const TOKENS: std::ops::RangeInclusive<char> = '\u{80}'..='\u{8f}';

/// Replaces a stand-in, and the line and column behind it.
fn put_origin(rendered: &mut String, token: char, origin: &str) {
    if let Some(start) = rendered.find(token) {
        let rest = rendered.get(start..).unwrap_or_default();
        let length = rest
            .char_indices()
            .skip(1)
            .find(|(_, character)| !matches!(character, ':' | '0'..='9'))
            .map_or(rest.len(), |(offset, _)| offset);
        rendered.replace_range(start..start + length, origin);
    }
}

fn snippet<'a>(token: char, excerpt: Excerpt) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let annotations = excerpt.labels.into_iter().map(|(range, text, primary)| {
        let kind = if primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let label = (!text.is_empty()).then(|| harmless(&text));
        kind.span(range).label(label)
    });
    Snippet::source(excerpt.text)
        .path(String::from(token))
        .line_start(excerpt.first_line)
        .annotations(annotations)
}

/// `keywright: 3 errors, 1 warning`
fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity, one: &str| {
        let number = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count();
        match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {one}s")),
        }
    };
    let counts: Vec<String> = [
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!("keywright: {}", counts.join(", "))
}
