//! One contender's part of a trace, made from what was kept of its run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::event::{Arrow, Event, Row, micros};
use super::lanes::Lanes;
use crate::experiment::{CallLine, CallRecord, Change};
use crate::measure::LimitRow;
use crate::report::run_files::{RunFilesError, json_lines};

/// Rows of a channel's group.
const SALES: u32 = 1;
const WRITES: u32 = 2;
/// SKUs whose counts on display are shown.
const MOST_WATCHED: usize = 5;

/// What of a line of the ledger is shown.
#[derive(Deserialize)]
struct LedgerLine {
    at_s: f64,
    kind: String,
    #[serde(default)]
    channel: String,
    #[serde(default)]
    sku: String,
    order: Option<u64>,
    units: Option<i64>,
    oversold_units: Option<u64>,
    to: Option<i64>,
    sellable: Option<i64>,
}

/// A count that a write made live.
struct Live {
    channel: String,
    call: Option<u64>,
    change: Change,
}

/// Events of one contender.
pub struct ContenderTrace<'a> {
    contender: &'a str,
    /// The channels in order, then the warehouse.
    systems: Vec<String>,
    first_pid: u32,
    events: Vec<Event>,
    lives: Vec<Live>,
    /// The slices of calls, by number: where, and from when to when.
    calls: BTreeMap<u64, (Row, u64, u64)>,
    arrows: u64,
}

impl<'a> ContenderTrace<'a> {
    /// Whose groups begin at `first_pid`: the calls, then each channel and the warehouse.
    pub fn new(contender: &'a str, channels: &[&str], first_pid: u32) -> ContenderTrace<'a> {
        let systems = channels.iter().copied().chain(["warehouse"]);
        let systems: Vec<String> = systems.map(str::to_string).collect();
        let mut events = Vec::new();
        events.extend(Event::group(first_pid, &format!("{contender}: calls")));
        for (system, pid) in systems.iter().zip(first_pid + 1..) {
            events.extend(Event::group(pid, &format!("{contender}: {system}")));
            for (tid, name) in [(SALES, "sales"), (WRITES, "counts that writes made live")] {
                if system != "warehouse" {
                    events.extend(Event::row(Row { pid, tid }, name));
                }
            }
        }
        ContenderTrace {
            contender,
            systems,
            first_pid,
            events,
            lives: Vec::new(),
            calls: BTreeMap::new(),
            arrows: u64::from(first_pid) << 32,
        }
    }

    /// How many groups it has.
    pub fn groups(&self) -> u32 {
        self.systems.len() as u32 + 1
    }

    fn pid_of(&self, system: &str) -> Option<u32> {
        let position = self.systems.iter().position(|it| it == system)?;
        Some(self.first_pid + 1 + position as u32)
    }

    /// Calls as slices from their sending to their answer, in as many rows a system as there were at once.
    ///
    /// # Errors
    /// When a line cannot be read.
    pub fn read_calls(&mut self, path: &Path) -> Result<(), RunFilesError> {
        let mut calls: Vec<CallRecord> = Vec::new();
        for line in json_lines(path)? {
            match line? {
                CallLine::Call(mut call) => {
                    let changed = std::mem::take(&mut call.changed);
                    self.lives.extend(changed.into_iter().map(|change| Live {
                        channel: call.channel.clone(),
                        call: Some(call.call),
                        change,
                    }));
                    calls.push(*call);
                }
                CallLine::Effect(effect) => self.lives.push(Live {
                    channel: effect.channel,
                    call: effect.call,
                    change: effect.change,
                }),
                CallLine::LeftOut { .. } => {}
            }
        }
        calls.sort_by_key(|call| (micros(call.at_s), call.call));
        let pid = self.first_pid;
        // Rows of a system stand together: a thousand for each.
        let mut lanes: BTreeMap<usize, Lanes> = BTreeMap::new();
        for call in calls {
            let known = self.systems.iter().position(|it| *it == call.channel);
            let Some(system) = known else { continue };
            let (at, length) = (micros(call.at_s), micros(call.latency_s).max(1));
            let lane = lanes.entry(system).or_default().take(at, length);
            let tid = 1 + system as u32 * 1_000 + lane.min(999);
            let row = Row { pid, tid };
            self.calls.insert(call.call, (row, at, at + length));
            let name = match call.throttled {
                true => format!("{} (throttled)", call.operation),
                false => call.operation.clone(),
            };
            let args = json!({
                "call": call.call,
                "status": call.status,
                "failure": call.failure,
                "method": call.method,
                "path": call.path,
                "cost": call.cost,
                "request_bytes": call.request_bytes,
                "response_bytes": call.response_bytes,
            });
            let category = if call.throttled { "throttled" } else { "call" };
            self.events
                .push(Event::slice(category, name, row, (at, length), args));
        }
        for (system, lanes) in lanes {
            for lane in 0..lanes.count().min(1_000) {
                let tid = 1 + system as u32 * 1_000 + lane;
                let name = format!("to {}", self.systems[system]);
                self.events.extend(Event::row(Row { pid, tid }, &name));
            }
        }
        Ok(())
    }

    /// Sales and counts on display, and arrows from a sale to the call that brought its news elsewhere and to the count that
    /// shows it.
    ///
    /// # Errors
    /// When a line cannot be read.
    pub fn read_ledger(&mut self, path: &Path) -> Result<(), RunFilesError> {
        let watched = watched(path)?;
        // Where each change elsewhere stands that a count may be the first to show.
        let wanted: BTreeSet<(String, u64)> = self
            .lives
            .iter()
            .filter_map(|live| Some((live.change.sku.clone(), micros(live.change.oldest_news_s?))))
            .collect();
        let mut sales: BTreeMap<(String, u64), Row> = BTreeMap::new();
        for line in json_lines::<LedgerLine>(path)? {
            let line = line?;
            let Some(pid) = self.pid_of(&line.channel) else {
                continue;
            };
            let at = micros(line.at_s);
            match line.kind.as_str() {
                "accepted" => {
                    let row = Row { pid, tid: SALES };
                    let oversold = line.oversold_units.unwrap_or(0);
                    let (category, what) = match oversold {
                        0 => ("sale", "sale"),
                        _ => ("oversold", "oversold"),
                    };
                    let name = format!("{what}: {} × {}", line.units.unwrap_or(0), line.sku);
                    let args = json!({
                        "sku": line.sku,
                        "order": line.order,
                        "units": line.units,
                        "oversold_units": oversold,
                        "sellable": line.sellable,
                    });
                    self.events
                        .push(Event::slice(category, name, row, (at, 1), args));
                    let key = (line.sku, at);
                    if wanted.contains(&key) {
                        sales.entry(key).or_insert(row);
                    }
                }
                "displayed" if watched.contains(&line.sku) => {
                    if let Some(to) = line.to {
                        let name = format!("on display: {}", line.sku);
                        self.events
                            .push(Event::value(name, pid, at, "units", to as f64));
                    }
                }
                _ => {}
            }
        }
        self.add_arrows(&sales);
        Ok(())
    }

    fn add_arrows(&mut self, sales: &BTreeMap<(String, u64), Row>) {
        for live in &self.lives {
            let news = live.change.oldest_news_s.map(micros);
            let key = news.map(|at| (live.change.sku.clone(), at));
            let sale = key.and_then(|key| Some((*sales.get(&key)?, key.1)));
            let call = live.call.and_then(|call| self.calls.get(&call));
            let shown = self.pid_of(&live.channel);
            let (Some((sale, sold_at)), Some((call, sent_at, ended_at)), Some(pid)) =
                (sale, call, shown)
            else {
                continue;
            };
            let live_at = micros(live.change.at_s);
            let row = Row { pid, tid: WRITES };
            self.arrows += 1;
            let id = self.arrows;
            // An arrow passes a call while it is under way, and times never go back along it.
            let passes = (*sent_at)
                .clamp(sold_at, live_at.max(sold_at))
                .min(*ended_at);
            for (end, row, at) in [
                (Arrow::Begins, sale, sold_at),
                (Arrow::Passes, *call, passes),
                (Arrow::Ends, row, live_at),
            ] {
                self.events.push(Event::arrow(end, id, row, at));
            }
        }
    }

    /// What limits had left, in percent, and how many calls were refused.
    pub fn add_limits(&mut self, rows: &[LimitRow]) {
        for row in rows {
            let Some(pid) = self.pid_of(&row.system) else {
                continue;
            };
            let at = micros(row.from_s);
            if let Some(left) = row.least_left_share {
                let name = format!("left of {}", row.limit);
                self.events
                    .push(Event::value(name, pid, at, "percent", left * 100.0));
            }
            let name = format!("throttled calls ({} s)", row.width_s);
            self.events
                .push(Event::value(name, pid, at, "calls", row.throttled as f64));
        }
    }

    /// All its events, and how many of the latest were left out to keep to `most`.
    pub fn finish(mut self, most: usize) -> (Vec<Event>, usize) {
        let lives = std::mem::take(&mut self.lives);
        for live in lives {
            let Some(pid) = self.pid_of(&live.channel) else {
                continue;
            };
            let Change {
                sku,
                from,
                to,
                at_s,
                oldest_news_s,
                known_s,
            } = live.change;
            let (at, row) = (micros(at_s), Row { pid, tid: WRITES });
            let args = json!({
                "sku": sku,
                "from": from,
                "to": to,
                "call": live.call,
                "age_of_oldest_news_s": oldest_news_s.map(|it| at_s - it),
                "known_for_s": known_s.map(|it| at_s - it),
            });
            let name = format!("{sku}: {from} → {to}");
            self.events
                .push(Event::slice("live", name, row, (at, 1), args));
        }
        self.events
            .sort_by_key(|event| (!event.names(), event.at()));
        let left_out = self.events.len().saturating_sub(most);
        self.events.truncate(most);
        if left_out > 0 {
            let row = Row {
                pid: self.first_pid,
                tid: 0,
            };
            let at = self.events.last().map_or(0, Event::at);
            let name = format!("{}: {left_out} later events are left out", self.contender);
            let mark = Event::mark("left_out", name, row, at, Value::Null);
            self.events.push(mark);
        }
        (self.events, left_out)
    }
}

/// The SKUs whose counts are shown: those with the most oversold units, then those with the most sold.
fn watched(path: &Path) -> Result<BTreeSet<String>, RunFilesError> {
    let mut units: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for line in json_lines::<LedgerLine>(path)? {
        let line = line?;
        if line.kind == "accepted" {
            let own = units.entry(line.sku).or_default();
            own.0 += line.oversold_units.unwrap_or(0);
            own.1 += line.units.unwrap_or(0);
        }
    }
    let mut units: Vec<(String, (u64, i64))> = units.into_iter().collect();
    units.sort_by(|(_, one), (_, other)| other.cmp(one));
    let first = units.into_iter().take(MOST_WATCHED);
    Ok(first.map(|(sku, _)| sku).collect())
}
