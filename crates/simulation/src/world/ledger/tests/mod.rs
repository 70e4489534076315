//! Small ledgers with figures worked out by hand.

mod checkouts;
mod displays;
mod followed;
mod invariants;
mod lines;
mod orders;

use channel_mocks::core::{
    Basket, BasketLine, Cause, CheckoutOutcome, Fact, ListingIndex, OrderRef, Party, StockOwner,
    Tells, Told,
};
use channel_mocks::warehouse::Totals;

use super::*;
use crate::world::{ChannelIndex, SkuIndex};

/// Keeps entries, for tests only.
#[derive(Default)]
pub(super) struct Tape(pub Vec<(Micros, Entry)>);

impl Recorder for Tape {
    fn record(&mut self, at: Micros, entry: &Entry) {
        self.0.push((at, entry.clone()));
    }
}

pub(super) const SHOP: ChannelIndex = ChannelIndex(0);
pub(super) const MARKET: ChannelIndex = ChannelIndex(1);
pub(super) const SKU: SkuIndex = SkuIndex(0);

fn seconds(seconds: u64) -> Micros {
    Micros::from_secs(seconds)
}

struct Book {
    ledger: Ledger,
    tape: Tape,
    next: [u32; 2],
}

impl Book {
    /// One SKU, two channels that both display `displayed`.
    fn new(units: u32, displayed: i64, whole_stock_display: bool) -> Book {
        Book {
            ledger: Ledger::open(Opening {
                channels: 2,
                prices_cents: vec![1_000],
                stock: vec![&[units, 4]],
                fba_locations: vec![false, true],
                whole_stock_display,
                shared_quotas: false,
                buffer_units: Vec::new(),
                opening_display: vec![vec![displayed]; 2],
                assortments: &Assortments::default(),
            }),
            tape: Tape::default(),
            next: [0; 2],
        }
    }

    fn basket(units: u32) -> Basket {
        Basket {
            buyer: 0,
            lines: vec![BasketLine {
                listing: ListingIndex(0),
                units,
            }],
            country: "US",
            postal_code: 10_001,
        }
    }

    /// An accepted order, without anything that the platform reports about it.
    fn accept(
        &mut self,
        at: u64,
        channel: ChannelIndex,
        units: u32,
        stock: StockOwner,
    ) -> OrderRef {
        let order = OrderRef(self.next[usize::from(channel.0)]);
        self.next[usize::from(channel.0)] += 1;
        self.ledger.checkout(
            seconds(at),
            channel,
            &Book::basket(units),
            CheckoutOutcome::Accepted { order, stock },
            &mut self.tape,
        );
        order
    }

    /// A sale, with the platform's own decrement.
    fn sell(&mut self, at: u64, channel: ChannelIndex, units: u32) -> OrderRef {
        let order = self.accept(at, channel, units, StockOwner::Merchant);
        let from = self.ledger.displayed_units(channel, SKU);
        self.show(at, channel, from - i64::from(units), Cause::Checkout(order));
        order
    }

    fn refuse(&mut self, at: u64, channel: ChannelIndex, units: u32) {
        let displayed = self.ledger.displayed_units(channel, SKU);
        self.ledger.checkout(
            seconds(at),
            channel,
            &Book::basket(units),
            CheckoutOutcome::Refused {
                listing: ListingIndex(0),
                displayed,
            },
            &mut self.tape,
        );
    }

    fn show(&mut self, at: u64, channel: ChannelIndex, to: i64, cause: Cause) {
        let from = self.ledger.displayed_units(channel, SKU);
        self.fact(
            at,
            channel,
            Fact::Displayed {
                listing: ListingIndex(0),
                from,
                to,
                cause,
            },
        );
    }

    fn write(&mut self, sent_at: u64, live_at: u64, channel: ChannelIndex, to: i64) {
        self.show(
            live_at,
            channel,
            to,
            Cause::Write {
                sent_at: seconds(sent_at),
                received_at: seconds(sent_at),
            },
        );
    }

    fn fact(&mut self, at: u64, channel: ChannelIndex, fact: Fact) {
        self.ledger
            .platform_fact(seconds(at), channel, &fact, &mut self.tape);
    }

    fn receive(&mut self, at: u64, channel: ChannelIndex, order: OrderRef) {
        self.ledger.order_received(
            seconds(at),
            None,
            channel,
            Some(order),
            false,
            &mut self.tape,
        );
    }

    fn cancel(&mut self, at: u64, channel: ChannelIndex, order: OrderRef) {
        let by = Party::Buyer;
        self.fact(at, channel, Fact::OrderCancelled { order, by });
    }

    /// A message of a channel that tells this reaches the engine.
    fn tell(&mut self, at: u64, channel: ChannelIndex, told: &[Told]) {
        let tells = Tells(told.to_vec());
        self.ledger.told(
            seconds(at),
            seconds(at),
            Some(channel),
            &tells,
            &mut self.tape,
        );
    }

    /// An answer of the warehouse with the count of the SKU as of `until` reaches the engine.
    fn tell_stock(&mut self, at: u64, until: u64) {
        let tells = Tells(vec![Told::Stock {
            sku: SKU.0,
            until: seconds(until),
        }]);
        self.ledger
            .told(seconds(at), seconds(at), None, &tells, &mut self.tape);
    }

    fn ship(&mut self, at: u64, channel: ChannelIndex, order: OrderRef, units: u32) {
        self.ledger.shipped(
            seconds(at),
            channel,
            Some(order),
            SKU,
            0,
            units,
            &mut self.tape,
        );
    }

    fn age(&mut self, at: u64, channel: ChannelIndex) -> u64 {
        self.ledger
            .displays
            .age(seconds(at), channel, SKU)
            .whole_secs()
    }

    fn oversold(&self) -> u32 {
        self.tape.0.iter().fold(0, |sum, (_, entry)| match entry {
            Entry::Accepted { oversold_units, .. } => sum + oversold_units,
            _ => sum,
        })
    }

    /// (happened, known, sent, live, oldest of its write) in seconds, per propagated event from elsewhere.
    fn propagated(&self) -> Vec<(u64, u64, u64, u64, bool)> {
        self.tape
            .0
            .iter()
            .filter_map(|(at, entry)| match *entry {
                Entry::Propagated {
                    own_sale: false,
                    happened_at,
                    known_at,
                    sent_at,
                    oldest_of_write,
                    ..
                } => Some((
                    happened_at.whole_secs(),
                    known_at.whole_secs(),
                    sent_at.whole_secs(),
                    at.whole_secs(),
                    oldest_of_write,
                )),
                _ => None,
            })
            .collect()
    }
}
