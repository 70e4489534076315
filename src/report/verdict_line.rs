//! The answer in one sentence.

use super::json::{Document, StrategyDocument};
use super::number::{count, counted, percent};
use crate::experiment::thresholds::YARDSTICK;

/// One sentence over all strategies, the most careful first:
/// `escrow sold 41,210 units and oversold none; mirror sold 41,431 and oversold 212 (0.51 %).`
pub fn verdict_line(document: &Document) -> String {
    let mut runs: Vec<&StrategyDocument> = document.strategies.iter().collect();
    runs.sort_by_key(|run| {
        let baseline = run.strategy == YARDSTICK;
        (baseline, run.figures.oversold_units)
    });
    let parts: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(position, run)| clause(run, position == 0))
        .collect();
    let mut line = parts.join("; ");
    line.push('.');
    line
}

fn clause(run: &StrategyDocument, first: bool) -> String {
    let figures = &run.figures;
    let name = run.strategy.as_str();
    let sold = match first {
        true => counted(figures.accepted_units, "unit"),
        false => count(figures.accepted_units),
    };
    let of_accepted = if figures.accepted_units == 0 {
        0.0
    } else {
        figures.oversold_units as f64 / figures.accepted_units as f64
    };
    match (figures.accepted_units, figures.oversold_units) {
        (0, _) => format!("{name} sold nothing"),
        (_, 0) => format!("{name} sold {sold} and oversold none"),
        (_, oversold) => format!(
            "{name} sold {sold} and oversold {} ({})",
            count(oversold),
            percent(of_accepted)
        ),
    }
}
