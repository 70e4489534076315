//! Comparisons on the terminal: what changed alone, the worst first.

use super::columns::{Cell, Column, Columns, cell};
use super::comparison_words::{difference, heading, tally, values, verdicts, why};
use super::paragraph::push_wrapped;
use super::style::{Layout, Style, Tone};
use crate::experiment::compare::{Change, Comparison, ContenderChange};

/// Rows of what is worse, and of what is better, for one contender.
const MOST_WORSE: usize = 15;
const MOST_BETTER: usize = 5;

fn tone(change: Change) -> Tone {
    match change {
        Change::Regressed | Change::Mixed => Tone::Bad,
        Change::Improved => Tone::Good,
        Change::Unchanged | Change::Changed => Tone::Neutral,
    }
}

/// One or several comparisons as text with a final line break.
pub fn comparison_table(comparisons: &[Comparison], layout: Layout) -> String {
    let mut out = String::new();
    for comparison in comparisons {
        if !out.is_empty() {
            out.push('\n');
        }
        push(&mut out, comparison, layout);
    }
    out
}

fn push(out: &mut String, comparison: &Comparison, layout: Layout) {
    push_wrapped(
        out,
        &heading(comparison),
        2,
        layout,
        tone(comparison.change),
    );
    let sides = format!("{} against {}", comparison.after, comparison.before);
    push_wrapped(out, &sides, 2, layout, Tone::Neutral);
    for name in &comparison.not_compared {
        let line = format!("{name} is on one side alone, and not compared");
        push_wrapped(out, &line, 2, layout, Tone::Neutral);
    }
    if !comparison.forced_over.is_empty() {
        let line = format!(
            "compared because --force says so, although they differ: {}",
            comparison.forced_over.join("; ")
        );
        push_wrapped(out, &line, 2, layout, Tone::Bad);
    }
    for line in comparison.engine_settings.iter().take(MOST_WORSE) {
        push_wrapped(
            out,
            &format!("set otherwise: {line}"),
            2,
            layout,
            Tone::Neutral,
        );
    }
    for contender in &comparison.contenders {
        out.push('\n');
        let line = format!(
            "{} {}: {}",
            contender.contender,
            contender.change.name(),
            tally(contender)
        );
        push_wrapped(out, &line, 2, layout, tone(contender.change));
        push_rows(out, comparison, contender, layout);
        let seeds = comparison.seeds.len();
        if let Some(text) = contender.causes.as_ref().and_then(|it| why(it, seeds)) {
            push_wrapped(out, &text, 2, layout, Tone::Neutral);
        }
    }
}

/// A row below itself, where there is no room for it beside itself.
fn push_lines(out: &mut String, row: &[Cell; 5], layout: Layout) {
    let [word, name, before, after, difference] = row;
    let line = format!("  {:<6}  {}", word.text, name.text);
    push_wrapped(out, &line, 10, layout, word.tone);
    let change = match difference.text.is_empty() {
        true => String::new(),
        false => format!(": {}", difference.text),
    };
    let line = format!(
        "          {} before, {} after{change}",
        before.text, after.text
    );
    push_wrapped(out, &line, 10, layout, Tone::Neutral);
}

fn push_rows(
    out: &mut String,
    comparison: &Comparison,
    contender: &ContenderChange,
    layout: Layout,
) {
    let apart = |column: Column| Column {
        blanks_before: 2,
        ..column
    };
    let mut rows: Vec<[Cell; 5]> = Vec::new();
    let word = |change: Change| Cell {
        tone: tone(change),
        ..cell(match change {
            Change::Regressed => "worse",
            _ => "better",
        })
    };
    let mut left_out = 0;
    for (wanted, most) in [
        (Change::Regressed, MOST_WORSE),
        (Change::Improved, MOST_BETTER),
    ] {
        for it in contender.guarantees.iter().filter(|it| it.change == wanted) {
            let (before, after) = verdicts(it, comparison.seeds.len());
            rows.push([
                word(wanted),
                cell(it.guarantee.as_str()),
                cell(before),
                cell(after),
                cell(""),
            ]);
        }
        let figures: Vec<_> = contender
            .figures
            .iter()
            .filter(|it| it.change == wanted)
            .collect();
        left_out += figures.len().saturating_sub(most);
        for it in figures.into_iter().take(most) {
            let (before, after) = values(it, comparison.seeds.len(), &comparison.currency);
            rows.push([
                word(wanted),
                cell(it.figure.as_str()),
                cell(before),
                cell(after),
                cell(difference(it, &comparison.currency)),
            ]);
        }
    }
    let columns = |style| {
        let left = apart(Column::left(0));
        let right = apart(Column::right(0));
        let mut columns = Columns::new([left, left, right, right, right]);
        rows.iter().for_each(|row| columns.row(row.clone()));
        columns.text(style)
    };
    let widest = columns(Style::Plain);
    let widest = widest.lines().map(|line| line.chars().count()).max();
    match widest {
        Some(widest) if widest <= layout.columns => out.push_str(&columns(layout.style)),
        Some(_) => rows.iter().for_each(|row| push_lines(out, row, layout)),
        None => {}
    }
    if left_out > 0 {
        let line = format!("  and {left_out} more, which --format json lists");
        push_wrapped(out, &line, 2, layout, Tone::Dim);
    }
}
