//! Findings as SARIF 2.1.0, which code hosts and editors show.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{circumstances, path, told};
use crate::controls::{Control, Finding, Unknown, all};
use crate::report::diagnostics::lines::Lines;
use crate::source::{Sources, Span};
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_NAME");

/// The log: one run, every control as a rule, every finding as a result. Waived findings are suppressed results;
/// what could not be told is a notification of the invocation.
#[must_use]
pub fn sarif(inspection: &Inspection, sources: &Sources) -> Value {
    let mut lines = Lines::new(sources);
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = inspection
        .findings
        .iter()
        .map(|finding| result(finding, sources, &mut lines, &mut seen))
        .collect();
    let notifications: Vec<Value> = inspection
        .unknown
        .iter()
        .map(|unknown| notification(unknown, sources, &mut lines))
        .collect();
    let rules: Vec<Value> = all().iter().map(|control| rule(control)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": HOME,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": inspection.unreadable.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn rule(control: &Control) -> Value {
    let help = format!(
        "{}\n\n{}\n\nInstead of\n\n{}\n\nwrite\n\n{}",
        control.what, control.why, control.bad, control.good
    );
    let markdown = format!(
        "{}\n\n{}\n\nInstead of\n\n```yaml\n{}\n```\n\nwrite\n\n```yaml\n{}\n```",
        control.what, control.why, control.bad, control.good
    );
    json!({
        "id": control.id,
        "name": control.id,
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": control.what},
        "help": {"text": help, "markdown": markdown},
        "defaultConfiguration": {"level": level(control.severity)},
        "properties": {
            // What GitHub sorts by. Source: GitHub documentation, "SARIF support for code scanning".
            "security-severity": score(control.severity),
            "tags": ["security", "kms"],
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// A number in the range that GitHub gives to each severity: above 9 critical, from 7 high, from 4 medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Informational => "0.0",
    }
}

fn result(
    finding: &Finding,
    sources: &Sources,
    lines: &mut Lines<'_>,
    seen: &mut BTreeMap<String, usize>,
) -> Value {
    let mut text = told(finding);
    for words in circumstances(finding).iter().chain(&finding.help) {
        text.push('\n');
        text.push_str(words);
    }
    let index = all()
        .iter()
        .position(|control| control.id == finding.control.id);
    let mut result = members(json!({
        "ruleId": finding.control.id,
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location(finding.span, &finding.resource, sources, lines)],
        "partialFingerprints": {"keywright/v1": fingerprint(finding, sources, seen)},
    }));
    let mut add = |name: &str, value: Value| {
        result.insert(name.to_owned(), value);
    };
    if let Some(index) = index {
        add("ruleIndex", index.into());
    }
    if let Some(witness) = &finding.witness {
        add("properties", json!({"witness": witness.to_json()}));
    }
    if let Some(waived) = &finding.waived {
        let reason = &waived.reason;
        let waiver = json!({"kind": "external", "justification": reason, "status": "accepted"});
        add("suppressions", json!([waiver]));
    }
    Value::Object(result)
}

/// What stays the same when lines move: the control, the file, the resource, the statement, and which of several alike.
fn fingerprint(finding: &Finding, sources: &Sources, seen: &mut BTreeMap<String, usize>) -> String {
    let what = [
        finding.control.id,
        path(sources, finding.span),
        &finding.resource,
        finding.statement.as_deref().unwrap_or_default(),
        &finding.message,
    ]
    .join("\0");
    let earlier = seen.entry(what.clone()).or_default();
    let digest = Sha256::digest(format!("{what}\0{earlier}"));
    *earlier += 1;
    let bytes = digest.iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn location(span: Span, resource: &str, sources: &Sources, lines: &mut Lines<'_>) -> Value {
    let place = lines.place(span);
    let mut location = members(json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(path(sources, span))},
            "region": {
                "startLine": place.start.line,
                "startColumn": place.start.column,
                "endLine": place.end.line,
                "endColumn": place.end.column,
            },
        },
    }));
    if !resource.is_empty() {
        let logical = json!([{"name": resource, "kind": "resource"}]);
        location.insert("logicalLocations".to_owned(), logical);
    }
    Value::Object(location)
}

/// The members of an object, to add more.
fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn notification(unknown: &Unknown, sources: &Sources, lines: &mut Lines<'_>) -> Value {
    json!({
        "level": "warning",
        "message": {"text": unknown.message},
        "locations": [location(unknown.span, "", sources, lines)],
    })
}

/// A path as a relative reference: what a URI cannot hold is percent-encoded.
/// Source: RFC 3986, section 2.3 and 3.3.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
