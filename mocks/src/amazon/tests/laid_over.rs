//! Profiles that change while the shop runs: what is laid over holds from then on, and comes back.

use super::*;
use crate::core::{Bounds, FaultCount};

fn count(eligible: u64, injected: u64) -> FaultCount {
    FaultCount { eligible, injected }
}

impl Bench {
    fn lay(&mut self, overrides: &str) {
        let table = overrides.parse().unwrap();
        self.amazon.lay_over(self.now, &table).unwrap();
        self.drain();
    }

    fn status(&mut self, path: &str) -> u16 {
        self.response("GET", path, "").status().as_u16()
    }

    /// The quantity of the first SKU, as its item shows it.
    fn shown(&mut self) -> i64 {
        let item = self.get(&format!("{ITEM}&includedData=fulfillmentAvailability"));
        item["fulfillmentAvailability"][0]["quantity"]
            .as_i64()
            .unwrap()
    }
}

const ITEM: &str = "/listings/2021-08-01/items/A1SIMSELLER/SKU-1?marketplaceIds=ATVPDKIKX0DER";
const ORDERS: &str =
    "/orders/v0/orders?MarketplaceIds=ATVPDKIKX0DER&CreatedAfter=2026-11-20T00:00:00Z";

/// Something of every group of the profile.
const EVERYTHING: &str = r#"
[authorization]
token_lifetime = "1s"
product_listing_role = false
[limits]
patch_listings_item = { rate = 0.1, burst = 1 }
get_orders = { rate = 0.1, burst = 1 }
throttled_call_costs_token = true
rate_limit_header = "never"
[limits.application]
patch = { rate = 0.1, burst = 1 }
[latency]
list = { fixed = "9s" }
[orders]
list_lag = { fixed = "9h" }
by_id_lag = { fixed = "9h" }
pending = [{ share = 1.0, hold = { fixed = "9h" } }]
[inventory]
write_to_live = { fixed = "9h" }
stuck_share = 1.0
stale_writes_apply = true
read_lag = { fixed = "9h" }
restore_on_cancel = false
[feeds]
message_failure_share = 1.0
[notifications]
drop_share = 1.0
reorder_share = 1.0
stalls = [{ from = "0s", until = "9h" }]
[queue]
visibility_timeout = "9h"
retention = "1s"
redelivery_share = 1.0
[faults]
server_error_share = 1.0
early_throttle_share = 1.0
"#;

fn bytes_of_a_run(touched: bool) -> Vec<String> {
    let mut bench = Bench::new(Profile::named("amazon-default").unwrap());
    let mut told = Vec::new();
    let touch = |bench: &mut Bench| {
        if touched {
            bench.lay(EVERYTHING);
            bench.lay("");
        }
    };
    bench.open_with(100);
    bench.subscribe("ORDER_CHANGE");
    for step in 0..40 {
        touch(&mut bench);
        if step % 10 == 9 {
            bench.log_in();
        }
        bench.buy(1);
        touch(&mut bench);
        for path in [ORDERS, ITEM] {
            let response = bench.response("GET", path, "");
            let body = String::from_utf8_lossy(response.body()).into_owned();
            told.push(format!("{:?} {body}", response.headers()));
        }
        told.push(format!("{:?}", bench.call("PATCH", ITEM, &format!(
            r#"{{"productType":"P","patches":[{{"op":"replace","path":"/attributes/fulfillment_availability","value":[{{"fulfillment_channel_code":"DEFAULT","quantity":{}}}]}}]}}"#,
            50 + step
        ))));
        touch(&mut bench);
        bench.pass(37 + 300 * (step % 3));
        if step % 4 == 0 {
            told.push(format!("{:?}", bench.empty_queue("q1")));
        }
    }
    told.push(format!("{:?} {:?}", bench.facts, bench.amazon.limits()));
    told
}

#[test]
fn laying_over_and_restoring_at_once_changes_no_byte() {
    assert_eq!(bytes_of_a_run(true), bytes_of_a_run(false));
}

#[test]
fn unknown_unfit_and_fixed_keys_are_refused_and_nothing_changes() {
    let mut bench = Bench::new(ideal());
    let mut refused = |over: &str| {
        let table = over.parse().unwrap();
        bench.amazon.lay_over(Micros::ZERO, &table).unwrap_err()
    };
    assert!(refused("[orders]\nlist_lagg = { fixed = \"1s\" }").contains("list_lagg"));
    assert!(refused("[queue]\nredelivery_share = -1.0").contains("queue.redelivery_share"));
    for fixed in [
        "[marketplace]\nid = \"X\"",
        "[fba]\nsku_suffix = \"-A\"",
        "[orders]\nship_by = \"1s\"",
    ] {
        assert!(refused(fixed).contains("cannot change"), "{fixed}");
    }
    bench.open_with(3);
    bench.set(5);
    assert_eq!(bench.displayed(), 5);
}

#[test]
fn limits_change_from_now_on_and_come_back() {
    let mut profile = ideal();
    profile.limits.patch_listings_item = crate::amazon::profile::Rate {
        rate: 1.0,
        burst: 4.0,
    };
    let mut bench = Bench::new(profile);
    let served = |bench: &mut Bench| {
        let body = r#"{"productType":"P","patches":[{"op":"replace","path":"/attributes/fulfillment_availability","value":[{"fulfillment_channel_code":"DEFAULT","quantity":5}]}]}"#;
        (0..10)
            .filter(|_| bench.call("PATCH", ITEM, body).0 == 200)
            .count()
    };
    bench.lay("[limits]\npatch_listings_item = { rate = 0.1, burst = 2 }");
    assert_eq!(served(&mut bench), 2, "the level is cut to the capacity");
    bench.pass(10);
    assert_eq!(served(&mut bench), 1);
    bench.lay("");
    assert_eq!(served(&mut bench), 0, "the level is kept");
    let counts = bench.amazon.fault_counts();
    assert_eq!(
        (counts.cut_limit, counts.cut_throttle),
        (count(20, 20), count(20, 17))
    );
    bench.pass(10);
    assert_eq!(served(&mut bench), 4);
    bench.lay("[faults]\nearly_throttle_share = 1.0");
    bench.pass(10);
    assert_eq!(served(&mut bench), 0);
    bench.lay("[faults]\nserver_error_share = 1.0");
    assert_eq!(bench.status(ITEM), 500);
    let counts = bench.amazon.fault_counts();
    assert_eq!(counts.early_throttle, count(10, 10));
    assert_eq!(counts.server_error, count(1, 1));
}

#[test]
fn writes_come_late_out_of_order_or_never_and_only_those_accepted_meanwhile() {
    let mut bench = Bench::new(ideal());
    bench.lay("[inventory]\nwrite_to_live = { fixed = \"60s\" }\nstale_writes_apply = true");
    bench.set(7);
    bench.lay("[inventory]\nstale_writes_apply = true");
    bench.set(8);
    assert_eq!(bench.displayed(), 8);
    bench.pass(60);
    assert_eq!(
        bench.displayed(),
        7,
        "the older write overwrites the newer one"
    );
    assert_eq!(bench.amazon.fault_counts().late_write, count(2, 1));
    bench.lay("[inventory]\nstuck_share = 1.0");
    bench.set(50);
    bench.pass(100_000);
    assert_eq!(bench.displayed(), 7);
    bench.lay("");
    bench.log_in();
    bench.set(51);
    assert_eq!(bench.displayed(), 51);
    assert_eq!(bench.amazon.fault_counts().stuck_write, count(1, 1));
    let bounds: Bounds = ideal().bounds();
    assert_eq!(bounds.write_to_live, Micros::ZERO);
}

#[test]
fn reads_show_older_quantities_while_they_lag() {
    let mut bench = Bench::new(ideal());
    bench.open_with(10);
    bench.pass(100);
    bench.lay("[inventory]\nread_lag = { fixed = \"30s\" }");
    bench.set(7);
    assert_eq!((bench.shown(), bench.displayed()), (10, 7));
    bench.pass(29);
    bench.order(2);
    assert_eq!(bench.shown(), 10);
    bench.pass(1);
    assert_eq!((bench.shown(), bench.displayed()), (7, 5));
    assert_eq!(bench.amazon.fault_counts().lagged_read, count(3, 3));
    bench.lay("");
    assert_eq!(bench.shown(), 5);
    let stale = Fact::ReadStale {
        listing: ListingIndex(0),
    };
    let told = bench.facts.iter().filter(|it| **it == stale).count();
    assert_eq!(told, 3, "each of these reads, and no other");
}

#[test]
fn signals_are_lost_doubled_reordered_stalled_and_come_again_while_the_shares_say_so() {
    let mut bench = Bench::new(ideal());
    bench.open_with(100);
    bench.subscribe("ORDER_CHANGE");
    let received = |bench: &mut Bench, over: &str| {
        bench.lay(over);
        bench.order(1);
        let at_once = bench.empty_queue("q1").len();
        bench.pass(5);
        (at_once, bench.empty_queue("q1").len())
    };
    assert_eq!(received(&mut bench, ""), (1, 0));
    assert_eq!(
        received(&mut bench, "[notifications]\ndrop_share = 1.0"),
        (0, 0)
    );
    assert_eq!(
        received(&mut bench, "[notifications]\nduplicate_share = 1.0"),
        (2, 0)
    );
    let held = "[notifications]\nreorder_share = 1.0\nreorder_delay = { fixed = \"5s\" }";
    assert_eq!(received(&mut bench, held), (0, 1));
    let until = bench.now.whole_secs() + 5;
    let stalled = format!("[notifications]\nstalls = [{{ from = \"0s\", until = \"{until}s\" }}]");
    assert_eq!(received(&mut bench, &stalled), (0, 1));
    let again = "[queue]\nredelivery_share = 1.0\nredelivery_delay = { fixed = \"5s\" }";
    assert_eq!(received(&mut bench, again), (1, 1));
    bench.pass(600);
    assert_eq!(
        bench.empty_queue("q1").len(),
        0,
        "a message comes again once"
    );
    assert_eq!(received(&mut bench, ""), (1, 0));
    let counts = bench.amazon.fault_counts();
    assert_eq!(counts.dropped_signal, count(1, 1));
    assert_eq!(counts.duplicated_signal, count(1, 1));
    assert_eq!(counts.reordered_signal, count(1, 1));
    assert_eq!(counts.late_signal.injected, 2);
    assert_eq!(counts.redelivered_signal, count(1, 1));
}

#[test]
fn queues_without_an_own_timeout_follow_the_profile() {
    let mut bench = Bench::new(ideal());
    bench.queue(
        "CreateQueue",
        r#"{"QueueName":"own","Attributes":{"VisibilityTimeout":"40"}}"#,
    );
    bench.queue("CreateQueue", r#"{"QueueName":"usual"}"#);
    let timeout = |bench: &mut Bench, name: &str| {
        let asked =
            format!(r#"{{"QueueUrl":"http://x/111122223333/{name}","AttributeNames":["All"]}}"#);
        let (_, answer) = bench.queue("GetQueueAttributes", &asked);
        answer["Attributes"]["VisibilityTimeout"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    bench.lay("[queue]\nvisibility_timeout = \"7s\"");
    assert_eq!(
        [timeout(&mut bench, "own"), timeout(&mut bench, "usual")],
        ["40", "7"]
    );
    bench.lay("");
    assert_eq!(
        [timeout(&mut bench, "own"), timeout(&mut bench, "usual")],
        ["40", "30"]
    );
}

#[test]
fn shorter_lives_end_older_tokens_for_good_and_revoked_access_is_granted_anew() {
    let mut bench = Bench::new(ideal());
    bench.subscribe("ORDER_CHANGE");
    bench.pass(600);
    bench.lay("[authorization]\ntoken_lifetime = \"10min\"");
    assert_eq!(bench.status(ITEM), 403);
    bench.pass(1);
    bench.lay("");
    assert_eq!(bench.status(ITEM), 403, "what has ended stays ended");
    assert_eq!(bench.amazon.fault_counts().early_token_expiry, count(2, 2));
    bench.log_in();
    assert_eq!(bench.status(ITEM), 200);
    bench.pass(1);
    bench.amazon.end_tokens(bench.now);
    let (status, refused) = bench.call("GET", ITEM, "");
    let told = &refused["errors"][0]["details"];
    assert_eq!(
        (status, told),
        (403, &"The access token you provided has expired.".into())
    );
    assert_eq!(bench.amazon.fault_counts().early_token_expiry, count(3, 3));
    bench.log_in();

    bench.amazon.revoke_access(bench.now);
    let (status, refused) = bench.call("GET", ITEM, "");
    assert_eq!(
        (status, &refused["errors"][0]["details"]),
        (
            403,
            &"The access token you provided is revoked, malformed or invalid.".into()
        )
    );
    let log_in = r#"{"grant_type":"refresh_token","refresh_token":"Atzr|sim-refresh","client_id":"amzn1.application-oa2-client.sim","client_secret":"amzn1.oa2-cs.v1.sim-secret"}"#;
    let (status, refused) = bench.call("POST", "/auth/o2/token", log_in);
    assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
    bench.amazon.grant_anew(bench.now);
    assert_eq!(bench.status(ITEM), 403, "old access tokens stay void");
    bench.log_in();
    assert_eq!(bench.status(ITEM), 200);

    bench.open_with(9);
    bench.facts.clear();
    assert_eq!(bench.amazon.subscriptions(), 1);
    assert_eq!(bench.amazon.drop_subscriptions(bench.now), 1);
    assert_eq!(bench.amazon.subscriptions(), 0);
    bench.drain();
    assert_eq!(
        bench.facts_of(),
        [Fact::SubscriptionRemoved {
            topic: "ORDER_CHANGE"
        }]
    );
    bench.order(1);
    assert!(bench.empty_queue("q1").is_empty());
    assert_eq!(
        bench.status("/notifications/v1/subscriptions/ORDER_CHANGE"),
        404
    );
}

#[test]
fn orders_wait_longer_show_later_and_restock_as_the_profile_in_force_has_it() {
    let mut bench = Bench::new(ideal());
    bench.open_with(10);
    let before = bench.order(1);
    bench.pass(1);
    bench.lay("[orders]\npending = [{ share = 1.0, hold = { fixed = \"5h\" } }]\nlist_lag = { fixed = \"2h\" }\nby_id_lag = { fixed = \"1h\" }\n[inventory]\nrestore_on_cancel = false");
    let held = bench.order(1);
    let listed = |bench: &mut Bench| {
        bench.get(ORDERS)["payload"]["Orders"]
            .as_array()
            .unwrap()
            .len()
    };
    let by_id = |bench: &mut Bench, order| {
        let id = bench.amazon.native_order_id(order);
        bench.status(&format!("/orders/v0/orders/{id}"))
    };
    bench.pass(1);
    assert_eq!(listed(&mut bench), 1);
    assert_eq!(
        (by_id(&mut bench, before), by_id(&mut bench, held)),
        (200, 404)
    );
    bench.lay("[inventory]\nrestore_on_cancel = false");
    assert_eq!(
        by_id(&mut bench, held),
        404,
        "its lag was drawn when it was placed"
    );
    bench.pass(3_600);
    bench.log_in();
    assert_eq!(by_id(&mut bench, held), 200);
    bench.amazon.cancel_by_buyer(bench.now, held);
    assert_eq!(bench.displayed(), 8, "no restock");
    bench.lay("");
    let counts = bench.amazon.fault_counts();
    assert_eq!(counts.hold, count(1, 1));
    assert_eq!(counts.changed_restock, count(1, 1));
    assert_eq!(counts.late_listing.injected, 1);
    let after = bench.order(1);
    assert_eq!(by_id(&mut bench, after), 200);
}
