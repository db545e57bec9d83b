//! A whole organization that is let in.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::probe::{self, Probe};
use super::public_access;
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::Truth;
use crate::iam::{Effect, Operator, Statement};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "organization-wide-access",
    severity: Severity::Low,
    title: "access ends at the accounts that need it",
    what: "Fires on an Allow for everyone that only the organization fences: `aws:PrincipalOrgID`, or \
           `aws:PrincipalOrgPaths` down to its root. Silent where an organizational unit, accounts, role names or tags \
           narrow it further.",
    why: "Every account of the organization, sandboxes and those that are added later included, decides for itself who \
          uses the key.",
    bad: "\
- Sid: Allow use of the key in the organization
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}",
    good: "\
- Sid: Allow use of the key in the unit of data
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {aws:PrincipalOrgID: o-a1b2c3d4e5}
    ForAnyValue:StringLike: {aws:PrincipalOrgPaths: \"o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*\"}",
    standards: Standards {
        nist: &["AC-6"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (number, (statement, places)) in subject.statements().enumerate() {
        if statement.uncertain || statement.effect != Effect::Allow {
            continue;
        }
        let names = reading::principals(statement);
        if !names.iter().any(|name| name.who == Who::Everyone) {
            continue;
        }
        let Some(organization) = organization(statement) else {
            continue;
        };
        let of_principal = |key: &str| {
            key.starts_with("aws:principal")
                || matches!(key, "kms:calleraccount" | "aws:userid" | "aws:username")
        };
        let probe = Probe::role(&probe::elsewhere(subject), "Anybody", "Decrypt")
            .with("aws:PrincipalOrgID", &organization)
            .with("aws:ResourceOrgID", &organization)
            .with(
                "aws:PrincipalOrgPaths",
                &format!("{organization}/r-zz99/ou-zz99-99999999/"),
            );
        let caught = probe::holds(subject, statement, of_principal, probe);
        // What lets in everyone is a matter of `public-access`.
        let open =
            || public_access::of_statement(subject, number).is_some_and(|open| open.is_yes());
        if caught == Truth::Yes && !open() {
            let message = format!("everyone in the organization {organization} is let in");
            let report = Report::at(places.principal, message);
            findings.add(
                report
                    .statement(statement.sid.as_deref())
                    .help("name the accounts or the organizational unit that need access"),
            );
        }
    }
}

/// The organization that a condition of the statement asks for.
fn organization(statement: &Statement) -> Option<String> {
    reading::conditions(statement).find_map(|(operator, key, values)| {
        let positive = Operator::parse(operator).is_ok_and(|operator| !operator.negated);
        let key = key.to_ascii_lowercase();
        if !positive || !matches!(key.as_str(), "aws:principalorgid" | "aws:principalorgpaths") {
            return None;
        }
        let value = values.first()?.as_literal()?;
        // A policy variable: the organization of the key, whichever it is.
        if value.starts_with("${") {
            return Some("o-a1b2c3d4e5".to_owned());
        }
        value.split('/').next().map(str::to_owned)
    })
}
