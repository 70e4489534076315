//! The table on the terminal: strategies as columns, never wider than 100 columns.

use std::fmt::Write;

use super::columns::{Cell, Column, Columns, cell, judged};
use super::findings::{guarantee_words, push_prediction, push_violations};
use super::json::{Document, StrategyDocument, TimeKind};
use super::number::{count, decimal, duration, percent};
use super::paragraph::{WIDTH, push_wrapped};
use super::real_time_table::real_time_table;
use super::style::{Style, Tone};
use super::verdict_line::verdict_line;
use crate::measure::{DisplayedCounts, Figures, Guarantee, Verdict, share_of};

/// Columns for the row labels.
const LABEL: usize = 30;

/// Above it Amazon takes the right to sell away: orders cancelled by the seller before shipping, over seven days.
const SELLER_CANCEL_LINE: f64 = 0.025;

type Row = (&'static str, fn(&StrategyDocument) -> Cell);

const ROWS: &[Row] = &[
    ("units asked for", |run| {
        cell(count(run.figures.offered_units))
    }),
    ("units sold", |run| cell(count(run.figures.accepted_units))),
    ("oversold units", |run| {
        let units = run.figures.oversold_units;
        judged(count(units), units > 0, units == 0)
    }),
    ("  above the oracle", |run| {
        cell(
            run.figures
                .oversold_above_oracle_units
                .map_or("-".to_string(), signed),
        )
    }),
    ("  of units sold", |run| {
        let figures = &run.figures;
        cell(percent(share_of(
            figures.oversold_units,
            figures.accepted_units,
        )))
    }),
    ("orders not fillable (< 2.5 %)", |run| {
        let rate = run.figures.seller_cancel_rate;
        let above = rate.is_some_and(|rate| rate >= SELLER_CANCEL_LINE);
        judged(percent(rate), above, false)
    }),
    ("lost sales (units)", |run| {
        cell(count(run.figures.net_undersell_units))
    }),
    ("refused while in stock", |run| {
        cell(count(run.figures.rejected_in_stock_units))
    }),
    ("age of counts p50", |run| {
        cell(of_counts(run, run.figures.staleness_s.p50))
    }),
    ("  p99", |run| {
        cell(of_counts(run, run.figures.staleness_s.p99))
    }),
    ("  max", |run| {
        cell(of_counts(run, run.figures.staleness_s.max))
    }),
    ("orders ingested p99", |run| {
        cell(duration(run.figures.ingestion_s.p99))
    }),
    ("  never", |run| {
        let lost = run.figures.lost_orders;
        if !run.took_part.orders {
            return cell("-");
        }
        judged(count(lost), lost > 0, false)
    }),
    ("support reads p99 age", |run| {
        cell(duration(run.figures.support_read_age_s.p99))
    }),
    ("converged after", |run| match run.figures.convergence_s {
        Some(seconds) => cell(of_counts(run, Some(seconds))),
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
    ("orders per simulated second", |run| {
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
fn of_counts(run: &StrategyDocument, seconds: Option<f64>) -> String {
    let mark = match run.figures.displayed_counts {
        DisplayedCounts::WholeStock => "",
        DisplayedCounts::Quotas => " *",
    };
    format!("{}{mark}", duration(seconds))
}

/// What the mark of [`of_counts`] says.
const QUOTAS: &str = "* of quotas: for how long those of a SKU together showed more than there was. A quota alone may be \
                      anything, and a count that stands for the whole stock is old while it misses a change.";

fn signed(number: i64) -> String {
    let digits = count(number.unsigned_abs());
    match number {
        0 => digits,
        n if n > 0 => format!("+{digits}"),
        _ => format!("-{digits}"),
    }
}

/// The whole report as text with a final line break.
pub fn table(document: &Document, style: Style) -> String {
    let mut out = String::new();
    let heading = format!("{}: {}", document.scenario, document.title);
    push_wrapped(&mut out, &heading, 0, |line| {
        style.paint(line, Tone::Strong)
    });
    out.push('\n');
    push_wrapped(&mut out, &verdict_line(document), 0, |line| {
        style.paint(line, Tone::Strong)
    });
    if document.time == TimeKind::Real {
        let speed = decimal(document.speed.unwrap_or(1.0));
        let line = format!(
            "In real time over HTTP, {speed} simulated seconds in each second: not to be set beside results of virtual time."
        );
        push_wrapped(&mut out, &line, 0, |line| line.to_string());
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
            push_wrapped(&mut out, &line, 0, |line| style.paint(line, Tone::Bad));
        }
    }
    out.push('\n');

    out.push_str(&figures(document, style));
    let of_quotas =
        |run: &StrategyDocument| run.figures.displayed_counts == DisplayedCounts::Quotas;
    if document.strategies.iter().any(of_quotas) {
        push_wrapped(&mut out, QUOTAS, 2, |line| style.paint(line, Tone::Dim));
    }
    out.push('\n');
    out.push_str(&guarantees(document, style));
    out.push('\n');
    push_violations(&mut out, document, style);
    for run in &document.strategies {
        if let Some(prediction) = &run.prediction {
            push_prediction(&mut out, &run.strategy, prediction);
        }
    }
    out.push_str(&real_time_table(document));
    let longest = document.strategies.iter().map(|run| run.strategy.len());
    let longest = longest.max().unwrap_or(0).max(12);
    let traced = document.strategies.iter();
    for run in traced.filter(|run| !run.trace_hash.is_empty()) {
        let line = format!("trace {:<longest$} {}", run.strategy, run.trace_hash);
        let _ = writeln!(out, "{}", style.paint(&line, Tone::Dim));
    }
    let _ = writeln!(
        out,
        "seed {}, {} simulated in {}; again with:\n  {}",
        document.seed,
        duration(document.simulated_s),
        duration(document.wall_s),
        document.rerun
    );
    out
}

/// How wide the column of a run is.
fn width(document: &Document) -> usize {
    let columns = document.strategies.len().max(1);
    ((WIDTH - LABEL) / columns).min(15)
}

/// Rows of a label and a cell for each run.
fn by_run(document: &Document) -> Columns {
    let value = Column::right(u16::try_from(width(document)).unwrap_or(u16::MAX));
    let label = Column::left(LABEL as u16);
    Columns::new(std::iter::once(label).chain(document.strategies.iter().map(|_| value)))
}

fn figures(document: &Document, style: Style) -> String {
    let mut columns = by_run(document);
    let name = |run: &StrategyDocument| Cell {
        text: fitted(&run.strategy, width(document)),
        tone: Tone::Strong,
    };
    let runs = || document.strategies.iter();
    columns.row(std::iter::once(cell("")).chain(runs().map(name)));
    for (label, value) in ROWS {
        columns.row(std::iter::once(cell(*label)).chain(runs().map(value)));
    }
    let label = cell(format!("cost ({})", document.currency));
    let cost = |run: &StrategyDocument| cell(money(&run.figures));
    columns.row(std::iter::once(label).chain(runs().map(cost)));
    columns.text(style)
}

fn guarantees(document: &Document, style: Style) -> String {
    let mut columns = by_run(document);
    let first = document.strategies.first();
    for guarantee in first.iter().flat_map(|run| &run.guarantees) {
        let verdict = |run: &StrategyDocument| {
            let found = run.guarantees.iter().find(|it| it.name == guarantee.name);
            let verdict = found.map_or(Verdict::Unknown, |it| it.verdict);
            judged(
                verdict.name(),
                found.is_some_and(Guarantee::matters),
                verdict == Verdict::Holds,
            )
        };
        let label = cell(guarantee_words(&guarantee.name));
        columns.row(std::iter::once(label).chain(document.strategies.iter().map(verdict)));
    }
    columns.text(style)
}

/// A name cut to a column with a blank before it; it stands in full below the table.
fn fitted(name: &str, width: usize) -> String {
    if name.chars().count() < width {
        return name.to_string();
    }
    let start: String = name.chars().take(width.saturating_sub(3)).collect();
    format!("{start}..")
}

fn money(figures: &Figures) -> String {
    count(figures.cost.round().clamp(0.0, 1e18) as u64)
}
