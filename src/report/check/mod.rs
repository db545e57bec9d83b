//! What controls found: for people, for pipelines and for code hosts.

mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;

use crate::controls::Finding;
use crate::source::{Position, Sources, Span};
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// The path of the file that a place is in.
fn path(sources: &Sources, span: Span) -> &str {
    sources.get(span.file).map_or("", |source| source.path())
}

/// Findings that no exception covers.
fn open(inspection: &Inspection) -> impl Iterator<Item = &Finding> {
    let findings = inspection.findings.iter();
    findings.filter(|finding| finding.waived.is_none())
}

/// How many open findings there are of a severity.
fn count(inspection: &Inspection, severity: Severity) -> usize {
    let open = open(inspection);
    open.filter(|finding| finding.severity == severity).count()
}

/// The place of a finding in lines and columns.
fn position(sources: &Sources, span: Span) -> Position {
    sources.position(span)
}

/// `1 key`, `2 keys`.
fn counted(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// What is wrong, with the resource in front.
fn told(finding: &Finding) -> String {
    if finding.resource.is_empty() {
        return finding.message.clone();
    }
    format!("{}: {}", finding.resource, finding.message)
}

/// The words that a finding adds to its message: under which conditions, and for which statement.
fn circumstances(finding: &Finding) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(statement) = &finding.statement {
        words.push(format!("in statement `{statement}`"));
    }
    if !finding.when.is_empty() {
        words.push(format!("only where {}", finding.when.join(" and ")));
    }
    words
}
