//! Why units were oversold (docs/causes.md): from the ledger alone, for every contender, foreign engines included.
//!
//! For each listing the units by which its count is too high are kept as lots, each with what the count misses: a sale elsewhere,
//! lost stock, or a write that put sold units back. An oversold unit takes the oldest of them, so that each missed unit lets one
//! through at most, and the times of that event's news say where it was meanwhile.

mod behind;
mod calls;
mod case;
mod delays;
mod events;
mod hearing;
mod label;
mod listing;
mod model;
mod open;
mod pauses;
mod pending;
mod quotas;
mod sale_times;
mod sku;
#[cfg(test)]
mod tests;
mod totals;
mod words;

use std::collections::BTreeMap;

use channel_mocks::core::{Cause, Micros, OrderRef};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::by_sku;
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Letter, Mover, Strike, Trail};
use crate::world::{ChannelIndex, SkuIndex};
use behind::NoFaults;
use calls::ChannelCalls;
use case::Case;
use hearing::Hearing;
use label::PlannedFault;
use listing::{Lot, SetBy, Source, Write};
use pauses::Pauses;
use sale_times::SaleTimes;
use sku::Sku;
use totals::Totals;

pub use model::{CauseLabel, CauseRow, Causes, Chain, DelayParts, Link, Step, WorstSku};
pub use totals::Traced;

/// Takes entries and trails as they happen; see [`Tracer::finish`].
#[derive(Clone, Debug)]
pub struct Tracer {
    names: Vec<String>,
    whole_stock: bool,
    /// Whether quotas may show more than there is on purpose.
    lends: bool,
    /// Units held back on every channel on purpose.
    buffers: Vec<u32>,
    /// By position in the catalogue; nothing of those of which nothing has happened.
    skus: Vec<Option<Box<Sku>>>,
    calls: Vec<ChannelCalls>,
    hearing: Vec<Hearing>,
    faults: Vec<PlannedFault>,
    no_faults: NoFaults,
    /// When the engine's process was gone or busy, by the fault that made it so.
    down: IndexMap<u16, Pauses, FxBuildHasher>,
    /// Those that may still change, by their number among all.
    cases: BTreeMap<usize, Case>,
    /// How many there have been.
    cases_begun: usize,
    /// What is known for good.
    totals: Totals,
    units: u64,
    sales: SaleTimes,
    /// The last change of what can be sold, which comes just before the entry that speaks of it.
    last_sale: Option<(SkuIndex, ChannelIndex)>,
    /// The SKUs of orders, where messages can be struck.
    lines: IndexMap<(ChannelIndex, OrderRef), Vec<SkuIndex>, FxBuildHasher>,
    /// Counts that are about to be set by mistake, all of one instant.
    mistakes: Vec<(Micros, ChannelIndex, SkuIndex)>,
    /// Reads that showed older counts, where faults have them do so: when one of a SKU first did, and where.
    stale_reads: IndexMap<(SkuIndex, ChannelIndex), Micros, FxBuildHasher>,
}

impl Tracer {
    /// For one run of a scenario. `whole_stock`: whether counts stand for the whole stock; `buffers`: units that the strategy
    /// holds back of them on purpose.
    pub fn new(scenario: &Scenario, whole_stock: bool, buffers: Vec<u32>) -> Tracer {
        let names = scenario.channels.iter().map(|it| it.name.clone());
        Tracer {
            names: names.collect(),
            whole_stock,
            lends: false,
            buffers,
            skus: Vec::new(),
            calls: vec![ChannelCalls::default(); scenario.channels.len()],
            hearing: vec![Hearing::default(); scenario.channels.len()],
            faults: label::planned(scenario),
            no_faults: NoFaults::of(scenario),
            down: IndexMap::default(),
            cases: BTreeMap::new(),
            cases_begun: 0,
            totals: Totals::default(),
            units: 0,
            sales: SaleTimes::new(scenario.channels.len()),
            last_sale: None,
            lines: IndexMap::default(),
            mistakes: Vec::new(),
            stale_reads: IndexMap::default(),
        }
    }

    /// Of a contender with a budget, whose quotas may show more than there is on purpose.
    #[must_use]
    pub fn lending(self) -> Tracer {
        Tracer {
            lends: true,
            ..self
        }
    }

    /// What units of quotas are that nothing else accounts for.
    fn rest_of_quotas(&self, otherwise: Source) -> Source {
        match self.lends {
            true => Source::Lent { event: None },
            false => otherwise,
        }
    }

    fn sku(&mut self, sku: SkuIndex) -> &mut Sku {
        let channels = self.names.len();
        by_sku::row(&mut self.skus, sku).get_or_insert_with(|| Box::new(Sku::new(channels)))
    }

    /// A SKU of which something has happened.
    fn known(&self, sku: SkuIndex) -> Option<&Sku> {
        self.skus.get(sku.0 as usize)?.as_deref()
    }

    fn known_mut(&mut self, sku: SkuIndex) -> Option<&mut Sku> {
        self.skus.get_mut(sku.0 as usize)?.as_deref_mut()
    }

    /// Takes a step of a trail.
    pub fn trail(&mut self, at: Micros, step: &Trail) {
        match *step {
            Trail::Moved {
                sku,
                units,
                sellable,
                by,
            } => {
                let whole_stock = self.whole_stock;
                let sold_at = match by {
                    Mover::Sale(channel, order) => {
                        self.sales.note(channel, order, at);
                        None
                    }
                    Mover::Cancellation(channel, order) => self.sales.of(channel, order),
                    _ => None,
                };
                let of_sku = self.sku(sku);
                let number = of_sku.moved(at, sold_at, (units, sellable), by, whole_stock);
                if !whole_stock {
                    of_sku.quota_moved(at, units, by, number, sellable);
                }
                self.keep_forgotten(sku);
                self.last_sale = None;
                if let Mover::Sale(channel, order) = by {
                    self.last_sale = Some((sku, channel));
                    if !self.faults.is_empty() {
                        self.lines.entry((channel, order)).or_default().push(sku);
                    }
                }
            }
            Trail::Heard {
                sku,
                by,
                happened_at,
                known_at,
                letter,
            } => {
                let is_clear = !self.is_altered(letter);
                // Of quotas no write tells whether it was understood.
                let is_read = is_clear || !self.whole_stock;
                let has_faults = !self.faults.is_empty();
                if let Some(sku) = self.known_mut(sku) {
                    sku.heard(by, happened_at, known_at, letter, is_read);
                    if is_clear && has_faults {
                        sku.events.heard_clearly(by, happened_at, known_at);
                    }
                }
                if let (None, Some(left_at), Some(channel)) =
                    (letter.strike, letter.left_at, by.channel())
                {
                    self.hearing[usize::from(channel.0)].heard(happened_at, left_at);
                }
                if let Mover::Sale(channel, order) = by {
                    self.lines.swap_remove(&(channel, order));
                }
            }
            Trail::HeardAgain {
                sku,
                by,
                happened_at,
                known_at,
                letter,
            } => {
                if !self.is_altered(letter)
                    && let Some(sku) = self.known_mut(sku)
                {
                    sku.events.heard_clearly(by, happened_at, known_at);
                }
            }
            Trail::Unsubscribed { channel, fault } => {
                self.hearing[usize::from(channel.0)].unsubscribed(at, fault);
            }
            Trail::Subscribed { channel } => {
                self.hearing[usize::from(channel.0)].subscribed(at);
            }
            Trail::NewsStruck {
                channel,
                order,
                strike,
            } => match order {
                Some(order) => {
                    let sold_at = self.sales.of(channel, order).unwrap_or(Micros::MAX);
                    for sku in self.lines.get(&(channel, order)).into_iter().flatten() {
                        let of_sku = self.skus.get_mut(sku.0 as usize);
                        let Some(of_sku) = of_sku.and_then(|it| it.as_deref_mut()) else {
                            continue;
                        };
                        let sale = Mover::Sale(channel, order);
                        if let Some(number) = of_sku.events.unheard_sale(sale, sold_at) {
                            of_sku.events.lose(number, at, strike);
                        }
                    }
                }
                None => self.calls[usize::from(channel.0)].read_struck(at, strike),
            },
            Trail::WriteCalled {
                channel,
                sent_at,
                outcome,
                room,
            } => self.calls[usize::from(channel.0)].called(at, sent_at, outcome, room),
            Trail::WriteStruck {
                channel,
                sent_at,
                strike,
            } => self.calls[usize::from(channel.0)].write_struck(sent_at, strike),
            Trail::EngineDown { fault, from, until } => {
                self.down.entry(fault).or_default().add(from, until);
            }
        }
    }

    /// Whether a fault has changed the shape of a message.
    fn is_altered(&self, letter: Letter) -> bool {
        letter.strike.is_some_and(|strike| self.is_drift(strike))
    }

    fn is_drift(&self, strike: Strike) -> bool {
        let fault = self.faults.get(usize::from(strike.fault));
        fault.is_some_and(PlannedFault::is_drift)
    }

    /// Whether an entry says anything about causes.
    pub fn wants(entry: &Entry) -> bool {
        matches!(
            entry,
            Entry::Accepted { .. }
                | Entry::Displayed { .. }
                | Entry::BadCount { .. }
                | Entry::ReadStale { .. }
        )
    }

    /// Takes an entry.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        match *entry {
            Entry::Accepted {
                channel,
                sku,
                oversold_units,
                displayed,
                sellable,
                ..
            } => {
                self.first_sight(at, channel, sku, displayed, sellable);
                if oversold_units > 0 {
                    self.oversold(at, channel, sku, oversold_units, displayed, sellable);
                }
            }
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                sellable,
                cause,
            } => self.displayed(at, channel, sku, (from, to), sellable, cause),
            Entry::BadCount {
                channel,
                sku,
                units,
            } => {
                self.sku(sku).miscounted(at, channel, units);
                self.keep_forgotten(sku);
                self.mistakes.retain(|it| it.0 == at);
                if let (Some(channel), 1..) = (channel, units) {
                    self.mistakes.push((at, channel, sku));
                }
            }
            Entry::ReadStale { channel, sku } if !self.faults.is_empty() => {
                self.stale_reads.entry((sku, channel)).or_insert(at);
            }
            _ => {}
        }
    }

    /// What a listing showed from the beginning can be too much.
    fn first_sight(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        displayed: i64,
        sellable: i64,
    ) {
        let (whole_stock, opening) = (self.whole_stock, self.rest_of_quotas(Source::Opening));
        let of_sku = self.sku(sku);
        let listing = of_sku.listing(channel);
        if listing.is_seen {
            return;
        }
        if !whole_stock {
            let seen = SetBy {
                at,
                from: displayed,
                to: displayed,
                sellable,
                ..SetBy::default()
            };
            return of_sku.quota_shown(channel, seen, opening, opening);
        }
        listing.is_seen = true;
        listing.displayed = displayed;
        let units = displayed - sellable.max(0) - listing.covered();
        listing.add(Lot {
            at: Micros::ZERO,
            source: Source::Opening,
            units,
        });
    }

    fn displayed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        (from, to): (i64, i64),
        sellable: i64,
        cause: Cause,
    ) {
        let write = match cause {
            Cause::Write {
                sent_at,
                received_at,
            } => Some(Write {
                sent_at,
                received_at,
                live_at: at,
            }),
            _ => None,
        };
        let rest_is = match cause {
            // A sale raises no count.
            Cause::Write { .. } | Cause::Checkout(_) => Source::Books { channel },
            Cause::Cancelled(order) | Cause::Removed(order) | Cause::Returned(order) => {
                Source::Restock {
                    channel,
                    order,
                    event: self.told_of(at, channel, sku, order),
                }
            }
            Cause::Edit => Source::Edit {
                channel,
                is_mistake: self.is_mistake(at, channel, sku),
            },
        };
        let set_by = SetBy {
            at,
            from,
            to,
            sellable,
            write,
            // A sale takes units off the same count.
            is_seen: !matches!(cause, Cause::Checkout(_)),
        };
        let buffer = self.buffers.get(usize::from(channel.0)).copied();
        let (whole_stock, buffer) = (self.whole_stock, i64::from(buffer.unwrap_or(0)));
        let opening = self.rest_of_quotas(Source::Opening);
        let rest_is = match rest_is {
            Source::Books { .. } if !whole_stock => self.rest_of_quotas(rest_is),
            other => other,
        };
        let skus = self.sku(sku);
        if whole_stock {
            skus.shown(channel, set_by, rest_is, buffer);
        } else {
            skus.quota_shown(channel, set_by, rest_is, opening);
        }
        if let Some(write) = write {
            self.look_at_open(channel, sku, write, to < from);
        }
    }

    /// Whether somebody sets a count by mistake, who may set those of many SKUs at once; each of them is asked about once.
    fn is_mistake(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex) -> bool {
        let mut mistakes = self.mistakes.iter();
        let found = mistakes.position(|it| *it == (at, channel, sku));
        found
            .map(|place| self.mistakes.swap_remove(place))
            .is_some()
    }

    /// What the engine will be told of when a platform puts units of an order back on sale: the cancellation or removal, unless
    /// it makes up for a sale that the engine has not heard of.
    fn told_of(
        &self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        order: OrderRef,
    ) -> Option<u64> {
        let events = &self.known(sku)?.events;
        let movers = [
            Mover::Cancellation(channel, order),
            Mover::Removal(channel, order),
        ];
        let found = movers.into_iter().find_map(|by| events.find(by, at))?;
        events.get(found).filter(|event| !event.is_void)?;
        Some(found)
    }

    /// Which oversold units' counts a write has put right.
    fn look_at_open(&mut self, channel: ChannelIndex, sku: SkuIndex, write: Write, is_lower: bool) {
        let of_sku = self.skus.get_mut(sku.0 as usize);
        let Some(of_sku) = of_sku.and_then(|it| it.as_deref_mut()) else {
            return;
        };
        let listing = of_sku.listing(channel);
        if listing.open.is_empty() {
            return;
        }
        let whole_stock = self.whole_stock;
        // A count that shows nothing misses nothing.
        if whole_stock && listing.displayed <= 0 {
            listing.open.let_all_go();
        }
        let mut open = std::mem::take(&mut listing.open);
        let mut settled = if whole_stock {
            let until = of_sku.contained_until(channel);
            open.settle(until, |event, _| of_sku.still_misses(channel, event), true)
        } else {
            let cases = &self.cases;
            let is_known = |event: u64, places: &[usize]| {
                let forgotten = || cases.get(places.first()?)?.event.as_ref();
                let event = of_sku.events.get(event).or_else(forgotten);
                event.is_none_or(|it| it.known_at <= write.sent_at)
            };
            let is_missed = |it: u64, places: &[usize]| !(is_lower && is_known(it, places));
            open.settle(u64::MAX, is_missed, is_lower)
        };
        let listing = of_sku.listing(channel);
        listing.open = open;
        listing.has_new_void = false;
        settled.sort_unstable();
        for place in &settled {
            if let Some(case) = self.cases.get_mut(place) {
                case.look_up(&of_sku.events);
                case.fix = Some(write);
            }
        }
        // When the engine was down is told at the end.
        if !self.faults.iter().any(PlannedFault::stops_engine) {
            for place in settled {
                self.settle(place);
            }
        }
    }

    /// Cases keep of events what will be forgotten.
    fn keep_forgotten(&mut self, sku: SkuIndex) {
        let of_sku = self.skus.get_mut(sku.0 as usize);
        let Some(of_sku) = of_sku.and_then(|it| it.as_deref_mut()) else {
            return;
        };
        let (first, forgotten) = of_sku.events.take_forgotten();
        if forgotten.is_empty() {
            return;
        }
        let span = first..first + forgotten.len() as u64;
        let open = of_sku.listings.iter().map(|it| &it.open);
        for (event, place) in open.flat_map(|it| it.within(span.clone())) {
            let event = forgotten.get((event - first) as usize);
            if let Some(case) = self.cases.get_mut(&place) {
                case.event = event.cloned();
            }
        }
    }

    fn oversold(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        units: u32,
        displayed: i64,
        sellable: i64,
    ) {
        let is_merchants = self.last_sale == Some((sku, channel));
        let whole_stock = self.whole_stock;
        let mut left = i64::from(units);
        while left > 0 {
            let of_sku = self.sku(sku);
            let set_by = of_sku.listing(channel).set_by;
            // What no write brought was there from the beginning, however late it was first seen.
            let lent_since = |lot: Lot| set_by.write.map_or(Micros::ZERO, |_| lot.at);
            let taken = match (is_merchants, whole_stock) {
                (false, _) => None,
                (true, true) => of_sku.take(channel, left),
                (true, false) => of_sku.quotas.take(left),
            };
            let lot = match taken {
                Some(lot) if matches!(lot.source, Source::Lent { .. }) => Lot {
                    source: Source::Lent {
                        event: of_sku.events.sold_elsewhere(channel, lent_since(lot)),
                    },
                    ..lot
                },
                Some(lot) => lot,
                None => Lot {
                    at: Micros::ZERO,
                    source: match is_merchants {
                        false => Source::PlatformsOwn,
                        true => Source::Unexplained,
                    },
                    units: left,
                },
            };
            left -= lot.units;
            let event = lot.source.news().and_then(|it| of_sku.events.get(it));
            let event = event.cloned();
            let units = u32::try_from(lot.units).unwrap_or(u32::MAX);
            let case = Case {
                unit: self.units + 1,
                units,
                at,
                channel,
                sku,
                displayed,
                sellable,
                lot,
                set_by,
                fix: None,
                event,
            };
            self.units += u64::from(units);
            let place = self.cases_begun;
            self.cases_begun += 1;
            self.cases.insert(place, case);
            let listing = self.sku(sku).listing(channel);
            match lot.source.event() {
                Some(event) => {
                    let is_used = whole_stock && listing.used.contains_key(&event);
                    listing.open.add(place, event, is_used);
                }
                None => listing.open.add_other(place, lot.source.news()),
            }
        }
    }
}
