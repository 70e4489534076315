//! What only real time has, for people: how punctual the driver was, and what calls took.

use super::columns::{Column, Columns, cell};
use super::json::{Document, StrategyDocument};
use super::number::{count, duration};
use super::paragraph::push_wrapped;
use super::style::{Layout, Style, Tone};
use crate::measure::{RealTimeFigures, Spread};

/// Lines about the driver and the calls of every run; empty in virtual time.
pub fn real_time_table(document: &Document, layout: Layout) -> String {
    let mut text = String::new();
    for run in &document.strategies {
        if let Some(real) = &run.real_time {
            push_run(&mut text, run, real, document.speed.unwrap_or(1.0), layout);
        }
    }
    text
}

fn push_run(
    text: &mut String,
    run: &StrategyDocument,
    real: &RealTimeFigures,
    speed: f64,
    layout: Layout,
) {
    let line = format!(
        "{}: at most {} of real time late at p99 to be a measurement",
        run.strategy,
        fine(real.lag_limit_real_s),
    );
    push_wrapped(text, &line, 2, layout, Tone::Neutral);
    if let Some(reason) = &real.refused_because {
        let line = format!("  NOT A MEASUREMENT: {reason}");
        push_wrapped(text, &line, 4, layout, Tone::Neutral);
    }
    text.push_str(&spreads(real, speed));
    if !real.calls.is_empty() {
        text.push_str(&calls(real));
    }
}

/// The rows below a run's line stand to the right of it.
const LABEL: Column = Column {
    blanks_before: 2,
    ..Column::left(0)
};

/// A value, apart from what stands before it.
const VALUE: Column = Column {
    blanks_before: 2,
    ..Column::right(10)
};

fn spreads(real: &RealTimeFigures, speed: f64) -> String {
    let mut columns = Columns::new([LABEL, VALUE, VALUE, VALUE, VALUE]);
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
    let mut columns = Columns::new([LABEL, VALUE, VALUE, VALUE, VALUE, VALUE]);
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
