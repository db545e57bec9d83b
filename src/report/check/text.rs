//! Findings for people: each with an excerpt of the file, worst news in colour.

use annotate_snippets::Level;

use super::{circumstances, count, counted, open, told};
use crate::controls::{Finding, Unknown};
use crate::diag::Diagnostic;
use crate::report::diagnostics::lines::Lines;
use crate::report::diagnostics::text::render;
use crate::report::diagnostics::{Look, harmless};
use crate::source::Sources;
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// All findings with excerpts, then what could not be told, then waived ones a line each, then a line that counts.
#[must_use]
pub fn text(inspection: &Inspection, sources: &Sources, look: Look) -> String {
    let mut lines = Lines::new(sources);
    let mut output = String::new();
    let mut add = |diagnostic: &Diagnostic, level: Level<'_>| {
        output.push_str(&render(diagnostic, level, &mut lines, look));
        output.push_str("\n\n");
    };
    for finding in open(inspection) {
        add(&of_finding(finding), level(finding.severity));
    }
    for unknown in &inspection.unknown {
        add(&of_unknown(unknown), Level::NOTE.with_name("not decided"));
    }
    let waived = inspection.findings.iter().filter_map(|finding| {
        let waived = finding.waived.as_ref()?;
        let at = sources.position(finding.span);
        let path = super::path(sources, finding.span);
        let until = match &waived.expires {
            Some(day) => format!(" (until {day})"),
            None => String::new(),
        };
        Some(format!(
            "waived[{}]: {path}:{}: {}: {}{until}\n",
            finding.control.id,
            at.line,
            harmless(&finding.resource),
            harmless(&waived.reason)
        ))
    });
    let waived: Vec<String> = waived.collect();
    if !waived.is_empty() {
        output.push_str(&waived.concat());
        output.push('\n');
    }
    output.push_str(&summary(inspection, waived.len()));
    output
}

/// `keywright: 1 critical, 2 high in 12 keys of 3 files; 1 waived; 2 not decided`
fn summary(inspection: &Inspection, waived: usize) -> String {
    if inspection.files == 0 {
        return "keywright: nothing was checked\n".to_owned();
    }
    let counts: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| (severity, count(inspection, *severity)))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {}", severity.as_str()))
        .collect();
    let found = if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts.join(", ")
    };
    let mut line = format!(
        "keywright: {found} in {} of {}",
        counted(inspection.keys, "key"),
        counted(inspection.files, "file")
    );
    if waived > 0 {
        line.push_str(&format!("; {waived} waived"));
    }
    if !inspection.unknown.is_empty() {
        line.push_str(&format!("; {} not decided", inspection.unknown.len()));
    }
    line.push('\n');
    line
}

fn level(severity: Severity) -> Level<'static> {
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low => Level::INFO,
        Severity::Informational => Level::NOTE,
    };
    level.with_name(severity.as_str())
}

fn of_finding(finding: &Finding) -> Diagnostic {
    let label = circumstances(finding).join(", ");
    let mut diagnostic =
        Diagnostic::error(finding.control.id, told(finding)).at(finding.span, label);
    for help in &finding.help {
        diagnostic = diagnostic.help(help.as_str());
    }
    if let Some(witness) = &finding.witness {
        diagnostic = diagnostic.help(format!("for example: {}", witness.to_json()));
    }
    diagnostic
}

fn of_unknown(unknown: &Unknown) -> Diagnostic {
    Diagnostic::warning("unknown", unknown.message.as_str()).at(unknown.span, "")
}
