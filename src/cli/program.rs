//! The command under either of its names.

use std::ffi::OsString;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::Arguments;

/// The name in documentation.
const SIMULATE: &str = "simulate";
/// The package's own.
const OVERSELL: &str = "oversell";

/// What the command was called; its documented name when it was called something else altogether.
pub fn name(called: Option<&OsString>) -> &'static str {
    let stem = called.and_then(|path| Path::new(path).file_stem());
    if stem.is_some_and(|stem| stem == OVERSELL) {
        OVERSELL
    } else {
        SIMULATE
    }
}

/// The whole command, whose help speaks of itself by the name it was called.
pub fn command(program: &'static str) -> Command {
    let command = taking_negative_numbers(Arguments::command().name(program));
    if program == SIMULATE {
        return command;
    }
    renamed(command, program)
}

/// With all values of options taken as they stand where they begin like a negative number, so that it is the option that refuses
/// them, in its own words.
fn taking_negative_numbers(command: Command) -> Command {
    command
        .mut_args(|arg| match arg.get_action().takes_values() {
            true => arg.allow_negative_numbers(true),
            false => arg,
        })
        .mut_subcommands(taking_negative_numbers)
}

fn renamed(command: Command, program: &'static str) -> Command {
    let about = command.get_about().map(|text| by_name(text, program));
    let long_about = command.get_long_about().map(|text| by_name(text, program));
    let mut command = command
        .mut_args(|arg| {
            let help = arg.get_help().map(|text| by_name(text, program));
            let long = arg.get_long_help().map(|text| by_name(text, program));
            match (help, long) {
                (Some(help), Some(long)) => arg.help(help).long_help(long),
                (Some(help), None) => arg.help(help),
                (None, _) => arg,
            }
        })
        .mut_subcommands(|subcommand| renamed(subcommand, program));
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(about) = long_about {
        command = command.long_about(about);
    }
    command
}

fn by_name(text: &clap::builder::StyledStr, program: &str) -> String {
    text.to_string()
        .replace("`simulate ", &format!("`{program} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_speaks_of_the_command_as_it_was_called() {
        for (called, expected) in [
            ("/usr/bin/oversell", "oversell"),
            ("simulate", "simulate"),
            ("other", "simulate"),
        ] {
            assert_eq!(name(Some(&OsString::from(called))), expected);
        }
        let simulate = command(SIMULATE).render_long_help().to_string();
        assert!(simulate.contains("(`simulate list`)"), "{simulate}");
        let mut all = command(OVERSELL);
        all.build();
        let serve = all.find_subcommand_mut("serve").expect("it is there");
        let serve = serve.render_long_help().to_string();
        let help = all.render_long_help().to_string() + &serve;
        assert!(help.contains("(`oversell list`)"), "{help}");
        assert!(help.contains("`oversell engine --config FILE`"), "{help}");
        assert!(!help.contains("`simulate"), "{help}");
        let version = command(OVERSELL).render_version();
        assert!(version.starts_with("oversell "), "{version}");
    }
}
