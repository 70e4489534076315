//! What served shops came to, for people: a few figures by channel, and what was broken.

use super::json::StrategyDocument;
use super::number::{count, duration};
use crate::measure::{Figures, Verdict};

type Column = (&'static str, fn(&Figures) -> String);

const COLUMNS: &[Column] = &[
    ("asked for", |it| count(it.offered_units)),
    ("sold", |it| count(it.accepted_units)),
    ("oversold", |it| count(it.oversold_units)),
    ("lost sales", |it| count(it.net_undersell_units)),
    ("orders not taken in", |it| count(it.lost_orders)),
    ("age of counts p99", |it| duration(it.staleness_s.p99)),
];

/// One line per channel and one for all, units in columns; then the guarantees that were broken.
pub fn served_table(run: &StrategyDocument) -> String {
    let mut lines: Vec<Vec<String>> = Vec::with_capacity(run.channels.len() + 2);
    let heads = COLUMNS.iter().map(|(head, _)| (*head).to_string());
    lines.push(std::iter::once(String::new()).chain(heads).collect());
    let channels = run.channels.iter().map(|(name, it)| (name.as_str(), it));
    for (name, figures) in channels.chain([("all", &run.figures)]) {
        let cells = COLUMNS.iter().map(|(_, value)| value(figures));
        lines.push(std::iter::once(name.to_string()).chain(cells).collect());
    }
    let widths: Vec<usize> = (0..=COLUMNS.len())
        .map(|column| {
            let widths = lines.iter().map(|line| line[column].chars().count());
            widths.max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in &lines {
        text.push_str(&format!("{:<width$}", line[0], width = widths[0]));
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    for guarantee in &run.guarantees {
        if guarantee.verdict == Verdict::Violated {
            text.push_str(&format!("violated: {}", guarantee.name));
            if let Some(first) = &guarantee.counter_example {
                text.push_str(&format!(
                    ", first at {:.3} s on {}: {}",
                    first.at_s, first.channel, first.what
                ));
            }
            text.push('\n');
        }
    }
    text
}
