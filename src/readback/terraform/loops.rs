//! `for` expressions, and what `for`, `for_each` and directives go over.

use hcl_edit::expr::ForExpr;

use super::body::Place;
use super::evaluate::{Context, Evaluator, Frame};
use super::reference::index;
use super::value::{Field, Instances, Kind, Resource, Val};
use crate::source::Span;

impl Evaluator<'_, '_> {
    pub(super) fn for_expression(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, expression): (Span, &ForExpr),
    ) -> Val {
        let unknown = || Val::unknown(span, self.written(place, expression));
        let intro = &expression.intro;
        let collection = self.hcl(context, place, &intro.collection_expr);
        let numbered = intro.key_var.is_some() && collection.certain_items().is_none();
        let Some(entries) = entries(&collection).filter(|_| {
            // Behind items that nobody can count, nobody knows a number.
            !(numbered && collection.items().is_some())
        }) else {
            return unknown();
        };
        let mut items = Vec::new();
        let mut fields: Vec<Field> = Vec::new();
        for (key, value) in &entries {
            if let (None, Kind::Rest(written)) = (&expression.key_expr, &value.kind) {
                items.push(Val::new(span, Kind::Rest(written.clone())));
                continue;
            }
            let value_frame = Frame {
                name: intro.value_var.as_str(),
                value,
                up: context.frame,
            };
            let key_frame = Frame {
                name: intro.key_var.as_ref().map_or("", |name| name.as_str()),
                value: key,
                up: Some(&value_frame),
            };
            let context = context.with(&key_frame);
            if let Some(condition) = &expression.cond {
                match self.hcl(context, place, &condition.expr).boolean() {
                    Some(true) => {}
                    Some(false) => continue,
                    None if expression.key_expr.is_none() => {
                        items.push(Val::new(span, Kind::Rest(self.written(place, expression))));
                        continue;
                    }
                    None => return unknown(),
                }
            }
            let value = self.hcl(context, place, &expression.value_expr);
            let Some(key) = &expression.key_expr else {
                items.push(value);
                continue;
            };
            let at = place.span(key);
            let Some(name) = self.hcl(context, place, key).literal() else {
                return unknown();
            };
            let known = fields.iter_mut().find(|field| field.name == name);
            match (known, expression.grouping) {
                (Some(known), true) => {
                    if let Kind::List(items) = &mut known.value.kind {
                        items.push(value);
                    }
                }
                (Some(_), false) => {
                    return Val::new(span, Kind::Fails(self.written(place, expression)));
                }
                (None, grouping) => {
                    let value = if grouping {
                        Val::new(value.span, Kind::List(vec![value]))
                    } else {
                        value
                    };
                    fields.push(Field::new(&name, at, value));
                }
            }
        }
        if expression.key_expr.is_some() {
            // Maps and objects are in the order of their keys.
            fields.sort_by(|one, two| one.name.cmp(&two.name));
            Val::new(span, Kind::Object(fields))
        } else {
            Val::new(span, Kind::List(items))
        }
    }
}

/// What `for` and `for_each` go over: keys and values.
pub(super) fn entries(collection: &Val) -> Option<Vec<(Val, Val)>> {
    let span = collection.span;
    match &collection.kind {
        Kind::List(items) => {
            let numbered = items.iter().enumerate();
            let entry = |(number, item): (usize, &Val)| {
                let key = Val::new(span, Kind::Number(number.to_string()));
                (key, item.clone())
            };
            Some(numbered.map(entry).collect())
        }
        Kind::Set(items) => Some(items.iter().map(|it| (it.clone(), it.clone())).collect()),
        Kind::Object(fields) => {
            let mut entries: Vec<_> = fields.iter().collect();
            entries.sort_by(|one, two| one.name.cmp(&two.name));
            let entry = |field: &Field| {
                (
                    Val::text(field.span, field.name.as_str()),
                    field.value.clone(),
                )
            };
            Some(entries.into_iter().map(entry).collect())
        }
        Kind::Resource(Resource {
            instances: Instances::Each(names),
            ..
        }) => {
            let entry = |name: &String| {
                let key = Val::text(span, name.as_str());
                let instance = Val::new(span, index(collection, &key)?);
                Some((key, instance))
            };
            names.iter().map(entry).collect()
        }
        _ => None,
    }
}
