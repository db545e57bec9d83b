//! Actions that the kind of key does not have.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::kms::actions::Class;
use crate::kms::{KeySpec, KeyUsage};
use crate::readback::found::KeyForm;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "impossible-action",
    severity: Severity::Low,
    title: "the policy allows what its kind of key can do",
    what: "Fires on a cryptographic action, spelled out in an Allow, that keys of this kind do not have: `kms:Sign` of a \
           symmetric key, `kms:GenerateDataKey` of one for signatures. Wildcards are not judged, nor is a policy whose \
           key is not in the file.",
    why: "The action is refused whatever the policy says: the key is of the wrong kind, or the action is a mistake.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:Decrypt, kms:Sign]
  Resource: \"*\"",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: \"*\"",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if key.form != KeyForm::Key {
        return;
    }
    let spec = key.key_spec.or_default(KeySpec::SYMMETRIC_DEFAULT);
    let usage = key.key_usage.or_default(KeyUsage::EncryptDecrypt);
    let (Some(spec), Some(usage)) = (spec, usage) else {
        return;
    };
    // A usage that the spec does not have is reported as such.
    if !spec.usages().contains(&usage) {
        return;
    }
    for (statement, places) in subject.allowing() {
        let clause = statement.action.as_ref().filter(|clause| !clause.negated);
        for written in clause.iter().flat_map(|clause| &clause.value) {
            if written.contains(['*', '?']) {
                continue;
            }
            let matched = reading::matched(written);
            let impossible = matched
                .iter()
                .any(|action| action.class == Class::Use && !action.works_with(spec, usage));
            if impossible {
                let message = format!(
                    "`{}` keys for `{}` have no `{written}`",
                    spec.as_str(),
                    usage.as_str()
                );
                let report = Report::at(places.action, message);
                findings.add(
                    report
                        .statement(statement.sid.as_deref())
                        .help("remove it, or make a key of the kind that has it"),
                );
            }
        }
    }
}
