//! `keywright controls`.

use clap::{Args, ValueEnum};

use super::{Outcome, print, report, width};
use crate::controls;
use crate::diag::Diagnostic;
use crate::report::{controls as page, document};
use crate::source::Sources;
use crate::spec::CONTROLS;

/// List the controls that `check` holds keys to, or show one: what it finds, why it matters, how to mend it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright controls                     every control at a glance\n  keywright controls rotation-off        what it finds, why, how to mend it\n  keywright controls --format json       everything about every control"
)]
pub(super) struct Controls {
    /// The control, by its id.
    #[arg(value_name = "ID")]
    id: Option<String>,

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

impl Controls {
    pub(super) fn run(&self) -> Outcome {
        let controls = match &self.id {
            None => controls::all().to_vec(),
            Some(id) => match controls::find(id) {
                Some(control) => vec![control],
                None => {
                    let problem =
                        Diagnostic::error("unknown-control", format!("there is no control `{id}`"))
                            .did_you_mean(id, CONTROLS)
                            .help("`keywright controls` lists them");
                    report(&[problem], &Sources::new());
                    return Outcome::Failed;
                }
            },
        };
        match self.format {
            Format::Text => {
                let blocks = match (&self.id, controls.as_slice()) {
                    (Some(_), [control]) => page::detail(control, 1),
                    _ => page::overview(&controls),
                };
                print(&document::text(&blocks, width()));
            }
            Format::Json => print(&format!("{:#}\n", page::json(&controls))),
            Format::Markdown => print(&page::markdown(&controls)),
        }
        Outcome::Clean
    }
}
