//! What informed escrow is told. No other engine gets it.
//!
//! Facts are gathered while the outputs of one event are drained and told right after, at the same instant. A fact of a
//! cancelled order and the counts it put back arise at one instant; they are told as one truth per line.

use std::collections::VecDeque;

use channel_mocks::core::{Cause, Fact, ListingIndex, OrderRef};

use crate::engine::{self, OrderKey, Truth};
use crate::world::{ChannelIndex, SkuIndex};

/// Gathers truths, if anybody may hear them.
#[derive(Debug)]
pub(super) struct TruthTeller {
    told_at_all: bool,
    ready: VecDeque<Truth>,
    cancelled: Vec<OrderRef>,
    restocked: Vec<(OrderRef, ListingIndex, i64)>,
    /// Units taken out of orders, and whether they are on sale again.
    removed: Vec<(OrderRef, ListingIndex, u32, bool)>,
}

impl TruthTeller {
    pub fn new(told_at_all: bool) -> TruthTeller {
        TruthTeller {
            told_at_all,
            ready: VecDeque::new(),
            cancelled: Vec::new(),
            restocked: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// Whether anybody hears.
    pub fn is_on(&self) -> bool {
        self.told_at_all
    }

    /// A platform accepted a line.
    pub fn sold(&mut self, channel: ChannelIndex, native_id: &str, sku: SkuIndex, units: u32) {
        self.ready.push_back(Truth::Sold {
            channel: engine::ChannelIndex(channel.0),
            order: order_key(native_id),
            sku: engine::SkuIndex(sku.0),
            units,
        });
    }

    /// A platform reported something.
    pub fn platform_fact(&mut self, channel: ChannelIndex, fact: &Fact) {
        if !self.told_at_all {
            return;
        }
        match *fact {
            Fact::Displayed {
                listing,
                to,
                cause: Cause::Write { .. },
                ..
            } => self.ready.push_back(Truth::Live {
                channel: engine::ChannelIndex(channel.0),
                sku: engine::SkuIndex(listing.0),
                displayed: to,
            }),
            Fact::Displayed {
                listing,
                from,
                to,
                cause: Cause::Cancelled(order),
            } => self.restocked.push((order, listing, to - from)),
            Fact::OrderCancelled { order, .. } => self.cancelled.push(order),
            Fact::UnitsRemoved {
                order,
                listing,
                units,
                restocked,
                ..
            } => self.removed.push((order, listing, units, restocked)),
            _ => {}
        }
    }

    /// Sellable stock changed in the warehouse.
    pub fn stock(&mut self, sku: SkuIndex, delta: i64) {
        if self.told_at_all && delta != 0 {
            self.ready.push_back(Truth::Stock {
                sku: engine::SkuIndex(sku.0),
                delta,
            });
        }
    }

    /// The outputs of a channel are drained: settles what became of cancelled orders. `native_id` and `lines` answer for
    /// an order of this channel.
    pub fn settle<'a>(
        &mut self,
        channel: ChannelIndex,
        native_id: impl Fn(OrderRef) -> String,
        lines: impl Fn(OrderRef) -> &'a [(SkuIndex, u32)],
    ) {
        for (order, listing, units, restocked) in self.removed.drain(..) {
            self.ready.push_back(Truth::Cancelled {
                channel: engine::ChannelIndex(channel.0),
                order: order_key(&native_id(order)),
                sku: engine::SkuIndex(listing.0),
                units,
                restocked: if restocked { units } else { 0 },
            });
        }
        for order in self.cancelled.drain(..) {
            let key = order_key(&native_id(order));
            for &(sku, units) in lines(order) {
                let restocked: i64 = self
                    .restocked
                    .iter()
                    .filter(|(of, listing, _)| *of == order && listing.0 == sku.0)
                    .map(|(_, _, units)| units)
                    .sum();
                self.ready.push_back(Truth::Cancelled {
                    channel: engine::ChannelIndex(channel.0),
                    order: key,
                    sku: engine::SkuIndex(sku.0),
                    units,
                    restocked: u32::try_from(restocked).unwrap_or(0),
                });
            }
        }
        self.restocked.clear();
    }

    /// The next truth to tell.
    pub fn next(&mut self) -> Option<Truth> {
        self.ready.pop_front()
    }
}

/// An order's native id as the engine's number: its digits.
fn order_key(native_id: &str) -> OrderKey {
    let digits = native_id.bytes().filter(u8::is_ascii_digit);
    OrderKey(digits.fold(0u64, |number, digit| {
        number
            .wrapping_mul(10)
            .wrapping_add(u64::from(digit - b'0'))
    }))
}

#[cfg(test)]
mod tests {
    use channel_mocks::core::{Micros, Party};

    use super::*;

    #[test]
    fn native_ids_become_their_digits() {
        assert_eq!(order_key("5001"), OrderKey(5_001));
        assert_eq!(
            order_key("111-2223334-5556667"),
            OrderKey(11_122_233_345_556_667)
        );
        assert_eq!(
            order_key("577087614418520388"),
            OrderKey(577_087_614_418_520_388)
        );
    }

    #[test]
    fn a_cancellation_is_told_with_what_it_put_back() {
        let mut teller = TruthTeller::new(true);
        let shop = ChannelIndex(1);
        let displayed = |listing, from, to, cause| Fact::Displayed {
            listing: ListingIndex(listing),
            from,
            to,
            cause,
        };
        let order = OrderRef(4);
        teller.platform_fact(shop, &displayed(7, 1, 3, Cause::Cancelled(order)));
        teller.platform_fact(
            shop,
            &Fact::OrderCancelled {
                order,
                by: Party::Buyer,
            },
        );
        let write = Cause::Write {
            sent_at: Micros(1),
            received_at: Micros(2),
        };
        teller.platform_fact(shop, &displayed(8, 1, 9, write));
        let lines = [(SkuIndex(7), 2), (SkuIndex(9), 5)];
        teller.settle(shop, |_| "12-3".to_string(), |_| &lines);
        let cancelled = |sku, units, restocked| Truth::Cancelled {
            channel: engine::ChannelIndex(1),
            order: OrderKey(123),
            sku: engine::SkuIndex(sku),
            units,
            restocked,
        };
        let told: Vec<Truth> = std::iter::from_fn(|| teller.next()).collect();
        assert_eq!(
            told,
            [
                Truth::Live {
                    channel: engine::ChannelIndex(1),
                    sku: engine::SkuIndex(8),
                    displayed: 9
                },
                cancelled(7, 2, 2),
                cancelled(9, 5, 0),
            ]
        );
    }

    #[test]
    fn nobody_is_told_when_it_is_off() {
        let mut teller = TruthTeller::new(false);
        teller.stock(SkuIndex(1), 5);
        teller.platform_fact(
            ChannelIndex(0),
            &Fact::OrderCancelled {
                order: OrderRef(0),
                by: Party::Buyer,
            },
        );
        teller.settle(
            ChannelIndex(0),
            |_| "1".to_string(),
            |_| &[(SkuIndex(0), 1)],
        );
        assert_eq!(teller.next(), None);
    }
}
