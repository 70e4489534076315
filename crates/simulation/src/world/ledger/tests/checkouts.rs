//! Sales and refusals, of the merchant's units and of Amazon's.

use super::*;

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
        shared_quotas: false,
        buffer_units: Vec::new(),
        opening_display: vec![vec![0; 2]],
        assortments: &Assortments::default(),
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
        let accepted = CheckoutOutcome::Accepted {
            order: OrderRef(0),
            stock: StockOwner::Platform,
        };
        ledger.checkout(seconds(1), SHOP, &basket(&[(1, 1)]), accepted, &mut tape);
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
fn fba_orders_are_amazons_own() {
    let mut book = Book::new(5, 5, true);
    let order = book.accept(1, MARKET, 3, StockOwner::Platform);
    assert_eq!(book.ledger.sellable(SKU), 5);
    assert_eq!(book.age(2, SHOP), 0);
    assert!(book.ledger.open_items().is_empty());
    book.ledger
        .shipped(seconds(2), MARKET, Some(order), SKU, 1, 3, &mut book.tape);
    let totals = Totals {
        opening: 9,
        shipped: 3,
        on_hand: 6,
        ..Totals::default()
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
    for _ in 0..2 {
        book.accept(1, MARKET, 3, StockOwner::Platform);
    }
    assert_eq!(book.oversold(), 2, "Amazon had 4, not 6");
}

/// Nothing that comes later is needed to judge a sale: not even the platform's own report of it.
#[test]
fn a_sale_is_judged_at_once() {
    for (owner, left) in [(StockOwner::Merchant, -1), (StockOwner::Platform, 1)] {
        let mut book = Book::new(1, 2, true);
        book.accept(1, MARKET, 2, owner);
        assert_eq!(book.ledger.sellable(SKU), left);
        let accepted = book.tape.0.iter().filter_map(|(_, entry)| match entry {
            Entry::Accepted { oversold_units, .. } => Some(*oversold_units),
            _ => None,
        });
        let oversold = u32::from(owner == StockOwner::Merchant);
        assert_eq!(accepted.collect::<Vec<_>>(), [oversold]);
    }
}

#[test]
fn an_order_is_oversold_once_however_many_of_its_lines_are() {
    let mut ledger = Ledger::open(Opening {
        channels: 1,
        prices_cents: vec![500; 3],
        stock: vec![&[9], &[0], &[0]],
        fba_locations: vec![false],
        whole_stock_display: true,
        shared_quotas: false,
        buffer_units: Vec::new(),
        opening_display: vec![vec![9; 3]],
        assortments: &Assortments::default(),
    });
    let mut tape = Tape::default();
    let basket = Basket {
        lines: (0..3)
            .map(|listing| BasketLine {
                listing: ListingIndex(listing),
                units: 1,
            })
            .collect(),
        ..Book::basket(1)
    };
    for order in [OrderRef(0), OrderRef(1)] {
        let stock = StockOwner::Merchant;
        let accepted = CheckoutOutcome::Accepted { order, stock };
        ledger.checkout(seconds(1), SHOP, &basket, accepted, &mut tape);
    }
    let counted = tape.0.iter().filter_map(|(_, entry)| match entry {
        Entry::Accepted {
            oversold_units,
            first_oversold_line,
            ..
        } => Some((*oversold_units, *first_oversold_line)),
        _ => None,
    });
    let of_one = [(0, false), (1, true), (1, false)];
    assert_eq!(counted.collect::<Vec<_>>(), [of_one, of_one].concat());
}
