//! `keywright completions`.

use clap::Args;
use clap_complete::Shell;

use super::{Outcome, command, print};

/// Print what a shell needs to complete keywright's commands and options.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  keywright completions bash > /etc/bash_completion.d/keywright\n  keywright completions zsh > ~/.zfunc/_keywright\n  keywright completions fish > ~/.config/fish/completions/keywright.fish"
)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "keywright", &mut text);
        print(&String::from_utf8_lossy(&text));
        Outcome::Clean
    }
}
