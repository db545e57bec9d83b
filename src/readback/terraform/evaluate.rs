//! Evaluates expressions, as far as the files of a module tell.
//!
//! Total: what is not known, or not worth knowing, is [`Kind::Unknown`] with its text, never a guess. Everything that
//! takes more than reading a value where it stands is noted, so that the proof can refuse it.

use std::cell::RefCell;

use hcl_edit::expr::{Expression, FuncCall, Object};

use super::body::{Expr, Place};
use super::functions;
use super::module::World;
use super::value::{Field, Kind, Val};
use crate::hcl::read as hcl;
use crate::readback::variants::Choices;
use crate::source::Span;

/// How deep expressions, locals and modules may stand within each other: more would not be safe on every stack.
pub(super) const MAX_DEPTH: usize = 120;

/// How much of an expression a message shows.
const SHOWN: usize = 80;

/// A name that stands for a value inside an expression: `each.key`, `count.index`, the variables of `for`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'f> {
    pub(super) name: &'f str,
    pub(super) value: &'f Val,
    pub(super) up: Option<&'f Frame<'f>>,
}

/// Where an expression is evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'f> {
    /// The module, by number.
    pub(super) module: usize,
    pub(super) frame: Option<&'f Frame<'f>>,
    pub(super) depth: usize,
}

impl<'f> Context<'f> {
    /// The top of a module.
    pub(super) fn top(module: usize) -> Self {
        Self {
            module,
            frame: None,
            depth: 0,
        }
    }

    pub(super) fn find(self, name: &str) -> Option<&'f Val> {
        let mut next = self.frame;
        while let Some(frame) = next {
            if frame.name == name {
                return Some(frame.value);
            }
            next = frame.up;
        }
        None
    }

    pub(super) fn with<'g>(self, frame: &'g Frame<'g>) -> Context<'g> {
        Context {
            module: self.module,
            frame: Some(frame),
            depth: self.depth,
        }
    }
}

/// What evaluating came across.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What took more than reading a value where it stands.
    pub(super) computed: Vec<(String, Span)>,
    /// Variables of which the default was taken.
    pub(super) assumptions: Vec<(String, Span)>,
}

/// The provider that a resource is made by, in the words of the root module, and the Region if it names one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) provider: String,
    pub(super) region: Option<String>,
}

/// Evaluates expressions for one resource.
pub(super) struct Evaluator<'w, 'b> {
    pub(super) world: &'w World<'b>,
    /// Takes both ways of what nobody can tell; without it that is unknown.
    pub(super) choices: Option<&'w Choices>,
    /// Whose account and Region the lookups must be.
    pub(super) home: Home,
    pub(super) notes: RefCell<Notes>,
}

impl<'w, 'b> Evaluator<'w, 'b> {
    pub(super) fn new(world: &'w World<'b>, choices: Option<&'w Choices>) -> Self {
        Self {
            world,
            choices,
            home: Home::default(),
            notes: RefCell::default(),
        }
    }

    pub(super) fn computed(&self, words: impl Into<String>, span: Span) {
        let mut notes = self.notes.borrow_mut();
        // One is enough to refuse, a few to explain.
        if notes.computed.len() < 8 {
            notes.computed.push((words.into(), span));
        }
    }

    /// The text of a node, on one line.
    pub(super) fn written(&self, place: Place<'_>, node: &impl hcl_edit::Span) -> String {
        let text = match place {
            Place::File(file) => self.world.text(file),
            Place::Within(_, text) => text,
        };
        let text = text.get(node.span().unwrap_or_default());
        shown(text.unwrap_or_default())
    }

    pub(super) fn value(&self, context: Context<'_>, expr: Expr<'_>) -> Val {
        match expr {
            Expr::Hcl(place, expression) => self.hcl(context, place, expression),
            Expr::Json(node) => self.json(context, node),
        }
    }

    pub(super) fn hcl(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        expression: &Expression,
    ) -> Val {
        let expression = hcl::unparenthesized(expression);
        let span = place.span(expression);
        if context.depth > MAX_DEPTH || !self.world.spend(1) {
            return Val::unknown(span, self.written(place, expression));
        }
        let context = Context {
            depth: context.depth + 1,
            ..context
        };
        match expression {
            Expression::Null(_) => {
                self.computed("null", span);
                Val::new(span, Kind::Null)
            }
            Expression::Bool(value) => Val::new(span, Kind::Bool(*value.value())),
            Expression::Number(number) => self.number(span, &number.value().to_string()),
            Expression::String(_)
            | Expression::StringTemplate(_)
            | Expression::HeredocTemplate(_) => self.string(context, place, expression),
            Expression::Array(items) => {
                let items = items.iter().map(|item| self.hcl(context, place, item));
                Val::new(span, Kind::List(items.collect()))
            }
            Expression::Object(object) => self.object(context, place, (span, object)),
            Expression::Variable(_) | Expression::Traversal(_) => {
                self.traversal(context, place, expression)
            }
            Expression::Conditional(conditional) => {
                self.conditional(context, place, (span, conditional))
            }
            Expression::FuncCall(call) => {
                self.computed(format!("a call of `{}`", call.name.name.as_str()), span);
                self.call(context, place, (span, call))
            }
            Expression::UnaryOp(operation) => {
                self.computed("an operation", span);
                self.unary(context, place, (span, operation))
            }
            Expression::BinaryOp(operation) => {
                self.computed("an operation", span);
                self.binary(context, place, (span, operation))
            }
            Expression::ForExpr(expression) => {
                self.computed("a `for` expression", span);
                self.for_expression(context, place, (span, expression))
            }
            Expression::Parenthesis(inner) => self.hcl(context, place, inner.inner()),
        }
    }

    /// A number as Terraform writes it as text.
    pub(super) fn number(&self, span: Span, digits: &str) -> Val {
        let whole: Option<i64> = digits.parse().ok();
        if whole.is_some_and(|whole| whole.to_string() == digits) {
            return Val::new(span, Kind::Number(digits.to_owned()));
        }
        self.computed(format!("the number `{digits}`"), span);
        match digits.parse::<f64>() {
            // Beyond 2^53 not every number is one that it can say.
            Ok(number) if number.abs() < 9e15 => Val::new(span, Kind::Number(number.to_string())),
            _ => Val::unknown(span, digits),
        }
    }

    fn object(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, object): (Span, &Object),
    ) -> Val {
        let mut fields: Vec<Field> = Vec::new();
        for (key, expression) in hcl::items(object) {
            let (name, at) = match key {
                hcl_edit::expr::ObjectKey::Ident(name) => {
                    (Some(name.as_str().to_owned()), place.span(name))
                }
                hcl_edit::expr::ObjectKey::Expression(key) => {
                    let at = place.span(key);
                    match hcl::literal(key) {
                        Some(name) => (Some(name.into_owned()), at),
                        None => {
                            self.computed("a computed key", at);
                            (self.hcl(context, place, key).literal(), at)
                        }
                    }
                }
            };
            let Some(name) = name else {
                return Val::unknown(span, self.written(place, object));
            };
            let value = self.hcl(context, place, expression);
            // Of equal keys Terraform takes the last.
            match fields.iter_mut().find(|field| field.name == name) {
                Some(known) => {
                    self.computed(format!("`{name}` set twice in one object"), value.span);
                    known.value = value;
                }
                None => fields.push(Field {
                    name,
                    span: at,
                    value,
                }),
            }
        }
        Val::new(span, Kind::Object(fields))
    }

    fn call(&self, context: Context<'_>, place: Place<'_>, (span, call): (Span, &FuncCall)) -> Val {
        let name = call.name.name.as_str();
        let unknown = || Val::unknown(span, self.written(place, call));
        let core = call
            .name
            .namespace
            .iter()
            .all(|part| part.as_str() == "core");
        if !core {
            return unknown();
        }
        if let "try" | "can" = name {
            return self.attempt(context, place, (span, call));
        }
        let mut arguments: Vec<Val> = call
            .args
            .iter()
            .map(|argument| self.hcl(context, place, argument))
            .collect();
        if call.args.expand_final() {
            let Some(last) = arguments.pop() else {
                return unknown();
            };
            match last.certain_items() {
                Some(items) => arguments.extend(items.iter().cloned()),
                None => return unknown(),
            }
        }
        let made = match name {
            "file" | "templatefile" => self.file(context, span, name, &arguments),
            _ => functions::call(name, span, &arguments),
        };
        let made = made.unwrap_or_else(|| {
            if arguments.iter().any(Val::fails) {
                Val::new(span, Kind::Fails(self.written(place, call)))
            } else {
                unknown()
            }
        });
        if self.world.spend(size(&made)) {
            made
        } else {
            unknown()
        }
    }

    /// `try(…)` and `can(…)`: certain only where it is certain that Terraform would not stop, or would.
    fn attempt(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, call): (Span, &FuncCall),
    ) -> Val {
        for argument in call.args.iter() {
            let value = self.hcl(context, place, argument);
            let fails = value.fails();
            if !fails && value.has_unknown() {
                break;
            }
            if call.name.name.as_str() == "can" {
                return Val::new(span, Kind::Bool(!fails));
            }
            if !fails {
                return value;
            }
        }
        Val::unknown(span, self.written(place, call))
    }
}

/// A piece of a file on one line, cut where it is long.
pub(super) fn shown(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(SHOWN).collect();
    let line = words.join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// How much a value costs to make.
pub(super) fn size(value: &Val) -> u64 {
    let many = |items: &[Val]| items.iter().map(size).sum::<u64>();
    1 + match &value.kind {
        Kind::Text(text) => text.literals().map(|it| it.len() as u64 / 32).sum(),
        Kind::List(items) | Kind::Set(items) => many(items),
        Kind::Object(fields) => fields.iter().map(|field| size(&field.value)).sum(),
        Kind::Json(value) => size(value),
        _ => 0,
    }
}
