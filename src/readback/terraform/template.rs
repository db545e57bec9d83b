//! Strings, heredocs and template files.

use std::borrow::Cow;

use hcl_edit::expr::Expression;
use hcl_edit::parser::parse_template;
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::body::Place;
use super::evaluate::{Context, Evaluator, Frame, shown};
use super::loops::entries;
use super::value::{Kind, Val};
use crate::hcl::read::{self as hcl, Part};
use crate::iam::Text;
use crate::source::Span;

/// The longest text of its own that is read as a template.
const MAX_TEMPLATE: usize = 1 << 20;

impl Evaluator<'_, '_> {
    /// A quoted string or a heredoc.
    pub(super) fn string(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        expression: &Expression,
    ) -> Val {
        let span = place.span(expression);
        let parts = hcl::parts(expression).unwrap_or_default();
        if !parts.iter().any(|part| matches!(part, Part::Directive)) {
            // Quotes around nothing but an expression do not make it text.
            if let [Part::Interpolation(inner)] = parts.as_slice() {
                return self.hcl(context, place, inner).at(span);
            }
            let mut text = Text::new();
            for part in &parts {
                match part {
                    Part::Literal(literal) => self.push(&mut text, literal),
                    Part::Interpolation(inner) => {
                        let value = self.hcl(context, place, inner);
                        match value.word() {
                            Some(word) => self.push_text(&mut text, &word),
                            None => return Val::unknown(span, self.written(place, expression)),
                        }
                    }
                    Part::Directive => {}
                }
            }
            return Val::new(span, Kind::Text(text));
        }
        self.computed("a directive in a string", span);
        let unknown = || Val::unknown(span, self.written(place, expression));
        let (template, heredoc): (Vec<&Element>, _) = match expression {
            Expression::StringTemplate(template) => (template.iter().collect(), false),
            Expression::HeredocTemplate(heredoc) => (heredoc.template.iter().collect(), true),
            _ => return unknown(),
        };
        match self.elements(context, place, &template) {
            Some(text) if !heredoc || is_json(&text) => Val::new(span, Kind::Text(text)),
            _ => unknown(),
        }
    }

    /// A string of the JSON syntax.
    pub(super) fn template_text(&self, context: Context<'_>, span: Span, text: &str) -> Val {
        if !text.contains("${") && !text.contains("%{") {
            let mut literal = Text::new();
            self.push(&mut literal, text);
            return Val::new(span, Kind::Text(literal));
        }
        self.template_of(context, span, text)
    }

    /// A text of its own that is a template.
    pub(super) fn template_of(&self, context: Context<'_>, span: Span, text: &str) -> Val {
        let unknown = || Val::unknown(span, shown(text));
        if text.len() > MAX_TEMPLATE || !self.world.spend(text.len() as u64 / 8) {
            return unknown();
        }
        let Ok(template) = parse_template(text) else {
            return unknown();
        };
        let place = Place::Within(span, text);
        let elements: Vec<&Element> = template.iter().collect();
        if let [Element::Interpolation(inner)] = elements.as_slice() {
            return self.hcl(context, place, &inner.expr).at(span);
        }
        // On one line blanks are as they stand.
        let plain = !text.contains('\n') || elements.iter().all(|element| is_plain(element));
        match self.elements(context, place, &elements) {
            Some(text) if plain || is_json(&text) => Val::new(span, Kind::Text(text)),
            _ => unknown(),
        }
    }

    fn push(&self, text: &mut Text, literal: &str) {
        if self.world.spend(literal.len() as u64 / 32) {
            text.push_str(literal);
        } else {
            text.push_part(crate::iam::Part::Unknown("…".to_owned()));
        }
    }

    fn push_text(&self, text: &mut Text, more: &Text) {
        for part in more.parts() {
            match part {
                crate::iam::Part::Literal(literal) => self.push(text, literal),
                part => text.push_part(part.clone()),
            }
        }
    }

    /// The pieces of a template with directives and `~`; `None` where one of them is not known.
    fn elements(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        elements: &[&Element],
    ) -> Option<Text> {
        let mut text = Text::new();
        for (number, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => {
                    let mut piece: &str = literal.value();
                    let before = number.checked_sub(1).and_then(|at| elements.get(at));
                    if before.is_some_and(|before| strips(before).1) {
                        piece = piece.trim_start();
                    }
                    if elements.get(number + 1).is_some_and(|next| strips(next).0) {
                        piece = piece.trim_end();
                    }
                    self.push(&mut text, &nfc(piece));
                }
                Element::Interpolation(inner) => {
                    let word = self.hcl(context, place, &inner.expr).word()?;
                    self.push_text(&mut text, &word);
                }
                Element::Directive(directive) => {
                    let piece = match directive.as_ref() {
                        Directive::If(directive) => self.either(context, place, directive)?,
                        Directive::For(directive) => self.repeated(context, place, directive)?,
                    };
                    self.push_text(&mut text, &piece);
                }
            }
        }
        Some(text)
    }

    fn either(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        directive: &IfDirective,
    ) -> Option<Text> {
        let condition = &directive.if_expr.cond_expr;
        let last = directive.endif_expr.strip.strip_start();
        match &directive.else_expr {
            _ if self.decide(context, place, condition)? => {
                let end = match &directive.else_expr {
                    Some(other) => other.strip.strip_start(),
                    None => last,
                };
                let inner = &directive.if_expr.template;
                self.inner(context, place, inner, (directive.if_expr.strip, end))
            }
            Some(other) => self.inner(context, place, &other.template, (other.strip, last)),
            None => Some(Text::new()),
        }
    }

    fn repeated(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        directive: &ForDirective,
    ) -> Option<Text> {
        let head = &directive.for_expr;
        let collection = self.hcl(context, place, &head.collection_expr);
        if collection.items().is_some() && collection.certain_items().is_none() {
            return None;
        }
        let end = directive.endfor_expr.strip.strip_start();
        let mut text = Text::new();
        for (key, value) in entries(&collection)? {
            let value_frame = Frame {
                name: head.value_var.as_str(),
                value: &value,
                up: context.frame,
            };
            let key_frame = Frame {
                name: head.key_var.as_ref().map_or("", |name| name.as_str()),
                value: &key,
                up: Some(&value_frame),
            };
            let context = context.with(&key_frame);
            let piece = self.inner(context, place, &head.template, (head.strip, end))?;
            self.push_text(&mut text, &piece);
        }
        Some(text)
    }

    /// What stands within a directive, between two marks that may strip its ends.
    fn inner(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        template: &Template,
        (start, end): (Strip, bool),
    ) -> Option<Text> {
        if !self.world.spend(1) {
            return None;
        }
        let mut owned: Vec<Cow<'_, Element>> = template.iter().map(Cow::Borrowed).collect();
        let trim = |element: Option<&mut Cow<'_, Element>>, trim: fn(&str) -> &str| {
            if let Some(element) = element
                && let Element::Literal(literal) = element.to_mut()
            {
                *literal.value_mut() = trim(literal.value()).to_owned();
            }
        };
        if start.strip_end() {
            trim(owned.first_mut(), str::trim_start);
        }
        if end {
            trim(owned.last_mut(), str::trim_end);
        }
        let elements: Vec<&Element> = owned.iter().map(AsRef::as_ref).collect();
        self.elements(context, place, &elements)
    }
}

/// Whether an element takes off the blanks before and behind it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(inner) => (inner.strip.strip_start(), inner.strip.strip_end()),
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => (
                directive.if_expr.strip.strip_start(),
                directive.endif_expr.strip.strip_end(),
            ),
            Directive::For(directive) => (
                directive.for_expr.strip.strip_start(),
                directive.endfor_expr.strip.strip_end(),
            ),
        },
    }
}

fn is_plain(element: &Element) -> bool {
    match element {
        Element::Literal(_) => true,
        Element::Interpolation(inner) => inner.strip == Strip::None,
        Element::Directive(_) => false,
    }
}

/// Whether blanks do not matter in a text: over several lines, `~` and `<<-` leave other blanks than Terraform.
fn is_json(text: &Text) -> bool {
    let first = text.literals().next().unwrap_or_default();
    first.trim_start().starts_with(['{', '['])
}

fn nfc(text: &str) -> Cow<'_, str> {
    use unicode_normalization::UnicodeNormalization as _;
    if unicode_normalization::is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}
