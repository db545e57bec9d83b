//! Diagnostics as text for people, as annotations for GitHub and as JSON for programs.

mod excerpt;
pub(super) mod github;
mod json;
pub(super) mod lines;
pub(super) mod text;

pub use github::github;
pub use json::json;
pub use text::text;

use crate::diag::Diagnostic;
use crate::source::Sources;

/// How text for people looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether escape sequences give it colours.
    pub styled: bool,
    /// The width of the terminal that it goes to. For anything else nothing is wrapped, and only long lines of files are
    /// cut.
    pub width: Option<usize>,
}

/// The path that a diagnostic is about; empty where it is about none.
fn path<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> &'a str {
    diagnostic
        .primary
        .as_ref()
        .and_then(|label| sources.get(label.span.file))
        .map(crate::source::Source::path)
        .or(diagnostic.path.as_deref())
        .unwrap_or_default()
}

/// The diagnostics by path and place; what is about a file as a whole comes before its places.
fn sorted<'a>(diagnostics: &'a [Diagnostic], sources: &Sources) -> Vec<&'a Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by(|one, other| {
        let place = |diagnostic: &Diagnostic| {
            diagnostic
                .primary
                .as_ref()
                .map(|label| (label.span.start, label.span.end))
        };
        path(one, sources)
            .cmp(path(other, sources))
            .then_with(|| place(one).cmp(&place(other)))
    });
    sorted
}

/// Text that cannot harm a terminal or break a line: control characters and controls of text
/// direction are shown as escapes.
pub(super) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => harmless.push_str("\\n"),
            '\r' => harmless.push_str("\\r"),
            '\t' => harmless.push_str("\\t"),
            _ if is_harmful(character) => {
                harmless.push_str(&format!("\\u{:04X}", u32::from(character)));
            }
            _ => harmless.push(character),
        }
    }
    harmless
}

/// Controls, line separators, byte order marks and controls of text direction.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}
