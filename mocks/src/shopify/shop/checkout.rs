//! Orders of the storefront (docs/platforms/shopify.md 4.1).

use super::Store;
use crate::core::{Basket, Cause, Micros, OrderRef, Stream};
use crate::shopify::model::fulfillment::{FulfillmentOrder, FulfillmentOrderLine, Progress};
use crate::shopify::model::orders::{Line, Order};
use crate::shopify::model::span::{NONE, Span};

impl Store {
    /// Books an order for a basket that is known to be in stock, or sold on without: takes each line from the first
    /// locations with stock, and what none has from the first that stocks it.
    pub(crate) fn place(&mut self, now: Micros, basket: &Basket) -> OrderRef {
        let position = self.state.orders.len() as u32;
        let event = self.new_event();
        let first_line = self.state.lines.len() as u32;
        let mut taken: Vec<(u16, u32, u32)> = Vec::with_capacity(basket.lines.len());
        let (mut total_cents, mut units) = (0i64, 0u32);
        for (index, wanted) in basket.lines.iter().enumerate() {
            let listing = wanted.listing.0;
            let price_cents = self.state.shop.listings[listing as usize].price_cents as i64;
            let line_cents = price_cents.saturating_mul(i64::from(wanted.units));
            total_cents = total_cents.saturating_add(line_cents);
            units += wanted.units;
            self.state.lines.push(Line {
                listing,
                claims_stock: true,
                quantity: wanted.units,
                current_quantity: wanted.units,
                fulfilled: 0,
                returned: 0,
                price_cents,
            });
            let mut left = i64::from(wanted.units);
            for location in 0..self.state.shop.locations.len() as u16 {
                let level = self.state.stock.level(listing, location);
                let here = level.available.min(left).max(0);
                if here > 0 && level.is_active {
                    taken.push((location, first_line + index as u32, here as u32));
                    left -= here;
                }
            }
            if left > 0 {
                let rest = self.state.first_stocking(listing);
                debug_assert!(rest.is_some(), "the basket can be sold");
                let (rest, line) = (rest.unwrap_or(0), first_line + index as u32);
                let mut of_line = taken.iter_mut();
                match of_line.find(|(location, at, _)| (*location, *at) == (rest, line)) {
                    Some((.., units)) => *units += left as u32,
                    None => taken.push((rest, line, left as u32)),
                }
            }
        }
        // One fulfillment order a location; lines keep their order inside it.
        taken.sort_by_key(|(location, ..)| *location);
        let first_fulfillment_order = self.state.fulfillment_orders.len() as u32;
        let mut previous_location = None;
        for &(location, line, quantity) in &taken {
            let at = self.state.fulfillment_order_lines.len() as u32;
            if previous_location != Some(location) {
                previous_location = Some(location);
                self.state.fulfillment_orders.push(FulfillmentOrder {
                    order: position,
                    location,
                    born_with: Span { start: at, len: 0 },
                    merged_in: Vec::new(),
                    updated_at: now,
                    progress: Progress::None,
                });
            }
            let fulfillment_order = self.state.fulfillment_orders.len() as u32 - 1;
            self.state.fulfillment_orders[fulfillment_order as usize]
                .born_with
                .len += 1;
            self.state
                .fulfillment_order_lines
                .push(FulfillmentOrderLine::new(fulfillment_order, line, quantity));
        }
        let mut stream = Stream::new(self.keys.order_routing, u64::from(position));
        let routing = self.state.profile.delay.order_routing.draw(&mut stream);
        self.state.orders.push(Order {
            buyer: basket.buyer,
            created_at: now,
            updated_at: now,
            cancelled_at: Micros::MAX,
            closed_at: Micros::MAX,
            routed_at: now + routing,
            lines: Span {
                start: first_line,
                len: basket.lines.len() as u32,
            },
            fulfillment_orders: Span {
                start: first_fulfillment_order,
                len: self.state.fulfillment_orders.len() as u32 - first_fulfillment_order,
            },
            last_fulfillment: NONE,
            fulfillments: 0,
            last_refund: NONE,
            total_cents,
            refunded_cents: 0,
            units,
            removed_units: 0,
            fulfilled_units: 0,
            returned_units: 0,
            country: basket.country,
            postal_code: basket.postal_code,
            cancel_reason: None,
            changes: 0,
            is_deleted: false,
        });
        for &(location, line, quantity) in &taken {
            let listing = self.state.lines[line as usize].listing;
            self.state.stock.level_mut(listing, location).committed += i64::from(quantity);
            let cause = Cause::Checkout(OrderRef(position));
            self.move_available(now, event, (listing, location), -i64::from(quantity), cause);
        }
        self.touch(now, position);
        self.raise_checkout(now, event, position);
        OrderRef(position)
    }
}
