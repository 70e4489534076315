//! What became of thresholds, in sentences.

use super::number::{count, counted, decimal, duration, percent};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use crate::experiment::thresholds::{Judgement, Outcome, Unit};

/// A value in its unit, as people read it.
pub(super) fn in_unit(value: f64, unit: Unit, currency: &str) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    let size = value.abs();
    let text = match unit {
        Unit::Seconds => duration(size),
        Unit::Share => percent(size),
        Unit::Money => format!("{} {currency}", decimal(size)),
        Unit::PerSecond => format!("{}/s", decimal(size)),
        _ if size.fract() == 0.0 && size < 1e18 => count(size as u64),
        _ => decimal(size),
    };
    format!("{sign}{text}")
}

/// The difference of two values: of shares it is points, since per cent would be read as a part of one of them.
pub(super) fn by_how_much(value: f64, unit: Unit, currency: &str) -> String {
    let text = in_unit(value, unit, currency);
    match unit {
        Unit::Share => text.replace(" %", " points"),
        _ => text,
    }
}

/// What was measured, and how far beyond the limit it is: `809, which is 809 beyond the limit`.
pub fn measured(judgement: &Judgement, currency: &str) -> String {
    let shown = |value: f64| in_unit(value, judgement.unit, currency);
    let value = match judgement.value {
        Some(value) => shown(value),
        None if matches!(judgement.outcome, Outcome::Warns | Outcome::Fails) => {
            match judgement.seeds {
                Some(seeds) => format!("never on one or more of {}", counted(seeds, "seed")),
                None => "never".to_string(),
            }
        }
        None if judgement.outcome == Outcome::NotJudged => return "not judged".to_string(),
        None => "no samples".to_string(),
    };
    let mut text = value;
    if let (Some((low, high)), Some(seeds)) = (judgement.interval, judgement.seeds) {
        text.push_str(&format!(
            " ({} to {} over {seeds} seeds)",
            shown(low),
            shown(high)
        ));
    }
    match judgement.beyond {
        Some(beyond) if beyond > 0.0 => {
            // An equality is about each seed, every other limit about the mean.
            let which = match (judgement.interval, judgement.check.contains("==")) {
                (None, _) => "which is",
                (Some(_), true) => "the worst seed is",
                (Some(_), false) => "the mean is",
            };
            text.push_str(&format!(
                ", {which} {} beyond it",
                by_how_much(beyond, judgement.unit, currency)
            ));
        }
        Some(_) => text.push_str(", which is the limit itself"),
        None => {}
    }
    text
}

/// The block below the table: each threshold that does not hold, the worst first, and how many do. Empty without any.
pub(super) fn push_thresholds(out: &mut String, all: &[Judgement], currency: &str, layout: Layout) {
    if all.is_empty() {
        return;
    }
    let held = all.iter().filter(|it| it.outcome == Outcome::Holds).count();
    let (line, tone) = match all.len() {
        1 if held == 1 => ("The threshold holds.".to_string(), Tone::Good),
        many if held == many => (format!("All {many} thresholds hold."), Tone::Good),
        many => (format!("Thresholds: {held} of {many} hold."), Tone::Strong),
    };
    push_wrapped(out, &line, 2, layout, tone);
    for (outcome, tone) in [
        (Outcome::Fails, Tone::Bad),
        (Outcome::Warns, Tone::Neutral),
        (Outcome::Unknown, Tone::Dim),
        (Outcome::NotJudged, Tone::Dim),
    ] {
        for it in all.iter().filter(|it| it.outcome == outcome) {
            let line = match outcome {
                Outcome::NotJudged => {
                    format!("not judged {}: {} does not run", it.check, it.contender)
                }
                _ => {
                    let is = measured(it, currency);
                    format!("{:<7} {}: {}: {is}", outcome.name(), it.contender, it.check)
                }
            };
            push_wrapped(out, &line, 8, layout, tone);
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::thresholds::Threshold;
    use crate::measure::statistics::Sample;
    use crate::scenario::model::ThresholdLevel;

    #[test]
    fn over_seeds_it_is_said_what_lies_beyond() {
        let said = |check: &str| {
            let threshold = Threshold::parse(check, ThresholdLevel::Fail).unwrap();
            let sample: Sample = [0.0, 0.0, 0.0, 2.0].into_iter().collect();
            measured(
                &threshold.judged_over("escrow", &sample.estimate(), 4),
                "USD",
            )
        };
        let worst = said("oversold_units == 0");
        assert!(worst.ends_with("the worst seed is 2 beyond it"), "{worst}");
        let mean = said("oversold_units < 0.25");
        assert!(mean.ends_with("the mean is 0.250 beyond it"), "{mean}");
        let threshold = Threshold::parse("oversold_units == 0", ThresholdLevel::Fail).unwrap();
        let one = measured(&threshold.judged("escrow", Some(2.0)), "USD");
        assert_eq!(one, "2, which is 2 beyond it");
    }
}
