//! Why units were oversold, over all seeds.

use super::super::chart::{Bar, Bars, Figure, LegendEntry, Measure};
use super::super::section::{Block, Cell, Section, Table};
use super::of_all;
use crate::experiment::replications::{CausesSummary, ReplicationsDocument};
use crate::measure::causes::{CauseLabel, DelayParts};
use crate::report::number::{counted, decimal, duration};
use crate::report::replications::estimate_text;

/// Causes by label and by channel, and where the time went; nothing where nobody asked.
pub fn section(document: &ReplicationsDocument) -> Option<Section> {
    let known: Vec<(&str, &CausesSummary)> = document
        .summaries
        .iter()
        .filter_map(|it| Some((it.contender.as_str(), it.causes.as_ref()?)))
        .collect();
    if known.is_empty() {
        return None;
    }
    let mut section = Section::new("causes", "Why", "Why units were oversold");
    let oversold: Vec<(&str, &CausesSummary)> = known
        .iter()
        .copied()
        .filter(|(_, it)| it.units > 0)
        .collect();
    if oversold.is_empty() {
        section.sentence = "Nobody oversold a unit on any seed.".to_string();
        return Some(section);
    }
    let said: Vec<String> = oversold
        .iter()
        .filter_map(|(name, causes)| {
            let most = causes.labels.iter().max_by_key(|it| it.units)?;
            Some(format!(
                "{name}: {} of {}, {}",
                of_all(most.units, causes.units),
                counted(causes.units, "unit"),
                most.label.name()
            ))
        })
        .collect();
    section.sentence = format!("What weighs most, over all seeds. {}.", said.join("; "));
    section.blocks.push(Block::Table {
        table: by_label(&oversold),
    });
    section.blocks.push(Block::chart(delays(&oversold)));
    section.blocks.push(Block::Table {
        table: by_channel(&oversold),
    });
    Some(section)
}

fn by_label(oversold: &[(&str, &CausesSummary)]) -> Table {
    let labels = CauseLabel::ALL.into_iter().filter(|label| {
        oversold
            .iter()
            .any(|(_, it)| it.labels.iter().any(|row| row.label == *label))
    });
    let rows = labels.map(|label| {
        let cells = oversold.iter().map(|(_, causes)| {
            let found = causes.labels.iter().find(|it| it.label == label);
            found.map_or_else(
                || Cell::plain("0"),
                |it| Cell {
                    text: estimate_text(&it.per_run, 1.0),
                    below: format!(
                        "{} of its units, on {}",
                        of_all(it.units, causes.units),
                        counted(it.runs, "seed")
                    ),
                    ..Cell::default()
                },
            )
        });
        std::iter::once(Cell::plain(label.name()))
            .chain(cells)
            .collect()
    });
    Table {
        caption: "Oversold units a run by cause, \u{b1} half the width of the 95 % interval"
            .to_string(),
        is_numeric: true,
        head: std::iter::once("cause".to_string())
            .chain(oversold.iter().map(|(name, _)| (*name).to_string()))
            .collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

/// Where the time went, a bar for each contender.
fn delays(oversold: &[(&str, &CausesSummary)]) -> Figure {
    let classes: Vec<String> = (0..DelayParts::NAMES.len())
        .map(|at| format!("p{at}"))
        .collect();
    let bars = oversold.iter().map(|(name, causes)| Bar {
        name: (*name).to_string(),
        note: format!("{} a unit", duration(causes.delays.total_s())),
        parts: causes.delays.parts().to_vec(),
    });
    let drawing = Bars {
        title: "time a unit".to_string(),
        measure: Measure::Duration,
        classes: classes.clone(),
        names: DelayParts::NAMES.map(str::to_string).to_vec(),
        bars: bars.collect(),
    };
    let numbered = DelayParts::NAMES.iter().enumerate();
    let legend = numbered
        .zip(&classes)
        .map(|((at, name), class)| LegendEntry::area(class, &format!("{} {name}", at + 1)));
    let head = std::iter::once("contender").chain(DelayParts::NAMES);
    let rows = oversold.iter().map(|(name, causes)| {
        let parts = causes.delays.parts().map(duration);
        std::iter::once((*name).to_string()).chain(parts).collect()
    });
    let figure = Figure {
        id: "delays-chart".to_string(),
        title: "Where the time went before an oversold unit".to_string(),
        sentence: "From what the count did not contain yet until it did, or the sale was made: what to buy.".to_string(),
        units: "Mean over the oversold units of all seeds.".to_string(),
        source: "replications.json".to_string(),
        legend: legend.collect(),
        table: std::iter::once(head.map(str::to_string).collect::<Vec<_>>())
            .chain(rows)
            .collect(),
        ..Figure::default()
    };
    figure.drawn(&drawing)
}

fn by_channel(oversold: &[(&str, &CausesSummary)]) -> Table {
    let mut rows = Vec::new();
    for (name, causes) in oversold {
        for it in &causes.channels {
            rows.push(vec![
                Cell::plain(*name),
                Cell::plain(it.channel.as_deref().unwrap_or_default()),
                Cell::plain(it.label.name()),
                Cell::plain(estimate_text(&it.per_run, 1.0)),
                Cell::plain(it.units.to_string()),
                Cell::plain(decimal(it.delays.total_s())),
            ]);
        }
    }
    let head = [
        "contender",
        "channel",
        "cause",
        "units a run",
        "units of all runs",
        "seconds a unit",
    ];
    Table {
        caption: "Causes by channel".to_string(),
        is_folded: true,
        head: head.map(str::to_string).to_vec(),
        rows,
        ..Table::default()
    }
}
