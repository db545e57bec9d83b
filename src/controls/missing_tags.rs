//! Tags that the workspace asks for.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::{KeyForm, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "missing-tags",
    severity: Severity::Low,
    title: "keys have the tags that the workspace requires",
    what: "Fires on a key without one of the tags listed under `required_tags` in `keywright.yaml`. Upper and lower case \
           differ. Silent where the workspace requires none.",
    why: "Owners, cost and reviews are found by tags; a key without them belongs to nobody.",
    bad: "Tags: [{Key: stage, Value: production}]",
    good: "Tags: [{Key: owner, Value: payments}, {Key: stage, Value: production}]",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    let tags = match &key.tags {
        Property::Absent => None,
        Property::Known(tags, _) => Some(tags),
        Property::Unknown(..) | Property::Invalid(_) => return,
    };
    if key.form == KeyForm::PolicyAlone {
        return;
    }
    let required = subject.rules.required_tags.iter();
    let missing: Vec<_> = required
        .filter(|tag| tags.is_none_or(|tags| !tags.contains_key(*tag)))
        .map(|tag| format!("`{tag}`"))
        .collect();
    if !missing.is_empty() {
        let message = format!("this key lacks required tags: {}", missing.join(", "));
        findings.add(Report::at(subject.place(&key.tags), message));
    }
}
