//! Files of orders, read into one list of lines. Memory: the lines, 32 bytes each, with the ids of orders and the SKUs once.

use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

use super::dates::{self, DateOrder, Precision, Stamp};
use super::error::{ImportError, Problems};
use super::map::ColumnMap;
use super::shapes::{self, MAPPED, Role, RowTexts, Shape};
use super::summary::{FileSummary, Skip, Skipped};
use super::table::{Opened, Table};
use super::{ChannelName, ImportOptions, OrderFile, values};
use crate::engine::config::Platform;
use crate::world::log_format::{Kind, LONGEST_NAME, meant};

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
    line: u64,
    pub country: u32,
    /// Among the channels; none when orders go by the shares.
    pub channel: Option<u32>,
    pub skip: Option<Skip>,
    told: bool,
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

/// What stands where in a file.
struct Columns {
    order: Option<usize>,
    time: Option<usize>,
    sku: Option<usize>,
    quantity: Option<usize>,
    price: Option<usize>,
    country: Option<usize>,
    channel: Option<usize>,
    marks: Vec<Option<usize>>,
}

impl Columns {
    fn of(shape: &Shape, table: &Table) -> Columns {
        Columns {
            order: table.find(shape.order),
            time: table.find(shape.time),
            sku: table.find(shape.sku),
            quantity: table.find(shape.quantity),
            price: table.find(shape.price),
            country: table.find(shape.country),
            channel: table.find(shape.channel),
            marks: shape.marks.iter().map(|it| table.find(&[it])).collect(),
        }
    }

    fn mapped(map: &ColumnMap, table: &Table) -> Columns {
        let find = |key| map.column(key).and_then(|it| table.find(&[it]));
        Columns {
            order: find("order"),
            time: find("time"),
            sku: find("sku"),
            quantity: find("quantity"),
            price: find("price"),
            country: find("country"),
            channel: find("channel"),
            marks: Vec::new(),
        }
    }
}

/// What the dates of a file tell about the order of day and month.
#[derive(Default)]
struct FileDates {
    /// A line and a text whose first number is above 12.
    first: Option<(u64, String)>,
    /// The same of the second number.
    second: Option<(u64, String)>,
    /// The first line whose numbers may both be months.
    open: Option<(u64, String)>,
    days_only: bool,
    any: bool,
}

impl FileDates {
    fn note(&mut self, stamp: Stamp, precision: Precision, line: u64, text: &str) {
        self.days_only = (self.days_only || !self.any) && precision == Precision::Day;
        self.any = true;
        let Stamp::Slashed(slashed) = stamp else {
            return;
        };
        let place = if slashed.first > 12 {
            &mut self.first
        } else if slashed.second > 12 {
            &mut self.second
        } else if slashed.first != slashed.second || self.open.is_none() {
            &mut self.open
        } else {
            return;
        };
        if place.is_none() {
            *place = Some((line, text.to_string()));
        }
    }
}

const MEND: &str = "mend the values in the file, or take their rows out";
const MEND_DATES: &str = "dates are read like 2026-11-01 03:09:58 -0500, 12/1/2010 8:26 or 1 Dec 2010 08:26; mend those in the file";

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
        problems: Problems::default(),
        options,
        skips: Vec::new(),
        units_without_heads: false,
    };
    for (number, file) in files.iter().enumerate() {
        reading.file(number, file)?;
    }
    reading.finish(files)
}

struct Reading<'a> {
    imported: Imported,
    /// Orders by what tells them apart: their shop and id.
    by_id: IndexMap<(u32, Box<str>), u32, FxBuildHasher>,
    problems: Problems,
    options: &'a ImportOptions,
    /// Rows that were left out, by file.
    skips: Vec<Vec<Skipped>>,
    units_without_heads: bool,
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
        let channel = self.channel_of(file, shape, columns.channel.is_some())?;
        let channel_number = channel
            .as_deref()
            .map(|it| number_of(&mut self.imported.channels, it));
        let mut dates = FileDates::default();
        self.skips.push(Vec::new());
        self.units_without_heads |= shape.role == Role::Units;
        let mut rows = FileRows {
            number,
            shape,
            columns,
            channel: channel_number,
            dates: &mut dates,
            marks: Vec::new(),
        };
        while table.advance()? {
            self.row(&mut table, &mut rows)?;
        }
        let order = self.settle_dates(&mut table, &rows)?;
        let days_only = rows.dates.days_only;
        self.imported.files.push(FileSummary {
            file: file.path.display().to_string(),
            kind: shape.name,
            separator,
            encoding: if table.latin { "Windows-1252" } else { "UTF-8" },
            dates: order.map(DateOrder::name),
            days_only,
            channel,
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
        let id: Box<str> = table.text(columns.order).as_ref().into();
        if id.is_empty() || id.len() > LONGEST_NAME {
            let problem = match id.is_empty() {
                true => "is empty",
                false => "is longer than 255 bytes",
            };
            self.note(table, line, columns.order, problem, MEND);
            return Ok(());
        }
        if table.rows() == 1 && describes(&id, &table.text(columns.quantity)) {
            self.skip(file.number, Skip::Description);
            return Ok(());
        }
        if is_rounded(&id) {
            let way_out = "a spreadsheet program has rounded order numbers: export the file anew and do not save it there";
            self.note(
                table,
                line,
                columns.order,
                "is a rounded number, not an order's id",
                way_out,
            );
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
        if sku.len() > LONGEST_NAME {
            self.note(table, line, columns.sku, "is longer than 255 bytes", MEND);
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
        let price = values::cents(&table.text(columns.price));
        let price_cents = match price {
            Ok(Some(cents)) if shape.price_is_of_line => Some((cents + units / 2) / units),
            Ok(price) => price,
            Err(_) if kind != Kind::Sale => None,
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
        let sku = number_of(&mut self.imported.skus, &sku);
        self.imported.lines.push(Line {
            order,
            sku,
            units: units as u32,
            kind,
            price_cents: price_cents.filter(|_| kind == Kind::Sale),
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
        let channel = file.columns.channel;
        let key: Box<str> = match (is_own, channel) {
            (true, _) => {
                let channel = table.text(channel).into_owned();
                format!("{id}\n{channel}\n{}", table.text(file.columns.time)).into()
            }
            (false, Some(_)) => format!("{id}\n{}", table.text(channel)).into(),
            (false, None) => id.clone(),
        };
        let shop = file.channel.map_or(0, |it| it + 1);
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
            if let Some((stamp, precision)) = dates::read(&text) {
                head.stamp = Some((stamp, precision));
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
        let dates = &*file.dates;
        let column = table.name_of(file.columns.time).to_string();
        let path = table.path().to_path_buf();
        let path = path.as_path();
        let order = match (self.options.dates, &dates.first, &dates.second, &dates.open) {
            (Some(order), ..) => order,
            (None, Some((line, text)), Some((other_line, other)), _) => {
                for (line, text) in [(line, text), (other_line, other)] {
                    self.problems.note(
                        (path, *line),
                        (&column, text),
                        "puts day and month in another order than other rows do",
                        "say with --orders-dates which one is right, and mend the others",
                    );
                }
                return Ok(None);
            }
            (None, Some(_), None, _) => DateOrder::DayFirst,
            (None, None, Some(_), _) => DateOrder::MonthFirst,
            (None, None, None, None) => return Ok(None),
            (None, None, None, Some((line, text))) => {
                let numbers: Vec<&str> = text.splitn(3, ['/', '-']).collect();
                let (first, second) = (
                    numbers.first().unwrap_or(&""),
                    numbers.get(1).unwrap_or(&""),
                );
                if first == second {
                    DateOrder::MonthFirst
                } else {
                    return Err(ImportError::new(
                        format!(
                            "{}:{line}: column `{column}`: is `{text}` day {first} of month {second}, or day {second} of month \
                             {first}? No date of the file has a number above 12 that would tell",
                            path.display()
                        ),
                        "say it: --orders-dates day-first or --orders-dates month-first",
                    ));
                }
            }
        };
        let is_open = dates.first.is_some() || dates.second.is_some() || dates.open.is_some();
        if !is_open {
            return Ok(None);
        }
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
                    head.told = true;
                    self.problems.note(
                        (path, head.line),
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

    /// Leaves out lines of orders that do not count after all, and adds up.
    fn finish(mut self, files: &[OrderFile]) -> Result<Imported, ImportError> {
        for head in &mut self.imported.orders {
            match head.stamp {
                Some((Stamp::Known(secs), _)) => head.unix_secs = secs,
                _ if head.skip.is_some() || head.told || head.file == usize::MAX => {}
                _ if self.units_without_heads => head.skip = Some(Skip::NoOrder),
                _ => {
                    let path = files[head.file].path.as_path();
                    self.problems.note(
                        (path, head.line),
                        ("order", &head.id),
                        "has no time in any of its rows",
                        MEND_DATES,
                    );
                }
            }
        }
        if !self.problems.are_none() {
            let files: Vec<String> = self
                .imported
                .files
                .iter()
                .map(|it| format!("{} (read as {})", it.file, it.kind))
                .collect();
            return Err(self.problems.into_error(&files.join(", ")));
        }
        let imported = &mut self.imported;
        let (orders, skips) = (&imported.orders, &mut self.skips);
        imported.lines.retain(|line| {
            let head = &orders[line.order as usize];
            if let Some(why) = head.skip {
                add_skip(&mut skips[head.file], why, 1);
            }
            head.skip.is_none()
        });
        let mut counted = vec![false; orders.len()];
        for line in &imported.lines {
            let head = &orders[line.order as usize];
            let file = &mut imported.files[head.file];
            file.lines += 1;
            if line.kind == Kind::Sale {
                file.units += u64::from(line.units);
            }
            if !std::mem::replace(&mut counted[line.order as usize], true) {
                file.orders += 1;
            }
        }
        for (file, mut skipped) in imported.files.iter_mut().zip(self.skips) {
            skipped.sort_by_key(|it| it.why);
            file.skipped = skipped;
        }
        let no_order = imported.files.iter().flat_map(|it| &it.skipped);
        if imported.lines.is_empty() && no_order.clone().any(|it| it.why == Skip::NoOrder) {
            return Err(ImportError::new(
                "Olist's order items do not tell when they were ordered",
                "give olist_orders_dataset.csv too: --orders olist_order_items_dataset.csv --orders olist_orders_dataset.csv",
            ));
        }
        if imported.lines.is_empty() {
            let files = imported.files.iter().map(|it| {
                let skipped = it
                    .skipped
                    .iter()
                    .map(|it| format!("{} {}", it.rows, it.why.words()));
                let skipped: Vec<String> = skipped.collect();
                let skipped = match skipped.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", skipped.join(", ")),
                };
                format!(
                    "{}, read as {}: {} rows{skipped}",
                    it.file, it.kind, it.rows
                )
            });
            return Err(ImportError {
                problems: files.collect(),
                ..ImportError::new(
                    "there is no order to replay in these files",
                    "export a time with orders; docs/order-log.md says which rows are left out",
                )
            });
        }
        Ok(self.imported)
    }
}

/// The rows of one file.
struct FileRows<'a> {
    number: usize,
    shape: &'static Shape,
    columns: Columns,
    channel: Option<u32>,
    dates: &'a mut FileDates,
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

fn add_skip(skips: &mut Vec<Skipped>, why: Skip, rows: u64) {
    match skips.iter_mut().find(|it| it.why == why) {
        Some(found) => found.rows += rows,
        None => skips.push(Skipped { why, rows }),
    }
}

/// Whether the first row tells what the columns hold, as TikTok Shop's does, instead of an order.
fn describes(order: &str, quantity: &str) -> bool {
    let is_sentence = order.contains(' ') && !order.bytes().any(|it| it.is_ascii_digit());
    is_sentence && values::units(quantity).is_err()
}

/// Whether a spreadsheet program has turned a long number into `5.77E+17`.
fn is_rounded(id: &str) -> bool {
    let Some((digits, exponent)) = id.split_once(['E', 'e']) else {
        return false;
    };
    let number = digits
        .bytes()
        .all(|it| it.is_ascii_digit() || matches!(it, b'.' | b','));
    number
        && !digits.is_empty()
        && exponent
            .strip_prefix('+')
            .is_some_and(|it| it.parse::<u8>().is_ok())
}

/// What a row of our own log is; an error says whether it is about the kind.
fn own_kind(kind: &str, quantity: i64) -> Result<Kind, (bool, &'static str)> {
    match (kind, quantity) {
        (_, 0) => Err((false, "must not be zero")),
        ("sale" | "", 1..) => Ok(Kind::Sale),
        ("sale", _) => Err((false, "of a sale must be positive")),
        ("cancel" | "", _) => Ok(Kind::Cancel),
        ("adjust", 1..) => Ok(Kind::Found),
        ("adjust", _) => Ok(Kind::Damage),
        _ => Err((true, "is not one of sale, cancel, adjust")),
    }
}

/// Tells about a file that is not known.
fn unknown(opened: &Opened, path: &std::path::Path, map: Option<&ColumnMap>) -> ImportError {
    let path = path.display();
    if let Some(map) = map {
        let missing: Vec<String> = map
            .columns()
            .filter(|it| !opened.has(it))
            .map(|it| format!("`{it}`"))
            .collect();
        return ImportError::new(
            format!(
                "{path}:1: the header has no column {}; it reads `{}`",
                missing.join(" and "),
                opened.header_text()
            ),
            "name the columns of this header in --orders-map",
        );
    }
    if let Some((what, way_out)) = shapes::without_lines(opened) {
        return ImportError::new(format!("{path}: these {what}"), way_out);
    }
    let own: Vec<String> = shapes::own()
        .known_by
        .iter()
        .filter(|it| !opened.has(it))
        .map(|it| format!("`{it}`"))
        .collect();
    if own.len() <= 2 {
        return ImportError::new(
            format!(
                "{path}:1: the header has no column {}; it reads `{}`",
                own.join(" and "),
                opened.header_text()
            ),
            "docs/order-log.md says which columns a log needs; or name yours: --orders-map 'order=..., time=..., sku=..., quantity=...'",
        );
    }
    ImportError::new(
        format!(
            "{path}:1: no export that is known has this header: `{}`",
            opened.header_text()
        ),
        format!(
            "say which columns hold what, as: --orders-map '{}'; or export orders from Shopify, Amazon, TikTok Shop, WooCommerce \
             or Etsy with a row for each line",
            ColumnMap::guessed(&opened.header)
        ),
    )
}
