//! Specs spoilt at random: nothing panics, and every complaint is about a place that is there.

use std::fs;
use std::time::{Duration, Instant};

use keywright::diag::{Diagnostic, Severity};
use keywright::report::diagnostics::{self, Look};
use keywright::source::{Sources, decode};
use keywright::spec::config::Config;
use keywright::spec::stack;
use keywright::workspace::Workspace;
use keywright::workspace::generate::{compile, generate};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::schemas::{mutation, valid_spec};

/// How long one test may take, whatever the machine.
const TIME: Duration = Duration::from_millis(1500);

/// Loads, compiles and generates; returns what was told and whether there is output.
fn run(bytes: &[u8]) -> (Sources, Vec<Diagnostic>, bool) {
    let mut sources = Sources::new();
    let mut told = Vec::new();
    let Ok(text) = decode(bytes.to_vec()) else {
        return (sources, told, false);
    };
    let config = Config::load(&mut sources, None).unwrap();
    // The same text as a workspace file must not panic either.
    let file = sources.add("keywright.yaml", text.as_str());
    if let Err(problems) = Config::load(&mut sources, Some(file)) {
        told.extend(problems);
    }
    let expected = told.len();
    let file = sources.add("specs/audit.yaml", text);
    let (specs, problems) = stack::decode(&sources, &[file]);
    told.extend(problems);
    let workspace = Workspace {
        root: "nowhere".into(),
        config,
        specs,
        overrides: Vec::new(),
    };
    let stacks = compile(&workspace, &mut told);
    let wrong = told
        .iter()
        .skip(expected)
        .any(|problem| problem.severity == Severity::Error);
    if wrong {
        return (sources, told, false);
    }
    let count = stacks.len();
    let generated = generate(&workspace, stacks, &mut sources, &|_| {});
    // What the program accepts it can render, and prove.
    let problems = generated.as_ref().err().map(|problems| {
        let messages: Vec<_> = problems
            .iter()
            .map(|problem| problem.message.clone())
            .collect();
        messages.join("\n")
    });
    assert_eq!(problems, None);
    let output = generated.is_ok_and(|generated| generated.artifacts.len() >= count);
    (sources, told, output)
}

fn check(sources: &Sources, told: &[Diagnostic]) {
    for diagnostic in told {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let text = sources.get(label.span.file).unwrap().text();
            assert!(text.get(label.span.range()).is_some(), "{diagnostic:?}");
        }
        assert!(
            diagnostic.primary.is_some() || diagnostic.path.is_some(),
            "{diagnostic:?}"
        );
    }
    let shown =
        diagnostics::text(told, sources, Look::default()) + &diagnostics::github(told, sources);
    assert!(told.iter().all(|problem| shown.contains(problem.code)) || told.len() > 100);
    assert!(diagnostics::json(told, sources).is_array());
}

/// Runs a property on as many inputs as fit the time.
fn for_a_while<S: Strategy>(strategy: S, property: impl Fn(S::Value)) {
    let start = Instant::now();
    let config = ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&strategy, |input| {
            if start.elapsed() < TIME {
                property(input);
            }
            Ok(())
        })
        .unwrap();
}

/// Pieces of YAML that change what is around them.
const PIECES: [&str; 36] = [
    ":",
    ": ",
    "- ",
    "\n",
    "\n\n",
    "  ",
    "\t",
    "#",
    "'",
    "\"",
    "{",
    "}",
    "[",
    "]",
    "{{",
    "}}",
    ",",
    "&a ",
    "*a",
    "!t ",
    "<<: ",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "\0",
    "\r",
    "\u{feff}",
    "é",
    "e\u{301}",
    "🔑",
    "{account}",
    "alias/",
    "{{resolve:",
    "\\x",
    "? ",
];

#[derive(Debug, Clone)]
enum Edit {
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Double(prop::sample::Index, usize),
    RemoveLine(prop::sample::Index),
    DoubleLine(prop::sample::Index),
    Indent(prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<prop::sample::Index>();
    prop_oneof![
        (at(), proptest::sample::select(PIECES.to_vec()))
            .prop_map(|(at, piece)| Edit::Insert(at, piece.into())),
        (at(), any::<[u8; 1]>()).prop_map(|(at, byte)| Edit::Insert(at, byte.into())),
        (at(), 1..20_usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (at(), 1..20_usize).prop_map(|(at, length)| Edit::Double(at, length)),
        at().prop_map(Edit::RemoveLine),
        at().prop_map(Edit::DoubleLine),
        at().prop_map(Edit::Indent),
    ]
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let line = |at: &prop::sample::Index, bytes: &[u8]| {
            let at = at.index(bytes.len() + 1);
            let start = bytes[..at]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            let end = bytes[at..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(bytes.len(), |end| at + end + 1);
            start..end
        };
        let range = |at: &prop::sample::Index, length: usize, bytes: &[u8]| {
            let start = at.index(bytes.len() + 1);
            start..(start + length).min(bytes.len())
        };
        match self {
            Self::Insert(at, piece) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, piece.iter().copied());
            }
            Self::Remove(at, length) => drop(bytes.drain(range(at, *length, bytes))),
            Self::Double(at, length) => bytes.extend_from_within(range(at, *length, bytes)),
            Self::RemoveLine(at) => drop(bytes.drain(line(at, bytes))),
            Self::DoubleLine(at) => {
                let range = line(at, bytes);
                let copy = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, copy);
            }
            Self::Indent(at) => {
                let start = line(at, bytes).start;
                bytes.splice(start..start, *b"  ");
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let specs = super::own_specs();
    let texts = specs.iter().map(|spec| fs::read(spec).unwrap());
    texts.collect()
}

#[test]
fn texts_with_random_edits() {
    let edits = proptest::collection::vec(edit(), 1..5);
    for_a_while(
        (proptest::sample::select(seeds()), edits),
        |(mut bytes, edits)| {
            for edit in &edits {
                edit.apply(&mut bytes);
            }
            let (sources, told, _) = run(&bytes);
            check(&sources, &told);
        },
    );
}

#[test]
fn values_with_random_changes() {
    let changes = proptest::collection::vec(mutation(), 1..4);
    for_a_while((valid_spec(), changes), |(mut spec, changes)| {
        for change in &changes {
            change.apply(&mut spec);
        }
        let (sources, told, _) = run(spec.to_string().as_bytes());
        check(&sources, &told);
    });
}

#[test]
fn specs_without_a_mistake_become_output() {
    for_a_while(valid_spec(), |spec| {
        let (sources, told, output) = run(spec.to_string().as_bytes());
        let own: Vec<_> = told
            .iter()
            .filter(|problem| {
                let label = problem.primary.as_ref().unwrap();
                sources.get(label.span.file).unwrap().path() != "keywright.yaml"
            })
            .collect();
        assert!(output, "{spec}: {own:#?}");
    });
}
