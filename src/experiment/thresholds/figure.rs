//! What a figure is measured in, which way it is better, and of what it has shares.

use serde::{Deserialize, Serialize};

use crate::measure::{Figures, Spread};

/// What a figure is measured in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole pieces of goods, or their mean.
    Units,
    /// Orders.
    Orders,
    /// Calls of an API.
    Calls,
    /// Other things that are counted: parcels, samples.
    Count,
    /// Simulated time.
    Seconds,
    /// A part of a whole, 0..=1.
    Share,
    /// The scenario's currency.
    Money,
    /// Orders a second.
    PerSecond,
}

impl Unit {
    /// All of them.
    pub const ALL: [Unit; 8] = [
        Unit::Units,
        Unit::Orders,
        Unit::Calls,
        Unit::Count,
        Unit::Seconds,
        Unit::Share,
        Unit::Money,
        Unit::PerSecond,
    ];

    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Units => "units",
            Unit::Orders => "orders",
            Unit::Calls => "calls",
            Unit::Count => "count",
            Unit::Seconds => "seconds",
            Unit::Share => "share",
            Unit::Money => "money",
            Unit::PerSecond => "per second",
        }
    }

    /// How a limit in it is written.
    pub const fn example(self) -> &'static str {
        match self {
            Unit::Units | Unit::Orders | Unit::Calls | Unit::Count => "10",
            Unit::Seconds => "5min",
            Unit::Share => "1%",
            Unit::Money => "2500",
            Unit::PerSecond => "5/s",
        }
    }
}

/// Which way a figure is better.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better.
    Lower,
    /// More is better.
    Higher,
    /// It describes a run and does not judge it.
    Neither,
}

impl Better {
    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Neither => "-",
        }
    }
}

/// What a count is a part of.
#[derive(Copy, Clone, Debug)]
pub struct Whole {
    /// The figure's name.
    pub name: &'static str,
    pub(super) read: fn(&Figures) -> u64,
}

/// How a figure is read.
#[derive(Copy, Clone, Debug)]
pub(super) enum Reading {
    Count(fn(&Figures) -> u64),
    Always(fn(&Figures) -> f64),
    Maybe(fn(&Figures) -> Option<f64>),
    Spread(fn(&Figures) -> Spread),
}

/// A figure of [`Figures`], as thresholds and comparisons know it.
#[derive(Copy, Clone, Debug)]
pub struct Figure {
    /// Its name, with a dot before the member of a structure.
    pub name: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// Which way it is better.
    pub better: Better,
    /// What it can be taken as a share of.
    pub whole: Option<Whole>,
    /// Whether no value means that it never came, rather than that nothing was there to be measured.
    pub never: bool,
    /// What it is, in a few words.
    pub says: &'static str,
    pub(super) reading: Reading,
}

impl PartialEq for Figure {
    fn eq(&self, other: &Figure) -> bool {
        self.name == other.name
    }
}

impl Figure {
    /// Looks one up by its name.
    pub fn named(name: &str) -> Option<&'static Figure> {
        super::table::FIGURES.iter().find(|it| it.name == name)
    }

    /// What can be asked of it.
    pub fn parts(&self) -> &'static [Part] {
        match (self.reading, self.whole) {
            (Reading::Spread(_), _) => &[
                Part::P50,
                Part::P95,
                Part::P99,
                Part::Max,
                Part::Mean,
                Part::Count,
            ],
            (_, Some(_)) => &[Part::Value, Part::Share],
            _ => &[Part::Value],
        }
    }

    pub(super) fn value(&self, part: Part, figures: &Figures) -> Option<f64> {
        let spread = match (self.reading, part) {
            (Reading::Count(read), Part::Share) => {
                let whole = (self.whole?.read)(figures);
                return (whole > 0).then(|| read(figures) as f64 / whole as f64);
            }
            (Reading::Count(read), _) => return Some(read(figures) as f64),
            (Reading::Always(read), _) => return Some(read(figures)),
            (Reading::Maybe(read), _) => return read(figures),
            (Reading::Spread(read), _) => read(figures),
        };
        match part {
            Part::P50 => spread.p50,
            Part::P95 => spread.p95,
            Part::P99 => spread.p99,
            Part::Max => spread.max,
            Part::Mean => spread.mean,
            Part::Count => Some(spread.count as f64),
            Part::Value | Part::Share => None,
        }
    }
}

/// What is asked of a figure.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The figure itself.
    Value,
    /// The figure as a share of its whole.
    Share,
    /// Median of a spread.
    P50,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Maximum.
    Max,
    /// Mean.
    Mean,
    /// Samples.
    Count,
}

impl Part {
    /// The word behind the dot; empty for the figure itself.
    pub const fn name(self) -> &'static str {
        match self {
            Part::Value => "",
            Part::Share => "share",
            Part::P50 => "p50",
            Part::P95 => "p95",
            Part::P99 => "p99",
            Part::Max => "max",
            Part::Mean => "mean",
            Part::Count => "count",
        }
    }
}
