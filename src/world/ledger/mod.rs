//! The ledger: the append-only record of what really happened, written by emulators, warehouse and buyers, never by the
//! engine (law 4). It keeps the truth (sellable units, displayed counts, open orders), judges every event against it at
//! the moment it happens, and hands the judged entries to a [`Recorder`].
//!
//! Definitions are those of domain.md B. Each event is judged against the state just before it.

pub mod conservation;
mod displays;
pub mod entry;
pub mod open_items;
mod orders;
pub mod stock;

#[cfg(test)]
mod invariant_tests;
#[cfg(test)]
mod tests;

use channel_mocks::core::{
    Basket, CallKind, CallOutcome, Cause, CheckoutOutcome, Fact, Micros, OrderRef,
};
use channel_mocks::warehouse;

pub use conservation::{Conservation, ConservationError, WarehouseTotals};
pub use entry::{CallTarget, Entry, Recorder};
pub use open_items::OpenItems;
pub use stock::Pool;

use crate::world::{ChannelIndex, SkuIndex};
use displays::{Displays, LiveWrite, Source};
use orders::Orders;
use stock::Stock;

impl From<warehouse::Totals> for WarehouseTotals {
    fn from(totals: warehouse::Totals) -> WarehouseTotals {
        WarehouseTotals {
            opening: totals.opening,
            received: totals.received,
            returned: totals.returned,
            recount_gains: totals.recount_gains,
            recount_losses: totals.recount_losses,
            damaged: totals.damaged,
            shipped: totals.shipped,
            on_hand: totals.on_hand,
        }
    }
}

/// What a ledger is opened with.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Number of channels.
    pub channels: usize,
    /// Price of a unit, per SKU.
    pub prices_cents: Vec<u64>,
    /// Opening units per location, per SKU.
    pub stock: Vec<&'a [u32]>,
    /// Whether a location belongs to Amazon, per location.
    pub fba_locations: Vec<bool>,
    /// Which of the two meanings of "intended" applies: `Strategy::displays_whole_stock`.
    pub whole_stock_display: bool,
    /// Units the strategy holds back on every channel on purpose (the mirror's buffer); 0 for all others.
    pub buffer_units: u32,
    /// What listings display at simulated zero, `[channel][sku]`.
    pub opening_display: Vec<Vec<i64>>,
}

/// The record of what really happened.
#[derive(Debug)]
pub struct Ledger {
    stock: Stock,
    orders: Vec<Orders>,
    displays: Displays,
    prices_cents: Vec<u64>,
    fba_locations: Vec<bool>,
    /// Whether a channel has sold from FBA: only Amazon's do, and the ledger knows channels by number alone.
    sells_fba: Vec<bool>,
    last_change_at: Micros,
    undecided: Option<Undecided>,
}

/// An accepted order of which the platform has not said yet whose units it sells.
#[derive(Copy, Clone, Debug)]
struct Undecided {
    at: Micros,
    channel: ChannelIndex,
    order: OrderRef,
}

impl Ledger {
    /// Opens the books.
    pub fn open(opening: Opening) -> Ledger {
        let stock = Stock::open(&opening.stock, &opening.fba_locations);
        let sellable: Vec<i64> = stock.iter().map(|sku| sku.sellable).collect();
        let mut orders = Vec::new();
        orders.resize_with(opening.channels, Orders::default);
        Ledger {
            displays: Displays::open(
                opening.channels,
                opening.whole_stock_display,
                i64::from(opening.buffer_units),
                &opening.opening_display,
                &sellable,
            ),
            stock,
            orders,
            prices_cents: opening.prices_cents,
            fba_locations: opening.fba_locations,
            sells_fba: vec![false; opening.channels],
            last_change_at: Micros::ZERO,
            undecided: None,
        }
    }

    // ---- buyers ----

    /// Notes a checkout and the platform's decision. To be called right after it, before the platform's facts about
    /// it, so that counts are those before the sale.
    ///
    /// An accepted order is judged with the next thing noted, because only the platform's first fact about it tells whose
    /// units were sold: [`Fact::FbaSold`] means Amazon's own ([`Pool::Fba`]; Amazon ships them, so that they wait neither for
    /// the merchant's own system nor for a confirmation), anything else the shared pool.
    pub fn checkout(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        basket: &Basket,
        outcome: CheckoutOutcome,
        recorder: &mut dyn Recorder,
    ) {
        self.decide(Pool::Shared, recorder);
        for (position, line) in basket.lines.iter().enumerate() {
            let sku = SkuIndex(line.listing.0);
            let sellable = self.sellable(sku);
            recorder.record(
                at,
                &Entry::Offered {
                    channel,
                    sku,
                    units: line.units,
                    displayed_age: self.displays.age(at, channel, sku),
                    count_error_units: self.displays.error(channel, sku, sellable),
                    sellable,
                    first_line: position == 0,
                },
            );
        }
        match outcome {
            CheckoutOutcome::Accepted(order) => {
                self.last_change_at = at;
                self.orders[usize::from(channel.0)].accept(
                    at,
                    order,
                    Pool::Shared,
                    basket
                        .lines
                        .iter()
                        .map(|line| (SkuIndex(line.listing.0), line.units)),
                );
                self.undecided = Some(Undecided { at, channel, order });
            }
            CheckoutOutcome::Refused { .. } => {
                let in_stock = self.servable(channel, basket);
                for line in &basket.lines {
                    let sku = SkuIndex(line.listing.0);
                    recorder.record(
                        at,
                        &Entry::Refused {
                            channel,
                            sku,
                            units: line.units,
                            in_stock,
                            price_cents: self.prices_cents[sku.0 as usize],
                        },
                    );
                }
            }
        }
    }

    /// Whether one of the pools that a channel sells from has every unit of a basket. Platforms refuse a basket as a
    /// whole, so that a line is lost to caution only if nothing that goes with it is sold out.
    fn servable(&self, channel: ChannelIndex, basket: &Basket) -> bool {
        let from = |pool: Pool| {
            basket.lines.iter().all(|line| {
                self.stock.sellable(SkuIndex(line.listing.0), pool) >= i64::from(line.units)
            })
        };
        from(Pool::Shared) || (self.sells_fba[usize::from(channel.0)] && from(Pool::Fba))
    }

    /// Judges the accepted order that is waiting for it, if one is, as sold from `pool`.
    fn decide(&mut self, pool: Pool, recorder: &mut dyn Recorder) {
        let Some(Undecided { at, channel, order }) = self.undecided.take() else {
            return;
        };
        let orders = &mut self.orders[usize::from(channel.0)];
        if pool == Pool::Fba {
            orders.update(order, |record| record.pool = Pool::Fba);
            self.sells_fba[usize::from(channel.0)] = true;
        }
        for position in 0..self.orders[usize::from(channel.0)].lines(order).len() {
            let (sku, units) = self.orders[usize::from(channel.0)].lines(order)[position];
            let before = self.stock.sellable(sku, pool);
            let oversold_units = self.stock.accept(sku, pool, units);
            recorder.record(
                at,
                &Entry::Accepted {
                    channel,
                    order,
                    sku,
                    units,
                    oversold_units,
                    displayed: self.displays.displayed(channel, sku),
                    sellable: before,
                    price_cents: self.prices_cents[sku.0 as usize],
                    first_line: position == 0,
                },
            );
            if pool == Pool::Shared {
                let after = self.stock.sellable(sku, pool);
                self.displays
                    .event(at, sku, Source::Order(channel, order), after);
                if before > 0 && after <= 0 {
                    recorder.record(at, &Entry::SoldOut { sku });
                }
            }
        }
    }

    // ---- platforms ----

    /// Notes what a platform reports.
    pub fn platform_fact(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        fact: &Fact,
        recorder: &mut dyn Recorder,
    ) {
        let pool = match (fact, self.undecided) {
            (Fact::FbaSold { order, .. }, Some(undecided))
                if undecided.channel == channel && undecided.order == *order =>
            {
                Pool::Fba
            }
            _ => Pool::Shared,
        };
        self.decide(pool, recorder);
        match *fact {
            Fact::Displayed {
                listing,
                from,
                to,
                cause,
            } => self.displayed(at, channel, SkuIndex(listing.0), from, to, cause, recorder),
            Fact::OrderCancelled { order, by } => self.cancelled(at, channel, order, by, recorder),
            Fact::FulfillmentConfirmed {
                order, units, late, ..
            } => {
                self.orders[usize::from(channel.0)].update(order, |record| {
                    record.confirmed = record.confirmed.saturating_add(units);
                });
                recorder.record(
                    at,
                    &Entry::FulfillmentConfirmed {
                        channel,
                        order,
                        units,
                        late,
                    },
                );
            }
            Fact::Call { kind, outcome, .. } => recorder.record(
                at,
                &Entry::Call {
                    target: CallTarget::Channel(channel),
                    kind,
                    outcome,
                },
            ),
            // Whose units an order sells has been decided above; what Amazon ships for other channels is noted when it leaves
            // the location that stands for its warehouses. A refusal shows in the count of orders that stay unconfirmed, a lost
            // subscription in ingestion latency.
            Fact::FbaSold { .. }
            | Fact::FbaShippedForOthers { .. }
            | Fact::FulfillmentRefused { .. }
            | Fact::SubscriptionRemoved { .. } => {}
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one fact")]
    fn displayed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        from: i64,
        to: i64,
        cause: Cause,
        recorder: &mut dyn Recorder,
    ) {
        let sellable = self.stock.sellable(sku, Pool::Shared);
        recorder.record(
            at,
            &Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                sellable,
            },
        );
        let write = match cause {
            Cause::Write { sent_at, .. } => Some(LiveWrite { at, sent_at }),
            Cause::Edit => {
                self.last_change_at = at;
                self.displays.edited(at, channel, sku);
                None
            }
            Cause::Cancelled(order) => {
                let left = self.orders[usize::from(channel.0)].left_units(order, sku);
                let raised = u32::try_from(to - from).unwrap_or(0);
                let units = left.min(raised);
                if units > 0 {
                    recorder.record(
                        at,
                        &Entry::RestockedGone {
                            channel,
                            sku,
                            units,
                        },
                    );
                }
                None
            }
            Cause::Checkout(_) | Cause::Returned(_) => None,
        };
        self.displays.show(
            at,
            channel,
            sku,
            to,
            write,
            sellable,
            &self.orders,
            recorder,
        );
    }

    fn cancelled(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: OrderRef,
        by: channel_mocks::core::Party,
        recorder: &mut dyn Recorder,
    ) {
        let orders = &mut self.orders[usize::from(channel.0)];
        let Some((pool, was_cancelled, received)) = orders.get(order).map(|record| {
            (
                record.pool,
                record.cancelled,
                record.received_at != Micros::MAX,
            )
        }) else {
            return;
        };
        if was_cancelled {
            return;
        }
        self.last_change_at = at;
        let lines: Vec<(SkuIndex, u32)> = orders.unshipped_lines(order).collect();
        orders.update(order, |record| {
            record.cancelled = true;
            record.void = !received && record.shipped == 0;
        });
        let units = lines.iter().map(|&(_, units)| units).sum();
        recorder.record(
            at,
            &Entry::Cancelled {
                channel,
                order,
                by,
                units,
            },
        );
        for (sku, units) in lines {
            if units == 0 {
                continue;
            }
            self.stock.cancel(sku, pool, units);
            if pool == Pool::Shared {
                if received {
                    let sellable = self.stock.sellable(sku, pool);
                    self.displays
                        .event(at, sku, Source::Cancellation(channel), sellable);
                } else {
                    self.displays.voided(at, channel, sku, &self.orders);
                }
            }
        }
    }

    // ---- the warehouse ----

    /// Notes what the warehouse reports. `order` is the order the fact speaks of, where the channel has one of that id.
    /// `sent_at` is when the engine let go of the request that caused the fact, if one did; see
    /// [`Ledger::order_received`].
    pub fn warehouse_fact(
        &mut self,
        at: Micros,
        sent_at: Option<Micros>,
        fact: &warehouse::Fact,
        order: Option<(ChannelIndex, OrderRef)>,
        recorder: &mut dyn Recorder,
    ) {
        use warehouse::Fact;
        let order = order.map(|(_, order)| order);
        match *fact {
            Fact::OrderReceived {
                channel, duplicate, ..
            } => self.order_received(
                at,
                sent_at,
                ChannelIndex(channel),
                order,
                duplicate,
                recorder,
            ),
            Fact::Allocated {
                channel,
                units,
                rerouted,
                off_route,
                ..
            } => self.allocated(
                at,
                ChannelIndex(channel),
                units,
                rerouted || off_route,
                recorder,
            ),
            Fact::Short { channel, units, .. } => {
                self.short(at, ChannelIndex(channel), order, units, recorder);
            }
            Fact::Shipped {
                channel,
                item,
                location,
                units,
                ..
            } => self.shipped(
                at,
                ChannelIndex(channel),
                order,
                SkuIndex(item.0),
                location.0,
                units,
                recorder,
            ),
            Fact::StockChanged {
                item,
                location,
                delta,
                ..
            } => self.stock_changed(at, SkuIndex(item.0), location.0, delta, recorder),
            Fact::Call { kind, outcome, .. } => self.warehouse_call(at, kind, outcome, recorder),
            // Reservations say where units will leave from, not whether they can be sold.
            Fact::Deallocated { .. } => {}
        }
    }

    /// Notes that an order reached the merchant's own system. `order` is `None` when no channel accepted it.
    /// `sent_at` is when the engine let go of the request that brought it: by then it knew the order, so that a write
    /// let go of at the same moment contains it. Without it the time of receipt stands in.
    pub fn order_received(
        &mut self,
        at: Micros,
        sent_at: Option<Micros>,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        duplicate: bool,
        recorder: &mut dyn Recorder,
    ) {
        self.decide(Pool::Shared, recorder);
        let orders = &mut self.orders[usize::from(channel.0)];
        let known_at = sent_at.unwrap_or(at).min(at);
        let Some((order, accepted_at, first)) = order.and_then(|order| {
            orders.update(order, |record| {
                let first = record.received_at == Micros::MAX;
                if first {
                    record.received_at = at;
                    record.known_at = known_at;
                }
                (order, record.accepted_at, first)
            })
        }) else {
            recorder.record(at, &Entry::OrderUnknown { channel });
            return;
        };
        recorder.record(
            at,
            &Entry::Ingested {
                channel,
                order,
                accepted_at,
                duplicate: duplicate || !first,
            },
        );
        let index = usize::from(channel.0);
        let matters = self.orders[index]
            .get(order)
            .is_some_and(|record| first && !record.void && record.pool == Pool::Shared);
        if matters {
            for line in 0..self.orders[index].lines(order).len() {
                let (sku, _) = self.orders[index].lines(order)[line];
                recorder.record(
                    at,
                    &Entry::Learned {
                        channel,
                        sku,
                        accepted_at,
                        known_at,
                    },
                );
                self.displays.learned(
                    at,
                    channel,
                    sku,
                    accepted_at,
                    known_at,
                    &self.orders,
                    recorder,
                );
            }
        }
    }

    /// Notes that the warehouse reserved a line's units. `wrong_warehouse`: at a place that differs from the routing
    /// truth, or after the asked place lacked the units.
    pub fn allocated(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        units: u32,
        wrong_warehouse: bool,
        recorder: &mut dyn Recorder,
    ) {
        recorder.record(
            at,
            &Entry::Allocated {
                channel,
                units,
                wrong_warehouse,
            },
        );
    }

    /// Notes that the warehouse has no stock for a line.
    pub fn short(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        units: u32,
        recorder: &mut dyn Recorder,
    ) {
        self.decide(Pool::Shared, recorder);
        let Some((order, first_of_order)) = order.and_then(|order| {
            self.orders[usize::from(channel.0)].update(order, |record| {
                let first = record.short == 0;
                record.short = record.short.saturating_add(units);
                (order, first)
            })
        }) else {
            return;
        };
        recorder.record(
            at,
            &Entry::Short {
                channel,
                order,
                units,
                first_of_order,
            },
        );
    }

    /// Notes that units of a line left the building.
    #[expect(clippy::too_many_arguments, reason = "the fields of one fact")]
    pub fn shipped(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        sku: SkuIndex,
        location: u16,
        units: u32,
        recorder: &mut dyn Recorder,
    ) {
        self.decide(Pool::Shared, recorder);
        let due = order.map_or(0, |order| {
            self.orders[usize::from(channel.0)].ship(order, sku, units)
        });
        let beyond = units - due;
        let pool = self.pool_of_location(location);
        self.stock.ship(sku, pool, due, beyond);
        recorder.record(
            at,
            &Entry::Shipped {
                channel,
                order,
                sku,
                location,
                units,
                beyond_order_units: beyond,
            },
        );
        if beyond > 0 && pool == Pool::Shared {
            self.stock_moved(at, sku, -i64::from(beyond), recorder);
        }
    }

    /// Notes that physical stock changed without a shipment: received, returned to the shelf, damaged, recounted.
    pub fn stock_changed(
        &mut self,
        at: Micros,
        sku: SkuIndex,
        location: u16,
        delta: i64,
        recorder: &mut dyn Recorder,
    ) {
        self.decide(Pool::Shared, recorder);
        let pool = self.pool_of_location(location);
        self.stock.change(sku, pool, delta);
        if pool == Pool::Shared && delta != 0 {
            self.stock_moved(at, sku, delta, recorder);
        }
    }

    /// Notes a call that the warehouse answered.
    pub fn warehouse_call(
        &mut self,
        at: Micros,
        kind: CallKind,
        outcome: CallOutcome,
        recorder: &mut dyn Recorder,
    ) {
        recorder.record(
            at,
            &Entry::Call {
                target: CallTarget::Warehouse,
                kind,
                outcome,
            },
        );
    }

    /// `delta` units have come to or gone from the shared pool already.
    fn stock_moved(&mut self, at: Micros, sku: SkuIndex, delta: i64, recorder: &mut dyn Recorder) {
        self.last_change_at = at;
        let after = self.stock.sellable(sku, Pool::Shared);
        recorder.record(at, &Entry::Stock { sku, delta });
        self.displays.event(at, sku, Source::Stock, after);
        if after <= 0 && after - delta > 0 {
            recorder.record(at, &Entry::SoldOut { sku });
        }
    }

    fn pool_of_location(&self, location: u16) -> Pool {
        match self.fba_locations.get(usize::from(location)) {
            Some(true) => Pool::Fba,
            _ => Pool::Shared,
        }
    }

    // ---- questions ----

    /// Notes that a support agent looks at a channel's orders.
    pub fn support_read(&mut self, at: Micros, channel: ChannelIndex, recorder: &mut dyn Recorder) {
        self.decide(Pool::Shared, recorder);
        let age = self.orders[usize::from(channel.0)]
            .oldest_uningested()
            .map_or(Micros::ZERO, |(accepted_at, _)| at.since(accepted_at));
        recorder.record(at, &Entry::SupportRead { channel, age });
    }

    /// What has not come to an end, over all channels.
    pub fn open_items(&self) -> OpenItems {
        let mut sum = OpenItems::default();
        for channel in 0..self.orders.len() {
            sum += self.open_items_of(ChannelIndex(channel as u16));
        }
        sum
    }

    /// What has not come to an end on one channel.
    pub fn open_items_of(&self, channel: ChannelIndex) -> OpenItems {
        let orders = &self.orders[usize::from(channel.0)];
        OpenItems {
            uningested_orders: orders.uningested,
            unsynced_listings: self.displays.unsynced(channel),
            unshipped_orders: orders.unshipped,
            unconfirmed_fulfillments: orders.unconfirmed,
        }
    }

    /// When a listing last stopped missing a change (for quotas: when a write last changed a count); `None` if none ever
    /// did. Only the end of the matter when `open_items().unsynced_listings` is 0.
    pub fn last_unsynced_at(&self) -> Option<Micros> {
        self.displays.last_unsynced_at()
    }

    /// When something last changed from outside the engine: a sale, a cancellation, stock, an edit.
    pub fn last_change_at(&self) -> Micros {
        self.last_change_at
    }

    /// Time from the last change from outside to the moment from which every count was right for good; `None` while one
    /// is not (domain.md B, convergence time).
    pub fn convergence(&self) -> Option<Micros> {
        (self.open_items().unsynced_listings == 0).then(|| {
            self.last_unsynced_at()
                .map_or(Micros::ZERO, |at| at.since(self.last_change_at))
        })
    }

    /// Units of the shared pool that can still be sold; negative when more is sold than there is.
    pub fn sellable(&self, sku: SkuIndex) -> i64 {
        self.stock.sellable(sku, Pool::Shared)
    }

    /// What a listing displays.
    pub fn displayed_units(&self, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        self.displays.displayed(channel, sku)
    }

    /// The lines of an order: SKU and units. Empty for an unknown order.
    pub fn order_lines(&self, channel: ChannelIndex, order: OrderRef) -> &[(SkuIndex, u32)] {
        self.orders[usize::from(channel.0)].lines(order)
    }

    /// Closes the books at the end of the run: records how every SKU and channel ended, and checks that no unit appeared
    /// or vanished. `warehouse` are the warehouse's own sums (`channel_mocks::warehouse::Totals` turns into them).
    ///
    /// # Errors
    /// What does not add up. It is the harness that is wrong then, never the engine.
    pub fn close(
        &mut self,
        at: Micros,
        warehouse: WarehouseTotals,
        recorder: &mut dyn Recorder,
    ) -> Result<Conservation, ConservationError> {
        self.decide(Pool::Shared, recorder);
        for (index, sku) in self.stock.iter().enumerate() {
            recorder.record(
                at,
                &Entry::SkuClosed {
                    sku: SkuIndex(index as u32),
                    supplied_units: sku.supplied - sku.fba_supplied,
                    sellable: sku.sellable,
                },
            );
        }
        for index in 0..self.orders.len() {
            let channel = ChannelIndex(index as u16);
            let open = self.open_items_of(channel);
            recorder.record(
                at,
                &Entry::ChannelClosed {
                    channel,
                    lost_orders: open.uningested_orders,
                    first_lost: self.orders[index].oldest_uningested(),
                    unshipped_orders: open.unshipped_orders,
                    unconfirmed_fulfillments: open.unconfirmed_fulfillments,
                    unsynced_listings: open.unsynced_listings,
                },
            );
        }
        let mut open = vec![0i64; self.stock.len()];
        for orders in &self.orders {
            orders.for_each_open_line(|sku, units| open[sku.0 as usize] += i64::from(units));
        }
        conservation::check(self.stock.iter(), &open, warehouse)
    }
}
