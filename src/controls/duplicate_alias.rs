//! One alias for two keys.

use super::catalogue::{Control, Standards};
use super::finding::{Findings, Report};
use super::rules::Subject;
use crate::readback::found::{FoundAlias, FoundKey};
use crate::spec::Severity;

pub(super) const CONTROL: Control = Control {
    id: "duplicate-alias",
    severity: Severity::High,
    title: "an alias names one key",
    what: "Fires on an alias whose name another alias of the same template or module has too, unless they stand under \
           conditions that exclude each other.",
    why: "An alias is unique in its account and Region: the second one cannot be deployed, or takes the name away from \
          the first, whose users then encrypt with another key.",
    bad: "\
Resources:
  First:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}
  Second:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}",
    good: "\
Resources:
  First:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger, TargetKeyId: !Ref LedgerKey}
  Second:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/ledger-archive, TargetKeyId: !Ref LedgerKey}",
    standards: Standards::NONE,
    check,
};

fn check(subject: &Subject<'_>, findings: &mut Findings<'_>) {
    let key = subject.key;
    for alias in &key.aliases {
        let Some(name) = alias.name.known().filter(|name| !name.is_unknown()) else {
            continue;
        };
        let is_first = |other: &FoundAlias| {
            other.name.known() == Some(name)
                && other.resource != alias.resource
                && (other.span.file, other.span.start) < (alias.span.file, alias.span.start)
        };
        let mut of_keys = subject
            .file
            .keys
            .iter()
            .filter(|other| !excludes(other, key));
        let earlier = of_keys.any(|other| other.aliases.iter().any(is_first));
        if earlier || subject.file.other_aliases.iter().any(is_first) {
            let place = alias.name.span().unwrap_or(alias.span);
            let report = Report::at(place, format!("`{name}` is an alias already"));
            findings.add(report.help("give each key an alias of its own"));
        }
    }
}

/// Whether the file never makes both: one needs a condition that the other needs the opposite of.
fn excludes(one: &FoundKey, other: &FoundKey) -> bool {
    one.when.iter().any(|words| {
        let opposite = match words.strip_suffix(" is true") {
            Some(what) => format!("{what} is false"),
            None => match words.strip_suffix(" is false") {
                Some(what) => format!("{what} is true"),
                None => return false,
            },
        };
        other.when.contains(&opposite)
    })
}
