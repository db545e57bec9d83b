//! All keys at a glance.

use super::Entry;
use crate::access::exact::Capability;
use crate::explain::{AccessRow, Explanation};
use crate::report::document::Block;

pub(super) const MANAGING: [Capability; 3] = [
    Capability::ChangePolicy,
    Capability::Delete,
    Capability::Administer,
];

pub(super) const USING: [Capability; 6] = [
    Capability::Grant,
    Capability::Encrypt,
    Capability::Decrypt,
    Capability::Sign,
    Capability::Verify,
    Capability::Agree,
];

/// A row for every key, and how to see more of one.
#[must_use]
pub fn overview(entries: &[Entry]) -> Vec<Block> {
    if entries.is_empty() {
        let nothing = "There is no key here. `keywright new` adds one.";
        return vec![Block::Paragraph(nothing.to_owned())];
    }
    let mut blocks = Vec::new();
    let mut rest = entries;
    while let Some(first) = rest.first() {
        let home = first.home();
        let together = rest.iter().take_while(|entry| entry.home() == home);
        let (stack, others) = rest.split_at(together.count());
        blocks.extend(home.map(|home| Block::Heading(2, home)));
        blocks.push(Block::Table {
            head: vec!["key", "managed by", "used by", "open to"],
            rows: stack.iter().map(row).collect(),
        });
        rest = others;
    }
    let advice = "`keywright explain KEY` tells all about one of them.";
    blocks.push(Block::Paragraph(advice.to_owned()));
    blocks
}

fn row(entry: &Entry) -> Vec<String> {
    let key = &entry.explanation;
    let title = key.title();
    vec![
        title.strip_prefix("alias/").unwrap_or(title).to_owned(),
        named(key, &MANAGING),
        named(key, &USING),
        open_to(key),
    ]
}

/// Those whom the policy names for some capabilities.
fn named(key: &Explanation, capabilities: &[Capability]) -> String {
    let names: Vec<String> = key
        .who_can(capabilities)
        .map(|row| row.name.short())
        .collect();
    if names.is_empty() {
        return "–".to_owned();
    }
    names.join(", ")
}

/// Who outside of the account has access.
fn open_to(key: &Explanation) -> String {
    let outsiders: Vec<&AccessRow> = key.outsiders().collect();
    if key.is_open() {
        return "EVERYONE".to_owned();
    }
    match outsiders.as_slice() {
        [] => "–".to_owned(),
        outsiders => {
            let names = outsiders.iter().map(|row| row.name.short());
            names.collect::<Vec<_>>().join(", ")
        }
    }
}
