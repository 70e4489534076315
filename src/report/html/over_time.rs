//! How old displayed counts were, and what became of buyers' orders, over time.

use super::chart::{Axis, Figure, Layer, LegendEntry, Measure, Plot, Window, moment};
use super::picture::reach;
use super::section::{Block, Section};
use super::verdict::class_of;
use crate::experiment::file_name;
use crate::measure::series::Row;
use crate::report::json::{FaultWindow, StrategyDocument};
use crate::report::number::{count, duration, percent};
use crate::report::run_files::{ContenderFiles, RunFiles};

/// Most points of a line of ages.
const MOST_STRETCHES: usize = 60;

/// Time on the horizontal axis.
fn time_axis((low, high): (f64, f64)) -> Axis {
    Axis {
        title: "since the scenario\u{2019}s start (h:mm:ss)".to_string(),
        measure: Measure::Moment,
        low,
        high,
    }
}

fn shaded(windows: &[FaultWindow]) -> Vec<Window> {
    let each = windows.iter().map(|it| Window {
        from: it.from_s,
        until: it.until_s,
        label: match &it.channel {
            Some(channel) => format!("{} at {channel}", it.kind),
            None => it.kind.clone(),
        },
    });
    each.collect()
}

/// The rows of all channels together, in a stretch of time.
fn all_channels(files: &ContenderFiles, (from, until): (f64, f64)) -> Vec<&Row> {
    let rows = files.series.iter().flatten();
    rows.filter(|row| row.channel == "all" && row.from_s + row.width_s > from && row.from_s < until)
        .collect()
}

/// Ages by stretches that are wide enough to be seen: the mean of their medians, by how many looked.
fn ages(rows: &[&Row], (from, until): (f64, f64)) -> Vec<(f64, Option<f64>)> {
    let together = rows.len().div_ceil(MOST_STRETCHES).max(1);
    let groups = rows.chunks(together).map(|group| {
        let first = group[0].from_s.max(from);
        let last = group.last().map_or(first, |row| row.from_s + row.width_s);
        let (mut sum, mut looks) = (0.0, 0);
        for row in group {
            if let Some(age) = row.displayed_age_p50_s {
                let weight = row.attempts.max(1);
                sum += age * weight as f64;
                looks += weight;
            }
        }
        let mean = (looks > 0).then(|| sum / looks as f64);
        ((first + last.min(until)) / 2.0, mean)
    });
    groups.collect()
}

/// Ages of displayed counts, over time and as a distribution.
pub fn staleness(run: &RunFiles, order: &[usize]) -> Section {
    let mut section = Section::new(
        "staleness",
        "Staleness",
        "How old the counts were that buyers saw",
    );
    let reach = run.document.strategies.first().map_or((0.0, 1.0), reach);
    let (mut layers, mut legend, mut highest) = (Vec::new(), Vec::new(), 0.0_f64);
    for position in 0..run.contenders.len() {
        let files = &run.contenders[position];
        let points = ages(&all_channels(files, reach), reach);
        if points.iter().any(|it| it.1.is_some()) {
            highest = points.iter().filter_map(|it| it.1).fold(highest, f64::max);
            legend.push(LegendEntry::line(&class_of(position), &files.name));
            layers.push(Layer::Line {
                class: class_of(position),
                points,
            });
        }
    }
    if layers.is_empty() {
        section.blocks.push(Block::text(
            "Nobody saw a count in this run, or its series were not written.",
        ));
        return section;
    }
    let plot = Plot {
        x: time_axis(reach),
        y: Axis {
            title: "median age of counts".to_string(),
            measure: Measure::Duration,
            low: 0.0,
            high: highest,
        },
        height: 280.0,
        windows: shaded(&run.document.fault_windows),
        layers,
    };
    let oldest = run
        .document
        .strategies
        .iter()
        .filter_map(|it| Some((it.figures.staleness_s.p99?, it)));
    let oldest = oldest.max_by(|one, other| one.0.total_cmp(&other.0));
    let sentence = oldest.map_or_else(String::new, |(age, it)| match age > 0.0 {
        true => format!(
            "{} shows the oldest counts: one in a hundred that buyers saw was older than {}.",
            it.strategy,
            duration(age)
        ),
        false => "No contender showed a count that was wrong.".to_string(),
    });
    let first = order.first().and_then(|it| run.contenders.get(*it));
    section.blocks.push(Block::chart(
        Figure {
            id: "staleness-time".to_string(),
            title: "Over time".to_string(),
            sentence,
            units: format!(
                "Mean of the medians of stretches of time, over the counts that buyers saw, from {} to {}; 0 while a count is right. Of quotas it is the time for which those of a SKU together showed too much.",
                moment(reach.0),
                moment(reach.1)
            ),
            source: first.map_or_else(String::new, |it| format!("series/{}.csv", file_name(&it.name))),
            legend,
            ..Figure::default()
        }
        .drawn(&plot),
    ));
    section.blocks.extend(distribution(run).map(Block::chart));
    section
}

fn distribution(run: &RunFiles) -> Option<Figure> {
    let (mut layers, mut legend, mut highest) = (Vec::new(), Vec::new(), 0.0_f64);
    for (position, files) in run.contenders.iter().enumerate() {
        let Some(curve) = files.histograms.get("staleness").filter(|it| it.count > 0) else {
            continue;
        };
        let points = curve
            .points
            .iter()
            .map(|(share, seconds)| (*share, Some(*seconds)));
        highest = curve.points.iter().map(|it| it.1).fold(highest, f64::max);
        legend.push(LegendEntry::line(&class_of(position), &files.name));
        layers.push(Layer::Line {
            class: class_of(position),
            points: points.collect(),
        });
    }
    if layers.is_empty() {
        return None;
    }
    let plot = Plot {
        x: Axis {
            title: "part of the counts that were no older".to_string(),
            measure: Measure::Quantile,
            low: 0.0,
            high: 1.0,
        },
        y: Axis {
            title: "age".to_string(),
            measure: Measure::LongTail,
            low: 0.0,
            high: highest,
        },
        height: 280.0,
        windows: Vec::new(),
        layers,
    };
    let head = ["contender", "counts seen", "median", "p95", "p99", "max"].map(str::to_string);
    let rows = run.document.strategies.iter().map(|it| {
        let spread = &it.figures.staleness_s;
        let numbers = [spread.p50, spread.p95, spread.p99, spread.max].map(duration);
        [it.strategy.clone(), count(spread.count)]
            .into_iter()
            .chain(numbers)
            .collect()
    });
    let wrong = run.document.strategies.iter().filter_map(|it| {
        Some(format!(
            "{} {}",
            it.strategy,
            percent(Some(it.figures.inconsistency_share?))
        ))
    });
    let wrong: Vec<String> = wrong.collect();
    Some(
        Figure {
            id: "staleness-distribution".to_string(),
            title: "As a distribution".to_string(),
            sentence: format!("Counts that were wrong when a buyer saw them: {}.", wrong.join(", ")),
            units: "Age of the counts at each line that a buyer asked for, all channels; both axes give the rare more room.".to_string(),
            source: run.contenders.first().map_or_else(String::new, |it| format!("histograms/{}.staleness.hdr", file_name(&it.name))),
            legend,
            table: std::iter::once(head.to_vec()).chain(rows).collect(),
            ..Figure::default()
        }
        .drawn(&plot),
    )
}

/// Orders offered, accepted and refused.
pub fn orders(run: &RunFiles, order: &[usize]) -> Section {
    let mut section = Section::new("orders", "Orders", "Orders: offered, accepted, refused");
    let mut small = Vec::new();
    for (number, position) in order.iter().enumerate() {
        let figure = orders_of(run, *position, number > 0);
        match (figure, number) {
            (Some(figure), 0) => section.blocks.push(Block::chart(figure)),
            (Some(figure), _) => small.push(figure),
            (None, _) => {}
        }
    }
    if !small.is_empty() {
        section.blocks.push(Block::Charts { figures: small });
    }
    if section.blocks.is_empty() {
        section.blocks.push(Block::text(
            "The run has no series, so that there is nothing to show over time.",
        ));
    }
    section
}

fn orders_of(run: &RunFiles, position: usize, is_small: bool) -> Option<Figure> {
    let (document, files) = (
        &run.document.strategies[position],
        &run.contenders[position],
    );
    let reach = reach(document);
    let rows = all_channels(files, reach);
    rows.first()?;
    // Wide enough to be seen: some forty bars.
    let together = rows.len().div_ceil(if is_small { 40 } else { 80 }).max(1);
    let groups: Vec<(f64, f64, u64, u64)> = rows
        .chunks(together)
        .map(|group| {
            let from = group[0].from_s.max(reach.0);
            let until = group
                .last()
                .map_or(from, |row| row.from_s + row.width_s)
                .min(reach.1);
            let sum = |value: fn(&Row) -> u64| group.iter().map(|row| value(row)).sum::<u64>();
            (
                from,
                until,
                sum(|row| row.attempts),
                sum(|row| row.accepted_orders),
            )
        })
        .filter(|(from, until, ..)| until > from)
        .collect();
    // Per minute, since not all stretches are equally long.
    let rate = |orders: u64, from: f64, until: f64| orders as f64 * 60.0 / (until - from);
    let highest = groups
        .iter()
        .map(|(from, until, offered, _)| rate(*offered, *from, *until))
        .fold(0.0, f64::max);
    let accepted = groups
        .iter()
        .map(|(from, until, _, accepted)| (*from, *until, 0.0, rate(*accepted, *from, *until)));
    let refused = groups.iter().map(|(from, until, offered, accepted)| {
        (
            *from,
            *until,
            rate(*accepted, *from, *until),
            rate(*offered.max(accepted), *from, *until),
        )
    });
    let plot = Plot {
        x: time_axis(reach),
        y: Axis {
            title: "orders per minute".to_string(),
            measure: Measure::Count,
            low: 0.0,
            high: highest,
        },
        height: if is_small { 210.0 } else { 260.0 },
        windows: shaded(&run.document.fault_windows),
        layers: vec![
            Layer::Columns {
                class: "p6".to_string(),
                columns: accepted.collect(),
            },
            Layer::Columns {
                class: "p7".to_string(),
                columns: refused.collect(),
            },
        ],
    };
    let figures = &document.figures;
    Some(
        Figure {
            id: format!("orders-{position}"),
            title: document.strategy.clone(),
            sentence: orders_sentence(document),
            units: format!(
                "Attempts to buy per simulated minute, all channels; {} in all.",
                count(figures.offered_orders)
            ),
            source: format!("series/{}.csv", file_name(&files.name)),
            is_small,
            legend: vec![
                LegendEntry::area("p6", "accepted"),
                LegendEntry::area("p7", "refused"),
            ],
            ..Figure::default()
        }
        .drawn(&plot),
    )
}

fn orders_sentence(run: &StrategyDocument) -> String {
    let figures = &run.figures;
    let refused = figures
        .offered_orders
        .saturating_sub(figures.accepted_orders);
    let part = (figures.offered_orders > 0).then(|| refused as f64 / figures.offered_orders as f64);
    format!(
        "Of {} attempts {} were accepted ({} of them oversold) and {} refused ({}).",
        count(figures.offered_orders),
        count(figures.accepted_orders),
        count(figures.oversold_orders),
        count(refused),
        percent(part)
    )
}
