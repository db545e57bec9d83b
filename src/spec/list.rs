//! Lists: with at least one element, or with none where they take the place of another list.

use serde_json::{Value, json};

use super::field::{Decoder, FieldType, RecordTable};
use crate::diag::Diagnostic;
use crate::yaml::{Node, NodeKind};

/// A list; `[]` where nothing is meant is a mistake, so a list has at least one element.
impl<T: FieldType> FieldType for Vec<T> {
    fn describe() -> String {
        format!("a list, each {}", T::describe())
    }

    fn schema() -> Value {
        json!({"type": "array", "minItems": 1, "items": T::schema()})
    }

    fn record() -> Option<RecordTable> {
        T::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        let NodeKind::Sequence(items) = &node.kind else {
            let help = match &node.kind {
                NodeKind::Scalar(scalar) if !node.is_null() => {
                    format!("write a list, such as `[{}]`", scalar.text)
                }
                NodeKind::Mapping(_) => "put `- ` in front of each element".to_owned(),
                _ => "add an element, or remove the field".to_owned(),
            };
            decoder.wrong_type(node, &Self::describe(), help);
            return None;
        };
        if items.is_empty() {
            decoder.report(
                Diagnostic::error("empty-list", "this list is empty")
                    .at(node.span, "")
                    .help("add an element, or remove the field"),
            );
            return None;
        }
        Some(
            items
                .iter()
                .filter_map(|item| T::decode(item, decoder))
                .collect(),
        )
    }
}

/// A list that takes the place of another one. It may be empty: without the field, the other one holds.
#[derive(Debug, Clone)]
pub struct Replacement<T>(pub Vec<T>);

impl<T: FieldType> FieldType for Replacement<T> {
    fn describe() -> String {
        format!("{}; `[]` for none", Vec::<T>::describe())
    }

    fn schema() -> Value {
        may_be_empty(Vec::<T>::schema())
    }

    fn record() -> Option<RecordTable> {
        T::record()
    }

    fn decode(node: &Node, decoder: &mut Decoder) -> Option<Self> {
        if is_empty_list(node) {
            return Some(Self(Vec::new()));
        }
        if node.is_null() {
            decoder.wrong_type(node, &Self::describe(), "write `[]` for none");
            return None;
        }
        Vec::decode(node, decoder).map(Self)
    }
}

/// Whether a value is `[]`.
pub(super) fn is_empty_list(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Sequence(items) if items.is_empty())
}

/// The schema of a list without its demand for an element.
pub(super) fn may_be_empty(mut list: Value) -> Value {
    if let Value::Object(members) = &mut list {
        members.remove("minItems");
    }
    list
}
