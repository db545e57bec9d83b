//! The catalogue for programs.

use serde_json::{Value, json};

use super::{Card, Example};
use crate::iam::Tree;
use crate::kms::service::Grants;

/// `{"version": 1, "services": […]}`.
#[must_use]
pub fn json(cards: &[Card]) -> Value {
    let services: Vec<_> = cards.iter().map(service).collect();
    json!({"version": 1, "services": services})
}

fn service(card: &Card) -> Value {
    let parameters: Vec<_> = card
        .parameters()
        .map(|(name, parameter)| {
            json!({
                "name": name,
                "meaning": parameter.meaning,
                "example": parameter.example,
                "required": parameter.required,
                "default": parameter.default.as_ref().map(ToString::to_string),
                "becomes": parameter.becomes.as_ref().map(ToString::to_string),
                "wildcards": parameter.wildcards,
            })
        })
        .collect();
    let terms: Vec<_> = card
        .terms()
        .map(|(term, needed)| json!({"name": term, "actions": needed.actions, "grants": needed.grants}))
        .collect();
    let key = card
        .key()
        .map(|key| json!({"key_spec": key.key_spec, "key_usage": key.key_usage}));
    let only_in = card.only_in().map(|places| {
        json!({
            "regions": places.regions,
            "partitions": places.partitions,
            "because": places.because,
        })
    });
    let must_not_carry: Vec<_> = card
        .must_not_carry()
        .map(|(key, because)| json!({"key": key, "because": because}))
        .collect();
    json!({
        "name": card.name,
        "title": card.title,
        "verified": card.unverified().is_none(),
        "unverified": card.unverified(),
        "sources": card.sources(),
        "notes": card.notes(),
        "advice": card.advice(),
        "key": key,
        "only_in": only_in,
        "must_not_carry": must_not_carry,
        "own_principal": card.own_example().map(|made| example(&made, "parameters", parameters.into())),
        "via": card.via_example().map(|made| {
            let mut via = example(&made, "terms", terms.into());
            if let Value::Object(members) = &mut via {
                members.insert("names".into(), json!(card.via()));
                members.insert("grants".into(), json!(card.grants().map(grants)));
            }
            via
        }),
    })
}

fn example(made: &Example, name: &str, rows: Value) -> Value {
    let statements: Vec<_> = made
        .statements
        .iter()
        .map(|statement| Tree::from(statement).to_json(&ToString::to_string))
        .collect();
    json!({"example": made.spec, "statements": statements, name: rows})
}

fn grants(grants: Grants) -> &'static str {
    match grants {
        Grants::None => "none",
        Grants::AwsResource => "aws-resource",
        Grants::ViaService => "via-service",
        Grants::Unknown => "unknown",
    }
}
