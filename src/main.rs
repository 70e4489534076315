//! The `simulate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    oversell::cli::main(std::env::args_os())
}
