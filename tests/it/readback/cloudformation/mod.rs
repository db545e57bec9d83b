//! CloudFormation templates of all kinds, and what is found in them.

mod conditions;
mod forms;
mod fuzz;
mod intrinsics;
mod notation;
mod parameters;
mod resources;

use keywright::readback::{Found, found_in_template};
use keywright::source::Sources;

use super::show::show;

/// What a template holds, in words.
fn found(text: &str) -> String {
    let (found, sources) = read(text);
    match found {
        Ok(found) => show(&found, &sources),
        Err(problems) => format!("cannot be read: {}\n", problems.join("; ")),
    }
}

fn read(text: &str) -> (Result<Found, Vec<String>>, Sources) {
    let mut sources = Sources::new();
    let id = sources.add("template.yaml", text);
    let found = found_in_template(id, text);
    let messages = |problems: Vec<keywright::diag::Diagnostic>| {
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    };
    (found.map_err(messages), sources)
}

/// One snapshot of several templates, each by its name.
fn all(cases: &[(&str, &str)]) -> String {
    let shown = cases.iter().map(|(name, text)| {
        let found = found(text);
        format!("==== {name}\n{}\n----\n{found}\n", text.trim_end())
    });
    shown.collect()
}

/// The same of what stands under `Properties` of a key.
fn of_keys(head: &str, cases: &[(&str, &str)]) -> String {
    let shown = cases.iter().map(|(name, properties)| {
        let lines = properties.lines().map(|line| format!("      {line}\n"));
        let lines: String = lines.collect();
        let text =
            format!("{head}Resources:\n  Key:\n    Type: AWS::KMS::Key\n    Properties:\n{lines}");
        let found = found(&text);
        format!("==== {name}\n{properties}\n----\n{found}\n")
    });
    format!("{head}\n{}", shown.collect::<String>())
}
