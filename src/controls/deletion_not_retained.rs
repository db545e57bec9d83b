//! A key that goes when its resource goes.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::{Lifetime, Property};
use crate::source::Span;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "deletion-not-retained",
    severity: Severity::High,
    title: "protected keys outlive their resource",
    what: "Fires on a key of a protected environment that CloudFormation deletes with its stack or its place in the \
           template (`DeletionPolicy` and `UpdateReplacePolicy` other than `Retain`; for the first also \
           `RetainExceptOnCreate`), or that Terraform destroys (no `prevent_destroy`).",
    why: "What a key encrypted is lost with it. Without retention a renamed logical id, a deleted stack or a `terraform \
          destroy` schedules the deletion of the key.",
    bad: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Delete
    UpdateReplacePolicy: Retain",
    good: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain",
    standards: Standards {
        security_hub: &["KMS.3"],
        config_rules: &["kms-cmk-not-scheduled-for-deletion"],
        nist: &["SC-12", "SC-12(2)"],
        procedure: &["5.3", "6.1"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    if !subject.rules.protected {
        return;
    }
    let key = subject.key.span;
    match &subject.key.lifetime {
        Lifetime::Unmanaged => {}
        Lifetime::Policies {
            deletion,
            replacement,
        } => {
            let attributes = [
                (
                    "DeletionPolicy",
                    deletion,
                    &["Retain", "RetainExceptOnCreate"][..],
                ),
                ("UpdateReplacePolicy", replacement, &["Retain"][..]),
            ];
            for (name, property, wanted) in attributes {
                attribute(name, property, wanted, key, findings);
            }
        }
        Lifetime::PreventDestroy(property) => {
            if let Property::Unknown(written, span) = property {
                return findings.cannot_tell(*span, format!("`{written}` is not resolved here"));
            }
            if property.known() == Some(&true) || matches!(property, Property::Invalid(_)) {
                return;
            }
            let report = Report::at(
                property.span().unwrap_or(key),
                "Terraform can destroy this key: it has no `prevent_destroy`",
            );
            findings.add(report.help("add `lifecycle { prevent_destroy = true }`"));
        }
    }
}

fn attribute(
    name: &str,
    property: &Property<String>,
    wanted: &[&str],
    key: Span,
    findings: &mut Findings<'_>,
) {
    let found = match property {
        Property::Unknown(written, span) => {
            return findings.cannot_tell(*span, format!("`{written}` is not resolved here"));
        }
        Property::Invalid(_) => return,
        // CloudFormation deletes what says nothing.
        Property::Absent => None,
        Property::Known(value, _) if wanted.contains(&value.as_str()) => return,
        Property::Known(value, _) => Some(value),
    };
    let message = match found {
        Some(value) => format!("`{name}` of this protected key is `{value}`"),
        None => format!("this protected key has no `{name}`: CloudFormation deletes it"),
    };
    let report = Report::at(property.span().unwrap_or(key), message);
    findings.add(report.help(format!("write `{name}: Retain`")));
}
