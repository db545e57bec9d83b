//! Policy statements for people: as YAML, deployment-time parts in braces.

use std::fmt::Write as _;

use crate::iam::{Statement, Tree};
use crate::yaml::emit;

/// Statements as a list in YAML, in the order in which AWS's documentation writes their elements.
#[must_use]
pub fn yaml<'s>(statements: impl IntoIterator<Item = &'s Statement>) -> String {
    let mut out = String::new();
    for statement in statements {
        item(&mut out, &Tree::from(statement), 0);
    }
    out
}

fn item(out: &mut String, tree: &Tree, indent: usize) {
    let mut own = String::new();
    write(&mut own, tree, indent + 2);
    let body = own.trim_start();
    let _ = write!(out, "{:indent$}- {body}", "");
}

/// Writes a value on lines of its own.
fn write(out: &mut String, tree: &Tree, indent: usize) {
    match tree {
        Tree::Text(text) => {
            let _ = writeln!(out, "{:indent$}{}", "", scalar(&text.to_string()));
        }
        Tree::List(items) => items.iter().for_each(|one| item(out, one, indent)),
        Tree::Object(members) => {
            for (name, value) in members {
                let name = scalar(name);
                match value {
                    Tree::Text(text) => {
                        let text = text.to_string();
                        let _ = writeln!(out, "{:indent$}{name}: {}", "", scalar(&text));
                    }
                    Tree::List(_) | Tree::Object(_) => {
                        let _ = writeln!(out, "{:indent$}{name}:", "");
                        write(out, value, indent + 2);
                    }
                }
            }
        }
    }
}

/// A scalar, without quotes where braces in the middle of a word are all that is special.
fn scalar(text: &str) -> std::borrow::Cow<'_, str> {
    let without = text.replace(['{', '}'], "");
    let begins_well = text.starts_with(|first: char| first.is_ascii_alphabetic());
    if begins_well && emit::scalar(&without) == without {
        text.into()
    } else {
        emit::scalar(text)
    }
}
