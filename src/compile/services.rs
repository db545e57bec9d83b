//! Statements for AWS services that use the key with a principal of their own: their recipes, filled in.

use std::collections::BTreeMap;

use super::sid;
use crate::diag::Diagnostic;
use crate::iam::{PrincipalKind, Principals, Statement, Text, Variable};
use crate::kms::Region;
use crate::kms::service::{BadArgument, Caller, Part, Placeholder, Template};
use crate::source::Span;
use crate::spec::ServiceUse;
use crate::spec::field::as_aside;

/// The statements of a service entry.
///
/// # Errors
/// Everything that is wrong with its parameters, at their places.
pub(super) fn statements(
    service: &ServiceUse,
    span: Span,
    (environment, regions): (&str, &[&Region]),
) -> Result<Vec<Statement>, Vec<Diagnostic>> {
    let Some(recipe) = &service.service.service else {
        return Ok(Vec::new());
    };
    let arguments: BTreeMap<_, Vec<_>> = service
        .parameters
        .iter()
        .map(|(name, values)| {
            let values = values
                .iter()
                .map(|value| written(&value.value.fill(environment)));
            (name.value.clone(), values.collect())
        })
        .collect();
    let filled = recipe.expand(&arguments, regions).map_err(|problems| {
        problems
            .iter()
            // Absent and unknown parameters are told of when the spec is decoded.
            .filter(|problem| {
                !matches!(
                    problem,
                    BadArgument::Missing { .. } | BadArgument::Unknown { .. }
                )
            })
            .map(|problem| diagnostic(service, problem, span))
            .collect::<Vec<_>>()
    })?;
    let name = service.parameters.first().map(|(_, values)| {
        let names: Vec<_> = values.iter().map(|value| value.value.raw()).collect();
        sid::tidy(&names.join(" "))
    });
    // A value such as `*` has nothing that can stand in a Sid.
    let name = name.filter(|name| !name.is_empty());
    let statements = filled.into_iter().map(|filled| {
        let principals = match &filled.caller {
            Caller::Services(names) => {
                Principals::of(PrincipalKind::Service, names.iter().map(text))
            }
            Caller::Role(arn) => Principals::of(PrincipalKind::Aws, [text(arn)]),
        };
        let sid = match &name {
            Some(name) => format!("{} for {name}", filled.sid),
            None => filled.sid,
        };
        let mut statement = Statement::allow(sid, principals, filled.actions);
        for (operator, keys) in &filled.conditions {
            for (key, values) in keys {
                statement = statement.when(operator, key, values.iter().map(text));
            }
        }
        statement
    });
    Ok(statements.collect())
}

/// The roles by which services use the key.
pub(super) fn roles(statements: &[Statement]) -> impl Iterator<Item = &Text> {
    let principals = statements.iter().filter_map(|it| it.principal.as_ref());
    principals.flat_map(|clause| match &clause.value {
        Principals::Anyone => &[],
        Principals::Listed(names) => names
            .get(&PrincipalKind::Aws)
            .map(Vec::as_slice)
            .unwrap_or_default(),
    })
}

/// A text in the notation of the catalogue, braces doubled.
fn written(text: &Text) -> String {
    use crate::iam::Part;
    text.parts()
        .iter()
        .map(|part| match part {
            Part::Literal(literal) => literal.replace('{', "{{").replace('}', "}}"),
            Part::Unknown(written) => written.clone(),
            Part::Variable(variable) => format!("{{{}}}", variable.name()),
        })
        .collect()
}

/// A text of the catalogue with nothing but deployment-time gaps left.
pub(super) fn text(template: &Template) -> Text {
    let mut text = Text::new();
    for part in template.parts() {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Gap(Placeholder::Account) => text.push_variable(Variable::Account),
            Part::Gap(Placeholder::Partition) => text.push_variable(Variable::Partition),
            Part::Gap(Placeholder::Region) => text.push_variable(Variable::Region),
            Part::Gap(Placeholder::DnsSuffix) => text.push_variable(Variable::UrlSuffix),
            // Expanding a recipe fills every gap of a parameter.
            Part::Gap(other) => text.push_str(&other.to_string()),
        }
    }
    text
}

fn diagnostic(service: &ServiceUse, problem: &BadArgument, span: Span) -> Diagnostic {
    let (parameter, index) = match problem {
        BadArgument::Unknown { parameter }
        | BadArgument::Missing { parameter }
        | BadArgument::Several { parameter } => (parameter, 0),
        BadArgument::Value {
            parameter, index, ..
        } => (parameter, *index),
    };
    let place = service
        .parameters
        .iter()
        .find(|(name, _)| &name.value == parameter)
        .and_then(|(_, values)| values.get(index))
        .map_or(span, |value| value.span);
    let diagnostic = Diagnostic::error("invalid-parameter", problem.to_string()).at(place, "");
    let declared = service
        .service
        .service
        .as_ref()
        .and_then(|recipe| recipe.parameters.get(parameter));
    match declared {
        Some(declared) => diagnostic.help(format!(
            "give the {}, such as `{}`",
            as_aside(&declared.meaning),
            declared.example
        )),
        None => diagnostic,
    }
}
