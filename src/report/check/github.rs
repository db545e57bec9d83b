//! Findings as workflow commands of GitHub Actions, which shows them in the diff.

use std::fmt::Write as _;

use super::{circumstances, open, path, position, told};
use crate::report::diagnostics::github::{data, property};
use crate::source::{Sources, Span};
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// One line for each open finding and for each question that stays open.
///
/// `fail_on`: findings from this severity up are errors, others warnings; what is only worth knowing is a notice.
#[must_use]
pub fn github(inspection: &Inspection, sources: &Sources, fail_on: Severity) -> String {
    let mut output = String::new();
    let mut add = |command: &str, span: Span, title: &str, message: &str| {
        let at = position(sources, span);
        let file = property(path(sources, span));
        // Writing to a string cannot fail.
        let _ = writeln!(
            output,
            "::{command} file={file},line={},col={},title={}::{}",
            at.line,
            at.column,
            property(title),
            data(message)
        );
    };
    for finding in open(inspection) {
        let command = if finding.severity <= fail_on {
            "error"
        } else if finding.severity == Severity::Informational {
            "notice"
        } else {
            "warning"
        };
        let mut lines = vec![told(finding)];
        lines.extend(circumstances(finding));
        lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
        let title = format!("{} ({})", finding.control.id, finding.severity.as_str());
        add(command, finding.span, &title, &lines.join("\n"));
    }
    for unknown in &inspection.unknown {
        add("warning", unknown.span, "not decided", &unknown.message);
    }
    output
}
