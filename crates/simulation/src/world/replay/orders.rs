//! Lines of an order log, put together to orders in time order. Memory: the orders of one minute.

use std::collections::VecDeque;

use channel_mocks::core::random::hash_text;
use channel_mocks::core::{Micros, Seed, Stream};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::scenario::countries;
use crate::scenario::model::Platform;
use crate::scenario::model::{self, Scenario};
use crate::world::buyers::draw_postal_code;
use crate::world::demand::{cumulative, pick};
use crate::world::log_format::{Kind, MINUTE, MOST_LINES_OF_ORDER, MOST_UNITS, meant};
use crate::world::{ChannelIndex, WorldError};

use super::log::{LogLine, OrderLog};

/// Most orders and corrections of one minute, and most lines of them: they are in memory together.
const MOST_IN_A_MINUTE: usize = 500_000;
/// See [`MOST_IN_A_MINUTE`].
const MOST_LINES_IN_A_MINUTE: usize = 2_000_000;
/// Most SKUs that are sold.
const MOST_SKUS: usize = 1_000_000;

/// SKU codes of the log with a dense number each.
pub type SkuNumbers = IndexMap<Box<str>, u32, FxBuildHasher>;

/// Something of the log, in time order.
#[derive(Debug)]
pub struct LogEvent {
    /// When, as simulated time.
    pub at: Micros,
    /// What it is.
    pub kind: Kind,
    /// Where an order is placed.
    pub channel: ChannelIndex,
    /// Where it ships to.
    pub country: &'static str,
    /// Where it ships to.
    pub postal_code: u32,
    /// Its lines; no SKU twice, never empty.
    pub lines: Vec<LogEventLine>,
}

/// One line of an order or correction.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LogEventLine {
    /// The SKU's number in [`SkuNumbers`].
    pub sku: u32,
    /// Units, at least 1.
    pub units: u32,
    /// Price of a unit of the first such line.
    pub price_cents: Option<u64>,
}

/// An order whose lines are still being read.
#[derive(Debug)]
struct Group {
    order_id: String,
    id_hash: u64,
    kind: Kind,
    /// As the log names it; none where its first line names none.
    channel_name: Option<String>,
    at: Micros,
    channel: ChannelIndex,
    country: &'static str,
    /// Units of all lines.
    units: u64,
    /// In the order of the log, which `merge` turns into an [`LogEvent`]'s lines.
    lines: Vec<RawLine>,
}

#[derive(Copy, Clone, Debug)]
struct RawLine {
    sku: u32,
    position: u32,
    units: u64,
    price_cents: Option<u64>,
}

/// Puts lines together: those of one order id of a channel that stand next to each other or in the same minute are one order.
#[derive(Debug)]
pub struct LogOrders {
    log: OrderLog,
    /// The present line of the log is waiting to be taken.
    held: bool,
    /// The log has been read to its end, or to the end of the scenario's duration.
    ended: bool,
    groups: Vec<Group>,
    by_id: IndexMap<u64, usize, FxBuildHasher>,
    /// Lines of all groups.
    lines: usize,
    /// Start of the minute being collected, in Unix microseconds.
    minute: i64,
    last_unix: i64,
    /// Start of the log's first minute.
    zero: Option<i64>,
    ready: VecDeque<LogEvent>,
    /// SKU numbers; new codes are added when `learning`.
    pub skus: SkuNumbers,
    learning: bool,
    opening: Micros,
    ends_at: Micros,
    compression: f64,
    quantity_cap: u64,
    lines_cap: usize,
    corrections: bool,
    channels: Vec<(String, Platform)>,
    shares: Vec<f64>,
    home: &'static str,
    spread_key: u64,
    channel_key: u64,
    address_key: u64,
}

impl LogOrders {
    /// Reads `log` under a scenario. With no `skus` it learns them.
    pub fn new(
        scenario: &Scenario,
        settings: &model::ReplaySettings,
        seed: Seed,
        log: OrderLog,
        skus: Option<SkuNumbers>,
    ) -> LogOrders {
        let shares: Vec<f64> = scenario.channels.iter().map(|c| c.share).collect();
        LogOrders {
            log,
            held: false,
            ended: false,
            groups: Vec::new(),
            by_id: IndexMap::default(),
            lines: 0,
            minute: i64::MIN,
            last_unix: i64::MIN,
            zero: None,
            ready: VecDeque::new(),
            learning: skus.is_none(),
            skus: skus.unwrap_or_default(),
            opening: scenario.opening,
            ends_at: scenario.opening + scenario.duration,
            compression: settings.time_compression.max(1e-6),
            quantity_cap: u64::from(settings.quantity_cap.unwrap_or(u32::MAX).max(1)),
            lines_cap: settings
                .lines_cap
                .map_or(usize::MAX, |cap| cap.max(1) as usize),
            corrections: settings.corrections,
            channels: {
                let channels = scenario.channels.iter();
                channels.map(|it| (it.name.clone(), it.platform)).collect()
            },
            shares: cumulative(&shares),
            home: countries::of_scenario(scenario),
            spread_key: seed.key("replay", "second"),
            channel_key: seed.key("replay", "channel"),
            address_key: seed.key("replay", "address"),
        }
    }

    /// The next order or correction; `None` at the end.
    ///
    /// # Errors
    /// Names the line of the log that cannot be used.
    pub fn take(&mut self) -> Result<Option<LogEvent>, WorldError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            self.collect_minute()?;
        }
    }

    /// Reads lines until a minute is complete, and makes its events ready.
    fn collect_minute(&mut self) -> Result<(), WorldError> {
        loop {
            if !self.held && !self.log.advance()? {
                self.ended = true;
                break;
            }
            self.held = true;
            if !self.take_line()? {
                break;
            }
            self.held = false;
        }
        self.flush();
        Ok(())
    }

    /// Adds the present line; false when it belongs to a later minute.
    fn take_line(&mut self) -> Result<bool, WorldError> {
        let line = self.log.line()?;
        let (unix, kind) = (line.unix_micros, line.kind);
        if unix.div_euclid(MINUTE) < self.last_unix.div_euclid(MINUTE) {
            return Err(self.log.error(
                "timestamp",
                "is earlier than the line before; a log is sorted by time",
            ));
        }
        let zero = *self.zero.get_or_insert(unix.div_euclid(MINUTE) * MINUTE);
        let minute = unix.div_euclid(MINUTE) * MINUTE;
        let known = match self.groups.last() {
            Some(last) if last.holds(&line) => Some(self.groups.len() - 1),
            Some(_) if minute != self.minute => return Ok(false),
            _ => self.by_id.get(&group_hash(&line)).copied(),
        };
        let group = match known {
            Some(group) => group,
            None if self.groups.len() >= MOST_IN_A_MINUTE => {
                let problem = format!("one minute has more than {MOST_IN_A_MINUTE} orders");
                return Err(self.log.too_much(problem));
            }
            None => {
                self.minute = minute;
                let id_hash = hash_text(line.order_id);
                let offset = if line.minute_only {
                    Stream::new(self.spread_key, id_hash).below(MINUTE as u64) as i64
                } else {
                    0
                };
                let after = (unix - zero + offset) as f64 / self.compression;
                let at = self.opening + Micros((after + 0.5) as u64);
                let minute_after = ((minute - zero) as f64 / self.compression + 0.5) as u64;
                if self.opening + Micros(minute_after) > self.ends_at {
                    self.ended = true;
                    return Ok(false);
                }
                let channel = match line.channel {
                    None => {
                        let uniform = Stream::new(self.channel_key, id_hash).uniform();
                        ChannelIndex(pick(&self.shares, uniform) as u16)
                    }
                    Some(name) => {
                        let channels = self.channels.iter();
                        let channels = channels.map(|(name, platform)| (name.as_str(), *platform));
                        match meant(channels.clone(), name) {
                            Some(position) => ChannelIndex(position as u16),
                            None => {
                                let names: Vec<&str> = channels.map(|(name, _)| name).collect();
                                let names = names.join(", ");
                                let problem = format!("names no channel of the scenario ({names})");
                                return Err(self.log.error("channel", problem));
                            }
                        }
                    }
                };
                let number = self.groups.len();
                self.by_id.insert(group_hash(&line), number);
                // A line that names no channel belongs to the last order of its id, whichever channel that is on.
                self.by_id.insert(id_and_kind_hash(&line), number);
                self.groups.push(Group {
                    order_id: line.order_id.to_string(),
                    id_hash,
                    kind,
                    channel_name: line.channel.map(str::to_string),
                    at,
                    channel,
                    country: countries::from_log(line.country).unwrap_or(self.home),
                    units: 0,
                    lines: Vec::new(),
                });
                self.groups.len() - 1
            }
        };
        let sku = match self.skus.get(line.sku) {
            Some(&sku) => Some(sku),
            None if self.learning && kind == Kind::Sale && self.skus.len() >= MOST_SKUS => {
                let problem = format!("the log sells more than {MOST_SKUS} SKUs");
                return Err(self.log.too_much(problem));
            }
            None if self.learning && kind == Kind::Sale => {
                let sku = self.skus.len() as u32;
                self.skus.insert(line.sku.into(), sku);
                Some(sku)
            }
            None => None,
        };
        let (units, price_cents) = (line.units, line.price_cents);
        match sku {
            Some(sku) => {
                let group = &mut self.groups[group];
                group.units += units;
                if group.units > MOST_UNITS {
                    let problem = format!("this order has more than {MOST_UNITS} units");
                    return Err(self.log.too_much(problem));
                }
                let lines = &mut group.lines;
                if lines.len() >= MOST_LINES_OF_ORDER {
                    let problem = format!("this order has more than {MOST_LINES_OF_ORDER} lines");
                    return Err(self.log.too_much(problem));
                }
                self.lines += 1;
                if self.lines > MOST_LINES_IN_A_MINUTE {
                    let problem = format!(
                        "one minute has more than {MOST_LINES_IN_A_MINUTE} lines of orders"
                    );
                    return Err(self.log.too_much(problem));
                }
                lines.push(RawLine {
                    sku,
                    position: lines.len() as u32,
                    units,
                    price_cents,
                });
            }
            // A sale of a SKU that the first reading of the log did not meet.
            None if kind == Kind::Sale => {
                return Err(self
                    .log
                    .error("sku", "was not there when the log was first read"));
            }
            // A correction of a SKU that is never sold concerns nobody.
            None => {}
        }
        self.last_unix = unix;
        Ok(true)
    }

    /// Makes the collected orders ready, in time order.
    fn flush(&mut self) {
        self.by_id.clear();
        self.lines = 0;
        // A stable sort: orders of the same instant keep the order of the log.
        self.groups.sort_by_key(|group| group.at);
        for group in self.groups.drain(..) {
            let wanted = group.kind == Kind::Sale || self.corrections;
            if !wanted || group.at > self.ends_at || group.lines.is_empty() {
                continue;
            }
            let lines = merge(group.lines, self.quantity_cap, self.lines_cap);
            self.ready.push_back(LogEvent {
                at: group.at,
                kind: group.kind,
                channel: group.channel,
                country: group.country,
                postal_code: draw_postal_code(&mut Stream::new(self.address_key, group.id_hash)),
                lines,
            });
        }
    }
}

impl Group {
    /// Whether a line is one of this order's: every channel has ids of its own, and an order's channel may stand on its first line
    /// alone.
    fn holds(&self, line: &LogLine<'_>) -> bool {
        let is_there = line.channel.is_none() || line.channel == self.channel_name.as_deref();
        self.kind == line.kind && self.order_id == line.order_id && is_there
    }
}

/// Sales and corrections under one id are different things.
fn id_and_kind_hash(line: &LogLine<'_>) -> u64 {
    hash_text(line.order_id).wrapping_add(line.kind as u64)
}

/// The same under one id of two channels.
fn group_hash(line: &LogLine<'_>) -> u64 {
    let of_channel = line
        .channel
        .map_or(0, |name| hash_text(name).rotate_left(32));
    id_and_kind_hash(line) ^ of_channel
}

/// Adds up lines of the same SKU, keeps the order of first appearance, and applies the caps.
fn merge(mut raw: Vec<RawLine>, quantity_cap: u64, lines_cap: usize) -> Vec<LogEventLine> {
    raw.sort_unstable_by_key(|line| (line.sku, line.position));
    raw.dedup_by(|later, first| {
        let same = later.sku == first.sku;
        if same {
            first.units += later.units;
        }
        same
    });
    raw.sort_unstable_by_key(|line| line.position);
    raw.truncate(lines_cap);
    raw.into_iter()
        .map(|line| LogEventLine {
            sku: line.sku,
            units: u32::try_from(line.units.min(quantity_cap)).unwrap_or(u32::MAX),
            price_cents: line.price_cents,
        })
        .collect()
}
