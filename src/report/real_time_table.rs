//! What only real time has, for people: how punctual the driver was, and what calls took.

use super::json::{Document, StrategyDocument};
use super::number::{count, duration};
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
    text.push_str(&format!(
        "  {:<33}{:>9}{:>11}{:>11}{:>11}\n",
        "", "count", "p50", "p99", "max"
    ));
    let late = &real.arrival_lag_real_s;
    push_spread(text, "arrivals late, real time", late, 1.0);
    push_spread(text, "arrivals late, simulated time", late, speed);
    let propagation = &real.propagation_from_set_time_s;
    if propagation.count > 0 {
        push_spread(text, "changes elsewhere, simulated time", propagation, 1.0);
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

fn push_spread(text: &mut String, what: &str, spread: &Spread, times: f64) {
    text.push_str(&format!(
        "  {what:<33}{:>9}{:>11}{:>11}{:>11}\n",
        count(spread.count),
        fine(spread.p50 * times),
        fine(spread.p99 * times),
        fine(spread.max * times),
    ));
}

/// Real times are short: below a tenth of a second in milliseconds with three digits.
fn fine(seconds: f64) -> String {
    match seconds {
        s if s > 0.0 && s < 0.1 => format!("{:.3} ms", s * 1e3),
        s => duration(s),
    }
}
