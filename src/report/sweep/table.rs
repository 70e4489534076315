//! A sweep on the terminal.

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

/// A row for each combination and contender; a star marks the frontier.
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
        let widest = cells.map(|it| it.text.chars().count()).max().unwrap_or(0);
        u16::try_from(widest + 2).unwrap_or(u16::MAX)
    };
    let names = definition.varied.len();
    let mut columns = Columns::new((0..rows[0].len()).map(|at| match at {
        at if at <= names => Column::left(width(at)),
        at => Column::right(width(at)),
    }));
    for row in rows {
        columns.row(row);
    }
    out.push_str(&columns.text(layout.style));
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
    let legend =
        "* the frontier: no other row is as good in both oversold and lost units and better in one";
    push_wrapped(&mut out, legend, 2, layout, Tone::Dim);
    out.push_str(&format!(
        "again with:\n  {}\n",
        printable(&definition.rerun)
    ));
    out
}
