//! What the command says of itself: its names, subcommands, completions and manual.

use assert_cmd::Command;
use serde_json::Value;

use super::{run, simulate};

#[test]
fn list_and_schema_answer_on_standard_output() {
    let (code, out, err) = run(simulate().arg("list"));
    assert_eq!((code, err.as_str()), (0, ""));
    for name in oversell::scenario::builtin::names() {
        assert!(out.contains(name), "{name}");
    }
    for arguments in [&["schema"][..], &["schema", "--output"]] {
        let (code, out, err) = run(simulate().args(arguments));
        assert_eq!((code, err.as_str()), (0, ""));
        let schema: Value = serde_json::from_str(&out).unwrap();
        assert!(schema["$schema"].is_string() && schema["properties"].is_object());
    }
}

/// The command under the name of its package.
fn oversell() -> Command {
    Command::new(env!("CARGO_BIN_EXE_oversell"))
}

#[test]
fn the_command_speaks_of_itself_by_the_name_it_was_called() {
    for (mut command, name, other) in [
        (simulate(), "simulate", "oversell "),
        (oversell(), "oversell", "simulate "),
    ] {
        let (code, help, _) = run(command.arg("--help"));
        assert_eq!(code, 0);
        assert!(help.contains(&format!("Usage: {name} ")), "{help}");
        assert!(help.contains(&format!("(`{name} list`)")), "{help}");
        assert!(!help.contains(other), "{help}");
    }
    let (code, list, _) = run(oversell().arg("list"));
    assert_eq!(code, 0);
    assert!(list.contains("(oversell --scenario NAME)"), "{list}");
    let (_, version, _) = run(oversell().arg("--version"));
    assert!(version.starts_with("oversell "), "{version}");
}

/// The subcommands that the help lists.
fn subcommands() -> Vec<String> {
    let (_, help, _) = run(simulate().arg("--help"));
    let from = help.find("\nCommands:\n").unwrap();
    let lines = help[from..].lines().skip(2);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_string)
        .collect()
}

#[test]
fn shells_complete_what_there_is() {
    let names = subcommands();
    assert!(names.len() >= 7, "{names:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        for (mut command, name) in [(simulate(), "simulate"), (oversell(), "oversell")] {
            let (code, script, err) = run(command.args(["completions", shell]));
            assert_eq!((code, err.as_str()), (0, ""));
            assert!(script.contains(name), "{shell}: {script}");
            for subcommand in &names {
                assert!(
                    script.contains(subcommand.as_str()),
                    "{shell} does not know {subcommand}"
                );
            }
            assert!(script.contains("engine-command"), "{shell}: {script}");
        }
    }
    let (code, out, err) = run(simulate().args(["completions", "tcsh"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("bash"), "{err}");
}

/// Bash itself takes the script, and completes with it.
#[test]
fn bash_completes_a_subcommand() {
    let (_, script, _) = run(simulate().args(["completions", "bash"]));
    let asked = format!(
        "{script}\nCOMP_WORDS=(simulate ser); COMP_CWORD=1; _simulate simulate ser simulate\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let Ok(output) = std::process::Command::new("bash")
        .args(["-c", &asked])
        .output()
    else {
        eprintln!("skipped: there is no bash");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "serve\n", "{said}");
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let (code, page, err) = run(simulate().arg("man"));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(page.contains(".TH simulate 1"), "{page}");
    for section in ["SYNOPSIS", "DESCRIPTION", "OPTIONS", "SUBCOMMANDS"] {
        assert!(page.contains(&format!(".SH {section}")), "{section}");
    }
    for name in subcommands() {
        let (code, page, err) = run(oversell().args(["man", &name]));
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        assert!(page.contains(&format!("oversell-{name}")), "{page}");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let (code, out, err) = run(simulate().args(["man", "serv"]));
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("serve"), "{err}");
}
