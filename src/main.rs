//! The `simulate` command.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command.
pub fn main() -> ExitCode {
    oversell::cli::main(std::env::args_os())
}
