//! One key after the other, from what it is to what follows from its policy.

use super::{Entry, place, word};
use crate::access::exact::Access;
use crate::controls::Unknown;
use crate::explain::{Explanation, StatementWords};
use crate::iam::Effect;
use crate::report::document::Block;
use crate::source::Sources;

/// Keys in full.
#[must_use]
pub fn keys(entries: &[Entry], sources: &Sources) -> Vec<Block> {
    entries
        .iter()
        .flat_map(|entry| key(entry, sources))
        .collect()
}

fn key(entry: &Entry, sources: &Sources) -> Vec<Block> {
    let key = &entry.explanation;
    let heading = |level: usize, title: &str| Block::Heading(level, title.to_owned());
    let mut blocks = vec![heading(1, key.title())];
    blocks.extend(key.description.clone().map(Block::Paragraph));
    blocks.push(Block::List(facts(entry, sources)));
    if key.statements.is_empty() {
        let nothing = "Its policy allows nothing that can be read here.";
        blocks.push(Block::Paragraph(nothing.to_owned()));
    } else {
        blocks.push(heading(2, "What its policy says"));
    }
    for statement in &key.statements {
        blocks.push(heading(3, &statement.title()));
        blocks.push(Block::List(points(statement)));
    }
    if !key.columns.is_empty() {
        blocks.push(heading(2, "Who can do what"));
        blocks.extend(table(key));
    }
    if !key.notes.is_empty() {
        blocks.push(heading(2, "What follows"));
        blocks.push(Block::List(key.notes.clone()));
    }
    let mut told = |title: &str, unknown: &[Unknown]| {
        if !unknown.is_empty() {
            blocks.push(heading(2, title));
            blocks.push(Block::List(places(unknown, sources)));
        }
    };
    told("What AWS would refuse", &key.refused);
    told("What could not be told", &key.doubts);
    blocks
}

fn places(unknown: &[Unknown], sources: &Sources) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for one in unknown {
        let line = format!("{}: {}", place(sources, one.span), one.message);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn facts(entry: &Entry, sources: &Sources) -> Vec<String> {
    let key = &entry.explanation;
    let mut facts = Vec::new();
    if let [_, others @ ..] = key.aliases.as_slice()
        && !others.is_empty()
    {
        facts.push(format!("Also called: {}", others.join(", ")));
    }
    for (name, words) in &key.properties {
        facts.push(format!("{name}: {words}"));
    }
    let at = place(sources, entry.span);
    facts.push(match entry.home() {
        Some(home) => format!("Defined: {at}, for stack {home}"),
        None if key.title() == key.resource => format!("Defined: {at}"),
        None => format!("Defined: {at} ({})", key.resource),
    });
    if !key.when.is_empty() {
        facts.push(format!("Like this only if: {}", key.when.join(" and ")));
    }
    facts
}

fn points(statement: &StatementWords) -> Vec<String> {
    let may = match statement.effect {
        Some(Effect::Allow) => "May",
        Some(Effect::Deny) => "May not",
        None => "May, or may not, as only deployment knows",
    };
    let mut points = vec![
        format!("Who: {}", statement.who()),
        format!("{may}: {}", statement.may),
    ];
    if !statement.through.is_empty() {
        points.push(format!("Through: {}", statement.through.join(" or ")));
    }
    for (index, condition) in statement.conditions.iter().enumerate() {
        let only = if index == 0 { "Only if" } else { "And if" };
        points.push(format!("{only}: {condition}"));
    }
    points.extend(statement.remarks.iter().cloned());
    points
}

fn table(key: &Explanation) -> Vec<Block> {
    let head = key.columns.iter().map(|column| column.title);
    let rows = key.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| word(*cell).to_owned());
        std::iter::once(row.name.plain()).chain(cells).collect()
    });
    let table = Block::Table {
        head: std::iter::once("who").chain(head).collect(),
        rows: rows.collect(),
    };
    let has = |access: Access| {
        let mut cells = key.rows.iter().flat_map(|row| &row.cells);
        cells.any(|cell| *cell == access)
    };
    const LEGEND: [(Access, &str); 5] = [
        (Access::Direct, "the key policy is enough"),
        (
            Access::DirectUnderCondition,
            "the key policy is enough, under conditions of its statements",
        ),
        (
            Access::ThroughIam,
            "only those to whom an IAM policy of their account gives it",
        ),
        (
            Access::ThroughIamUnderCondition,
            "the same, under conditions of the key policy",
        ),
        (Access::Unknown, "cannot be told"),
    ];
    let used = LEGEND.iter().filter(|(access, _)| has(*access));
    let mut legend: Vec<String> = used
        .map(|(access, meaning)| format!("{}: {meaning}", word(*access)))
        .collect();
    let columns = key.columns.iter();
    let columns = columns.filter(|column| column.title != column.meaning);
    let columns: Vec<String> = columns
        .map(|column| format!("{}: {}", column.title, column.meaning))
        .collect();
    if !columns.is_empty() {
        legend.push(format!("columns: {}", columns.join("; ")));
    }
    vec![table, Block::List(legend)]
}
