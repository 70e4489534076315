//! The picture: what could be sold of the worst SKU, beside what each channel displayed.

use super::chart::{Axis, Figure, Layer, LegendEntry, Measure, Plot, Window, moment};
use super::history::{History, Moment};
use super::section::{Block, Section};
use super::verdict::class_of;
use crate::report::json::{Document, FaultWindow, StrategyDocument};
use crate::report::number::{count, counted};

/// A part of the time in which buyers come that is shown before and after it.
const BEFORE: f64 = 0.03;
const AFTER: f64 = 0.25;

/// The section: the foremost contender large, the others small.
pub fn section(
    document: &Document,
    histories: &[(usize, History)],
    players: Vec<String>,
) -> Section {
    let windows = &document.fault_windows;
    let heading = "The picture: what there was, and what channels showed";
    let Some(((first, worst), others)) = histories.split_first() else {
        return Section::without(
            "picture",
            "The picture",
            heading,
            "No SKU had any trouble: nothing was oversold, and nothing refused while it was in stock.",
        );
    };
    let mut section = Section::new("picture", "The picture", heading);
    let foremost = &document.strategies[*first];
    section
        .blocks
        .push(Block::chart(figure(foremost, worst, windows, false)));
    if !windows.is_empty() {
        let all: Vec<String> = windows.iter().map(window_words).collect();
        section
            .blocks
            .push(Block::text(format!("Shaded: {}.", all.join("; "))));
    }
    if !players.is_empty() {
        section.blocks.push(Block::Playback { names: players });
    }
    let small: Vec<Figure> = others
        .iter()
        .map(|(position, history)| figure(&document.strategies[*position], history, windows, true))
        .collect();
    if !small.is_empty() {
        section.blocks.push(Block::Heading {
            text: "The same buyers under the other contenders".to_string(),
        });
        section.blocks.push(Block::Charts { figures: small });
    }
    section
}

/// The large picture by itself.
pub fn alone(document: &Document, histories: &[(usize, History)]) -> Option<Figure> {
    let (first, worst) = histories.first()?;
    let foremost = &document.strategies[*first];
    Some(figure(foremost, worst, &document.fault_windows, false))
}

fn window_words(window: &FaultWindow) -> String {
    let place = window
        .channel
        .as_deref()
        .map_or_else(String::new, |it| format!(" at {it}"));
    format!(
        "{}{place} from {} to {}",
        window.kind,
        moment(window.from_s),
        moment(window.until_s)
    )
}

/// When the picture begins and ends: the time in which buyers come, and a part of it after.
pub fn reach(run: &StrategyDocument) -> (f64, f64) {
    let (from, until) = (run.phases.opening_until_s, run.phases.disturb_until_s);
    let length = (until - from).max(1.0);
    ((from - BEFORE * length).max(0.0), until + AFTER * length)
}

fn figure(
    run: &StrategyDocument,
    history: &History,
    windows: &[FaultWindow],
    is_small: bool,
) -> Figure {
    let (from, until) = reach(run);
    let moments = history.within(from, until);
    let line = |value: &dyn Fn(&Moment) -> Option<i64>| -> Vec<(f64, f64)> {
        let known = moments
            .iter()
            .filter_map(|it| Some((it.at_s.max(from), value(it)? as f64)));
        let mut points: Vec<(f64, f64)> = known.collect();
        if let Some(last) = points.last().copied() {
            points.push((until, last.1));
        }
        points
    };
    let sellable = line(&|it| Some(it.sellable));
    let mut layers = vec![Layer::BelowZero {
        class: "short".to_string(),
        points: sellable.clone(),
    }];
    let mut legend = vec![LegendEntry::line("truth", "units that there really were")];
    let mut highest = sellable.iter().map(|it| it.1).fold(1.0, f64::max);
    let lowest = sellable.iter().map(|it| it.1).fold(0.0, f64::min);
    for (position, name) in history.channels.iter().enumerate() {
        let shown = line(&|it| it.displayed.get(position).copied().flatten());
        highest = shown.iter().map(|it| it.1).fold(highest, f64::max);
        let class = class_of(position);
        legend.push(LegendEntry::line(&class, &format!("shown on {name}")));
        layers.push(Layer::Steps {
            class,
            points: shown,
        });
    }
    layers.push(Layer::Steps {
        class: "truth".to_string(),
        points: sellable,
    });
    if lowest < 0.0 {
        legend.push(LegendEntry::area("short", "sold more than there was"));
    }
    let marks: Vec<(f64, f64, String)> = history
        .sales_beyond()
        .filter(|(at, ..)| (from..=until).contains(at))
        .map(|(at, sellable, units)| {
            (
                at,
                sellable as f64,
                format!("{}: {} oversold", moment(at), counted(units, "unit")),
            )
        })
        .collect();
    if !marks.is_empty() {
        legend.push(LegendEntry::mark("oversold", 4, "units oversold"));
        layers.push(Layer::Marks {
            class: "oversold".to_string(),
            shape: 4,
            size: if is_small { 2.0 } else { 3.0 },
            points: marks,
        });
    }
    if !windows.is_empty() {
        legend.push(LegendEntry::area("window", "a planned fault"));
    }
    let name = &run.strategy;
    let causes = run.causes.as_ref();
    let sku = causes.map_or_else(|| history.sku.to_string(), |it| it.sku_name(history.sku));
    let title = match is_small {
        true => format!("{name}: SKU {sku}"),
        false => format!("{name}: SKU {sku}, its worst"),
    };
    let plot = Plot {
        x: Axis {
            title: "since the scenario\u{2019}s start (h:mm:ss)".to_string(),
            measure: Measure::Moment,
            low: from,
            high: until,
        },
        y: Axis {
            title: "units".to_string(),
            measure: Measure::Count,
            low: lowest,
            high: highest,
        },
        height: if is_small { 230.0 } else { 380.0 },
        windows: windows
            .iter()
            .map(|it| Window {
                from: it.from_s,
                until: it.until_s,
                label: match &it.channel {
                    Some(channel) => format!("{} at {channel}", it.kind),
                    None => it.kind.clone(),
                },
            })
            .collect(),
        layers,
    };
    Figure {
        id: format!("picture-{}", history.position),
        contender: Some((history.position, history.sku)),
        title,
        sentence: sentence(history),
        units: format!(
            "Units of the SKU over simulated time, from {} to {}.",
            moment(from),
            moment(until)
        ),
        source: history.source.clone(),
        is_small,
        legend: if is_small { Vec::new() } else { legend },
        ..Figure::default()
    }
    .drawn(&plot)
}

/// What the picture shows, from its numbers.
fn sentence(history: &History) -> String {
    let Some(gone) = history.moments.iter().position(|it| it.sellable <= 0) else {
        return "It never ran out: whatever was shown, there was something to sell.".to_string();
    };
    let at = moment(history.moments[gone].at_s);
    let oversold = history.oversold();
    if oversold == 0 {
        return format!("The last unit went at {at}, and no channel sold one more.");
    }
    let after = &history.moments[gone..];
    let shown = (0..history.channels.len()).filter_map(|channel| {
        let of_channel = after.iter().take_while(|it| it.sellable <= 0);
        let most = of_channel
            .filter_map(|it| it.displayed.get(channel).copied().flatten())
            .max()?;
        Some((most, &history.channels[channel]))
    });
    let beyond = match shown.max() {
        Some((most, channel)) if most > 0 => {
            format!("{channel} then still showed {}", count(most.unsigned_abs()))
        }
        _ => "no channel showed any then, but some did later".to_string(),
    };
    format!(
        "The last unit went at {at}; {beyond}, and all channels together sold {} that did not exist.",
        counted(oversold, "unit")
    )
}
