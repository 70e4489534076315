//! Figures by their names: `staleness_s{channel=amazon,contender=escrow}.p99`.

use std::fmt;
use std::ops::Range;

use super::ThresholdError;
use super::figure::{Better, Figure, Part, Unit};
use super::table::{ALIASES, FIGURES};
use crate::engine::config::Strategy;
use crate::measure::Figures;
use crate::scenario::error::{nearest, suggestion};

/// The labels that there are.
const LABELS: [&str; 2] = ["channel", "contender"];

/// One number of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct FigurePath {
    /// The figure.
    pub figure: &'static Figure,
    /// Which of its numbers.
    pub part: Part,
    /// On one channel; over all when left out.
    pub channel: Option<String>,
    /// Of one contender; of each of them when left out.
    pub contender: Option<String>,
}

impl FigurePath {
    /// Every number that a run has, over all channels, in the order of the table.
    pub fn all() -> impl Iterator<Item = FigurePath> {
        let pairs = FIGURES
            .iter()
            .flat_map(|figure| figure.parts().iter().map(move |part| (figure, *part)));
        pairs.map(|(figure, part)| FigurePath {
            figure,
            part,
            channel: None,
            contender: None,
        })
    }

    /// The number in the figures of a run, or of one channel of it: labels have chosen them. `None` without samples.
    pub fn value(&self, figures: &Figures) -> Option<f64> {
        self.figure.value(self.part, figures)
    }

    /// What it is measured in.
    pub fn unit(&self) -> Unit {
        match self.part {
            Part::Share => Unit::Share,
            Part::Count => Unit::Count,
            _ => self.figure.unit,
        }
    }

    /// Which way it is better.
    pub fn better(&self) -> Better {
        match self.part {
            Part::Count => Better::Neither,
            _ => self.figure.better,
        }
    }

    /// Its name without labels: `staleness_s.p99`.
    pub fn name(&self) -> String {
        match self.part.name() {
            "" => self.figure.name.to_string(),
            part => format!("{}.{part}", self.figure.name),
        }
    }

    /// Reads `FIGURE`, `FIGURE.PART` or either with labels behind the figure or the part.
    ///
    /// # Errors
    /// Says which bytes are wrong, and what may be meant.
    pub fn parse(text: &str) -> Result<FigurePath, ThresholdError> {
        let (stem, labels, rest) = apart(text)?;
        let (mut channel, mut contender) = (None, None);
        for (key, value) in labels {
            let slot = match key.of(text) {
                "channel" => &mut channel,
                "contender" => &mut contender,
                other => {
                    let help = suggestion(other, &LABELS);
                    return Err(
                        ThresholdError::at(key.0, format!("there is no label `{other}`"))
                            .help(help),
                    );
                }
            };
            if slot.is_some() {
                let message = format!("the label `{}` is there twice", key.of(text));
                return Err(ThresholdError::at(key.0, message));
            }
            let value = value.of(text);
            let old = Strategy::OLD_NAMES.iter().find(|(old, _)| *old == value);
            let today = old.map(|(_, strategy)| strategy.name());
            *slot = Some(today.unwrap_or(value).to_string());
        }
        let name = format!("{}{}", stem.of(text), rest.of(text));
        let span = stem.0.start..if rest.0.is_empty() {
            stem.0.end
        } else {
            rest.0.end
        };
        let (figure, part) = resolve(&name, span)?;
        Ok(FigurePath {
            figure,
            part,
            channel,
            contender,
        })
    }
}

impl fmt::Display for FigurePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.figure.name)?;
        let labels = [("channel", &self.channel), ("contender", &self.contender)];
        let labels: Vec<String> = labels
            .iter()
            .filter_map(|(key, value)| Some(format!("{key}={}", quoted(value.as_deref()?))))
            .collect();
        if !labels.is_empty() {
            write!(f, "{{{}}}", labels.join(","))?;
        }
        match self.part.name() {
            "" => Ok(()),
            part => write!(f, ".{part}"),
        }
    }
}

/// A label's value as it can be read again.
fn quoted(value: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    match value {
        _ if !value.is_empty() && value.chars().all(plain) => value.to_string(),
        _ if value.contains('"') => format!("'{value}'"),
        _ => format!("\"{value}\""),
    }
}

/// A stretch of the text, without the blanks around it.
struct Piece(Range<usize>);

impl Piece {
    fn new(text: &str, range: Range<usize>) -> Piece {
        let whole = &text[range.clone()];
        let start = range.start + (whole.len() - whole.trim_start().len());
        let end = start + whole.trim().len();
        Piece(start..end)
    }

    fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.0.clone()]
    }
}

/// The positions of `wanted` outside quotes.
pub(super) fn unquoted(text: &str, wanted: impl Fn(char) -> bool) -> impl Iterator<Item = usize> {
    let mut quote = None;
    text.char_indices()
        .filter_map(move |(at, letter)| match quote {
            Some(own) => {
                if letter == own {
                    quote = None;
                }
                None
            }
            None if letter == '"' || letter == '\'' => {
                quote = Some(letter);
                None
            }
            None => wanted(letter).then_some(at),
        })
}

/// What stands before the labels, the labels (key and value without quotes), and what stands behind them.
#[expect(clippy::type_complexity, reason = "three pieces of one text")]
fn apart(text: &str) -> Result<(Piece, Vec<(Piece, Piece)>, Piece), ThresholdError> {
    let nothing = || Piece(text.len()..text.len());
    let Some(open) = unquoted(text, |letter| letter == '{').next() else {
        return Ok((Piece::new(text, 0..text.len()), Vec::new(), nothing()));
    };
    let Some(close) = unquoted(text, |letter| letter == '}').find(|at| *at > open) else {
        let error = ThresholdError::at(open..text.len(), "the labels have no end");
        return Err(error.help("write them like {channel=amazon,contender=escrow}"));
    };
    let rest = Piece::new(text, close + 1..text.len());
    let behind = rest.of(text);
    if !(behind.is_empty() || behind.starts_with('.')) || behind.contains(['{', '}']) {
        let error = ThresholdError::at(rest.0, format!("`{behind}` cannot stand behind labels"));
        return Err(error.help("a part may, like .p99"));
    }
    let inside = &text[open + 1..close];
    let mut labels = Vec::new();
    let mut from = 0;
    let ends = unquoted(inside, |letter| letter == ',').chain([inside.len()]);
    for end in ends {
        let range = open + 1 + from..open + 1 + end;
        from = (end + 1).min(inside.len());
        labels.push(label(text, range)?);
    }
    Ok((Piece::new(text, 0..open), labels, rest))
}

fn label(text: &str, range: Range<usize>) -> Result<(Piece, Piece), ThresholdError> {
    let whole = Piece::new(text, range.clone());
    let wrong = |span: Range<usize>| {
        let error = ThresholdError::at(span, format!("`{}` is no label", whole.of(text)));
        error.help("write a name and a value, like channel=amazon")
    };
    let Some(equals) = text[range.clone()].find('=') else {
        return Err(wrong(whole.0.clone()));
    };
    let key = Piece::new(text, range.start..range.start + equals);
    let mut value = Piece::new(text, range.start + equals + 1..range.end);
    let written = value.of(text);
    let quote = written.chars().next().filter(|it| ['"', '\''].contains(it));
    if let Some(quote) = quote {
        if written.len() < 2
            || !written.ends_with(quote)
            || written[1..written.len() - 1].contains(quote)
        {
            return Err(wrong(value.0));
        }
        value = Piece(value.0.start + 1..value.0.end - 1);
    } else if written.contains(['"', '\'', '=', '{']) {
        let quote = if written.contains('"') { '\'' } else { '"' };
        let error = ThresholdError::at(
            value.0.clone(),
            format!("`{written}` is a value that needs quotes"),
        );
        return Err(error.help(format!("write {}={quote}{written}{quote}", key.of(text))));
    }
    if key.0.is_empty() || value.0.is_empty() {
        return Err(wrong(whole.0.clone()));
    }
    Ok((key, value))
}

/// The figure and the part that a name without labels means.
fn resolve(name: &str, span: Range<usize>) -> Result<(&'static Figure, Part), ThresholdError> {
    let wrong = |message: String| ThresholdError::at(span.clone(), message);
    let ends = name
        .match_indices('.')
        .map(|(at, _)| at)
        .chain([name.len()]);
    let mut found = None;
    for end in ends {
        let stem = &name[..end];
        let alias = ALIASES.iter().find(|(alias, _)| *alias == stem);
        if let Some(figure) = Figure::named(alias.map_or(stem, |(_, figure)| figure)) {
            found = Some((figure, name[end..].trim_start_matches('.')));
        }
    }
    let Some((figure, rest)) = found else {
        let error = match name {
            "" => wrong("there is no figure here".to_string()),
            _ => wrong(format!("there is no figure `{name}`")),
        };
        return Err(error.help(match meant(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "docs/thresholds.md lists them, like `oversold_units` and `staleness_s.p99`"
                .to_string(),
        }));
    };
    let parts = figure.parts();
    if let Some(part) = parts.iter().find(|part| part.name() == rest) {
        return Ok((figure, *part));
    }
    let known: Vec<&str> = parts
        .iter()
        .map(|part| part.name())
        .filter(|it| !it.is_empty())
        .collect();
    if rest.is_empty() {
        let error = wrong(format!("`{name}` is spread over many samples"));
        return Err(error.help(format!(
            "say which of {} you mean, like `{name}.p99`",
            known.join(", ")
        )));
    }
    let error = wrong(format!("`{}` has no `{rest}`", figure.name));
    Err(error.help(match known.as_slice() {
        [] => "it is a number by itself".to_string(),
        known => suggestion(rest, known),
    }))
}

/// The figure that a misspelt name may mean, with its part as it was written.
fn meant(name: &str) -> Option<String> {
    let names = || {
        let aliases = ALIASES.iter().map(|(alias, _)| *alias);
        FIGURES.iter().map(|it| it.name).chain(aliases)
    };
    let whole = || nearest(name, names()).map(str::to_string);
    let Some((stem, part)) = name.rsplit_once('.') else {
        return whole();
    };
    let near = nearest(stem, names()).map(|near| format!("{near}.{part}"));
    near.or_else(whole)
}
