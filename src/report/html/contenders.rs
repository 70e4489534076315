//! All contenders beside each other: oversold units against lost sales, and what it costs.

use super::chart::{Axis, Bar, Bars, Figure, Layer, LegendEntry, Measure, Plot};
use super::section::{Block, Cell, Section, Table};
use super::verdict::class_of;
use crate::experiment::thresholds::YARDSTICK;
use crate::report::frontier;
use crate::report::json::{Document, StrategyDocument};
use crate::report::number::{count, decimal, signed, whole};
use crate::report::references::references_words;
use crate::report::worth;

/// Oversold units against lost sales.
pub fn trade_off(document: &Document) -> Section {
    let mut section = Section::new(
        "trade-off",
        "Oversell and lost sales",
        "Oversell against lost sales",
    );
    let all = frontier::points(document);
    let points = all.iter().enumerate().map(|(position, point)| {
        let class = match point.kind {
            "contender" => class_of(position),
            _ => "reference".to_string(),
        };
        let place = (point.lost_units as f64, point.oversold_units as f64);
        (place.0, place.1, class, point.name.clone())
    });
    let lost = || all.iter().map(|point| point.lost_units as f64);
    let oversold = all.iter().map(|point| point.oversold_units as f64);
    let plot = Plot {
        x: Axis {
            title: "units that the pool sells and the contender does not".to_string(),
            measure: Measure::Count,
            low: lost().fold(0.0, f64::min),
            high: lost().fold(0.0, f64::max),
        },
        y: Axis {
            title: "units oversold".to_string(),
            measure: Measure::Count,
            low: 0.0,
            high: oversold.fold(0.0, f64::max),
        },
        height: 320.0,
        windows: Vec::new(),
        layers: vec![Layer::Named {
            points: points.collect(),
        }],
    };
    let head = [
        "contender or reference",
        "oversold units",
        "lost against the pool, units",
        "units sold",
        "calls per order",
    ]
    .map(str::to_string);
    let rows = all.iter().map(|point| {
        vec![
            point.name.clone(),
            count(point.oversold_units),
            whole(Some(point.lost_units)),
            count(point.accepted_units),
            decimal(point.calls_per_order),
        ]
    });
    let figure = Figure {
        id: "trade-off-chart".to_string(),
        title: "Lower is fewer oversold, further left is fewer lost".to_string(),
        sentence: nearest(document),
        units: match &document.references {
            Some(references) => format!(
                "Units over the whole run; of those sold, the units that existed are compared to the pool. Left of the pool stands who \
                 sold more of them than the pool, which refuses an order that does not fit. {}",
                references_words(references)
            ),
            None => "Units over the whole run; a sale is lost where a unit was refused that could have been sold and never was."
                .to_string(),
        },
        source: "frontier.csv".to_string(),
        table: std::iter::once(head.to_vec()).chain(rows).collect(),
        ..Figure::default()
    };
    section.blocks.push(Block::chart(figure.drawn(&plot)));
    section
}

/// Who comes nearest to neither. Informed escrow knows what nobody can, so that it is told apart.
fn nearest(document: &Document) -> String {
    let lost = |run: &StrategyDocument| {
        let caution = run.figures.net_undersell_units as i64;
        run.figures.lost_against_pool_units.unwrap_or(caution)
    };
    let sum = |run: &&StrategyDocument| run.figures.oversold_units as i64 + lost(run).max(0);
    let real = document
        .strategies
        .iter()
        .filter(|run| run.strategy != YARDSTICK);
    let Some(best) = real.clone().min_by_key(sum) else {
        return "Informed escrow ran alone.".to_string();
    };
    let words = |run: &StrategyDocument| {
        let oversold = count(run.figures.oversold_units);
        let lost = match run.figures.lost_against_pool_units {
            None => format!("lost {} to caution", count(run.figures.net_undersell_units)),
            Some(0) => "sold as many that existed as the pool".to_string(),
            Some(fewer) if fewer > 0 => {
                format!(
                    "sold {} fewer that existed than the pool",
                    count(fewer.unsigned_abs())
                )
            }
            Some(more) => format!(
                "sold {} more that existed than the pool",
                count(more.unsigned_abs())
            ),
        };
        format!("{} oversold {oversold} and {lost}", run.strategy)
    };
    match real
        .clone()
        .max_by_key(sum)
        .filter(|worst| worst.strategy != best.strategy)
    {
        Some(worst) => format!("In units: {}; {}.", words(best), words(worst)),
        None => format!("In units: {}.", words(best)),
    }
}

/// What it costs, by cause.
pub fn money(document: &Document) -> Section {
    let mut section = Section::new("money", "Money", "Money");
    let names = [
        "oversold units",
        "lost sales",
        "wrong warehouse",
        "split shipments",
        "support tickets",
    ];
    let split = |run: &StrategyDocument| {
        let cost = &run.figures.cost_split;
        [
            cost.oversold,
            cost.lost_sales,
            cost.wrong_warehouse,
            cost.splits,
            cost.support,
        ]
    };
    let currency = &document.currency;
    let classes: Vec<String> = (0..names.len()).map(|part| format!("p{part}")).collect();
    let bars = document.strategies.iter().map(|run| Bar {
        name: run.strategy.clone(),
        note: format!("{} {currency}", decimal(run.figures.cost)),
        parts: split(run).to_vec(),
    });
    let drawing = Bars {
        title: format!("cost ({currency})"),
        measure: Measure::Count,
        classes: classes.clone(),
        names: names.map(str::to_string).to_vec(),
        bars: bars.collect(),
    };
    let legend = classes.iter().zip(names).enumerate();
    let legend = legend
        .map(|(part, (class, name))| LegendEntry::area(class, &format!("{} {name}", part + 1)));
    let head = std::iter::once("contender")
        .chain(names)
        .chain(["together"]);
    let rows = document.strategies.iter().map(|run| {
        let numbers = split(run).into_iter().chain([run.figures.cost]);
        std::iter::once(run.strategy.clone())
            .chain(numbers.map(decimal))
            .collect()
    });
    let dearest = document
        .strategies
        .iter()
        .max_by(|one, other| one.figures.cost.total_cmp(&other.figures.cost));
    let sentence = dearest.map_or_else(String::new, |run| {
        let parts = split(run);
        let largest = (0..parts.len())
            .max_by(|one, other| parts[*one].total_cmp(&parts[*other]))
            .unwrap_or(0);
        if run.figures.cost > 0.0 {
            format!(
                "{} costs most, {} {currency}, of which {} are for {}.",
                run.strategy,
                decimal(run.figures.cost),
                decimal(parts[largest]),
                names[largest]
            )
        } else {
            "Nothing that happened costs anything.".to_string()
        }
    });
    let sentence = std::iter::once(sentence).chain(worth::sentences(document));
    let sentence = sentence.collect::<Vec<_>>().join(" ");
    let figure = Figure {
        id: "money-chart".to_string(),
        title: "What goes wrong costs".to_string(),
        sentence,
        units: format!(
            "{currency} over the whole run, at the prices of [money] in the scenario, which are assumptions: read it as an order of magnitude."
        ),
        source: "figures.json".to_string(),
        legend: legend.collect(),
        table: std::iter::once(head.map(str::to_string).collect())
            .chain(rows)
            .collect(),
        ..Figure::default()
    };
    section.blocks.push(Block::chart(figure.drawn(&drawing)));
    section
}

/// More figures of every contender, for whoever looks one up.
pub fn figures(document: &Document) -> Table {
    type Row = (&'static str, fn(&StrategyDocument) -> String);
    use crate::report::number::{duration, percent};
    const ROWS: [Row; 15] = [
        ("units asked for", |run| count(run.figures.offered_units)),
        ("units sold", |run| count(run.figures.accepted_units)),
        ("units sold above the pool", |run| {
            signed(run.figures.accepted_above_pool_units)
        }),
        ("lost sales against the pool, units", |run| {
            whole(run.figures.lost_against_pool_units)
        }),
        ("units refused while in stock", |run| {
            count(run.figures.rejected_in_stock_units)
        }),
        ("orders that the seller must cancel", |run| {
            percent(run.figures.seller_cancel_rate)
        }),
        ("age of counts, median", |run| {
            duration(run.figures.staleness_s.p50)
        }),
        ("age of counts, p99", |run| {
            duration(run.figures.staleness_s.p99)
        }),
        ("converged after", |run| match run.figures.convergence_s {
            Some(after) => duration(after),
            None => "never".to_string(),
        }),
        ("orders never ingested", |run| {
            count(run.figures.lost_orders)
        }),
        ("late shipments", |run| count(run.figures.late_fulfillments)),
        ("calls", |run| count(run.figures.calls)),
        ("calls refused by limits", |run| {
            percent(run.figures.throttled_share)
        }),
        ("calls refused otherwise", |run| {
            percent(run.figures.refused_share)
        }),
        ("orders per simulated second", |run| {
            decimal(run.figures.orders_per_simulated_s)
        }),
    ];
    let head = document.strategies.iter().map(|run| run.strategy.clone());
    let rows = ROWS.iter().map(|(name, value)| {
        let cells = document
            .strategies
            .iter()
            .map(|run| Cell::plain(value(run)));
        std::iter::once(Cell::plain(*name)).chain(cells).collect()
    });
    Table {
        caption: "More figures".to_string(),
        is_folded: true,
        is_numeric: true,
        head: std::iter::once("figure".to_string()).chain(head).collect(),
        rows: rows.collect(),
    }
}
