//! `keywright schema`.

use clap::{Args, ValueEnum};

use super::{Outcome, print};
use crate::spec::schema;

/// Print the JSON Schema of spec files or of the workspace file.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright schema > schema/spec.schema.json\n  keywright schema workspace > schema/workspace.schema.json\n\nAn editor with a YAML language server uses it when a spec begins with:\n  # yaml-language-server: $schema=../schema/spec.schema.json"
)]
pub(super) struct Schema {
    /// Which format.
    #[arg(value_enum, default_value_t = Format::Spec)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// Spec files, `specs/**/*.yaml`.
    Spec,
    /// The workspace file, `keywright.yaml`.
    Workspace,
}

impl Schema {
    pub(super) fn run(&self) -> Outcome {
        let schema = match self.format {
            Format::Spec => schema::spec(),
            Format::Workspace => schema::workspace(),
        };
        print(&format!("{schema:#}\n"));
        Outcome::Clean
    }
}
