//! A key that Security Hub calls public although it is not.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::public_access;
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::exact::Answer;
use crate::iam::operator::ValueSet;
use crate::iam::{Operator, Statement, Text, contains_wildcard};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "reported-public",
    severity: Severity::Medium,
    title: "scanners see that the key is not public",
    what: "Fires on an Allow for everyone that lets no stranger in, but has no condition with a fixed value on who calls, \
           from where or for what resource: wildcards and policy variables do not count.",
    why: "Security Hub and AWS Config count fixed values only and report the key as public, CRITICAL, although it is \
          not. A fixed `kms:CallerAccount` says the same to both.",
    bad: "\
- Sid: Allow use of the key for the roles of the ledger
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    ArnLike: {aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/ledger/*\"}",
    good: "\
- Sid: Allow use of the key for the roles of the ledger
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:CallerAccount: !Ref AWS::AccountId}
    ArnLike: {aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/ledger/*\"}",
    standards: Standards {
        security_hub: &["KMS.5"],
        config_rules: &["kms-key-policy-no-public-access"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

/// Condition keys of which a fixed value counts.
/// Source: Security Hub user guide, KMS.5, and the AWS Config rule behind it: conditions with fixed values only.
const COUNTED: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "kms:calleraccount",
    "kms:viaservice",
];

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (number, (statement, places)) in subject.statements().enumerate() {
        if statement.uncertain || has_fixed_value(statement) {
            continue;
        }
        let names = reading::principals(statement);
        if !names.iter().any(|name| name.who == Who::Everyone)
            || public_access::of_statement(subject, number) != Some(Answer::No)
        {
            continue;
        }
        let report = Report::at(
            places.principal,
            "Security Hub reports this key as public, which it is not",
        );
        findings.add(
            report
                .statement(statement.sid.as_deref())
                .help("add `StringEquals` on `kms:CallerAccount` with the account"),
        );
    }
}

fn has_fixed_value(statement: &Statement) -> bool {
    reading::conditions(statement).any(|(operator, key, values)| {
        let Ok(operator) = Operator::parse(operator) else {
            return false;
        };
        let positive = !operator.negated
            && !operator.if_exists
            && operator.set != Some(ValueSet::ForAllValues);
        let fixed = |value: &Text| {
            let variable = value.literals().any(|text| text.contains("${"));
            !contains_wildcard(value) && !variable
        };
        positive
            && operator.test != crate::iam::operator::Test::Null
            && COUNTED.contains(&key.to_ascii_lowercase().as_str())
            && values.iter().all(fixed)
    })
}
