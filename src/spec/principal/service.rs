//! AWS services as users: the parameters of their recipes.

use super::kinds::{EXPIRES, SERVICE};
use super::qualifiers::Qualifiers;

use serde_json::{Map, Value, json};

use crate::diag::{Diagnostic, nearest};
use crate::kms::service::{Parameter, Service};
use crate::kms::services;
use crate::spec::field::{Decoder, FieldType, Record, Spanned, as_aside};
use crate::spec::types::Template;
use crate::yaml::{Entry, Node, NodeKind};

/// A service with the parameters of its recipe.
#[derive(Debug, Clone)]
pub struct ServiceUse {
    /// The service.
    pub service: &'static Service,
    /// The values of each parameter, in the order of the spec.
    pub parameters: Vec<(Spanned<String>, Vec<Spanned<Template>>)>,
}

pub(super) fn service_use(
    entry: &Entry,
    entries: &[Entry],
    decoder: &mut Decoder,
) -> Option<ServiceUse> {
    let Some(slug) = entry.value.as_text() else {
        let help = "write a name such as `cloudtrail`";
        decoder.wrong_type(&entry.value, "the name of a service", help);
        return None;
    };
    let with_recipe = || services::slugs().filter(|slug| has_recipe(slug));
    let Some(service) = services::find(slug) else {
        decoder.report(
            Diagnostic::error("unknown-service", format!("unknown service `{slug}`"))
                .at(entry.value.span, "")
                .did_you_mean(slug.trim_end_matches(".amazonaws.com"), services::slugs())
                .help(format!(
                    "known: {}",
                    with_recipe().collect::<Vec<_>>().join(", ")
                )),
        );
        return None;
    };
    let Some(recipe) = &service.service else {
        let diagnostic = Diagnostic::error(
            "no-service-principal",
            format!("`{slug}` ({}) cannot stand under `service`", service.title),
        )
        .at(entry.value.span, "");
        decoder.report(match &service.advice {
            Some(advice) => diagnostic.help(advice.clone()),
            None => diagnostic,
        });
        return None;
    };
    let mut parameters = Vec::new();
    let mut meant = Vec::new();
    let of_recipe = |other: &&Entry| !matches!(other.name(), SERVICE | EXPIRES);
    for other in entries.iter().filter(of_recipe) {
        let name = other.name();
        if recipe.parameters.contains_key(name) {
            let values = parameter_values(&other.value, decoder)?;
            let name = Spanned {
                value: name.to_owned(),
                span: other.key.span,
            };
            parameters.push((name, values));
        } else {
            decoder.report(unknown_parameter(slug, &recipe.parameters, other));
            meant.extend(nearest(name, recipe.parameters.keys().map(String::as_str)));
        }
    }
    let mut complete = true;
    for (name, parameter) in &recipe.parameters {
        if parameter.required && !entries.iter().any(|entry| entry.name() == name) {
            complete = false;
            if meant.contains(&name.as_str()) {
                continue;
            }
            decoder.report(
                Diagnostic::error("missing-field", format!("`service: {slug}` needs `{name}`"))
                    .at(entry.value.span, "")
                    .help(format!(
                        "add `{name}: {}` ({}); without it any customer of the service could make it use this key",
                        parameter.example,
                        as_aside(&parameter.meaning)
                    )),
            );
        }
    }
    complete.then_some(ServiceUse {
        service,
        parameters,
    })
}

/// Whether specs can name the service as a user.
fn has_recipe(slug: &str) -> bool {
    services::find(slug).is_some_and(|service| service.service.is_some())
}

fn unknown_parameter<'a>(
    slug: &str,
    parameters: impl IntoIterator<Item = (&'a String, &'a Parameter)>,
    other: &Entry,
) -> Diagnostic {
    let name = other.name();
    let known: Vec<_> = parameters
        .into_iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let qualifier = Qualifiers::FIELDS.iter().any(|field| field.name == name);
    let diagnostic = if qualifier {
        Diagnostic::error(
            "misplaced-field",
            format!("`{name}` does not apply to a service: its recipe says what it may do"),
        )
    } else {
        Diagnostic::error(
            "unknown-field",
            format!("unknown field `{name}` beside `service: {slug}`"),
        )
        .did_you_mean(name, known.iter().copied())
    };
    let help = if known.is_empty() {
        format!("remove it: `service: {slug}` takes no parameters")
    } else {
        format!("parameters of `{slug}`: {}", known.join(", "))
    };
    diagnostic.at(other.key.span, "").help(help)
}

/// One value, or a list of them.
fn parameter_values(node: &Node, decoder: &mut Decoder) -> Option<Vec<Spanned<Template>>> {
    if matches!(node.kind, NodeKind::Sequence(_)) {
        return Vec::decode(node, decoder);
    }
    Spanned::decode(node, decoder).map(|value| vec![value])
}

pub(super) fn service_schemas() -> Vec<Value> {
    let mut schemas = Vec::new();
    for slug in services::slugs() {
        let Some(service) = services::find(slug) else {
            continue;
        };
        let Some(recipe) = &service.service else {
            continue;
        };
        let mut properties = Map::new();
        properties.insert(
            SERVICE.into(),
            json!({"const": slug, "description": service.title}),
        );
        for (name, parameter) in &recipe.parameters {
            let text = json!({"type": "string", "minLength": 1});
            properties.insert(
                name.clone(),
                json!({
                    "description": parameter.meaning,
                    "anyOf": [text, {"type": "array", "minItems": 1, "items": text}],
                }),
            );
        }
        if let Some(field) = Qualifiers::FIELDS
            .iter()
            .find(|field| field.name == EXPIRES)
        {
            let mut schema = (field.schema)();
            if let Value::Object(members) = &mut schema {
                members.insert("description".into(), json!(field.meaning_text()));
            }
            properties.insert(EXPIRES.into(), schema);
        }
        let required = [SERVICE].into_iter().chain(
            recipe
                .parameters
                .iter()
                .filter(|(_, parameter)| parameter.required)
                .map(|(name, _)| name.as_str()),
        );
        schemas.push(json!({
            "properties": properties,
            "required": required.collect::<Vec<_>>(),
            "additionalProperties": false,
        }));
    }
    schemas
}
