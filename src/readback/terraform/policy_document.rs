//! `data.aws_iam_policy_document`: the policy that its blocks make.
//!
//! Source: terraform-provider-aws, data source `aws_iam_policy_document`: documentation, and how it merges documents.

use super::body::{Block, Body};
use super::evaluate::{Context, Evaluator, Frame};
use super::loops::entries;
use super::value::{Field, Kind, Val};
use crate::iam::read::parse_json;
use crate::iam::{Part, Text};
use crate::source::Span;

/// Takes a block with where it is evaluated, or what nobody can tell of further ones.
type Take<'t, 'b> = dyn FnMut(Result<(Context<'_>, Block<'b>), Val>) + 't;

/// The one version that a document has where it says nothing.
const VERSION: &str = "2012-10-17";

impl Evaluator<'_, '_> {
    /// The JSON of a document.
    pub(super) fn policy_document(&self, context: Context<'_>, block: &Block<'_>) -> Kind {
        let written = || {
            let name = block.labels.get(1).copied().unwrap_or_default();
            Kind::Unknown(format!("data.aws_iam_policy_document.{name}.json"))
        };
        let mut merged = Merged::default();
        for source in self.documents(context, block.body, "source_policy_documents") {
            match document(&source) {
                Some(document) => merged.merge(document),
                None => merged.statements.push(unknown_rest(&source)),
            }
        }
        let mut own = Vec::new();
        self.each_block(context, block.body, "statement", &mut |found| {
            own.push(match found {
                Ok((context, statement)) => self.statement(context, &statement),
                Err(unknown) => unknown,
            });
        });
        let argument = |name: &str| self.argument(context, block.body, name);
        let version = argument("version").unwrap_or_else(|| Val::text(block.span, VERSION));
        merged.merge(Document {
            id: argument("policy_id"),
            version: Some(version),
            statements: own,
        });
        for document in self.documents(context, block.body, "override_policy_documents") {
            // What nobody knows may take the place of any statement.
            let Some(document) = self::document(&document) else {
                return written();
            };
            merged.merge(document);
        }
        if merged.uncertain {
            return written();
        }
        let mut fields = Vec::new();
        let mut add = |name: &str, value: Option<Val>| {
            fields.extend(value.map(|value| Field::new(name, value.span, value)));
        };
        add("Version", merged.version);
        add("Id", merged.id);
        if !merged.statements.is_empty() {
            let list = Val::new(block.span, Kind::List(merged.statements));
            add("Statement", Some(list));
        }
        Kind::Json(Box::new(Val::new(block.span, Kind::Object(fields))))
    }

    /// An argument that is set.
    fn argument(&self, context: Context<'_>, body: Body<'_>, name: &str) -> Option<Val> {
        let value = self.value(context, body.argument(name)?.value);
        (!value.is_null()).then_some(value)
    }

    fn documents(&self, context: Context<'_>, body: Body<'_>, name: &str) -> Vec<Val> {
        let Some(list) = self.argument(context, body, name) else {
            return Vec::new();
        };
        match list.kind {
            Kind::List(items) | Kind::Set(items) => {
                items.into_iter().filter(|item| !item.is_null()).collect()
            }
            _ => vec![list],
        }
    }

    /// Goes over the blocks of a name, those of `dynamic` blocks with what they go over.
    pub(super) fn each_block<'b>(
        &self,
        context: Context<'_>,
        body: Body<'b>,
        name: &str,
        take: &mut Take<'_, 'b>,
    ) {
        for block in body.blocks() {
            if block.kind == name {
                take(Ok((context, block)));
                continue;
            }
            if block.kind != "dynamic" || block.labels.first() != Some(&name) {
                continue;
            }
            let each = self.argument(context, block.body, "for_each");
            let iterator = block.body.argument("iterator");
            let iterator = iterator.and_then(|argument| self.address(argument.value));
            let iterator = iterator.unwrap_or_else(|| name.to_owned());
            let content = block
                .body
                .blocks()
                .into_iter()
                .find(|it| it.kind == "content");
            let certain = each
                .as_ref()
                .filter(|each| each.items().is_none() || each.certain_items().is_some());
            let (Some(entries), Some(content)) = (certain.and_then(entries), content) else {
                take(Err(Val::new(
                    block.span,
                    Kind::Rest(format!("dynamic {name}")),
                )));
                continue;
            };
            for (key, value) in entries {
                let span = value.span;
                let fields = vec![
                    Field::new("key", span, key),
                    Field::new("value", span, value),
                ];
                let value = Val::new(span, Kind::Object(fields));
                let frame = Frame {
                    name: &iterator,
                    value: &value,
                    up: context.frame,
                };
                take(Ok((context.with(&frame), content.clone())));
            }
        }
    }

    fn statement(&self, context: Context<'_>, block: &Block<'_>) -> Val {
        let body = block.body;
        let mut fields = Vec::new();
        let mut add = |name: &str, value: Option<Val>| {
            fields.extend(value.map(|value| Field::new(name, value.span, value)));
        };
        let sid = self.argument(context, body, "sid");
        add(
            "Sid",
            sid.filter(|sid| sid.literal().as_deref() != Some("")),
        );
        let effect = self.argument(context, body, "effect");
        add(
            "Effect",
            Some(effect.unwrap_or_else(|| Val::text(block.span, "Allow"))),
        );
        for (name, element) in [
            ("principals", "Principal"),
            ("not_principals", "NotPrincipal"),
        ] {
            add(element, self.principals(context, body, name));
        }
        for (name, element) in [("actions", "Action"), ("not_actions", "NotAction")] {
            add(element, self.list(context, body, name));
        }
        for (name, element) in [("resources", "Resource"), ("not_resources", "NotResource")] {
            add(element, self.list(context, body, name).map(variables));
        }
        add("Condition", self.conditions(context, body, block.span));
        Val::new(block.span, Kind::Object(fields))
    }

    /// A list that says something.
    fn list(&self, context: Context<'_>, body: Body<'_>, name: &str) -> Option<Val> {
        let list = self.argument(context, body, name)?;
        list.items()
            .is_none_or(|items| !items.is_empty())
            .then_some(list)
    }

    fn principals(&self, context: Context<'_>, body: Body<'_>, name: &str) -> Option<Val> {
        let mut kinds: Vec<Field> = Vec::new();
        let mut unknown = None;
        let mut count = 0;
        self.each_block(context, body, name, &mut |found| {
            let (context, block) = match found {
                Ok(found) => found,
                Err(more) => {
                    unknown = Some(more);
                    return;
                }
            };
            count += 1;
            let kind = self.argument(context, block.body, "type");
            let names = self.argument(context, block.body, "identifiers");
            let (Some(kind), Some(names)) = (kind.and_then(|kind| kind.literal()), names) else {
                unknown = Some(Val::new(block.span, Kind::Unknown(name.to_owned())));
                return;
            };
            let names = variables(names);
            let items = match names.kind {
                Kind::List(items) | Kind::Set(items) => items,
                _ => vec![names],
            };
            match kinds.iter_mut().find(|known| known.name == kind) {
                Some(known) => {
                    if let Kind::List(known) = &mut known.value.kind {
                        known.extend(items);
                    }
                }
                None => {
                    let list = Val::new(block.span, Kind::List(items));
                    kinds.push(Field::new(&kind, block.span, list));
                }
            }
        });
        if let Some(unknown) = unknown {
            return Some(Val::unknown(unknown.span, name));
        }
        let first = kinds.first()?;
        let span = first.span;
        if let ("*", 1, Some([only])) = (first.name.as_str(), count, first.value.items())
            && only.literal().as_deref() == Some("*")
        {
            return Some(Val::text(span, "*"));
        }
        Some(Val::new(span, Kind::Object(kinds)))
    }

    fn conditions(&self, context: Context<'_>, body: Body<'_>, place: Span) -> Option<Val> {
        let mut operators: Vec<Field> = Vec::new();
        self.each_block(context, body, "condition", &mut |found| {
            let mut unknown = |span: Span| {
                let value = Val::unknown(span, "condition");
                operators.push(Field::new("condition", span, value));
            };
            let (context, block) = match found {
                Ok(found) => found,
                Err(more) => return unknown(more.span),
            };
            let argument = |name: &str| self.argument(context, block.body, name);
            let text = |name: &str| argument(name).and_then(|value| value.literal());
            let (Some(test), Some(variable), Some(values)) =
                (text("test"), text("variable"), argument("values"))
            else {
                return unknown(block.span);
            };
            let values = variables(values);
            let span = block.span;
            let items = match values.kind {
                Kind::List(items) | Kind::Set(items) => items,
                _ => vec![values],
            };
            let at = operators.iter().position(|known| known.name == test);
            let at = at.unwrap_or_else(|| {
                let keys = Val::new(span, Kind::Object(Vec::new()));
                operators.push(Field::new(&test, span, keys));
                operators.len() - 1
            });
            let Some(Kind::Object(keys)) = operators.get_mut(at).map(|it| &mut it.value.kind)
            else {
                return;
            };
            match keys.iter_mut().find(|known| known.name == variable) {
                Some(known) => {
                    if let Kind::List(known) = &mut known.value.kind {
                        known.extend(items);
                    }
                }
                None => {
                    let list = Val::new(span, Kind::List(items));
                    keys.push(Field::new(&variable, span, list));
                }
            }
        });
        let span = operators.first().map_or(place, |first| first.span);
        (!operators.is_empty()).then(|| Val::new(span, Kind::Object(operators)))
    }
}

/// A policy variable is written `&{…}` here, since `${…}` is Terraform's own.
fn variables(value: Val) -> Val {
    let span = value.span;
    let kind = match value.kind {
        Kind::Text(text) => {
            let mut replaced = Text::new();
            for part in text.parts() {
                match part {
                    Part::Literal(literal) => replaced.push_str(&literal.replace("&{", "${")),
                    part => replaced.push_part(part.clone()),
                }
            }
            Kind::Text(replaced)
        }
        Kind::List(items) | Kind::Set(items) => {
            Kind::List(items.into_iter().map(variables).collect())
        }
        kind => kind,
    };
    Val::new(span, kind)
}

/// A document that is merged with others.
struct Document {
    id: Option<Val>,
    version: Option<Val>,
    statements: Vec<Val>,
}

#[derive(Default)]
struct Merged {
    id: Option<Val>,
    version: Option<Val>,
    statements: Vec<Val>,
    /// Whether nobody can tell which statement takes whose place.
    uncertain: bool,
}

impl Merged {
    /// A statement takes the place of the one with its Sid; the highest version and the last id stay.
    fn merge(&mut self, document: Document) {
        self.id = document.id.or_else(|| self.id.take());
        let newer = |known: &Val| {
            let version = document.version.as_ref().and_then(Val::literal);
            version > known.literal()
        };
        if self.version.as_ref().is_none_or(newer) && document.version.is_some() {
            self.version = document.version;
        }
        for statement in document.statements {
            let Some(sid) = statement.field("Sid") else {
                self.statements.push(statement);
                continue;
            };
            let merging = !self.statements.is_empty();
            let Some(sid) = sid.literal() else {
                self.uncertain |= merging;
                self.statements.push(statement);
                continue;
            };
            let same = |known: &&mut Val| {
                let known = known.field("Sid").and_then(Val::literal);
                known.as_deref() == Some(&sid)
            };
            match self.statements.iter_mut().find(same) {
                Some(known) => *known = statement,
                None => self.statements.push(statement),
            }
        }
    }
}

/// The document in a value; `None` where nobody can tell.
fn document(value: &Val) -> Option<Document> {
    let whole = match &value.kind {
        Kind::Json(inner) => inner.as_ref().clone(),
        Kind::Text(text) => super::functions::from_value(parse_json(value.span, text)?),
        _ => return None,
    };
    let Kind::Object(fields) = &whole.kind else {
        return None;
    };
    if fields.iter().any(|field| field.value.is_unknown()) {
        return None;
    }
    let statements = match whole.field("Statement").cloned() {
        None => Vec::new(),
        Some(statements) => match statements.kind {
            Kind::List(items) => items,
            _ => vec![statements],
        },
    };
    Some(Document {
        id: whole.field("Id").cloned(),
        version: whole.field("Version").cloned(),
        statements,
    })
}

fn unknown_rest(value: &Val) -> Val {
    let written = match &value.kind {
        Kind::Unknown(written) | Kind::Rest(written) => written.clone(),
        _ => "source_policy_documents".to_owned(),
    };
    Val::new(value.span, Kind::Rest(written))
}
