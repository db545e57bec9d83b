//! `keywright services`.

use clap::{Args, ValueEnum};

use super::{Outcome, print, report, width};
use crate::diag::Diagnostic;
use crate::report::{document, services};
use crate::source::Sources;

/// List the AWS services that use keys, or show one: what to write in a spec, and what it becomes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright services                     every service at a glance\n  keywright services cloudtrail          parameters, statements, a spec to copy\n  keywright services --format json       everything about every service"
)]
pub(super) struct Services {
    /// The service: as under `service` or `via` in specs.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
    /// For documents.
    Markdown,
}

impl Services {
    pub(super) fn run(&self) -> Outcome {
        let cards = match &self.name {
            None => services::all(),
            Some(name) => match services::find(name) {
                Some(card) => vec![card],
                None => {
                    let problem =
                        Diagnostic::error("unknown-service", format!("unknown service `{name}`"))
                            .did_you_mean(name, services::names())
                            .help("`keywright services` lists all");
                    report(&[problem], &Sources::new());
                    return Outcome::Failed;
                }
            },
        };
        match self.format {
            Format::Text => {
                let blocks = match (&self.name, cards.as_slice()) {
                    (Some(_), [card]) => services::detail(card, 1),
                    _ => services::overview(&cards),
                };
                print(&document::text(&blocks, width()));
            }
            Format::Json => print(&format!("{:#}\n", services::json(&cards))),
            Format::Markdown => print(&services::markdown(&cards)),
        }
        Outcome::Clean
    }
}
