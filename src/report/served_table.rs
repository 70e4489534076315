//! What served shops came to, for people: a few figures by channel, and what was broken.

use super::columns::{Column, Columns, cell};
use super::findings::{extent_words, guarantee_words};
use super::json::StrategyDocument;
use super::number::{count, duration};
use super::paragraph::push_wrapped;
use super::style::{Layout, Style, Tone};
use crate::measure::{Figures, Verdict};

type Figure = (&'static str, fn(&Figures) -> String);

const COLUMNS: &[Figure] = &[
    ("asked for", |it| count(it.offered_units)),
    ("sold", |it| count(it.accepted_units)),
    ("oversold", |it| count(it.oversold_units)),
    ("lost sales", |it| count(it.net_undersell_units)),
    ("not taken in", |it| count(it.lost_orders)),
    ("age p99", |it| duration(it.staleness_s.p99)),
];

/// One line per channel and one for all, units in columns; then the guarantees that were broken.
pub fn served_table(run: &StrategyDocument, layout: Layout) -> String {
    let value = Column {
        blanks_before: 2,
        ..Column::right(0)
    };
    let mut columns =
        Columns::new(std::iter::once(Column::left(0)).chain(COLUMNS.iter().map(|_| value)));
    let heads = COLUMNS.iter().map(|(head, _)| cell(*head));
    columns.row(std::iter::once(cell("")).chain(heads));
    let channels = run.channels.iter().map(|(name, it)| (name.as_str(), it));
    for (name, figures) in channels.chain([("all", &run.figures)]) {
        let cells = COLUMNS.iter().map(|(_, value)| cell(value(figures)));
        columns.row(std::iter::once(cell(name)).chain(cells));
    }
    let mut text = columns.text(Style::Plain);
    if !run.took_part.counts {
        text.push_str("no engine wrote a count or took an order in: nobody is judged for them\n");
    }
    for guarantee in &run.guarantees {
        if guarantee.verdict == Verdict::Violated {
            let mut line = format!("violated: {}", guarantee_words(&guarantee.name));
            if let Some(extent) = guarantee.extent.as_ref().filter(|it| it.of > 0) {
                line.push_str(&format!(" by {}", extent_words(extent)));
            }
            if let Some(first) = &guarantee.counter_example {
                line.push_str(&format!(
                    ", first at {:.3} s on {}: {}",
                    first.at_s, first.channel, first.what
                ));
            }
            if let Some(caveat) = &guarantee.caveat {
                line.push_str(&format!("; {caveat}"));
            }
            push_wrapped(&mut text, &line, 2, layout, Tone::Neutral);
        }
    }
    text
}
