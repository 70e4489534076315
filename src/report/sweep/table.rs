//! A sweep on the terminal.

use std::ops::Range;

use super::rows::SweepDocument;
use crate::experiment::thresholds::Outcome;
use crate::report::columns::{Cell, Column, Columns, cell};
use crate::report::number::counted;
use crate::report::paragraph::push_wrapped;
use crate::report::replications::estimate_text;
use crate::report::style::{Layout, Tone};
use crate::scenario::text::printable;

/// Rows that are printed; files have all.
const MOST_ROWS: usize = 200;

const FIGURES: [(&str, &str); 5] = [
    ("sold", "accepted_units"),
    ("oversold", "oversold_units"),
    ("lost", "net_undersell_units"),
    ("calls/order", "calls_per_order"),
    ("cost", "cost"),
];

/// Columns one after the other, in as many blocks as there have to be so that none is wider than the room; each has one at least.
fn blocks(columns: Range<usize>, width: impl Fn(usize) -> usize, room: usize) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let mut used = 0;
    for at in columns {
        match blocks.last_mut() {
            Some(last) if used + width(at) <= room => last.end = at + 1,
            _ => {
                blocks.push(at..at + 1);
                used = 0;
            }
        }
        used += width(at);
    }
    blocks
}

/// A row for each combination and contender, in blocks where the page is too narrow for all columns; a star marks the frontier.
pub fn table(document: &SweepDocument, layout: Layout) -> String {
    let mut out = String::new();
    let definition = &document.definition;
    let heading = format!(
        "{}: {} of seeds {}, means ± half the width of their 95 % interval",
        definition.scenario,
        counted(document.rows.len() as u64, "row"),
        definition.seeds
    );
    push_wrapped(&mut out, &heading, 0, layout, Tone::Strong);
    out.push('\n');
    let strong = |text: &str| Cell {
        tone: Tone::Strong,
        ..cell(text)
    };
    // The last part of a key tells it apart, as long as it does.
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_string();
    let keys = definition.varied.iter().map(|it| {
        let mut others = definition.varied.iter().filter(|other| other.key != it.key);
        match others.any(|other| last(&other.key) == last(&it.key)) {
            true => it.key.clone(),
            false => last(&it.key),
        }
    });
    let has_thresholds = !definition.thresholds.is_empty();
    let mut header: Vec<Cell> = keys.map(|it| strong(&it)).collect();
    header.push(strong("contender"));
    header.extend(FIGURES.iter().map(|(name, _)| strong(name)));
    if has_thresholds {
        header.push(strong("limits"));
    }
    let mut rows = vec![header];
    for row in document.rows.iter().take(MOST_ROWS) {
        let mut cells: Vec<Cell> = row
            .settings
            .iter()
            .map(|it| cell(it.value.as_str()))
            .collect();
        let star = if row.on_frontier { " *" } else { "" };
        cells.push(cell(format!("{}{star}", row.contender)));
        for (_, path) in FIGURES {
            let text = row.figure(path).map(|it| estimate_text(it, 1.0));
            cells.push(cell(text.unwrap_or_else(|| "-".to_string())));
        }
        if has_thresholds {
            let worst = row.worst();
            cells.push(Cell {
                tone: match worst {
                    Some(Outcome::Fails) => Tone::Bad,
                    Some(Outcome::Holds) => Tone::Good,
                    _ => Tone::Neutral,
                },
                ..cell(worst.map_or("-", Outcome::name))
            });
        }
        rows.push(cells);
    }
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|it| it.text.chars().count()).max().unwrap_or(0) + 2
    };
    // Which row it is stands in every block.
    let names = definition.varied.len() + 1;
    let named: usize = (0..names).map(width).sum();
    for (number, block) in blocks(
        names..rows[0].len(),
        width,
        layout.columns.saturating_sub(named),
    )
    .into_iter()
    .enumerate()
    {
        if number > 0 {
            out.push('\n');
        }
        let shown: Vec<usize> = (0..names).chain(block).collect();
        let mut columns = Columns::new(shown.iter().map(|&at| {
            let width = u16::try_from(width(at)).unwrap_or(u16::MAX);
            match at < names {
                true => Column::left(width),
                false => Column::right(width),
            }
        }));
        for row in &rows {
            columns.row(shown.iter().map(|&at| row[at].clone()));
        }
        out.push_str(&columns.text(layout.style));
    }
    if document.rows.len() > MOST_ROWS {
        let more = document.rows.len() - MOST_ROWS;
        push_wrapped(
            &mut out,
            &format!("and {more} more, which the files have"),
            0,
            layout,
            Tone::Dim,
        );
    }
    out.push('\n');
    let rivals = match document.circumstances() {
        keys if keys.is_empty() => "no other row".to_string(),
        keys => format!("no other row of the same {}", keys.join(" and ")),
    };
    let legend = format!(
        "* the frontier: {rivals} is as good in both oversold and lost units and better in one"
    );
    push_wrapped(&mut out, &legend, 2, layout, Tone::Dim);
    out.push_str(&format!(
        "again with:\n  {}\n",
        printable(&definition.rerun)
    ));
    out
}
