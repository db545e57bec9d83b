//! A key that only its id names.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::KeyForm;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "no-alias",
    severity: Severity::Low,
    title: "every key has an alias",
    what: "Fires on a key without an alias in the same template or module. Silent where the file holds nothing but a \
           policy.",
    why: "A key id says nothing to people. Without an alias keys are told apart by copying ids, and sooner or later \
          the wrong one is disabled.",
    bad: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain",
    good: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
  LedgerAlias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}",
    standards: Standards {
        procedure: &["5.1"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if key.form == KeyForm::PolicyAlone || !key.aliases.is_empty() {
        return;
    }
    if let Some(alias) = subject
        .file
        .other_aliases
        .iter()
        .find(|alias| alias.key.is_none())
    {
        let message =
            "nobody can tell which key this alias names, so this may be one without an alias";
        findings.cannot_tell(alias.span, message);
        return;
    }
    findings.add(
        Report::at(key.span, "this key has no alias")
            .help("add an alias that says what the key is for"),
    );
}
