//! What AWS refuses about a key policy.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::iam::operator::{Test, ValueSet};
use crate::iam::read::{Doubt, StatementPlaces};
use crate::iam::{
    Arn, ArnProblem, Clause, Operator, PolicyDocument, PrincipalArn, PrincipalKind, Principals,
    Statement, Text, Tree, contains_wildcard,
};
use crate::kms::{Partition, limits};
use crate::readback::found::Property;
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "invalid-policy",
    severity: Severity::High,
    title: "AWS accepts the policy",
    what: "Fires on what KMS refuses in a policy, or stores without effect: more than 32,768 bytes, characters above \
           U+00FF, unknown elements, wrong types, statements without Effect, Principal, Action or Resource, two \
           statements of one Sid, a Principal that can be none or is of another partition, an unknown condition operator \
           or a value that it cannot compare, `ForAllValues` where KMS calls it overly permissive.",
    why: "The deployment fails, or the statement does nothing while everybody believes that it does.",
    bad: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:group/Accountants\"}
  Action: kms:Decrypt
  Resource: \"*\"",
    good: "\
- Sid: Allow use of the key
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Accountants\"}
  Action: kms:Decrypt
  Resource: \"*\"",
    standards: Standards::NONE,
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    if let Property::Invalid(diagnostic) = &key.policy {
        let place = key.policy.span().unwrap_or(key.span);
        findings.add(Report::at(place, diagnostic.message.clone()));
    }
    let Property::Known(policy, span) = &key.policy else {
        return;
    };
    let invalid = policy
        .problems
        .iter()
        .filter(|problem| problem.doubt == Doubt::Invalid);
    for problem in invalid {
        let diagnostic = &problem.diagnostic;
        let place = diagnostic
            .primary
            .as_ref()
            .map_or(*span, |label| label.span);
        let report = Report::at(place, diagnostic.message.clone());
        let help = diagnostic.help.iter();
        findings.add(help.fold(report, |report, help| report.help(help.clone())));
    }
    let size = size(&policy.document);
    if size > limits::POLICY_BYTES {
        let message = format!(
            "this policy has {size} bytes; KMS takes {}",
            limits::POLICY_BYTES
        );
        findings.add(Report::at(*span, message));
    }
    if policy.document.statements.is_empty() && policy.problems.is_empty() {
        findings.add(Report::at(*span, "this policy has no statement"));
    }
    partitions(subject, findings);
    let mut sids: BTreeMap<&str, usize> = BTreeMap::new();
    for (statement, places) in subject.statements() {
        if let Some(sid) = statement.sid.as_deref() {
            let first = *sids.entry(sid).or_insert(places.number);
            if first != places.number && !sid.is_empty() {
                let message = format!("two statements have the Sid `{sid}`");
                findings.add(Report::at(places.sid, message).statement(Some(sid)));
            }
        }
        if !statement.uncertain {
            elements(statement, places, findings);
        }
        principals(statement, places, findings);
        conditions(statement, places, findings);
        characters(statement, places, findings);
    }
}

/// Principals of another partition than the key's own account, whose partition the policy itself has to tell.
/// Source: AWS general reference, "AWS partitions": accounts and credentials of one do not exist in another.
fn partitions(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let named = |name: &reading::Named<'_>| {
        let partition = Arn::parse(name.text)?.partition;
        Partition::named(partition.as_literal()?)
    };
    let mut own = BTreeSet::new();
    for (statement, _) in subject.certain() {
        for name in reading::principals(statement) {
            let account = name.account.as_ref();
            if account.and_then(|account| subject.is_own(account)) == Some(true) {
                own.extend(named(&name));
            }
        }
    }
    let own: Vec<_> = own.into_iter().collect();
    let [own] = own.as_slice() else {
        return;
    };
    for (statement, places) in subject.certain() {
        for name in reading::principals(statement) {
            let Some(other) = named(&name).filter(|other| other != own) else {
                continue;
            };
            let message = format!(
                "`{}` is in the partition `{}`, the key's own account in `{}`",
                name.text,
                other.id(),
                own.id()
            );
            let report = Report::at(places.principal, message);
            findings.add(
                report
                    .statement(statement.sid.as_deref())
                    .help("no principal of another partition can use a key"),
            );
        }
    }
}

/// At least as many bytes as KMS counts: compact, with the shortest values that a deployment can put in where they are
/// unknown.
fn size(policy: &PolicyDocument) -> usize {
    let shown = |text: &Text| {
        let mut certain = Text::new();
        for part in text.parts() {
            if !matches!(part, crate::iam::Part::Unknown(_)) {
                certain.push_part(part.clone());
            }
        }
        certain.resolve(limits::longest)
    };
    Tree::from(policy).to_json(&shown).to_string().len()
}

/// Elements that must be there, and hold something.
fn missing(statement: &Statement) -> Vec<&'static str> {
    let mut missing = Vec::new();
    let nobody = match &statement.principal {
        None => true,
        Some(Clause {
            value: Principals::Listed(kinds),
            ..
        }) => kinds.values().all(Vec::is_empty),
        Some(_) => false,
    };
    if nobody {
        missing.push("Principal");
    }
    let action = statement.action.as_ref();
    if action.is_none_or(|clause| clause.value.is_empty()) {
        missing.push("Action");
    }
    let resource = statement.resource.as_ref();
    if resource.is_none_or(|clause| clause.value.is_empty()) {
        missing.push("Resource");
    }
    missing
}

fn elements(statement: &Statement, places: &StatementPlaces, findings: &mut Findings<'_>) {
    for name in missing(statement) {
        let message = format!("this statement has no `{name}`");
        findings.add(Report::at(places.statement, message).statement(statement.sid.as_deref()));
    }
}

fn principals(statement: &Statement, places: &StatementPlaces, findings: &mut Findings<'_>) {
    let Some(Clause {
        value: Principals::Listed(kinds),
        ..
    }) = &statement.principal
    else {
        return;
    };
    for (kind, names) in kinds {
        for name in names {
            if let Some((message, help)) = principal(*kind, name) {
                let report = Report::at(places.principal, format!("`{name}` {message}"));
                findings.add(report.statement(statement.sid.as_deref()).help(help));
            }
        }
    }
}

/// Whether KMS refuses the statement, or takes it for nothing: then nobody can tell what it would do.
pub(super) fn is_refused(statement: &Statement) -> bool {
    let refused = reading::conditions(statement).any(|(written, _, values)| {
        let Ok(operator) = Operator::parse(written) else {
            return true;
        };
        let mut literals = values.iter().filter_map(Text::as_literal);
        literals.any(|value| wanted(operator.test, value).is_some())
    });
    refused || !missing(statement).is_empty() || names_nobody(statement)
}

/// Whether KMS takes none of the names in the Principal element.
pub(super) fn names_nobody(statement: &Statement) -> bool {
    let names = reading::principals(statement);
    let refused = |name: &reading::Named<'_>| {
        let alone = name.who == Who::Everyone;
        !alone && (contains_wildcard(name.text) || principal(name.kind, name.text).is_some())
    };
    !names.is_empty() && names.iter().all(refused)
}

/// Why a name cannot stand in a Principal element. Wildcards are a control of their own.
fn principal(kind: PrincipalKind, name: &Text) -> Option<(&'static str, &'static str)> {
    if name.is_unknown() || contains_wildcard(name) {
        return None;
    }
    match kind {
        PrincipalKind::Service => {
            let known = name.as_literal().is_none_or(|name| {
                Partition::is_service_principal(name) || name.ends_with(".aws.internal")
            });
            return (!known).then_some(("is no service", "write it with `.amazonaws.com`"));
        }
        PrincipalKind::Federated | PrincipalKind::CanonicalUser => return None,
        PrincipalKind::Aws => {}
    }
    match reading::named(kind, name).who {
        Who::Gone => {
            return Some((
                "is the id of a user or role that was deleted",
                "name the one that took its place, or remove it",
            ));
        }
        Who::Everyone | Who::Account => return None,
        _ => {}
    }
    let problem = PrincipalArn::parse(name).err()?;
    Some(match problem {
        ArnProblem::NotAnArn => ("is no principal", "write an ARN, an account id or `*`"),
        ArnProblem::Partition => (
            "is in no partition of AWS",
            "write `aws`, `aws-cn` or `aws-us-gov`",
        ),
        ArnProblem::Service => (
            "is neither of `iam` nor of `sts`",
            "name a user, a role or an account",
        ),
        ArnProblem::Region => (
            "has a Region, which principals do not",
            "leave the Region empty",
        ),
        ArnProblem::Account => (
            "has no account of twelve digits",
            "write the account in full",
        ),
        ArnProblem::Group => ("is a group, which is no principal", "name a role"),
        ArnProblem::Character => (
            "has characters that no name has",
            "write the name as IAM shows it",
        ),
        ArnProblem::Wildcard => return None,
        ArnProblem::Resource => (
            "is no user, role or account",
            "name a user, a role or an account",
        ),
    })
}

fn conditions(statement: &Statement, places: &StatementPlaces, findings: &mut Findings<'_>) {
    let sid = statement.sid.as_deref();
    for (written, key, values) in reading::conditions(statement) {
        let operator = match Operator::parse(written) {
            Ok(operator) => operator,
            Err(unknown) => {
                let message = format!("there is no condition operator `{written}`");
                let report = Report::at(places.condition, message).statement(sid);
                findings.add(match unknown.nearest {
                    Some(nearest) => report.help(format!("did you mean `{nearest}`?")),
                    None => report,
                });
                continue;
            }
        };
        let lower = key.to_ascii_lowercase();
        // Source: KMS developer guide, "Condition keys": KMS answers `OverlyPermissiveCondition`.
        if operator.set == Some(ValueSet::ForAllValues)
            && (lower.starts_with("kms:encryptioncontext:") || lower.starts_with("aws:requesttag/"))
        {
            let message =
                format!("KMS refuses `ForAllValues` on `{key}`: it holds where there is none");
            findings.add(
                Report::at(places.condition, message)
                    .statement(sid)
                    .help("remove `ForAllValues:`"),
            );
        }
        for value in values.iter().filter_map(Text::as_literal) {
            if let Some(what) = wanted(operator.test, value) {
                let message = format!("`{written}` compares {what}, not `{value}`");
                findings.add(Report::at(places.condition, message).statement(sid));
            }
        }
    }
}

/// What a test takes, where the value is none of it.
fn wanted(test: Test, value: &str) -> Option<&'static str> {
    // A policy variable becomes whatever it is.
    if value.contains("${") {
        return None;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (fits, what) = match test {
        Test::Bool | Test::Null => {
            let fits = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
            (fits, "`true` or `false`")
        }
        Test::Numeric(_) => (value.parse::<f64>().is_ok_and(f64::is_finite), "numbers"),
        Test::Date(_) => {
            let day = value.get(..10).and_then(crate::spec::Date::parse).is_some();
            (day || digits(value), "dates")
        }
        Test::IpAddress => {
            let (address, prefix) = value.split_once('/').unwrap_or((value, "0"));
            let address = address.parse::<std::net::IpAddr>();
            let longest = address
                .as_ref()
                .map_or(0, |address| if address.is_ipv4() { 32 } else { 128 });
            let prefix = prefix.parse::<u8>().is_ok_and(|prefix| prefix <= longest);
            (address.is_ok() && prefix, "IP addresses and ranges")
        }
        _ => return None,
    };
    (!fits).then_some(what)
}

/// Characters that no key policy has.
fn characters(statement: &Statement, places: &StatementPlaces, findings: &mut Findings<'_>) {
    let actions = statement.action.iter().flat_map(|clause| &clause.value);
    let names = reading::conditions(statement).flat_map(|(operator, key, _)| [operator, key]);
    let texts = statement.texts().flat_map(Text::literals);
    let words = actions.map(String::as_str).chain(names).chain(texts);
    let mut words = words.chain(statement.sid.as_deref());
    let strange = words.find_map(|word| word.chars().find(|c| !limits::is_policy_character(*c)));
    if let Some(strange) = strange {
        let message = format!(
            "KMS takes no `{strange}` (U+{:04X}) in a policy",
            u32::from(strange)
        );
        let report = Report::at(places.statement, message).statement(statement.sid.as_deref());
        findings.add(report.help("write characters up to U+00FF only"));
    }
}
