//! Orders on their way through the merchant's own system, and the books at the end.

use super::*;

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
            never_ordered_units: 0,
            ..
        }
    )));
}

#[test]
fn an_order_that_an_app_made_is_counted_and_promised_nothing() {
    let mut book = Book::new(5, 5, true);
    let first = book.sell(1, SHOP, 1);
    let made = OrderRef(1);
    let fact = Fact::OrderMade {
        order: made,
        units: 3,
        claimed_units: 2,
    };
    book.fact(2, SHOP, fact);
    book.show(2, SHOP, 2, Cause::Checkout(made));
    assert_eq!(book.ledger.sellable(SKU), 4, "no unit is promised to it");
    // The next buyer's order has the number behind it, also where the news of a made one comes late.
    book.next[usize::from(SHOP.0)] = 3;
    let later = book.sell(3, SHOP, 1);
    book.fact(
        3,
        SHOP,
        Fact::OrderMade {
            order: OrderRef(2),
            units: 1,
            claimed_units: 0,
        },
    );
    assert_eq!((later, book.ledger.sellable(SKU)), (OrderRef(3), 3));
    // Nothing that becomes of it is taken for a buyer's.
    book.receive(4, SHOP, made);
    book.cancel(5, SHOP, made);
    book.ship(6, SHOP, made, 2);
    let count = |wanted: fn(&Entry) -> bool| {
        let entries = book.tape.0.iter();
        entries.filter(|(_, entry)| wanted(entry)).count()
    };
    assert_eq!(count(|it| matches!(it, Entry::OrderMade { .. })), 2);
    assert_eq!(count(|it| matches!(it, Entry::OrderUnknown { .. })), 1);
    assert_eq!(count(|it| matches!(it, Entry::Cancelled { .. })), 0);
    assert!(matches!(
        book.tape
            .0
            .iter()
            .rev()
            .find(|(_, it)| matches!(it, Entry::Shipped { .. })),
        Some((
            _,
            Entry::Shipped {
                order: None,
                beyond_order_units: 2,
                ..
            }
        ))
    ));
    assert_eq!(book.ledger.sellable(SKU), 1, "what left is gone");
    assert_eq!(first, OrderRef(0));
}

fn removed(order: OrderRef, units: u32) -> Fact {
    Fact::UnitsRemoved {
        order,
        listing: ListingIndex(0),
        units,
        by: Party::Seller,
        restocked: true,
    }
}

#[test]
fn an_engine_that_ships_the_ordered_quantity_is_seen_and_units_add_up() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 3);
    book.receive(2, SHOP, order);
    book.fact(3, SHOP, removed(order, 1));
    assert_eq!(book.ledger.sellable(SKU), 3, "one is free again");
    book.ship(4, SHOP, order, 3);
    assert_eq!(book.ledger.sellable(SKU), 2, "and has left all the same");
    assert!(book.tape.0.iter().any(|(_, entry)| matches!(
        entry,
        Entry::Shipped {
            units: 3,
            beyond_order_units: 1,
            never_ordered_units: 0,
            ..
        }
    )));
    let totals = Totals {
        opening: 9,
        shipped: 3,
        on_hand: 6,
        ..Totals::default()
    };
    let sums = book.ledger.close(seconds(5), totals, &mut book.tape);
    let sums = sums.expect("units add up");
    assert_eq!((sums.shipped, sums.cancelled, sums.open), (2, 1, 0));
    assert_eq!(sums.shipped_beyond, 1);
}

#[test]
fn units_that_had_left_when_they_were_taken_out_are_sold_where_they_are_not() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 2);
    book.receive(2, SHOP, order);
    book.ship(3, SHOP, order, 2);
    book.fact(4, SHOP, removed(order, 1));
    assert_eq!(book.ledger.sellable(SKU), 3, "nothing came back");
    assert!(
        book.tape
            .0
            .iter()
            .any(|(_, entry)| matches!(entry, Entry::RestockedGone { units: 1, .. }))
    );
}

#[test]
fn a_vanished_unit_is_found() {
    let mut book = Book::new(5, 5, true);
    let order = book.sell(1, SHOP, 2);
    book.ship(2, SHOP, order, 2);
    let right = Totals {
        opening: 9,
        shipped: 2,
        on_hand: 7,
        ..Totals::default()
    };
    assert!(book.ledger.close(seconds(3), right, &mut book.tape).is_ok());
    let lost = Totals {
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
    let unheard = Totals {
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
