//! What the figures mean, in sentences: guarantees that were violated, and theory beside what was measured.

use super::json::Document;
use super::number::{count, counted, decimal, duration, percent};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use crate::measure::{
    Assumption, BUDGET_KEPT, CounterExample, Extent, Guarantee, Moment, Prediction, Verdict,
};

/// The names of several contenders' guarantees, each once, in the order in which they come first: the first contender need not
/// have all of them.
pub(in crate::report) fn names_of<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

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
                push_timeline(out, guarantee, layout);
            }
        }
    }
    push_assumptions(out, document, layout);
    out.push('\n');
}

/// What happened to the SKU before, a line each.
fn push_timeline(out: &mut String, guarantee: &Guarantee, layout: Layout) {
    let Some(example) = &guarantee.counter_example else {
        return;
    };
    for Moment { at_s, place, what } in &example.timeline {
        let line = format!("- {at_s:.3} s {place}: {what}");
        push_wrapped(out, &line, 2, layout, Tone::Dim);
    }
}

/// The assumptions that were broken, a line for all contenders of whom the same is to be said.
fn push_assumptions(out: &mut String, document: &Document, layout: Layout) {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for run in &document.strategies {
        let broken: Vec<String> = run.assumptions.iter().filter_map(broken_words).collect();
        if broken.is_empty() {
            continue;
        }
        let text = broken.join("; ");
        match said.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) => names.push(&run.strategy),
            None => said.push((text, vec![&run.strategy])),
        }
    }
    for (text, names) in said {
        let who = if names.len() > 1 && names.len() == document.strategies.len() {
            "all".to_string()
        } else {
            names.join(", ")
        };
        let line = format!("{who}: assumptions broken: {text}.");
        push_wrapped(out, &line, 2, layout, Tone::Neutral);
    }
}

/// `H3 on amazon, 214 s instead of 120 s (2 times, first at 12.3 s)`.
fn broken_words(assumption: &Assumption) -> Option<String> {
    let first = assumption.first.as_ref()?;
    Some(format!(
        "{} on {}, {} ({}, first at {:.3} s)",
        assumption.name,
        first.place,
        first.what,
        counted(assumption.times_broken, "time"),
        first.at_s
    ))
}

/// `mirror: no oversell violated by 3 of 400 units sold (0.75 %), first at 12.3 s on market: sold 1 of SKU 1 with 0 left,
/// while showing 3.`
pub(super) fn violation(strategy: &str, guarantee: &Guarantee) -> String {
    let name = guarantee_words(&guarantee.name);
    let mut text = format!("{strategy}: {name} violated");
    if guarantee.promised {
        text.push_str(" (a broken promise)");
    }
    // What is part of no whole is in the example.
    if let Some(extent) = guarantee.extent.as_ref().filter(|it| it.of > 0) {
        text.push_str(&format!(" by {}", extent_words(extent)));
    }
    if let Some(example) = &guarantee.counter_example {
        let CounterExample {
            at_s,
            channel,
            what,
            ..
        } = example;
        text.push_str(&format!(", first at {at_s:.3} s on {channel}: {what}"));
    }
    if let Some(caveat) = &guarantee.caveat {
        text.push_str(&format!("; {caveat}"));
    }
    text.push('.');
    text
}

/// `29 of 1,510 shipments (1.92 %; 0.1 % is tolerated, informed escrow has 0 %)`.
pub(super) fn extent_words(extent: &Extent) -> String {
    let mut text = format!(
        "{} of {} {} ({}",
        count(extent.broken),
        count(extent.of),
        extent.what,
        percent(extent.share)
    );
    if extent.tolerated_share > 0.0 {
        text.push_str(&format!(
            "; {} is tolerated",
            percent(extent.tolerated_share)
        ));
        if let Some(informed) = extent.informed_escrow_share {
            text.push_str(&format!(", informed escrow has {}", percent(informed)));
        }
    }
    if extent.excused > 0 {
        let excused = count(extent.excused);
        text.push_str(&format!("; {excused} of them outside its assumptions"));
    }
    text.push(')');
    text
}

/// The guarantee that stands for a budget. What it judges is each SKU's books, not the budget's share of all units.
pub(super) const WITHIN_BUDGET: &str = "oversold_within_budget";

/// The name of a guarantee as people read it.
pub(super) fn guarantee_words(name: &str) -> String {
    match name {
        WITHIN_BUDGET => "oversold within what was lent".to_string(),
        _ => name.replace('_', " "),
    }
}

/// Why a guarantee is left open.
pub(super) fn why_unknown(guarantee: &Guarantee) -> &str {
    let usual = match guarantee.name == BUDGET_KEPT {
        true => "it is about a mean over many days, which one seed leaves open",
        false => "nothing in the run could have broken it",
    };
    guarantee.caveat.as_deref().unwrap_or(usual)
}

/// What the guarantee of a budget says and does not say on one seed; nothing where nobody was judged on it.
pub(super) fn budget_words(document: &Document) -> Option<String> {
    let mut all = document.strategies.iter().flat_map(|run| &run.guarantees);
    let is_judged = all.any(|it| {
        it.name == WITHIN_BUDGET && matches!(it.verdict, Verdict::Holds | Verdict::Violated)
    });
    let mut words = is_judged.then(|| {
        "Oversold within what was lent: of no SKU more than the engine had on its books beyond the stock. Whether the budget is \
         kept, a mean over many days, one seed leaves open; many (--seeds 20) judge it."
            .to_string()
    })?;
    for run in &document.strategies {
        let mut all = run.guarantees.iter().filter(|it| it.name == BUDGET_KEPT);
        if let Some(caveat) = all.next().and_then(|it| it.caveat.as_ref()) {
            words.push_str(&format!(" {}: {caveat}.", run.strategy));
        }
    }
    Some(words)
}
