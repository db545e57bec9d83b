//! The command line entry: parse arguments, call the library, exit.

fn main() {}
