//! What a figure has to keep to: `staleness_s{channel=amazon}.p99 < 5min`.

use std::fmt;
use std::ops::Range;

use super::figure::Unit;
use super::path::{FigurePath, unquoted};
use super::quantity::Quantity;
use crate::scenario::error::suggestion;
use crate::scenario::model::ThresholdLevel;
use crate::scenario::text::shown;

/// Bytes of the longest check.
const LONGEST: usize = 1_000;

/// The contender that is a yardstick: thresholds that name no contender pass it over.
pub const YARDSTICK: &str = "informed-escrow";

/// What is wrong with a threshold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ThresholdError {
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: Option<String>,
    /// The bytes of the check that it is about.
    pub span: Range<usize>,
}

impl ThresholdError {
    pub(super) fn at(span: Range<usize>, message: impl Into<String>) -> ThresholdError {
        ThresholdError {
            message: message.into(),
            help: None,
            span,
        }
    }

    pub(super) fn help(self, help: impl Into<String>) -> ThresholdError {
        ThresholdError {
            help: Some(help.into()),
            ..self
        }
    }
}

/// How a value stands to its limit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Comparison; 5] = [
        Comparison::Less,
        Comparison::AtMost,
        Comparison::More,
        Comparison::AtLeast,
        Comparison::Equal,
    ];

    /// Its sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::More => ">",
            Comparison::AtLeast => ">=",
            Comparison::Equal => "==",
        }
    }

    /// Whether a value keeps to the limit.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Comparison::Less => value < limit,
            Comparison::AtMost => value <= limit,
            Comparison::More => value > limit,
            Comparison::AtLeast => value >= limit,
            Comparison::Equal => value == limit,
        }
    }

    /// Whether more of the figure can break it: `<`, `<=` and `==`.
    pub fn bounds_above(self) -> bool {
        matches!(
            self,
            Comparison::Less | Comparison::AtMost | Comparison::Equal
        )
    }
}

/// A limit on a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The figure.
    pub path: FigurePath,
    /// How it has to stand to the limit.
    pub comparison: Comparison,
    /// The limit.
    pub limit: Quantity,
    /// What a breach comes to.
    pub level: ThresholdLevel,
    /// As it was written.
    pub written: String,
}

/// The names that labels may have.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// Those who run.
    pub contenders: Vec<&'a str>,
    /// Those who exist and do not run here: a scenario's thresholds may name them, and are not judged then.
    pub others: Vec<&'a str>,
    /// The scenario's channels.
    pub channels: Vec<&'a str>,
    /// The scenario's currency.
    pub currency: &'a str,
}

impl Threshold {
    /// Reads `FIGURE COMPARISON LIMIT`.
    ///
    /// # Errors
    /// Says which bytes are wrong, and what may be meant.
    pub fn parse(text: &str, level: ThresholdLevel) -> Result<Threshold, ThresholdError> {
        if text.len() > LONGEST {
            let message = format!(
                "a threshold has at most {LONGEST} bytes, and this one {}",
                text.len()
            );
            return Err(ThresholdError::at(0..text.len(), message));
        }
        // Labels have an equals sign too, between braces.
        let mut depth = 0_u32;
        let signs = unquoted(text, |letter| "<>=!{}".contains(letter));
        let mut start = None;
        for at in signs {
            match text.as_bytes()[at] {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ if depth == 0 => {
                    start = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let signs = Comparison::ALL.map(Comparison::sign).join(" ");
        let Some(start) = start else {
            // What is wrong with the figure, or its labels, is told first.
            FigurePath::parse(text)?;
            let error = ThresholdError::at(0..text.len(), "there is no comparison in it");
            return Err(error.help(format!(
                "write a figure, one of {signs}, and a limit, like `oversold_units == 0`"
            )));
        };
        let length = text[start..]
            .bytes()
            .take_while(|it| b"<>=!".contains(it))
            .count();
        let sign = &text[start..start + length];
        let Some(comparison) = Comparison::ALL.into_iter().find(|it| it.sign() == sign) else {
            let error =
                ThresholdError::at(start..start + length, format!("`{sign}` is no comparison"));
            return Err(error.help(match sign {
                "=" => "did you mean `==`?".to_string(),
                _ => format!("one of {signs}"),
            }));
        };
        let path = FigurePath::parse(&text[..start])?;
        let behind = &text[start + length..];
        let limit = behind.trim();
        let from = start + length + (behind.len() - behind.trim_start().len());
        let span = match limit {
            "" => start..start + length,
            _ => from..from + limit.len(),
        };
        let limit = Quantity::parse(limit, path.unit())
            .map_err(|(message, help)| ThresholdError::at(span, message).help(help))?;
        Ok(Threshold {
            path,
            comparison,
            limit,
            level,
            written: text.trim().to_string(),
        })
    }

    /// Whether what it names exists.
    ///
    /// # Errors
    /// A channel, a contender or a currency that does not.
    pub fn check(&self, known: &Known<'_>) -> Result<(), ThresholdError> {
        let path = &self.path;
        if let Some(channel) = path
            .channel
            .as_deref()
            .filter(|it| !known.channels.contains(it))
        {
            let message = format!("the scenario has no channel `{}`", shown(channel));
            return Err(self
                .about(channel, message)
                .help(suggestion(channel, &known.channels)));
        }
        // A variant of a strategy exists as soon as somebody names it.
        let exists = |name: &&str| {
            let strategy = name.split(':').next().unwrap_or(name);
            known.contenders.contains(name) || known.others.contains(&strategy)
        };
        if let Some(name) = path.contender.as_deref().filter(|it| !exists(it)) {
            let message = format!("no contender `{}` runs", shown(name));
            return Err(self
                .about(name, message)
                .help(suggestion(name, &known.contenders)));
        }
        if let Some(currency) = self.limit.currency().filter(|it| *it != known.currency) {
            let message = format!("the scenario's money is {}, not {currency}", known.currency);
            return Err(self.about(currency, message));
        }
        Ok(())
    }

    fn about(&self, word: &str, message: String) -> ThresholdError {
        let at = self.written.rfind(word);
        let span = at.map_or(0..self.written.len(), |at| at..at + word.len());
        ThresholdError::at(span, message)
    }

    /// Whether it is about a contender.
    pub fn applies_to(&self, contender: &str) -> bool {
        match self.path.contender.as_deref() {
            Some(named) => named == contender,
            None => contender != YARDSTICK,
        }
    }

    /// What its value is measured in.
    pub fn unit(&self) -> Unit {
        self.path.unit()
    }
}

impl fmt::Display for Threshold {
    /// The check in its shortest form, which can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.path, self.comparison.sign(), self.limit)
    }
}
