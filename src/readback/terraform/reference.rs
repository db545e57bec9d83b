//! References: locals, variables, resources, data sources, outputs of modules, and what is picked out of them.

use hcl_edit::expr::{Expression, TraversalOperator};

use super::body::{Expr, Place};
use super::evaluate::{Context, Evaluator};
use super::files::{MODULE_FOLDER, ROOT_FOLDER};
use super::value::{Instances, Key, Kind, Resource, Val};
use crate::hcl::read as hcl;
use crate::iam::Text;
use crate::source::Span;

impl Evaluator<'_, '_> {
    /// A name, or something picked out of a value.
    pub(super) fn traversal(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        expression: &Expression,
    ) -> Val {
        let span = place.span(expression);
        let (root, operators) = match expression {
            Expression::Variable(name) => (Some(name.as_str()), &[][..]),
            Expression::Traversal(traversal) => {
                let root = match &traversal.expr {
                    Expression::Variable(name) => Some(name.as_str()),
                    _ => None,
                };
                (root, traversal.operators.as_slice())
            }
            _ => (None, &[][..]),
        };
        let names: Vec<&str> = operators
            .iter()
            .map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let unknown = || Val::unknown(span, self.written(place, expression));
        let (value, used) = match (root, names.as_slice()) {
            (Some(root), _) if context.find(root).is_some() => (context.find(root).cloned(), 0),
            (Some(root @ ("each" | "count")), [name, ..]) => {
                (context.find(&format!("{root}.{name}")).cloned(), 1)
            }
            (Some("local"), [name, ..]) => (self.local(context, name), 1),
            (Some("var"), [name, ..]) => (Some(self.variable(context, span, name)), 1),
            (Some("data"), [kind, name, ..]) => (self.resource(context, span, true, kind, name), 2),
            (Some("module"), [name, ..]) => {
                return self
                    .output(context, place, (span, operators, name))
                    .unwrap_or_else(unknown);
            }
            (Some("path"), ["module"]) => (Some(folder(span, MODULE_FOLDER)), 1),
            (Some("path"), ["root"]) => (Some(folder(span, ROOT_FOLDER)), 1),
            (Some("path" | "terraform" | "self"), _) => (None, 0),
            (Some(kind), [name, ..]) => (self.resource(context, span, false, kind, name), 1),
            (None, _) => match expression {
                Expression::Traversal(traversal) => {
                    self.computed("a value picked out of another", span);
                    (Some(self.hcl(context, place, &traversal.expr)), 0)
                }
                _ => (None, 0),
            },
            (Some(_), []) => (None, 0),
        };
        let Some(value) = value.filter(|value| self.world.spend(super::evaluate::size(value)))
        else {
            return unknown();
        };
        let written = || self.written(place, expression);
        let rest = operators.get(used..).unwrap_or_default();
        self.picked(context, place, (value, rest), &written)
            .at_unless_policy(span)
    }

    fn local(&self, context: Context<'_>, name: &str) -> Option<Val> {
        let local = self
            .world
            .folder(context.module)?
            .locals
            .get(name)
            .copied()?;
        let top = Context {
            depth: context.depth + 1,
            ..Context::top(context.module)
        };
        Some(self.value(top, local))
    }

    /// A value behind `.name`, `[key]`, `.*` and `[*]`.
    fn picked<O: std::ops::Deref<Target = TraversalOperator>>(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (value, operators): (Val, &[O]),
        written: &dyn Fn() -> String,
    ) -> Val {
        let span = value.span;
        let Some((operator, rest)) = operators.split_first() else {
            return value;
        };
        if let Kind::Unknown(_) | Kind::Fails(_) | Kind::Rest(_) = value.kind {
            let kind = match value.kind {
                Kind::Fails(_) => Kind::Fails(written()),
                _ => Kind::Unknown(written()),
            };
            return Val::new(span, kind);
        }
        let next = match &**operator {
            TraversalOperator::GetAttr(name) => self.attribute(context, &value, name.as_str()),
            TraversalOperator::LegacyIndex(number) => {
                self.computed("a value picked out of a list", span);
                let number = Val::new(span, Kind::Number(number.value().to_string()));
                index(&value, &number)
            }
            TraversalOperator::Index(key) => {
                self.computed("a value picked out of another", span);
                let key = self.hcl(context, place, key);
                index(&value, &key)
            }
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                self.computed("a splat", span);
                let Some(items) = splat(&value) else {
                    return Val::unknown(span, written());
                };
                let items = items.into_iter().map(|item| {
                    if matches!(item.kind, Kind::Rest(_)) {
                        return item;
                    }
                    self.picked(context, place, (item, rest), written)
                });
                return Val::new(span, Kind::List(items.collect()));
            }
        };
        let next = next.unwrap_or(Kind::Unknown(String::new()));
        let kind = match next {
            Kind::Unknown(known) if known.is_empty() => Kind::Unknown(written()),
            Kind::Fails(_) => Kind::Fails(written()),
            other => other,
        };
        self.picked(context, place, (Val::new(span, kind), rest), written)
    }

    /// What a value has under a name.
    fn attribute(&self, context: Context<'_>, value: &Val, name: &str) -> Option<Kind> {
        match &value.kind {
            Kind::Object(_) => {
                self.computed("a value picked out of another", value.span);
                let field = value.field(name);
                Some(field.map_or(Kind::Fails(String::new()), |field| field.kind.clone()))
            }
            Kind::Resource(resource) => {
                self.resource_attribute(context, value.span, resource, name)
            }
            Kind::Null => Some(Kind::Fails(String::new())),
            _ => None,
        }
    }

    /// A resource or data source of this module.
    fn resource(
        &self,
        context: Context<'_>,
        span: Span,
        data: bool,
        kind: &str,
        name: &str,
    ) -> Option<Val> {
        let folder = self.world.folder(context.module)?;
        let declared = if data {
            &folder.data
        } else {
            &folder.resources
        };
        let block = declared.get(&(kind, name))?;
        let instances = self.instances(Context::top(context.module), block.body);
        let resource = Resource {
            module: context.module,
            data,
            kind: kind.to_owned(),
            name: name.to_owned(),
            key: None,
            instances,
        };
        Some(Val::new(span, Kind::Resource(resource)))
    }

    /// `module.NAME.OUTPUT`, or with a key behind the name.
    fn output<O: std::ops::Deref<Target = TraversalOperator>>(
        &self,
        context: Context<'_>,
        place: Place<'_>,
        (span, operators, name): (Span, &[O], &str),
    ) -> Option<Val> {
        self.computed("an output of a module", span);
        let rest = operators.get(1..)?;
        let (key, rest) = match rest.first().map(|operator| &**operator) {
            Some(TraversalOperator::Index(key)) => {
                let key = self.hcl(context, place, key);
                let key = match &key.kind {
                    Kind::Number(_) => Key::Number(usize::try_from(key.integer()?).ok()?),
                    _ => Key::Name(key.literal()?),
                };
                (Some(key), rest.get(1..)?)
            }
            _ => (None, rest),
        };
        let TraversalOperator::GetAttr(output) = &**rest.first()? else {
            return None;
        };
        let child = self.world.child(context.module, name, key.as_ref())?;
        let block = self.world.folder(child)?.outputs.get(output.as_str())?;
        let value = block.body.argument("value")?.value;
        let below = Context {
            depth: context.depth + 1,
            ..Context::top(child)
        };
        let value = self.value(below, value);
        let written = || format!("module.{name}.{}", output.as_str());
        let rest = rest.get(1..).unwrap_or_default();
        Some(self.picked(context, place, (value, rest), &written))
    }

    /// The address in an argument that names a resource, such as `from` of `moved`; strings of JSON hold the same.
    pub(super) fn address(&self, expr: Expr<'_>) -> Option<String> {
        match expr {
            Expr::Hcl(place, expression) => {
                if let Some(path) = hcl::path(expression) {
                    return Some(path.join("."));
                }
                let written = self.written(place, hcl::unparenthesized(expression));
                matches!(expression, Expression::Traversal(_)).then_some(written)
            }
            Expr::Json(node) => node.as_text().map(str::to_owned),
        }
    }
}

impl Val {
    /// At the place of a reference; policies keep the places of their statements.
    fn at_unless_policy(self, span: Span) -> Self {
        match self.kind {
            Kind::Json(_) | Kind::Object(_) | Kind::List(_) => self,
            _ => self.at(span),
        }
    }
}

fn folder(span: Span, written: &str) -> Val {
    Val::new(span, Kind::Text(Text::unknown(written)))
}

/// The item of a key.
pub(super) fn index(value: &Val, key: &Val) -> Option<Kind> {
    match &value.kind {
        Kind::List(_) => {
            let items = value.certain_items()?;
            let number = usize::try_from(key.integer()?).ok()?;
            let item = items.get(number);
            Some(item.map_or(Kind::Fails(String::new()), |item| item.kind.clone()))
        }
        Kind::Object(_) => {
            let item = value.field(&key.literal()?);
            Some(item.map_or(Kind::Fails(String::new()), |item| item.kind.clone()))
        }
        Kind::Resource(resource) if resource.instances != Instances::Single => {
            let key = match &key.kind {
                Kind::Number(_) => Key::Number(usize::try_from(key.integer()?).ok()?),
                _ => Key::Name(key.literal()?),
            };
            let exists = match (&resource.instances, &key) {
                (Instances::Count(count), Key::Number(number)) => number < count,
                (Instances::Each(names), Key::Name(name)) => names.contains(name),
                (Instances::Unknown, _) => true,
                _ => false,
            };
            if !exists {
                return Some(Kind::Fails(String::new()));
            }
            Some(Kind::Resource(Resource {
                key: Some(key),
                instances: Instances::Single,
                ..resource.clone()
            }))
        }
        Kind::Null => Some(Kind::Fails(String::new())),
        _ => None,
    }
}

/// What `[*]` goes over; a single value is a list of one.
fn splat(value: &Val) -> Option<Vec<Val>> {
    let instance = |key| {
        let Kind::Resource(resource) = &value.kind else {
            return value.clone();
        };
        let instance = Resource {
            key: Some(key),
            instances: Instances::Single,
            ..resource.clone()
        };
        Val::new(value.span, Kind::Resource(instance))
    };
    match &value.kind {
        Kind::List(items) | Kind::Set(items) => Some(items.clone()),
        Kind::Null => Some(Vec::new()),
        Kind::Resource(resource) => match &resource.instances {
            Instances::Single => Some(vec![value.clone()]),
            Instances::Count(count) if *count <= super::module::MAX_INSTANCES => Some(
                (0..*count)
                    .map(|number| instance(Key::Number(number)))
                    .collect(),
            ),
            _ => None,
        },
        _ => Some(vec![value.clone()]),
    }
}

/// The instances of every key: for those who go over all resources.
pub(super) fn keys(instances: &Instances) -> Option<Vec<Option<Key>>> {
    match instances {
        Instances::Single => Some(vec![None]),
        Instances::Count(count) => Some((0..*count).map(|it| Some(Key::Number(it))).collect()),
        Instances::Each(names) => {
            let keys = names.iter().map(|name| Some(Key::Name(name.clone())));
            Some(keys.collect())
        }
        Instances::Unknown => None,
    }
}
