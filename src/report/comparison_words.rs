//! What a comparison says, in words that all its forms share.

use super::number::{counted, decimal, duration, percent};
use super::thresholds::{by_how_much, in_unit};
use crate::experiment::compare::{
    CausesChange, Change, Comparison, ContenderChange, FigureChange, GuaranteeChange,
};
use crate::experiment::thresholds::Figure;
use crate::measure::causes::DelayParts;

/// Parts of the delay that are named.
const MOST_PARTS: usize = 3;

/// From so many times more on, nobody reads per cent.
const MANY_TIMES: f64 = 5.0;

/// Less than so much of the whole delay is not worth a word.
const WORTH_A_WORD: f64 = 0.02;

/// `regressed: flash-sale, seed 1`.
pub(super) fn heading(comparison: &Comparison) -> String {
    let seeds = match comparison.seeds.as_slice() {
        [one] => format!("seed {one}"),
        many => counted(many.len() as u64, "seed"),
    };
    let scenario = match comparison.scenario.as_str() {
        "" => String::new(),
        name => format!("{name}, "),
    };
    format!("{}: {scenario}{seeds}", comparison.change.name())
}

/// `12 figures and 1 guarantee worse, 3 figures better; 9 that are neither differ`.
pub(super) fn tally(change: &ContenderChange) -> String {
    let count = |wanted: Change| {
        let figures = change
            .figures
            .iter()
            .filter(|it| it.change == wanted)
            .count();
        let guarantees = change
            .guarantees
            .iter()
            .filter(|it| it.change == wanted)
            .count();
        (figures as u64, guarantees as u64)
    };
    let words = |wanted: Change, how: &str| {
        let parts = match count(wanted) {
            (0, 0) => return None,
            (figures, 0) => counted(figures, "figure"),
            (0, guarantees) => counted(guarantees, "guarantee"),
            (figures, guarantees) => {
                format!(
                    "{} and {}",
                    counted(guarantees, "guarantee"),
                    counted(figures, "figure")
                )
            }
        };
        Some(format!("{parts} {how}"))
    };
    let parts: Vec<String> = [
        words(Change::Regressed, "worse"),
        words(Change::Improved, "better"),
        words(Change::Changed, "changed without being either"),
        words(Change::Unchanged, "not surely different"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match (parts.is_empty(), change.same_trace) {
        (false, _) => parts.join(", "),
        (true, Some(true)) => "the same, event by event".to_string(),
        (true, Some(false)) => "every figure the same, by another trace".to_string(),
        (true, None) => "every figure the same".to_string(),
    }
}

/// The values of a figure before and after, over so many seeds; what has none reads `-`, or `never`.
pub(super) fn values(change: &FigureChange, seeds: usize, currency: &str) -> (String, String) {
    let sides = [
        (change.before, change.never_before),
        (change.after, change.never_after),
    ];
    let [before, after] = sides.map(|(mean, never)| value(change, mean, (never, seeds), currency));
    (before, after)
}

/// A mean says on how many seeds the figure never came, since those are not in it.
fn value(
    change: &FigureChange,
    value: Option<f64>,
    (never, seeds): (u64, usize),
    currency: &str,
) -> String {
    match value {
        Some(value) if never > 0 => {
            let mean = in_unit(value, change.unit, currency);
            format!("{mean} (never on {never} of {seeds})")
        }
        Some(value) => in_unit(value, change.unit, currency),
        None if Figure::named(&change.figure).is_some_and(|it| it.never) => "never".to_string(),
        None => "-".to_string(),
    }
}

/// By how much: `+97 (+13.6 %)`, over several seeds `+97 (85 to 109)`.
pub(super) fn difference(change: &FigureChange, currency: &str) -> String {
    let Some(difference) = change.difference else {
        return "-".to_string();
    };
    let shown = |value: f64| by_how_much(value, change.unit, currency);
    let sign = if difference > 0.0 { "+" } else { "" };
    let absolute = match shown(difference) {
        // Less than anything that is written: a sign before it would say less, not more.
        tiny if tiny.starts_with('<') => tiny,
        text => format!("{sign}{text}"),
    };
    if let Some((low, high)) = change.interval {
        return format!("{absolute} ({} to {})", shown(low), shown(high));
    }
    // Of what is, or becomes, less than nothing a ratio says nothing.
    let before = change
        .before
        .filter(|before| *before > 0.0 && before + difference >= 0.0);
    match before {
        Some(before) if difference / before >= MANY_TIMES => {
            let times = decimal((before + difference) / before);
            format!("{absolute} ({times} times)")
        }
        Some(before) => {
            let share = difference / before;
            let sign = if share < 0.0 { "-" } else { "+" };
            format!("{absolute} ({sign}{})", percent(share.abs()))
        }
        _ => absolute,
    }
}

/// `holds` before, `violated` after; over several seeds on how many.
pub(super) fn verdicts(change: &GuaranteeChange, seeds: usize) -> (String, String) {
    match seeds {
        1 => (
            change.before.name().to_string(),
            change.after.name().to_string(),
        ),
        many => (
            format!("broken {}/{many}", change.violated_before),
            format!("broken {}/{many}", change.violated_after),
        ),
    }
}

/// Why oversold units changed on so many seeds, in a sentence or two; nothing when nothing is known of it.
pub(super) fn why(causes: &CausesChange, seeds: usize) -> Option<String> {
    let units: Vec<String> = causes
        .labels
        .iter()
        .map(|it| {
            format!(
                "{} {} (before {})",
                it.label.name(),
                it.units_after,
                it.units_before
            )
        })
        .collect();
    let mut text = match units.as_slice() {
        [] => String::new(),
        // The figures beside them are means of a run.
        some if seeds > 1 => format!(
            "oversold units by cause, in all {seeds} seeds together: {}.",
            some.join(", ")
        ),
        some => format!("oversold units by cause: {}.", some.join(", ")),
    };
    if let (Some(before), Some(after)) = (&causes.delay_before, &causes.delay_after) {
        let parts = delays(before, after);
        if !parts.is_empty() {
            let blank = if text.is_empty() { "" } else { " " };
            text.push_str(&format!(
                "{blank}News of what they missed took {} on average (before {}): {}.",
                duration(after.total_s()),
                duration(before.total_s()),
                parts.join(", ")
            ));
        }
    }
    (!text.is_empty()).then(|| format!("Why: {text}"))
}

/// The parts of the delay that changed most.
fn delays(before: &DelayParts, after: &DelayParts) -> Vec<String> {
    let whole = before.total_s().max(after.total_s());
    let values = before.parts().into_iter().zip(after.parts());
    let mut parts: Vec<(&str, f64, f64)> = DelayParts::NAMES
        .into_iter()
        .zip(values)
        .map(|(name, (one, two))| (name, one, two))
        .collect();
    parts.retain(|(_, one, two)| (two - one).abs() > WORTH_A_WORD * whole);
    parts.sort_by(|one, two| (two.2 - two.1).abs().total_cmp(&(one.2 - one.1).abs()));
    parts.truncate(MOST_PARTS);
    parts
        .into_iter()
        .map(|(name, one, two)| format!("{name} {} (before {})", duration(two), duration(one)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::thresholds::{Better, Unit};

    fn of(figure: &str, unit: Unit) -> FigureChange {
        FigureChange {
            figure: figure.to_string(),
            unit,
            better: Better::Lower,
            change: Change::Regressed,
            before: None,
            after: None,
            difference: None,
            interval: None,
            never_before: 0,
            never_after: 0,
            pairs: 0,
            channels: Vec::new(),
        }
    }

    #[test]
    fn a_ratio_is_told_of_what_is_more_than_nothing_on_both_sides() {
        let told = |before: f64, after: f64, unit: Unit| {
            let change = FigureChange {
                before: Some(before),
                after: Some(after),
                difference: Some(after - before),
                ..of("lost_against_pool_units", unit)
            };
            difference(&change, "USD")
        };
        for (before, after, said) in [
            (10.0, 12.0, "+2 (+20.0 %)"),
            (10.0, 5.0, "-5 (-50.0 %)"),
            (10.0, 0.0, "-10 (-100.0 %)"),
            (2.0, 20.0, "+18 (10.0 times)"),
            (0.0, 3.0, "+3"),
            (-4.0, 4.0, "+8"),
            (-19.0, -28.0, "-9"),
            (4.0, -4.0, "-8"),
        ] {
            assert_eq!(told(before, after, Unit::Units), said, "{before} {after}");
        }
        assert_eq!(told(0.5, 0.25, Unit::Share), "-25.0 points (-50.0 %)");
    }

    #[test]
    fn a_mean_says_on_how_many_seeds_it_never_came() {
        let change = FigureChange {
            before: Some(62.2),
            never_before: 2,
            never_after: 3,
            ..of("convergence_s", Unit::Seconds)
        };
        let (before, after) = values(&change, 3, "USD");
        assert_eq!(
            (before.as_str(), after.as_str()),
            ("62.2 s (never on 2 of 3)", "never")
        );
    }
}
