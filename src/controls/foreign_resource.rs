//! Statements about a resource that is not the key.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::iam::pattern::{Case, PatternKind};
use crate::iam::{Arn, Pattern, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "foreign-resource",
    severity: Severity::Medium,
    title: "statements of a key policy are about its key",
    what: "Fires on a Resource element of a key policy that cannot be the key: the ARN of an alias, of a resource of \
           another service, or of a key in another account. `*` means the key itself. The ARN of some key cannot be told \
           from the key's own before it is made, and is listed as unknown.",
    why: "KMS compares the ARN of the key, never that of an alias. An Allow for anything else allows nothing, and a Deny \
          protects nothing.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Ledger\"}
  Action: kms:Decrypt
  Resource: !Sub \"arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/ledger\"",
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
    for (statement, places) in subject.certain() {
        let Some(resources) = &statement.resource else {
            continue;
        };
        for resource in &resources.value {
            match verdict(subject, resource) {
                Verdict::Own => {}
                Verdict::Unknown => {
                    let message = format!("nobody can tell whether `{resource}` is this key");
                    findings.cannot_tell(places.resource, message);
                }
                Verdict::Foreign(what) => {
                    let message = format!("`{resource}` is {what}, not this key");
                    let report = Report::at(places.resource, message);
                    findings.add(
                        report
                            .statement(statement.sid.as_deref())
                            .help("write `*`, which in a key policy is the key itself"),
                    );
                }
            }
        }
    }
}

enum Verdict {
    Own,
    Unknown,
    Foreign(&'static str),
}

fn verdict(subject: &Subject<'_>, resource: &Text) -> Verdict {
    if let Some(literal) = resource.as_literal() {
        // A wildcard at the end of a part may take all that follows.
        if literal == "*" {
            return Verdict::Own;
        }
    }
    let Some(arn) = Arn::parse(resource) else {
        return match resource.is_unknown() {
            true => Verdict::Unknown,
            false if resource.literals().any(|text| text.contains('*')) => Verdict::Unknown,
            false => Verdict::Foreign("no ARN"),
        };
    };
    let may_be = |part: &Text, sample: &str| {
        part.is_unknown()
            || Pattern::new(&part.to_string(), PatternKind::Glob, Case::Sensitive).matches(sample)
    };
    if !may_be(&arn.service, "kms") {
        return Verdict::Foreign("a resource of another service");
    }
    let start: String = arn.resource.literals().take(1).collect();
    if start.starts_with("alias/") {
        return Verdict::Foreign("an alias");
    }
    let open = arn
        .resource
        .as_literal()
        .is_some_and(|id| matches!(id, "*" | "key/*"));
    if !open && !arn.resource.is_unknown() && !start.starts_with("key/") && !start.starts_with('*')
    {
        return Verdict::Foreign("no key");
    }
    match subject.is_own(&arn.account) {
        Some(false) => Verdict::Foreign("a key of another account"),
        Some(true) if open && arn.region.as_literal() == Some("*") => Verdict::Own,
        _ if open && arn.account.as_literal() == Some("*") => Verdict::Own,
        _ => Verdict::Unknown,
    }
}
