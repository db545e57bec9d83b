//! The catalogue for people: a table of all, and everything about one.

use std::fmt::Write as _;

use super::Card;
use crate::kms::service::{Grants, Parameter, Term};
use crate::report::document::{self, Block};
use crate::report::policy;

/// Everything at a glance.
#[must_use]
pub fn overview(cards: &[Card]) -> Vec<Block> {
    let rows = cards.iter().filter(|card| card.service.is_some());
    let rows = rows
        .map(|card| {
            let parameters: Vec<_> = card
                .parameters()
                .map(|(name, parameter)| match parameter.required {
                    true => name.to_owned(),
                    false => format!("[{name}]"),
                })
                .collect();
            vec![
                card.name.to_owned(),
                card.way().to_owned(),
                parameters.join(" "),
                if card.unverified().is_none() {
                    "yes"
                } else {
                    "in part"
                }
                .to_owned(),
                card.title.to_owned(),
            ]
        })
        .collect();
    let named = cards.iter().filter(|card| card.service.is_none());
    let named: Vec<_> = named.map(|card| format!("`{}`", card.name)).collect();
    vec![
        Block::Table {
            head: vec!["name", "uses a key", "parameters", "verified", "what it is"],
            rows,
        },
        Block::Paragraph(
            "`itself`: with a principal of its own, as `service: NAME` among users. `via`: with the credentials of \
             whoever calls it, as `via: [NAME]` beside a role, user or permission set. `-`: neither; its entry says \
             what to do instead. Parameters in brackets may be left out."
                .to_owned(),
        ),
        Block::Paragraph(format!(
            "Of these only the name for `via` is known: {}.",
            named.join(", ")
        )),
    ]
}

/// Everything about one service. `level` is that of the heading.
#[must_use]
pub fn detail(card: &Card, level: usize) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(
        level,
        format!("`{}`: {}", card.name, card.title),
    )];
    let section = |title: &str| Block::Heading(level + 1, title.to_owned());
    if let Some(advice) = card.advice() {
        blocks.push(Block::Paragraph(sentence(advice)));
    }
    if let Some(key) = card.key() {
        blocks.push(Block::Paragraph(format!(
            "It needs a key with `key_spec: {}` and `key_usage: {}`.",
            key.key_spec, key.key_usage
        )));
    }
    if let Some(places) = card.only_in() {
        blocks.push(Block::Paragraph(format!(
            "Only with keys in {places}: {}",
            sentence(&places.because)
        )));
    }
    if let Some(example) = card.own_example() {
        blocks.push(section("With its own principal"));
        blocks.push(Block::Code(example.spec));
        let parameters: Vec<_> = card.parameters().map(parameter_line).collect();
        if !parameters.is_empty() {
            blocks.push(Block::Paragraph("Parameters:".to_owned()));
            blocks.push(Block::List(parameters));
        }
        blocks.push(Block::Paragraph("In the key policy:".to_owned()));
        blocks.push(Block::Code(policy::yaml(&example.statements)));
    }
    if let Some(example) = card.via_example() {
        blocks.push(section("Through its callers"));
        blocks.push(Block::Paragraph(via_words(card)));
        blocks.push(Block::Code(example.spec));
        let terms: Vec<_> = card.terms().map(term_line).collect();
        if !terms.is_empty() {
            blocks.push(Block::Paragraph(
                "What AWS says that callers need, `kms:CreateGrant` behind its fence; without `access` they get all \
                 uses of the key:"
                    .to_owned(),
            ));
            blocks.push(Block::List(terms));
        }
        blocks.push(Block::Paragraph("In the key policy:".to_owned()));
        blocks.push(Block::Code(policy::yaml(&example.statements)));
    }
    let forbidden: Vec<_> = card
        .must_not_carry()
        .map(|(key, why)| format!("`{key}`: {}", sentence(why)))
        .collect();
    if !forbidden.is_empty() {
        blocks.push(section("Conditions that break it"));
        blocks.push(Block::List(forbidden));
    }
    if !card.notes().is_empty() {
        blocks.push(section("Notes"));
        blocks.push(Block::List(card.notes().to_vec()));
    }
    blocks.push(section("Sources"));
    let sources = card.sources();
    blocks.push(Block::List(
        sources.into_iter().map(str::to_owned).collect(),
    ));
    blocks.push(Block::Paragraph(match card.unverified() {
        None => "Everything here was read there.".to_owned(),
        Some(sentence) => format!("Not everything here was read there: {sentence}"),
    }));
    blocks
}

/// A piece of advice as a sentence of its own.
fn sentence(text: &str) -> String {
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{text}{end}")
}

fn parameter_line((name, parameter): (&str, &Parameter)) -> String {
    let mut line = format!("`{name}`");
    if !parameter.required {
        line.push_str(" (may be left out)");
    }
    let _ = write!(
        line,
        ": {}, such as `{}`.",
        parameter.meaning, parameter.example
    );
    if let Some(becomes) = &parameter.becomes {
        let _ = write!(line, " Becomes `{becomes}`");
        line.push_str(if becomes.leading_text().starts_with("arn:") {
            ", or is given as such an ARN."
        } else {
            "."
        });
    }
    if !parameter.one_of.is_empty() {
        let known = parameter.one_of.keys().map(|name| format!("`{name}`"));
        let _ = write!(line, " One of {}.", known.collect::<Vec<_>>().join(", "));
    }
    if parameter.wildcards {
        line.push_str(" `*` and `?` match many and one character.");
    }
    if !parameter.required {
        match &parameter.default {
            Some(default) if default.is_empty() => line.push_str(" Default: empty."),
            Some(default) => {
                let _ = write!(line, " Default: `{default}`.");
            }
            None => line.push_str(" Without it the conditions that name it are left out."),
        }
    }
    line
}

fn term_line((term, needed): (&str, &Term)) -> String {
    format!("`access: [{term}]`: {needed}")
}

fn via_words(card: &Card) -> String {
    let names: Vec<_> = card
        .via()
        .into_iter()
        .map(|name| format!("`{name}.{{region}}.amazonaws.com`"))
        .collect();
    let grants = match card.grants() {
        Some(Grants::AwsResource) => {
            "It makes grants for its resources: `kms:CreateGrant` is allowed through it with \
             `kms:GrantIsForAWSResource`."
        }
        Some(Grants::ViaService) => {
            "It makes grants: `kms:CreateGrant` is allowed through it only, the fence that its documentation gives."
        }
        Some(Grants::None) => "It makes no grants.",
        Some(Grants::Unknown) | None => {
            "Whether it makes grants was not read in a source: `kms:CreateGrant` is not allowed."
        }
    };
    format!("`kms:ViaService` is {}. {grants}", names.join(" or "))
}

/// The document `docs/services.md`, or what is in it about one service.
#[must_use]
pub fn markdown(cards: &[Card]) -> String {
    if let [card] = cards {
        return document::markdown(&detail(card, 1));
    }
    let mut blocks = vec![
        Block::Heading(1, "Services".to_owned()),
        Block::Paragraph(
            "What `keywright services` knows: how AWS services use KMS keys, and what to write in a spec for each. \
             Made by the program from `src/kms/services/`; to change it, change the files there."
                .to_owned(),
        ),
    ];
    blocks.extend(overview(cards));
    for card in cards.iter().filter(|card| card.service.is_some()) {
        blocks.extend(detail(card, 2));
    }
    document::markdown(&blocks)
}
