//! Texts in CloudFormation: plain scalars, `!Ref` and `!Sub`, and back.
//!
//! Source: CloudFormation template reference, `Fn::Sub` and pseudo parameters.

use crate::iam::{Part, Text, Variable};
use crate::kms::companion::place_in_arn;
use crate::yaml::emit;

/// The pseudo parameter of a variable.
#[must_use]
pub fn pseudo_parameter(variable: Variable) -> &'static str {
    match variable {
        Variable::Account => "AWS::AccountId",
        Variable::Partition => "AWS::Partition",
        Variable::Region => "AWS::Region",
        Variable::UrlSuffix => "AWS::URLSuffix",
    }
}

/// The variable of a pseudo parameter.
#[must_use]
pub fn variable(name: &str) -> Option<Variable> {
    Variable::ALL
        .into_iter()
        .chain([Variable::UrlSuffix])
        .find(|variable| pseudo_parameter(*variable) == name)
}

/// A text as a complete YAML value.
#[must_use]
pub fn value(text: &Text) -> String {
    if let Some(literal) = text.as_literal() {
        return emit::scalar(literal).into_owned();
    }
    if let [Part::Variable(variable)] = text.parts() {
        return format!("!Ref {}", pseudo_parameter(*variable));
    }
    if text.literals().all(is_escapable) {
        return format!("!Sub {}", emit::scalar(&sub(text, "${!", pseudo_parameter)));
    }
    // `${!…}` cannot say every text: here each dollar sign before a brace comes in as a value of its own.
    let template = emit::double_quoted(&sub(text, "${Dollar}{", pseudo_parameter));
    format!("!Sub [{template}, {{Dollar: \"$\"}}]")
}

/// A text as a complete YAML value, where its deployment-time parts are those of a key whose ARN a parameter gives.
#[must_use]
pub fn value_of_key(text: &Text, parameter: &str) -> String {
    if let Some(literal) = text.as_literal() {
        return emit::scalar(literal).into_owned();
    }
    let select = |variable| {
        let place = place_in_arn(variable);
        format!("!Select [{place}, !Split [\":\", !Ref {parameter}]]")
    };
    if let [Part::Variable(variable)] = text.parts() {
        return select(*variable);
    }
    let template = emit::double_quoted(&sub(text, "${Dollar}{", value_name));
    let mut values: Vec<_> = Variable::ALL
        .into_iter()
        .filter(|variable| text.uses(*variable))
        .map(|variable| format!("{}: {}", value_name(variable), select(variable)))
        .collect();
    if template.contains("${Dollar}") {
        values.push("Dollar: \"$\"".to_owned());
    }
    format!("!Sub [{template}, {{{}}}]", values.join(", "))
}

/// The name of a variable among the values of an `Fn::Sub`.
fn value_name(variable: Variable) -> &'static str {
    match variable {
        Variable::Account => "Account",
        Variable::Partition | Variable::UrlSuffix => "Partition",
        Variable::Region => "Region",
    }
}

/// Whether `${!…}` can stand for every `${` in the literal: all are closed around a name of the characters with which
/// the documentation shows it (`${!Literal}`, `${!aws:PrincipalTag/team}`), and no dollar sign at the end would touch
/// the `${` of what follows.
fn is_escapable(literal: &str) -> bool {
    let is_name_character = |c: char| c.is_ascii_alphanumeric() || "_.:/-".contains(c);
    let closed = |after: &str| {
        after
            .split_once('}')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_name_character))
    };
    !literal.ends_with('$') && literal.split("${").skip(1).all(closed)
}

/// The template string of an `Fn::Sub`, with `dollar_brace` for each literal `${`, and variables by name.
fn sub(text: &Text, dollar_brace: &str, name: impl Fn(Variable) -> &'static str) -> String {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                let (body, dollar) = match literal.strip_suffix('$') {
                    Some(body) => (body, "${Dollar}"),
                    None => (literal.as_str(), ""),
                };
                out.push_str(&body.replace("${", dollar_brace));
                out.push_str(dollar);
            }
            Part::Variable(variable) => {
                out.push_str("${");
                out.push_str(name(*variable));
                out.push('}');
            }
            Part::Unknown(written) => out.push_str(written),
        }
    }
    out
}

/// A place in the template string of an `Fn::Sub` that something else takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole<'t> {
    /// The name between `${` and `}`.
    Named(&'t str),
    /// `${` without an end, with all that follows: CloudFormation's reading of it is not documented.
    Unclosed(&'t str),
}

/// Reads the template string of an `Fn::Sub`; `fill` says what takes each hole.
pub fn parse_sub<'t>(template: &'t str, mut fill: impl FnMut(Hole<'t>) -> Text) -> Text {
    let mut text = Text::new();
    let mut rest = template;
    while let Some(at) = rest.find("${") {
        let (before, hole) = rest.split_at(at);
        text.push_str(before);
        let Some((name, after)) = hole.get(2..).and_then(|after| after.split_once('}')) else {
            text.push_text(&fill(Hole::Unclosed(hole)));
            return text;
        };
        if let Some(literal) = name.strip_prefix('!') {
            text.push_str("${");
            text.push_str(literal);
            text.push_str("}");
        } else {
            text.push_text(&fill(Hole::Named(name)));
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Whether cfn-lint takes something in the literal for a reference that should stand in an `Fn::Sub` (its rule E1029):
/// `${…}` around a pseudo parameter or a name of this template. AWS itself leaves such text alone.
#[must_use]
pub fn looks_like_reference(literal: &str, is_name: impl Fn(&str) -> bool) -> bool {
    literal.split("${").skip(1).any(|after| {
        after.split_once('}').is_some_and(|(name, _)| {
            let name = name.trim();
            name.starts_with("AWS::") || is_name(name.split('.').next().unwrap_or(name))
        })
    })
}
