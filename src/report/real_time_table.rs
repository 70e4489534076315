//! What only real time has, for people: how punctual the driver was, and what calls took.

use super::columns::{Column, Columns, cell};
use super::json::{Document, StrategyDocument};
use super::number::{count, duration};
use super::style::Style;
use crate::measure::{RealTimeFigures, Spread};

/// Lines about the driver and the calls of every run; empty in virtual time.
pub fn real_time_table(document: &Document) -> String {
    let mut text = String::new();
    for run in &document.strategies {
        if let Some(real) = &run.real_time {
            push_run(&mut text, run, real, document.speed.unwrap_or(1.0));
        }
    }
    text
}

fn push_run(text: &mut String, run: &StrategyDocument, real: &RealTimeFigures, speed: f64) {
    text.push_str(&format!(
        "{}: at most {} of real time late at p99 to be a measurement\n",
        run.strategy,
        fine(real.lag_limit_real_s),
    ));
    if let Some(reason) = &real.refused_because {
        text.push_str(&format!("  NOT A MEASUREMENT: {reason}\n"));
    }
    text.push_str(&spreads(real, speed));
    if !real.calls.is_empty() {
        text.push_str(&calls(real));
    }
}

/// The rows below a run's line stand to the right of it.
const fn label(least: u16) -> Column {
    Column {
        blanks_before: 2,
        ..Column::left(least + 2)
    }
}

fn spreads(real: &RealTimeFigures, speed: f64) -> String {
    let value = Column::right(11);
    let mut columns = Columns::new([label(33), Column::right(9), value, value, value]);
    columns.row(["", "count", "p50", "p99", "max"].map(cell));
    let mut row = |what: &str, spread: &Spread, times: f64| {
        columns.row([
            cell(what),
            cell(count(spread.count)),
            cell(fine(spread.p50.map(|seconds| seconds * times))),
            cell(fine(spread.p99.map(|seconds| seconds * times))),
            cell(fine(spread.max.map(|seconds| seconds * times))),
        ]);
    };
    let late = &real.arrival_lag_real_s;
    row("arrivals late, real time", late, 1.0);
    row("arrivals late, simulated time", late, speed);
    let propagation = &real.propagation_from_set_time_s;
    if propagation.count > 0 {
        row("changes elsewhere, simulated time", propagation, 1.0);
    }
    columns.text(Style::Plain)
}

fn calls(real: &RealTimeFigures) -> String {
    let value = Column::right(11);
    let mut columns = Columns::new([
        label(24),
        Column::right(9),
        value,
        value,
        Column::right(15),
        value,
    ]);
    columns.row(
        [
            "calls, real time",
            "count",
            "p50",
            "p99",
            "harness p50",
            "p99",
        ]
        .map(cell),
    );
    for call in &real.calls {
        let system: String = call.system.chars().take(16).collect();
        columns.row([
            cell(format!("{system} {}", call.kind)),
            cell(count(call.total_real_s.count)),
            cell(fine(call.total_real_s.p50)),
            cell(fine(call.total_real_s.p99)),
            cell(fine(call.overhead_real_s.p50)),
            cell(fine(call.overhead_real_s.p99)),
        ]);
    }
    columns.text(Style::Plain)
}

/// Real times are short: below a tenth of a second in milliseconds with three digits.
fn fine(seconds: impl Into<Option<f64>>) -> String {
    match seconds.into() {
        Some(s) if s > 0.0 && s < 0.1 => format!("{:.3} ms", s * 1e3),
        s => duration(s),
    }
}
