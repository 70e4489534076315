//! Units, orders and money.

use channel_mocks::core::{OrderRef, Party};
use proptest::prelude::*;

use super::*;

#[test]
fn one_oversold_order_of_two() {
    let measured = measure(
        Engine::Mirror,
        &[
            offered(SHOP, 2, 0, 2),
            accepted(SHOP, 0, 2, 0),
            offered(MARKET, 2, 4, 0),
            accepted(MARKET, 0, 2, 2),
            Entry::Short {
                channel: MARKET,
                order: OrderRef(0),
                units: 2,
                first_of_order: true,
            },
            sku_closed(2, -2),
        ],
    );
    let total = &measured.total;
    assert_eq!((total.offered_units, total.accepted_units), (4, 4));
    assert_eq!((total.oversold_units, total.oversold_orders), (2, 1));
    assert_eq!(
        (total.oversold_rate, total.seller_cancel_rate),
        (Some(0.5), Some(0.5))
    );
    assert_eq!(total.unfillable_units, 2);
    assert_eq!(
        measured.channels[1].1.unfillable_units, 2,
        "booked where it happened"
    );
    assert_eq!(total.orders_per_simulated_s, 0.02);
    // 2 x (15 + 10 % of 10), one ticket of 7.
    assert_eq!((total.cost_split.oversold, total.cost), (32.0, 39.0));
    let verdict = verdict(&measured, "no_oversell");
    assert_eq!(verdict.verdict, Verdict::Violated);
    assert!(!verdict.promised, "a mirror promises nothing");
    let example = verdict.counter_example.as_ref().unwrap();
    assert_eq!((example.at_s, example.channel.as_str()), (13.0, "market"));
    assert_eq!(
        (example.sku, example.displayed, example.sellable),
        (Some(1), Some(2), Some(0))
    );
    assert!(verdict.rerun.as_ref().unwrap().contains("--seed 1"));
}

#[test]
fn lost_sales_are_only_what_was_left_when_a_buyer_was_last_refused() {
    let measured = measure(
        Engine::Escrow,
        &[
            refused_with(SHOP, 6, true, 8),
            refused_with(MARKET, 3, true, 5),
            refused_with(MARKET, 9, false, 4),
            // 20 units come back, and nobody asks for them.
            sku_closed(28, 24),
        ],
    );
    assert_eq!(measured.total.rejected_in_stock_units, 9);
    assert_eq!(measured.total.net_undersell_units, 4);
    let parts: Vec<u64> = measured
        .channels
        .iter()
        .map(|(_, figures)| figures.net_undersell_units)
        .collect();
    assert_eq!(parts, [2, 2], "4 x 6/9, rounded down, and the rest");
    assert_eq!(measured.total.cost_split.lost_sales, 16.0, "4 x 40 % of 10");
}

#[test]
fn units_that_come_back_after_the_last_buyer_are_no_lost_sale() {
    let lost = |last: Entry| {
        let entries = [refused_with(SHOP, 5, true, 7), last, sku_closed(7, 7)];
        measure(Engine::Escrow, &entries).total.net_undersell_units
    };
    assert_eq!(lost(refused_with(MARKET, 1, false, 0)), 0, "sold out since");
    assert_eq!(lost(refused_with(MARKET, 1, false, -2)), 0, "and oversold");
    assert_eq!(lost(refused_with(MARKET, 1, true, 2)), 2);
    assert_eq!(
        lost(refused_with(MARKET, 1, true, 9)),
        6,
        "all that were refused"
    );
}

#[test]
fn the_pool_is_the_measure() {
    let pool = References {
        bound_units: 9,
        pool_units: vec![6, 2],
        ..References::default()
    };
    let mut mirror = measure(
        Engine::Mirror,
        &[accepted(SHOP, 0, 7, 3), accepted(MARKET, 0, 3, 0)],
    );
    assert_eq!(mirror.total.lost_against_pool_units, None);
    mirror.compare_with_pool(&pool);
    let against = |figures: &Figures| {
        let above = figures.accepted_above_pool_units.unwrap();
        (above, figures.lost_against_pool_units.unwrap())
    };
    assert_eq!(
        against(&mirror.total),
        (2, 1),
        "8 in the pool; 7 of 10 existed"
    );
    assert_eq!(against(&mirror.channels[0].1), (1, 2));
    assert_eq!(against(&mirror.channels[1].1), (1, -1));
}

/// Who oversells none sells no more than the bound, unless units came that no replay of buyers knows of.
#[test]
fn nobody_who_oversells_none_is_above_the_bound() {
    let references = References {
        bound_units: 3,
        stock_gains: 2,
        ..References::default()
    };
    let above = |entries: &[Entry]| measure(Engine::Escrow, entries).above_bound(&references);
    let sold = |units, oversold| accepted(SHOP, 0, units, oversold);
    assert_eq!(above(&[sold(3, 0)]), None);
    assert_eq!(above(&[sold(4, 0)]), Some(3));
    assert_eq!(
        above(&[sold(4, 1)]),
        None,
        "what is oversold is bounded by nothing"
    );
    let found = |delta| Entry::Stock { sku: SKU, delta };
    assert_eq!(above(&[found(2), found(-9), sold(4, 0)]), Some(3));
    assert_eq!(above(&[found(3), sold(4, 0)]), None);
    let cancelled = |by| Entry::Cancelled {
        channel: SHOP,
        order: OrderRef(0),
        units: 1,
        by,
    };
    assert_eq!(above(&[cancelled(Party::Buyer), sold(4, 0)]), Some(3));
    assert_eq!(above(&[cancelled(Party::Platform), sold(4, 0)]), None);
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let channel = (0..2u16).prop_map(ChannelIndex);
    prop_oneof![
        (channel.clone(), 1..4u32, 0..50u64)
            .prop_map(|(channel, units, age)| offered(channel, units, age, 3)),
        (channel.clone(), 0..9u32, 1..4u32).prop_map(|(channel, order, units)| accepted(
            channel,
            order,
            units,
            units / 2
        )),
        (channel.clone(), 1..4u32, any::<bool>())
            .prop_map(|(channel, units, stock)| refused(channel, units, stock)),
        (channel, any::<bool>()).prop_map(|(channel, wrong_warehouse)| Entry::Allocated {
            channel,
            units: 1,
            wrong_warehouse,
            split: false,
        }),
    ]
}

proptest! {
    #[test]
    fn totals_are_sums_over_channels(
        mut entries in proptest::collection::vec(any_entry(), 0..60),
        left in -20..20i64,
    ) {
        entries.push(sku_closed(10, left));
        let measured = measure(Engine::Mirror, &entries);
        let total = &measured.total;
        let sum = |figure: fn(&Figures) -> u64| measured.channels.iter().map(|(_, figures)| figure(figures)).sum::<u64>();
        prop_assert_eq!(total.offered_units, sum(|figures| figures.offered_units));
        prop_assert_eq!(total.accepted_units, sum(|figures| figures.accepted_units));
        prop_assert_eq!(total.accepted_orders, sum(|figures| figures.accepted_orders));
        prop_assert_eq!(total.oversold_units, sum(|figures| figures.oversold_units));
        prop_assert_eq!(total.oversold_orders, sum(|figures| figures.oversold_orders));
        prop_assert_eq!(total.unfillable_units, sum(|figures| figures.unfillable_units));
        prop_assert_eq!(total.net_undersell_units, sum(|figures| figures.net_undersell_units));
        prop_assert_eq!(total.staleness_s.count, sum(|figures| figures.staleness_s.count));
        let cost: f64 = measured.channels.iter().map(|(_, figures)| figures.cost).sum();
        prop_assert!((total.cost - cost).abs() < 1e-6);
        prop_assert!(total.net_undersell_units <= total.rejected_in_stock_units);
        prop_assert!(total.oversold_units <= total.accepted_units);
        let series: u64 = {
            let rows = measured.series.rows(&measured.names()).into_iter();
            let of_all = rows.filter(|row| row.channel == "all");
            of_all.map(|row| row.accepted_units).sum()
        };
        prop_assert_eq!(series, total.accepted_units);
    }
}

#[test]
fn an_order_of_two_oversold_lines_is_one_oversold_order() {
    let first = accepted(SHOP, 0, 2, 1);
    let mut second = first.clone();
    if let Entry::Accepted {
        first_line,
        first_oversold_line,
        ..
    } = &mut second
    {
        (*first_line, *first_oversold_line) = (false, false);
    }
    let total = measure(Engine::Mirror, &[first, second, accepted(SHOP, 1, 1, 0)]).total;
    assert_eq!((total.accepted_orders, total.oversold_orders), (2, 1));
    assert_eq!((total.accepted_units, total.oversold_units), (5, 2));
}
