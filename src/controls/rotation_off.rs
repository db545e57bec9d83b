//! A key that could rotate and does not.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::kms::{KeySpec, Origin};
use crate::readback::found::{KeyForm, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "rotation-off",
    severity: Severity::Medium,
    title: "keys that can rotate do so",
    what: "Fires on a symmetric encryption key with material of KMS whose automatic rotation is off, not set, on in one \
           branch of a condition only, or on by nothing but the default of a parameter. Silent for keys that KMS cannot \
           rotate: asymmetric and HMAC keys, imported material, custom key stores; and for replicas, which rotate with \
           their primary key.",
    why: "Old material protects ever more data. With rotation on, KMS makes new material every year and keeps the old \
          one for what it encrypted; nobody has to change anything.",
    bad: "EnableKeyRotation: false",
    good: "EnableKeyRotation: true",
    standards: Standards {
        security_hub: &["KMS.4"],
        config_rules: &["cmk-backing-key-rotation-enabled"],
        cis: &["1.2.0/2.8", "1.4.0/3.8", "3.0.0/3.6", "5.0.0/3.6"],
        nist: &["SC-12", "SC-12(2)", "SC-28(3)"],
        pci: &["3.2.1/3.6.4", "4.0.1/3.7.4"],
        procedure: &["3", "6.3"],
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if key.form != KeyForm::Key || key.is_in_custom_key_store() {
        return;
    }
    let spec = key.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT);
    let origin = key.origin.or_default(Origin::AwsKms);
    let (Some(spec), Some(origin)) = (spec, origin) else {
        // What is unknown about the kind of key is reported as such.
        return;
    };
    if !spec.rotates() || origin != Origin::AwsKms {
        return;
    }
    let message = match &key.rotates {
        Property::Absent => "automatic rotation of this key is not turned on".to_owned(),
        Property::Known(false, _) => "automatic rotation of this key is off".to_owned(),
        Property::Known(true, span) => {
            let assumed = key.assumptions.iter().find(|(_, place)| place == span);
            let Some((words, _)) = assumed else { return };
            format!("this key rotates only by default: {words}")
        }
        Property::Unknown(..) | Property::Invalid(_) => return,
    };
    let report = Report::at(subject.place(&key.rotates), message);
    findings.add(report.help("set `EnableKeyRotation` (Terraform: `enable_key_rotation`) to true"));
}
