//! The table of many seeds: means with half the width of their 95 % intervals, paired differences, and how often guarantees
//! held.

use std::fmt::Write;

use crate::experiment::replications::{
    BudgetOverSeeds, CausesSummary, GuaranteeCounts, HalfWidth, ReplicationsDocument,
};
use crate::experiment::thresholds::{Figure, YARDSTICK};
use crate::measure::causes::{CauseLabel, DelayParts};
use crate::measure::{DisplayedCounts, Estimate, Verdict};
use crate::report::columns::{Cell, Column, Columns, cell};
use crate::report::findings::{guarantee_words, names_of};
use crate::report::heads::{Head, head_rows, heads};
use crate::report::number::{TimeUnit, count, counted, percent};
use crate::report::paragraph::push_wrapped;
use crate::report::references::POOL_WORDS;
use crate::report::style::{Layout, Tone};
use crate::report::table::{QUOTAS, blocks};
use crate::report::thresholds::push_thresholds;
use crate::scenario::text::printable;

/// How a figure is written.
#[derive(Copy, Clone)]
enum Kind {
    Number,
    Share,
    Seconds,
}

const ROWS: [(&str, &str, Kind); 18] = [
    ("units asked for", "offered_units", Kind::Number),
    ("units sold", "accepted_units", Kind::Number),
    (
        "  above the pool",
        "accepted_above_pool_units",
        Kind::Number,
    ),
    ("oversold units", "oversold_units", Kind::Number),
    ("lost sales (units)", "net_undersell_units", Kind::Number),
    (
        "  against the pool",
        "lost_against_pool_units",
        Kind::Number,
    ),
    (
        "refused while in stock",
        "rejected_in_stock_units",
        Kind::Number,
    ),
    ("not fillable", "seller_cancel_rate", Kind::Share),
    ("age of counts p50", "staleness_s.p50", Kind::Seconds),
    ("  p99", "staleness_s.p99", Kind::Seconds),
    ("orders ingested p99", "ingestion_s.p99", Kind::Seconds),
    ("  never", "lost_orders", Kind::Number),
    ("converged after", "convergence_s", Kind::Seconds),
    ("wrong warehouse", "wrong_warehouse_rate", Kind::Share),
    ("late shipments", "late_fulfillments", Kind::Number),
    ("calls per order", "calls_per_order", Kind::Number),
    ("calls refused by limits", "throttled_share", Kind::Share),
    ("cost", "cost", Kind::Number),
];

/// Rows of the differences.
const COMPARED: [&str; 5] = [
    "oversold_units",
    "net_undersell_units",
    "accepted_units",
    "calls_per_order",
    "cost",
];

/// Blanks before a value.
const APART: usize = 2;
/// The least columns of a value.
const NARROWEST_VALUE: usize = 8;

/// A number with so many decimals, thousands apart.
pub fn precise(number: f64, decimals: usize) -> String {
    let rounded = format!("{:.decimals$}", number.abs());
    let (whole, rest) = match rounded.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (rounded.as_str(), String::new()),
    };
    let whole = whole.parse().map_or_else(|_| whole.to_string(), count);
    let is_zero = rounded.chars().all(|letter| "0.".contains(letter));
    let sign = if number < 0.0 && !is_zero { "-" } else { "" };
    format!("{sign}{whole}{rest}")
}

/// Decimals that a number deserves which is uncertain by so much: the first two digits of the uncertainty.
fn decimals(uncertainty: f64) -> usize {
    match uncertainty.abs() {
        it if it >= 10.0 => 0,
        it if it >= 1.0 => 1,
        it if it >= 0.1 => 2,
        _ => 3,
    }
}

/// `83.2 ± 4.1`: a mean and half the width of its interval, both times `scale`.
pub fn estimate_text(estimate: &Estimate, scale: f64) -> String {
    let Some(mean) = estimate.mean.map(|mean| mean * scale) else {
        return "-".to_string();
    };
    match estimate.half_width.map(|half| half * scale) {
        // All the same.
        None | Some(0.0) if mean.fract() == 0.0 => precise(mean, 0),
        None | Some(0.0) => precise(mean, decimals(mean / 10.0)),
        Some(half) => {
            let decimals = decimals(half);
            format!("{} ± {}", precise(mean, decimals), precise(half, decimals))
        }
    }
}

/// `never on 3 of 4`: on how many runs it never came, which is in no mean; nothing where it came on all, and of figures without a
/// value where nothing was there to be measured.
pub fn never_text(path: &str, estimate: Option<&Estimate>, runs: u64) -> Option<String> {
    let reached = estimate.map_or(0, |it| it.runs);
    let never = runs.saturating_sub(reached);
    let can_be = Figure::named(path).is_some_and(|figure| figure.never);
    (can_be && never > 0).then(|| format!("never on {never} of {runs}"))
}

fn text(estimate: Option<&Estimate>, kind: Kind, unit: TimeUnit) -> String {
    let Some(estimate) = estimate else {
        return "-".to_string();
    };
    match kind {
        Kind::Number => estimate_text(estimate, 1.0),
        Kind::Share => format!("{} %", estimate_text(estimate, 100.0)),
        Kind::Seconds => format!(
            "{} {}",
            estimate_text(estimate, 1.0 / unit.seconds()),
            unit.name()
        ),
    }
}

struct Row {
    label: String,
    cells: Vec<Cell>,
}

impl Row {
    fn heads(label: Head, heads: &[Head]) -> Vec<Row> {
        let rows = head_rows(label, heads).into_iter();
        rows.map(|(label, cells)| Row { label, cells }).collect()
    }
}

fn figure_rows(document: &ReplicationsDocument) -> Vec<Row> {
    let summaries = &document.summaries;
    let names: Vec<&str> = summaries.iter().map(|it| it.contender.as_str()).collect();
    let mut rows = Row::heads(Head::default(), &heads(&names));
    for (label, path, kind) in ROWS {
        let estimates: Vec<Option<&Estimate>> =
            summaries.iter().map(|it| it.figures.get(path)).collect();
        let never = |it: &Option<&Estimate>| never_text(path, *it, document.runs).is_some();
        if estimates.iter().all(|it| it.is_none() && !never(it)) {
            continue;
        }
        let means = estimates.iter().flatten().filter_map(|it| it.mean);
        let unit = TimeUnit::of(means);
        let of_counts = path.starts_with("staleness_s.");
        let cells = estimates.iter().zip(summaries).map(|(estimate, summary)| {
            let is_of_quotas = summary.displayed_counts == DisplayedCounts::Quotas;
            let never = never_text(path, *estimate, document.runs);
            let tone = match (path, estimate.and_then(|it| it.most)) {
                ("oversold_units", Some(most)) if most > 0.0 => Tone::Bad,
                ("oversold_units", Some(_)) => Tone::Good,
                _ if never.is_some() => Tone::Bad,
                _ => Tone::Neutral,
            };
            let mark = match of_counts && is_of_quotas && estimate.is_some() {
                true => "*",
                false => "",
            };
            let value = never.unwrap_or_else(|| text(*estimate, kind, unit));
            Cell {
                tone,
                ..cell(format!("{value}{mark}"))
            }
        });
        let label = match path {
            "cost" => format!("{label} ({})", document.frame.currency),
            _ => label.to_string(),
        };
        rows.push(Row {
            label,
            cells: cells.collect(),
        });
    }
    rows
}

fn difference_rows(document: &ReplicationsDocument) -> Vec<Row> {
    let Some(first) = document.differences.first() else {
        return Vec::new();
    };
    let others = document.differences.iter().map(|it| it.contender.as_str());
    let names: Vec<&str> = std::iter::once(first.against.as_str())
        .chain(others)
        .collect();
    let mut heads = heads(&names);
    let mut label = heads.remove(0);
    let first_line = match label.above.is_empty() {
        true => &mut label.name,
        false => &mut label.above,
    };
    first_line.insert_str(0, "less ");
    let mut rows = Row::heads(label, &heads);
    for (label, path, _) in ROWS.iter().filter(|(_, path, _)| COMPARED.contains(path)) {
        let cells = document.differences.iter().map(|it| {
            let text = it.figures.get(*path).map(|it| estimate_text(it, 1.0));
            cell(text.unwrap_or("-".to_string()))
        });
        rows.push(Row {
            label: (*label).to_string(),
            cells: cells.collect(),
        });
    }
    rows
}

/// The causes of oversold units, and the part of the delay that weighs most; nothing where nobody asked, or nothing was
/// oversold.
fn cause_rows(document: &ReplicationsDocument) -> Vec<Row> {
    let known: Vec<(&str, &CausesSummary)> = document
        .summaries
        .iter()
        .filter_map(|it| Some((it.contender.as_str(), it.causes.as_ref()?)))
        .filter(|(_, causes)| causes.units > 0)
        .collect();
    if known.is_empty() {
        return Vec::new();
    }
    let row = |label: &str, text: &dyn Fn(&CausesSummary) -> String| Row {
        label: label.to_string(),
        cells: known.iter().map(|(_, causes)| cell(text(causes))).collect(),
    };
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let label = Head {
        name: "oversold because of".to_string(),
        ..Head::default()
    };
    let mut rows = Row::heads(label, &heads(&names));
    for label in CauseLabel::ALL {
        let of = |causes: &CausesSummary| {
            let found = causes.labels.iter().find(|it| it.label == label);
            found.map_or("0".to_string(), |it| estimate_text(&it.per_run, 1.0))
        };
        if known
            .iter()
            .any(|(_, causes)| causes.labels.iter().any(|it| it.label == label))
        {
            rows.push(row(label.name(), &of));
        }
    }
    rows.push(row("most of the delay", &|causes| {
        most_of(&causes.delays).map_or("-".to_string(), |(part, share)| {
            format!("{part} {}", percent(share))
        })
    }));
    rows
}

/// The longest part of a delay, and its share of the whole.
pub fn most_of(delays: &DelayParts) -> Option<(&'static str, f64)> {
    let total = delays.total_s();
    let parts = DelayParts::NAMES.into_iter().zip(delays.parts());
    let longest = parts.max_by(|one, other| one.1.total_cmp(&other.1))?;
    (total > 0.0).then(|| (longest.0, longest.1 / total))
}

fn push_rows(out: &mut String, rows: &[Row], layout: Layout) {
    let letters = |text: &str| text.chars().count();
    let label = rows
        .iter()
        .map(|row| letters(&row.label))
        .max()
        .unwrap_or(0);
    let contenders = rows.first().map_or(0, |row| row.cells.len());
    let widths: Vec<usize> = (0..contenders)
        .map(|at| {
            let cells = rows.iter().filter_map(|row| row.cells.get(at));
            let widest = cells.map(|cell| letters(&cell.text)).max().unwrap_or(0);
            widest.max(NARROWEST_VALUE) + APART
        })
        .collect();
    for block in blocks(label, &widths, layout.columns) {
        let narrow = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
        let values = block.clone().map(|at| Column::right(narrow(widths[at])));
        let mut columns = Columns::new(std::iter::once(Column::left(narrow(label))).chain(values));
        for row in rows {
            let cells = row.cells[block.clone()].iter().cloned();
            columns.row(std::iter::once(cell(row.label.as_str())).chain(cells));
        }
        out.push_str(&columns.text(layout.style));
        out.push('\n');
    }
}

/// Which share of all seeds breaks it, by the exact 95 % interval: `at most 13.9 % broken`.
pub fn bound_text(counts: &GuaranteeCounts) -> String {
    match (counts.broken, counts.held) {
        (0, _) => format!("at most {} broken", percent(counts.broken_share_high)),
        (_, 0) => format!("at least {} broken", percent(counts.broken_share_low)),
        _ => format!(
            "{} to {} broken",
            percent(counts.broken_share_low),
            percent(counts.broken_share_high)
        ),
    }
}

/// What all seeds together say of a budget, in a word or two.
pub fn budget_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "kept",
        Verdict::Violated => "broken",
        Verdict::Unknown => "not surely broken",
        Verdict::NotJudged => "not judged, since all seeds have the same buyers",
    }
}

/// `kept: 9 of 132,589 units sold, 0.0068 % (0.0031 % to 0.0129 %) of 0.01 % allowed`.
pub fn budget_text(it: &BudgetOverSeeds) -> String {
    format!("{}: {}", budget_verdict(it.verdict), budget_share(it))
}

/// `9 of 132,589 units sold, 0.0068 % (0.0031 % to 0.0129 %) of 0.01 % allowed`.
pub fn budget_share(it: &BudgetOverSeeds) -> String {
    format!(
        "{} of {} units sold, {} ({} to {}) of {} allowed",
        count(it.oversold_units),
        count(it.accepted_units),
        percent(it.share),
        percent(it.share_low),
        percent(it.share_high),
        percent(it.budget)
    )
}

/// `held in 20 of 20 (at most 13.9 % broken)`.
fn guarantee_text(counts: &GuaranteeCounts) -> Option<String> {
    if let Some(over_seeds) = &counts.over_seeds {
        let promise = match counts.breaks_a_promise() {
            true => ": a broken promise",
            false => "",
        };
        return Some(format!("{}{promise}", budget_text(over_seeds)));
    }
    let tries = counts.tries();
    if tries == 0 {
        return None;
    }
    let held = format!("held in {} of {}", count(counts.held), count(tries));
    let bounds = bound_text(counts);
    let first = match counts.first_broken_seed {
        Some(seed) => format!(", first on seed {seed}"),
        None => String::new(),
    };
    let promise = match counts.breaks_a_promise() {
        true => ", a broken promise",
        false => "",
    };
    let outside = match counts.outside {
        0 => String::new(),
        seeds if seeds == counts.broken => ", outside its assumptions".to_string(),
        seeds => format!(", {} outside its assumptions", count(seeds)),
    };
    Some(format!("{held} ({bounds}{first}{promise}{outside})"))
}

/// Contenders of which the same is to be said stand together.
fn push_guarantees(out: &mut String, document: &ReplicationsDocument, layout: Layout) {
    let all = document.summaries.iter().flat_map(|it| &it.guarantees);
    for name in names_of(all.map(|it| it.name.as_str())) {
        let mut said: Vec<(String, Vec<&str>, bool)> = Vec::new();
        for summary in &document.summaries {
            let found = summary.guarantees.iter().find(|it| it.name == name);
            let Some(found) = found else { continue };
            let Some(text) = guarantee_text(found) else {
                continue;
            };
            match said.iter_mut().find(|(known, _, _)| *known == text) {
                Some((_, names, _)) => names.push(&summary.contender),
                None => {
                    let broken_promise = found.breaks_a_promise();
                    said.push((text, vec![&summary.contender], broken_promise));
                }
            }
        }
        if said.is_empty() {
            continue;
        }
        push_wrapped(out, &guarantee_words(name), 0, layout, Tone::Strong);
        for (text, names, is_bad) in said {
            let tone = if is_bad { Tone::Bad } else { Tone::Neutral };
            push_wrapped(
                out,
                &format!("  {}: {text}", names.join(", ")),
                4,
                layout,
                tone,
            );
        }
    }
}

/// `escrow oversells 0 units a run; mirror 83.2 ± 4.1.`
pub fn verdict(document: &ReplicationsDocument) -> String {
    let mut runs: Vec<(&str, &Estimate)> = document
        .summaries
        .iter()
        .filter_map(|it| Some((it.contender.as_str(), it.figures.get("oversold_units")?)))
        .collect();
    let mean = |estimate: &Estimate| estimate.mean.unwrap_or_default();
    runs.sort_by(|one, other| {
        let baseline = |name: &str| name == YARDSTICK;
        baseline(one.0)
            .cmp(&baseline(other.0))
            .then(mean(one.1).total_cmp(&mean(other.1)))
    });
    let parts: Vec<String> = runs
        .iter()
        .enumerate()
        .map(|(place, (name, estimate))| {
            let text = estimate_text(estimate, 1.0);
            match (place, text.as_str()) {
                (0, "0") => format!("{name} oversells nothing"),
                (_, "0") => format!("{name} nothing"),
                (0, _) => format!("{name} oversells {text} units a run"),
                _ => format!("{name} {text}"),
            }
        })
        .collect();
    format!("{}.", parts.join("; "))
}

/// `20.0 % of the mean was reached for accepted_units, and NOT reached with the most seeds allowed for oversold_units.`
fn until_text(share: f64, figures: &[(&str, HalfWidth)]) -> String {
    let named = |how: HalfWidth| {
        let own = figures.iter().filter(|(_, of)| *of == how);
        own.map(|(path, _)| *path).collect::<Vec<_>>().join(", ")
    };
    let words = [
        (HalfWidth::Reached, "reached for", ""),
        (
            HalfWidth::Wide,
            "NOT reached with the most seeds allowed for",
            "",
        ),
        (
            HalfWidth::Unknown,
            "NOT reached for",
            ", without samples on any seed",
        ),
    ];
    let said = words.iter().filter_map(|(how, before, behind)| {
        let named = named(*how);
        (!named.is_empty()).then(|| format!("{before} {named}{behind}"))
    });
    let said: Vec<String> = said.collect();
    format!(
        "{} of the mean was {}.",
        percent(share),
        said.join(", and ")
    )
}

/// The whole report as text with a final line break.
pub fn table(document: &ReplicationsDocument, layout: Layout) -> String {
    let mut out = String::new();
    let frame = &document.frame;
    let heading = format!("{}: {}", frame.scenario, frame.title);
    push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
    out.push('\n');
    push_wrapped(&mut out, &verdict(document), 0, layout, Tone::Strong);
    let about = format!(
        "{} ({}): means of a run ± half the width of their 95 % interval (Student's t).",
        counted(document.runs, "seed"),
        frame.seeds
    );
    push_wrapped(&mut out, &about, 0, layout, Tone::Neutral);
    if let Some(until) = &frame.until {
        let text = until_text(until.share, &document.half_widths());
        push_wrapped(&mut out, &text, 0, layout, Tone::Neutral);
    }
    out.push('\n');
    push_rows(&mut out, &figure_rows(document), layout);
    let mut summaries = document.summaries.iter();
    if summaries.any(|it| it.displayed_counts == DisplayedCounts::Quotas) {
        push_wrapped(&mut out, QUOTAS, 2, layout, Tone::Dim);
        out.push('\n');
    }
    let has_pool = |path: &str| {
        let mut summaries = document.summaries.iter();
        summaries.any(|it| it.figures.contains_key(path))
    };
    if has_pool("lost_against_pool_units") || has_pool("accepted_above_pool_units") {
        push_wrapped(&mut out, POOL_WORDS, 2, layout, Tone::Dim);
        out.push('\n');
    }
    let differences = difference_rows(document);
    if !differences.is_empty() {
        let text = "On the same seeds, run by run:";
        push_wrapped(&mut out, text, 0, layout, Tone::Neutral);
        push_rows(&mut out, &differences, layout);
    }
    let causes = cause_rows(document);
    if !causes.is_empty() {
        push_rows(&mut out, &causes, layout);
    }
    push_thresholds(&mut out, &document.judgements, &frame.currency, layout);
    push_guarantees(&mut out, document, layout);
    let _ = writeln!(out, "again with:\n  {}", printable(&frame.rerun));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::statistics::Sample;

    #[test]
    fn a_mean_has_as_many_digits_as_it_is_sure_of() {
        let text = |values: &[f64]| {
            let sample: Sample = values.iter().copied().collect();
            estimate_text(&sample.estimate(), 1.0)
        };
        assert_eq!(text(&[1_200.0, 1_300.0, 1_400.0]), "1,300 ± 248");
        assert_eq!(text(&[80.0, 82.0, 81.0, 85.0]), "82.0 ± 3.4");
        assert_eq!(text(&[-0.5, 0.25, 0.5]), "0.1 ± 1.3");
        assert_eq!(text(&[0.0, 0.0, 0.0]), "0");
        assert_eq!(text(&[2.5]), "2.50");
        assert_eq!(text(&[]), "-");
        assert_eq!(precise(-0.04, 1), "0.0");
        assert_eq!(precise(-1_234.56, 1), "-1,234.6");
    }

    #[test]
    fn of_several_figures_it_is_said_which_are_narrow_enough() {
        let (narrow, wide) = (("sold", HalfWidth::Reached), ("lost", HalfWidth::Wide));
        let without = ("convergence_s", HalfWidth::Unknown);
        assert_eq!(
            until_text(0.2, &[narrow]),
            "20.0 % of the mean was reached for sold."
        );
        assert_eq!(
            until_text(0.2, &[wide, without, narrow]),
            "20.0 % of the mean was reached for sold, and NOT reached with the most seeds allowed for lost, and NOT reached \
             for convergence_s, without samples on any seed."
        );
    }

    #[test]
    fn what_never_came_is_in_no_mean() {
        let sample: Sample = [62.2].into_iter().collect();
        let (some, path) = (sample.estimate(), "convergence_s");
        let said = |path, estimate, runs| never_text(path, estimate, runs);
        assert_eq!(
            said(path, Some(&some), 4).as_deref(),
            Some("never on 3 of 4")
        );
        assert_eq!(said(path, None, 2).as_deref(), Some("never on 2 of 2"));
        assert_eq!(said(path, Some(&some), 1), None);
        assert_eq!(said("staleness_s.p99", Some(&some), 4), None);
    }

    #[test]
    fn what_never_happened_has_its_bound() {
        let outside = |held, broken, outside| {
            let (low, high) =
                crate::measure::statistics::probability_interval(broken, held + broken);
            GuaranteeCounts {
                name: "no_oversell".into(),
                promised: true,
                held,
                broken,
                outside,
                unknown: 0,
                not_judged: 0,
                broken_share_low: low,
                broken_share_high: high,
                first_broken_seed: (broken > 0).then_some(9),
                rerun: None,
                over_seeds: None,
            }
        };
        let counts = |held, broken| outside(held, broken, 0);
        let said = |held, broken| guarantee_text(&counts(held, broken)).unwrap_or_default();
        assert_eq!(said(20, 0), "held in 20 of 20 (at most 13.9 % broken)");
        assert_eq!(
            said(13, 7),
            "held in 13 of 20 (15.4 % to 59.2 % broken, first on seed 9, a broken promise)"
        );
        assert_eq!(said(0, 0), "");
        // What nobody is blamed for breaks no promise, on however many seeds.
        let excused = outside(13, 7, 7);
        assert_eq!(
            guarantee_text(&excused).unwrap(),
            "held in 13 of 20 (15.4 % to 59.2 % broken, first on seed 9, outside its assumptions)"
        );
        assert!(!excused.breaks_a_promise() && outside(13, 7, 6).breaks_a_promise());
        assert!(counts(1, 0).was_promised_and_tried());
        assert!(
            !counts(0, 0).was_promised_and_tried(),
            "nothing was kept either"
        );
    }

    /// A share is told as precisely as the budget that it is judged by.
    #[test]
    fn a_budget_is_told_with_the_digits_that_decide() {
        let over_seeds = BudgetOverSeeds {
            budget: 1e-4,
            oversold_units: 9,
            accepted_units: 132_589,
            share: 9.0 / 132_589.0,
            share_low: 3.1e-5,
            share_high: 1.289e-4,
            dispersion: 1.0,
            verdict: Verdict::Unknown,
        };
        assert_eq!(
            budget_share(&over_seeds),
            "9 of 132,589 units sold, 0.0068 % (0.0031 % to 0.0129 %) of 0.01 % allowed"
        );
    }
}
