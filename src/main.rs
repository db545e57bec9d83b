//! The command line entry: parse arguments, call the library, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    keywright::commands::run().into()
}
