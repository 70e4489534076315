//! Files of orders, read into one list of lines. Memory: the lines, 32 bytes each, with the ids of orders and the SKUs once.

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use super::columns::{Columns, describes, is_rounded, own_kind};
use super::dates::{self, DateOrder, Precision, Stamp};
use super::error::{ImportError, Problems};
use super::file_dates::FileDates;
use super::file_prices::FilePrices;
use super::shapes::{self, MAPPED, Role, RowTexts, Shape};
use super::summary::{FileSummary, Skip, Skipped};
use super::table::{Opened, Table};
use super::unknown::unknown;
use super::{ChannelName, ImportOptions, OrderFile, values};
use crate::scenario::model::Platform;
use crate::world::log_format::{Kind, LONGEST_NAME, MOST_LINES_OF_ORDER, MOST_UNITS, meant};

/// Most lines of orders: 2 GB of them.
const MOST_LINES: usize = 20_000_000;
/// Most files.
const MOST_FILES: usize = 1_000;

type Texts = IndexSet<Box<str>, FxBuildHasher>;

/// An order, without its lines.
#[derive(Debug)]
pub(super) struct Order {
    /// Its id as the file has it.
    pub id: Box<str>,
    pub stamp: Option<(Stamp, Precision)>,
    /// Its Unix seconds, once the order of day and month is known.
    pub unix_secs: i64,
    /// The file of its lines.
    pub file: usize,
    /// The file that tells its time.
    time_file: usize,
    /// Where its time was looked for first.
    pub line: u64,
    pub country: u32,
    /// Among the channels; none when orders go by the shares.
    pub channel: Option<u32>,
    pub skip: Option<Skip>,
    /// Lines so far.
    lines: u32,
    /// Units so far.
    units: u64,
    /// Whether its time is written without an offset.
    pub is_local: bool,
    /// Whether something wrong with it has been noted.
    pub told: bool,
}

/// A line of an order.
#[derive(Copy, Clone, Debug)]
pub(super) struct Line {
    pub order: u32,
    pub sku: u32,
    pub units: u32,
    pub kind: Kind,
    pub price_cents: Option<u64>,
}

/// What tells orders of one id apart, as their rows have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Apart {
    channel: Box<str>,
    time: Box<str>,
}

impl Apart {
    /// The same for a row that leaves some of it to the rows before; `None` where it contradicts them.
    fn goes_on(&self, row: &Apart) -> Option<Apart> {
        let agrees = |own: &str, of_row: &str| of_row.is_empty() || own == of_row;
        let is_one = agrees(&self.channel, &row.channel) && agrees(&self.time, &row.time);
        is_one.then(|| self.clone())
    }
}

/// What files hold.
#[derive(Debug, Default)]
pub struct Imported {
    pub(super) orders: Vec<Order>,
    pub(super) lines: Vec<Line>,
    pub(super) skus: Texts,
    pub(super) countries: Texts,
    pub(super) channels: Texts,
    pub(super) files: Vec<FileSummary>,
}

const ROUNDED: &str = "a spreadsheet program has rounded long numbers, of which several may look alike now: export the file anew and do not save it there";
const MEND: &str = "mend the values in the file, or take their rows out";
pub(super) const MEND_DATES: &str = "dates are read like 2026-11-01 03:09:58 -0500, 12/1/2010 8:26 or 1 Dec 2010 08:26; mend those in the file";

/// Reads files of orders.
///
/// # Errors
/// All that is wrong with them, file by file and line by line.
pub fn import(files: &[OrderFile], options: &ImportOptions) -> Result<Imported, ImportError> {
    if files.len() > MOST_FILES {
        return Err(ImportError::new(
            format!("{} files of orders are more than {MOST_FILES}", files.len()),
            "put them together",
        ));
    }
    let mut reading = Reading {
        imported: Imported::default(),
        by_id: IndexMap::default(),
        last_of_id: IndexMap::default(),
        problems: Problems::default(),
        options,
        skips: Vec::new(),
        id_columns: Vec::new(),
        units_without_heads: false,
        has_heads: false,
    };
    for (number, file) in files.iter().enumerate() {
        reading.file(number, file)?;
    }
    reading.finish(files)
}

/// Files as they are read.
pub(super) struct Reading<'a> {
    pub imported: Imported,
    /// Orders by what tells them apart: their shop and id.
    by_id: IndexMap<(u32, Box<str>), u32, FxBuildHasher>,
    /// What told the last row of each id apart, where an id is not an order's alone.
    last_of_id: IndexMap<(u32, Box<str>), Apart, FxBuildHasher>,
    pub problems: Problems,
    pub(super) options: &'a ImportOptions,
    /// Rows that were left out, by file.
    pub skips: Vec<Vec<Skipped>>,
    /// The column of orders' ids, by file.
    pub id_columns: Vec<String>,
    pub units_without_heads: bool,
    /// Whether a file has orders without their lines.
    pub has_heads: bool,
}

impl Reading<'_> {
    fn file(&mut self, number: usize, file: &OrderFile) -> Result<(), ImportError> {
        let opened = Opened::open(&file.path)?;
        let mapped = self
            .options
            .map
            .as_ref()
            .filter(|map| map.columns().all(|it| opened.has(it)));
        let shape = match (mapped, shapes::of(&opened)) {
            (Some(_), _) => &MAPPED,
            (None, Some(shape)) => shape,
            (None, None) => return Err(unknown(&opened, &file.path, self.options.map.as_ref())),
        };
        let separator = match opened.separator() {
            b';' => "semicolon",
            b'\t' => "tab",
            b'|' => "bar",
            _ => "comma",
        };
        let mut table = opened.rows(shape.quoting || separator != "tab")?;
        let columns = match mapped {
            Some(map) => Columns::mapped(map, &table),
            None => Columns::of(shape, &table),
        };
        table.check_once(&columns.used())?;
        let channel = self.channel_of(file, shape, columns.channel.is_some())?;
        let channel_number = channel
            .as_deref()
            .map(|it| number_of(&mut self.imported.channels, it));
        let mut dates = FileDates::default();
        self.skips.push(Vec::new());
        self.id_columns
            .push(table.name_of(columns.order).to_string());
        self.units_without_heads |= shape.role == Role::Units;
        self.has_heads |= shape.role == Role::Heads;
        let mut rows = FileRows {
            number,
            shape,
            columns,
            channel: channel_number,
            dates: &mut dates,
            prices: FilePrices::default(),
            has_local: false,
            marks: Vec::new(),
        };
        while table.advance()? {
            self.row(&mut table, &mut rows)?;
        }
        let order = self.settle_dates(&mut table, &rows)?;
        // In our own log a dot is the decimal mark.
        if !std::ptr::eq(shape, shapes::own()) {
            let column = table.name_of(rows.columns.price).to_string();
            let lines = &mut self.imported.lines;
            rows.prices
                .settle(lines, (table.path(), &column), &mut self.problems);
        }
        let days_only = rows.dates.days_only;
        self.imported.files.push(FileSummary {
            file: file.path.display().to_string(),
            kind: shape.name,
            separator,
            encoding: if table.latin { "Windows-1252" } else { "UTF-8" },
            dates: order.map(DateOrder::name),
            days_only,
            zone: rows.has_local.then(|| self.options.zone_name()),
            channel,
            is_of_one_shop: shape.one_shop,
            rows: table.rows(),
            lines: 0,
            orders: 0,
            units: 0,
            skipped: Vec::new(),
        });
        Ok(())
    }

    /// The channel that all of a file belongs to; none where rows name it, or orders go by the shares.
    fn channel_of(
        &self,
        file: &OrderFile,
        shape: &Shape,
        rows_name_it: bool,
    ) -> Result<Option<String>, ImportError> {
        let Some(channels) = &self.options.channels else {
            let platform = shape.platform.map(|it| it.name().to_string());
            return Ok(file.channel.clone().or(platform));
        };
        let path = file.path.display();
        let names = channels.iter().map(|it| it.name.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        if let Some(name) = &file.channel {
            return match channels.iter().any(|it| it.name == *name) {
                true => Ok(Some(name.clone())),
                false => Err(ImportError::new(
                    format!("--orders {name}={path}: the scenario has no channel `{name}`"),
                    format!("its channels are {names}"),
                )),
            };
        }
        if rows_name_it {
            return Ok(None);
        }
        let ask = |message: String| {
            ImportError::new(
                message,
                format!("name the channel: --orders NAME={path}, with a NAME of {names}"),
            )
        };
        if let Some(platform) = shape.platform {
            let mut of_platform = channels.iter().filter(|it| it.platform == platform);
            let title = platform.describe().title;
            return match (of_platform.next(), of_platform.count()) {
                (Some(only), 0) => Ok(Some(only.name.clone())),
                (None, _) => Err(ask(format!(
                    "{path}, read as {}, belongs to a {title} channel, and the scenario has none",
                    shape.name
                ))),
                (Some(_), more) => Err(ask(format!(
                    "{path}, read as {}, may belong to any of {} {title} channels",
                    shape.name,
                    more + 1
                ))),
            };
        }
        match channels.as_slice() {
            [only] => Ok(Some(only.name.clone())),
            _ if shape.one_shop => Err(ask(format!(
                "{path}, read as {}, is all of one shop, and no channel of the scenario is on its platform",
                shape.name
            ))),
            _ => Ok(None),
        }
    }

    fn row(&mut self, table: &mut Table, file: &mut FileRows<'_>) -> Result<(), ImportError> {
        if table.is_blank() {
            return Ok(());
        }
        let line = table.line();
        let (shape, columns) = (file.shape, &file.columns);
        let is_own = std::ptr::eq(shape, shapes::own());
        self.problems.note_width(table);
        let id: Box<str> = table.text(columns.order).as_ref().into();
        if let Some((problem, way_out)) = no_name(&id) {
            self.note(table, line, columns.order, problem, way_out);
            return Ok(());
        }
        if table.rows() == 1 && describes(&id, &table.text(columns.quantity)) {
            self.skip(file.number, Skip::Description);
            return Ok(());
        }
        if is_rounded(&id) {
            let problem = "is a rounded number, not an order's id";
            self.note(table, line, columns.order, problem, ROUNDED);
            return Ok(());
        }
        let order = match self.order(table, file, id, line, is_own) {
            Some(order) => order,
            None => {
                self.skip(file.number, Skip::Repeated);
                return Ok(());
            }
        };
        self.head(table, file, order, line);
        let columns = &file.columns;
        let sku = table.text(columns.sku).into_owned();
        file.marks.clear();
        for mark in &columns.marks {
            let text = table.text(*mark).into_owned();
            file.marks.push(text);
        }
        let order_id = self.imported.orders[order as usize].id.clone();
        let verdict = (shape.judge)(&RowTexts {
            order: &order_id,
            sku: &sku,
            marks: &file.marks,
        });
        let head = &mut self.imported.orders[order as usize];
        head.skip = head.skip.or(verdict.order);
        if shape.role == Role::Heads {
            return Ok(());
        }
        if let Some(why) = head.skip.or(verdict.row) {
            self.skip(file.number, why);
            return Ok(());
        }
        if sku.is_empty() {
            self.skip(file.number, Skip::NoSku);
            return Ok(());
        }
        if let Some((problem, way_out)) = no_name(&sku) {
            self.note(table, line, columns.sku, problem, way_out);
            return Ok(());
        }
        if is_rounded(&sku) {
            let problem = "is a rounded number, not a SKU";
            self.note(table, line, columns.sku, problem, ROUNDED);
            return Ok(());
        }
        let quantity = match shape.role {
            Role::Units => Ok(1),
            _ => values::units(&table.text(columns.quantity)),
        };
        let quantity = match quantity {
            Ok(quantity) => quantity,
            Err(problem) => {
                self.note(table, line, columns.quantity, problem, MEND);
                return Ok(());
            }
        };
        let kind = match (is_own, quantity) {
            (true, _) => match own_kind(&file.marks[0], quantity) {
                Ok(kind) => kind,
                Err((of_kind, problem)) => {
                    let column = if of_kind {
                        columns.marks[0]
                    } else {
                        columns.quantity
                    };
                    self.note(table, line, column, problem, MEND);
                    return Ok(());
                }
            },
            (false, 0) => {
                self.skip(file.number, Skip::NoUnits);
                return Ok(());
            }
            (false, ..0) => {
                self.skip(file.number, Skip::Return);
                return Ok(());
            }
            (false, _) => Kind::Sale,
        };
        let units = quantity.unsigned_abs();
        let of_unit = |cents: u64| match shape.price_is_of_line {
            true => (cents + units / 2) / units,
            false => cents,
        };
        let price_text = table.text(columns.price);
        let price_cents = match values::price(&price_text) {
            _ if kind != Kind::Sale => None,
            Ok(Some(price)) => {
                let text = &*price_text;
                let place = self.imported.lines.len();
                file.prices.note(price.marks, (line, text), place, of_unit);
                Some(of_unit(price.cents))
            }
            Ok(None) => None,
            Err(problem) => {
                self.note(table, line, columns.price, problem, MEND);
                return Ok(());
            }
        };
        if self.imported.lines.len() >= MOST_LINES {
            return Err(ImportError::new(
                format!(
                    "{}:{line}: these are more than {MOST_LINES} lines of orders",
                    table.path().display()
                ),
                "replay a part of them: export a shorter time",
            ));
        }
        let head = &mut self.imported.orders[order as usize];
        head.units += units;
        if head.units > MOST_UNITS {
            let problem = "brings its order beyond 1000000000 units";
            self.note(table, line, columns.quantity, problem, MEND);
            return Ok(());
        }
        head.lines += 1;
        if head.lines as usize > MOST_LINES_OF_ORDER {
            return Err(ImportError::new(
                format!(
                    "{}:{line}: order `{order_id}` has more than {MOST_LINES_OF_ORDER} lines",
                    table.path().display()
                ),
                "look whether that column really holds the order's id: one that is the same in every row makes all one order",
            ));
        }
        let sku = number_of(&mut self.imported.skus, &sku);
        self.imported.lines.push(Line {
            order,
            sku,
            units: units as u32,
            kind,
            price_cents,
        });
        Ok(())
    }

    /// The order that a row belongs to; `None` when an earlier file of the shop had its lines.
    fn order(
        &mut self,
        table: &mut Table,
        file: &FileRows<'_>,
        id: Box<str>,
        line: u64,
        is_own: bool,
    ) -> Option<u32> {
        // Where rows name channels, each has order numbers of its own; in our own log an id may also come again at another
        // time, as that of a correction does.
        let shop = file.channel.map_or(0, |it| it + 1);
        let is_shared = is_own || file.columns.channel.is_some();
        let apart = is_shared.then(|| Apart {
            channel: table.text(file.columns.channel).as_ref().into(),
            time: match is_own {
                true => table.text(file.columns.time).as_ref().into(),
                false => Box::default(),
            },
        });
        let id_in_shop = (shop, id);
        let apart = apart.map(|given| {
            // What stands on an order's first row alone is that of its other rows.
            let before = self.last_of_id.get(&id_in_shop);
            before.and_then(|it| it.goes_on(&given)).unwrap_or(given)
        });
        let (shop, id) = id_in_shop;
        let key: Box<str> = match &apart {
            Some(Apart { channel, time }) => format!("{id}\n{channel}\n{time}").into(),
            None => id.clone(),
        };
        if let Some(apart) = apart {
            self.last_of_id.insert((shop, id.clone()), apart);
        }
        let heads = file.shape.role == Role::Heads;
        let next = self.imported.orders.len() as u32;
        let known = *self.by_id.entry((shop, key)).or_insert(next);
        if known == next {
            self.imported.orders.push(Order {
                id,
                stamp: None,
                unix_secs: 0,
                file: if heads { usize::MAX } else { file.number },
                time_file: file.number,
                line,
                country: 0,
                channel: file.channel,
                skip: None,
                lines: 0,
                units: 0,
                is_local: false,
                told: false,
            });
            return Some(known);
        }
        let order = &mut self.imported.orders[known as usize];
        if heads {
            return Some(known);
        }
        if order.file == usize::MAX {
            order.file = file.number;
        }
        (order.file == file.number).then_some(known)
    }

    /// What a row tells about its order: time, country and channel, of which the first row that has them counts.
    fn head(&mut self, table: &mut Table, file: &mut FileRows<'_>, order: u32, line: u64) {
        let columns = &file.columns;
        let head = &mut self.imported.orders[order as usize];
        if head.stamp.is_none() && columns.time.is_some() {
            head.time_file = file.number;
            let text = table.text(columns.time).into_owned();
            if let Some((stamp, precision, has_offset)) = dates::read_with_offset(&text) {
                head.stamp = Some((stamp, precision));
                // Our own log is in UTC when nobody says otherwise.
                let is_in_utc =
                    self.options.zone.is_none() && std::ptr::eq(file.shape, shapes::own());
                head.is_local = !has_offset && !is_in_utc;
                file.has_local |= head.is_local;
                file.dates.note(stamp, precision, line, &text);
            } else if !text.is_empty() && !head.told && head.skip.is_none() {
                head.told = true;
                self.note(
                    table,
                    line,
                    file.columns.time,
                    "is no date that can be read",
                    MEND_DATES,
                );
            }
        }
        let head = &mut self.imported.orders[order as usize];
        if head.country == 0 {
            let country = table.text(file.columns.country);
            if !country.is_empty() && country.len() <= LONGEST_NAME {
                head.country = number_of(&mut self.imported.countries, &country) + 1;
            }
        }
        if head.channel.is_none() && file.columns.channel.is_some() {
            let name = table.text(file.columns.channel).into_owned();
            if name.is_empty() {
                return;
            }
            let channels = self.options.channels.as_deref();
            if let Some(channels) = channels
                && meant(pairs(channels), &name).is_none()
            {
                if !head.told {
                    head.told = true;
                    let way_out = "write the name of a channel of the scenario there, or of a platform that one channel is on; \
                         empty goes by the shares";
                    self.note(
                        table,
                        line,
                        file.columns.channel,
                        "names no channel of the scenario",
                        way_out,
                    );
                }
                return;
            }
            head.channel = Some(number_of(&mut self.imported.channels, &name));
        }
    }

    /// Settles the order of day and month of a file's dates.
    fn settle_dates(
        &mut self,
        table: &mut Table,
        file: &FileRows<'_>,
    ) -> Result<Option<DateOrder>, ImportError> {
        let column = table.name_of(file.columns.time).to_string();
        let path = table.path().to_path_buf();
        let place = (path.as_path(), column.as_str());
        let order = file
            .dates
            .order(self.options.dates, place, &mut self.problems)?;
        let Some(order) = order else {
            return Ok(None);
        };
        for head in &mut self.imported.orders {
            let Some((Stamp::Slashed(slashed), precision)) = head.stamp else {
                continue;
            };
            if head.time_file != file.number {
                continue;
            }
            match slashed.unix_secs(order) {
                Some(secs) => head.stamp = Some((Stamp::Known(secs), precision)),
                None if head.skip.is_some() => {}
                None => {
                    let text = format!("{}/{}", slashed.first, slashed.second);
                    let problem = match order {
                        DateOrder::DayFirst => "has no such month when the day stands first",
                        DateOrder::MonthFirst => "has no such month when the month stands first",
                    };
                    self.problems.note(
                        (place.0, head.line),
                        (&column, &text),
                        problem,
                        "look at --orders-dates, or mend the dates",
                    );
                }
            }
        }
        Ok(Some(order))
    }

    fn note(
        &mut self,
        table: &mut Table,
        line: u64,
        column: Option<usize>,
        problem: &str,
        way_out: &'static str,
    ) {
        let value = table.excerpt(column);
        let name = table.name_of(column);
        self.problems
            .note((table.path(), line), (name, &value), problem, way_out);
    }

    fn skip(&mut self, file: usize, why: Skip) {
        add_skip(&mut self.skips[file], why, 1);
    }
}

/// Why a text names no order and no SKU, and the way out.
fn no_name(text: &str) -> Option<(&'static str, &'static str)> {
    match text {
        "" => Some(("is empty", MEND)),
        _ if text.contains(['\n', '\r']) => Some((
            "goes on over the end of a line",
            "look for a quote that is opened there and not closed",
        )),
        _ if text.len() > LONGEST_NAME => Some(("is longer than 255 bytes", MEND)),
        _ => None,
    }
}

/// The rows of one file.
struct FileRows<'a> {
    number: usize,
    shape: &'static Shape,
    columns: Columns,
    channel: Option<u32>,
    dates: &'a mut FileDates,
    prices: FilePrices,
    has_local: bool,
    marks: Vec<String>,
}

/// The pairs that [`meant`] looks through.
fn pairs(channels: &[ChannelName]) -> impl Iterator<Item = (&str, Platform)> + Clone {
    channels.iter().map(|it| (it.name.as_str(), it.platform))
}

fn number_of(texts: &mut Texts, text: &str) -> u32 {
    match texts.get_index_of(text) {
        Some(number) => number as u32,
        None => texts.insert_full(text.into()).0 as u32,
    }
}

pub(super) fn add_skip(skips: &mut Vec<Skipped>, why: Skip, rows: u64) {
    match skips.iter_mut().find(|it| it.why == why) {
        Some(found) => found.rows += rows,
        None => skips.push(Skipped { why, rows }),
    }
}
