//! Templates, modules and policies with what is to be found in each: no miss, no false alarm, no guess.
//!
//! A case is a file or a folder under `tests/corpus/` with a file of the same name and the ending `.expected` beside it:
//! notes (`#`), what is expected of its keys (`rules:`), and a line for each finding, `LINE CONTROL RESOURCE`, or
//! `LINE unknown` for each thing that cannot be told. In a folder the name of the file stands before the line.
//! With `UPDATE_CORPUS=1` in the environment the findings are written instead; read the difference with care.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use keywright::controls::Rules;

use super::controls::{outcome, rules};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// The files of a case: paths relative to the case's folder, and their texts.
fn files(case: &Path) -> Vec<(String, String)> {
    let read = |path: &Path, name: String| (name, fs::read_to_string(path).unwrap());
    if !case.is_dir() {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        return vec![read(case, name)];
    }
    let entries = walkdir::WalkDir::new(case).sort_by_file_name().into_iter();
    let entries = entries
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file());
    entries
        .map(|entry| {
            let name = entry.path().strip_prefix(case).unwrap();
            read(entry.path(), name.to_str().unwrap().replace('\\', "/"))
        })
        .collect()
}

/// Every case with the file that says what is expected.
fn cases() -> Vec<(PathBuf, PathBuf)> {
    let mut cases = Vec::new();
    let mut beside: Vec<PathBuf> = Vec::new();
    for folder in ["cloudformation", "terraform", "policy"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            beside.push(entry.unwrap().path());
        }
    }
    beside.sort();
    for path in beside {
        if path.extension().is_none_or(|ending| ending != "expected") {
            cases.push((path.clone(), path.with_extension("expected")));
        }
    }
    cases
}

/// The rules that a header asks for.
fn rules_of(header: &[String]) -> Rules {
    let mut rules = rules();
    for line in header {
        let Some(asked) = line.strip_prefix("rules: ") else {
            continue;
        };
        match asked.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["unprotected"] => rules.protected = false,
            ["deny-deletion"] => rules.deny_deletion = true,
            ["tags", tags @ ..] => {
                rules.required_tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            }
            ["account", "unknown"] => rules.account = None,
            other => panic!("unknown rules {other:?}"),
        }
    }
    rules
}

/// What is found in a case, one line each, in order.
fn found(case: &Path, rules: &Rules) -> Vec<String> {
    let files = files(case);
    let given: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let outcome = outcome(&given, rules);
    assert!(
        outcome.unreadable.is_empty(),
        "{case:?}: {:?}",
        outcome.unreadable
    );
    assert!(outcome.keys > 0, "{case:?}: no key");
    let mut lines: Vec<(String, usize, String)> = Vec::new();
    for judged in outcome.judged.values() {
        for finding in judged
            .findings
            .iter()
            .filter(|finding| finding.waived.is_none())
        {
            let (path, line) = outcome.position(finding.span);
            lines.push((
                path,
                line,
                format!("{} {}", finding.control.id, finding.resource),
            ));
        }
        for unknown in &judged.unknown {
            let (path, line) = outcome.position(unknown.span);
            lines.push((path, line, "unknown".to_owned()));
        }
    }
    lines.sort();
    lines
        .into_iter()
        .map(|(path, line, what)| match case.is_dir() {
            true => format!("{path}:{line} {what}"),
            false => format!("{line} {what}"),
        })
        .collect()
}

#[test]
fn everything_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    let mut controls: BTreeMap<&str, usize> = BTreeMap::new();
    let cases = cases();
    for (case, expected) in &cases {
        let text = fs::read_to_string(expected).unwrap_or_default();
        let is_header = |line: &&str| line.starts_with('#') || line.starts_with("rules:");
        let header: Vec<String> = text.lines().filter(is_header).map(str::to_owned).collect();
        let expectation: Vec<&str> = text.lines().filter(|line| !is_header(line)).collect();
        let found = found(case, &rules_of(&header));
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            let lines = header.iter().chain(&found);
            let text: String = lines.map(|line| format!("{line}\n")).collect();
            fs::write(expected, text).unwrap();
            continue;
        }
        if found != expectation {
            wrong.push(format!(
                "{}\n  expected {expectation:?}\n  found    {found:?}",
                case.strip_prefix(root()).unwrap().display()
            ));
        }
        for control in keywright::spec::CONTROLS {
            let fires = found
                .iter()
                .any(|line| line.split(' ').nth(1) == Some(control));
            *controls.entry(control).or_default() += usize::from(fires);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(cases.len() >= 120, "{}", cases.len());
    if std::env::var_os("UPDATE_CORPUS").is_none() {
        let never: Vec<_> = controls.iter().filter(|(_, count)| **count == 0).collect();
        assert!(never.is_empty(), "no case for {never:?}");
    }
}

/// Whatever is left of a file, controls say something about it or nothing, but come to an end.
#[test]
fn what_is_left_of_a_template_without_a_line_is_judged_too() {
    let cases = cases();
    let templates = cases.iter().filter(|(case, _)| !case.is_dir());
    let mut judged = 0;
    for (number, (case, _)) in templates.enumerate() {
        let [(name, text)] = files(case).try_into().unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let without = (number * 7) % lines.len();
        let rest: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(line, _)| *line != without)
            .map(|(_, text)| *text)
            .collect();
        let outcome = outcome(&[(&name, &rest.join("\n"))], &rules());
        judged += outcome.keys;
    }
    assert!(judged > 100, "{judged}");
}
