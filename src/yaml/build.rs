//! The tree under construction.

use std::collections::HashMap;

use crate::diag::Diagnostic;
use crate::source::Span;

use super::node::{Entry, Node, NodeKind};
use super::problem;

/// A collection whose end has not come yet.
pub(super) enum Collection {
    Sequence(Vec<Node>),
    /// Complete entries, and the key that waits for its value.
    Mapping(Vec<Entry>, Option<Node>),
}

struct Open {
    collection: Collection,
    span: Span,
    flow: bool,
    tag: Option<Box<str>>,
}

/// Puts nodes together without recursion.
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            root: None,
        }
    }

    /// How many collections are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn open(
        &mut self,
        collection: Collection,
        span: Span,
        flow: bool,
        tag: Option<Box<str>>,
    ) {
        self.open.push(Open {
            collection,
            span,
            flow,
            tag,
        });
    }

    /// Adds a complete value to the innermost open collection.
    pub(super) fn value(&mut self, node: Node, problems: &mut Vec<Diagnostic>) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        // A block collection reaches to the end of its last child.
        open.span.end = open.span.end.max(node.span.end);
        match &mut open.collection {
            Collection::Sequence(items) => items.push(node),
            Collection::Mapping(entries, waiting) => match waiting.take() {
                None => *waiting = Some(node),
                Some(key) => match problem::bad_key(&key) {
                    None => entries.push(Entry { key, value: node }),
                    Some(problem) => problems.push(problem),
                },
            },
        }
    }

    /// Ends the innermost open collection; `end` is its closing bracket where it has one.
    pub(super) fn close(&mut self, end: Span, problems: &mut Vec<Diagnostic>) {
        let Some(mut open) = self.open.pop() else {
            return;
        };
        if open.flow {
            open.span.end = open.span.end.max(end.end);
        }
        let kind = match open.collection {
            Collection::Sequence(items) => NodeKind::Sequence(items),
            Collection::Mapping(mut entries, _) => {
                remove_duplicates(&mut entries, problems);
                NodeKind::Mapping(entries)
            }
        };
        let node = Node {
            span: open.span,
            kind,
            tag: open.tag,
        };
        self.value(node, problems);
    }

    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }
}

/// Mappings up to this size are searched pair by pair, which is faster than hashing.
const SMALL: usize = 12;

/// Reports every key that came before, and keeps only the first of each.
fn remove_duplicates(entries: &mut Vec<Entry>, problems: &mut Vec<Diagnostic>) {
    let before = problems.len();
    let mut repeated = Vec::new();
    if entries.len() <= SMALL {
        for (index, entry) in entries.iter().enumerate() {
            let first = entries
                .iter()
                .take(index)
                .find(|other| other.name() == entry.name());
            if let Some(first) = first {
                repeated.push(index);
                problems.push(problem::duplicate_key(&entry.key, &first.key));
            }
        }
    } else {
        let mut seen: HashMap<&str, &Node> = HashMap::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            match seen.get(entry.name()) {
                Some(first) => {
                    repeated.push(index);
                    problems.push(problem::duplicate_key(&entry.key, first));
                }
                None => {
                    seen.insert(entry.name(), &entry.key);
                }
            }
        }
    }
    if problems.len() > before {
        let mut index = 0;
        entries.retain(|_| {
            index += 1;
            repeated.binary_search(&(index - 1)).is_err()
        });
    }
}
