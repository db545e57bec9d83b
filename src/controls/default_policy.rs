//! A key without a policy of its own.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::{KeyForm, Property};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "default-policy",
    severity: Severity::Medium,
    title: "every key has a policy of its own",
    what: "Fires on a key without a policy: KMS gives it the default one, which leaves everything to the IAM policies of \
           the account. Silent for a replica in CloudFormation, where the policy is required (`invalid-key`).",
    why: "Under the default policy every IAM policy with `kms:*` on all keys both administers and uses this one, and \
          nothing in the template says who may do what.",
    bad: "\
Resources:
  LedgerKey:
    Type: AWS::KMS::Key
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      Description: Encrypts the ledger
      EnableKeyRotation: true
  LedgerAlias:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}",
    good: "\
KeyPolicy:
  Version: \"2012-10-17\"
  Statement:
    - Sid: Allow full access for users in the same account
      Effect: Allow
      Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}
      Action: kms:*
      Resource: \"*\"",
    standards: Standards {
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    let required = key.form == KeyForm::Replica && super::invalid_key::is_template(key);
    if key.policy == Property::Absent && !required {
        let message = "this key has no policy: KMS gives it the default one";
        findings.add(Report::at(key.span, message).help("write a key policy"));
    }
}
