//! What only real time has, for people: how punctual the driver was, and what calls took.

use super::json::{Document, StrategyDocument};
use super::number::{count, duration};
use crate::measure::RealTimeFigures;

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
    let name = &run.strategy;
    let lag = &real.arrival_lag_real_s;
    text.push_str(&format!(
        "{name}: {} arrivals, late by p50 {}, p99 {}, max {} of real time (at most {} at p99)\n",
        count(lag.count),
        fine(lag.p50),
        fine(lag.p99),
        fine(lag.max),
        fine(real.lag_limit_real_s),
    ));
    if let Some(reason) = &real.refused_because {
        text.push_str(&format!("  NOT A MEASUREMENT: {reason}\n"));
    }
    if (speed - 1.0).abs() > f64::EPSILON {
        text.push_str(&format!(
            "  in simulated time by p50 {}, p99 {}, max {}\n",
            fine(lag.p50 * speed),
            fine(lag.p99 * speed),
            fine(lag.max * speed),
        ));
    }
    if real.calls.is_empty() {
        return;
    }
    text.push_str(&format!(
        "  {:<24}{:>9}{:>11}{:>11}{:>15}{:>11}\n",
        "calls, real time", "count", "p50", "p99", "harness p50", "p99"
    ));
    for call in &real.calls {
        let system: String = call.system.chars().take(16).collect();
        let who = format!("{system} {}", call.kind);
        text.push_str(&format!(
            "  {who:<24}{:>9}{:>11}{:>11}{:>15}{:>11}\n",
            count(call.total_real_s.count),
            fine(call.total_real_s.p50),
            fine(call.total_real_s.p99),
            fine(call.overhead_real_s.p50),
            fine(call.overhead_real_s.p99),
        ));
    }
}

/// Real times are short: below a tenth of a second in milliseconds with three digits.
fn fine(seconds: f64) -> String {
    match seconds {
        s if s > 0.0 && s < 0.1 => format!("{:.3} ms", s * 1e3),
        s => duration(s),
    }
}
