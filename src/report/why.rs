//! Why units were oversold, in a sentence for each contender.

use super::json::{Document, StrategyDocument};
use super::number::{count, counted, percent};
use super::paragraph::push_wrapped;
use super::style::{Layout, Tone};
use crate::measure::Causes;
use crate::measure::causes::{CauseRow, DelayParts};

/// Rows of causes that a sentence names; the others are counted together.
const NAMED: usize = 3;

/// The block below the table: nothing where nobody asked for causes, or nothing was oversold.
pub(super) fn push_why(out: &mut String, document: &Document, layout: Layout) {
    let before = out.len();
    for run in &document.strategies {
        if let Some(sentence) = why(run) {
            push_wrapped(out, &sentence, 2, layout, Tone::Neutral);
        }
    }
    if out.len() > before {
        out.push('\n');
    }
}

/// `mirror: of 179 oversold units: 64 in flight on amazon, of which 62 % is amazon's apply delay; ...`
fn why(run: &StrategyDocument) -> Option<String> {
    let causes = run.causes.as_ref().filter(|causes| causes.units > 0)?;
    let sentence = sentence(causes);
    Some(format!("{}: {sentence}", run.strategy))
}

/// What most units come from, and where the time of each such row went most.
pub(super) fn sentence(causes: &Causes) -> String {
    let mut rows: Vec<&CauseRow> = causes.rows.iter().collect();
    // Of equals the first in the order of channels.
    rows.sort_by_key(|row| std::cmp::Reverse(row.units));
    let mut parts: Vec<String> = rows.iter().take(NAMED).map(|row| of_row(row)).collect();
    let rest: u64 = rows.iter().skip(NAMED).map(|row| row.units).sum();
    if rest > 0 {
        parts.push(format!("{} for other causes", count(rest)));
    }
    format!(
        "of {}: {}.",
        counted(causes.units, "oversold unit"),
        parts.join("; ")
    )
}

fn of_row(row: &CauseRow) -> String {
    let mut text = format!(
        "{} {} on {}",
        count(row.units),
        row.label.name(),
        row.channel
    );
    if let Some((part, share)) = largest_part(&row.delays) {
        text.push_str(&format!(
            ", of which {} is {}",
            percent(share),
            part_of(part, &row.channel)
        ));
    }
    text
}

/// The part of a delay that is the largest, by its position in [`DelayParts::NAMES`], and its share; none of no delay.
pub(super) fn largest_part(delays: &DelayParts) -> Option<(usize, f64)> {
    let (parts, total) = (delays.parts(), delays.total_s());
    let largest = (0..parts.len()).max_by(|one, other| {
        // Of equals the first.
        parts[*one].total_cmp(&parts[*other]).then(other.cmp(one))
    })?;
    (total > 0.0).then(|| (largest, parts[largest] / total))
}

/// A part of a delay in words, by its name; the channel is where the unit was sold.
pub(super) fn part_of(part: usize, channel: &str) -> String {
    let name = DelayParts::NAMES[part];
    match part {
        0 | 1 => name.to_string(),
        2 | 3 => format!("the {name}"),
        5 => format!("{name} to {channel}"),
        _ => format!("{channel}'s {name}"),
    }
}
