//! Less time than there could be to notice that a key is about to be deleted.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::kms::limits;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "short-deletion-window",
    severity: Severity::Low,
    title: "protected keys wait long enough before they are deleted",
    what: "Fires on a key of a protected environment that waits less than 30 days, the longest that KMS offers, from \
           the scheduling of its deletion to the deletion; or less than its environment's `deletion_window_days`.",
    why: "Within the window a deletion can be cancelled; after it nothing brings the data back. What is encrypted with a \
          key is often read once a month only.",
    bad: "PendingWindowInDays: 7",
    good: "PendingWindowInDays: 30",
    standards: Standards {
        security_hub: &["KMS.3"],
        nist: &["SC-12", "SC-12(2)"],
        procedure: &["5.3", "6.1"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let window = &subject.key.deletion_window_days;
    let least = subject.rules.deletion_window_days;
    // Where nothing is said KMS waits as long as it can.
    let Some(days) = window.known().filter(|_| subject.rules.protected) else {
        return;
    };
    if *days < least && limits::DELETION_WINDOW_DAYS.contains(days) {
        let message = format!("this protected key can be gone {days} days after a mistake");
        let report = Report::at(subject.place(window), message);
        findings.add(report.help(format!("make the window {least} days")));
    }
}
