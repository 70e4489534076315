//! Comparisons as Markdown for the summary of a CI job: the verdict first, what is worse below it, the rest folded.

use std::fmt::Write;

use super::comparison_words::{difference, heading, tally, values, verdicts, why};
use super::thresholds::measured;
use crate::experiment::compare::{Change, Comparison, ContenderChange};
use crate::experiment::thresholds::Outcome;
use crate::scenario::text::printable;

/// Rows of one table.
const MOST_ROWS: usize = 40;

/// Bytes of the whole: CI servers cut or refuse what is longer.
const MOST_BYTES: usize = 500_000;

/// One or several comparisons as Markdown.
pub fn comparison_markdown(comparisons: &[Comparison]) -> String {
    let mut out = String::new();
    for (index, comparison) in comparisons.iter().enumerate() {
        if out.len() > MOST_BYTES {
            let _ = writeln!(out, "\nAnd {} more comparisons.", comparisons.len() - index);
            break;
        }
        push(&mut out, comparison);
    }
    out
}

/// A text from outside as it stands in a cell or a sentence.
fn plain(text: &str) -> String {
    let text = printable(text);
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\t' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out
}

fn push(out: &mut String, comparison: &Comparison) {
    let _ = writeln!(out, "## {}\n", plain(&heading(comparison)));
    let _ = writeln!(
        out,
        "{} against {}\n",
        plain(&comparison.after),
        plain(&comparison.before)
    );
    let listed = [
        &comparison.not_compared,
        &comparison.forced_over,
        &comparison.engine_settings,
    ];
    for name in &comparison.not_compared {
        let _ = writeln!(
            out,
            "- {} is on one side alone, and not compared",
            plain(name)
        );
    }
    for line in comparison.forced_over.iter().take(MOST_ROWS) {
        let _ = writeln!(
            out,
            "- compared because `--force` says so, although they differ: {}",
            plain(line)
        );
    }
    for line in comparison.engine_settings.iter().take(MOST_ROWS) {
        let _ = writeln!(out, "- set otherwise: {}", plain(line));
    }
    if listed.iter().any(|lines| !lines.is_empty()) {
        out.push('\n');
    }
    push_thresholds(out, comparison);
    for contender in &comparison.contenders {
        let _ = writeln!(
            out,
            "### {}: {}\n\n{}\n",
            plain(&contender.contender),
            contender.change.name(),
            plain(&tally(contender))
        );
        push_table(out, comparison, contender, Change::Regressed);
        let seeds = comparison.seeds.len();
        if let Some(text) = contender.causes.as_ref().and_then(|it| why(it, seeds)) {
            let _ = writeln!(out, "{}\n", plain(&text));
        }
        for (change, title) in [
            (Change::Improved, "better"),
            (Change::Changed, "changed without being better or worse"),
        ] {
            let rows = contender
                .figures
                .iter()
                .filter(|it| it.change == change)
                .count()
                + contender
                    .guarantees
                    .iter()
                    .filter(|it| it.change == change)
                    .count();
            if rows > 0 {
                let _ = writeln!(out, "<details><summary>{rows} {title}</summary>\n");
                push_table(out, comparison, contender, change);
                let _ = writeln!(out, "</details>\n");
            }
        }
    }
}

fn push_thresholds(out: &mut String, comparison: &Comparison) {
    let all = &comparison.thresholds;
    if all.is_empty() {
        return;
    }
    let held = all.iter().filter(|it| it.outcome == Outcome::Holds).count();
    let _ = writeln!(out, "### Thresholds: {held} of {} hold\n", all.len());
    let open: Vec<_> = all
        .iter()
        .filter(|it| it.outcome != Outcome::Holds)
        .collect();
    if open.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "| outcome | contender | threshold | measured |\n|---|---|---|---|"
    );
    for it in open.into_iter().take(MOST_ROWS) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            it.outcome.name(),
            plain(&it.contender),
            plain(&it.check),
            plain(&measured(it, &comparison.currency))
        );
    }
    out.push('\n');
}

fn push_table(
    out: &mut String,
    comparison: &Comparison,
    contender: &ContenderChange,
    change: Change,
) {
    let guarantees: Vec<_> = contender
        .guarantees
        .iter()
        .filter(|it| it.change == change)
        .collect();
    let figures: Vec<_> = contender
        .figures
        .iter()
        .filter(|it| it.change == change)
        .collect();
    if guarantees.is_empty() && figures.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "| | before | after | difference |\n|---|---:|---:|---:|"
    );
    for it in guarantees {
        let (before, after) = verdicts(it, comparison.seeds.len());
        let _ = writeln!(out, "| {} | {before} | {after} | |", plain(&it.guarantee));
    }
    for it in figures.iter().take(MOST_ROWS) {
        let (before, after) = values(it, comparison.seeds.len(), &comparison.currency);
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            plain(&it.figure),
            plain(&before),
            plain(&after),
            plain(&difference(it, &comparison.currency))
        );
    }
    if figures.len() > MOST_ROWS {
        let _ = writeln!(out, "| and {} more | | | |", figures.len() - MOST_ROWS);
    }
    out.push('\n');
}
