//! Engines that are not built in: how they are named, started and reached.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use crate::engine::config::Strategy;
use crate::serve::webhooks::is_loopback;
use crate::sim::stepped::child::{ChildLimits, ChildProcess};
use crate::sim::stepped::{LONGEST_LINE, Peer};

/// Endings of files that an interpreter is given to run.
const SCRIPTS: [&str; 11] = [
    "py", "js", "mjs", "cjs", "ts", "rb", "php", "pl", "lua", "sh", "jar",
];

/// What is wrong with an engine before it runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignError {
    /// The name cannot be a column and a part of file names.
    #[error("an engine cannot be called {0:?}")]
    UnusableName(String),
    /// The name stands for something else.
    #[error("there is another column called {0:?}")]
    TakenName(String),
    /// The text is not a program and its arguments.
    #[error("{0:?} is not a command")]
    NotACommand(String),
    /// The text is not an address.
    #[error("{0:?} is not an http: address")]
    NotAnAddress(String),
    /// The shops listen on this machine alone, so that the engine has to run here too.
    #[error("{0:?} is not on this machine")]
    Elsewhere(String),
    /// It would have failed before it began.
    #[error("an engine needs more than no time to answer")]
    NoTime,
}

/// Names are columns and parts of file names, and are unique among themselves and the strategies.
///
/// # Errors
/// [`ForeignError::UnusableName`] and [`ForeignError::TakenName`].
pub fn check_name<'a>(
    name: &str,
    taken: impl Iterator<Item = &'a str>,
) -> Result<(), ForeignError> {
    let usable = !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
    if !usable {
        return Err(ForeignError::UnusableName(name.to_string()));
    }
    let strategies = Strategy::ALL.iter().map(|strategy| strategy.name());
    check_unique(name, strategies.chain(taken))
}

pub(super) fn check_unique<'a>(
    name: &str,
    mut taken: impl Iterator<Item = &'a str>,
) -> Result<(), ForeignError> {
    // Many a file system takes upper and lower case for the same.
    if taken.any(|other| other.eq_ignore_ascii_case(name)) {
        return Err(ForeignError::TakenName(name.to_string()));
    }
    Ok(())
}

fn check_timeout(timeout: Duration) -> Result<(), ForeignError> {
    if timeout.is_zero() {
        return Err(ForeignError::NoTime);
    }
    Ok(())
}

/// A command that starts an engine of the stepped protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineCommand {
    text: String,
    words: Vec<String>,
    timeout: Duration,
}

impl EngineCommand {
    /// How long a step may take in real time unless something else is said.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// A command split into words as a shell does; `timeout` is the real time that one step may take.
    ///
    /// # Errors
    /// [`ForeignError::NotACommand`] and [`ForeignError::NoTime`].
    pub fn new(text: &str, timeout: Duration) -> Result<EngineCommand, ForeignError> {
        let words = shlex::split(text).filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| ForeignError::NotACommand(text.to_string()))?;
        check_timeout(timeout)?;
        Ok(EngineCommand {
            text: text.to_string(),
            words,
            timeout,
        })
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The program alone.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// What it is given.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The real time that one step may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The command's file without its ending: the first argument that is a file, or else the first that is written like one
    /// (a mistyped name is told as it was meant), or else the program.
    pub fn default_name(&self) -> String {
        let arguments = self.words.iter().skip(1);
        let named = || arguments.clone().filter(|word| !word.starts_with('-'));
        let is_like_file = |word: &&String| {
            let ending = Path::new(word).extension().and_then(|it| it.to_str());
            ending.is_some_and(|it| SCRIPTS.contains(&it))
        };
        let file = named()
            .find(|word| Path::new(word).is_file())
            .or_else(|| named().find(is_like_file));
        let file = file.map_or(self.program(), String::as_str);
        let stem = Path::new(file).file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy();
        // What a name cannot have in it stands in it as a dash, so that every file gives one.
        let letter = |it: char| match it.is_ascii_alphanumeric() || "-_.".contains(it) {
            true => it,
            false => '-',
        };
        let name: String = stem.trim_start_matches('.').chars().map(letter).collect();
        match name.is_empty() {
            true => "engine".to_string(),
            false => name,
        }
    }

    /// Starts the process; its standard error goes to `errors`, if there is such a file.
    pub(super) fn start(&self, errors: Option<File>) -> std::io::Result<Box<dyn Peer>> {
        let limits = ChildLimits {
            timeout: self.timeout,
            longest_line: LONGEST_LINE,
        };
        Ok(Box::new(ChildPeer(ChildProcess::start(
            &self.words,
            limits,
            errors,
        )?)))
    }
}

/// A child process as the simulation sees it.
struct ChildPeer(ChildProcess);

impl Peer for ChildPeer {
    fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String> {
        self.0.exchange(line).map_err(|trouble| trouble.to_string())
    }

    fn finish(&mut self) -> Result<Option<String>, String> {
        let status = self.0.finish().map_err(|trouble| trouble.to_string())?;
        let bad = status.filter(|status| !status.success());
        Ok(bad.map(|status| status.to_string()))
    }

    fn end(&mut self) -> Vec<String> {
        self.0.end()
    }
}

/// The address at which an engine that runs already waits for the connection document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineAddress {
    text: String,
    url: http::Uri,
    timeout: Duration,
    /// What the harness starts before it looks for the engine there; nothing when it runs already.
    command: Option<EngineCommand>,
}

impl EngineAddress {
    /// An `http:` address on this machine; `timeout` is the real time that the engine may take to accept the document.
    ///
    /// # Errors
    /// [`ForeignError::NotAnAddress`], [`ForeignError::Elsewhere`] and [`ForeignError::NoTime`].
    pub fn new(text: &str, timeout: Duration) -> Result<EngineAddress, ForeignError> {
        let url = text.parse::<http::Uri>().ok();
        let url = url.filter(|url| url.scheme_str() == Some("http") && url.host().is_some());
        let url = url.ok_or_else(|| ForeignError::NotAnAddress(text.to_string()))?;
        if !url.host().is_some_and(is_loopback) {
            return Err(ForeignError::Elsewhere(text.to_string()));
        }
        check_timeout(timeout)?;
        Ok(EngineAddress {
            text: text.to_string(),
            url,
            timeout,
            command: None,
        })
    }

    /// The same for an engine that the harness starts, and ends after the run.
    #[must_use]
    pub fn started_by(self, command: EngineCommand) -> EngineAddress {
        EngineAddress {
            command: Some(command),
            ..self
        }
    }

    /// What starts the engine.
    pub fn command(&self) -> Option<&EngineCommand> {
        self.command.as_ref()
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, parsed.
    pub fn url(&self) -> &http::Uri {
        &self.url
    }

    /// The real time that the engine may take to accept the document, and to come back when nobody listens there.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_called_by_its_file() {
        let name = |text: &str| {
            let command = EngineCommand::new(text, EngineCommand::TIMEOUT).unwrap();
            command.default_name()
        };
        assert_eq!(
            name("python3 -u examples/mirror_engine.py --fast"),
            "mirror_engine"
        );
        assert_eq!(name("target/release/my-engine --port 1"), "my-engine");
        assert_eq!(name("./engine.sh"), "engine");
        assert_eq!(name("python3 -u no-such-file.py --fast"), "no-such-file");
        assert_eq!(name("node --watch no/such/quotas.mjs"), "quotas");
        assert_eq!(name("python3 -m shop.sync"), "python3");
        assert_eq!(name("python3 'my engine.py' --fast"), "my-engine");
    }

    #[test]
    fn what_cannot_be_started_or_reached_is_refused() {
        let command = |text: &str| EngineCommand::new(text, EngineCommand::TIMEOUT);
        let not_a_command = |text: &str| Err(ForeignError::NotACommand(text.to_string()));
        assert_eq!(command("python3 'open"), not_a_command("python3 'open"));
        assert_eq!(command("  "), not_a_command("  "));
        assert_eq!(
            EngineCommand::new("true", Duration::ZERO),
            Err(ForeignError::NoTime)
        );
        let address = |text: &str| EngineAddress::new(text, EngineCommand::TIMEOUT);
        assert!(address("http://127.0.0.1:8080/connect").is_ok());
        assert!(matches!(
            address("https://127.0.0.1/"),
            Err(ForeignError::NotAnAddress(_))
        ));
        assert!(matches!(
            address("http://192.0.2.1/"),
            Err(ForeignError::Elsewhere(_))
        ));
    }

    #[test]
    fn names_are_columns_of_their_own() {
        let check = |name: &str| check_name(name, ["mine"].into_iter());
        assert_eq!(check("yours-2"), Ok(()));
        for unusable in ["", ".hidden", "a/b", "two words"] {
            assert_eq!(
                check(unusable),
                Err(ForeignError::UnusableName(unusable.to_string()))
            );
        }
        for taken in ["mine", "Mine", "mirror"] {
            assert_eq!(
                check(taken),
                Err(ForeignError::TakenName(taken.to_string()))
            );
        }
    }
}
