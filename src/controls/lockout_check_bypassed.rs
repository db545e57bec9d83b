//! A key whose policy KMS is told not to check.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "lockout-check-bypassed",
    severity: Severity::High,
    title: "KMS checks that the policy can be changed again",
    what: "Fires on a key with `BypassPolicyLockoutSafetyCheck` set to true.",
    why: "With the check off, KMS takes a policy that nobody can ever change again. Such a key can be neither repaired \
          nor deleted without AWS Support.",
    bad: "BypassPolicyLockoutSafetyCheck: true",
    good: "BypassPolicyLockoutSafetyCheck: false",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let bypasses = &subject.key.bypasses_lockout_check;
    if bypasses.known() == Some(&true) {
        let message = "KMS takes this policy even if it locks everyone out";
        let report = Report::at(subject.place(bypasses), message);
        findings
            .add(report.help("remove it; KMS then refuses a policy that its author cannot change"));
    }
}
