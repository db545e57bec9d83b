//! One alias for two keys.

use super::catalogue::{Check, Control, Standards};
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
    check: Check::Key(check),
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

/// Whether the file never makes both: one needs a condition or parameter to be what it is not for the other.
fn excludes(one: &FoundKey, other: &FoundKey) -> bool {
    let choice = |words: &'_ String| {
        let (what, value) = words.rsplit_once(" is ")?;
        // Several choices in one sentence are not taken apart.
        let single = !what.contains(" and ") && !words.contains(", or ");
        single.then(|| (what.to_owned(), value.to_owned()))
    };
    let of = |key: &FoundKey| key.when.iter().filter_map(choice).collect::<Vec<_>>();
    let others = of(other);
    of(one).iter().any(|(what, value)| {
        let mut same = others.iter().filter(|(other, _)| other == what);
        same.any(|(_, other)| other != value)
    })
}
