//! What one seed is too little for.

use crate::measure::statistics::poisson_interval;
use crate::report::Document;
use crate::report::number::{count, counted};
use crate::report::paragraph::push_wrapped;
use crate::report::style::{Layout, Tone};

/// Half an interval wider than this part of its count is said.
const WIDE: f64 = 0.1;

/// Counts that are named.
const MOST_NAMED: usize = 3;

/// Between which whole numbers chance alone may move a count, of so many units asked for; nothing where that is little.
fn wide_range(units: u64, asked_for: u64) -> Option<(u64, u64)> {
    let (low, high) = poisson_interval(units);
    // Nobody can be sold, or refused, more than is asked for.
    let high = high.min(asked_for.max(units) as f64);
    let is_wide = units > 0 && (high - low) / 2.0 > WIDE * units as f64;
    is_wide.then_some((low.round() as u64, high.round() as u64))
}

/// Says which counts of a single seed are uncertain by more than a tenth through chance alone, as Poisson numbers are below about
/// 400; units that are oversold together scatter more. It holds for buyers that come by chance, not for a replay. Nothing when there is no such count.
fn one_seed_note(document: &Document) -> Option<String> {
    let mut uncertain: Vec<(u64, String)> = Vec::new();
    for run in &document.strategies {
        for (units, what) in [
            (run.figures.oversold_units, "oversold unit"),
            (run.figures.net_undersell_units, "lost sale"),
        ] {
            let Some((low, high)) = wide_range(units, run.figures.offered_units) else {
                continue;
            };
            let range = format!(
                "{}'s {} may be {} to {}",
                run.strategy,
                counted(units, what),
                count(low),
                count(high)
            );
            uncertain.push((units, range));
        }
    }
    if uncertain.is_empty() {
        return None;
    }
    // The largest counts are those that somebody compares.
    uncertain.sort_by_key(|(units, _)| std::cmp::Reverse(*units));
    let more = uncertain.len().saturating_sub(MOST_NAMED);
    let named: Vec<String> = uncertain
        .into_iter()
        .take(MOST_NAMED)
        .map(|(_, range)| range)
        .collect();
    let others = match more {
        0 => String::new(),
        _ => ", and so on".to_string(),
    };
    Some(format!(
        "one seed is too little: by chance alone {}{others}; --seeds 20 gives means with intervals",
        named.join(", ")
    ))
}

/// Adds the note to a table of one seed, where there is anything to be said.
pub fn push_one_seed_note(out: &mut String, document: &Document, layout: Layout) {
    if let Some(note) = one_seed_note(document) {
        push_wrapped(out, &note, 2, layout, Tone::Dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_moves_no_count_beyond_what_is_asked_for() {
        assert_eq!(wide_range(2, 3), Some((0, 3)));
        assert_eq!(wide_range(2, 300), Some((0, 7)));
        assert_eq!(wide_range(0, 300), None);
        assert_eq!(wide_range(1_000, 50_000), None, "a tenth is little");
    }
}
