//! What comes first: who oversold and how much, what was promised and kept, and the figures that decide.

use serde::Serialize;

use super::gates::failing;
use super::section::{Cell, Table, Tone};
use crate::measure::{BUDGET_KEPT, Extent, Guarantee, Verdict};
use crate::report::findings::{budget_words, guarantee_words};
use crate::report::json::{Document, StrategyDocument};
use crate::report::number::{count, counted, decimal, duration, percent, whole};

/// A contender at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// Class of its colour.
    pub class: String,
    /// Oversold units.
    pub number: String,
    /// What the number is.
    pub what: String,
    /// Whether it is good or bad.
    pub tone: Tone,
    /// Further figures, names and values.
    pub pairs: Vec<(String, String)>,
}

/// One tile for each contender.
pub fn tiles(document: &Document) -> Vec<Tile> {
    let runs = document.strategies.iter().enumerate();
    runs.map(|(position, run)| tile(document, position, run))
        .collect()
}

fn tile(document: &Document, position: usize, run: &StrategyDocument) -> Tile {
    let figures = &run.figures;
    let oversold = figures.oversold_units;
    let share =
        (figures.accepted_units > 0).then(|| oversold as f64 / figures.accepted_units as f64);
    let of = match share {
        Some(share) => format!(
            "oversold, {} of {} sold",
            percent(share),
            counted(figures.accepted_units, "unit")
        ),
        None => "oversold: it sold nothing".to_string(),
    };
    let pair = |name: &str, value: String| (name.to_string(), value);
    Tile {
        name: run.strategy.clone(),
        class: class_of(position),
        number: count(oversold),
        what: of,
        tone: if oversold == 0 { Tone::Good } else { Tone::Bad },
        pairs: vec![
            pair("lost sales", counted(figures.net_undersell_units, "unit")),
            pair(
                "lost against the pool",
                whole(figures.lost_against_pool_units),
            ),
            pair("age of counts, p99", duration(figures.staleness_s.p99)),
            pair("orders ingested, p99", duration(figures.ingestion_s.p99)),
            pair("calls per order", decimal(figures.calls_per_order)),
            pair("calls refused by limits", percent(figures.throttled_share)),
            pair(
                "cost",
                format!("{} {}", decimal(figures.cost), document.currency),
            ),
        ],
    }
}

/// The class of a contender's or channel's colour, by its position.
pub fn class_of(position: usize) -> String {
    format!("c{}", position % 8)
}

/// Guarantees by contender. What nobody was judged on, or what nothing tried, has no row.
pub fn guarantees(document: &Document) -> Table {
    let mut names: Vec<&str> = Vec::new();
    for guarantee in document.strategies.iter().flat_map(|run| &run.guarantees) {
        let is_said = matches!(guarantee.verdict, Verdict::Holds | Verdict::Violated);
        if is_said && !names.contains(&guarantee.name.as_str()) {
            names.push(&guarantee.name);
        }
    }
    let rows = names.into_iter().map(|name| {
        let of_runs = document.strategies.iter().map(|run| {
            let found = run.guarantees.iter().find(|it| it.name == name);
            found.map_or_else(|| Cell::toned("–", Tone::Quiet), cell)
        });
        std::iter::once(Cell::plain(guarantee_words(name)))
            .chain(of_runs)
            .collect()
    });
    let head = document.strategies.iter().map(|run| run.strategy.clone());
    Table {
        caption: "Guarantees, and how much broke them".to_string(),
        head: std::iter::once("guarantee".to_string())
            .chain(head)
            .collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

fn cell(guarantee: &Guarantee) -> Cell {
    let (text, tone) = match guarantee.verdict {
        Verdict::Holds => ("✓ holds", Tone::Good),
        Verdict::Violated if guarantee.matters() => ("✕ violated", Tone::Bad),
        Verdict::Violated => ("✕ violated", Tone::Fair),
        Verdict::Unknown if guarantee.name == BUDGET_KEPT => ("? left open", Tone::Quiet),
        Verdict::Unknown => ("? not tried", Tone::Quiet),
        Verdict::NotJudged => ("– not judged", Tone::Quiet),
    };
    let mut below: Vec<String> = guarantee.extent.iter().filter_map(size).collect();
    if guarantee.promised {
        let kept = match guarantee.verdict {
            Verdict::Violated => "it was promised",
            _ => "promised",
        };
        below.push(kept.to_string());
    }
    if let Some(caveat) = &guarantee.caveat {
        below.push(caveat.clone());
    }
    Cell {
        text: text.to_string(),
        below: below.join("; "),
        tone,
    }
}

/// `602 of 1,773 units sold (34.0 %)`; nothing where nothing broke.
fn size(extent: &Extent) -> Option<String> {
    if extent.broken == 0 {
        return None;
    }
    if extent.of == 0 {
        // What is counted is named in the plural.
        return Some(match extent.broken {
            1 => format!("one case: {}", extent.what),
            more => format!("{} {}", count(more), extent.what),
        });
    }
    Some(format!(
        "{} of {} {} ({})",
        count(extent.broken),
        count(extent.of),
        extent.what,
        percent(extent.share)
    ))
}

/// Above the table: what broke promises, in words, what else fails the command, and what the guarantee of a budget says.
pub fn promises(document: &Document) -> String {
    let kept = std::iter::once(kept_or_broken(document));
    let said = kept.chain(failing(document)).chain(budget_words(document));
    said.collect::<Vec<String>>().join(" ")
}

fn kept_or_broken(document: &Document) -> String {
    let broken: Vec<String> = document
        .broken_promises()
        .map(|(name, guarantee)| {
            format!(
                "{name} broke its promise \u{201c}{}\u{201d}",
                guarantee_words(&guarantee.name)
            )
        })
        .collect();
    if !broken.is_empty() {
        return format!("{}.", broken.join("; "));
    }
    let promising = document
        .strategies
        .iter()
        .filter(|run| run.guarantees.iter().any(|it| it.promised))
        .map(|run| run.strategy.as_str());
    let promising: Vec<&str> = promising.collect();
    if promising.is_empty() {
        "No contender promises anything, so that no promise could be broken.".to_string()
    } else {
        format!(
            "Every promise that was put to the test was kept; promises are made by {} alone.",
            promising.join(", ")
        )
    }
}

/// The contender that the page shows first: an engine of the user's own, else the one that oversold most, else the first.
pub fn foremost(document: &Document) -> usize {
    use crate::measure::BuiltInStrategy;
    let built_in = BuiltInStrategy::ALL.map(BuiltInStrategy::name);
    let runs = || document.strategies.iter().enumerate();
    let own = runs().find(|(_, run)| !built_in.contains(&run.strategy.as_str()));
    let worst = runs()
        .rev()
        .max_by_key(|(_, run)| run.figures.oversold_units);
    own.or(worst).map_or(0, |(position, _)| position)
}
