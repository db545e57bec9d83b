//! `keywright init`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Outcome, Surroundings, here, print, report};
use crate::source::Sources;
use crate::workspace;

/// Make a workspace: its file, a first spec, the schemas for editors, a CI workflow.
///
/// Nothing is ever overwritten: if a file is in the way, all that are get listed and nothing is written.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright init                make a workspace of the current folder\n  keywright init keys           make one in the folder `keys`, which need not exist"
)]
pub(super) struct Init {
    /// The folder, seen from the workspace that `-C` names.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

impl Init {
    pub(super) fn run(&self, surroundings: &Surroundings) -> Outcome {
        let root = surroundings.workspace.join(&self.folder);
        // `./.` and the like.
        let root: PathBuf = root.components().collect();
        let root = if root.as_os_str().is_empty() {
            Path::new(".").to_owned()
        } else {
            root
        };
        let written = match workspace::scaffold(&root) {
            Ok(written) => written,
            Err(problems) => {
                report(&problems, &Sources::new());
                return Outcome::Failed;
            }
        };
        if !surroundings.quiet {
            let mut text = String::new();
            for path in written {
                text.push_str(&format!("    created  {path}\n"));
            }
            let command = here(&root);
            text.push_str(&format!(
                "\nNext:\n  \
                 {command} generate                     turn specs/example.yaml into output/\n  \
                 {command} new ALIAS --purpose TEXT     add a key of your own\n\
                 Then commit all of it, output/ too: reviews and the workflow compare it with the specs.\n"
            ));
            print(&text);
        }
        Outcome::Clean
    }
}
