//! An order log as a stream of checked lines.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use channel_mocks::core::Epoch;

use crate::world::WorldError;
use crate::world::log_format::{Allowed, BUFFER, Kind, LONGEST_LINE, LONGEST_NAME, MOST_UNITS};
use crate::world::order_source::OrderSource;

/// One line.
#[derive(Debug, PartialEq)]
pub struct LogLine<'a> {
    /// Its instant, in microseconds of Unix time.
    pub unix_micros: i64,
    /// Whether the log knows no more than the minute.
    pub minute_only: bool,
    /// The order's id.
    pub order_id: &'a str,
    /// The merchant's SKU.
    pub sku: &'a str,
    /// Units, at least 1; `kind` tells their direction.
    pub units: u64,
    /// Price of a unit, when the log has one.
    pub price_cents: Option<u64>,
    /// The buyer's country as the log writes it; empty when unknown.
    pub country: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Name of the channel or its platform, when the log has such a column and something in it.
    pub channel: Option<&'a str>,
}

#[derive(Clone, Debug)]
struct Columns {
    timestamp: usize,
    order_id: usize,
    sku: usize,
    quantity: usize,
    unit_price: Option<usize>,
    country: Option<usize>,
    kind: Option<usize>,
    channel: Option<usize>,
}

/// An open log. Memory: one line and the decoder's buffers.
pub struct OrderLog {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    columns: Columns,
    record: csv::ByteRecord,
    /// Bytes that may be read for the present line.
    allowed: Arc<AtomicUsize>,
    /// The last timestamp's text and value: most lines repeat the one before.
    last_stamp: (Vec<u8>, i64, bool),
}

impl fmt::Debug for OrderLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderLog")
            .field("path", &self.path)
            .finish()
    }
}

impl OrderLog {
    /// Opens a log and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read or its header lacks a needed column.
    pub fn open(orders: &OrderSource) -> Result<OrderLog, WorldError> {
        let path = orders.path();
        let bytes = orders
            .bytes()
            .map_err(|source| WorldError::OrdersUnreadable {
                path: path.to_path_buf(),
                source,
            })?;
        let allowed = Arc::new(AtomicUsize::new(LONGEST_LINE + BUFFER));
        let bytes: Box<dyn Read + Send> = Box::new(Allowed {
            source: bytes,
            left: allowed.clone(),
        });
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .buffer_capacity(BUFFER)
            .from_reader(bytes);
        let header = reader
            .byte_headers()
            .map_err(|error| from_csv(path, 1, error))?
            .clone();
        if header.as_slice().len() > LONGEST_LINE {
            return Err(too_long(path, 1));
        }
        let find = |name: &str| {
            header
                .iter()
                .position(|field| field.trim_ascii() == name.as_bytes())
        };
        let need = |column: &'static str| {
            find(column).ok_or_else(|| WorldError::OrderHeader {
                path: path.to_path_buf(),
                column,
                header: excerpt(&header.iter().collect::<Vec<_>>().join(&b',')).into_owned(),
            })
        };
        let columns = Columns {
            timestamp: need("timestamp")?,
            order_id: need("order_id")?,
            sku: need("sku")?,
            quantity: need("quantity")?,
            unit_price: find("unit_price"),
            country: find("country"),
            kind: find("kind"),
            channel: find("channel"),
        };
        Ok(OrderLog {
            path: path.to_path_buf(),
            reader,
            columns,
            record: csv::ByteRecord::new(),
            allowed,
            last_stamp: (Vec::new(), 0, false),
        })
    }

    /// Goes on to the next line; false at the end.
    ///
    /// # Errors
    /// When the file cannot be read on, or the line is too long.
    pub fn advance(&mut self) -> Result<bool, WorldError> {
        self.allowed.store(LONGEST_LINE + BUFFER, Ordering::Relaxed);
        let line = self.reader.position().line();
        let more = self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| from_csv(&self.path, line, error))?;
        if self.record.as_slice().len() > LONGEST_LINE {
            return Err(too_long(&self.path, line));
        }
        Ok(more)
    }

    /// The log asks for more memory than a real one does.
    pub fn too_much(&self, problem: String) -> WorldError {
        WorldError::OrdersTooMuch {
            path: self.path.clone(),
            line: self.record.position().map_or(0, csv::Position::line),
            problem,
        }
    }

    /// An error about a column of the present line.
    pub fn error(&self, column: &'static str, problem: impl Into<String>) -> WorldError {
        let index = match column {
            "timestamp" => Some(self.columns.timestamp),
            "order_id" => Some(self.columns.order_id),
            "sku" => Some(self.columns.sku),
            "quantity" => Some(self.columns.quantity),
            "unit_price" => self.columns.unit_price,
            "country" => self.columns.country,
            "kind" => self.columns.kind,
            _ => self.columns.channel,
        };
        let text = index
            .and_then(|index| self.record.get(index))
            .unwrap_or(b"");
        WorldError::OrderLine {
            path: self.path.clone(),
            line: self.record.position().map_or(0, csv::Position::line),
            column,
            problem: problem.into(),
            text: excerpt(text).into_owned(),
        }
    }

    fn text(&self, index: usize, column: &'static str) -> Result<&str, WorldError> {
        match self.record.get(index).map(std::str::from_utf8) {
            Some(Ok(text)) => Ok(text.trim_ascii()),
            Some(Err(_)) => Err(self.error(column, "is not UTF-8")),
            None => Err(self.error(column, "is missing from this line")),
        }
    }

    fn optional(&self, index: Option<usize>, column: &'static str) -> Result<&str, WorldError> {
        match index {
            Some(index) if index < self.record.len() => self.text(index, column),
            _ => Ok(""),
        }
    }

    /// The present line, checked.
    ///
    /// # Errors
    /// Names the line, the column and the text that is not as it must be.
    pub fn line(&mut self) -> Result<LogLine<'_>, WorldError> {
        let (unix_micros, minute_only) = self.stamp()?;
        let order_id = self.text(self.columns.order_id, "order_id")?;
        if order_id.is_empty() {
            return Err(self.error("order_id", "is empty"));
        }
        let sku = self.text(self.columns.sku, "sku")?;
        if sku.is_empty() {
            return Err(self.error("sku", "is empty"));
        }
        for (column, text) in [("order_id", order_id), ("sku", sku)] {
            if text.len() > LONGEST_NAME {
                let problem = format!("is longer than {LONGEST_NAME} bytes");
                return Err(self.error(column, problem));
            }
        }
        let quantity: i64 = self
            .text(self.columns.quantity, "quantity")?
            .parse()
            .map_err(|_| self.error("quantity", "is not a whole number"))?;
        if quantity.unsigned_abs() > MOST_UNITS {
            let problem = format!("is more than {MOST_UNITS} units");
            return Err(self.error("quantity", problem));
        }
        let kind = match (self.optional(self.columns.kind, "kind")?, quantity) {
            (_, 0) => return Err(self.error("quantity", "must not be zero")),
            ("sale", 1..) | ("", 1..) => Kind::Sale,
            ("sale", _) => return Err(self.error("quantity", "of a sale must be positive")),
            ("cancel", _) | ("", _) => Kind::Cancel,
            ("adjust", 1..) => Kind::Found,
            ("adjust", _) => Kind::Damage,
            _ => return Err(self.error("kind", "is not one of sale, cancel, adjust")),
        };
        let price = self.optional(self.columns.unit_price, "unit_price")?;
        let price_cents = if kind != Kind::Sale || price.is_empty() {
            None
        } else {
            let amount: f64 = price
                .parse()
                .ok()
                .filter(|amount: &f64| (0.0..1e13).contains(amount))
                .ok_or_else(|| self.error("unit_price", "is not a price of zero or more"))?;
            Some((amount * 100.0 + 0.5) as u64)
        };
        let channel = self.optional(self.columns.channel, "channel")?;
        let channel = Some(channel).filter(|it| !it.is_empty());
        Ok(LogLine {
            unix_micros,
            minute_only,
            order_id,
            sku,
            units: quantity.unsigned_abs(),
            price_cents,
            country: self.optional(self.columns.country, "country")?,
            kind,
            channel,
        })
    }

    /// Whether the present line tells its minute or second, and nothing finer: a day alone or a part of a second is brought into that
    /// form first, as every other file's is.
    pub fn is_stamped_as_written(&self) -> bool {
        let field = self.record.get(self.columns.timestamp).unwrap_or(b"");
        let field = field.trim_ascii();
        field.len() >= "2026-11-20T18:30".len() && !field.contains(&b'.')
    }

    fn stamp(&mut self) -> Result<(i64, bool), WorldError> {
        let field = self.record.get(self.columns.timestamp).unwrap_or(b"");
        if field == self.last_stamp.0.as_slice() && !field.is_empty() {
            return Ok((self.last_stamp.1, self.last_stamp.2));
        }
        let text = self.text(self.columns.timestamp, "timestamp")?;
        let parsed = Epoch::parse_unix_micros(text).ok_or_else(|| {
            self.error(
                "timestamp",
                "is not an instant like 2011-12-05T08:38 or 2011-12-05T08:38:07Z",
            )
        })?;
        // `YYYY-MM-DDTHH:MM` has 16 characters; a third colon-separated part means that seconds are known.
        let minute_only = text.as_bytes().get(16) != Some(&b':');
        let field = self.record.get(self.columns.timestamp).unwrap_or(b"");
        self.last_stamp.0.clear();
        self.last_stamp.0.extend_from_slice(field);
        self.last_stamp.1 = parsed;
        self.last_stamp.2 = minute_only;
        Ok((parsed, minute_only))
    }
}

/// At most 60 characters of a field, for messages.
fn excerpt(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if text.chars().count() > 60 {
        Cow::Owned(text.chars().take(57).chain("...".chars()).collect())
    } else {
        text
    }
}

fn too_long(path: &Path, line: u64) -> WorldError {
    WorldError::OrdersTooMuch {
        path: path.to_path_buf(),
        line,
        problem: format!("this line is longer than {LONGEST_LINE} bytes"),
    }
}

fn from_csv(path: &Path, line: u64, error: csv::Error) -> WorldError {
    if let csv::ErrorKind::Io(source) = error.kind()
        && source.kind() == std::io::ErrorKind::FileTooLarge
    {
        return too_long(path, line);
    }
    let message = error.to_string();
    WorldError::OrdersUnreadable {
        path: path.to_path_buf(),
        source: match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            _ => std::io::Error::other(message),
        },
    }
}
