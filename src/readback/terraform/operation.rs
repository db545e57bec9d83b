//! Operators and conditionals.

use hcl_edit::expr::{BinaryOp, BinaryOperator, Conditional, Expression, UnaryOp, UnaryOperator};

use super::body::Place;
use super::evaluate::{Context, Evaluator};
use super::value::{Kind, Val};
use crate::hcl::read as hcl;
use crate::source::Span;

impl Evaluator<'_, '_> {
    pub(super) fn conditional(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, conditional): (Span, &Conditional),
    ) -> Val {
        self.computed("a conditional", span);
        match self.decide(context, place, &conditional.cond_expr) {
            Some(true) => self.hcl(context, place, &conditional.true_expr),
            Some(false) => self.hcl(context, place, &conditional.false_expr),
            None => Val::unknown(span, self.written(place, conditional)),
        }
    }

    /// Whether a condition holds; where nobody can tell, both ways are taken one after the other.
    pub(super) fn decide(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        condition: &Expression,
    ) -> Option<bool> {
        let value = self.hcl(context, place, condition);
        if let Some(known) = value.boolean() {
            return Some(known);
        }
        let choices = self.choices?;
        // Terraform stops at a condition that is null or no truth value, and nobody knows one of another round of a loop.
        if !value.is_unknown() && !matches!(value.kind, Kind::Text(_)) || value.fails() {
            return None;
        }
        if self.names_a_frame(context, place, condition) {
            return None;
        }
        let (text, negated) = self.condition_text(place, condition);
        let label = self.world.label(context, &text);
        let option = choices.choose(&format!("{label}{text}"), 2, |option| {
            let word = if option == 0 { "true" } else { "false" };
            format!("`{label}{text}` is {word}")
        });
        Some((option == 0) != negated)
    }

    /// A condition without its negation, so that it is the same choice with and without.
    fn condition_text(&self, place: Place<'_>, condition: &Expression) -> (String, bool) {
        let condition = hcl::unparenthesized(condition);
        match condition {
            Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Not => {
                let (text, negated) = self.condition_text(place, &operation.expr);
                (text, !negated)
            }
            Expression::BinaryOp(operation) => match operation.operator.value() {
                BinaryOperator::NotEq => {
                    let one = self.written(place, hcl::unparenthesized(&operation.lhs_expr));
                    let other = self.written(place, hcl::unparenthesized(&operation.rhs_expr));
                    (format!("{one} == {other}"), true)
                }
                _ => (self.written(place, condition), false),
            },
            _ => (self.written(place, condition), false),
        }
    }

    /// Whether a condition depends on a name of a loop around it.
    fn names_a_frame(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        condition: &Expression,
    ) -> bool {
        let text = self.written(place, condition);
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
        // A cut text may hide a name.
        text.ends_with('…')
            || words
                .any(|word| !matches!(word, "" | "each" | "count") && context.find(word).is_some())
    }

    pub(super) fn unary(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, operation): (Span, &UnaryOp),
    ) -> Val {
        let value = self.hcl(context, place, &operation.expr);
        let result = match operation.operator.value() {
            UnaryOperator::Not => value.boolean().map(|value| Kind::Bool(!value)),
            UnaryOperator::Neg => value
                .integer()
                .and_then(i64::checked_neg)
                .map(|number| Kind::Number(number.to_string())),
        };
        self.result(place, span, operation, (&[&value], result))
    }

    pub(super) fn binary(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, operation): (Span, &BinaryOp),
    ) -> Val {
        let one = self.hcl(context, place, &operation.lhs_expr);
        let two = self.hcl(context, place, &operation.rhs_expr);
        let result = binary(*operation.operator.value(), &one, &two);
        self.result(place, span, operation, (&[&one, &two], result))
    }

    fn result(
        &self,
        place: Place<'_>,
        span: Span,
        node: &impl hcl_edit::Span,
        (operands, result): (&[&Val], Option<Kind>),
    ) -> Val {
        let fails = operands.iter().any(|operand| operand.fails());
        let kind = result.unwrap_or_else(|| {
            let written = self.written(place, node);
            if fails {
                Kind::Fails(written)
            } else {
                Kind::Unknown(written)
            }
        });
        Val::new(span, kind)
    }
}

/// The result of an operation; `None` where nobody can tell.
fn binary(operator: BinaryOperator, one: &Val, two: &Val) -> Option<Kind> {
    let compare = |holds: fn(&f64, &f64) -> bool| {
        let number = |value: &Val| value.literal()?.parse::<f64>().ok();
        Some(Kind::Bool(holds(&number(one)?, &number(two)?)))
    };
    let compute = |result: fn(i64, i64) -> Option<i64>| {
        let number = result(one.integer()?, two.integer()?)?;
        Some(Kind::Number(number.to_string()))
    };
    match operator {
        BinaryOperator::Eq => Some(Kind::Bool(one.equals(two)?)),
        BinaryOperator::NotEq => Some(Kind::Bool(!one.equals(two)?)),
        BinaryOperator::And => match (one.boolean(), two.boolean()) {
            (Some(false), _) | (_, Some(false)) => Some(Kind::Bool(false)),
            (Some(true), Some(true)) => Some(Kind::Bool(true)),
            _ => None,
        },
        BinaryOperator::Or => match (one.boolean(), two.boolean()) {
            (Some(true), _) | (_, Some(true)) => Some(Kind::Bool(true)),
            (Some(false), Some(false)) => Some(Kind::Bool(false)),
            _ => None,
        },
        BinaryOperator::Less => compare(|one, two| one < two),
        BinaryOperator::LessEq => compare(|one, two| one <= two),
        BinaryOperator::Greater => compare(|one, two| one > two),
        BinaryOperator::GreaterEq => compare(|one, two| one >= two),
        BinaryOperator::Plus => compute(i64::checked_add),
        BinaryOperator::Minus => compute(i64::checked_sub),
        BinaryOperator::Mul => compute(i64::checked_mul),
        // Terraform divides into fractions.
        BinaryOperator::Div => compute(|one, two| {
            (two != 0 && one.checked_rem(two)? == 0).then(|| one.checked_div(two))?
        }),
        BinaryOperator::Mod => compute(i64::checked_rem),
    }
}
