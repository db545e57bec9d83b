//! Grants that their maker can give to anyone.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::probe::{self, Probe};
use super::reading::{self, Named, Who};
use super::rules::Subject;
use crate::access::Truth;
use crate::iam::Statement;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "unfenced-grants",
    severity: Severity::High,
    title: "who may create grants may do so for AWS services only",
    what: "Fires on an Allow of `kms:CreateGrant`, in any spelling, under whose conditions a principal could grant a \
           cryptographic operation to anybody: none on `kms:GrantIsForAWSResource`, on a service that passes the request \
           on (`kms:ViaService`), or on who gets the grant for what (`kms:GranteePrincipal`, `kms:GrantOperations`). \
           For a service, operations under an encryption context are enough. The statement that leaves everything to \
           the account itself is no such Allow: it gives nothing alone.",
    why: "A grant is access outside the policy. Its maker needs no right to what it grants, and may grant it to itself \
          or to another account: an administrator becomes a user, and nobody sees it in the policy.",
    bad: "\
- Sid: Allow attachment of persistent resources
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:CreateGrant, kms:ListGrants, kms:RevokeGrant]
  Resource: \"*\"",
    good: "\
- Sid: Allow attachment of persistent resources
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: [kms:CreateGrant, kms:ListGrants, kms:RevokeGrant]
  Resource: \"*\"
  Condition:
    Bool: {kms:GrantIsForAWSResource: \"true\"}",
    standards: Standards {
        procedure: &["4.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

/// What can be granted and gives access to data. Source: KMS API reference, `CreateGrant`, `Operations`.
const OPERATIONS: [&str; 9] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "ReEncryptFrom",
    "Sign",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "CreateGrant",
];

/// What can be granted besides: alone it gives nobody data.
const HARMLESS: [&str; 4] = ["DescribeKey", "GetPublicKey", "RetireGrant", "Verify"];

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.allowing() {
        if !reading::includes(&reading::effective(statement), "CreateGrant") {
            continue;
        }
        let names = reading::principals(statement);
        if names.iter().all(|name| !gives(subject, name)) {
            continue;
        }
        let services_only = names.iter().all(|name| name.who == Who::Service);
        match unfenced(subject, statement, services_only) {
            Truth::No => {}
            Truth::Yes => {
                let message = "this lets a principal grant access to anybody, itself included";
                let report = Report::at(places.action, message);
                findings.add(
                    report
                        .statement(statement.sid.as_deref())
                        .help("add `Bool: {kms:GrantIsForAWSResource: \"true\"}` to a statement with the grants alone, or leave `kms:CreateGrant` out"),
                );
            }
            Truth::Maybe => {
                let message =
                    "nobody can tell whether these conditions keep grants to AWS services";
                findings.cannot_tell(places.condition, message);
            }
        }
    }
}

/// Whether a name gets access by this statement alone; the key's own account only leaves it to its IAM.
fn gives(subject: &Subject<'_>, name: &Named<'_>) -> bool {
    match name.who {
        Who::Everyone | Who::Principal | Who::Service | Who::Other => true,
        Who::Account => {
            let account = name.account.as_ref();
            account.is_some_and(|account| subject.is_own(account) == Some(false))
        }
        Who::Gone | Who::Unknown => false,
    }
}

/// Whether somebody could grant a cryptographic operation to an account that the policy does not know.
///
/// A service makes grants for what it was asked to, to a grantee of its own choice. Where it sets no
/// `kms:GrantIsForAWSResource`, AWS fences it by the operations together with an encryption context.
/// Sources: RDS user guide, "Creating Amazon RDS zero-ETL integrations with Amazon Redshift"; ECS developer guide,
/// `fargate-create-storage-key`.
fn unfenced(subject: &Subject<'_>, statement: &Statement, services_only: bool) -> Truth {
    let own = probe::own(subject);
    let grantee = format!("arn:aws:iam::{}:role/Anybody", probe::elsewhere(subject));
    let about_grants = |key: &str| {
        key.starts_with("kms:grant")
            || matches!(key, "kms:viaservice" | "aws:viaawsservice")
            || key.starts_with("aws:calledvia")
    };
    let probe = || {
        Probe::role(&own, "Anybody", "CreateGrant")
            .with("kms:GrantIsForAWSResource", "false")
            .with("kms:GranteePrincipal", &grantee)
            .with("aws:ViaAWSService", "false")
    };
    let all = || {
        let operations = OPERATIONS.iter().chain(&HARMLESS);
        operations.fold(probe(), |probe, operation| {
            probe.with("kms:GrantOperations", operation)
        })
    };
    let each = OPERATIONS
        .iter()
        .map(|operation| probe().with("kms:GrantOperations", operation));
    let tried = each.chain([all()]);
    let any = Truth::any(tried.map(|probe| probe::holds(subject, statement, about_grants, probe)));
    if !services_only || any == Truth::No {
        return any;
    }
    let about_context = |key: &str| key.starts_with("kms:encryptioncontext:");
    Truth::any([
        probe::holds(subject, statement, about_grants, all()),
        probe::holds(subject, statement, about_context, probe()),
    ])
}
