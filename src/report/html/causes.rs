//! Why units were oversold, where the delay went, and how the worst of them came about.

use super::chart::{Bar, Bars, Figure, LegendEntry, Measure, moment};
use super::section::{Block, Cell, Section, Story, StoryStep, Table};
use crate::experiment::file_name;
use crate::measure::Causes;
use crate::measure::causes::{CauseLabel, Chain, DelayParts, Step};
use crate::report::json::{Document, StrategyDocument};
use crate::report::number::{count, counted, duration, percent};

/// Stories of one contender.
const STORIES: usize = 3;

/// Why, by contender; the foremost first.
pub fn section(document: &Document, order: &[usize]) -> Section {
    const SHORT: &str = "Causes";
    const HEADING: &str = "Why, and where the time went";
    let runs = || {
        order
            .iter()
            .map(|position| (*position, &document.strategies[*position]))
    };
    if runs().all(|(_, run)| run.causes.is_none()) {
        return Section::without(
            "causes",
            SHORT,
            HEADING,
            "Causes were not asked for in this run.",
        );
    }
    let mut section = Section::new("causes", SHORT, HEADING);
    let with_units = || {
        runs().filter_map(|(position, run)| {
            Some((
                position,
                run,
                run.causes.as_ref().filter(|it| it.units > 0)?,
            ))
        })
    };
    if with_units().next().is_none() {
        section.sentence = "No unit was oversold, so that there is nothing to explain.".to_string();
        return section;
    }
    for (number, (position, run, causes)) in with_units().enumerate() {
        let figure = figure(position, run, causes, number > 0);
        if number == 0 {
            section.blocks.push(Block::chart(figure));
            section.blocks.push(Block::Table {
                table: labels(run, causes),
            });
            continue;
        }
        match section.blocks.last_mut() {
            Some(Block::Charts { figures }) => figures.push(figure),
            _ => section.blocks.push(Block::Charts {
                figures: vec![figure],
            }),
        }
    }
    for (_, run, causes) in with_units().skip(1) {
        section.blocks.push(Block::Table {
            table: labels(run, causes),
        });
    }
    section
}

/// Units and the sum of their delays, by channel.
fn by_channel(causes: &Causes) -> Vec<(&str, u64, [f64; 7])> {
    let mut found: Vec<(&str, u64, [f64; 7])> = Vec::new();
    for row in &causes.rows {
        let known = found.iter().position(|it| it.0 == row.channel);
        let at = known.unwrap_or_else(|| {
            found.push((&row.channel, 0, [0.0; 7]));
            found.len() - 1
        });
        found[at].1 += row.units;
        for (sum, part) in found[at].2.iter_mut().zip(row.delays.parts()) {
            *sum += part;
        }
    }
    found
}

fn figure(position: usize, run: &StrategyDocument, causes: &Causes, is_small: bool) -> Figure {
    let classes: Vec<String> = (0..DelayParts::NAMES.len())
        .map(|part| format!("p{part}"))
        .collect();
    let channels = by_channel(causes);
    let bars = channels.iter().map(|(channel, units, sums)| Bar {
        name: channel.to_string(),
        note: counted(*units, "unit"),
        parts: sums
            .iter()
            .map(|sum| sum / (*units).max(1) as f64)
            .collect(),
    });
    let drawing = Bars {
        title: "mean time of an oversold unit".to_string(),
        measure: Measure::Duration,
        classes: classes.clone(),
        names: DelayParts::NAMES.map(str::to_string).to_vec(),
        bars: bars.collect(),
    };
    let named = classes.iter().zip(DelayParts::NAMES).enumerate();
    let legend = named
        .map(|(part, (class, name))| LegendEntry::area(class, &format!("{} {name}", part + 1)));
    let head = ["channel", "units"]
        .into_iter()
        .chain(DelayParts::NAMES)
        .map(str::to_string);
    let rows = channels.iter().map(|(channel, units, sums)| {
        let means = sums
            .iter()
            .map(|sum| duration(sum / (*units).max(1) as f64));
        [channel.to_string(), count(*units)]
            .into_iter()
            .chain(means)
            .collect()
    });
    Figure {
        id: format!("delays-{position}"),
        title: format!(
            "{}: from the change that a count lacked to the sale that it let through",
            run.strategy
        ),
        sentence: sentence(causes),
        units: "Mean over the oversold units of a channel, simulated time.".to_string(),
        source: "figures.json".to_string(),
        is_small,
        legend: legend.collect(),
        table: std::iter::once(head.collect()).chain(rows).collect(),
        ..Figure::default()
    }
    .drawn(&drawing)
}

/// `Of 179 units, 64 were oversold on amazon with their news in flight; 72 % of their time is “apply delay”.`
fn sentence(causes: &Causes) -> String {
    let Some(most) = causes.rows.iter().max_by_key(|row| row.units) else {
        return "Nothing was oversold.".to_string();
    };
    let all = most.delays.total_s();
    let parts = most.delays.parts();
    let largest = (0..parts.len())
        .max_by(|one, other| parts[*one].total_cmp(&parts[*other]))
        .unwrap_or(0);
    let mut text = format!(
        "Of {} the largest part, {}, was oversold on {}: {}",
        counted(causes.units, "unit"),
        count(most.units),
        most.channel,
        most.label.name()
    );
    if all > 0.0 {
        text.push_str(&format!(
            "; {} of their time is \u{201c}{}\u{201d}",
            percent(parts[largest] / all),
            DelayParts::NAMES[largest]
        ));
    }
    text.push('.');
    text
}

fn labels(run: &StrategyDocument, causes: &Causes) -> Table {
    let channels: Vec<&str> = by_channel(causes).into_iter().map(|it| it.0).collect();
    let units = |label: CauseLabel, channel: Option<&str>| -> u64 {
        let rows = causes.rows.iter().filter(|row| row.label == label);
        rows.filter(|row| channel.is_none_or(|it| it == row.channel))
            .map(|row| row.units)
            .sum()
    };
    let used = CauseLabel::ALL
        .into_iter()
        .filter(|label| units(*label, None) > 0);
    let rows = used.map(|label| {
        let each = channels.iter().map(|channel| Some(*channel)).chain([None]);
        let cells = each.map(|channel| Cell::plain(count(units(label, channel))));
        std::iter::once(Cell::plain(label.name()))
            .chain(cells)
            .collect()
    });
    let head = std::iter::once("cause")
        .chain(channels.iter().copied())
        .chain(["together"]);
    Table {
        caption: format!("{}: oversold units by cause and channel", run.strategy),
        is_numeric: true,
        head: head.map(str::to_string).collect(),
        rows: rows.collect(),
        ..Table::default()
    }
}

/// The worst SKUs' examples, in words.
pub fn stories(document: &Document, order: &[usize]) -> Section {
    let heading = "The worst units explained";
    let mut section = Section::new("units", "Worst units", heading);
    for (number, position) in order.iter().enumerate() {
        let run = &document.strategies[*position];
        let Some(causes) = &run.causes else { continue };
        let most = if number == 0 { STORIES } else { 1 };
        for worst in causes.worst_skus.iter().take(most) {
            let chain = &worst.example;
            let kinds = worst
                .labels
                .iter()
                .map(|(label, units)| format!("{} {}", count(*units), label.name()));
            let kinds: Vec<String> = kinds.collect();
            section.blocks.push(Block::Story {
                story: Story {
                    heading: format!(
                        "{}: unit {} of SKU {} on {}",
                        run.strategy,
                        chain.unit,
                        chain.sku_name(),
                        chain.channel
                    ),
                    sentence: format!(
                        "{} of SKU {} were oversold from {} to {}: {}. One of them:",
                        counted(worst.units, "unit"),
                        chain.sku_name(),
                        moment(worst.first_at_s),
                        moment(worst.last_at_s),
                        kinds.join(", ")
                    ),
                    steps: steps(chain),
                    note: format!(
                        "Cause: {}{}. Every chain is in causes/{}.jsonl.",
                        chain.label.name(),
                        chain
                            .fault
                            .as_ref()
                            .map_or_else(String::new, |fault| format!(" ({fault})")),
                        file_name(&run.strategy)
                    ),
                },
            });
        }
    }
    if section.blocks.is_empty() {
        let asked = document.strategies.iter().any(|run| run.causes.is_some());
        section.sentence = match asked {
            true => "No unit was oversold.".to_string(),
            false => "Causes were not asked for in this run.".to_string(),
        };
    }
    section
}

fn steps(chain: &Chain) -> Vec<StoryStep> {
    let links = chain.links.iter().map(|link| {
        let apart = link.at_s - chain.at_s;
        StoryStep {
            at: moment(link.at_s),
            apart: match link.step == Step::Oversold {
                true => String::new(),
                false if apart < 0.0 => format!("{} before", duration(-apart)),
                false => format!("{} after", duration(apart)),
            },
            place: link.place.clone(),
            what: link.what.clone(),
            is_end: link.step == Step::Oversold,
        }
    });
    links.collect()
}
