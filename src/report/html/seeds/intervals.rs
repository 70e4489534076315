//! Figures of all contenders as marks with intervals.

use super::super::chart::{Axis, Figure, Layer, Measure, Plot, Whisker, Whiskers};
use super::super::section::{Block, Section};
use super::super::verdict::class_of;
use crate::experiment::replications::{Estimates, ReplicationsDocument};
use crate::measure::Estimate;
use crate::report::number::TimeUnit;
use crate::report::replications::estimate_text;

/// What is drawn of a contender.
struct Drawn {
    path: &'static str,
    id: &'static str,
    title: &'static str,
    axis: &'static str,
    measure: Measure,
    sentence: &'static str,
}

const FIGURES: [Drawn; 5] = [
    Drawn {
        path: "oversold_units",
        id: "oversold",
        title: "Oversold units a run",
        axis: "units a run",
        measure: Measure::Count,
        sentence: "Sold when none was left. Two contenders whose thick lines lie apart differ surely.",
    },
    Drawn {
        path: "net_undersell_units",
        id: "lost",
        title: "Lost sales, units a run",
        axis: "units a run",
        measure: Measure::Count,
        sentence: "Refused although it could have been sold, and never sold later: the price of caution.",
    },
    Drawn {
        path: "staleness_s.p99",
        id: "staleness",
        title: "Age of the counts that buyers saw, p99",
        axis: "time",
        measure: Measure::Duration,
        sentence: "One in a hundred looks met a count that was older.",
    },
    Drawn {
        path: "ingestion_s.p99",
        id: "ingestion",
        title: "Orders in the merchant\u{2019}s system, p99",
        axis: "time",
        measure: Measure::Duration,
        sentence: "From acceptance until the merchant\u{2019}s system has the order.",
    },
    Drawn {
        path: "calls_per_order",
        id: "calls",
        title: "Calls to channels an order",
        axis: "calls an order",
        measure: Measure::Count,
        sentence: "What it takes of the platforms\u{2019} limits.",
    },
];

const UNITS: &str =
    "Mark: mean over seeds. Thick line: its 95 % interval. Thin line: least to greatest of a run.";

/// Every figure that some contender has a value of.
pub fn section(document: &ReplicationsDocument) -> Section {
    let mut section = Section::new("intervals", "Intervals", "How sure it is");
    section.sentence =
        "An interval holds the true mean in 95 of 100 experiments; four times the seeds make it half as wide."
            .to_string();
    let of = |estimates: &dyn Fn(usize) -> Option<(String, Estimate)>| {
        (0..document.summaries.len())
            .filter_map(|at| estimates(at).map(|(name, it)| (at, name, it)))
            .collect::<Vec<_>>()
    };
    let figures = FIGURES.iter().filter_map(|drawn| {
        let rows = of(&|at| {
            let summary = &document.summaries[at];
            let found = *summary.figures.get(drawn.path)?;
            Some((summary.contender.clone(), found))
        });
        figure(drawn, drawn.id.to_string(), drawn.title.to_string(), &rows)
    });
    section.blocks.push(Block::Charts {
        figures: figures.collect(),
    });
    section
}

/// Every other contender less the first, seed by seed.
pub fn differences(document: &ReplicationsDocument) -> Option<Section> {
    let first = document.differences.first()?;
    let mut section = Section::new(
        "differences",
        "Differences",
        "On the same seeds, run by run",
    );
    section.sentence = format!(
        "What each has more than {} on the same buyers. An interval that does not touch zero is a sure difference.",
        first.against
    );
    let figures = FIGURES.iter().filter_map(|drawn| {
        let rows: Vec<(usize, String, Estimate)> = document
            .differences
            .iter()
            .enumerate()
            .filter_map(|(at, it)| {
                let found = *it.figures.get(drawn.path)?;
                Some((at + 1, it.contender.clone(), found))
            })
            .collect();
        let title = format!("{}, less {}", drawn.title, first.against);
        // Times before and after zero have no axis of their own yet: they are told in the table.
        (drawn.measure == Measure::Count)
            .then(|| figure(drawn, format!("less-{}", drawn.id), title, &rows))
            .flatten()
    });
    section.blocks.push(Block::Charts {
        figures: figures.collect(),
    });
    Some(section)
}

fn figure(
    drawn: &Drawn,
    id: String,
    title: String,
    rows: &[(usize, String, Estimate)],
) -> Option<Figure> {
    if rows.is_empty() {
        return None;
    }
    let unit = match drawn.measure {
        Measure::Duration => Some(TimeUnit::of(rows.iter().filter_map(|it| it.2.mean))),
        _ => None,
    };
    let text = |it: &Estimate| match unit {
        Some(unit) => format!(
            "{} {}",
            estimate_text(it, 1.0 / unit.seconds()),
            unit.name()
        ),
        None => estimate_text(it, 1.0),
    };
    let whiskers = rows.iter().filter_map(|(at, name, it)| {
        let mean = it.mean?;
        Some(Whisker {
            name: name.clone(),
            note: text(it),
            class: class_of(*at),
            shape: *at,
            mean,
            half_width: it.half_width.unwrap_or(0.0),
            reach: (it.least.unwrap_or(mean), it.most.unwrap_or(mean)),
        })
    });
    let drawing = Whiskers {
        title: drawn.axis.to_string(),
        measure: drawn.measure,
        rows: whiskers.collect(),
    };
    let head = [
        "contender",
        "mean \u{b1} half width",
        "runs",
        "least",
        "most",
    ];
    let number = |value: Option<f64>| value.map_or("-".to_string(), |it| format!("{it:.2}"));
    let table = rows.iter().map(|(_, name, it)| {
        vec![
            name.clone(),
            text(it),
            it.runs.to_string(),
            number(it.least),
            number(it.most),
        ]
    });
    let figure = Figure {
        id,
        title,
        sentence: drawn.sentence.to_string(),
        units: UNITS.to_string(),
        source: "replications.json".to_string(),
        is_small: true,
        table: std::iter::once(head.map(str::to_string).to_vec())
            .chain(table)
            .collect(),
        ..Figure::default()
    };
    Some(figure.drawn(&drawing))
}

/// Oversold units against lost sales, with the intervals of both.
pub fn trade_off(document: &ReplicationsDocument) -> Section {
    let mut section = Section::new(
        "trade-off",
        "Oversell and lost sales",
        "Oversell against lost sales",
    );
    let reach = |figures: &Estimates, path: &str| -> Option<(f64, f64, f64)> {
        let it = figures.get(path)?;
        let (mean, half) = (it.mean?, it.half_width.unwrap_or(0.0));
        Some(((mean - half).max(0.0), mean, mean + half))
    };
    let placed = document
        .summaries
        .iter()
        .enumerate()
        .filter_map(|(at, it)| {
            let lost = reach(&it.figures, "net_undersell_units")?;
            let oversold = reach(&it.figures, "oversold_units")?;
            Some((at, it.contender.clone(), lost, oversold))
        });
    let placed: Vec<_> = placed.collect();
    let mut layers = Vec::new();
    for (_, _, lost, oversold) in &placed {
        for points in [
            vec![(lost.0, Some(oversold.1)), (lost.2, Some(oversold.1))],
            vec![(lost.1, Some(oversold.0)), (lost.1, Some(oversold.2))],
        ] {
            layers.push(Layer::Line {
                class: "spread".to_string(),
                points,
            });
        }
    }
    let points = placed
        .iter()
        .map(|(at, name, lost, oversold)| (lost.1, oversold.1, class_of(*at), name.clone()));
    layers.push(Layer::Named {
        points: points.collect(),
    });
    let axis = |title: &str, most: f64| Axis {
        title: title.to_string(),
        measure: Measure::Count,
        low: 0.0,
        high: most,
    };
    let plot = Plot {
        x: axis(
            "units of sales lost to caution, a run",
            placed.iter().map(|it| it.2.2).fold(0.0, f64::max),
        ),
        y: axis(
            "units oversold a run",
            placed.iter().map(|it| it.3.2).fold(0.0, f64::max),
        ),
        height: 320.0,
        windows: Vec::new(),
        layers,
    };
    let head = ["contender", "oversold", "lost sales"].map(str::to_string);
    let rows = document.summaries.iter().map(|it| {
        let text = |path: &str| {
            let found = it.figures.get(path);
            found.map_or("-".to_string(), |it| estimate_text(it, 1.0))
        };
        vec![
            it.contender.clone(),
            text("oversold_units"),
            text("net_undersell_units"),
        ]
    });
    let figure = Figure {
        id: "trade-off-chart".to_string(),
        title: "Lower is fewer oversold, further left is fewer lost to caution".to_string(),
        sentence: "The lines are the 95 % intervals of both means.".to_string(),
        units: "Units a run; a sale is lost where a unit was refused that could have been sold and never was."
            .to_string(),
        source: "replications.json".to_string(),
        table: std::iter::once(head.to_vec()).chain(rows).collect(),
        ..Figure::default()
    };
    section.blocks.push(Block::chart(figure.drawn(&plot)));
    section
}
