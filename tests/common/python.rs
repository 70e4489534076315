//! Python with pinned packages, for tests that read what we write with somebody else's library.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a command that has to end well, and gives what it printed.
pub fn must(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {err}");
    String::from_utf8(output.stdout).unwrap()
}

/// A Python with the packages of `requirements`, a file of this repository, in a folder beside the build's other results; none
/// where Python is missing.
pub fn python(folder: &str, requirements: &str) -> Option<PathBuf> {
    let there = Command::new("python3")
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    if !there.is_ok_and(|it| it.status.success()) {
        return None;
    }
    let built = Path::new(env!("CARGO_BIN_EXE_simulate"));
    let target = built.ancestors().nth(2).expect("target/<profile>/simulate");
    let folder = target.join(folder);
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements);
    let content = std::fs::read_to_string(&pinned).unwrap();
    let python = folder.join("bin/python");
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|it| it == content) {
        return Some(python);
    }
    // A half-finished installation is of no use.
    let _ = std::fs::remove_dir_all(&folder);
    must(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    must(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "-r"])
            .arg(&pinned),
    );
    std::fs::write(stamp, content).unwrap();
    Some(python)
}
