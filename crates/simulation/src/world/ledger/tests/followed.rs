//! Bad counts, margins of quotas, and orders that are followed to their end.

use super::*;
use crate::world::ledger::{ChannelBounds, ToldBounds};

impl Book {
    fn bad_count(&mut self, at: u64, channel: Option<ChannelIndex>, units: i64) {
        self.ledger
            .bad_count(seconds(at), channel, SKU, units, &mut self.tape);
        if channel.is_none() {
            self.ledger
                .stock_changed(seconds(at), SKU, 0, units, &mut self.tape);
        }
    }

    fn close(&mut self, at: u64, on_hand: i64, gains: i64) {
        let totals = Totals {
            opening: on_hand - gains,
            recount_gains: gains,
            on_hand,
            ..Totals::default()
        };
        self.ledger
            .close(seconds(at), totals, &mut self.tape)
            .expect("units add up");
    }

    fn lows(&self) -> Vec<(i64, u64)> {
        let entries = self.tape.0.iter();
        entries
            .filter_map(|(_, entry)| match entry {
                Entry::MarginLow {
                    margin_units,
                    since,
                    ..
                } => Some((*margin_units, since.whole_secs())),
                _ => None,
            })
            .collect()
    }

    fn reached(&self) -> Vec<(ChannelIndex, i64)> {
        let entries = self.tape.0.iter();
        entries
            .filter_map(|(_, entry)| match entry {
                Entry::BadCountReached { channel, units, .. } => Some((*channel, *units)),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn a_bad_count_of_the_warehouse_is_in_its_records_and_sells_nothing() {
    let mut book = Book::new(5, 5, true);
    book.bad_count(10, None, 45);
    assert_eq!(book.ledger.sellable(SKU), 5);
    assert!(
        !book
            .tape
            .0
            .iter()
            .any(|(_, it)| matches!(it, Entry::Stock { .. })),
        "no unit came"
    );
    book.write(11, 12, SHOP, 5);
    book.write(11, 13, SHOP, 50);
    book.write(11, 14, MARKET, 30);
    assert_eq!(book.reached(), [(SHOP, 45), (MARKET, 25)]);
    book.sell(15, SHOP, 7);
    assert_eq!(book.oversold(), 2);
    book.bad_count(20, None, -45);
    assert_eq!(book.ledger.sellable(SKU), -2);
    book.write(21, 22, SHOP, 60);
    assert_eq!(book.reached().len(), 2, "it has been put right");
    // Four of FBA's and the five are on the shelf: what was sold has not left.
    book.close(30, 9, 0);
}

#[test]
fn records_that_are_still_wrong_at_the_end_add_up() {
    let mut book = Book::new(5, 5, true);
    book.bad_count(10, None, 45);
    book.close(30, 54, 45);
    let supplied = book.tape.0.iter().find_map(|(_, entry)| match entry {
        Entry::SkuClosed { supplied_units, .. } => Some(*supplied_units),
        _ => None,
    });
    assert_eq!(supplied, Some(5), "units that were only counted never came");
}

#[test]
fn a_change_that_nobody_announced_is_one_of_stock() {
    let mut book = Book::new(5, 5, true);
    book.ledger
        .bad_count(seconds(1), None, SKU, 45, &mut book.tape);
    book.ledger
        .stock_changed(seconds(1), SKU, 0, 3, &mut book.tape);
    assert_eq!(book.ledger.sellable(SKU), 8);
}

#[test]
fn the_margin_of_quotas_counts_what_lasts() {
    let mut book = Book::new(10, 5, false);
    book.sell(10, SHOP, 2);
    book.sell(11, MARKET, 1);
    assert!(book.lows().is_empty(), "a sale and its decrement are one");
    book.write(15, 20, SHOP, 6);
    book.write(15, 26, SHOP, 7);
    assert_eq!(book.lows(), [(-3, 20)]);
    let order = book.sell(30, SHOP, 1);
    assert_eq!(book.lows(), [(-3, 20), (-4, 26)]);
    book.cancel(31, SHOP, order);
    book.show(31, SHOP, 7, Cause::Cancelled(order));
    book.write(32, 40, SHOP, 3);
    book.write(41, 50, MARKET, 9);
    book.close(60, 14, 0);
    assert_eq!(book.lows(), [(-3, 20), (-4, 26), (-5, 50)]);
    let mut whole = Book::new(1, 5, true);
    whole.close(60, 5, 0);
    assert!(whole.lows().is_empty(), "no sum of whole stocks");
}

#[test]
fn what_quotas_show_too_much_from_the_start_is_told_before_anything_is_written() {
    let opened = |displayed, whole_stock| {
        let mut book = Book::new(10, displayed, whole_stock);
        let told = ToldBounds::default();
        for channel in [SHOP, MARKET] {
            book.ledger
                .engine_is_told(seconds(0), channel, told, &mut book.tape);
        }
        book.write(1, 2, SHOP, 0);
        let mut tape = book.tape.0.iter().map(|(_, entry)| entry);
        let written = tape
            .clone()
            .position(|it| matches!(it, Entry::Displayed { .. }));
        let opened = tape.position(|it| matches!(it, Entry::OpenedBeyond { units: 4, .. }));
        assert!(opened.is_none_or(|place| place < written.unwrap()));
        (opened.is_some(), book.lows())
    };
    assert_eq!(opened(7, false), (true, vec![(-4, 0)]));
    assert_eq!(opened(5, false), (false, Vec::new()));
    assert_eq!(opened(10, true), (false, Vec::new()), "no quotas");
}

#[test]
fn followed_orders_are_lost_unless_they_arrive_or_are_cancelled() {
    let mut book = Book::new(9, 9, true);
    let orders = [1, 2, 3, 4].map(|at| book.sell(at, SHOP, 1));
    let [arrives, cancelled, lost, altered] = orders;
    let named = Tells(vec![
        Told::Sale(arrives),
        Told::Named(cancelled),
        Told::Named(lost),
        Told::Named(OrderRef(99)),
    ]);
    book.ledger.webhook_acknowledged(SHOP, &named);
    book.ledger.webhook_acknowledged(SHOP, &named);
    book.ledger.payload_altered(SHOP, altered);
    book.ledger.payload_altered(SHOP, lost);
    let amazons = book.accept(5, MARKET, 1, StockOwner::Platform);
    book.ledger.payload_altered(MARKET, amazons);
    book.receive(9, SHOP, arrives);
    book.cancel(9, SHOP, cancelled);
    book.close(30, 13, 0);
    let entries = book.tape.0.iter().filter_map(|(_, entry)| match *entry {
        Entry::OrdersFollowed {
            channel,
            acknowledged,
            altered,
        } => Some((channel, acknowledged, altered)),
        _ => None,
    });
    assert_eq!(entries.collect::<Vec<_>>(), [(SHOP, 3, 2)]);
    let entries = book.tape.0.iter().filter_map(|(_, entry)| match *entry {
        Entry::FollowedOrderLost {
            order,
            acknowledged,
            altered,
            ..
        } => Some((order, acknowledged, altered)),
        _ => None,
    });
    assert_eq!(
        entries.collect::<Vec<_>>(),
        [(lost, true, true), (altered, false, true)]
    );
}

#[test]
fn what_a_platform_keeps_to_changes_and_what_is_believed_does_not() {
    let mut book = Book::new(9, 9, true);
    let bounds = ChannelBounds {
        order_visibility_lag: seconds(60),
        ..ChannelBounds::default()
    };
    let told = ToldBounds {
        believed: bounds,
        holds: bounds,
    };
    book.ledger
        .engine_is_told(seconds(0), MARKET, told, &mut book.tape);
    book.ledger.platform_keeps(
        seconds(5),
        MARKET,
        |holds| holds.order_visibility_lag = seconds(90),
        &mut book.tape,
    );
    let lags = book.tape.0.iter().filter_map(|(_, entry)| match *entry {
        Entry::Bounds {
            believed, holds, ..
        } => Some((believed.order_visibility_lag, holds.order_visibility_lag)),
        _ => None,
    });
    let minute = seconds(60);
    assert_eq!(
        lags.collect::<Vec<_>>(),
        [(minute, minute), (minute, seconds(90))]
    );
}

#[test]
fn a_platform_that_sells_more_than_it_shows_is_found_out() {
    let mut book = Book::new(9, 3, true);
    book.accept(1, SHOP, 3, StockOwner::Merchant);
    book.accept(2, MARKET, 5, StockOwner::Merchant);
    book.accept(3, MARKET, 5, StockOwner::Platform);
    let beyond = book.tape.0.iter().filter_map(|(_, entry)| match *entry {
        Entry::BeyondDisplay { channel, units, .. } => Some((channel, units)),
        _ => None,
    });
    assert_eq!(beyond.collect::<Vec<_>>(), [(MARKET, 2)]);
}

#[test]
fn convergence_counts_from_the_end_of_the_faults() {
    let mut book = Book::new(9, 9, true);
    book.sell(10, SHOP, 1);
    book.write(12, 50, MARKET, 8);
    assert_eq!(book.ledger.convergence(), Some(seconds(40)));
    book.ledger.faults_healed(seconds(30));
    assert_eq!(book.ledger.convergence(), Some(seconds(20)));
    book.ledger.faults_healed(seconds(5));
    assert_eq!(book.ledger.convergence(), Some(seconds(20)));
}
