//! The table on the terminal: contenders as columns, in as many blocks below each other as the page asks for.

use std::fmt::Write;
use std::ops::Range;

use super::columns::{Cell, Column, Columns, cell, in_one_unit, judged, seconds};
use super::findings::{budget_words, guarantee_words, push_prediction, push_violations};
use super::heads::{Head, head_rows, heads};
use super::json::{Document, StrategyDocument, TimeKind};
use super::number::{count, decimal, duration, percent, signed, whole};
use super::paragraph::push_wrapped;
use super::real_time_table::real_time_table;
use super::references::references_words;
use super::style::{Layout, Tone};
use super::thresholds::push_thresholds;
use super::verdict_line::verdict_line;
use super::why::push_why;
use super::worth;
use crate::measure::{DisplayedCounts, FaultFigures, Figures, Guarantee, Verdict, share_of};
use crate::scenario::text::printable;

/// Longer names of faults are cut, columns.
const LONGEST_FAULT: usize = 26;

/// The least columns of a value.
const NARROWEST_VALUE: usize = 8;

/// Blanks before a value; the fewer ones where they bring all contenders beside each other.
const APART: [usize; 2] = [2, 1];

/// Above it Amazon takes the right to sell away: orders cancelled by the seller before shipping, over seven days.
const SELLER_CANCEL_LINE: f64 = 0.025;

type Row = (&'static str, fn(&StrategyDocument) -> Cell);

const ROWS: &[Row] = &[
    ("units asked for", |run| {
        cell(count(run.figures.offered_units))
    }),
    ("units sold", |run| cell(count(run.figures.accepted_units))),
    ("  above the pool", |run| {
        cell(signed(run.figures.accepted_above_pool_units))
    }),
    ("oversold units", |run| {
        let units = run.figures.oversold_units;
        judged(count(units), units > 0, units == 0)
    }),
    ("  of units sold", |run| {
        let figures = &run.figures;
        cell(percent(share_of(
            figures.oversold_units,
            figures.accepted_units,
        )))
    }),
    ("not fillable (< 2.5 %)", |run| {
        let rate = run.figures.seller_cancel_rate;
        let above = rate.is_some_and(|rate| rate >= SELLER_CANCEL_LINE);
        judged(percent(rate), above, false)
    }),
    ("lost sales (units)", |run| {
        cell(count(run.figures.net_undersell_units))
    }),
    ("  against the pool", |run| {
        cell(whole(run.figures.lost_against_pool_units))
    }),
    ("refused while in stock", |run| {
        cell(count(run.figures.rejected_in_stock_units))
    }),
    ("age of counts p50", |run| {
        of_counts(run, run.figures.staleness_s.p50)
    }),
    ("  p99", |run| of_counts(run, run.figures.staleness_s.p99)),
    ("  max", |run| of_counts(run, run.figures.staleness_s.max)),
    ("orders ingested p99", |run| {
        seconds(run.figures.ingestion_s.p99)
    }),
    ("  never", |run| {
        let lost = run.figures.lost_orders;
        if !run.took_part.orders {
            return cell("-");
        }
        judged(count(lost), lost > 0, false)
    }),
    ("support reads p99 age", |run| {
        seconds(run.figures.support_read_age_s.p99)
    }),
    ("converged after", |run| match run.figures.convergence_s {
        Some(after) => of_counts(run, Some(after)),
        None => judged("never", true, false),
    }),
    ("wrong warehouse", |run| {
        cell(percent(run.figures.wrong_warehouse_rate))
    }),
    ("late shipments", |run| {
        cell(count(run.figures.late_fulfillments))
    }),
    ("calls per order", |run| {
        cell(decimal(run.figures.calls_per_order))
    }),
    ("calls refused by limits", |run| {
        cell(percent(run.figures.throttled_share))
    }),
    ("orders per simulated s", |run| {
        cell(decimal(run.figures.orders_per_simulated_s))
    }),
    ("simulated / real time", |run| {
        cell(if run.wall_s > 0.0 {
            format!("{} x", decimal(run.simulated_s / run.wall_s))
        } else {
            "-".to_string()
        })
    }),
];

/// A time of displayed counts, marked where they are quotas, for which it means something else ([`QUOTAS`]).
fn of_counts(run: &StrategyDocument, time: Option<f64>) -> Cell {
    Cell {
        mark: match run.figures.displayed_counts {
            DisplayedCounts::WholeStock => "",
            DisplayedCounts::Quotas => "*",
        },
        ..seconds(time)
    }
}

/// What the mark of [`of_counts`] says.
pub(super) const QUOTAS: &str = "* of quotas: for how long those of a SKU together (with a budget the largest of them) showed more than there was. A quota alone may be \
                      anything, and a count that stands for the whole stock is old while it misses a change.";

/// The whole report as text with a final line break.
pub fn table(document: &Document, layout: Layout) -> String {
    let mut out = String::new();
    let heading = format!("{}: {}", document.scenario, document.title);
    push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
    out.push('\n');
    push_wrapped(&mut out, &verdict_line(document), 0, layout, Tone::Strong);
    if document.time == TimeKind::Real {
        let speed = decimal(document.speed.unwrap_or(1.0));
        let line = format!(
            "In real time over HTTP, {speed} simulated seconds in each second: not to be set beside results of virtual time."
        );
        push_wrapped(&mut out, &line, 0, layout, Tone::Neutral);
        let refused = document.strategies.iter().filter(|run| {
            let real = run.real_time.as_ref();
            real.is_some_and(|real| !real.is_measurement)
        });
        let names: Vec<&str> = refused.map(|run| run.strategy.as_str()).collect();
        if !names.is_empty() {
            let line = format!(
                "NOT A MEASUREMENT: {} (the driver was late, see below)",
                names.join(", ")
            );
            push_wrapped(&mut out, &line, 0, layout, Tone::Bad);
        }
    }
    out.push('\n');

    push_blocks(&mut out, document, layout);
    for sentence in worth::sentences(document) {
        push_wrapped(&mut out, &sentence, 0, layout, Tone::Neutral);
        out.push('\n');
    }
    push_why(&mut out, document, layout);
    push_thresholds(&mut out, &document.thresholds, &document.currency, layout);
    push_violations(&mut out, document, layout);
    for run in &document.strategies {
        if let Some(prediction) = &run.prediction {
            push_prediction(&mut out, &run.strategy, prediction, layout);
        }
    }
    out.push_str(&real_time_table(document, layout));
    let longest = document.strategies.iter().map(|run| run.strategy.len());
    let longest = longest.max().unwrap_or(0).max(12);
    let traced = document.strategies.iter();
    for run in traced.filter(|run| !run.trace_hash.is_empty()) {
        let line = format!("trace {:<longest$} {}", run.strategy, run.trace_hash);
        let _ = writeln!(out, "{}", layout.style.paint(&line, Tone::Dim));
    }
    let took = format!(
        "seed {}, {} simulated in {}; again with:",
        document.seed,
        duration(document.simulated_s),
        duration(document.wall_s)
    );
    push_wrapped(&mut out, &took, 2, layout, Tone::Neutral);
    // A command is never broken, so that it can be copied.
    let _ = writeln!(out, "  {}", printable(&document.rerun));
    out
}

/// One row: what it says, and a cell for each contender.
struct FigureRow {
    label: String,
    cells: Vec<Cell>,
}

impl FigureRow {
    fn new(
        label: impl Into<String>,
        document: &Document,
        value: impl Fn(&StrategyDocument) -> Cell,
    ) -> FigureRow {
        let mut cells: Vec<Cell> = document.strategies.iter().map(value).collect();
        in_one_unit(&mut cells);
        FigureRow {
            label: label.into(),
            cells,
        }
    }
}

/// The planned faults: how many of what they could have struck they struck, and how many of those showed.
fn fault_rows(document: &Document) -> Vec<FigureRow> {
    let all = document.strategies.iter().map(|run| run.faults.len());
    let most = all.max().unwrap_or(0);
    if most == 0 {
        return Vec::new();
    }
    let mut rows = vec![FigureRow::new("faults: struck/seen", document, |_| {
        cell("")
    })];
    for index in 0..most {
        let name = |run: &StrategyDocument| run.faults.get(index).map(FaultFigures::name);
        let Some(name) = document.strategies.iter().find_map(name) else {
            continue;
        };
        let counts = |run: &StrategyDocument| match run.faults.get(index) {
            Some(it) => judged(
                format!("{}/{}", count(it.injected), count(it.noticed)),
                it.injected == 0,
                false,
            ),
            None => cell("-"),
        };
        let label: String = name.chars().take(LONGEST_FAULT).collect();
        rows.push(FigureRow::new(label, document, counts));
    }
    rows
}

/// Figures and guarantees of all contenders; those that do not fit beside each other stand in a block below.
fn push_blocks(out: &mut String, document: &Document, layout: Layout) {
    let names: Vec<&str> = document
        .strategies
        .iter()
        .map(|run| run.strategy.as_str())
        .collect();
    let heads = head_rows(Head::default(), &heads(&names)).into_iter();
    let mut figures: Vec<FigureRow> = heads
        .map(|(label, cells)| FigureRow { label, cells })
        .collect();
    figures.extend(
        ROWS.iter()
            .map(|(label, value)| FigureRow::new(*label, document, value)),
    );
    let label = format!("cost ({})", document.currency);
    let cost = |run: &StrategyDocument| cell(money(&run.figures));
    figures.push(FigureRow::new(label, document, cost));
    let guarantees = guarantees(document);
    let faults = fault_rows(document);

    let letters = |text: &str| text.chars().count();
    let rows = || figures.iter().chain(&guarantees).chain(&faults);
    let label = rows().map(|row| letters(&row.label)).max().unwrap_or(0);
    let width = |at: usize| {
        let cells = rows().filter_map(|row| row.cells.get(at));
        let widest = cells.map(|cell| letters(&cell.text)).max().unwrap_or(0);
        widest.max(NARROWEST_VALUE)
    };
    let widths: Vec<usize> = (0..document.strategies.len()).map(width).collect();
    let with = |apart: usize| widths.iter().map(|width| width + apart).collect::<Vec<_>>();
    let fits = |apart: &usize| label + with(*apart).iter().sum::<usize>() <= layout.columns;
    let widths = with(APART.into_iter().find(fits).unwrap_or(APART[0]));
    for block in blocks(label, &widths, layout.columns) {
        for rows in [&figures, &guarantees, &faults]
            .into_iter()
            .filter(|it| !it.is_empty())
        {
            let value = |at: usize| Column::right(u16::try_from(widths[at]).unwrap_or(u16::MAX));
            let labels = Column::left(u16::try_from(label).unwrap_or(u16::MAX));
            let columns = std::iter::once(labels).chain(block.clone().map(value));
            let mut columns = Columns::new(columns);
            for row in rows {
                let cells = row.cells[block.clone()].iter().cloned();
                columns.row(std::iter::once(cell(row.label.as_str())).chain(cells));
            }
            out.push_str(&columns.text(layout.style));
            out.push('\n');
        }
    }
    let of_quotas =
        |run: &StrategyDocument| run.figures.displayed_counts == DisplayedCounts::Quotas;
    if document.strategies.iter().any(of_quotas) {
        push_wrapped(out, QUOTAS, 2, layout, Tone::Dim);
        out.push('\n');
    }
    if let Some(words) = budget_words(document) {
        push_wrapped(out, &words, 2, layout, Tone::Dim);
        out.push('\n');
    }
    if let Some(references) = &document.references {
        push_wrapped(out, &references_words(references), 2, layout, Tone::Dim);
        out.push('\n');
    }
}

/// Which contenders stand beside each other: as many as fit in `columns` with their labels, and always one.
pub(super) fn blocks(label: usize, widths: &[usize], columns: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let (mut from, mut used) = (0, label);
    for (at, width) in widths.iter().enumerate() {
        if at > from && used + width > columns {
            blocks.push(from..at);
            (from, used) = (at, label);
        }
        used += width;
    }
    if from < widths.len() {
        blocks.push(from..widths.len());
    }
    blocks
}

/// Guarantees that any run may try. The others are about planned faults, and stay out where there were none.
const ALWAYS_SHOWN: [&str; 6] = [
    "no_oversell",
    "every_order_ingested",
    "converged",
    "rate_limits_respected",
    "shipped_from_the_right_place",
    "shipped_in_time",
];

/// Follows from the counts above while it holds.
const SHOWN_WHEN_BROKEN: &str = "exposure_margin";

fn guarantees(document: &Document) -> Vec<FigureRow> {
    // Not every contender is judged by all of them; one that has the most has the rest too.
    let runs = document.strategies.iter();
    let fullest = runs.rev().max_by_key(|run| run.guarantees.len());
    let row = |guarantee: &Guarantee| {
        let verdict = |run: &StrategyDocument| {
            let found = run.guarantees.iter().find(|it| it.name == guarantee.name);
            let verdict = found.map_or(Verdict::NotJudged, |it| it.verdict);
            judged(
                verdict.name(),
                found.is_some_and(Guarantee::matters),
                verdict == Verdict::Holds,
            )
        };
        // A word more, and five contenders would not stand beside each other on 80 columns.
        let label = guarantee_words(&guarantee.name)
            .replace(" the ", " ")
            .replace("acknowledged ", "");
        FigureRow::new(label, document, verdict)
    };
    let is_shown = |guarantee: &&Guarantee| {
        let name = guarantee.name.as_str();
        let runs = document.strategies.iter();
        let mut verdicts = runs
            .flat_map(|run| &run.guarantees)
            .filter(|it| it.name == name)
            .map(|it| it.verdict);
        ALWAYS_SHOWN.contains(&name)
            || verdicts.any(|verdict| {
                verdict == Verdict::Violated
                    || (verdict == Verdict::Holds && name != SHOWN_WHEN_BROKEN)
            })
    };
    fullest
        .iter()
        .flat_map(|run| &run.guarantees)
        .filter(is_shown)
        .map(row)
        .collect()
}

fn money(figures: &Figures) -> String {
    count(figures.cost.round().clamp(0.0, 1e18) as u64)
}
