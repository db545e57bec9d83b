//! Findings as JSON, version 1 of the shape.

use serde_json::{Map, Value, json};

use super::{count, path, position};
use crate::access::AccessRequest;
use crate::controls::{Finding, Unknown};
use crate::source::Sources;
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// One object: `findings`, `unknown` and `summary`. Waived findings are listed and do not count.
#[must_use]
pub fn json(inspection: &Inspection, sources: &Sources) -> Value {
    let findings: Vec<Value> = inspection
        .findings
        .iter()
        .map(|finding| of_finding(finding, sources))
        .collect();
    let unknown: Vec<Value> = inspection
        .unknown
        .iter()
        .map(|unknown| of_unknown(unknown, sources))
        .collect();
    let counts = Severity::ALL.iter().map(|severity| {
        let name = severity.as_str().to_owned();
        (name, count(inspection, *severity).into())
    });
    let sizes = [("files", inspection.files), ("keys", inspection.keys)];
    let sizes = sizes.map(|(name, size)| (name.to_owned(), Value::from(size)));
    let summary: Map<String, Value> = sizes.into_iter().chain(counts).collect();
    json!({"version": 1, "findings": findings, "unknown": unknown, "summary": summary})
}

fn of_finding(finding: &Finding, sources: &Sources) -> Value {
    let at = position(sources, finding.span);
    let waived = finding.waived.as_ref();
    json!({
        "control": finding.control.id,
        "severity": finding.severity.as_str().to_ascii_uppercase(),
        "message": finding.message,
        "help": finding.help,
        "file": path(sources, finding.span),
        "line": at.line,
        "column": at.column,
        "resource": finding.resource,
        "statement": finding.statement,
        "when": finding.when,
        "witness": finding.witness.as_ref().map(AccessRequest::to_json),
        "waived": waived.map(|waived| json!({"reason": waived.reason, "expires": waived.expires})),
    })
}

fn of_unknown(unknown: &Unknown, sources: &Sources) -> Value {
    let at = position(sources, unknown.span);
    json!({
        "file": path(sources, unknown.span),
        "line": at.line,
        "column": at.column,
        "message": unknown.message,
    })
}
