//! Controls: their catalogue, their examples, and silence on what keywright writes.

mod catalogue;
mod examples;
mod lockout;
mod own_output;

use std::collections::{BTreeMap, BTreeSet};

use keywright::controls::{Judged, Rules, Subject, judge, judge_identity_policy};
use keywright::iam::AccountId;
use keywright::readback::open::{Loaded, read_tree};
use keywright::source::{FileId, Sources, Span};
use keywright::spec::Date;

/// What is expected of keys in tests unless they say otherwise.
pub(super) fn rules() -> Rules {
    Rules {
        protected: true,
        deny_deletion: false,
        deletion_window_days: 30,
        account: AccountId::parse("111122223333"),
        trusted: BTreeSet::from([AccountId::parse("210987654321").unwrap()]),
        required_tags: Vec::new(),
        today: Date::parse("2027-01-15").unwrap(),
    }
}

/// Everything that is found in files that belong together.
pub(super) struct Outcome {
    pub(super) sources: Sources,
    /// Of each unit, what was judged of its keys; a unit that cannot be read has its problems in the second map.
    pub(super) judged: BTreeMap<String, Judged>,
    pub(super) unreadable: BTreeMap<String, Vec<String>>,
    pub(super) keys: usize,
}

/// Reads and judges files, given by path and text.
pub(super) fn outcome(files: &[(&str, &str)], rules: &Rules) -> Outcome {
    let mut sources = Sources::new();
    let ids: Vec<FileId> = files
        .iter()
        .map(|(path, text)| sources.add(*path, *text))
        .collect();
    let loaded: Vec<Loaded<'_>> = files
        .iter()
        .zip(&ids)
        .map(|((path, text), id)| Loaded {
            path,
            id: *id,
            text,
        })
        .collect();
    // A file that was asked for by name is read whatever it is; of a folder what belongs together.
    let named = match files {
        [(path, _)] => BTreeSet::from([*path]),
        _ => BTreeSet::new(),
    };
    let mut outcome = Outcome {
        judged: BTreeMap::new(),
        unreadable: BTreeMap::new(),
        keys: 0,
        sources,
    };
    for unit in read_tree(&loaded, &named) {
        let found = match unit.read {
            Ok(found) => found,
            Err(problems) => {
                let messages = problems.into_iter().map(|problem| problem.message);
                outcome.unreadable.insert(unit.name, messages.collect());
                continue;
            }
        };
        let mut all = Judged::default();
        for key in &found.keys {
            let subject = Subject::new(key, &found, rules);
            let mut judged = judge(&subject, &[], &mut BTreeSet::new());
            all.findings.append(&mut judged.findings);
            all.unknown.append(&mut judged.unknown);
            outcome.keys += 1;
        }
        for policy in &found.identity_policies {
            let mut judged = judge_identity_policy(policy, rules.today, &[], &mut BTreeSet::new());
            all.findings.append(&mut judged.findings);
            all.unknown.append(&mut judged.unknown);
        }
        for doubt in &found.doubts {
            let place = doubt.primary.as_ref().unwrap().span;
            all.unknown
                .push(keywright::controls::Unknown::of(doubt, place));
        }
        all.once();
        outcome.judged.insert(unit.name, all);
    }
    outcome
}

impl Outcome {
    /// What was found, one line each: `path:line control (resource)`, without what is waived.
    pub(super) fn findings(&self) -> Vec<String> {
        let of = |judged: &Judged| {
            let findings = judged
                .findings
                .iter()
                .filter(|finding| finding.waived.is_none());
            let lines: Vec<_> = findings
                .map(|finding| {
                    let place = self.place(finding.span);
                    format!(
                        "{place} {} ({}): {}",
                        finding.control.id, finding.resource, finding.message
                    )
                })
                .collect();
            lines
        };
        self.judged.values().flat_map(of).collect()
    }

    /// What could not be told, one line each.
    pub(super) fn unknown(&self) -> Vec<String> {
        let unknown = self.judged.values().flat_map(|judged| &judged.unknown);
        unknown
            .map(|unknown| format!("{} {}", self.place(unknown.span), unknown.message))
            .collect()
    }

    fn place(&self, span: Span) -> String {
        let (path, line) = self.position(span);
        format!("{path}:{line}")
    }

    /// The file and line of a place.
    pub(super) fn position(&self, span: Span) -> (String, usize) {
        let source = self.sources.get(span.file);
        let path = source.map_or("?", |source| source.path());
        (path.to_owned(), self.sources.position(span).line)
    }
}
