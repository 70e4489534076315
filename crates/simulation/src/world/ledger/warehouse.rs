//! What the warehouse reports: orders it has received, units it reserved, lacked and shipped, and stock that came and went.

use channel_mocks::core::{Micros, OrderRef, StockOwner};
use channel_mocks::warehouse::{DeallocationReason, Fact};

use super::displays::ChangeSource;
use super::{CallTarget, Entry, Ledger, Mover, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes what the warehouse reports. `order` is the order the fact speaks of, where the channel has one of that id.
    ///
    /// `sent_at` is when the engine let go of the request that caused the fact, if one did: by then it knew the order, or
    /// the cancellation, that the request brought, whatever messages told it. Without it the time of receipt stands in.
    pub fn warehouse_fact(
        &mut self,
        at: Micros,
        sent_at: Option<Micros>,
        fact: &Fact,
        order: Option<(ChannelIndex, OrderRef)>,
        recorder: &mut dyn Recorder,
    ) {
        let whole = order;
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
                split,
                ..
            } => recorder.record(
                at,
                // Reserved at a place that differs from the routing truth, or after the asked place lacked the units.
                &Entry::Allocated {
                    channel: ChannelIndex(channel),
                    units,
                    wrong_warehouse: rerouted || off_route,
                    split,
                },
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
            Fact::Call { kind, outcome, .. } => recorder.record(
                at,
                &Entry::Call {
                    target: CallTarget::Warehouse,
                    kind,
                    outcome,
                },
            ),
            // Reservations say where units will leave from, not whether they can be sold; but who lets go of one for a
            // cancelled order knows that it is cancelled.
            Fact::Deallocated {
                reason: DeallocationReason::Cancelled,
                ..
            } => {
                if let Some(order) = whole {
                    let known_at = sent_at.unwrap_or(at).min(at);
                    self.heard_of_cancellation(at, known_at, order, recorder);
                }
            }
            Fact::Deallocated { .. } => {}
        }
    }

    /// An order that a buyer placed: what comes and leaves for one that an app made does so for nobody in the ledger's
    /// sense.
    fn of_a_buyer(&self, channel: ChannelIndex, order: Option<OrderRef>) -> Option<OrderRef> {
        order.filter(|order| !self.orders[usize::from(channel.0)].is_by_app(*order))
    }

    /// Notes that an order reached the merchant's own system. `order` is `None` when no channel accepted it.
    pub(super) fn order_received(
        &mut self,
        at: Micros,
        sent_at: Option<Micros>,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        duplicate: bool,
        recorder: &mut dyn Recorder,
    ) {
        let order = self.of_a_buyer(channel, order);
        let orders = &mut self.orders[usize::from(channel.0)];
        let known_at = sent_at.unwrap_or(at).min(at);
        let Some((order, accepted_at, first)) = order.and_then(|order| {
            orders.update(order, |record| {
                let first = record.received_at == Micros::MAX;
                if first {
                    record.received_at = at;
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
                duplicate: duplicate || !first,
                age: at.since(accepted_at),
            },
        );
        self.heard_of_sale(at, known_at, (channel, order), || false, recorder);
    }

    /// Notes that the warehouse has no stock for a line.
    fn short(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        units: u32,
        recorder: &mut dyn Recorder,
    ) {
        let order = self.of_a_buyer(channel, order);
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
    pub(super) fn shipped(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        order: Option<OrderRef>,
        sku: SkuIndex,
        location: u16,
        units: u32,
        recorder: &mut dyn Recorder,
    ) {
        let order = self.of_a_buyer(channel, order);
        let due = order.map_or(0, |order| {
            self.orders[usize::from(channel.0)].ship(order, sku, units)
        });
        let beyond = units - due;
        let never_ordered = order.map_or(0, |order| {
            self.orders[usize::from(channel.0)].note_beyond(order, sku, beyond)
        });
        let owner = self.owner_of_location(location);
        self.stock.ship(sku, owner, due, beyond);
        recorder.record(
            at,
            &Entry::Shipped {
                channel,
                sku,
                order,
                units,
                location,
                beyond_order_units: beyond,
                never_ordered_units: never_ordered,
            },
        );
        if beyond > 0 && owner == StockOwner::Merchant {
            self.stock_moved(at, sku, -i64::from(beyond), recorder);
        }
    }

    /// Notes that physical stock changed without a shipment: received, returned to the shelf, damaged, recounted.
    pub(super) fn stock_changed(
        &mut self,
        at: Micros,
        sku: SkuIndex,
        location: u16,
        delta: i64,
        recorder: &mut dyn Recorder,
    ) {
        let owner = self.owner_of_location(location);
        if owner == StockOwner::Merchant && self.is_announced(sku, delta) {
            return;
        }
        self.stock.change(sku, owner, delta);
        if owner == StockOwner::Merchant && delta != 0 {
            self.stock_moved(at, sku, delta, recorder);
        }
    }

    /// `delta` units have come to or gone from the shared pool already.
    fn stock_moved(&mut self, at: Micros, sku: SkuIndex, delta: i64, recorder: &mut dyn Recorder) {
        self.last_change_at = at;
        let after = self.stock.sellable(sku, StockOwner::Merchant);
        self.note_moved(at, sku, (delta, after), Mover::Stock, recorder);
        recorder.record(at, &Entry::Stock { sku, delta });
        self.displays.event(at, sku, ChangeSource::Stock, after);
        self.record_remarks(at, recorder);
        if after <= 0 && after - delta > 0 {
            recorder.record(at, &Entry::SoldOut { sku });
        }
    }

    fn owner_of_location(&self, location: u16) -> StockOwner {
        match self.fba_locations.get(usize::from(location)) {
            Some(true) => StockOwner::Platform,
            _ => StockOwner::Merchant,
        }
    }
}
