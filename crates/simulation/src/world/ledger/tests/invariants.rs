//! Any sequence of events keeps the books balanced and their counts of open items right.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Sell {
        channel: u16,
        units: u32,
        by_platform: bool,
    },
    Receive {
        channel: u16,
        order: u32,
    },
    Cancel {
        channel: u16,
        order: u32,
    },
    Ship {
        channel: u16,
        order: u32,
    },
    Change {
        delta: i64,
    },
    Write {
        channel: u16,
        to: i64,
        age: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let channel = 0..2u16;
    let order = 0..8u32;
    prop_oneof![
        (channel.clone(), 1..4u32, any::<bool>()).prop_map(|(channel, units, by_platform)| {
            Step::Sell {
                channel,
                units,
                by_platform,
            }
        }),
        (channel.clone(), order.clone())
            .prop_map(|(channel, order)| Step::Receive { channel, order }),
        (channel.clone(), order.clone())
            .prop_map(|(channel, order)| Step::Cancel { channel, order }),
        (channel.clone(), order).prop_map(|(channel, order)| Step::Ship { channel, order }),
        (-3..6i64).prop_map(|delta| Step::Change { delta }),
        (channel, 0..12i64, 0..9u64).prop_map(|(channel, to, age)| Step::Write {
            channel,
            to,
            age
        }),
    ]
}

proptest! {
    #[test]
    fn books_balance(steps in proptest::collection::vec(step(), 0..60)) {
        let mut ledger = Ledger::open(Opening {
            channels: 2,
            prices_cents: vec![500],
            stock: vec![&[10, 6]],
            fba_locations: vec![false, true],
            whole_stock_display: true,
            shared_quotas: false,
            buffer_units: Vec::new(),
            opening_display: vec![vec![10]; 2],
            assortments: &Assortments::default(),
        });
        let mut tape = Tape::default();
        let mut totals = Totals { opening: 16, on_hand: 16, ..Totals::default() };
        let mut accepted = [0u32; 2];
        // Whose units each order sells, per channel.
        let mut owners = [Vec::new(), Vec::new()];
        let mut at = Micros::ZERO;
        for step in steps {
            at += Micros::from_secs(1);
            match step {
                Step::Sell { channel, units, by_platform } => {
                    let order = OrderRef(accepted[usize::from(channel)]);
                    accepted[usize::from(channel)] += 1;
                    let stock = if by_platform { StockOwner::Platform } else { StockOwner::Merchant };
                    owners[usize::from(channel)].push(stock);
                    let basket = Basket {
                        buyer: 0,
                        lines: vec![BasketLine { listing: ListingIndex(0), units }],
                        country: "US",
                        postal_code: 1,
                    };
                    let channel = ChannelIndex(channel);
                    let outcome = CheckoutOutcome::Accepted { order, stock };
                    ledger.checkout(at, channel, &basket, outcome, &mut tape);
                    if stock == StockOwner::Merchant {
                        let from = ledger.displayed_units(channel, SKU);
                        let fact = Fact::Displayed {
                            listing: ListingIndex(0),
                            from,
                            to: from - i64::from(units),
                            cause: Cause::Checkout(order),
                        };
                        ledger.platform_fact(at, channel, &fact, &mut tape);
                    }
                }
                Step::Receive { channel, order } => {
                    let sent_at = Some(at.since(Micros::from_millis(500)));
                    let told = [Told::Sale(OrderRef(order)), Told::Cancellation(OrderRef(order))];
                    let tells = Tells(told[..1 + order as usize % 2].to_vec());
                    ledger.told(at, at, Some(ChannelIndex(channel)), &tells, &mut tape);
                    ledger.order_received(
                        at, sent_at, ChannelIndex(channel), Some(OrderRef(order)), false, &mut tape,
                    );
                }
                Step::Cancel { channel, order } => {
                    let fact = Fact::OrderCancelled { order: OrderRef(order), by: Party::Buyer };
                    ledger.platform_fact(at, ChannelIndex(channel), &fact, &mut tape);
                }
                Step::Ship { channel, order } => {
                    let units = ledger.order_lines(ChannelIndex(channel), OrderRef(order))
                        .first()
                        .map_or(1, |line| line.1);
                    let owner = owners[usize::from(channel)].get(order as usize);
                    let location = u16::from(owner == Some(&StockOwner::Platform));
                    ledger.shipped(
                        at, ChannelIndex(channel), Some(OrderRef(order)), SKU, location, units, &mut tape,
                    );
                    totals.shipped += i64::from(units);
                    totals.on_hand -= i64::from(units);
                }
                Step::Change { delta } => {
                    ledger.stock_changed(at, SKU, 0, delta, &mut tape);
                    totals.on_hand += delta;
                    if delta > 0 { totals.received += delta } else { totals.damaged -= delta }
                }
                Step::Write { channel, to, age } => {
                    let channel = ChannelIndex(channel);
                    let sent_at = at.since(Micros::from_secs(age));
                    let fact = Fact::Displayed {
                        listing: ListingIndex(0),
                        from: ledger.displayed_units(channel, SKU),
                        to,
                        cause: Cause::Write { sent_at, received_at: sent_at },
                    };
                    ledger.platform_fact(at, channel, &fact, &mut tape);
                }
            }
        }
        // Whatever was received and lies long back is contained once both counts are written again.
        at += Micros::from_secs(10);
        for channel in 0..2u16 {
            for order in 0..accepted[usize::from(channel)] {
                ledger.order_received(
                    at, None, ChannelIndex(channel), Some(OrderRef(order)), false, &mut tape,
                );
                let tells = Tells(vec![Told::Cancellation(OrderRef(order))]);
                ledger.told(at, at, Some(ChannelIndex(channel)), &tells, &mut tape);
            }
        }
        let tells = Tells(vec![Told::Stock { sku: SKU.0, until: at }]);
        ledger.told(at, at, None, &tells, &mut tape);
        prop_assert_eq!(ledger.open_items().uningested_orders, 0);
        for channel in [ChannelIndex(0), ChannelIndex(1)] {
            let fact = Fact::Displayed {
                listing: ListingIndex(0),
                from: ledger.displayed_units(channel, SKU),
                to: 0,
                cause: Cause::Write { sent_at: at, received_at: at },
            };
            ledger.platform_fact(at, channel, &fact, &mut tape);
        }
        prop_assert_eq!(ledger.open_items().unsynced_listings, 0);
        prop_assert!(ledger.convergence().is_some());
        // No event reaches a listing twice, and none before the engine knew of it.
        let mut seen = std::collections::BTreeSet::new();
        for (live_at, entry) in &tape.0 {
            if let Entry::Propagated { channel, happened_at, known_at, sent_at, .. } = entry {
                prop_assert!(seen.insert((*channel, *happened_at)));
                prop_assert!(happened_at <= known_at && known_at <= sent_at && sent_at <= live_at);
            }
        }
        let sums = ledger.close(at, totals, &mut tape);
        prop_assert!(sums.is_ok(), "{:?}", sums);
    }
}
