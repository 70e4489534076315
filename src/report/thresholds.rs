//! What became of thresholds, in sentences.

use super::number::{count, decimal, duration, percent};
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

/// What was measured, and how far beyond the limit it is: `809, which is 809 beyond the limit`.
pub fn measured(judgement: &Judgement, currency: &str) -> String {
    let shown = |value: f64| in_unit(value, judgement.unit, currency);
    let value = match judgement.value {
        Some(value) => shown(value),
        None if matches!(judgement.outcome, Outcome::Warns | Outcome::Fails) => "never".to_string(),
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
            text.push_str(&format!(", which is {} beyond it", shown(beyond)));
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
