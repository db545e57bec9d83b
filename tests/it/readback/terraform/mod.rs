//! Terraform modules and plans of others.

mod documents;
mod expressions;
mod fuzz;
mod modules;
mod plans;
mod resources;
mod same;

use std::collections::BTreeSet;

use keywright::readback::open::{Loaded, read_tree};
use keywright::source::Sources;

use super::show::show;

/// What a tree of files holds. Files are parted by lines `--- path`; the first is `main.tf`.
pub(super) fn found(text: &str) -> String {
    let mut files: Vec<(String, String)> = vec![("main.tf".to_owned(), String::new())];
    for line in text.lines() {
        match line.strip_prefix("--- ") {
            Some(path) => files.push((path.to_owned(), String::new())),
            None => {
                let last = &mut files.last_mut().unwrap().1;
                last.push_str(line);
                last.push('\n');
            }
        }
    }
    files.retain(|(_, text)| !text.trim().is_empty());
    let mut sources = Sources::new();
    let ids: Vec<_> = files
        .iter()
        .map(|(path, text)| sources.add(path.as_str(), text.as_str()))
        .collect();
    let loaded: Vec<_> = files
        .iter()
        .zip(ids)
        .map(|((path, text), id)| Loaded { path, id, text })
        .collect();
    // Those in folders are come across.
    let named: BTreeSet<&str> = files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| !path.contains('/'))
        .collect();
    let mut out = String::new();
    for unit in read_tree(&loaded, &named) {
        if unit.name != "." {
            out.push_str(&format!("[{}]\n", unit.name));
        }
        match unit.read {
            Ok(found) => {
                let text = show(&found, &sources);
                // What only the proof refuses is told by its own tests.
                let lines = text.lines().filter(|line| !line.starts_with("loose: "));
                lines.for_each(|line| out.push_str(&format!("{line}\n")));
            }
            Err(problems) => {
                for problem in problems {
                    out.push_str(&format!("refused: {}\n", problem.message));
                }
            }
        }
    }
    out
}

/// What was found in each of several modules.
pub(super) fn all(cases: &[(&str, &str)]) -> String {
    let told = cases.iter().map(|(name, text)| {
        let text = text.trim_start_matches('\n');
        format!("==== {name}\n{}\n", found(text))
    });
    told.collect()
}
