//! Findings as Markdown, for comments in pull requests.

use super::{count, counted, open, path, position};
use crate::report::document::{self, Block};
use crate::source::Sources;
use crate::spec::Severity;
use crate::workspace::inspect::Inspection;

/// A heading with the counts, a table of open findings, then what could not be told and what is waived.
#[must_use]
pub fn markdown(inspection: &Inspection, sources: &Sources) -> String {
    let counts: Vec<String> = Severity::ALL
        .iter()
        .map(|severity| (severity, count(inspection, *severity)))
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {}", severity.as_str()))
        .collect();
    let keys = counted(inspection.keys, "key");
    let title = if counts.is_empty() {
        format!("No findings in {keys}")
    } else {
        format!("{} in {keys}", counts.join(", "))
    };
    let mut blocks = vec![Block::Heading(2, title)];
    let place = |span| {
        let at = position(sources, span);
        format!("`{}:{}`", path(sources, span), at.line)
    };
    let rows: Vec<Vec<String>> = open(inspection)
        .map(|finding| {
            vec![
                finding.severity.as_str().to_owned(),
                format!("`{}`", finding.control.id),
                format!("`{}`", finding.resource),
                finding.message.clone(),
                place(finding.span),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = vec!["severity", "control", "key", "finding", "where"];
        blocks.push(Block::Table { head, rows });
    }
    if !inspection.unknown.is_empty() {
        blocks.push(Block::Heading(3, "Not decided".to_owned()));
        let items = inspection.unknown.iter();
        let items = items.map(|unknown| format!("{} {}", place(unknown.span), unknown.message));
        blocks.push(Block::List(items.collect()));
    }
    let waived: Vec<String> = inspection
        .findings
        .iter()
        .filter_map(|finding| {
            let waived = finding.waived.as_ref()?;
            let until = match &waived.expires {
                Some(day) => format!(" (until {day})"),
                None => String::new(),
            };
            Some(format!(
                "`{}` {}: {}{until}",
                finding.control.id,
                place(finding.span),
                waived.reason
            ))
        })
        .collect();
    if !waived.is_empty() {
        blocks.push(Block::Heading(3, "Waived".to_owned()));
        blocks.push(Block::List(waived));
    }
    document::markdown(&blocks)
}
