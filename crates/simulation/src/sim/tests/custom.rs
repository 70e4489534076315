//! Whole runs with a custom channel, the generic second side.

use super::faults::Sold;
use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::model::FaultKind;
use crate::sim::{Outcome, Setup, run};

/// Few units on two channels of which one is custom, with delays that the profile does not have by itself.
const SHOP: &str = r#"
version = 1
name = "custom"
title = "A custom channel and another"
start = "2026-11-27T00:00:00Z"
opening = "10min"
duration = "10min"
settle = "1h"
catalogue = { skus = 6 }
stock = { units = 15 }
demand = { phase = [{ shape = "constant", lasts = "10min", rate = "30/min" }] }

[[channel]]
name = "shop"
platform = "tiktok_shop"
profile = "tiktok-ideal"
share = 0.4

[[channel]]
name = "own"
platform = "custom"
profile = "custom-ideal"
share = 0.6
poll_orders_every = "60s"
override = { orders = { list_lag = { uniform = ["0s", "10s"] } }, inventory = { write_to_live = { uniform = ["0s", "20s"] } }, limits = { calls_per_second = 1000.0, burst = 1000.0 } }

[warehouse]
profile = "warehouse-ideal"
location = [{ code = "main", share = 1.0 }]

[cancellations]
share = 0.1
delay = { uniform = ["10s", "2min"] }
"#;

/// Every kind that a custom channel can have, but those by which people break what escrow's promise rests on.
const FAULTS: &[&str] = &[
    "kind = \"latency\"\ndelay = { uniform = [\"1s\", \"4s\"] }\nprobability = 0.3",
    "kind = \"request_lost\"\nprobability = 0.2",
    "kind = \"reply_lost\"\nprobability = 0.2",
    "kind = \"reset\"\nprobability = 0.2",
    "kind = \"partition\"\nfrom = \"2min\"\nfor = \"2min\"",
    "kind = \"request_duplicated\"\ncalls = \"write\"\nevery = 2",
    "kind = \"refused\"\nstatus = 429\nretry_after = \"2s\"\nprobability = 0.3",
    "kind = \"refused\"\nstatus = 503\noperation = \"setQuantity\"\nprobability = 0.5",
    "kind = \"outage\"\nfrom = \"2min\"\nfor = \"3min\"",
    "kind = \"limits_cut\"\nfactor = 0.0001",
    "kind = \"sign_in_fails\"\nfrom = \"1s\"\n[[fault]]\nkind = \"access_revoked\"\nchannel = \"own\"\nfrom = \"2min\"\nfor = \"1min\"",
    "kind = \"access_revoked\"\nfrom = \"2min\"\nfor = \"2min\"",
    "kind = \"writes_late\"\ndelay = { uniform = [\"25s\", \"40s\"] }",
    "kind = \"writes_unordered\"\ndelay = { uniform = [\"25s\", \"1min\"] }",
    "kind = \"writes_stuck\"\nprobability = 0.2",
    "kind = \"reads_stale\"\ndelay = { fixed = \"30s\" }",
    "kind = \"feed_late\"\ndelay = { fixed = \"90s\" }",
    "kind = \"orders_held\"\ndelay = { fixed = \"20min\" }\nprobability = 0.5",
    "kind = \"signal_lost\"\nevery = 2",
    "kind = \"signal_late\"\ndelay = { uniform = [\"5s\", \"60s\"] }",
    "kind = \"signal_duplicated\"\nprobability = 0.5",
    "kind = \"signal_reordered\"\ndelay = { uniform = [\"0s\", \"90s\"] }",
    "kind = \"signal_burst\"\nfrom = \"1min\"\nfor = \"3min\"",
    "kind = \"subscription_removed\"\nfrom = \"2min\"",
    "kind = \"wrong_signature\"\nfirst = 3",
    "kind = \"field_added\"\nprobability = 0.5",
    "kind = \"field_removed\"\nfield = \"status\"\nprobability = 0.2",
    "kind = \"field_null\"\nfield = \"updated_at\"\nprobability = 0.2",
    "kind = \"field_renamed\"\nfield = \"sku\"\nto = \"seller_sku\"\nprobability = 0.2",
    "kind = \"field_moved\"\nfield = \"status\"\nto = \"state\"\nprobability = 0.2",
    "kind = \"number_as_text\"\nfield = \"quantity\"\nprobability = 0.5",
    "kind = \"enum_value_added\"\nfield = \"status\"\nprobability = 0.2",
    "kind = \"wrapped_in_list\"\nfield = \"lines\"\nprobability = 0.2",
    "kind = \"version_sunset\"\noperation = \"listOrders\"\nfrom = \"1min\"\nfor = \"4min\"",
];

fn play(scenario: &Scenario, seed: u64, strategy: Strategy) -> (Outcome, Sold) {
    let mut sold = Sold::default();
    let setup = Setup::new(scenario, seed, strategy);
    let outcome = run(&setup, &mut sold, &mut |_| {})
        .unwrap_or_else(|error| panic!("{} {seed}: {error}", strategy.name()));
    (outcome, sold)
}

#[test]
fn every_fault_fires_on_a_custom_channel_and_escrow_sells_nothing_twice() {
    let scenario = |fault: &str| -> Scenario {
        let text = format!("{SHOP}\n[[fault]]\nchannel = \"own\"\n{fault}\n");
        let parsed = Scenario::parse("custom.toml", &text);
        parsed
            .unwrap_or_else(|error| panic!("{fault}: {error}"))
            .scenario
    };
    let mut wrong = Vec::new();
    let mut kinds: Vec<FaultKind> = Vec::new();
    for fault in FAULTS {
        let scenario = scenario(fault);
        kinds.extend(scenario.faults.iter().map(|it| it.kind));
        let (outcome, sold) = play(&scenario, 3, Strategy::Escrow);
        let fired = outcome.faults.iter().all(|counts| counts.fired());
        // Nor does any make the engine call without pause: the window is minutes long.
        let hammers = outcome.faults.iter().any(|it| it.eligible > 400);
        if !fired || hammers || sold.oversold > 0 || sold.accepted < 70 {
            let counts = &outcome.faults;
            wrong.push(format!(
                "{fault}: {counts:?} {} {}",
                sold.accepted, sold.oversold
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    kinds.sort();
    kinds.dedup();
    assert!(kinds.len() >= 32, "{kinds:?}");
}
