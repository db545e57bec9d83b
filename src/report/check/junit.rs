//! Findings as JUnit XML, for pipelines that show test results: one suite a file, one case a control and resource.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{circumstances, path, position};
use crate::controls::Finding;
use crate::source::Sources;
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// The report. Findings below `fail_on` and waived ones are skipped cases, open questions are errors of a case of
/// their own.
#[must_use]
pub fn junit(inspection: &Inspection, sources: &Sources, fail_on: Severity) -> String {
    let mut suites: BTreeMap<&str, Vec<TestCase>> = BTreeMap::new();
    for finding in &inspection.findings {
        let file = path(sources, finding.span);
        let case = case(finding, sources, fail_on);
        suites.entry(file).or_default().push(case);
    }
    for unknown in &inspection.unknown {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(unknown.message.as_str());
        let at = position(sources, unknown.span);
        let file = path(sources, unknown.span);
        status.set_description(format!("{file}:{}:{}", at.line, at.column));
        let mut case = TestCase::new("not decided", status);
        case.set_classname("unknown");
        suites.entry(file).or_default().push(case);
    }
    let mut report = Report::new("keywright check");
    for (file, cases) in suites {
        let mut suite = TestSuite::new(file);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    // Without a finding a pipeline still wants to see that something was looked at.
    if report.test_suites.is_empty() {
        let mut suite = TestSuite::new("all files");
        let mut case = TestCase::new("controls", TestCaseStatus::success());
        case.set_classname("keywright");
        suite.add_test_case(case);
        report.add_test_suite(suite);
    }
    let mut xml = report.to_string().unwrap_or_default();
    if !xml.ends_with('\n') {
        xml.push('\n');
    }
    xml
}

fn case(finding: &Finding, sources: &Sources, fail_on: Severity) -> TestCase {
    let at = position(sources, finding.span);
    let file = path(sources, finding.span);
    let mut lines = vec![format!("{file}:{}:{}", at.line, at.column)];
    lines.extend(circumstances(finding));
    lines.extend(finding.help.iter().cloned());
    let mut status = match &finding.waived {
        Some(waived) => {
            lines.push(format!("waived: {}", waived.reason));
            TestCaseStatus::skipped()
        }
        None if finding.severity <= fail_on => TestCaseStatus::non_success(NonSuccessKind::Failure),
        None => TestCaseStatus::skipped(),
    };
    let name = format!("{} {}", finding.control.id, finding.resource);
    status.set_message(finding.message.as_str());
    status.set_type(finding.severity.as_str());
    status.set_description(lines.join("\n"));
    let mut case = TestCase::new(name.trim_end(), status);
    case.set_classname(finding.control.id);
    case
}
