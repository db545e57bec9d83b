//! `lifecycle` of a key.

use hcl_edit::expr::Expression;

use super::body::{Argument, Block, Expr};
use super::keys::Reading;
use crate::iam::value::unproven;
use crate::readback::found::{FoundKey, Lifetime, Property};

impl Reading<'_, '_, '_> {
    pub(super) fn lifecycle(&self, found: &mut FoundKey, block: &Block<'_>) {
        let mut says = false;
        for argument in block.body.arguments() {
            let name = argument.name;
            match name {
                "prevent_destroy" => {
                    says = true;
                    let value = self.evaluator.value(self.context, argument.value);
                    let value = value.into_value();
                    let prevents = Property::read(value, |value| value.boolean());
                    found.lifetime = Lifetime::PreventDestroy(prevents);
                }
                "ignore_changes" => {
                    let ignored = self.ignored(&argument);
                    let policy =
                        |name: &String| matches!(name.as_str(), "policy" | "key_policy" | "all");
                    if ignored.iter().any(policy) {
                        let message =
                            "changes of the policy are ignored, so the key may have another";
                        found.doubts.push(unproven(argument.span, message));
                    }
                    // Who imports key material says when it expires, not the module.
                    if ignored == ["valid_to"] {
                        says = true;
                    } else {
                        self.evaluator.computed("`ignore_changes`", argument.span);
                    }
                }
                _ => self.evaluator.computed(format!("`{name}`"), argument.span),
            }
        }
        for nested in block.body.blocks() {
            self.evaluator
                .computed("a condition on this resource", nested.span);
        }
        if !says {
            self.evaluator.computed(
                "a `lifecycle` that does not say `prevent_destroy`",
                block.span,
            );
        }
    }

    fn ignored(&self, argument: &Argument<'_>) -> Vec<String> {
        match argument.value {
            Expr::Hcl(place, Expression::Array(items)) => items
                .iter()
                .filter_map(|item| self.evaluator.address(Expr::Hcl(place, item)))
                .collect(),
            Expr::Json(node) if node.as_sequence().is_some() => node
                .as_sequence()
                .unwrap_or_default()
                .iter()
                .filter_map(|item| item.as_text().map(str::to_owned))
                .collect(),
            other => self.evaluator.address(other).into_iter().collect(),
        }
    }
}
