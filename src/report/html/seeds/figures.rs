//! All figures as tables.

use super::super::section::{Block, Cell, Section, Table};
use crate::experiment::replications::{Estimates, ReplicationsDocument};
use crate::report::replications::{estimate_text, never_text};

/// Figures of the table by channel.
const BY_CHANNEL: [(&str, &str); 6] = [
    ("sold", "accepted_units"),
    ("oversold", "oversold_units"),
    ("lost sales", "net_undersell_units"),
    ("age p99, s", "staleness_s.p99"),
    ("ingested p99, s", "ingestion_s.p99"),
    ("calls an order", "calls_per_order"),
];

fn text(figures: &Estimates, path: &str) -> Cell {
    let found = figures.get(path);
    Cell::plain(found.map_or("-".to_string(), |it| estimate_text(it, 1.0)))
}

/// Every figure that somebody has a value of.
pub fn table(document: &ReplicationsDocument) -> Table {
    let summaries = &document.summaries;
    let mut paths: Vec<&String> = summaries.iter().flat_map(|it| it.figures.keys()).collect();
    paths.sort();
    paths.dedup();
    let rows = paths.iter().map(|path| {
        let cells = summaries.iter().map(|it| {
            let never = never_text(path, it.figures.get(path.as_str()), document.runs);
            never.map_or_else(|| text(&it.figures, path), Cell::plain)
        });
        std::iter::once(Cell::plain(path.as_str()))
            .chain(cells)
            .collect()
    });
    Table {
        caption: "All figures, means of a run \u{b1} half the width of their 95 % interval"
            .to_string(),
        is_folded: true,
        is_numeric: true,
        head: std::iter::once("figure".to_string())
            .chain(summaries.iter().map(|it| it.contender.clone()))
            .collect(),
        rows: rows.collect(),
    }
}

/// The channels of every contender.
pub fn channels(document: &ReplicationsDocument) -> Section {
    let mut section = Section::new("channels", "Channels", "Channel by channel");
    for summary in &document.summaries {
        let rows = summary.channels.iter().map(|(name, figures)| {
            let cells = BY_CHANNEL.iter().map(|(_, path)| text(figures, path));
            std::iter::once(Cell::plain(name.as_str()))
                .chain(cells)
                .collect()
        });
        section.blocks.push(Block::Table {
            table: Table {
                caption: format!(
                    "{}: means of a run \u{b1} half the width of their 95 % interval",
                    summary.contender
                ),
                is_numeric: true,
                head: std::iter::once("channel")
                    .chain(BY_CHANNEL.map(|(name, _)| name))
                    .map(str::to_string)
                    .collect(),
                rows: rows.collect(),
                ..Table::default()
            },
        });
    }
    section
}
