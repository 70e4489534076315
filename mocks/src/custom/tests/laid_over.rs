//! Profiles that change while the shop runs: what is laid over holds from then on, and comes back.

use super::*;
use crate::core::FaultCount;

impl World {
    fn lay(&mut self, overrides: &str) {
        let table = overrides.parse().unwrap();
        self.shop.lay_over(self.now, &table).unwrap();
        assert!(self.drain().is_none());
    }
}

/// Something of every group of the profile.
const EVERYTHING: &str = r#"
[limits]
calls_per_second = 0.1
burst = 1.0
[latency]
read = { fixed = "9s" }
write = { fixed = "9s" }
[faults]
unavailable = 1.0
early_throttle_share = 1.0
[orders]
unpaid_share = 1.0
hold_share = 1.0
hold = { fixed = "9h" }
list_lag = { fixed = "9h" }
[inventory]
write_to_live = { fixed = "9h" }
writes_in_order = false
stuck_share = 1.0
read_lag = { fixed = "9h" }
restock_on_cancel = false
[webhooks]
with_order = false
delay = { fixed = "9h" }
drop_share = 1.0
duplicate_share = 1.0
reorder_share = 1.0
wrong_signature_share = 1.0
"#;

fn bytes_of_a_run(touched: bool) -> Vec<String> {
    let mut world = World::open("custom-default", "[faults]\nunavailable = 0.0");
    let mut told = Vec::new();
    let touch = |world: &mut World| {
        if touched {
            world.lay(EVERYTHING);
            world.lay("");
        }
    };
    world.subscribe(&["order.created", "order.updated", "quantity.changed"]);
    for step in 0..40 {
        touch(&mut world);
        world.checkout(&[(0, 1)]);
        touch(&mut world);
        let write = world.put("SKU-0", step, "");
        touch(&mut world);
        let list = world.get("/v1/orders?limit=20");
        told.extend([write, list].map(|it| format!("{} {} {}", it.at, it.status, it.body)));
        world.run_for(Micros::from_secs(37 + 400 * (step as u64 % 3)));
        touch(&mut world);
        let status = if step % 2 == 0 { 200 } else { 500 };
        let sent = world.answer_webhooks(DeliveryOutcome::Answered(status));
        told.extend(
            sent.iter()
                .map(|it| format!("{:?} {:?}", it.headers(), it.body())),
        );
    }
    told.push(format!("{:?} {:?}", world.facts, world.shop.limits()));
    told
}

#[test]
fn laying_over_and_restoring_at_once_changes_no_byte() {
    assert_eq!(bytes_of_a_run(true), bytes_of_a_run(false));
}

#[test]
fn what_is_laid_over_strikes_from_then_on_and_is_counted() {
    let mut world = World::ideal("");
    world.lay("[inventory]\nwrite_to_live = { fixed = \"1h\" }\nrestock_on_cancel = false\n[orders]\nhold_share = 1.0\nhold = { fixed = \"1h\" }\nlist_lag = { fixed = \"1h\" }\n[limits]\nburst = 3.0\ncalls_per_second = 0.0");
    let order = world.buy(&[(0, 2)]);
    world.put("SKU-0", 30, "");
    let now = world.now;
    world.shop.cancel_by_buyer(now, order);
    assert!(world.drain().is_none());
    assert_eq!(world.displayed(0), 8);
    assert_eq!(world.get("/v1/orders").body["orders"], json!([]));
    world.get("/v1/shop");
    assert_eq!(world.get("/v1/shop").status, 429);
    let counts = world.shop.fault_counts();
    let count = |eligible, injected| FaultCount { eligible, injected };
    assert_eq!(counts.late_write, count(1, 1));
    assert_eq!(counts.changed_restock, count(1, 1));
    assert_eq!(counts.hold, count(1, 1));
    assert_eq!(counts.late_listing, count(2, 2));
    assert_eq!(
        (counts.cut_limit, counts.cut_throttle),
        (count(4, 4), count(4, 1))
    );
    world.lay("");
    world.run_for(Micros::from_secs(1));
    assert_eq!(
        world.put("SKU-0", 31, "").status,
        202,
        "writes keep their order"
    );
    world.run_for(Micros::from_secs(3_600));
    assert_eq!(world.displayed(0), 31);
    let refused = world
        .shop
        .lay_over(now, &"[orders]\nholds = 1".parse().unwrap());
    assert!(refused.unwrap_err().contains("holds"));
}
