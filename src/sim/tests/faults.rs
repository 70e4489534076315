//! Every kind of fault on a small shop that sells out: it fires, it is noticed, and `escrow` sells nothing twice.

use channel_mocks::core::Micros;

use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::scenario::model::{FaultFamily, FaultKind};
use crate::sim::{Outcome, Setup, run};
use crate::stage::faults::Counts;
use crate::world::ledger::{Entry, Recorder};

/// A few SKUs that are wanted more often than they are there.
const SHOP: &str = r#"
version = 1
name = "small-shop"
title = "Three platforms, few units"
start = "2026-11-27T00:00:00Z"
opening = "10min"
duration = "10min"
settle = "12h"

[[channel]]
name = "shop"
platform = "shopify"
profile = "shopify-plus"
share = 0.4

[[channel]]
name = "marketplace"
platform = "amazon"
profile = "amazon-default"
share = 0.3

[[channel]]
name = "video"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.3

[warehouse]
profile = "warehouse-default"
[[warehouse.location]]
code = "main"
share = 1.0

[catalogue]
skus = 3

[stock]
units = 25

[cancellations]
share = 0.1
delay = { fixed = "1min" }

[[demand.phase]]
shape = "constant"
lasts = "10min"
rate = "15/min"
"#;

#[derive(Default)]
pub(super) struct Sold {
    pub accepted: u32,
    pub oversold: u32,
}

impl Recorder for Sold {
    fn record(&mut self, _at: Micros, entry: &Entry) {
        if let Entry::Accepted {
            units,
            oversold_units,
            ..
        } = entry
        {
            self.accepted += units;
            self.oversold += oversold_units;
        }
    }
}

/// Values that make a kind fire here; the rest of a table is the same for all.
fn values(kind: FaultKind) -> &'static str {
    use FaultKind::*;
    match kind {
        Latency => "delay = { uniform = [\"1s\", \"4s\"] }\nprobability = 0.3",
        RequestLost | ReplyLost | Reset => "probability = 0.2",
        Partition => "from = \"2min\"\nfor = \"2min\"",
        RequestDuplicated => "calls = \"write\"\nevery = 2",
        Refused => "status = 429\nretry_after = \"2s\"\nprobability = 0.3",
        Outage => "from = \"2min\"\nfor = \"3min\"",
        SignInFails => "from = \"1s\"",
        SignalLost => "every = 2",
        SignalLate => "delay = { uniform = [\"5s\", \"60s\"] }",
        SignalDuplicated => "probability = 0.5",
        SignalReordered => "delay = { uniform = [\"0s\", \"90s\"] }",
        SignalBurst => "from = \"1min\"\nfor = \"3min\"",
        WrongSignature => "first = 3",
        FieldAdded => "probability = 0.5",
        _ => "",
    }
}

fn scenario_with(tables: &[String]) -> Scenario {
    toml::from_str(&format!("{SHOP}\n{}", tables.join("\n"))).unwrap()
}

fn table(kind: FaultKind) -> String {
    format!(
        "[[fault]]\nkind = \"{}\"\n{}\n",
        kind.describe().name,
        values(kind)
    )
}

fn play(scenario: &Scenario, seed: u64) -> (Outcome, Sold) {
    let mut sold = Sold::default();
    let setup = Setup::new(scenario, seed, Strategy::Escrow);
    let outcome = run(&setup, &mut sold, &mut |_| {}).unwrap();
    (outcome, sold)
}

/// Kinds whose strikes are decided on the messages between an engine and the systems.
fn strikes_messages(kind: &FaultKind) -> bool {
    use FaultKind::*;
    match kind.describe().family {
        FaultFamily::Network => true,
        FaultFamily::Signals => !matches!(kind, SubscriptionRemoved | QueueRedelivery),
        _ => matches!(kind, Refused | Outage),
    }
}

#[test]
fn faults_of_messages_fire_and_are_noticed_and_escrow_sells_nothing_twice() {
    let (plain, sold) = play(&scenario_with(&[]), 3);
    assert!(
        sold.accepted >= 70,
        "it nearly sells out: {}",
        sold.accepted
    );
    assert!(plain.faults.is_empty());
    let mut wrong = Vec::new();
    for kind in FaultKind::ALL.iter().copied().filter(strikes_messages) {
        let (outcome, sold) = play(&scenario_with(&[table(kind)]), 3);
        let [
            Counts {
                eligible,
                injected,
                noticed,
            },
        ] = outcome.faults[..]
        else {
            panic!("one fault, one row");
        };
        let fired = noticed > 0 && noticed <= injected && injected <= eligible;
        let moves_no_buyer = outcome.buyers_hash == plain.buyers_hash;
        let is_seen = outcome.trace_hash != plain.trace_hash;
        if !(fired && moves_no_buyer && is_seen && sold.oversold == 0) {
            wrong.push(format!(
                "{}: {eligible} / {injected} / {noticed}, {} oversold, buyers as before {moves_no_buyer}, in the trace {is_seen}",
                kind.describe().name,
                sold.oversold
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A fault whose window never opens changes nothing at all.
#[test]
fn a_fault_that_never_strikes_leaves_no_trace() {
    let (plain, _) = play(&scenario_with(&[]), 4);
    let never = "[[fault]]\nkind = \"refused\"\nstatus = 503\noperation = \"noSuchOperation\"\n";
    let (outcome, _) = play(&scenario_with(&[never.to_string()]), 4);
    assert_eq!(outcome.faults, [Counts::default()]);
    assert_eq!(outcome.trace_hash, plain.trace_hash);
}
