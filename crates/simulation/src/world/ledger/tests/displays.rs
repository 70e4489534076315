//! How old displayed counts are, and when a change reaches them.

use super::*;

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
    book.tell(11, SHOP, &[Told::Cancellation(order)]);
    book.write(16, 17, MARKET, 2);
    assert_eq!(book.age(18, MARKET), 0);
    assert_eq!(book.propagated()[1], (10, 11, 16, 17, true));
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

/// The whole tiny ledger of a run with known delays: 2 s to hear, 3 s to be live, and a warehouse that receives the order
/// another 10 s later.
#[test]
fn news_counts_from_the_message_that_told_it_and_not_from_what_the_engine_did_next() {
    let mut book = Book::new(10, 10, true);
    let order = book.sell(100, SHOP, 1);
    book.tell(102, SHOP, &[Told::Sale(order)]);
    assert_eq!(book.age(104, MARKET), 4);
    book.write(102, 105, MARKET, 9);
    assert_eq!(book.age(106, MARKET), 0);
    book.receive(112, SHOP, order);
    assert_eq!(book.propagated(), [(100, 102, 102, 105, true)]);
    let learned: Vec<(u64, u64)> = book
        .tape
        .0
        .iter()
        .filter_map(|(_, entry)| match *entry {
            Entry::Learned {
                accepted_at,
                known_at,
                ..
            } => Some((accepted_at.whole_secs(), known_at.whole_secs())),
            _ => None,
        })
        .collect();
    assert_eq!(learned, [(100, 102)], "once, when it was told");
}

#[test]
fn a_cancellation_counts_from_the_message_that_told_it() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 2);
    book.tell(2, SHOP, &[Told::Sale(order)]);
    book.write(2, 3, MARKET, 3);
    book.cancel(10, SHOP, order);
    book.show(10, SHOP, 5, Cause::Cancelled(order));
    // A write between the cancellation and the news of it cannot contain it.
    book.write(12, 13, MARKET, 2);
    assert_eq!(book.age(14, MARKET), 4);
    book.tell(20, SHOP, &[Told::Sale(order), Told::Cancellation(order)]);
    book.write(21, 24, MARKET, 5);
    assert_eq!(book.age(25, MARKET), 0);
    assert_eq!(
        book.propagated(),
        [(1, 2, 2, 3, true), (10, 20, 21, 24, true)],
        "14 s, of which 10 s to hear, 1 s to wait and 3 s to be live"
    );
}

/// Two units taken out of an order one after the other; the list shows the order as of the first for a while.
#[test]
fn units_taken_out_of_an_order_count_from_the_message_that_shows_them_gone() {
    let mut book = Book::new(9, 9, true);
    let order = book.sell(1, SHOP, 4);
    book.tell(2, SHOP, &[Told::Sale(order)]);
    book.write(2, 3, MARKET, 5);
    for (at, units, shown) in [(10, 1, 6), (12, 2, 8)] {
        let fact = Fact::UnitsRemoved {
            order,
            listing: ListingIndex(0),
            units,
            by: Party::Seller,
            restocked: true,
        };
        book.fact(at, SHOP, fact);
        book.show(at, SHOP, shown, Cause::Removed(order));
    }
    // A write between the removals and the news of them cannot contain them.
    book.write(14, 15, MARKET, 4);
    assert_eq!(book.age(16, MARKET), 6, "since the first");
    let shown = |units| [Told::Sale(order), Told::Removal { order, units }];
    book.tell(20, SHOP, &shown(1));
    book.write(21, 22, MARKET, 6);
    assert_eq!(book.age(23, MARKET), 11, "the second is missing still");
    book.tell(30, SHOP, &shown(3));
    book.write(30, 34, MARKET, 8);
    assert_eq!(book.age(35, MARKET), 0);
    assert_eq!(
        book.propagated(),
        [
            (1, 2, 2, 3, true),
            (10, 20, 21, 22, true),
            (12, 30, 30, 34, true)
        ]
    );
}

#[test]
fn a_change_of_stock_counts_from_the_answer_that_contains_it() {
    let mut book = Book::new(5, 5, true);
    for at in [10, 12] {
        book.ledger
            .stock_changed(seconds(at), SKU, 0, 1, &mut book.tape);
    }
    book.write(11, 13, SHOP, 4);
    assert_eq!(book.age(15, SHOP), 5, "nobody had asked the warehouse");
    // The answer was written between the two changes.
    book.tell_stock(20, 11);
    book.write(20, 22, SHOP, 6);
    assert_eq!(book.age(23, SHOP), 11, "the second change is missing still");
    book.tell_stock(30, 25);
    book.write(31, 33, SHOP, 7);
    assert_eq!(book.age(34, SHOP), 0);
    assert_eq!(
        book.propagated(),
        [(10, 20, 20, 22, true), (12, 30, 31, 33, true)]
    );
}

#[test]
fn an_order_heard_of_alone_after_its_cancellation_leaves_the_cancellation_to_be_heard_of() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 1);
    book.cancel(3, SHOP, order);
    book.show(3, SHOP, 5, Cause::Cancelled(order));
    // The message with the sale had been under way since before.
    book.tell(4, SHOP, &[Told::Sale(order)]);
    assert_eq!(
        book.age(5, MARKET),
        0,
        "the count is right, for want of a write"
    );
    book.write(5, 6, MARKET, 4);
    assert_eq!(book.age(8, MARKET), 5, "it misses the cancellation at 3");
    book.tell(9, SHOP, &[Told::Cancellation(order)]);
    book.write(9, 10, MARKET, 5);
    assert_eq!(book.age(11, MARKET), 0);
}

#[test]
fn a_sale_and_its_cancellation_that_call_for_no_write_leave_no_trace() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 1);
    book.tell(2, SHOP, &[Told::Sale(order)]);
    book.cancel(3, SHOP, order);
    book.show(3, SHOP, 5, Cause::Cancelled(order));
    book.tell(4, SHOP, &[Told::Cancellation(order)]);
    assert_eq!(book.ledger.convergence(), Some(Micros::ZERO));
    let later = book.sell(5_000, SHOP, 1);
    assert_eq!(book.age(5_003, MARKET), 3, "not since the sale at 1");
    book.tell(5_004, SHOP, &[Told::Sale(later)]);
    book.write(5_004, 5_006, MARKET, 4);
    assert_eq!(
        book.propagated(),
        [(5_000, 5_004, 5_004, 5_006, true)],
        "what needed no write did not propagate by this one"
    );
}

/// A sweep that writes the same counts once more an hour later says nothing about convergence.
#[test]
fn counts_converge_when_they_are_right_and_not_when_they_are_swept() {
    let mut book = Book::new(9, 9, true);
    let order = book.sell(1, SHOP, 1);
    book.tell(2, SHOP, &[Told::Sale(order)]);
    book.write(3, 7, MARKET, 8);
    book.write(3_600, 3_601, MARKET, 8);
    book.write(3_600, 3_601, SHOP, 8);
    assert_eq!(book.ledger.convergence(), Some(seconds(6)), "7 - 1");
}

#[test]
fn a_count_that_a_write_made_too_high_has_an_age_although_no_change_elsewhere_is_missing() {
    let mut book = Book::new(10, 10, true);
    book.sell(4, SHOP, 2);
    // A write that was let go of before the sale and puts its units back on sale.
    book.write(3, 6, SHOP, 10);
    assert_eq!(book.age(6, SHOP), 0);
    assert_eq!(book.age(9, SHOP), 3);
    assert_eq!(book.ledger.open_items_of(SHOP).unsynced_listings, 1);
    assert_eq!(book.ledger.convergence(), None);
    book.write(11, 12, SHOP, 8);
    assert_eq!(book.age(13, SHOP), 0);
}

#[test]
fn quotas_are_wrong_while_they_show_together_more_than_there_is() {
    let mut book = Book::new(10, 5, false);
    book.sell(1, SHOP, 1);
    book.write(10, 12, MARKET, 3);
    assert_eq!(book.age(13, MARKET), 0, "4 + 3 of 9");
    assert_eq!(
        book.ledger.convergence(),
        Some(Micros::ZERO),
        "a voluntary transfer is no correction"
    );
    // Somebody types 50 into the market's listing.
    book.show(20, MARKET, 50, Cause::Edit);
    assert_eq!((book.age(27, SHOP), book.age(27, MARKET)), (7, 7));
    assert_eq!(book.ledger.open_items().overshown_skus, 1);
    assert!(!book.ledger.open_items().is_empty());
    assert_eq!(book.ledger.convergence(), None);
    book.sell(30, MARKET, 6);
    assert_eq!(book.age(31, MARKET), 11);
    let error = book.tape.0.iter().rev().find_map(|(_, entry)| match entry {
        Entry::Offered {
            count_error_units, ..
        } => Some(*count_error_units),
        _ => None,
    });
    assert_eq!(error, Some(45), "4 + 50 shown with 9 left");
    book.write(40, 41, MARKET, 0);
    assert_eq!(book.ledger.open_items().overshown_skus, 1, "4 of 3");
    book.write(40, 43, SHOP, 3);
    assert_eq!(book.age(44, SHOP), 0);
    assert_eq!(book.ledger.convergence(), Some(seconds(13)), "43 - 30");
    assert!(book.propagated().is_empty());
}

#[test]
fn quotas_of_stock_that_was_lost_are_wrong_until_they_are_taken_back() {
    let mut book = Book::new(4, 2, false);
    book.ledger
        .stock_changed(seconds(5), SKU, 0, -1, &mut book.tape);
    assert_eq!(book.age(8, SHOP), 3);
    book.write(9, 11, SHOP, 1);
    assert_eq!(book.age(12, SHOP), 0);
    assert_eq!(book.ledger.convergence(), Some(seconds(6)), "11 - 5");
}

/// What a closed shop displays is bought by nobody, so it can be neither wrong nor missing.
#[test]
fn a_closed_channels_counts_are_never_wrong_and_take_no_event_in() {
    let mut book = Book::new(10, 10, true);
    book.ledger.set_open(Micros::ZERO, MARKET, false);
    let sold = book.sell(5, SHOP, 2);
    book.receive(6, SHOP, sold);
    assert_eq!(
        (
            book.age(9, MARKET),
            book.ledger.open_items().unsynced_listings
        ),
        (0, 0)
    );
    let open = |book: &mut Book, at, is_open| {
        book.ledger
            .hours(seconds(at), MARKET, is_open, &mut book.tape);
    };
    open(&mut book, 10, true);
    assert_eq!(
        book.age(14, MARKET),
        4,
        "10 on display, 8 to be sold, since it opened"
    );
    book.write(11, 15, MARKET, 8);
    assert_eq!(book.age(20, MARKET), 0);
    assert!(
        book.propagated()
            .iter()
            .all(|(happened, ..)| *happened >= 10)
    );
    open(&mut book, 30, false);
    book.sell(31, SHOP, 8);
    assert_eq!(
        (
            book.age(40, MARKET),
            book.ledger.open_items().unsynced_listings
        ),
        (0, 0)
    );

    let mut quotas = Book::new(10, 6, false);
    assert_eq!(
        quotas.ledger.open_items().overshown_skus,
        1,
        "6 and 6 of 10"
    );
    open(&mut quotas, 1, false);
    assert_eq!(quotas.ledger.open_items().overshown_skus, 0);
    quotas.show(2, MARKET, 3, Cause::Edit);
    quotas.show(3, SHOP, 9, Cause::Edit);
    assert_eq!(quotas.ledger.open_items().overshown_skus, 0);
    open(&mut quotas, 4, true);
    assert_eq!(quotas.ledger.open_items().overshown_skus, 1, "9 and 3");
}
