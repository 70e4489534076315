//! Inventory: partial failures, warehouses, the race of absolute writes.

use super::*;
use crate::core::{ActOutcome, Cause};

fn update(world: &mut World, body: &str) -> Answer {
    world.post(
        &format!("/product/202309/products/{PRODUCT}/inventory/update"),
        "",
        body,
    )
}

/// The inner codes of a partial failure.
fn reasons(answer: &Answer) -> Vec<u64> {
    answer.data()["errors"]
        .as_array()
        .map(|errors| {
            errors
                .iter()
                .map(|error| {
                    assert_eq!(error["code"], 12_052_990);
                    error["detail"]["extra_errors"][0]["code"].as_u64().unwrap()
                })
                .collect()
        })
        .unwrap_or_default()
}

#[test]
fn bad_skus_are_named_and_good_ones_pass() {
    let mut world = World::ideal("");
    let good = format!(r#"{{"id":"{SKU_1}","inventory":[{{"quantity":7}}]}}"#);
    let cases = [
        (
            r#"{"id":"5","inventory":[{"quantity":1}]}"#.to_string(),
            12_052_557,
        ),
        // Without an id, and with one that is no number.
        (r#"{"inventory":[{"quantity":1}]}"#.to_string(), 12_052_036),
        (
            r#"{"id":"RED-M","inventory":[{"quantity":1}]}"#.to_string(),
            12_052_036,
        ),
        (
            format!(r#"{{"id":"{SKU_0}","inventory":[{{"quantity":100000}}]}}"#),
            12_052_055,
        ),
        (
            format!(r#"{{"id":"{SKU_0}","inventory":[{{"quantity":-1}}]}}"#),
            12_052_055,
        ),
        (
            format!(r#"{{"id":"{SKU_0}","inventory":[{{"quantity":1.5}}]}}"#),
            12_019_024,
        ),
        (format!(r#"{{"id":"{SKU_0}","inventory":[]}}"#), 12_019_024),
        (
            format!(r#"{{"id":"{SKU_0}","inventory":[{{"warehouse_id":"9","quantity":1}}]}}"#),
            12_052_097,
        ),
        (
            format!(
                r#"{{"id":"{SKU_0}","inventory":[{{"quantity":1}},{{"warehouse_id":"{WAREHOUSE_0}","quantity":1}}]}}"#
            ),
            12_052_555,
        ),
        (good.clone(), 12_052_553),
        // The SKU of another product.
        (
            r#"{"id":"1729000000000001001","inventory":[{"quantity":1}]}"#.to_string(),
            12_052_557,
        ),
    ];
    for (bad, reason) in cases {
        let answer = update(&mut world, &format!(r#"{{"skus":[{good},{bad}]}}"#));
        assert_eq!(reasons(&answer), [reason], "{bad}");
        assert_eq!((world.displayed(0), world.displayed(1)), (10, 7));
    }
    assert_eq!(update(&mut world, "{}").code(), 36_009_004);
    for (product, code) in [("17", 12_019_150), ("seventeen", 12_019_008)] {
        let path = format!("/product/202309/products/{product}");
        let other = world.post(&format!("{path}/inventory/update"), "", "{}");
        assert_eq!((other.status, other.code()), (200, code));
        assert_eq!(world.get(&path, "").code(), code);
    }
}

/// Which of two entries of a SKU is meant cannot be told, so that none is taken.
#[test]
fn a_sku_that_is_named_twice_is_left_as_it_was() {
    let mut world = World::ideal("");
    let entry =
        |sku: &str, units: i64| format!(r#"{{"id":"{sku}","inventory":[{{"quantity":{units}}}]}}"#);
    let [first, second] = [entry(SKU_0, 3), entry(SKU_0, 4)];
    let other = entry(SKU_1, 6);
    let number = format!(r#"{{"id":{SKU_0},"inventory":[{{"quantity":5}}]}}"#);
    for (skus, expected) in [
        (vec![&first, &second], &[12_052_553][..]),
        (vec![&first, &other, &first], &[12_052_553]),
        (vec![&first, &number, &second], &[12_052_553, 12_052_553]),
    ] {
        let skus: Vec<&str> = skus.into_iter().map(String::as_str).collect();
        let answer = update(&mut world, &format!(r#"{{"skus":[{}]}}"#, skus.join(",")));
        assert_eq!(reasons(&answer), expected);
        assert_eq!(answer.data()["errors"][0]["detail"]["sku_id"], SKU_0);
        assert_eq!(world.displayed(0), 10, "{skus:?}");
    }
    assert_eq!(world.displayed(1), 6, "the others pass");
}

#[test]
fn zero_is_a_switch() {
    for (least, reason) in [(0, &[][..]), (1, &[12_052_055][..])] {
        let mut world = World::ideal(&format!("[inventory]\nmin_quantity = {least}"));
        let answer = world.set_stock(SKU_0, 0);
        assert_eq!(reasons(&answer), reason);
    }
}

#[test]
fn every_warehouse_must_be_listed() {
    let mut world = World::open("tiktok-ideal", "", 2);
    let of =
        |inventory: &str| format!(r#"{{"skus":[{{"id":"{SKU_0}","inventory":[{inventory}]}}]}}"#);
    let first = format!(r#"{{"warehouse_id":"{WAREHOUSE_0}","quantity":2}}"#);
    let second = format!(r#"{{"warehouse_id":"{WAREHOUSE_1}","quantity":3}}"#);
    assert_eq!(reasons(&update(&mut world, &of(&first))), [12_019_028]);
    assert_eq!(
        reasons(&update(&mut world, &of(r#"{"quantity":2}"#))),
        [12_019_028]
    );
    assert!(reasons(&update(&mut world, &of(&format!("{first},{second}")))).is_empty());
    assert_eq!(world.displayed(0), 5);

    // A basket takes from the first location with stock and goes on at the next.
    let order = world.buy(&[(0, 4)]);
    let search = world.post(
        "/product/202309/inventory/search",
        "",
        &format!(r#"{{"product_ids":["{PRODUCT}"]}}"#),
    );
    let places = &search.data()["inventory"][0]["skus"][0]["warehouse_inventory"];
    assert_eq!(places[0]["available_quantity"], 0);
    assert_eq!(places[1]["available_quantity"], 1);
    assert_eq!(places[1]["committed_quantity"], 2);
    assert_eq!(
        world.shop.cancel_by_seller(world.now, order),
        ActOutcome::Done
    );
    world.drain();
    assert_eq!(world.displayed(0), 5, "all parts come back");
    let returned = world
        .facts
        .iter()
        .filter(|fact| {
            matches!(
                fact,
                Fact::Displayed {
                    from: 1,
                    to: 5,
                    cause: Cause::Cancelled(_),
                    ..
                }
            )
        })
        .count();
    assert_eq!(returned, 1, "one fact for the split line");
}

#[test]
fn an_absolute_write_overwrites_sales_it_has_not_seen() {
    let mut world = World::ideal("[inventory]\npropagation = { fixed = \"5s\" }");
    world.buy(&[(0, 3)]);
    let sent_at = world.now;
    assert_eq!(world.set_stock(SKU_0, 10).code(), 0);
    assert_eq!(world.displayed(0), 7, "not live yet");
    world.run_for(Micros::from_secs(2));
    world.buy(&[(0, 1)]);
    let timer = world.shop.poll_timeout().unwrap();
    assert_eq!(
        (timer.at, timer.reason),
        (Micros::from_secs(5), "inventory write becomes live")
    );
    world.run_until(timer.at);
    assert_eq!(
        world.displayed(0),
        10,
        "ten on sale again, four of them sold before"
    );
    assert_eq!(
        world.facts.last(),
        Some(&Fact::Displayed {
            listing: ListingIndex(0),
            from: 6,
            to: 10,
            cause: Cause::Write {
                sent_at,
                received_at: sent_at
            }
        })
    );
    // The same number again is a fact as well: it makes the figure fresh.
    world.set_stock(SKU_0, 10).data();
    world.run_for(Micros::from_secs(5));
    assert!(matches!(
        world.facts.last(),
        Some(Fact::Displayed {
            from: 10,
            to: 10,
            ..
        })
    ));
}

#[test]
fn writes_of_one_sku_do_not_overtake_each_other() {
    let mut world = World::ideal("[inventory]\npropagation = { uniform = [\"1s\", \"60s\"] }");
    for units in 1..=20 {
        world.set_stock(SKU_0, units).data();
    }
    world.run_for(Micros::from_secs(60));
    let live: Vec<i64> = world
        .facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Displayed {
                to,
                cause: Cause::Write { .. },
                ..
            } => Some(*to),
            _ => None,
        })
        .collect();
    assert_eq!(live, (1..=20).collect::<Vec<i64>>());
}

#[test]
fn staff_edits_and_returns_show_at_once() {
    let mut world = World::open("tiktok-ideal", "", 2);
    for units in [4, 4, 25] {
        let listing = ListingIndex(0);
        assert_eq!(
            world.shop.edit_count(world.now, listing, units),
            ActOutcome::Done
        );
        assert_eq!(world.displayed(0), units);
    }
    world.drain();
    let edits = world
        .facts
        .iter()
        .filter(|fact| {
            matches!(
                fact,
                Fact::Displayed {
                    cause: Cause::Edit,
                    ..
                }
            )
        })
        .count();
    assert_eq!(edits, 2, "an edit to the same count is no change");

    let order = world.buy(&[(0, 2)]);
    let back = |world: &mut World, units| world.shop.return_units(world.now, order, 0, units, true);
    assert!(matches!(back(&mut world, 1), ActOutcome::Refused(_)));
    world.ship(order).data();
    assert_eq!(back(&mut world, 1), ActOutcome::Done);
    assert!(matches!(back(&mut world, 2), ActOutcome::Refused(_)));
    assert_eq!(world.displayed(0), 24);
}
