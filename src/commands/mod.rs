//! The command line: one file per command, its arguments and what it does.

mod check;
mod completions;
mod controls;
mod explain;
mod generate;
mod init;
mod man;
mod new;
mod progress;
mod schema;
mod services;
mod simulate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory, Parser, Subcommand};
use clap_verbosity_flag::{LogLevel, Verbosity, VerbosityFilter};
use terminal_size::{Height, Width};

use crate::diag::Diagnostic;
use crate::report::diagnostics::{self, Look};
use crate::source::Sources;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done and clean.
    Clean,
    /// It worked and found something: drift, findings.
    Found,
    /// It could not answer: usage, an invalid spec, input or output.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Clean => Self::from(0),
            Outcome::Found => Self::from(1),
            Outcome::Failed => Self::from(2),
        }
    }
}

/// Options of all commands stand apart from a command's own.
const GLOBAL: &str = "Global options";

/// Declarative AWS KMS keys: compliant CloudFormation and Terraform from one spec, proven equal to it.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Examples:\n  keywright init                 make a workspace of this folder\n  keywright new orders --purpose 'Encrypts orders' --user role=Shop\n                                 add a key\n  keywright generate             write output/ from specs/\n  keywright generate --check     for CI: fail when output/ is stale\n\nExit status: 0 done and clean, 1 it worked and found something,\n2 it could not answer."
)]
pub struct Cli {
    /// The workspace: the folder with `specs/` and `output/`.
    #[arg(
        short = 'C',
        long,
        global = true,
        value_name = "DIR",
        default_value = ".",
        help_heading = GLOBAL
    )]
    workspace: PathBuf,

    #[command(flatten, next_help_heading = GLOBAL)]
    color: colorchoice_clap::Color,

    #[command(flatten, next_help_heading = GLOBAL)]
    verbosity: Verbosity<Loudness>,

    #[command(subcommand)]
    command: Command,
}

/// What `-v` and `-q` do: nothing is logged, they add lines to results and take some away.
#[derive(Debug)]
struct Loudness;

impl LogLevel for Loudness {
    fn default_filter() -> VerbosityFilter {
        VerbosityFilter::Info
    }

    fn verbose_help() -> Option<&'static str> {
        Some("Also list files that stay as they are")
    }

    fn quiet_help() -> Option<&'static str> {
        Some("Print nothing but problems and what was asked for")
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    New(new::New),
    Generate(generate::Generate),
    Check(check::Check),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Services(services::Services),
    Controls(controls::Controls),
    Simulate(simulate::Simulate),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What every command gets beside its own arguments.
#[derive(Debug)]
struct Surroundings {
    workspace: PathBuf,
    /// Whether anything but results and errors is wanted.
    quiet: bool,
    /// Whether what stays as it is is wanted, too.
    verbose: bool,
}

/// Parses the process's arguments and runs the command.
#[must_use]
pub fn run() -> Outcome {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let outcome = if error.use_stderr() {
                Outcome::Failed
            } else {
                Outcome::Clean
            };
            // Nothing is left to be told to a terminal that is gone.
            let _ = error.print();
            return outcome;
        }
    };
    cli.color.write_global();
    let surroundings = Surroundings {
        workspace: cli.workspace,
        verbose: matches!(
            cli.verbosity.filter(),
            VerbosityFilter::Debug | VerbosityFilter::Trace
        ),
        quiet: matches!(
            cli.verbosity.filter(),
            VerbosityFilter::Off | VerbosityFilter::Error | VerbosityFilter::Warn
        ),
    };
    match cli.command {
        Command::Init(init) => init.run(&surroundings),
        Command::New(new) => new.run(&surroundings),
        Command::Generate(generate) => generate.run(&surroundings),
        Command::Check(check) => check.run(&surroundings),
        Command::Explain(explain) => explain.run(&surroundings),
        Command::Schema(schema) => schema.run(),
        Command::Services(services) => services.run(),
        Command::Controls(controls) => controls.run(),
        Command::Simulate(simulate) => simulate.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

/// The command line as `clap` knows it, for completions and manual pages.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// How the program is called for a workspace, to be shown in advice.
fn here(root: &Path) -> String {
    if root == Path::new(".") {
        return "keywright".to_owned();
    }
    let path = root.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if path.chars().all(plain) {
        format!("keywright -C {path}")
    } else {
        format!("keywright -C '{}'", path.replace('\'', "'\\''"))
    }
}

/// Prints to standard output; a reader that went away is no reason to fail.
fn print(text: &str) {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Where lines break when nobody says how wide the terminal is.
const WIDTH: usize = 80;

/// The width of the terminal that standard output goes to.
fn width() -> usize {
    columns(terminal_size::terminal_size_of(std::io::stdout())).unwrap_or(WIDTH)
}

/// The width of a terminal; `None` for a file or a pipe.
fn columns(size: Option<(Width, Height)>) -> Option<usize> {
    size.map(|(width, _)| usize::from(width.0).max(40))
}

/// How diagnostics look on standard output.
fn look() -> Look {
    let out = std::io::stdout();
    Look {
        styled: AutoStream::choice(&out) != ColorChoice::Never,
        width: columns(terminal_size::terminal_size_of(&out)),
    }
}

/// Prints to standard error.
fn print_error(text: &str) {
    use std::io::Write;
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints diagnostics to standard error, as people read them.
fn report(problems: &[Diagnostic], sources: &Sources) {
    let out = std::io::stderr();
    let look = Look {
        styled: AutoStream::choice(&out) != ColorChoice::Never,
        width: columns(terminal_size::terminal_size_of(&out)),
    };
    print_error(&diagnostics::text(problems, sources, look));
}

/// Whether a run has to stop.
fn has_errors(problems: &[Diagnostic]) -> bool {
    problems.iter().any(Diagnostic::is_error)
}
