//! A key that is deployed to be of no use.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "key-disabled",
    severity: Severity::Medium,
    title: "keys are enabled",
    what: "Fires on a key that is disabled.",
    why: "Nothing can be read that a disabled key encrypted, services that use it fail one after the other, and it does \
          not rotate. A key that nobody needs is better retired on purpose.",
    bad: "Enabled: false",
    good: "Enabled: true",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let enabled = &subject.key.enabled;
    if enabled.known() == Some(&false) {
        let report = Report::at(subject.place(enabled), "this key is disabled");
        findings
            .add(report.help("enable it, or waive this with the reason for keeping it disabled"));
    }
}
