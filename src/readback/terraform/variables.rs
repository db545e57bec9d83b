//! Variables, and what `count` and `for_each` make of a block.

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use hcl_edit::parser::parse_expr;

use super::body::{Argument, Block, Body, Expr, Place};
use super::evaluate::{Context, Evaluator, Frame, shown};
use super::functions::sorted;
use super::module::{MAX_INSTANCES, names};
use super::reference::index;
use super::value::{Field, Instances, Key, Kind, Val, interpolated};
use crate::hcl::read as hcl;
use crate::source::Span;

impl<'b> Evaluator<'_, 'b> {
    pub(super) fn variable(&self, context: Context<'_>, span: Span, name: &str) -> Val {
        self.computed("a variable", span);
        let unknown = || Val::unknown(span, format!("var.{name}"));
        let world = self.world;
        let Some(module) = world.modules.get(context.module) else {
            return unknown();
        };
        let folder = world.folder(context.module);
        let Some(block) = folder.and_then(|folder| folder.variables.get(name)) else {
            return unknown();
        };
        let given = match (&module.call, module.parent) {
            (Some(call), Some(parent)) => call.body.argument(name).map(|argument| {
                framed(parent, &module.frames, context.depth + 1, |context| {
                    self.value(context, argument.value)
                })
            }),
            _ => match self.in_files(context, span, name) {
                Ok(given) => given,
                Err(unknown) => return unknown,
            },
        };
        let nullable = block.body.argument("nullable").is_none_or(|argument| {
            let value = self.value(Context::top(context.module), argument.value);
            value.boolean() != Some(false)
        });
        if let Some(given) = given.filter(|given| nullable || !given.is_null()) {
            return self.typed(context, block, given);
        }
        if let Some(default) = block.body.argument("default") {
            let below = Context {
                depth: context.depth + 1,
                ..Context::top(context.module)
            };
            let value = self.value(below, default.value);
            let value = self.typed(context, block, value);
            if module.call.is_none() {
                self.assume(name, &value, span);
            }
            return value;
        }
        self.allowed(context, block, (span, name))
            .unwrap_or_else(unknown)
    }

    fn assume(&self, name: &str, value: &Val, span: Span) {
        let words = match value.word() {
            Some(word) => format!("`var.{name}` is `{}`", shown(&word.to_string())),
            None if value.is_null() => format!("`var.{name}` is null"),
            None => format!("`var.{name}` is so"),
        };
        let mut notes = self.notes.borrow_mut();
        if !notes.assumptions.iter().any(|(known, _)| *known == words) {
            notes.assumptions.push((words, span));
        }
    }

    /// What the variable files say. Of files that Terraform does not take by itself somebody picks one.
    fn in_files(&self, context: Context<'_>, span: Span, name: &str) -> Result<Option<Val>, Val> {
        let find = |arguments: &[Argument<'b>]| {
            let argument = arguments.iter().find(|argument| argument.name == name);
            argument.map(|argument| self.value(Context::top(context.module), argument.value))
        };
        let variants = &self.world.variants;
        let named = |(_, arguments): &(String, Vec<Argument<'_>>)| {
            arguments.iter().any(|argument| argument.name == name)
        };
        if variants.iter().any(named) {
            let chosen = match (self.choices, variants.as_slice()) {
                (_, [only]) => Some(only),
                (None, _) => None,
                (Some(choices), _) => {
                    let option = choices.choose("variable file", variants.len(), |option| {
                        let file = variants.get(option).map_or("", |(name, _)| name);
                        format!("the variables are those of `{file}`")
                    });
                    variants.get(option)
                }
            };
            let Some((_, arguments)) = chosen else {
                return Err(Val::unknown(span, format!("var.{name}")));
            };
            if let Some(value) = find(arguments) {
                return Ok(Some(value));
            }
        }
        Ok(find(&self.world.taken))
    }

    /// One of the values that the type or the validation of a variable allows.
    fn allowed(
        &self,
        context: Context<'_>,
        block: &Block<'_>,
        (span, name): (Span, &str),
    ) -> Option<Val> {
        let choices = self.choices?;
        let path = self.world.path(context.module);
        // The same choice as where a condition is nothing but the variable.
        if is_boolean(block) {
            let what = format!("{path}var.{name}");
            let option = choices.choose(&what, 2, |option| {
                let word = if option == 0 { "true" } else { "false" };
                format!("`{what}` is {word}")
            });
            return Some(Val::new(span, Kind::Bool(option == 0)));
        }
        let validations = block.body.blocks().into_iter();
        let values = validations
            .filter(|nested| nested.kind == "validation")
            .find_map(|nested| match nested.body.argument("condition")?.value {
                Expr::Hcl(_, condition) => listed(condition, name),
                Expr::Json(_) => None,
            })?;
        let option = choices.choose(&format!("{path}var.{name}"), values.len(), |option| {
            let value = values.get(option).map_or("", String::as_str);
            format!("`{path}var.{name}` is `{value}`")
        });
        values
            .get(option)
            .map(|value| Val::text(span, value.as_str()))
    }

    /// A value in the type of its variable.
    fn typed(&self, context: Context<'_>, block: &Block<'_>, value: Val) -> Val {
        match block.body.argument("type").map(|argument| argument.value) {
            Some(Expr::Hcl(place, kind)) => self.converted(context, place, kind, value),
            Some(Expr::Json(node)) => {
                let text = node.as_text().unwrap_or_default();
                match parse_expr(text) {
                    Ok(kind) => {
                        self.converted(context, Place::Within(node.span, text), &kind, value)
                    }
                    Err(_) => value,
                }
            }
            None => value,
        }
    }

    fn converted(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        kind: &Expression,
        value: Val,
    ) -> Val {
        let span = value.span;
        match kind {
            Expression::Variable(name) => {
                let converted = match (name.as_str(), &value.kind) {
                    ("string", Kind::Bool(_) | Kind::Number(_)) => value.word().map(Kind::Text),
                    ("bool", Kind::Text(_)) => value.boolean().map(Kind::Bool),
                    ("number", Kind::Text(_)) => {
                        value.integer().map(|it| Kind::Number(it.to_string()))
                    }
                    _ => None,
                };
                converted.map_or(value, |kind| Val::new(span, kind))
            }
            Expression::FuncCall(call) => self.converted_whole(context, place, call, value),
            _ => value,
        }
    }

    fn converted_whole(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        call: &FuncCall,
        value: Val,
    ) -> Val {
        let Some(inner) = call.args.get(0) else {
            return value;
        };
        let span = value.span;
        let of = |value: Val| self.converted(context, place, inner, value);
        let kind = match (call.name.name.as_str(), value.kind) {
            ("optional", kind) => return of(Val::new(span, kind)),
            ("list", Kind::List(items) | Kind::Set(items)) => {
                Kind::List(items.into_iter().map(of).collect())
            }
            ("set", Kind::List(items) | Kind::Set(items)) => {
                Kind::Set(sorted(items.into_iter().map(of).collect()))
            }
            ("map", Kind::Object(mut fields)) => {
                for field in &mut fields {
                    let value = std::mem::replace(&mut field.value, Val::new(span, Kind::Null));
                    field.value = of(value);
                }
                Kind::Object(fields)
            }
            ("object", Kind::Object(fields)) => {
                return self.object_of(context, place, inner, Val::new(span, Kind::Object(fields)));
            }
            (_, kind) => kind,
        };
        Val::new(span, kind)
    }

    /// An object with exactly the attributes of its type; those that may be left out have a default, or are null.
    fn object_of(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        kind: &Expression,
        value: Val,
    ) -> Val {
        let span = value.span;
        let Expression::Object(attributes) = kind else {
            return value;
        };
        let mut fields = Vec::new();
        for (key, kind) in hcl::items(attributes) {
            let ObjectKey::Ident(name) = key else {
                return value;
            };
            let name = name.as_str();
            let given = value.field(name).filter(|given| !given.is_null()).cloned();
            let given = match (given, kind) {
                (Some(given), _) => self.converted(context, place, kind, given),
                (None, Expression::FuncCall(call)) if call.name.name.as_str() == "optional" => {
                    match call.args.get(1) {
                        Some(default) => {
                            let top = Context::top(context.module);
                            let default = self.hcl(top, place, default);
                            self.converted(context, place, kind, default)
                        }
                        None => Val::new(span, Kind::Null),
                    }
                }
                (None, _) => match value.field(name) {
                    Some(null) => null.clone(),
                    None => return Val::new(span, Kind::Fails(format!("{name} is missing"))),
                },
            };
            fields.push(Field::new(name, given.span, given));
        }
        Val::new(span, Kind::Object(fields))
    }

    /// Which instances a block has.
    pub(super) fn instances(&self, context: Context<'_>, body: Body<'_>) -> Instances {
        if let Some(count) = body.argument("count") {
            self.computed("`count`", count.span);
            let count = self.value(context, count.value).integer();
            return match count.map(usize::try_from) {
                Some(Ok(count)) if count <= MAX_INSTANCES => Instances::Count(count),
                _ => Instances::Unknown,
            };
        }
        if let Some(each) = body.argument("for_each") {
            self.computed("`for_each`", each.span);
            return match names(&self.value(context, each.value)) {
                Some(names) if names.len() <= MAX_INSTANCES => Instances::Each(names),
                _ => Instances::Unknown,
            };
        }
        Instances::Single
    }

    /// What `each` and `count` are in one instance of a block.
    pub(super) fn frames(
        &self,
        context: Context<'_>,
        body: Body<'_>,
        key: Option<&Key>,
    ) -> Vec<(&'static str, Val)> {
        match key {
            None => Vec::new(),
            Some(Key::Number(number)) => {
                let span = body.argument("count").map(|it| it.span);
                let span = span.unwrap_or(Span::new(body.file(), 0..0));
                vec![(
                    "count.index",
                    Val::new(span, Kind::Number(number.to_string())),
                )]
            }
            Some(Key::Name(name)) => {
                let Some(each) = body.argument("for_each") else {
                    return Vec::new();
                };
                let key = Val::text(each.span, name.as_str());
                let collection = self.value(context, each.value);
                let value = match &collection.kind {
                    Kind::Object(_) => collection.field(name).cloned(),
                    Kind::Resource(_) => {
                        let kind = index(&collection, &key);
                        kind.map(|kind| Val::new(each.span, kind))
                    }
                    _ => Some(key.clone()),
                };
                let unknown = || Val::unknown(each.span, interpolated("each.value"));
                vec![
                    ("each.key", key),
                    ("each.value", value.unwrap_or_else(unknown)),
                ]
            }
        }
    }

    /// Names with the addresses that they stand for: `providers` of a module.
    pub(super) fn addresses(&self, expr: Expr<'_>) -> Vec<(String, String)> {
        match expr {
            Expr::Hcl(place, Expression::Object(object)) => hcl::items(object)
                .filter_map(|(key, value)| {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(key) => hcl::path(key)?.join("."),
                    };
                    Some((key, self.address(Expr::Hcl(place, value))?))
                })
                .collect(),
            Expr::Json(node) => {
                let entries = node.as_mapping().unwrap_or_default().iter();
                let pair = |entry: &crate::yaml::Entry| {
                    Some((entry.name().to_owned(), entry.value.as_text()?.to_owned()))
                };
                entries.filter_map(pair).collect()
            }
            Expr::Hcl(..) => Vec::new(),
        }
    }
}

/// Runs with the names of an instance of a block.
pub(super) fn framed<R>(
    module: usize,
    frames: &[(&'static str, Val)],
    depth: usize,
    run: impl FnOnce(Context<'_>) -> R,
) -> R {
    let context = Context {
        depth,
        ..Context::top(module)
    };
    let mut frames = frames.iter();
    let (Some((name, value)), second) = (frames.next(), frames.next()) else {
        return run(context);
    };
    let first = Frame {
        name,
        value,
        up: None,
    };
    match second {
        None => run(context.with(&first)),
        Some((name, value)) => run(context.with(&Frame {
            name,
            value,
            up: Some(&first),
        })),
    }
}

/// Whether a variable is `true` or `false`.
fn is_boolean(block: &Block<'_>) -> bool {
    match block.body.argument("type").map(|argument| argument.value) {
        Some(Expr::Hcl(_, Expression::Variable(name))) => name.as_str() == "bool",
        Some(Expr::Json(node)) => node.as_text() == Some("bool"),
        _ => false,
    }
}

/// The texts of `contains([…], var.NAME)`.
fn listed(condition: &Expression, name: &str) -> Option<Vec<String>> {
    let Expression::FuncCall(call) = hcl::unparenthesized(condition) else {
        return None;
    };
    let (Some(Expression::Array(items)), Some(value), 2) =
        (call.args.get(0), call.args.get(1), call.args.len())
    else {
        return None;
    };
    let ours = call.name.name.as_str() == "contains" && hcl::path(value)? == ["var", name];
    let items = items
        .iter()
        .map(|item| hcl::literal(item).map(|it| it.into_owned()));
    let items: Vec<String> = items.collect::<Option<_>>()?;
    (ours && !items.is_empty()).then_some(items)
}
