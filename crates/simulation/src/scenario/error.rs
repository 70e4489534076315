//! What is wrong with a scenario: all of it at once, each with file, line and the way out.

use std::ops::Range;
use std::sync::Arc;

use thiserror::Error;

/// A scenario that cannot be used.
#[derive(Debug, Error)]
#[error("scenario `{name}` cannot be used: {}", count(problems.len()))]
pub struct ScenarioError {
    /// The name or path it was asked for by.
    pub name: String,
    /// Everything that was found wrong.
    pub problems: Vec<Problem>,
}

impl ScenarioError {
    /// The same without places in a text that nobody has seen, as when a value was laid over a scenario.
    pub fn without_places(mut self) -> ScenarioError {
        for problem in &mut self.problems {
            (problem.file, problem.span) = (None, None);
        }
        self
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{message}")]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// The file it is in; none when there is no file.
    pub file: Option<SourceFile>,
    /// Bytes of the offending text in the file.
    pub span: Option<Range<usize>>,
    /// What to say under it.
    pub label: String,
    /// The way out.
    pub help: Option<String>,
}

/// One file that took part, in the order of reading.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// Its path, or the name of a built-in scenario.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
}

impl Problem {
    /// A problem at a place in a file.
    pub fn at(
        file: &SourceFile,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        Problem {
            message: message.into(),
            file: Some(file.clone()),
            span: Some(span),
            label: label.into(),
            help: None,
        }
    }

    /// A problem with no place.
    pub fn placeless(message: impl Into<String>) -> Problem {
        Problem {
            message: message.into(),
            file: None,
            span: None,
            label: String::new(),
            help: None,
        }
    }

    /// The same with a way out.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

fn count(problems: usize) -> String {
    match problems {
        1 => "one problem".to_string(),
        n => format!("{n} problems"),
    }
}

/// Longer words are no misspelling of anything, characters.
const LONGEST_WORD: usize = 100;

/// The candidate nearest to a misspelt word, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().take(LONGEST_WORD + 1).count() > LONGEST_WORD {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            let longest = word.chars().count().max(candidate.chars().count());
            *distance <= (longest / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean", or the whole list when nothing is near.
pub fn suggestion(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if candidates.is_empty() => "nothing can be set here".to_string(),
        None => format!("one of {}", candidates.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_lists_what_is_not() {
        assert_eq!(nearest("shre", ["share", "name"]), Some("share"));
        assert_eq!(
            nearest("shopfy-plus", ["shopify-plus"]),
            Some("shopify-plus")
        );
        assert_eq!(nearest("colour", ["share", "name"]), None);
        assert_eq!(
            suggestion("colour", &["share", "name"]),
            "one of share, name"
        );
    }
}
