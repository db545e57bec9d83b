//! The command line entry: parse arguments, call the library, exit.

use std::process::ExitCode;

/// Trees of many small nodes on several threads are what this program is made of.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keywright::commands::run().into()
}
