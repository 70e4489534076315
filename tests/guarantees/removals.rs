//! Units taken out of orders, and lines from two warehouses.

use oversell::engine::Target;
use oversell::engine::config::Strategy;
use oversell::measure::Verdict;
use oversell::scenario::Scenario;

use super::{Fate, tampered};
use crate::common::{over_seeds, parsed, play};

/// Large baskets over small stocks in two warehouses, and a third of the orders of several units lose some before they
/// ship: on every platform, by every kind of act, put back on sale or not.
const REDUCED: &str = r#"
extends = "flash-sale-10min"
name = "reduced"
title = "Orders that lose units before they ship"
description = "Edits, refunds and buyers' wishes take units out of orders; lines are served from two warehouses."
settle = "80h"

[warehouse.override.fulfillment]
pick_and_ship = { uniform = ["4h", "6h"] }

[demand]
lines_mean = 1.4
units = [0.4, 0.2, 0.2, 0.2]

[removals]
edited = 0.1
refunded = 0.15
by_buyer = 0.1
delay = { uniform = ["1s", "40min"] }
restocked = 0.7

# No order waits for its payment longer than the run settles: on TikTok Shop it may be two days.
[[channel]]
name = "amazon"
override = { orders = { pending = [{ share = 1.0, hold = { fixed = "30min" } }] } }
"#;

#[test]
fn orders_that_lose_units_ship_what_is_left_of_them() {
    let scenario = parsed(REDUCED);
    for strategy in [Strategy::Mirror, Strategy::Escrow] {
        for run in over_seeds(4, |seed| play(&scenario, strategy, seed)) {
            let (total, what) = (run.total(), format!("{} {}", strategy.name(), run.seed));
            assert_eq!(total.shipped_beyond_order_units, 0, "{what}");
            for channel in ["web", "amazon", "tiktok"] {
                let removed = run.channel(channel).removed_units;
                assert!(removed > 0, "{what}: none on {channel}");
            }
            assert!(total.split_shipments > 0, "{what}");
            assert_eq!(
                total.cost_split.splits,
                9.0 * total.split_shipments as f64,
                "{what}"
            );
            let left = (
                total.lost_orders,
                total.unshipped_orders,
                total.unconfirmed_fulfillments,
            );
            assert_eq!(left, (0, 0, 0), "{what}");
            for judged in &run.measured.guarantees {
                assert!(
                    !judged.promised || judged.verdict != Verdict::Violated,
                    "{what}: {} {:?}",
                    judged.name,
                    judged.verdict
                );
            }
            if strategy == Strategy::Escrow {
                assert_eq!(total.oversold_units, 0, "{what}");
            }
        }
    }
}

/// An engine that leaves the warehouse with the units that were ordered first: whoever counts what leaves sees it.
#[test]
fn shipping_the_ordered_quantity_is_caught() {
    let scenario = parsed(REDUCED);
    let run = tampered(&scenario, 1, |target, request| {
        let reduces = target == Target::Warehouse && request.uri().path().ends_with("/reduce");
        if reduces {
            Fate::Vanishes
        } else {
            Fate::Passes
        }
    });
    let beyond = run.total().shipped_beyond_order_units;
    assert!(beyond > 20, "{beyond} units left beyond their orders");
}

#[test]
fn removals_move_no_buyer() {
    let plain = parsed(
        &REDUCED
            .replace("edited = 0.1", "edited = 0.0")
            .replace("refunded = 0.15", "refunded = 0.0")
            .replace("by_buyer = 0.1", "by_buyer = 0.0"),
    );
    let hash = |scenario: &Scenario| play(scenario, Strategy::Mirror, 1).outcome.buyers_hash;
    assert_eq!(hash(&plain), hash(&parsed(REDUCED)));
}
