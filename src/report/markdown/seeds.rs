//! The same of many seeds: means with intervals, exact bounds on what is rare.

use std::fmt::Write;

use super::escape::{block, code, code_cell, text};
use super::page::Page;
use super::threshold_rows;
use crate::experiment::replications::{ContenderSummary, GuaranteeCounts, ReplicationsDocument};
use crate::experiment::thresholds::Outcome;
use crate::measure::DisplayedCounts;
use crate::report::comparison_markdown;
use crate::report::findings::guarantee_words;
use crate::report::number::{counted, percent};
use crate::report::replications::{
    SeedsFiles, bound_text, budget_text, estimate_text, most_of, verdict,
};
use crate::report::table::QUOTAS;

/// A summary of directories of many seeds: every verdict before any detail.
pub fn seeds_markdown(all: &[SeedsFiles]) -> String {
    let mut page = Page::default();
    let titles = SeedsFiles::titles(all);
    for (files, title) in all.iter().zip(&titles) {
        page.push(title, &head(&files.document, title));
    }
    for (files, title) in all.iter().zip(&titles) {
        if all.len() > 1 {
            page.push(title, &format!("## {}\n\n", text(title)));
        }
        push_details(&mut page, &files.document);
    }
    page.finish()
}

/// What a job goes by.
fn judged(document: &ReplicationsDocument) -> String {
    let broken: Vec<String> = document
        .broken_promises()
        .map(|(name, guarantee)| {
            format!(
                "{} ({})",
                code(name),
                text(&guarantee_words(&guarantee.name))
            )
        })
        .collect();
    if !broken.is_empty() {
        return format!(
            "🟥 **{} broken**: {}.",
            counted(broken.len() as u64, "promise"),
            broken.join(", ")
        );
    }
    let of = |outcome: Outcome| {
        let found = document
            .judgements
            .iter()
            .filter(|it| it.outcome == outcome);
        found.count() as u64
    };
    if of(Outcome::Fails) > 0 {
        return format!(
            "🟥 **{} broken.**",
            counted(of(Outcome::Fails), "threshold")
        );
    }
    if let Some(comparison) = document.comparison.as_ref().filter(|it| it.change.fails()) {
        return format!("🟥 **{}** against the baseline.", comparison.change.name());
    }
    if of(Outcome::Warns) > 0 {
        return format!(
            "🟨 **{} not surely kept.**",
            counted(of(Outcome::Warns), "threshold")
        );
    }
    let promised = document.summaries.iter().flat_map(|it| &it.guarantees);
    match promised.filter(|it| it.was_promised_and_tried()).count() as u64 {
        0 if !document.judgements.is_empty() => "🟩 **Every threshold kept.**".to_string(),
        0 => "⬜ **No promise was put to the test**, so that none could be broken.".to_string(),
        promised => format!(
            "🟩 **{} kept on every seed.**",
            counted(promised, "promise")
        ),
    }
}

fn estimate(summary: &ContenderSummary, path: &str, scale: f64, unit: &str) -> String {
    let found = summary.figures.get(path).filter(|it| it.mean.is_some());
    found.map_or("-".to_string(), |it| {
        format!("{}{unit}", estimate_text(it, scale))
    })
}

fn head(document: &ReplicationsDocument, title: &str) -> String {
    let mut out = format!("# {}\n\n{}\n\n", text(title), judged(document));
    let _ = writeln!(out, "{}\n", text(&verdict(document)));
    out.push_str(
        "Means of a run ± half the width of their 95 % interval.\n\n| contender | sold | oversold | lost sales | age of counts p99 | \
         ingested p99 | calls per order | promises |\n|---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for it in &document.summaries {
        let promised = it
            .guarantees
            .iter()
            .filter(|it| it.was_promised_and_tried());
        let (all, broken) = promised.fold((0, 0), |(all, broken), it| {
            (all + 1, broken + u64::from(it.breaks_a_promise()))
        });
        let promises = match (all, broken) {
            (0, _) => "none".to_string(),
            (all, 0) => format!("{all} kept"),
            (all, broken) => format!("**{broken} of {all} broken**"),
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {promises} |",
            code_cell(&it.contender),
            estimate(it, "accepted_units", 1.0, ""),
            estimate(it, "oversold_units", 1.0, ""),
            estimate(it, "net_undersell_units", 1.0, ""),
            age_of_counts(it),
            estimate(it, "ingestion_s.p99", 1.0, " s"),
            estimate(it, "calls_per_order", 1.0, ""),
        );
    }
    out.push('\n');
    if document.summaries.iter().any(is_of_quotas) {
        let _ = writeln!(out, "{}\n", text(QUOTAS));
    }
    out
}

fn is_of_quotas(summary: &ContenderSummary) -> bool {
    summary.displayed_counts == DisplayedCounts::Quotas
}

/// The age of counts, marked where they are quotas.
fn age_of_counts(summary: &ContenderSummary) -> String {
    let path = "staleness_s.p99";
    let mark = match is_of_quotas(summary) && summary.figures.contains_key(path) {
        true => "\\*",
        false => "",
    };
    format!("{}{mark}", estimate(summary, path, 1.0, " s"))
}

fn push_details(page: &mut Page, document: &ReplicationsDocument) {
    for (name, counts) in document.broken_promises() {
        let what = format!(
            "{name}: {}: {}",
            guarantee_words(&counts.name),
            held(counts)
        );
        let again = block(counts.rerun.as_deref().unwrap_or_default());
        page.push(name, &format!("- {}\n\n{again}\n", text(&what)));
    }
    page.push(
        "thresholds",
        &threshold_rows(&document.judgements, &document.frame.currency),
    );
    if let Some(comparison) = &document.comparison {
        page.push(
            "comparison",
            &comparison_markdown(std::slice::from_ref(comparison)),
        );
    }
    page.push("causes", &causes(document));
    page.push_folded("Differences on the same seeds", &differences(document));
    page.push_folded(
        "Guarantees: on how many seeds they held",
        &guarantees(document),
    );
    page.push_folded("All figures", &figures(document));
    page.push(
        "rerun",
        &format!("Again with:\n\n{}\n", block(&document.frame.rerun)),
    );
}

/// `held in 20 of 20 (at most 13.9 % broken)`.
fn held(counts: &GuaranteeCounts) -> String {
    if let Some(over_seeds) = &counts.over_seeds {
        return budget_text(over_seeds);
    }
    let tries = counts.tries();
    let first = match counts.first_broken_seed {
        Some(seed) => format!(", first on seed {seed}"),
        None => String::new(),
    };
    format!(
        "held in {} of {tries} ({}{first})",
        counts.held,
        bound_text(counts)
    )
}

/// Why units were oversold, by contender and label; nothing where nobody asked.
fn causes(document: &ReplicationsDocument) -> String {
    let mut out = String::new();
    for summary in &document.summaries {
        let Some(causes) = summary.causes.as_ref().filter(|it| it.units > 0) else {
            continue;
        };
        for it in &causes.labels {
            let share = percent(it.units as f64 / causes.units as f64);
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                code_cell(&summary.contender),
                it.label.name(),
                estimate_text(&it.per_run, 1.0),
                share.replace('<', "&lt;"),
                most_of(&it.delays).map_or("-".to_string(), |(part, share)| {
                    format!("{part} {}", percent(share).replace('<', "&lt;"))
                }),
            );
        }
    }
    match out.is_empty() {
        true => out,
        false => format!(
            "### Why units were oversold\n\n| contender | cause | units a run | of its units | most of the delay |\n|---|---|--:|--:|---|\n{out}\n"
        ),
    }
}

fn differences(document: &ReplicationsDocument) -> String {
    let mut out = String::new();
    for it in &document.differences {
        for (path, estimate) in &it.figures {
            let sure = match (estimate.mean, estimate.half_width) {
                (Some(mean), Some(half)) if mean.abs() > half => "yes",
                _ => "no",
            };
            let _ = writeln!(
                out,
                "| {} less {} | {} | {} | {sure} |",
                code_cell(&it.contender),
                code_cell(&it.against),
                code_cell(path),
                estimate_text(estimate, 1.0),
            );
        }
    }
    match out.is_empty() {
        true => out,
        false => {
            format!("| contenders | figure | difference a run | surely |\n|---|---|--:|---|\n{out}")
        }
    }
}

fn guarantees(document: &ReplicationsDocument) -> String {
    let mut out = String::new();
    for summary in &document.summaries {
        for counts in &summary.guarantees {
            if !counts.is_judged() {
                continue;
            }
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                code_cell(&summary.contender),
                text(&guarantee_words(&counts.name)),
                if counts.promised { "yes" } else { "no" },
                text(&held(counts)),
            );
        }
    }
    match out.is_empty() {
        true => out,
        false => format!("| contender | guarantee | promised | |\n|---|---|---|---|\n{out}"),
    }
}

fn figures(document: &ReplicationsDocument) -> String {
    let mut out = String::from("| figure |");
    for it in &document.summaries {
        let _ = write!(out, " {} |", code_cell(&it.contender));
    }
    out.push_str("\n|---|");
    out.push_str(&"--:|".repeat(document.summaries.len()));
    out.push('\n');
    let mut paths: Vec<&String> = document
        .summaries
        .iter()
        .flat_map(|it| it.figures.keys())
        .collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let _ = write!(out, "| {} |", code_cell(path));
        for it in &document.summaries {
            let _ = write!(out, " {} |", estimate(it, path, 1.0, ""));
        }
        out.push('\n');
    }
    out
}
