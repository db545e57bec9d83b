//! Parameters: one of their allowed values, else their default, else unknown.
//!
//! Source: CloudFormation user guide, "Parameters syntax" and "Supply values from Systems Manager Parameter Store".

use super::domain::Domain;
use super::reader::Reader;
use crate::iam::Text;
use crate::iam::value::{Value, ValueKind};
use crate::kms::companion::is_arn_pattern;
use crate::source::Span;
use crate::yaml::Node;

/// A parameter as it is declared.
pub(super) struct Parameter<'t> {
    /// What stands under `AllowedValues`, without repetitions, the default first; empty where any value may be given.
    allowed: Vec<&'t str>,
    default: Option<&'t str>,
    /// Whether its value is a list.
    pub(super) is_list: bool,
    /// Whether its value stands elsewhere, or is not for everyone to see.
    is_hidden: bool,
    /// Whether a deployment gives its value: then a list is known as a whole.
    is_given: bool,
    /// Whether it takes the ARN of a key and nothing else, or a list of such. Source: CloudFormation user guide,
    /// "Parameters", `AllowedPattern`: of a `CommaDelimitedList`, it must match each value.
    pub(super) is_key_arn: bool,
}

impl<'t> Parameter<'t> {
    pub(super) fn new(node: &'t Node) -> Self {
        let attribute = |name| node.get(name).and_then(Node::text);
        let kind = attribute("Type").unwrap_or("String");
        let is_list = kind.starts_with("List<") || kind == "CommaDelimitedList";
        let is_secret = attribute("NoEcho")
            .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "yes");
        let default = attribute("Default");
        let mut allowed = Vec::new();
        let values = node.get("AllowedValues").and_then(Node::as_sequence);
        for value in values.unwrap_or_default().iter().filter_map(Node::text) {
            if !allowed.contains(&value) {
                allowed.push(value);
            }
        }
        if let Some(at) = allowed.iter().position(|value| Some(*value) == default) {
            allowed.swap(0, at);
        }
        Self {
            allowed,
            default,
            is_list,
            is_key_arn: (!is_list || kind == "CommaDelimitedList")
                && attribute("AllowedPattern").is_some_and(is_arn_pattern),
            is_given: false,
            is_hidden: is_secret || kind.starts_with("AWS::SSM::Parameter::Value<"),
        }
    }

    /// The parameter with the value that a deployment gives it.
    pub(super) fn given(self, value: Option<&'t str>) -> Self {
        let Some(value) = value else {
            return self;
        };
        Self {
            allowed: vec![value],
            is_given: true,
            is_hidden: false,
            ..self
        }
    }

    /// What it can be.
    pub(super) fn domain(&self) -> Domain {
        // `AllowedValues` of a list are what its items can be; those of a name say nothing of the value under it.
        let is_each = self.is_list && !self.is_given;
        if is_each || self.is_hidden || self.allowed.is_empty() {
            return Domain::default();
        }
        Domain::of(self.allowed.iter().map(|&value| value.to_owned()).collect())
    }
}

impl<'t> Reader<'t, '_> {
    /// The value of a parameter where it is used.
    pub(super) fn parameter(
        &self,
        name: &'t str,
        parameter: &Parameter<'t>,
        span: Span,
    ) -> ValueKind {
        let domain = self.domain(name);
        if let Some(value) = domain.single() {
            return self.converted(parameter, value, span);
        }
        let unknown = || ValueKind::Unknown(format!("${{{name}}}"));
        if domain.candidates.is_some() {
            return match self.pick(name, &domain) {
                Some(value) => self.converted(parameter, &value, span),
                None => unknown(),
            };
        }
        match parameter.default {
            Some(default)
                if !parameter.is_hidden && !self.is_comparing() && domain.allows(default) =>
            {
                self.assume(format!("`{name}` is `{default}`"), span);
                self.converted(parameter, default, span)
            }
            _ => unknown(),
        }
    }

    /// Numbers and booleans reach resources as text; lists are split at commas.
    fn converted(&self, parameter: &Parameter<'_>, value: &str, span: Span) -> ValueKind {
        if !parameter.is_list {
            return self.text(Text::literal(value), span);
        }
        let items = value.split(',').map(|item| Value {
            span,
            kind: self.text(Text::literal(item.trim()), span),
        });
        ValueKind::List(items.collect())
    }
}
