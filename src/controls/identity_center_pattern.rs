//! Patterns for the roles of permission sets that mean more, or less, than they seem to.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::probe::{self, Probe};
use super::reading::{self, Who};
use super::rules::Subject;
use crate::access::Truth;
use crate::iam::{AccountId, Operator, Statement, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "identity-center-pattern",
    severity: Severity::Medium,
    title: "patterns for permission sets match theirs, and no other",
    what: "Fires on a pattern for `aws:PrincipalArn` with `AWSReservedSSO_NAME` that misses the roles of an Identity \
           Center in us-east-1, whose path has no Region; that also matches permission sets whose name begins with NAME, \
           such as `Admin_ReadOnly` for `Admin`; or that is open to permission sets of every account.",
    why: "Names of permission sets may hold underscores, so `AWSReservedSSO_Admin_*` lets `Admin_ReadOnly` administer. \
          And a policy that works where Identity Center is at home in Ireland lets nobody in where it is in Virginia.",
    bad: "\
- Sid: Allow use of the key for the permission set Reader
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:CallerAccount: !Ref AWS::AccountId}
    ArnLike:
      aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Reader_*\"",
    good: "\
- Sid: Allow use of the key for the permission set Reader
  Effect: Allow
  Principal: {AWS: \"*\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    StringEquals: {kms:CallerAccount: !Ref AWS::AccountId}
    ArnLike:
      aws:PrincipalArn:
        - !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Reader_*\"
        - !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Reader_*\"
    ArnNotLike:
      aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Reader_*_*\"",
    standards: Standards {
        procedure: &["4", "7.2"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

const MARK: &str = "AWSReservedSSO_";
const PATH: &str = "aws-reserved/sso.amazonaws.com/";
/// As Identity Center makes them: sixteen hexadecimal digits.
const SUFFIX: &str = "0123456789abcdef";

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    for (statement, places) in subject.allowing() {
        let mut names: Vec<(String, bool)> = Vec::new();
        for (operator, key, values) in reading::conditions(statement) {
            let positive = Operator::parse(operator).is_ok_and(|operator| !operator.negated);
            if positive && key.eq_ignore_ascii_case("aws:PrincipalArn") {
                names.extend(values.iter().filter_map(permission_set));
            }
        }
        names.sort();
        names.dedup();
        let mut told: Vec<&str> = Vec::new();
        for (name, any_region) in &names {
            for (message, help) in problems(subject, statement, name, *any_region) {
                // One permission set in several patterns has its problems once.
                if told.contains(&message) {
                    continue;
                }
                told.push(message);
                let report = Report::at(
                    places.condition,
                    format!("this pattern for the permission set `{name}` {message}"),
                );
                findings.add(report.statement(statement.sid.as_deref()).help(help));
            }
        }
    }
}

/// The permission set that a pattern means, and whether it leaves the Region open. `None` for what is none, or names
/// one role exactly.
fn permission_set(value: &Text) -> Option<(String, bool)> {
    let last = value.literals().last()?;
    let at = last.find(MARK)?;
    let (path, name) = last.split_at(at);
    let name = name.strip_prefix(MARK)?;
    let stem = name.trim_end_matches(['*', '?']);
    if stem.len() == name.len() {
        return None;
    }
    let stem = stem.strip_suffix('_').unwrap_or(stem);
    let plain = !stem.is_empty() && !stem.contains(['*', '?']);
    plain.then(|| (stem.to_owned(), path.ends_with("*/") || path.ends_with('*')))
}

type Problem = (&'static str, &'static str);

fn problems(
    subject: &Subject<'_>,
    statement: &Statement,
    name: &str,
    any_region: bool,
) -> Vec<Problem> {
    let own = probe::own(subject);
    let matches = |account: &AccountId, region: &str, name: &str, keys: &[&str]| {
        let path = format!("{PATH}{region}{MARK}{name}_{SUFFIX}");
        let probe =
            Probe::role(account, &path, "Decrypt").with("aws:PrincipalOrgID", "o-elsewhere00");
        probe::holds(subject, statement, |key| keys.contains(&key), probe) == Truth::Yes
    };
    let arn = ["aws:principalarn"];
    let regional = matches(&own, "eu-central-1/", name, &arn);
    let bare = matches(&own, "", name, &arn);
    let mut problems = Vec::new();
    if any_region && regional && !bare {
        problems.push((
            "misses roles without a Region in their path",
            "add the same pattern without `*/`: where Identity Center is in us-east-1, the path has no Region",
        ));
    }
    let other = format!("{name}_ReadOnly");
    if matches(&own, "eu-central-1/", &other, &arn) || matches(&own, "", &other, &arn) {
        problems.push((
            "also matches permission sets whose name only begins so",
            "add `ArnNotLike` on `aws:PrincipalArn` with `…AWSReservedSSO_NAME_*_*`",
        ));
    }
    let fences = [
        "aws:principalarn",
        "aws:principalaccount",
        "kms:calleraccount",
        "aws:principalorgid",
        "aws:principalorgpaths",
    ];
    let everyone = reading::principals(statement)
        .iter()
        .any(|name| name.who == Who::Everyone);
    let elsewhere = probe::elsewhere(subject);
    let open = matches(&elsewhere, "eu-central-1/", name, &fences)
        || matches(&elsewhere, "", name, &fences);
    if everyone && open {
        problems.push((
            "lets in permission sets of every account",
            "name the account in the pattern, and add `kms:CallerAccount`",
        ));
    }
    problems
}
