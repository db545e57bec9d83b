//! Statements that allow what another one allows anyway.

use super::catalogue::{Check, Control, Standards};
use super::finding::{Findings, Report};
use super::reading;
use super::rules::Subject;
use crate::iam::{Clause, Effect, PrincipalKind, Principals, Statement, Text};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "redundant-statement",
    severity: Severity::Informational,
    title: "every Allow adds something",
    what: "Fires on an Allow whose principals, actions and conditions are all covered by another Allow of the same \
           policy, such as one for the account root under conditions beside the statement that leaves everything to the \
           account (a permission set that is `delegated`). Only exact coverage by one other statement is looked for.",
    why: "It does no harm, but who reads the policy takes its conditions for a limit that is none.",
    bad:
        "\
- Sid: Allow use of the key for the permission set Reader
  Effect: Allow
  Principal: {AWS: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:root\"}
  Action: kms:Decrypt
  Resource: \"*\"
  Condition:
    ArnLike: {aws:PrincipalArn: !Sub \"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/Reader*\"}",
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
        procedure: &["4.1"],
        ..Standards::NONE
    },
    check: Check::Key(check),
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let statements: Vec<_> = subject.allowing().collect();
    for (at, (statement, places)) in statements.iter().enumerate() {
        if reading::effective(statement).is_empty() {
            continue;
        }
        let covering = statements.iter().enumerate().find(|(other, (wide, _))| {
            // Of two that say the same the later one is too many.
            *other != at && covers(wide, statement) && (*other < at || !covers(statement, wide))
        });
        let Some((_, (wide, _))) = covering else {
            continue;
        };
        let by = match &wide.sid {
            Some(sid) => format!("`{sid}`"),
            None => "another statement".to_owned(),
        };
        let report = Report::at(places.statement, format!("{by} allows all of this anyway"));
        findings.add(
            report
                .statement(statement.sid.as_deref())
                .help("remove it, or narrow the other one"),
        );
    }
}

/// Whether everything that one statement allows the other allows too, as far as can be seen element by element.
fn covers(wide: &Statement, narrow: &Statement) -> bool {
    let conditions = wide.conditions.is_empty() || wide.conditions == narrow.conditions;
    conditions
        && wide.effect == Effect::Allow
        && reading::concerns(wide, narrow)
        && holds_all(wide, narrow)
}

/// Whether all names of one Principal element stand in the other.
pub(super) fn holds_all(wide: &Statement, narrow: &Statement) -> bool {
    let (Some(wide), Some(narrow)) = (names(wide), names(narrow)) else {
        return false;
    };
    !narrow.is_empty() && narrow.iter().all(|name| wide.contains(name))
}

fn names(statement: &Statement) -> Option<Vec<(PrincipalKind, &Text)>> {
    match &statement.principal {
        Some(Clause {
            negated: false,
            value: Principals::Listed(kinds),
        }) => {
            let each = kinds
                .iter()
                .flat_map(|(kind, names)| names.iter().map(|name| (*kind, name)));
            let names: Vec<_> = each.collect();
            let certain = names.iter().all(|(_, name)| !name.is_unknown());
            certain.then_some(names)
        }
        _ => None,
    }
}
