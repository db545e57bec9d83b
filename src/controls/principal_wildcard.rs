//! Wildcards where KMS takes none.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::iam::{Clause, PrincipalKind, Principals, contains_wildcard};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "principal-wildcard",
    severity: Severity::High,
    title: "no wildcard within a principal",
    what: "Fires on a Principal or NotPrincipal element with a `*` or `?` within an ARN, an account or the name of a \
           service. A `*` alone means everyone: that is a matter of `public-access`.",
    why: "KMS refuses such a policy, so the stack or plan fails when it is deployed. Roles by pattern, such as those of \
          permission sets, are named in a condition on `aws:PrincipalArn`.",
    bad: "\
- Sid: Allow use of the key for the permission set Reader
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Reader*\"}
  Action: kms:Decrypt
  Resource: \"*\"",
    good:
        "\
- Sid: Allow use of the key for the permission set Reader
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:CallerAccount: !Ref AWS::AccountId}
    ArnLike: {aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Reader*\"}",
    standards: Standards {
        procedure: &["7.1", "7.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.certain() {
        let Some(Clause {
            value: Principals::Listed(kinds),
            ..
        }) = &statement.principal
        else {
            continue;
        };
        for (kind, names) in kinds {
            for name in names {
                let alone = reading::named(*kind, name).who == Who::Everyone;
                if alone || !contains_wildcard(name) {
                    continue;
                }
                let message = format!("KMS takes no wildcard in a principal: `{name}`");
                let help = match kind {
                    PrincipalKind::Service => {
                        "name the service, such as `cloudtrail.amazonaws.com`"
                    }
                    _ => {
                        "write the principal `*` with `kms:CallerAccount` and `ArnLike` on `aws:PrincipalArn`"
                    }
                };
                let report = Report::at(places.principal, message);
                findings.add(report.statement(statement.sid.as_deref()).help(help));
            }
        }
    }
}
