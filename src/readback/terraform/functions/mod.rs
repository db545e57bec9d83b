//! Terraform's functions, those that policies and keys are made with.
//!
//! Each gives the exact result, or nothing: then the call is unknown with its text.
//! Source: Terraform language documentation, "Functions".

mod collections;
mod texts;

pub(super) use collections::sorted;
pub(super) use texts::from_value;

use super::value::{Kind, Val};
use crate::source::Span;

/// The result of a call; `None` where nobody can tell.
pub(super) fn call(name: &str, span: Span, arguments: &[Val]) -> Option<Val> {
    let kind =
        collections::call(name, span, arguments).or_else(|| texts::call(name, span, arguments))?;
    Some(Val::new(span, kind))
}

/// The texts of items, all of them known.
fn literals(items: &[Val]) -> Option<Vec<String>> {
    items.iter().map(Val::literal).collect()
}

fn list(items: Vec<Val>) -> Option<Kind> {
    Some(Kind::List(items))
}
