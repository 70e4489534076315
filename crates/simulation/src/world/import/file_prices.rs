//! What the marks in a file's prices are: decided by the data. `1.299` is 1.30 in one column and 1,299.00 in another.

use std::path::Path;

use super::error::Problems;
use super::orders::Line;
use super::values::Marks;

/// Prices whose text is kept for messages.
const MOST_TEXTS: usize = 100;

/// What the prices of a file tell about its marks.
#[derive(Debug, Default)]
pub struct FilePrices {
    /// Whether there is a price in which the dot is the decimal mark ...
    dot: bool,
    /// ... and one in which the comma is.
    comma: bool,
    open: Vec<OpenPrice>,
}

/// A price that the others have to decide.
#[derive(Debug)]
struct OpenPrice {
    /// Its place among the lines of orders.
    place: usize,
    /// The line of the file.
    line: u64,
    text: Box<str>,
    mark: char,
    /// Cents of a unit, where the mark stands between thousands.
    as_thousands: u64,
}

impl FilePrices {
    /// Notes the price of the line of orders that will stand at `place`; `of_unit`: cents of a unit, of those that are written.
    pub fn note(
        &mut self,
        marks: Marks,
        (line, text): (u64, &str),
        place: usize,
        of_unit: impl FnOnce(u64) -> u64,
    ) {
        match marks {
            Marks::None => {}
            Marks::Decimal('.') => self.dot = true,
            Marks::Decimal(_) => self.comma = true,
            Marks::Open { mark, as_thousands } => {
                let text = match self.open.len() < MOST_TEXTS {
                    true => text,
                    false => "",
                };
                self.open.push(OpenPrice {
                    place,
                    line,
                    text: text.into(),
                    mark,
                    as_thousands: of_unit(as_thousands),
                });
            }
        }
    }

    /// Gives the lines with open prices what these are, or notes that nothing tells.
    pub fn settle(
        &self,
        lines: &mut [Line],
        (path, column): (&Path, &str),
        problems: &mut Problems,
    ) {
        let decimal = match (self.dot, self.comma) {
            (true, false) => Some('.'),
            (false, true) => Some(','),
            _ => None,
        };
        let undecided = match (self.dot, self.comma) {
            (true, true) => {
                "may be thousands or a fraction, and other prices of the file tell different things"
            }
            _ => "may be thousands or a fraction, and no other price of the file tells which",
        };
        for open in &self.open {
            match decimal {
                None => problems.note(
                    (path, open.line),
                    (column, &open.text),
                    undecided,
                    "write prices without marks between thousands, or with two places behind the decimal mark",
                ),
                Some(decimal) if decimal == open.mark => {}
                Some(_) => {
                    if let Some(line) = lines.get_mut(open.place) {
                        line.price_cents = Some(open.as_thousands);
                    }
                }
            }
        }
    }
}
