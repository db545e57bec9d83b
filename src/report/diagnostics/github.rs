//! Diagnostics as workflow commands of GitHub Actions, which shows them in the diff.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write as _;

use crate::diag::{Diagnostic, Severity};
use crate::source::Sources;

use super::lines::Lines;
use super::{path, sorted};

/// One line for each diagnostic: `::error file=…,line=…,col=…,title=code::message`, with the
/// advice in further lines of the message.
#[must_use]
pub fn github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut lines = Lines::new(sources);
    let mut output = String::new();
    for diagnostic in sorted(diagnostics, sources) {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut properties = Vec::new();
        let path = path(diagnostic, sources);
        if !path.is_empty() {
            properties.push(format!("file={}", property(path)));
        }
        if let Some(label) = &diagnostic.primary {
            let place = lines.place(label.span);
            properties.push(format!("line={}", place.start.line));
            // Columns make sense to GitHub within one line only.
            if place.end.line == place.start.line {
                properties.push(format!("col={}", place.start.column));
                if place.end.column > place.start.column {
                    properties.push(format!("endColumn={}", place.end.column));
                }
            } else {
                properties.push(format!("endLine={}", place.end.line));
            }
        }
        properties.push(format!("title={}", property(diagnostic.code)));
        let mut message = diagnostic.message.clone();
        for help in &diagnostic.help {
            message.push_str("\nhelp: ");
            message.push_str(help);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            output,
            "::{command} {}::{}",
            properties.join(","),
            data(&message)
        );
    }
    output
}

pub(in crate::report) fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

pub(in crate::report) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
