//! What is wrong with a file that was given, all at once.

use std::fmt;
use std::path::Path;

use super::table::Table;

/// Most problems that are shown; the others are counted.
pub const MOST_PROBLEMS: usize = 20;
/// Characters of a value in a message.
const MOST_CHARACTERS: usize = 60;

/// Why files cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// What is wrong as a whole.
    pub message: String,
    /// Every place that is wrong, one a line: file, line, column, value.
    pub problems: Vec<String>,
    /// The way out.
    pub help: String,
}

impl ImportError {
    /// An error that is about no line.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> ImportError {
        ImportError {
            message: message.into(),
            problems: Vec::new(),
            help: help.into(),
        }
    }

    /// A file that cannot be opened or read on.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> ImportError {
        ImportError::new(
            format!("{} cannot be read: {error}", path.display()),
            "give the path of a CSV or tab-separated file, plain or gzip",
        )
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ImportError {}

/// Problems of lines, as they are found.
#[derive(Debug, Default)]
pub struct Problems {
    shown: Vec<String>,
    found: u64,
    ways_out: Vec<&'static str>,
}

impl Problems {
    /// Notes a problem of a field, and what is to be done about such a one.
    pub fn note(
        &mut self,
        (path, line): (&Path, u64),
        (column, value): (&str, &str),
        problem: &str,
        way_out: &'static str,
    ) {
        self.found += 1;
        if self.shown.len() < MOST_PROBLEMS {
            let value = excerpt(value);
            let file = path.display();
            self.shown.push(format!(
                "{file}:{line}: column `{column}` {problem}: `{value}`"
            ));
        }
        if !self.ways_out.contains(&way_out) {
            self.ways_out.push(way_out);
        }
    }

    /// Notes where a row has more fields than the header has names: a thousands separator or a comma that is in no quotes.
    pub fn note_width(&mut self, table: &Table) {
        if let Some((column, value)) = table.beyond_header() {
            self.note(
                (table.path(), table.line()),
                (&column.to_string(), &value),
                "is one that the header has no name for",
                "put fields that hold the separator in quotes",
            );
        }
    }

    /// Whether there are none.
    pub fn are_none(&self) -> bool {
        self.found == 0
    }

    /// The error that they make together.
    pub fn into_error(mut self, what: &str) -> ImportError {
        if let Some(more) = self
            .found
            .checked_sub(self.shown.len() as u64)
            .filter(|it| *it > 0)
        {
            self.shown.push(format!("and {more} more"));
        }
        let count = match self.found {
            1 => "1 problem".to_string(),
            found => format!("{found} problems"),
        };
        ImportError {
            message: format!("{what} cannot be used: {count}"),
            problems: self.shown,
            help: self.ways_out.join("; "),
        }
    }
}

/// The beginning of a text, for messages.
pub fn excerpt(text: &str) -> String {
    if text.chars().count() > MOST_CHARACTERS {
        text.chars()
            .take(MOST_CHARACTERS - 3)
            .chain("...".chars())
            .collect()
    } else {
        text.to_string()
    }
}
