//! The example of a custom channel, the generic second side, beside a Shopify shop.

use crate::common::{play, scenario};
use oversell::engine::config::Strategy;

const EXAMPLE: &str = "examples/custom/shopify_and_custom.toml";

#[test]
fn every_strategy_sells_on_a_custom_channel_and_repeats() {
    let scenario = scenario(EXAMPLE);
    for strategy in Strategy::ALL {
        let (first, again) = (play(&scenario, strategy, 1), play(&scenario, strategy, 1));
        let name = strategy.name();
        assert_eq!(first.outcome.trace_hash, again.outcome.trace_hash, "{name}");
        let accepted = first.total().accepted_units;
        assert!(accepted > 300, "{name}: {accepted}");
    }
}

/// The example's point: counts that are simply copied are sold twice on the slow channel, and escrow's are not, with orders,
/// writes and webhooks that come late, unordered or never.
#[test]
fn escrow_sells_nothing_twice_where_a_mirror_does() {
    let scenario = scenario(EXAMPLE);
    let mut twice = 0;
    for seed in 1..=6 {
        let played = play(&scenario, Strategy::Escrow, seed);
        assert_eq!(played.total().oversold_units, 0, "seed {seed}");
        let fired = played.outcome.faults.iter().all(|counts| counts.fired());
        assert!(fired, "seed {seed}: {:?}", played.outcome.faults);
        twice += play(&scenario, Strategy::Mirror, seed)
            .total()
            .oversold_units;
    }
    assert!(twice > 10, "{twice}");
}
