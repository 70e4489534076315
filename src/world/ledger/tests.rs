//! Small ledgers with figures worked out by hand.

use channel_mocks::core::{BasketLine, ListingIndex, Party};

use super::*;

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
                buffer_units: 0,
                opening_display: vec![vec![displayed]; 2],
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

    /// A sale, with the platform's own decrement.
    fn sell(&mut self, at: u64, channel: ChannelIndex, units: u32) -> OrderRef {
        let order = OrderRef(self.next[usize::from(channel.0)]);
        self.next[usize::from(channel.0)] += 1;
        self.ledger.checkout(
            seconds(at),
            channel,
            &Book::basket(units),
            CheckoutOutcome::Accepted(order),
            &mut self.tape,
        );
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

#[test]
fn two_channels_sell_the_same_last_unit() {
    let mut book = Book::new(1, 1, true);
    book.sell(1, SHOP, 1);
    assert_eq!(book.oversold(), 0);
    book.sell(2, MARKET, 1);
    assert_eq!(book.oversold(), 1);
    assert_eq!(book.ledger.sellable(SKU), -1);
    let sold_out = book
        .tape
        .0
        .iter()
        .filter(|(_, entry)| matches!(entry, Entry::SoldOut { .. }))
        .count();
    assert_eq!(sold_out, 1, "sold out once, not again below zero");
}

#[test]
fn a_refusal_with_stock_left_is_told_apart() {
    let mut book = Book::new(3, 1, false);
    book.refuse(1, SHOP, 2);
    book.refuse(2, SHOP, 4);
    let in_stock: Vec<bool> = book
        .tape
        .0
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Refused { in_stock, .. } => Some(*in_stock),
            _ => None,
        })
        .collect();
    assert_eq!(in_stock, [true, false]);
}

/// The lines of a refused basket of two SKUs, of which `left` units are left in the shared pool and `at_fba` at FBA:
/// whether each is in stock. The channel has sold from FBA before if `sells_fba`.
fn two_lines_refused(left: [u32; 2], at_fba: [u32; 2], sells_fba: bool) -> Vec<bool> {
    let stock = [[left[0], at_fba[0]], [left[1], at_fba[1] + 1]];
    let mut ledger = Ledger::open(Opening {
        channels: 1,
        prices_cents: vec![500; 2],
        stock: stock.iter().map(|units| &units[..]).collect(),
        fba_locations: vec![false, true],
        whole_stock_display: true,
        buffer_units: 0,
        opening_display: vec![vec![0; 2]],
    });
    let mut tape = Tape::default();
    let basket = |lines: &[(u32, u32)]| Basket {
        lines: lines
            .iter()
            .map(|&(listing, units)| BasketLine {
                listing: ListingIndex(listing),
                units,
            })
            .collect(),
        ..Book::basket(1)
    };
    if sells_fba {
        let accepted = CheckoutOutcome::Accepted(OrderRef(0));
        ledger.checkout(seconds(1), SHOP, &basket(&[(1, 1)]), accepted, &mut tape);
        let sold = Fact::FbaSold {
            order: OrderRef(0),
            listing: ListingIndex(1),
            units: 1,
        };
        ledger.platform_fact(seconds(1), SHOP, &sold, &mut tape);
    }
    let refused = CheckoutOutcome::Refused {
        listing: ListingIndex(0),
        displayed: 0,
    };
    let lines = basket(&[(0, 1), (1, 2)]);
    ledger.checkout(seconds(2), SHOP, &lines, refused, &mut tape);
    tape.0
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Refused { in_stock, .. } => Some(*in_stock),
            _ => None,
        })
        .collect()
}

#[test]
fn a_basket_is_refused_in_stock_only_if_every_line_could_be_served() {
    assert_eq!(two_lines_refused([1, 2], [0, 0], false), [true, true]);
    assert_eq!(two_lines_refused([1, 1], [0, 0], false), [false, false]);
    assert_eq!(two_lines_refused([0, 2], [0, 0], false), [false, false]);
    assert_eq!(
        two_lines_refused([0, 2], [1, 2], false),
        [false, false],
        "FBA's units are not this channel's"
    );
    assert_eq!(two_lines_refused([0, 2], [1, 2], true), [true, true]);
    assert_eq!(
        two_lines_refused([0, 2], [1, 1], true),
        [false, false],
        "no pool has both lines"
    );
}

#[test]
fn a_count_is_as_old_as_the_oldest_sale_elsewhere_that_it_misses() {
    let mut book = Book::new(10, 10, true);
    assert_eq!(book.age(5, MARKET), 0);
    let first = book.sell(10, SHOP, 1);
    let second = book.sell(14, SHOP, 1);
    assert_eq!(book.age(20, MARKET), 10);
    assert_eq!(book.age(20, SHOP), 0, "its own sales are shown at once");
    book.receive(16, SHOP, first);
    book.write(18, 21, MARKET, 9);
    assert_eq!(
        book.age(22, MARKET),
        8,
        "the second sale was not known at 18"
    );
    book.receive(22, SHOP, second);
    book.write(23, 25, MARKET, 8);
    assert_eq!(book.age(30, MARKET), 0);
    assert_eq!(
        book.propagated(),
        [(10, 16, 18, 21, true), (14, 22, 23, 25, true)]
    );
    assert_eq!(book.ledger.open_items().unsynced_listings, 0);
    assert_eq!(book.ledger.convergence(), Some(seconds(11)), "25 - 14");
}

#[test]
fn one_write_brings_several_sales() {
    let mut book = Book::new(10, 10, true);
    for at in [1, 2, 3] {
        let order = book.sell(at, SHOP, 1);
        book.receive(at + 3, SHOP, order);
    }
    book.write(5, 9, MARKET, 8);
    assert_eq!(book.propagated(), [(1, 4, 5, 9, true), (2, 5, 5, 9, false)]);
    assert_eq!(book.age(10, MARKET), 7);
}

#[test]
fn sales_learned_out_of_order_propagate_when_they_do() {
    let mut book = Book::new(10, 10, true);
    let lost_webhook = book.sell(1, SHOP, 1);
    let heard = book.sell(2, SHOP, 1);
    book.receive(3, SHOP, heard);
    book.write(4, 5, MARKET, 9);
    assert_eq!(book.propagated(), [(2, 3, 4, 5, true)]);
    assert_eq!(book.age(6, MARKET), 5, "the sale at 1 is still missing");
    book.receive(300, SHOP, lost_webhook);
    book.write(301, 302, MARKET, 8);
    assert_eq!(book.age(303, MARKET), 0);
    assert_eq!(book.propagated()[1..], [(1, 300, 301, 302, true)]);
}

#[test]
fn a_write_let_go_of_together_with_the_order_contains_it() {
    let mut book = Book::new(10, 10, true);
    let order = book.sell(1, SHOP, 1);
    book.sell(2, MARKET, 1);
    book.write(3, 4, MARKET, 8);
    assert_eq!(book.age(4, MARKET), 0, "the count is exactly right");
    // The shop's count is not: it misses the market's sale. The order reaches the warehouse after the write was live.
    book.write(5, 6, SHOP, 7);
    book.ledger.order_received(
        seconds(7),
        Some(seconds(5)),
        MARKET,
        Some(OrderRef(0)),
        false,
        &mut book.tape,
    );
    assert_eq!(book.age(8, SHOP), 0);
    assert_eq!(book.propagated(), [(1, 3, 3, 4, true), (2, 5, 5, 6, true)]);
    book.receive(9, SHOP, order);
    assert_eq!(book.propagated().len(), 2, "nothing propagates twice");
}

#[test]
fn nothing_to_sell_and_nothing_shown_misses_nothing() {
    let mut book = Book::new(2, 2, true);
    book.sell(1, SHOP, 2);
    assert_eq!(book.age(3, MARKET), 2);
    book.sell(5, MARKET, 2);
    assert_eq!(book.age(9, MARKET), 0, "shows 0, and -2 are left");
    assert_eq!(book.age(9, SHOP), 0);
    assert_eq!(book.ledger.open_items().unsynced_listings, 0);
    assert_eq!(book.ledger.convergence(), Some(Micros::ZERO));
}

#[test]
fn a_cancellation_gives_units_back_and_others_have_to_learn_of_it() {
    let mut book = Book::new(2, 2, true);
    let order = book.sell(1, SHOP, 2);
    book.receive(2, SHOP, order);
    book.write(3, 4, MARKET, 0);
    book.cancel(10, SHOP, order);
    book.show(10, SHOP, 2, Cause::Cancelled(order));
    assert_eq!(book.ledger.sellable(SKU), 2);
    assert_eq!(book.age(15, MARKET), 5);
    assert_eq!(book.age(15, SHOP), 0);
    book.write(16, 17, MARKET, 2);
    assert_eq!(book.age(18, MARKET), 0);
    assert_eq!(book.propagated()[1], (10, 10, 16, 17, true));
    book.cancel(19, SHOP, order);
    assert_eq!(book.ledger.sellable(SKU), 2, "an order is cancelled once");
}

#[test]
fn an_order_cancelled_unseen_leaves_nothing_to_learn() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 1);
    assert_eq!(book.ledger.open_items().uningested_orders, 1);
    book.cancel(3, SHOP, order);
    book.show(3, SHOP, 5, Cause::Cancelled(order));
    assert_eq!(book.age(9, MARKET), 0);
    assert!(book.ledger.open_items().is_empty());
}

#[test]
fn support_sees_orders_as_old_as_the_first_missing_one() {
    let mut book = Book::new(5, 5, true);
    let first = book.sell(10, SHOP, 1);
    let second = book.sell(20, SHOP, 1);
    for (at, received) in [(30, None), (31, Some(second)), (32, Some(first))] {
        if let Some(order) = received {
            book.receive(at, SHOP, order);
        }
        book.ledger.support_read(seconds(at), SHOP, &mut book.tape);
    }
    let ages: Vec<u64> = book
        .tape
        .0
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::SupportRead { age, .. } => Some(age.whole_secs()),
            _ => None,
        })
        .collect();
    assert_eq!(ages, [20, 21, 0]);
}

#[test]
fn repeated_and_unknown_orders_are_told_apart() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 1);
    book.receive(2, SHOP, order);
    book.receive(3, SHOP, order);
    book.receive(4, SHOP, OrderRef(9));
    let duplicates: Vec<bool> = book
        .tape
        .0
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Ingested { duplicate, .. } => Some(*duplicate),
            _ => None,
        })
        .collect();
    assert_eq!(duplicates, [false, true]);
    assert!(matches!(
        book.tape.0.last(),
        Some((_, Entry::OrderUnknown { channel: SHOP }))
    ));
}

#[test]
fn units_shipped_for_a_cancelled_order_are_gone() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 2);
    book.receive(2, SHOP, order);
    book.cancel(3, SHOP, order);
    book.ship(4, SHOP, order, 2);
    assert_eq!(book.ledger.sellable(SKU), 3);
    assert!(book.tape.0.iter().any(|(_, entry)| matches!(
        entry,
        Entry::Shipped {
            beyond_order_units: 2,
            ..
        }
    )));
}

#[test]
fn an_edit_by_hand_is_wrong_until_a_later_write() {
    let mut book = Book::new(5, 5, true);
    book.show(10, SHOP, 9, Cause::Edit);
    assert_eq!(book.age(14, SHOP), 4);
    assert_eq!(book.age(14, MARKET), 0);
    book.write(8, 15, SHOP, 6);
    assert_eq!(book.age(16, SHOP), 6, "that write was let go of before");
    book.write(17, 18, SHOP, 5);
    assert_eq!(book.age(19, SHOP), 0);
}

#[test]
fn quotas_are_stale_only_until_a_write_is_live() {
    let mut book = Book::new(10, 5, false);
    book.sell(1, SHOP, 1);
    assert_eq!(book.age(9, MARKET), 0);
    assert_eq!(book.ledger.convergence(), Some(Micros::ZERO));
    book.write(10, 12, MARKET, 3);
    assert_eq!(book.ledger.convergence(), Some(seconds(11)));
    assert!(book.propagated().is_empty());
}

#[test]
fn fba_orders_are_amazons_own() {
    let mut book = Book::new(5, 5, true);
    let order = OrderRef(0);
    book.ledger.checkout(
        seconds(1),
        MARKET,
        &Book::basket(3),
        CheckoutOutcome::Accepted(order),
        &mut book.tape,
    );
    let listing = ListingIndex(0);
    book.fact(
        1,
        MARKET,
        Fact::FbaSold {
            order,
            listing,
            units: 3,
        },
    );
    assert_eq!(book.ledger.sellable(SKU), 5);
    assert_eq!(book.age(2, SHOP), 0);
    assert!(book.ledger.open_items().is_empty());
    book.ledger.shipped(
        seconds(2),
        MARKET,
        Some(OrderRef(0)),
        SKU,
        1,
        3,
        &mut book.tape,
    );
    let totals = WarehouseTotals {
        opening: 9,
        shipped: 3,
        on_hand: 6,
        ..WarehouseTotals::default()
    };
    let sums = book
        .ledger
        .close(seconds(3), totals, &mut book.tape)
        .unwrap();
    assert_eq!((sums.accepted, sums.shipped, sums.open), (3, 3, 0));
}

#[test]
fn amazons_own_units_are_no_oversell_when_the_merchant_has_none() {
    let mut book = Book::new(0, 0, true);
    let listing = ListingIndex(0);
    for number in 0..2 {
        let order = OrderRef(number);
        book.ledger.checkout(
            seconds(1),
            MARKET,
            &Book::basket(3),
            CheckoutOutcome::Accepted(order),
            &mut book.tape,
        );
        book.fact(
            1,
            MARKET,
            Fact::FbaSold {
                order,
                listing,
                units: 3,
            },
        );
    }
    assert_eq!(book.oversold(), 2, "Amazon had 4, not 6");
}

#[test]
fn a_vanished_unit_is_found() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 2);
    book.ship(2, SHOP, order, 2);
    let right = WarehouseTotals {
        opening: 9,
        shipped: 2,
        on_hand: 7,
        ..WarehouseTotals::default()
    };
    assert!(book.ledger.close(seconds(3), right, &mut book.tape).is_ok());
    let lost = WarehouseTotals {
        on_hand: 6,
        ..right
    };
    assert!(matches!(
        book.ledger.close(seconds(3), lost, &mut book.tape),
        Err(ConservationError::Warehouse {
            came: 9,
            accounted: 8
        })
    ));
    let unheard = WarehouseTotals {
        damaged: 1,
        on_hand: 6,
        ..right
    };
    assert!(matches!(
        book.ledger.close(seconds(3), unheard, &mut book.tape),
        Err(ConservationError::Disagreement {
            what: "supplied",
            ..
        })
    ));
}
