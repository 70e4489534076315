//! Columns of text, laid out by `comfy-table` and coloured afterwards: colour codes have no width.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, Table, Width};

use super::number::{TimeUnit, duration};
use super::style::{Style, Tone};
use crate::scenario::text::printable;

/// One cell.
#[derive(Clone)]
pub(super) struct Cell {
    pub text: String,
    pub tone: Tone,
    /// A length of time, whose unit is that of its whole row.
    pub seconds: Option<f64>,
    /// What stands behind a length of time: a mark that is explained elsewhere.
    pub mark: &'static str,
}

pub(super) fn cell(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        tone: Tone::Neutral,
        seconds: None,
        mark: "",
    }
}

/// A length of time in a row of them, if there is any.
pub(super) fn seconds(seconds: impl Into<Option<f64>>) -> Cell {
    let seconds = seconds.into();
    Cell {
        seconds,
        ..cell(duration(seconds))
    }
}

/// Gives all lengths of time in a row one unit, so that they can be compared at a glance.
pub(super) fn in_one_unit(row: &mut [Cell]) {
    let unit = TimeUnit::of(row.iter().filter_map(|cell| cell.seconds));
    for cell in row {
        if let Some(seconds) = cell.seconds {
            cell.text = format!("{}{}", unit.text(seconds), cell.mark);
        }
    }
}

pub(super) fn judged(text: impl Into<String>, bad: bool, good: bool) -> Cell {
    Cell {
        tone: match (bad, good) {
            (true, _) => Tone::Bad,
            (_, true) => Tone::Good,
            _ => Tone::Neutral,
        },
        ..cell(text)
    }
}

/// How one column is set. It is as wide as its widest cell with the blanks around it, and no narrower than `least`.
#[derive(Copy, Clone)]
pub(super) struct Column {
    pub alignment: CellAlignment,
    pub least: u16,
    pub blanks_before: u16,
    pub blanks_after: u16,
}

impl Column {
    /// Texts, with nothing around them.
    pub const fn left(least: u16) -> Column {
        Column {
            alignment: CellAlignment::Left,
            least,
            blanks_before: 0,
            blanks_after: 0,
        }
    }

    /// Numbers, with nothing around them.
    pub const fn right(least: u16) -> Column {
        Column {
            alignment: CellAlignment::Right,
            ..Column::left(least)
        }
    }
}

/// Rows of cells below each other.
pub(super) struct Columns {
    columns: Vec<Column>,
    table: Table,
    tones: Vec<Vec<Tone>>,
}

impl Columns {
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Columns {
        let mut table = Table::new();
        table.load_style(NOTHING);
        Columns {
            columns: columns.into_iter().collect(),
            table,
            tones: Vec::new(),
        }
    }

    /// Adds a row of as many cells as there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter();
        let shown = cells.map(|cell| {
            let text = printable(&cell.text).replace(['\n', '\t'], " ");
            (text, cell.tone)
        });
        let (texts, tones): (Vec<String>, Vec<Tone>) = shown.unzip();
        self.table.add_row(texts);
        self.tones.push(tones);
    }

    /// One line a row, each with its break, without blanks at the end.
    pub fn text(mut self, style: Style) -> String {
        let contents = self.table.column_max_content_widths();
        let mut widths = Vec::with_capacity(self.columns.len());
        for (index, (column, content)) in self.columns.iter().zip(contents).enumerate() {
            let Some(laid_out) = self.table.column_mut(index) else {
                continue;
            };
            laid_out.set_padding((column.blanks_before, column.blanks_after));
            laid_out.set_cell_alignment(column.alignment);
            let needed = content + column.blanks_before + column.blanks_after;
            let width = needed.max(column.least);
            laid_out.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            widths.push(usize::from(width));
        }
        let mut text = String::new();
        for (line, tones) in self.table.lines().zip(&self.tones) {
            text.push_str(painted(&line, &widths, tones, style).trim_end());
            text.push('\n');
        }
        text
    }
}

/// A line with each of its cells in its tone.
fn painted(line: &str, widths: &[usize], tones: &[Tone], style: Style) -> String {
    let mut letters = line.trim_end().chars();
    let cells = widths.iter().zip(tones).map(|(&width, &tone)| {
        let text: String = letters.by_ref().take(width).collect();
        style.paint(&text, tone)
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let blanks = Column {
            blanks_before: 2,
            ..Column::right(0)
        };
        let mut columns = Columns::new([Column::left(6), blanks]);
        columns.row([cell("a"), cell("12")]);
        columns.row([cell("longer than six"), judged("3", true, false)]);
        assert_eq!(
            columns.text(Style::Plain),
            "a                12\nlonger than six   3\n"
        );
    }

    #[test]
    fn a_cell_is_painted_with_the_blanks_before_it() {
        let mut columns = Columns::new([Column::left(3), Column::right(4)]);
        columns.row([cell("a"), judged("1", true, false)]);
        assert_eq!(
            columns.text(Style::Colour),
            "a  \u{1b}[31;1m   1\u{1b}[0m\n"
        );
    }
}
