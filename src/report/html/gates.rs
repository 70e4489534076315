//! What else fails a command than promises: thresholds, and earlier runs that were better.

use super::section::{Block, Cell, Table, Tone};
use crate::experiment::compare::Comparison;
use crate::experiment::thresholds::{Judgement, Outcome};
use crate::report::json::Document;
use crate::report::number::counted;
use crate::report::thresholds::measured;
use crate::report::{Layout, comparison_table};

/// Thresholds and the comparison of one run; nothing where nobody asked for either.
pub fn blocks(document: &Document) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !document.thresholds.is_empty() {
        blocks.push(Block::Table {
            table: thresholds(&document.thresholds, &document.currency),
        });
    }
    blocks.extend(document.comparison.as_ref().map(comparison));
    blocks
}

/// A row for each threshold and contender.
pub fn thresholds(judgements: &[Judgement], currency: &str) -> Table {
    let rows = judgements.iter().map(|it| {
        let tone = match it.outcome {
            Outcome::Holds => Tone::Good,
            Outcome::Fails => Tone::Bad,
            Outcome::Warns => Tone::Fair,
            Outcome::Unknown | Outcome::NotJudged => Tone::Quiet,
        };
        vec![
            Cell::plain(it.check.as_str()),
            Cell::plain(it.contender.as_str()),
            Cell::toned(it.outcome.name(), tone),
            Cell::plain(measured(it, currency)),
        ]
    });
    Table {
        caption: "Thresholds by contender".to_string(),
        head: ["threshold", "contender", "outcome", "measured"]
            .map(str::to_string)
            .to_vec(),
        rows: rows.collect(),
        ..Table::default()
    }
}

/// What runs say beside earlier ones.
pub fn comparison(comparison: &Comparison) -> Block {
    Block::Code {
        heading: format!("{} against {}", comparison.after, comparison.before),
        text: comparison_table(std::slice::from_ref(comparison), Layout::PIPE),
        is_open: true,
    }
}

/// What fails the command beside promises, a sentence each; empty where nothing does.
pub fn failing(document: &Document) -> Vec<String> {
    let mut said = Vec::new();
    let failed = document.thresholds.iter();
    let failed = failed.filter(|it| it.outcome == Outcome::Fails).count() as u64;
    if failed > 0 {
        let were = if failed == 1 { "was" } else { "were" };
        said.push(format!(
            "{} {were} broken, which fails the command.",
            counted(failed, "threshold")
        ));
    }
    let failing = document.comparison.as_ref();
    if let Some(comparison) = failing.filter(|it| it.change.fails()) {
        said.push(format!(
            "Against {} it is {}, which fails the command.",
            comparison.before,
            comparison.change.name()
        ));
    }
    said
}
