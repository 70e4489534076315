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
