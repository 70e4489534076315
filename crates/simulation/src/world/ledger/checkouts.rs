//! Checkouts: what a buyer asked for, what the platform said, and what it meant for the stock.

use channel_mocks::core::{Basket, CheckoutOutcome, Micros, OrderRef, StockOwner};

use super::displays::ChangeSource;
use super::{Entry, Ledger, Mover, Recorder};
use crate::world::{ChannelIndex, SkuIndex};

impl Ledger {
    /// Notes a checkout and the platform's decision. To be called right after it, before the platform's facts about it, so
    /// that counts are those before the sale.
    ///
    /// An order of the platform's own units waits neither for the merchant's own system nor for a confirmation: the
    /// platform ships it.
    pub fn checkout(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        basket: &Basket,
        outcome: CheckoutOutcome,
        recorder: &mut dyn Recorder,
    ) {
        for (position, line) in basket.lines.iter().enumerate() {
            let sku = SkuIndex(line.listing.0);
            let sellable = self.sellable(sku);
            recorder.record(
                at,
                &Entry::Offered {
                    channel,
                    sku,
                    units: line.units,
                    sellable,
                    displayed_age: self.displays.age(at, channel, sku),
                    count_error_units: self.displays.error(channel, sku, sellable),
                    first_line: position == 0,
                },
            );
        }
        match outcome {
            CheckoutOutcome::Accepted { order, stock } => {
                self.accepted(at, channel, basket, order, stock, recorder);
            }
            CheckoutOutcome::Refused { .. } => self.refused(at, channel, basket, recorder),
        }
    }

    fn accepted(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        basket: &Basket,
        order: OrderRef,
        owner: StockOwner,
        recorder: &mut dyn Recorder,
    ) {
        self.last_change_at = at;
        let lines = basket.lines.iter();
        self.orders[usize::from(channel.0)].accept(
            at,
            order,
            owner,
            lines.map(|line| (SkuIndex(line.listing.0), line.units)),
        );
        if owner == StockOwner::Platform {
            self.sells_fba[usize::from(channel.0)] = true;
        }
        let mut oversold_before = false;
        for (position, line) in basket.lines.iter().enumerate() {
            let (sku, units) = (SkuIndex(line.listing.0), line.units);
            if owner == StockOwner::Merchant {
                self.judge_display(at, channel, (sku, units), recorder);
            }
            if owner == StockOwner::Merchant {
                let by = Mover::Sale(channel, order);
                let sold = i64::from(units);
                let after = self.stock.sellable(sku, owner) - sold;
                self.note_moved(at, sku, (-sold, after), by, recorder);
            }
            let before = self.stock.sellable(sku, owner);
            let oversold_units = self.stock.accept(sku, owner, units);
            recorder.record(
                at,
                &Entry::Accepted {
                    channel,
                    sku,
                    order,
                    units,
                    oversold_units,
                    displayed: self.displays.displayed(channel, sku),
                    sellable: before,
                    shared_after: self.stock.sellable(sku, StockOwner::Merchant),
                    own_units: owner == StockOwner::Platform,
                    price_cents: self.prices_cents[sku.0 as usize],
                    first_line: position == 0,
                    first_oversold_line: oversold_units > 0 && !oversold_before,
                },
            );
            oversold_before |= oversold_units > 0;
            if owner == StockOwner::Merchant {
                let after = self.stock.sellable(sku, owner);
                self.displays
                    .event(at, sku, ChangeSource::Order(channel, order), after);
                self.record_remarks(at, recorder);
                if before > 0 && after <= 0 {
                    recorder.record(at, &Entry::SoldOut { sku });
                }
            }
        }
    }

    /// Whether a platform kept to what it displayed (H1 of docs/theory.md A5).
    fn judge_display(
        &self,
        at: Micros,
        channel: ChannelIndex,
        (sku, units): (SkuIndex, u32),
        recorder: &mut dyn Recorder,
    ) {
        let displayed = self.displays.displayed(channel, sku).max(0);
        let beyond = i64::from(units) - displayed;
        if beyond > 0 {
            recorder.record(
                at,
                &Entry::BeyondDisplay {
                    channel,
                    sku,
                    units: u32::try_from(beyond).unwrap_or(u32::MAX),
                },
            );
        }
    }

    fn refused(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        basket: &Basket,
        recorder: &mut dyn Recorder,
    ) {
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
                    sellable: self.sellable_on(channel, sku),
                    price_cents: self.prices_cents[sku.0 as usize],
                },
            );
        }
    }

    /// Units of a SKU that a channel can still sell, from the pool that has more.
    fn sellable_on(&self, channel: ChannelIndex, sku: SkuIndex) -> i64 {
        let shared = self.stock.sellable(sku, StockOwner::Merchant);
        if self.sells_fba[usize::from(channel.0)] {
            shared.max(self.stock.sellable(sku, StockOwner::Platform))
        } else {
            shared
        }
    }

    /// Whether one of the pools that a channel sells from has every unit of a basket. Platforms refuse a basket as a
    /// whole, so that a line is lost to caution only if nothing that goes with it is sold out.
    fn servable(&self, channel: ChannelIndex, basket: &Basket) -> bool {
        let from = |owner: StockOwner| {
            basket.lines.iter().all(|line| {
                self.stock.sellable(SkuIndex(line.listing.0), owner) >= i64::from(line.units)
            })
        };
        from(StockOwner::Merchant)
            || (self.sells_fba[usize::from(channel.0)] && from(StockOwner::Platform))
    }
}
