//! Waivers of which nothing is left to be waived.

use super::catalogue::{Check, Control, Standards};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "unused-waiver",
    severity: Severity::Low,
    title: "waivers cover something",
    what: "Fires on a waiver, in the spec, the workspace file, the `Metadata` of a resource or a comment above it, that \
           covers no finding.",
    why: "A waiver that is left behind lets the next mistake pass that happens to look like the old one.",
    bad: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    Metadata:
      keywright:
        waive: [{control: key-disabled, reason: Disabled until the audit ends}]",
    good: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key",
    standards: Standards::NONE,
    // Known only when all other controls are through: see `judge`.
    check: Check::Key(|_, _| {}),
};
