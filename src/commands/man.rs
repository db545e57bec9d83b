//! `keywright man`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;

use super::{Outcome, command, print, report};
use crate::diag::Diagnostic;
use crate::source::Sources;

/// Print keywright's manual page, or write one page for each command.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright man | man -l -                          read it\n  keywright man --out ~/.local/share/man/man1       install all pages"
)]
pub(super) struct Man {
    /// Write the pages of all commands into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Outcome {
        let Some(folder) = &self.out else {
            let mut page = Vec::new();
            // Writing to memory cannot fail.
            let _ = Page::new(command()).render(&mut page);
            print(&String::from_utf8_lossy(&page));
            return Outcome::Clean;
        };
        let written =
            fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command(), folder));
        match written {
            Ok(()) => Outcome::Clean,
            Err(error) => {
                let problem = Diagnostic::error(
                    "cannot-write",
                    format!("cannot write manual pages: {error}"),
                );
                report(
                    &[problem.in_path(folder.display().to_string())],
                    &Sources::new(),
                );
                Outcome::Failed
            }
        }
    }
}
