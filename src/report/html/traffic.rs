//! What went between engine and platforms: calls and their limits, signals and their delay.

use super::chart::{Axis, Bar, Bars, Figure, Layer, LegendEntry, Measure, Plot};
use super::picture::reach;
use super::section::{Block, Cell, Section, Table};
use super::verdict::class_of;
use crate::experiment::file_name;
use crate::measure::throughput::LimitUtilisation;
use crate::measure::{LimitRow, SignalFigures};
use crate::report::json::StrategyDocument;
use crate::report::number::{count, duration, percent};
use crate::report::run_files::RunFiles;

/// Limits of one chart: those that came nearest to running out.
const MOST_LIMITS: usize = 6;

/// Levels that lie less than this part of what is shown apart are joined. What a limit did for longer nobody saw.
const NEIGHBOURS: f64 = 0.02;

/// Shapes of marks that have an inside to colour.
const MARK_SHAPES: usize = 4;

/// Levels of rate limits, calls and refusals.
pub fn limits(run: &RunFiles, order: &[usize]) -> Section {
    let mut section = Section::new(
        "limits",
        "Rate limits",
        "Rate limits: what was left, calls, refusals",
    );
    let Some((position, document)) = order.first().map(|it| (*it, &run.document.strategies[*it]))
    else {
        return section;
    };
    match run.contenders[position]
        .limits
        .as_deref()
        .unwrap_or_default()
    {
        [] => section.blocks.push(Block::text(
            "This run did not keep the limits\u{2019} levels over time.",
        )),
        rows => section.blocks.push(Block::chart(levels(document, rows))),
    }
    for (number, position) in order.iter().enumerate() {
        let table = used(&run.document.strategies[*position], number > 0);
        section.blocks.push(Block::Table { table });
    }
    section
}

fn levels(document: &StrategyDocument, rows: &[LimitRow]) -> Figure {
    let reach = reach(document);
    let mut names: Vec<(f64, &str, &str)> = Vec::new();
    for row in rows {
        let left = row.least_left_share.unwrap_or(1.0);
        match names
            .iter_mut()
            .find(|it| (it.1, it.2) == (row.system.as_str(), row.limit.as_str()))
        {
            Some(known) => known.0 = known.0.min(left),
            None => names.push((left, &row.system, &row.limit)),
        }
    }
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    let lowest = names.first().copied();
    names.truncate(MOST_LIMITS);
    let (mut layers, mut legend) = (Vec::new(), Vec::new());
    for (position, (_, system, limit)) in names.iter().enumerate() {
        let own = rows
            .iter()
            .filter(|row| row.system == *system && row.limit == *limit);
        let own = own.filter(|row| row.from_s + row.width_s > reach.0 && row.from_s < reach.1);
        let (line, alone) = stretches(own, reach);
        legend.push(LegendEntry::line(
            &class_of(position),
            &format!("{system}: {limit}"),
        ));
        layers.push(Layer::Line {
            class: class_of(position),
            points: line,
        });
        let alone = alone.into_iter().map(|(at, share)| {
            let title = format!("{system}: {limit}, {} left", percent(share));
            (at, share, title)
        });
        layers.push(Layer::Marks {
            class: class_of(position),
            shape: position % MARK_SHAPES,
            size: 2.5,
            points: alone.collect(),
        });
    }
    let sentence = lowest.map_or_else(String::new, |(left, system, limit)| match left > 0.5 {
        true => format!(
            "No limit came near to running out: {} was left at worst, of {limit} of {system}. Minutes that used more than flowed in \
             drew on that.",
            percent(left)
        ),
        false => format!(
            "{limit} of {system} came nearest to running out: {} of it was left at worst.",
            percent(left.max(0.0))
        ),
    });
    let plot = Plot {
        x: Axis {
            title: "since the scenario\u{2019}s start (h:mm:ss)".to_string(),
            measure: Measure::Moment,
            low: reach.0,
            high: reach.1,
        },
        y: Axis {
            title: "left of the limit".to_string(),
            measure: Measure::Share,
            low: 0.0,
            high: 1.0,
        },
        height: 260.0,
        windows: Vec::new(),
        layers,
    };
    Figure {
        id: "limits-levels".to_string(),
        title: format!("{}: the lowest level of each limit", document.strategy),
        sentence,
        units: "Share of the limit\u{2019}s capacity, the lowest that was seen in each stretch of time. Where nobody called, nobody \
                looked: there the line is broken, and what stands alone is a mark."
            .to_string(),
        source: format!("series/{}.limits.csv", file_name(&document.strategy)),
        legend,
        ..Figure::default()
    }
    .drawn(&plot)
}

/// Points of a line by time, nothing where it is broken; and points that stand alone.
type Levels = (Vec<(f64, Option<f64>)>, Vec<(f64, f64)>);

/// The lowest levels as a line, with a gap between two that are no neighbours, and those that have none on either side.
fn stretches<'a>(rows: impl Iterator<Item = &'a LimitRow>, reach: (f64, f64)) -> Levels {
    let most_apart = (reach.1 - reach.0) * NEIGHBOURS;
    let mut parts: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for row in rows {
        let Some(share) = row.least_left_share else {
            continue;
        };
        let point = (row.from_s.max(reach.0), share);
        match parts.last_mut() {
            Some(part) if row.from_s - end <= most_apart.max(row.width_s) => part.push(point),
            _ => parts.push(vec![point]),
        }
        end = row.from_s + row.width_s;
    }
    let (mut line, mut alone) = (Vec::new(), Vec::new());
    for part in parts {
        match part.as_slice() {
            [one] => alone.push(*one),
            many => {
                line.extend(many.iter().map(|(at, share)| (*at, Some(*share))));
                line.extend(many.last().map(|(at, _)| (*at, None)));
            }
        }
    }
    (line, alone)
}

fn used(run: &StrategyDocument, is_folded: bool) -> Table {
    let share = |value: Option<f64>| Cell::plain(percent(value));
    let used = run.limits.iter().filter(|it| busiest(it) > 0.0);
    let mut limits: Vec<&LimitUtilisation> = used.collect();
    limits.sort_by(|one, other| busiest(other).total_cmp(&busiest(one)));
    let rows = limits.into_iter().map(|it| {
        let minutes = it.saturated_minutes.map_or_else(|| "-".to_string(), count);
        vec![
            Cell::plain(format!("{}: {}", it.system, it.limit)),
            share(it.busy_utilisation),
            share(it.peak_utilisation),
            Cell::plain(minutes),
        ]
    });
    let of_channels = run.channels.iter().map(|(channel, figures)| {
        let refused = figures
            .throttled_share
            .map(|share| (share * figures.calls as f64).round() as u64);
        format!(
            "{channel} {}, {} refused",
            count(figures.calls),
            refused.map_or_else(|| "-".to_string(), count)
        )
    });
    let of_channels: Vec<String> = of_channels.collect();
    Table {
        caption: format!(
            "{}: what was used of what flowed into each limit meanwhile (above 100 % it drew on what was left), and calls ({})",
            run.strategy,
            of_channels.join("; ")
        ),
        is_folded,
        is_numeric: true,
        head: [
            "limit",
            "while buyers came",
            "busiest minute",
            "minutes that used 95 % or more",
        ]
        .map(str::to_string)
        .to_vec(),
        rows: rows.collect(),
    }
}

/// How far a limit was used in its busiest minute; over the whole run where nobody noted minutes.
fn busiest(limit: &LimitUtilisation) -> f64 {
    limit.peak_utilisation.unwrap_or(limit.utilisation)
}

/// Webhooks and messages of queues.
pub fn signals(run: &RunFiles, order: &[usize]) -> Section {
    let mut section = Section::new(
        "signals",
        "Signals",
        "Signals: how late, and in which order",
    );
    let found = order.iter().filter_map(|it| {
        Some((
            &run.document.strategies[*it],
            run.contenders[*it].signals.as_deref()?,
        ))
    });
    let found: Vec<(&StrategyDocument, &[SignalFigures])> = found
        .filter(|(_, signals)| signals.iter().any(|it| it.signals + it.lost > 0))
        .collect();
    // Who listens to none has nothing to show; the first that does is shown.
    let Some((document, signals)) = found.first() else {
        section.blocks.push(Block::text(
            "No signal reached an engine in this run, or the run did not keep them.",
        ));
        return section;
    };
    section
        .blocks
        .push(Block::chart(signals_figure(document, signals)));
    for (document, signals) in &found {
        section.blocks.push(Block::Table {
            table: disorder(document, signals),
        });
    }
    section
}

fn signals_figure(run: &StrategyDocument, signals: &[SignalFigures]) -> Figure {
    let bars = signals.iter().filter(|it| it.signals > 0).map(|it| {
        let (half, most) = (it.delay_s.p50.unwrap_or(0.0), it.delay_s.p99.unwrap_or(0.0));
        Bar {
            name: it.channel.clone(),
            note: format!("{} signals", count(it.signals)),
            parts: vec![half, (most - half).max(0.0)],
        }
    });
    let drawing = Bars {
        title: "from the event to its signal\u{2019}s arrival".to_string(),
        measure: Measure::Duration,
        classes: vec!["p0".to_string(), "p1".to_string()],
        names: vec![
            "half of them within".to_string(),
            "99 of 100 within".to_string(),
        ],
        bars: bars.collect(),
    };
    let latest = signals
        .iter()
        .filter_map(|it| Some((it.delay_s.p99?, it)))
        .max_by(|one, other| one.0.total_cmp(&other.0));
    Figure {
        id: "signals-delay".to_string(),
        title: format!("{}: delay of signals", run.strategy),
        sentence: latest.map_or_else(String::new, |(seconds, it)| {
            format!(
                "The latest come from {}: one in a hundred takes longer than {}.",
                it.channel,
                duration(seconds)
            )
        }),
        units: "Simulated time; each copy counts.".to_string(),
        source: "signals.json".to_string(),
        legend: vec![
            LegendEntry::area("p0", "1 half of them within"),
            LegendEntry::area("p1", "2 99 of 100 within"),
        ],
        ..Figure::default()
    }
    .drawn(&drawing)
}

fn disorder(run: &StrategyDocument, signals: &[SignalFigures]) -> Table {
    let rows = signals.iter().map(|it| {
        let counts = [it.signals, it.lost, it.duplicated, it.out_of_order]
            .map(|number| Cell::plain(count(number)));
        let delays = [it.delay_s.p50, it.delay_s.p99, it.delay_s.max]
            .map(|seconds| Cell::plain(duration(seconds)));
        std::iter::once(Cell::plain(&it.channel))
            .chain(counts)
            .chain(delays)
            .collect()
    });
    Table {
        caption: format!("{}: signals as they reached the engine", run.strategy),
        is_numeric: true,
        head: [
            "channel",
            "signals",
            "lost",
            "duplicated",
            "out of order",
            "median",
            "p99",
            "max",
        ]
        .map(str::to_string)
        .to_vec(),
        rows: rows.collect(),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_far_apart_are_not_joined_and_one_alone_is_a_mark() {
        let row = |from_s: f64, share: Option<f64>| LimitRow {
            from_s,
            width_s: 10.0,
            system: "market".to_string(),
            limit: "reads".to_string(),
            least_left_share: share,
            calls: 1,
            throttled: 0,
        };
        let rows = [
            row(0.0, Some(0.9)),
            row(10.0, Some(0.8)),
            row(20.0, None),
            row(30.0, Some(0.7)),
            row(500.0, Some(0.4)),
            row(900.0, Some(0.3)),
            row(910.0, Some(0.2)),
        ];
        let (line, alone) = stretches(rows.iter(), (5.0, 1_000.0));
        assert_eq!(alone, [(500.0, 0.4)]);
        assert_eq!(
            line,
            [
                (5.0, Some(0.9)),
                (10.0, Some(0.8)),
                (30.0, Some(0.7)),
                (30.0, None),
                (900.0, Some(0.3)),
                (910.0, Some(0.2)),
                (910.0, None),
            ]
        );
    }
}
