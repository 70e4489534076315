//! Who is let in, and how often.

use proptest::prelude::*;

use super::*;
use crate::core::CallOutcome;

#[test]
fn only_the_shops_token_is_let_in_and_none_while_the_access_is_taken_away() {
    let mut world = World::ideal("");
    for wrong in ["", "custom-toke", "custom-token2"] {
        world.token = wrong.to_string();
        assert_eq!(world.get("/v1/shop").code(), "unauthorized", "{wrong}");
    }
    world.token = "custom-token".to_string();
    assert_eq!(
        world.get("/v1/shop").body["host"],
        json!("shop.custom.example")
    );
    let now = world.now;
    world.shop.revoke_access(now);
    assert_eq!(world.get("/v1/shop").code(), "revoked");
    world.shop.grant_anew(now);
    assert_eq!(world.get("/v1/shop").status, 200);
}

#[test]
fn a_throttled_call_says_when_to_come_again_unless_the_profile_keeps_it_back() {
    let mut world = World::ideal("[limits]\ncalls_per_second = 0.4\nburst = 2.0");
    for _ in 0..2 {
        assert_eq!(world.get("/v1/products").status, 200);
    }
    let refused = world.get("/v1/products");
    assert_eq!(
        (
            refused.status,
            refused.code(),
            refused.header("retry-after")
        ),
        (429, "rate_limited", "3")
    );
    assert_eq!(world.displayed(0), 10);
    world.run_for(Micros::from_millis(2_500));
    assert_eq!(world.put("SKU-0", 3, "").status, 200);
    let outcomes = world.facts.iter().filter(|fact| {
        matches!(
            fact,
            Fact::Call {
                outcome: CallOutcome::Throttled,
                ..
            }
        )
    });
    assert_eq!(outcomes.count(), 1);
    let mut silent =
        World::ideal("[limits]\ncalls_per_second = 0.4\nburst = 1.0\ntells_retry_after = false");
    silent.get("/v1/products");
    let refused = silent.get("/v1/products");
    assert_eq!((refused.status, refused.header("retry-after")), (429, ""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    /// However calls come, no more are let in within any time than the bucket holds and what flows into it meanwhile.
    #[test]
    fn the_bucket_never_lets_more_in_than_it_holds(
        gaps in prop::collection::vec(0u64..900, 1..80),
        burst in 1u32..8,
        tenths in 1u32..60,
    ) {
        let rate = f64::from(tenths) / 10.0;
        let over = format!("[limits]\ncalls_per_second = {rate:?}\nburst = {burst}.0");
        let mut world = World::ideal(&over);
        let mut served: Vec<Micros> = Vec::new();
        for gap in gaps {
            world.run_for(Micros::from_millis(gap));
            if world.get("/v1/webhooks").status == 200 {
                served.push(world.now);
            }
            for limit in world.shop.limits() {
                prop_assert!((0.0..=f64::from(burst)).contains(&limit.left));
            }
        }
        for (place, first) in served.iter().enumerate() {
            for (count, last) in (1..).zip(&served[place..]) {
                let most = f64::from(burst) + rate * last.since(*first).as_secs_f64();
                prop_assert!(f64::from(count) <= most + 1e-6, "{count} calls, {most} let in");
            }
        }
    }
}
