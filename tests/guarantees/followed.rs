//! Webhooks that a real engine acknowledges are followed to their orders' end.

use std::collections::BTreeMap;

use crate::common::{play_with, scenario};
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::measure::Verdict;
use oversell::sim::Setup;
use oversell::world::ledger::Entry;

#[test]
fn acknowledged_webhooks_are_followed_where_platforms_have_them() {
    let scenario = scenario("flash-sale-10min");
    let mut acknowledged = BTreeMap::new();
    let mut lost = 0;
    let setup = Setup::new(&scenario, 1, Strategy::Escrow);
    let run = play_with(&setup, engine::build, |_, entry| match entry {
        Entry::OrdersFollowed {
            channel,
            acknowledged: orders,
            altered,
        } => {
            assert_eq!(*altered, 0, "nothing alters a payload here");
            acknowledged.insert(channel.0, *orders);
        }
        Entry::FollowedOrderLost { .. } => lost += 1,
        _ => {}
    });
    let sold = |name: &str| run.channel(name).accepted_orders;
    let [web, amazon, tiktok] = [0, 1, 2].map(|it| acknowledged.get(&it).copied());
    // Now and then a webhook is lost, and the order comes by the feed.
    assert!(web.unwrap() * 10 >= sold("web") * 9, "{web:?}");
    assert!(tiktok.unwrap() * 10 >= sold("tiktok") * 9, "{tiktok:?}");
    assert_eq!(amazon, None, "a queue is no webhook");
    assert_eq!(lost, 0);
    let never_crashed = run.verdict("acknowledged_webhooks_survive");
    assert_eq!(never_crashed, (Verdict::Unknown, true));
}
