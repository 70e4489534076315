//! What the warehouse tells, and what follows for orders: shipped, missing, given up.

use super::SyncEngine;
use crate::canonical::{ChannelIndex, LineKey, OrderKey, OrderState, Parcel, SkuIndex};
use crate::journal::Record;
use crate::warehouse_link::WarehouseNews;
use oversell_kernel::Micros;

impl SyncEngine {
    pub(super) fn take_warehouse_news(&mut self, now: Micros) {
        let mut news = std::mem::take(&mut self.warehouse_news);
        for item in news.drain(..) {
            if self.journal.keeps() {
                self.note_warehouse_news(now, &item);
            }
            match item {
                WarehouseNews::StockKnown => {
                    let sellable = self.warehouse.sellable();
                    self.decide(now, |strategy, context| {
                        strategy.stock_known(context, &sellable)
                    });
                }
                WarehouseNews::StockChanged(change) => {
                    let delta = self.jump_guard.take(now, &change);
                    self.stock_changed(now, change.sku, delta);
                }
                WarehouseNews::Allocated {
                    channel,
                    order,
                    allocation,
                    short_units,
                    ..
                } => {
                    self.allocated(now, channel, order, allocation, short_units);
                }
                WarehouseNews::Deallocated {
                    channel,
                    order,
                    units,
                    is_missing,
                    ..
                } => {
                    // What was given up is the engine's own doing.
                    if is_missing {
                        self.missing(now, channel, order, units);
                    }
                }
                WarehouseNews::Shipped {
                    channel,
                    order,
                    line,
                    sku,
                    parcel,
                    ..
                } => {
                    self.shipped(now, channel, order, line, sku, parcel);
                }
            }
        }
        self.warehouse_news = news;
    }

    /// Stock that is believed in changed, other than for orders.
    pub(super) fn stock_changed(&mut self, now: Micros, sku: SkuIndex, delta: i64) {
        if delta != 0 {
            self.decide(now, |strategy, context| {
                strategy.stock_changed(context, sku, delta)
            });
        }
    }

    fn allocated(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        key: OrderKey,
        allocation: u64,
        short_units: u32,
    ) {
        let Some(booked) = self.books[channel.0 as usize].get_mut(key) else {
            return;
        };
        booked.allocation = Some(allocation);
        booked.unshipped_units = booked.unshipped_units.saturating_sub(short_units);
        match booked.state {
            OrderState::Cancelled => self.warehouse.want_cancelled(allocation),
            OrderState::Open if booked.released => self.warehouse.want_release(now, allocation),
            _ => {}
        }
        if booked.is_reduced {
            self.warehouse.want_reduced(channel, key, allocation);
        }
        let is_wanted = booked.current_lines().any(|(_, units)| units > 0);
        if short_units > 0 && is_wanted && booked.state != OrderState::Cancelled {
            booked.short = true;
            // The oversell has surfaced: the order must be cancelled, and soon; what is there of it stays.
            self.warehouse.want_cancelled(allocation);
            self.cancel(now, channel, key);
        }
    }

    /// Units of an order were not there when they were picked.
    fn missing(&mut self, now: Micros, channel: ChannelIndex, key: OrderKey, units: u32) {
        let Some(booked) = self.books[channel.0 as usize].get_mut(key) else {
            return;
        };
        if booked.short || booked.state == OrderState::Cancelled {
            // The engine's own doing.
            return;
        }
        booked.unshipped_units = booked.unshipped_units.saturating_sub(units);
        if booked.unshipped_units > 0 {
            return;
        }
        if !booked.has_left() {
            booked.short = true;
            self.cancel(now, channel, key);
        } else {
            self.confirm(now, channel, key);
        }
    }

    fn shipped(
        &mut self,
        now: Micros,
        channel: ChannelIndex,
        key: OrderKey,
        line: LineKey,
        sku: SkuIndex,
        parcel: Parcel,
    ) {
        let Some(booked) = self.books[channel.0 as usize].get_mut(key) else {
            return;
        };
        let given_back = if booked.state == OrderState::Cancelled {
            parcel.units
        } else {
            booked.note_left(key, line, parcel)
        };
        if given_back > 0 {
            // They left before the warehouse heard that the order does not want them, which gave its units back.
            let units = i64::from(given_back);
            self.decide(now, |strategy, context| strategy.gone(context, sku, units));
        }
        self.confirm(now, channel, key);
    }

    /// Gives an order up for lack of stock.
    fn cancel(&mut self, now: Micros, channel: ChannelIndex, key: OrderKey) {
        if let Some(native_id) = self.noted(channel, key) {
            self.journal.append(
                now,
                Record::CancelWanted {
                    channel,
                    native_id: &native_id,
                },
            );
        }
        self.links[channel].want_cancelled(key);
    }

    /// Tells the channel of an order whose units have all left, parcel by parcel.
    pub(super) fn confirm(&mut self, now: Micros, channel: ChannelIndex, key: OrderKey) {
        let Some(booked) = self.books[channel.0 as usize].get_mut(key) else {
            return;
        };
        if booked.short || booked.state == OrderState::Cancelled {
            return;
        }
        for shipment in booked.take_parcels() {
            self.links[channel].want_confirmed(now, shipment);
        }
    }
}
