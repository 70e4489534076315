//! What the figures mean, in sentences: guarantees that were violated, and theory beside what was measured.

use super::json::Document;
use super::number::{count, counted, decimal, duration};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use crate::measure::{Guarantee, Prediction, Verdict};

/// Prediction and measurement, in total and by channel, and why they differ if they do.
pub(super) fn push_prediction(
    out: &mut String,
    strategy: &str,
    prediction: &Prediction,
    layout: Layout,
) {
    let ratio = prediction
        .ratio
        .map_or_else(String::new, |ratio| format!(" ({} times)", decimal(ratio)));
    let mut text = format!(
        "{strategy}: theory predicts {} oversold units over {} (around them, orders known after {}, counts \
         shown {} later), measured {}{ratio}.",
        decimal(prediction.oversold_units),
        counted(prediction.stock_outs, "stock-out"),
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
    push_wrapped(out, &text, 2, layout, Tone::Neutral);
    if let Some(reason) = &prediction.reason {
        let text = format!("Largest reason for the difference: {reason}.");
        push_wrapped(out, &text, 2, layout, Tone::Neutral);
    }
}

pub(super) fn push_violations(out: &mut String, document: &Document, layout: Layout) {
    for run in &document.strategies {
        for guarantee in &run.guarantees {
            if guarantee.verdict == Verdict::Violated {
                let tone = if guarantee.promised {
                    Tone::Bad
                } else {
                    Tone::Neutral
                };
                push_wrapped(out, &violation(&run.strategy, guarantee), 2, layout, tone);
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
            guarantee_words(&guarantee.name),
            example.at_s,
            example.channel,
            example.what
        ),
        None => format!(
            "{strategy}: {} violated{promise}.",
            guarantee_words(&guarantee.name)
        ),
    }
}

/// The name of a guarantee as people read it.
pub(super) fn guarantee_words(name: &str) -> &str {
    match name {
        "no_oversell" => "no oversell",
        "every_order_ingested" => "every order ingested",
        "rate_limits_respected" => "rate limits respected",
        "units_conserved" => "units conserved",
        "fulfilled_in_time_from_the_right_warehouse" => "fulfilled in time, right place",
        other => other,
    }
}
