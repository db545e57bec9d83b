//! Reads Terraform modules.

use std::cell::Cell;
use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};

use super::alias;
use super::found::{Found, FoundAlias, FoundKey, KeyForm, Lifetime, Property};
use super::key::{self, Names};
use crate::diag::Diagnostic;
use crate::hcl::read::{self as hcl, Part};
use crate::iam::Text;
use crate::iam::value::{Member, Read, Value, ValueKind, unproven, whole_number};
use crate::source::{FileId, Span};
use crate::target::terraform::LOOKUPS;

const NAMES: Names = Names {
    description: "description",
    key_spec: "customer_master_key_spec",
    key_usage: "key_usage",
    origin: None,
    multi_region: "multi_region",
    enabled: "is_enabled",
    rotation: "enable_key_rotation",
    rotation_period: "rotation_period_in_days",
    deletion_window: "deletion_window_in_days",
    bypass: "bypass_policy_lockout_safety_check",
    policy: "policy",
    tags: "tags",
};

/// One file of a module.
#[derive(Debug, Clone, Copy)]
pub struct File<'t> {
    /// The file.
    pub id: FileId,
    /// Its text.
    pub text: &'t str,
}

/// Reads a module from its files.
///
/// # Errors
/// Text that is no HCL.
pub(super) fn read(files: &[File<'_>]) -> Result<Found, Vec<Diagnostic>> {
    let mut bodies = Vec::new();
    let mut diagnostics = Vec::new();
    for file in files {
        match hcl::parse(file.id, file.text) {
            Ok(body) => bodies.push((file.id, body)),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut module = Module::default();
    let blocks = || {
        let bodies = bodies.iter();
        bodies.flat_map(|(file, body)| hcl::blocks(body).map(move |block| (*file, block)))
    };
    let mut found = Found::default();
    // Declarations first: Terraform does not care for order.
    for (file, block) in blocks() {
        if let Err(doubt) = module.declare(file, block) {
            found.doubts.push(doubt);
        }
    }
    let mut aliases = Vec::new();
    for (file, block) in blocks() {
        if let Err(doubt) = module.block(file, block, &mut found, &mut aliases) {
            found.doubts.push(doubt);
        }
    }
    alias::attach(aliases, &mut found);
    Ok(found)
}

/// How deep locals may refer to each other.
const MAX_LOCALS: usize = 32;
/// How often locals may be resolved: one that names another twice, and so on, would double with every step.
const MAX_RESOLUTIONS: u32 = 1_000_000;

#[derive(Default)]
struct Module<'b> {
    locals: BTreeMap<&'b str, (FileId, &'b Expression)>,
    /// Data sources named `current` without any argument, by type.
    lookups: Vec<&'b str>,
    resources: BTreeMap<(&'b str, &'b str), Span>,
    resolutions: Cell<u32>,
}

impl<'b> Module<'b> {
    fn declare(&mut self, file: FileId, block: &'b Block) -> Read<()> {
        let span = hcl::span(file, block);
        match (block.ident.as_str(), hcl::labels(block).as_slice()) {
            ("locals", []) => {
                for attribute in block.body.attributes() {
                    let value = (file, &attribute.value);
                    if self.locals.insert(attribute.key.as_str(), value).is_some() {
                        return Err(unproven(
                            span,
                            format!("the local `{}` is set twice", attribute.key.as_str()),
                        ));
                    }
                }
                Ok(())
            }
            // With arguments it may look at another account or Region.
            ("data", [kind, "current"]) if block.body.is_empty() => {
                self.lookups.push(kind);
                Ok(())
            }
            ("resource", [kind, name]) => match self.resources.insert((kind, name), span) {
                Some(_) => Err(unproven(span, format!("`{kind}.{name}` is declared twice"))),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn block(
        &self,
        file: FileId,
        block: &Block,
        found: &mut Found,
        aliases: &mut Vec<FoundAlias>,
    ) -> Read<()> {
        let span = hcl::span(file, &block.ident);
        match (block.ident.as_str(), hcl::labels(block).as_slice()) {
            ("resource", ["aws_kms_key", name]) => {
                found.keys.push(self.key(file, name, block));
                Ok(())
            }
            ("resource", ["aws_kms_alias", name]) => {
                aliases.push(self.alias(file, name, block));
                Ok(())
            }
            ("resource", [kind, name])
                if kind.starts_with("aws_kms_") || kind.starts_with("awscc_kms_") =>
            {
                Err(unproven(
                    span,
                    format!("`{kind}.{name}` is not in the spec"),
                ))
            }
            ("resource", [kind, name])
                if kind.starts_with("aws_cloudformation_stack")
                    || kind.starts_with("awscc_cloudformation_stack") =>
            {
                Err(unproven(
                    span,
                    format!("`{kind}.{name}` can hold keys that nobody sees here"),
                ))
            }
            ("moved", []) => {
                let [from, to] = ["from", "to"].map(|name| address(file, &block.body, name));
                found.moves.push((from?, to?));
                Ok(())
            }
            ("removed", []) => {
                found.removals.push(self.removal(file, block)?);
                Ok(())
            }
            (
                "terraform" | "locals" | "data" | "resource" | "output" | "variable" | "provider"
                | "check",
                _,
            ) => Ok(()),
            (other, _) => Err(unproven(
                span,
                format!("a `{other}` block can change which keys are made"),
            )),
        }
    }

    fn key(&self, file: FileId, name: &str, block: &Block) -> FoundKey {
        let span = hcl::span(file, &block.ident);
        let lifetime = Lifetime::PreventDestroy(Property::Absent);
        let mut key = FoundKey::new(name, KeyForm::Key, span, lifetime);
        let mut members = Vec::new();
        for attribute in block.body.attributes() {
            if attribute.key.as_str() == "depends_on" {
                continue;
            }
            match self.argument(file, attribute) {
                Ok(member) => members.push(member),
                Err(doubt) => key.doubts.push(doubt),
            }
        }
        key::properties(&mut key, members, &NAMES, tags);
        for nested in hcl::blocks(&block.body) {
            match nested.ident.as_str() {
                "lifecycle" => {
                    let place = hcl::span(file, nested);
                    key.lifetime = Lifetime::PreventDestroy(
                        match lifecycle(file, nested, "prevent_destroy") {
                            Ok(prevents) => Property::Known(prevents, place),
                            Err(doubt) => Property::Invalid(doubt),
                        },
                    );
                }
                "timeouts" => {}
                other => {
                    let message = format!("a `{other}` block can change what this key is");
                    let doubt = unproven(hcl::span(file, &nested.ident), message);
                    key.doubts.push(doubt);
                }
            }
        }
        key
    }

    fn argument(&self, file: FileId, attribute: &Attribute) -> Read<Member> {
        let value = match attribute.key.as_str() {
            "policy" => json_argument(file, &attribute.value)?,
            _ => &attribute.value,
        };
        self.member(file, attribute, value)
    }

    fn alias(&self, file: FileId, resource: &str, block: &Block) -> FoundAlias {
        let mut alias = FoundAlias {
            resource: resource.to_owned(),
            name: Property::Absent,
            key: None,
            lifetime: Lifetime::PreventDestroy(Property::Absent),
            span: hcl::span(file, &block.ident),
            doubts: Vec::new(),
        };
        for attribute in block.body.attributes() {
            let value = self.value(file, &attribute.value, 0);
            match (attribute.key.as_str(), value) {
                ("depends_on", _) => {}
                ("name", Ok(value)) => alias.name = Property::read(value, Value::into_text),
                ("target_key_id", Ok(value)) => alias.key = target_key(&value),
                ("name" | "target_key_id", Err(doubt)) => alias.doubts.push(doubt),
                (other, _) => {
                    let message = format!("`{other}` can change what this alias is");
                    let doubt = unproven(hcl::span(file, &attribute.key), message);
                    alias.doubts.push(doubt);
                }
            }
        }
        if let Some(nested) = hcl::blocks(&block.body).next() {
            let message = "a block in an alias can change what it is";
            let doubt = unproven(hcl::span(file, &nested.ident), message);
            alias.doubts.push(doubt);
        }
        alias
    }

    fn removal(&self, file: FileId, block: &Block) -> Read<String> {
        let nested = hcl::blocks(&block.body).find(|nested| nested.ident.as_str() == "lifecycle");
        let destroys = match nested {
            Some(nested) => lifecycle(file, nested, "destroy")?,
            None => true,
        };
        if destroys {
            let span = hcl::span(file, &block.ident);
            return Err(unproven(
                span,
                "this block destroys what it removes: `destroy` is not false",
            ));
        }
        address(file, &block.body, "from")
    }

    fn member(&self, file: FileId, attribute: &Attribute, value: &Expression) -> Read<Member> {
        Ok(Member {
            name: attribute.key.as_str().to_owned(),
            span: hcl::span(file, &attribute.key),
            value: self.value(file, value, 0)?,
        })
    }

    /// An expression as a value; `depth` counts the locals on the way.
    fn value(&self, file: FileId, expression: &Expression, depth: usize) -> Read<Value> {
        let expression = hcl::unparenthesized(expression);
        let span = hcl::span(file, expression);
        let kind = if let Some(parts) = hcl::parts(expression) {
            ValueKind::Text(self.template(file, span, parts, depth)?)
        } else if let Some(path) = hcl::path(expression) {
            return self.reference(span, &path, depth);
        } else {
            match expression {
                Expression::Bool(value) => ValueKind::Bool(*value.value()),
                Expression::Number(number) => {
                    ValueKind::Number(whole_number(span, &number.value().to_string())?)
                }
                Expression::Array(items) => ValueKind::List(
                    items
                        .iter()
                        .map(|item| self.value(file, item, depth))
                        .collect::<Read<_>>()?,
                ),
                Expression::Object(object) => {
                    let mut members: Vec<Member> = Vec::new();
                    for (key, value) in hcl::items(object) {
                        let name = hcl::key_text(key)
                            .ok_or_else(|| unproven(span, "a key of this object is computed"))?;
                        let value = self.value(file, value, depth)?;
                        // Of equal keys Terraform takes the last: nobody means that.
                        if members.iter().any(|member| member.name == name) {
                            return Err(unproven(
                                value.span,
                                format!("`{name}` is set twice in this object"),
                            ));
                        }
                        members.push(Member {
                            name: name.into_owned(),
                            span: value.span,
                            value,
                        });
                    }
                    ValueKind::Object(members)
                }
                _ => return Err(unproven(span, "this expression is not resolved here")),
            }
        };
        Ok(Value { span, kind })
    }

    fn template(&self, file: FileId, span: Span, parts: Vec<Part<'_>>, depth: usize) -> Read<Text> {
        let mut text = Text::new();
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(&literal),
                Part::Interpolation(inner) => {
                    text.push_text(&self.value(file, inner, depth)?.into_word()?);
                }
                Part::Directive => {
                    return Err(unproven(span, "a `%{…}` directive is not resolved here"));
                }
            }
        }
        Ok(text)
    }

    fn reference(&self, span: Span, path: &[&str], depth: usize) -> Read<Value> {
        match path {
            ["local", name] => {
                let Some(&(home, local)) = self.locals.get(name) else {
                    return Err(unproven(span, format!("there is no local `{name}`")));
                };
                self.resolutions.set(self.resolutions.get() + 1);
                if depth >= MAX_LOCALS || self.resolutions.get() > MAX_RESOLUTIONS {
                    let message = "the locals refer to each other in a circle, or too often";
                    return Err(unproven(span, message));
                }
                let value = self.value(home, local, depth + 1)?;
                Ok(Value { span, ..value })
            }
            ["data", kind, "current", attribute] => {
                let lookup = LOOKUPS
                    .iter()
                    .find(|lookup| lookup.data_source == *kind && lookup.attribute == *attribute)
                    .filter(|lookup| self.lookups.contains(&lookup.data_source));
                let lookup = lookup
                    .ok_or_else(|| unproven(span, "this data source is not resolved here"))?;
                let kind = ValueKind::Text(Text::variable(lookup.variable));
                Ok(Value { span, kind })
            }
            [kind, name, attribute] if kind.starts_with("aws_kms_") => Ok(Value {
                span,
                kind: ValueKind::Reference {
                    resource: format!("{kind}.{name}"),
                    attribute: (*attribute).to_owned(),
                },
            }),
            _ => Err(unproven(
                span,
                format!("`{}` is not resolved here", path.join(".")),
            )),
        }
    }
}

/// The key of this module that an alias names.
fn target_key(value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Reference {
            resource,
            attribute,
        } if matches!(attribute.as_str(), "key_id" | "arn" | "id") => {
            resource.strip_prefix("aws_kms_key.").map(str::to_owned)
        }
        _ => None,
    }
}

/// The argument of `jsonencode(…)`.
fn json_argument(file: FileId, expression: &Expression) -> Read<&Expression> {
    if let Expression::FuncCall(call) = hcl::unparenthesized(expression)
        && call.name.name.as_str() == "jsonencode"
        && !call.name.is_namespaced()
        && call.args.len() == 1
        && !call.args.expand_final()
        && let Some(argument) = call.args.get(0)
    {
        return Ok(argument);
    }
    Err(unproven(
        hcl::span(file, expression),
        "a policy is read from `jsonencode(…)`",
    ))
}

/// The one boolean that a lifecycle block may hold here.
fn lifecycle(file: FileId, block: &Block, name: &str) -> Read<bool> {
    let mut found = None;
    for attribute in block.body.attributes() {
        if attribute.key.as_str() != name {
            let message = format!(
                "`{}` can change what happens to this resource",
                attribute.key.as_str()
            );
            return Err(unproven(hcl::span(file, &attribute.key), message));
        }
        match hcl::unparenthesized(&attribute.value) {
            Expression::Bool(value) => found = Some(*value.value()),
            other => {
                return Err(unproven(
                    hcl::span(file, other),
                    "expected `true` or `false`",
                ));
            }
        }
    }
    if let Some(nested) = hcl::blocks(&block.body).next() {
        let message = "a condition can keep this resource from being made";
        return Err(unproven(hcl::span(file, &nested.ident), message));
    }
    found.ok_or_else(|| {
        unproven(
            hcl::span(file, &block.ident),
            format!("`{name}` is not set here"),
        )
    })
}

/// The address in an attribute of a `moved` or `removed` block.
fn address(file: FileId, body: &Body, name: &str) -> Read<String> {
    let attribute = hcl::attribute(body, name);
    let path = attribute.and_then(|attribute| hcl::path(&attribute.value));
    match path {
        Some(path) => Ok(path.join(".")),
        None => {
            let span = attribute.map_or(Span::new(file, 0..0), |attribute| {
                hcl::span(file, &attribute.value)
            });
            Err(unproven(span, format!("`{name}` is no plain address")))
        }
    }
}

fn tags(value: Value) -> Read<BTreeMap<String, Text>> {
    value
        .into_members()?
        .into_iter()
        .map(|member| Ok((member.name, member.value.into_word()?)))
        .collect()
}
