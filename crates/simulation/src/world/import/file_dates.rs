//! The order of day and month in a file's dates: decided by the data, or asked for.

use std::path::Path;

use super::dates::{DateOrder, Precision, Stamp};
use super::error::{ImportError, Problems};

/// What the dates of a file tell about the order of day and month.
#[derive(Debug, Default)]
pub struct FileDates {
    /// A line and a text whose first number is above 12.
    first: Option<(u64, String)>,
    /// The same of the second number.
    second: Option<(u64, String)>,
    /// The first line whose numbers may both be months, and differ.
    open: Option<(u64, String)>,
    /// Whether there is a date like 5/5/2010, which is the same either way.
    either: bool,
    /// Whether no row tells more than the day.
    pub days_only: bool,
    any: bool,
}

impl FileDates {
    /// Notes the date of a line.
    pub fn note(&mut self, stamp: Stamp, precision: Precision, line: u64, text: &str) {
        self.days_only = (self.days_only || !self.any) && precision == Precision::Day;
        self.any = true;
        let Stamp::Slashed(slashed) = stamp else {
            return;
        };
        let place = if slashed.first > 12 {
            &mut self.first
        } else if slashed.second > 12 {
            &mut self.second
        } else if slashed.first != slashed.second {
            &mut self.open
        } else {
            self.either = true;
            return;
        };
        if place.is_none() {
            *place = Some((line, text.to_string()));
        }
    }

    /// The order of day and month; `None` where no date leaves it open, or problems have been noted. `wanted` is what the
    /// user says.
    ///
    /// # Errors
    /// The question which of the two it is, where nothing tells.
    pub fn order(
        &self,
        wanted: Option<DateOrder>,
        (path, column): (&Path, &str),
        problems: &mut Problems,
    ) -> Result<Option<DateOrder>, ImportError> {
        let order = match (&self.first, &self.second, &self.open) {
            (None, None, None) if !self.either => return Ok(None),
            _ if wanted.is_some() => return Ok(wanted),
            (Some((line, text)), Some((other_line, other)), _) => {
                for (line, text) in [(line, text), (other_line, other)] {
                    problems.note(
                        (path, *line),
                        (column, text),
                        "puts day and month in another order than other rows do",
                        "say with --orders-dates which one is right, and mend the others",
                    );
                }
                return Ok(None);
            }
            (Some(_), None, _) => DateOrder::DayFirst,
            (None, Some(_), _) | (None, None, None) => DateOrder::MonthFirst,
            (None, None, Some((line, text))) => {
                let mut numbers = text.splitn(3, ['/', '-']);
                let (first, second) = (numbers.next().unwrap_or(""), numbers.next().unwrap_or(""));
                return Err(ImportError::new(
                    format!(
                        "{}:{line}: column `{column}`: is `{text}` day {first} of month {second}, or day {second} of month \
                         {first}? No date of the file has a number above 12 that would tell",
                        path.display()
                    ),
                    "say it: --orders-dates day-first or --orders-dates month-first",
                ));
            }
        };
        Ok(Some(order))
    }
}
