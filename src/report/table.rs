//! The table on the terminal: strategies as columns, never wider than 100 columns.

use std::fmt::Write;

use super::json::{Document, StrategyDocument, Time};
use super::number::{count, decimal, duration, percent};
use super::real_time_table::real_time_table;
use super::verdict_line::verdict_line;
use crate::measure::{Figures, Guarantee, Prediction, Verdict};

/// The most columns of text.
const WIDTH: usize = 100;
/// Columns for the row labels.
const LABEL: usize = 30;

/// Above it Amazon takes the right to sell away: orders cancelled by the seller before shipping, over seven days.
const SELLER_CANCEL_LINE: f64 = 0.025;

/// How to write.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Letters alone.
    Plain,
    /// With ANSI colours.
    Colour,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Tone {
    Neutral,
    Good,
    Bad,
    Dim,
    Strong,
}

impl Style {
    fn paint(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            _ if self == Style::Plain => return text.to_string(),
            Tone::Neutral => return text.to_string(),
            Tone::Good => "32",
            Tone::Bad => "31;1",
            Tone::Dim => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

struct Cell {
    text: String,
    tone: Tone,
}

fn cell(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        tone: Tone::Neutral,
    }
}

fn judged(text: impl Into<String>, bad: bool, good: bool) -> Cell {
    Cell {
        text: text.into(),
        tone: match (bad, good) {
            (true, _) => Tone::Bad,
            (_, true) => Tone::Good,
            _ => Tone::Neutral,
        },
    }
}

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
    ("  orders oversold", |run| {
        cell(percent(run.figures.oversold_rate))
    }),
    ("orders not fillable (< 2.5 %)", |run| {
        let rate = run.figures.seller_cancel_rate;
        judged(percent(rate), rate >= SELLER_CANCEL_LINE, false)
    }),
    ("lost sales (units)", |run| {
        cell(count(run.figures.net_undersell_units))
    }),
    ("refused while in stock", |run| {
        cell(count(run.figures.rejected_in_stock_units))
    }),
    ("age of counts p50", |run| {
        cell(duration(run.figures.staleness_s.p50))
    }),
    ("  p99", |run| cell(duration(run.figures.staleness_s.p99))),
    ("  max", |run| cell(duration(run.figures.staleness_s.max))),
    ("orders ingested p99", |run| {
        cell(duration(run.figures.ingestion_s.p99))
    }),
    ("  never", |run| {
        let lost = run.figures.lost_orders;
        judged(count(lost), lost > 0, false)
    }),
    ("support reads p99 age", |run| {
        cell(duration(run.figures.support_read_age_s.p99))
    }),
    ("converged after", |run| match run.figures.convergence_s {
        Some(seconds) => cell(duration(seconds)),
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
    if document.time == Time::Real {
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

    let columns = document.strategies.len().max(1);
    let width = ((WIDTH - LABEL) / columns).min(15);
    let names = document
        .strategies
        .iter()
        .map(|run| Cell {
            text: fitted(&run.strategy, width),
            tone: Tone::Strong,
        })
        .collect();
    push_row(&mut out, "", names, width, style);
    for (label, value) in ROWS {
        let cells = document.strategies.iter().map(value).collect();
        push_row(&mut out, label, cells, width, style);
    }
    let cost = |run: &StrategyDocument| cell(money(&run.figures));
    let label = format!("cost ({})", document.currency);
    let cells = document.strategies.iter().map(cost).collect();
    push_row(&mut out, &label, cells, width, style);
    out.push('\n');

    push_guarantees(&mut out, document, width, style);
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

fn push_row(out: &mut String, label: &str, cells: Vec<Cell>, width: usize, style: Style) {
    let mut line = format!("{label:<LABEL$}");
    for cell in cells {
        // Padded before painting: colour codes have no width.
        let text = format!("{:>width$}", cell.text);
        line.push_str(&style.paint(&text, cell.tone));
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Prediction and measurement, in total and by channel, and why they differ if they do.
fn push_prediction(out: &mut String, strategy: &str, prediction: &Prediction) {
    let ratio = prediction
        .ratio
        .map_or_else(String::new, |ratio| format!(" ({} times)", decimal(ratio)));
    let mut text = format!(
        "{strategy}: theory predicts {} oversold units over {} stock-outs (around them, orders known after {}, counts \
         shown {} later), measured {}{ratio}.",
        decimal(prediction.oversold_units),
        count(prediction.stock_outs),
        duration(prediction.mean_ingest_s),
        duration(prediction.mean_publish_s),
        count(prediction.measured_units),
    );
    if prediction.stock_outs > 0 {
        let channels: Vec<String> = prediction
            .channels
            .iter()
            .map(|channel| {
                let shut = channel
                    .mean_shut_after_s
                    .map_or_else(String::new, |seconds| {
                        format!(", shut after {}", duration(seconds))
                    });
                format!(
                    "{} {} and {}{shut}",
                    channel.channel,
                    decimal(channel.oversold_units),
                    count(channel.measured_units)
                )
            })
            .collect();
        text.push_str(&format!(" By channel: {}.", channels.join("; ")));
    }
    push_wrapped(out, &text, 2, |line| line.to_string());
    if let Some(reason) = &prediction.reason {
        let text = format!("Largest reason for the difference: {reason}.");
        push_wrapped(out, &text, 2, |line| line.to_string());
    }
}

fn push_guarantees(out: &mut String, document: &Document, width: usize, style: Style) {
    let Some(first) = document.strategies.first() else {
        return;
    };
    for guarantee in &first.guarantees {
        let cells = document
            .strategies
            .iter()
            .map(|run| {
                let verdict = run
                    .guarantees
                    .iter()
                    .find(|other| other.name == guarantee.name)
                    .map_or(Verdict::Unknown, |other| other.verdict);
                judged(
                    verdict.name(),
                    verdict == Verdict::Violated,
                    verdict == Verdict::Holds,
                )
            })
            .collect();
        push_row(out, words(&guarantee.name), cells, width, style);
    }
    out.push('\n');
}

fn push_violations(out: &mut String, document: &Document, style: Style) {
    for run in &document.strategies {
        for guarantee in &run.guarantees {
            if guarantee.verdict == Verdict::Violated {
                push_wrapped(out, &violation(&run.strategy, guarantee), 2, |line| {
                    style.paint(
                        line,
                        if guarantee.promised {
                            Tone::Bad
                        } else {
                            Tone::Neutral
                        },
                    )
                });
            }
        }
    }
    out.push('\n');
}

/// `mirror: no oversell violated after 12.3 s on market: sold 1 of SKU 1 with 0 left, while showing 3.`
fn violation(strategy: &str, guarantee: &Guarantee) -> String {
    let promise = if guarantee.promised {
        " (a broken promise)"
    } else {
        ""
    };
    match &guarantee.counter_example {
        Some(example) => format!(
            "{strategy}: {} violated{promise}, first at {:.3} s on {}: {}.",
            words(&guarantee.name),
            example.at_s,
            example.channel,
            example.what
        ),
        None => format!("{strategy}: {} violated{promise}.", words(&guarantee.name)),
    }
}

fn words(name: &str) -> &str {
    match name {
        "no_oversell" => "no oversell",
        "every_order_ingested" => "every order ingested",
        "rate_limits_respected" => "rate limits respected",
        "units_conserved" => "units conserved",
        "fulfilled_in_time_from_the_right_warehouse" => "fulfilled in time, right place",
        other => other,
    }
}

/// Breaks at spaces so that no line is longer than [`WIDTH`]; later lines are indented.
fn push_wrapped(out: &mut String, text: &str, indent: usize, paint: impl Fn(&str) -> String) {
    let mut line = String::new();
    for word in text.split(' ') {
        let needed = line.chars().count() + 1 + word.chars().count();
        if !line.trim().is_empty() && needed > WIDTH {
            out.push_str(&paint(&line));
            out.push('\n');
            line = " ".repeat(indent);
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&paint(&line));
    out.push('\n');
}
