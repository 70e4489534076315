//! A summary for continuous integration: the verdict first, details folded, never longer than a page of a job may be.

mod escape;
mod page;
mod seeds;

use std::fmt::Write;

pub use page::MOST_BYTES;
use page::Page;
pub use seeds::seeds_markdown;

use super::findings::{budget_words, extent_words, guarantee_words, names_of, violation};
use super::json::{Document, StrategyDocument, TimeKind};
use super::number::{count, counted, decimal, duration, percent};
use super::table::QUOTAS;
use super::thresholds::measured;
use super::verdict_line::verdict_line;
use super::{RunFiles, comparison_markdown};
use crate::experiment::thresholds::{Judgement, Outcome};
use crate::measure::causes::{CauseRow, DelayParts};
use crate::measure::leaves::leaves;
use crate::measure::{Causes, DisplayedCounts, Guarantee, Verdict, share_of};
use escape::{block, code, code_cell, text};

/// Rows of causes that are shown of one contender.
const MOST_CAUSES: usize = 12;

/// A summary of runs: every verdict before any detail, so that none is ever left out for one.
pub fn markdown(runs: &[RunFiles]) -> String {
    let titles = RunFiles::titles(runs);
    let titled = || runs.iter().zip(&titles);
    let mut page = Page::default();
    match titled().next() {
        Some((run, title)) if runs.len() == 1 => page.push(title, &head(run, title)),
        _ => {
            page.push("verdicts", &format!("# {} runs\n\n", runs.len()));
            for (run, title) in titled() {
                let line = format!("- {}: {}\n", text(title), verdict(&run.document));
                page.push(title, &line);
            }
            push_contenders(&mut page, runs, &titles);
        }
    }
    for (run, title) in titled() {
        if runs.len() > 1 {
            let line = text(&verdict_line(&run.document));
            page.push(title, &format!("## {}\n\n{line}\n\n", text(title)));
        }
        push_details(&mut page, run);
    }
    page.finish()
}

/// Verdict and table of one run.
fn head(run: &RunFiles, title: &str) -> String {
    let document = &run.document;
    let mut out = format!("# {}\n\n", text(title));
    let _ = writeln!(out, "{}\n", verdict(document));
    let _ = writeln!(out, "{}\n", text(&verdict_line(document)));
    out.push_str(&real_time(document));
    out.push_str("| ");
    out.push_str(CONTENDER_COLUMNS);
    for contender in &document.strategies {
        let _ = writeln!(out, "| {}", contender_row(contender));
    }
    out.push('\n');
    if document.strategies.iter().any(is_of_quotas) {
        let _ = writeln!(out, "{}\n", text(QUOTAS));
    }
    if let Some(words) = budget_words(document) {
        let _ = writeln!(out, "{}\n", text(&words));
    }
    out
}

/// All runs side by side, a row for each contender of each: as many as there is room for.
fn push_contenders(page: &mut Page, runs: &[RunFiles], titles: &[String]) {
    if let Some(run) = runs.first() {
        page.push("real time", &format!("\n{}", real_time(&run.document)));
    }
    page.push(
        "table",
        &format!(
            "| run | {}",
            CONTENDER_COLUMNS.replacen("|---", "|---|---", 1)
        ),
    );
    for (run, title) in runs.iter().zip(titles) {
        for contender in &run.document.strategies {
            let row = format!("| {} | {}\n", text(title), contender_row(contender));
            page.push(&format!("{title}: {}", contender.strategy), &row);
        }
    }
    page.push("table", "\n");
    let mut contenders = runs.iter().flat_map(|run| &run.document.strategies);
    if contenders.any(is_of_quotas) {
        page.push("table", &format!("{}\n\n", text(QUOTAS)));
    }
}

/// What is said of results in real time; nothing of others.
fn real_time(document: &Document) -> String {
    match document.time {
        TimeKind::Virtual => String::new(),
        TimeKind::Real => {
            let speed = decimal(document.speed.unwrap_or(1.0));
            format!(
                "In real time over HTTP, {speed} simulated seconds in each second: not to be set beside results of virtual time.\n\n"
            )
        }
    }
}

/// What a job goes by.
fn verdict(document: &Document) -> String {
    let refused: Vec<String> = document
        .refused_measurements()
        .map(|(name, _)| code(name))
        .collect();
    if !refused.is_empty() {
        return format!(
            "🟥 **Not a measurement**: the driver was late ({}).",
            refused.join(", ")
        );
    }
    let broken = document.broken_promises().count() as u64;
    if broken > 0 {
        let names = document.broken_promises().map(|(name, _)| name);
        let mut names: Vec<String> = names.map(code).collect();
        names.dedup();
        return format!(
            "🟥 **{} broken**: {}.",
            counted(broken, "promise"),
            names.join(", ")
        );
    }
    let failed = document.thresholds.iter();
    let failed = failed.filter(|it| it.outcome == Outcome::Fails).count() as u64;
    if failed > 0 {
        return format!("🟥 **{} broken.**", counted(failed, "threshold"));
    }
    if let Some(comparison) = document.comparison.as_ref().filter(|it| it.change.fails()) {
        return format!("🟥 **{}** against the baseline.", comparison.change.name());
    }
    let warned = document.thresholds.iter();
    let warned = warned.filter(|it| it.outcome == Outcome::Warns).count() as u64;
    if warned > 0 {
        return format!("🟨 **{} not surely kept.**", counted(warned, "threshold"));
    }
    let promised = document.strategies.iter().flat_map(|run| &run.guarantees);
    let promised = promised.filter(|it| was_promised_and_tried(it)).count() as u64;
    match promised {
        0 if !document.thresholds.is_empty() => "🟩 **Every threshold kept.**".to_string(),
        0 => "⬜ **No promise was put to the test**, so that none could be broken.".to_string(),
        _ => format!("🟩 **{} kept.**", counted(promised, "promise")),
    }
}

/// Whether it was promised, and something in the run could have broken it: what nothing tried was not kept either.
fn was_promised_and_tried(guarantee: &Guarantee) -> bool {
    let is_judged = matches!(guarantee.verdict, Verdict::Holds | Verdict::Violated);
    guarantee.promised && is_judged
}

/// The columns of a row of a contender, and the rule below them.
const CONTENDER_COLUMNS: &str = "contender | sold | oversold | of sold | lost sales | age of counts p99 | ingested p99 | refused by limits | promises |\n\
     |---|--:|--:|--:|--:|--:|--:|--:|---|\n";

/// Whether the ages of its counts say something else than those of counts that stand for the whole stock.
fn is_of_quotas(run: &StrategyDocument) -> bool {
    run.figures.displayed_counts == DisplayedCounts::Quotas
}

/// That age, marked where it is one of quotas.
fn age_of_counts(run: &StrategyDocument) -> String {
    let age = run.figures.staleness_s.p99;
    let mark = match is_of_quotas(run) && age.is_some() {
        true => "\\*",
        false => "",
    };
    format!("{}{mark}", duration(age))
}

/// The cells of a contender.
fn contender_row(run: &StrategyDocument) -> String {
    let figures = &run.figures;
    let promised = run
        .guarantees
        .iter()
        .filter(|it| was_promised_and_tried(it));
    let (all, broken) = promised.fold((0, 0), |(all, broken), it| {
        let own = usize::from(it.verdict == Verdict::Violated);
        (all + 1, broken + own)
    });
    let promises = match (all, broken) {
        (0, _) => "none".to_string(),
        (all, 0) => format!("{all} kept"),
        (all, broken) => format!("**{broken} of {all} broken**"),
    };
    let oversold = match figures.oversold_units {
        0 => "0".to_string(),
        units => format!("**{}**", count(units)),
    };
    format!(
        "{} | {} | {oversold} | {} | {} | {} | {} | {} | {promises} |",
        code_cell(&run.strategy),
        count(figures.accepted_units),
        percent(share_of(figures.oversold_units, figures.accepted_units)).replace('<', "&lt;"),
        count(figures.net_undersell_units),
        age_of_counts(run).replace('<', "&lt;"),
        duration(figures.ingestion_s.p99).replace('<', "&lt;"),
        percent(figures.throttled_share).replace('<', "&lt;"),
    )
}

fn push_details(page: &mut Page, run: &RunFiles) {
    let document = &run.document;
    for (name, guarantee) in document.broken_promises() {
        let part = format!("- {}\n\n{}", broken(name, guarantee), timeline(guarantee));
        page.push(&guarantee_words(&guarantee.name), &part);
    }
    for (name, reason) in document.refused_measurements() {
        page.push(name, &format!("- {}: {}\n\n", code(name), text(reason)));
    }
    page.push("thresholds", &thresholds(document));
    if let Some(comparison) = &document.comparison {
        page.push(
            "comparison",
            &comparison_markdown(std::slice::from_ref(comparison)),
        );
    }
    for run in &document.strategies {
        if let Some(causes) = run.causes.as_ref().filter(|it| it.units > 0) {
            page.push("causes", &why(&run.strategy, causes));
        }
    }
    for run in &document.strategies {
        if let Some(causes) = &run.causes {
            let name = format!("{}: the SKUs that went worst", run.strategy);
            page.push_folded(&name, &worst(causes));
        }
    }
    page.push_folded(
        "What else was violated, and promised by nobody",
        &unpromised(document),
    );
    page.push_folded("Guarantees", &guarantees(document));
    page.push_folded("Faults: could strike, struck, seen", &faults(document));
    page.push_folded("All figures", &figures(document));
    page.push(
        "rerun",
        &format!("Again with:\n\n{}\n", block(&document.rerun)),
    );
}

/// What became of thresholds, the worst first; nothing without any.
fn thresholds(document: &Document) -> String {
    threshold_rows(&document.thresholds, &document.currency)
}

fn threshold_rows(judgements: &[Judgement], currency: &str) -> String {
    let mut out = String::new();
    for outcome in [
        Outcome::Fails,
        Outcome::Warns,
        Outcome::Unknown,
        Outcome::NotJudged,
        Outcome::Holds,
    ] {
        for it in judgements.iter().filter(|it| it.outcome == outcome) {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                code_cell(&it.check),
                code_cell(&it.contender),
                outcome.name(),
                text(&measured(it, currency)),
            );
        }
    }
    match out.is_empty() {
        true => out,
        false => format!("| threshold | contender | | measured |\n|---|---|---|---|\n{out}\n"),
    }
}

fn broken(name: &str, guarantee: &Guarantee) -> String {
    text(&violation(name, guarantee))
}

/// What happened before the first counter-example, and how to see it again.
fn timeline(guarantee: &Guarantee) -> String {
    let mut out = String::new();
    let example = guarantee.counter_example.iter();
    for moment in example.flat_map(|it| &it.timeline) {
        let line = format!("{}: {}", moment.place, moment.what);
        let _ = writeln!(out, "  - {:.3} s {}", moment.at_s, text(&line));
    }
    if let Some(rerun) = &guarantee.rerun {
        let _ = writeln!(out, "\n{}", block(rerun));
    }
    out
}

/// `### mirror: 809 units oversold`, and by channel and label how many, and where the time went.
fn why(name: &str, causes: &Causes) -> String {
    let mut rows: Vec<&CauseRow> = causes.rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.units));
    let mut out = format!(
        "### Why {} oversold {}\n\n| cause | channel | units | of all | late by | most of it |\n|---|---|--:|--:|--:|---|\n",
        code(name),
        counted(causes.units, "unit")
    );
    for row in rows.iter().take(MOST_CAUSES) {
        let total = row.delays.total_s();
        let mean = (row.units > 0).then(|| total / row.units as f64);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            row.label.name(),
            code_cell(&row.channel),
            count(row.units),
            percent(share_of(row.units, causes.units)).replace('<', "&lt;"),
            duration(mean.filter(|_| total > 0.0)).replace('<', "&lt;"),
            largest_part(&row.delays),
        );
    }
    let more = rows.len().saturating_sub(MOST_CAUSES);
    if more > 0 {
        let _ = writeln!(out, "\n{} not shown.", counted(more as u64, "smaller row"));
    }
    out.push('\n');
    out
}

/// `apply delay (62.0 %)`.
fn largest_part(delays: &DelayParts) -> String {
    let total = delays.total_s();
    let parts = delays.parts().into_iter().zip(DelayParts::NAMES);
    match parts.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((part, name)) if part > 0.0 => format!("{name} ({})", percent(part / total)),
        _ => "-".to_string(),
    }
}

fn worst(causes: &Causes) -> String {
    let mut out = String::new();
    for sku in &causes.worst_skus {
        let chain = &sku.example;
        let _ = writeln!(
            out,
            "- SKU {}: {} between {:.3} s and {:.3} s; unit {} at {:.3} s on {}: {}",
            chain.sku_name(),
            counted(sku.units, "unit"),
            sku.first_at_s,
            sku.last_at_s,
            chain.unit,
            chain.at_s,
            code(&chain.channel),
            chain.label.name(),
        );
        for link in &chain.links {
            let line = format!("{}: {}", link.place, link.what);
            let _ = writeln!(out, "  - {:.3} s {}", link.at_s, text(&line));
        }
    }
    out
}

fn unpromised(document: &Document) -> String {
    let mut out = String::new();
    for run in &document.strategies {
        let violated = |it: &&Guarantee| it.verdict == Verdict::Violated && !it.promised;
        for guarantee in run.guarantees.iter().filter(violated) {
            let _ = writeln!(out, "- {}", broken(&run.strategy, guarantee));
        }
    }
    out
}

/// Guarantees by contender.
fn guarantees(document: &Document) -> String {
    let mut out = table_head("guarantee", document);
    let all = document.strategies.iter().flat_map(|it| &it.guarantees);
    for name in names_of(all.map(|it| it.name.as_str())) {
        let cell = |run: &StrategyDocument| {
            let found = run.guarantees.iter().find(|it| it.name == name);
            let Some(found) = found else {
                return "-".to_string();
            };
            let extent = found
                .extent
                .as_ref()
                .filter(|it| it.broken > 0 && it.of > 0);
            let extent =
                extent.map_or(String::new(), |it| format!(": {}", text(&extent_words(it))));
            let promised = if found.promised { " (promised)" } else { "" };
            format!("{}{promised}{extent}", found.verdict.name())
        };
        push_row(&mut out, &guarantee_words(name), document, cell);
    }
    out
}

fn faults(document: &Document) -> String {
    let Some(first) = document
        .strategies
        .iter()
        .find(|run| !run.faults.is_empty())
    else {
        return String::new();
    };
    let mut out = table_head("fault", document);
    for (at, fault) in first.faults.iter().enumerate() {
        let cell = |run: &StrategyDocument| match run.faults.get(at) {
            Some(it) => {
                let [eligible, injected, noticed] =
                    [it.eligible, it.injected, it.noticed].map(count);
                format!("{eligible}, {injected}, {noticed}")
            }
            None => "-".to_string(),
        };
        push_row(&mut out, &fault.name(), document, cell);
    }
    out
}

/// Every figure of every contender.
fn figures(document: &Document) -> String {
    let Some(first) = document.strategies.first() else {
        return String::new();
    };
    let all: Vec<_> = document
        .strategies
        .iter()
        .map(|run| leaves("", &run.figures))
        .collect();
    let mut out = table_head("figure", document);
    for (at, (figure, _)) in leaves("", &first.figures).iter().enumerate() {
        let values = all
            .iter()
            .map(|own| match own.get(at).map(|(_, value)| value) {
                None | Some(serde_json::Value::Null) => "-".to_string(),
                Some(serde_json::Value::String(word)) => text(word),
                Some(value) => value.to_string(),
            });
        let values: Vec<String> = values.collect();
        let _ = writeln!(out, "| {} | {} |", code_cell(figure), values.join(" | "));
    }
    out
}

fn table_head(label: &str, document: &Document) -> String {
    let names: Vec<String> = document
        .strategies
        .iter()
        .map(|run| code_cell(&run.strategy))
        .collect();
    let rule = "--:|".repeat(names.len());
    format!("| {label} | {} |\n|---|{rule}\n", names.join(" | "))
}

fn push_row(
    out: &mut String,
    label: &str,
    document: &Document,
    cell: impl Fn(&StrategyDocument) -> String,
) {
    let cells: Vec<String> = document.strategies.iter().map(cell).collect();
    let _ = writeln!(out, "| {} | {} |", text(label), cells.join(" | "));
}
