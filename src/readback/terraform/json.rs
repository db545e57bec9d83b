//! Expressions of the JSON syntax.

use super::evaluate::{Context, Evaluator, MAX_DEPTH, shown};
use super::value::{Field, Kind, Val};
use crate::yaml::{Node, NodeKind, Resolved};

impl Evaluator<'_, '_> {
    /// A value of the JSON syntax, where strings are templates.
    ///
    /// Source: Terraform language documentation, "JSON Configuration Syntax", "Expression Mapping".
    pub(super) fn json(&self, context: Context<'_>, node: &Node) -> Val {
        let span = node.span;
        if context.depth > MAX_DEPTH || !self.world.spend(1) {
            return Val::unknown(span, "…");
        }
        let context = Context {
            depth: context.depth + 1,
            ..context
        };
        match &node.kind {
            NodeKind::Scalar(scalar) => match scalar.resolved() {
                Resolved::Null => Val::new(span, Kind::Null),
                Resolved::Bool(value) => Val::new(span, Kind::Bool(value)),
                Resolved::Integer | Resolved::Float => self.number(span, &scalar.text),
                Resolved::Text => self.template_text(context, span, &scalar.text),
            },
            NodeKind::Sequence(items) => {
                let items = items.iter().map(|item| self.json(context, item));
                Val::new(span, Kind::List(items.collect()))
            }
            NodeKind::Mapping(entries) => {
                let mut fields = Vec::with_capacity(entries.len());
                for entry in entries {
                    let at = entry.key.span;
                    match self.template_text(context, at, entry.name()).literal() {
                        Some(name) => {
                            fields.push(Field::new(&name, at, self.json(context, &entry.value)));
                        }
                        None => return Val::unknown(span, shown(entry.name())),
                    }
                }
                Val::new(span, Kind::Object(fields))
            }
        }
    }
}
