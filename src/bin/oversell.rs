//! The `simulate` command under the name of its package.

#[path = "../main.rs"]
mod simulate;

fn main() -> std::process::ExitCode {
    simulate::main()
}
