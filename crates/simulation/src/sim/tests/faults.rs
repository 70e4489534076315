//! Every kind of fault on a small shop that sells out: it fires, it is noticed, and `escrow` sells nothing twice.

use channel_mocks::core::{CallOutcome, Micros};

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

[[happening]]
kind = "receive"
at = "3min"
sku = 2
location = "main"
units = 4

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
        SignInFails => "from = \"1s\"\n[[fault]]\nkind = \"token_expired\"\nfrom = \"2min\"",
        SignalLost => "every = 2",
        SignalLate => "delay = { uniform = [\"5s\", \"60s\"] }",
        SignalDuplicated => "probability = 0.5",
        SignalReordered => "delay = { uniform = [\"0s\", \"90s\"] }",
        SignalBurst => "from = \"1min\"\nfor = \"3min\"",
        WrongSignature => "first = 3",
        LimitsCut => "factor = 0.02",
        TokenExpired | SubscriptionRemoved => "from = \"2min\"",
        AccessRevoked => "from = \"2min\"\nfor = \"2min\"",
        WritesLate | WritesUnordered => "delay = { uniform = [\"5s\", \"20s\"] }",
        WritesStuck => "probability = 0.2",
        ReadsStale => "delay = { fixed = \"30s\" }",
        FeedLate => "delay = { fixed = \"90s\" }",
        BatchFailsInPart => "channel = \"video\"",
        OrdersHeld => "channel = \"video\"\ndelay = { fixed = \"3h\" }",
        RestockOnCancel => "channel = \"video\"\nrestocks = false",
        QueueRedelivery => "channel = \"marketplace\"\nprobability = 0.5",
        FieldAdded => "probability = 0.5",
        FieldRemoved | FieldNull | EnumValueAdded | WrappedInList => {
            "channel = \"video\"\nfield = \"status\"\nprobability = 0.2"
        }
        FieldRenamed | FieldMoved => {
            "channel = \"video\"\nfield = \"status\"\nto = \"state\"\nprobability = 0.5"
        }
        NumberAsText => "channel = \"video\"\nfield = \"create_time\"",
        VersionSunset => "channel = \"video\"\noperation = \"orders/search\"\nfor = \"4min\"",
        BadCount => {
            "channel = \"warehouse\"\nfactor = 3.0\nsku = 1\nfrom = \"1min\"\nfor = \"3min\""
        }
        ReceiptTwice => "channel = \"warehouse\"\nfrom = \"1min\"\nfor = \"5min\"",
        ForeignWriter => "channel = \"shop\"\ndelay = { fixed = \"30s\" }",
        SecondEngine => "from = \"1min\"\nfor = \"3min\"",
        Crash => "restart_after = \"5s\"\nevery = 50",
        SlowEngine => "delay = { fixed = \"200ms\" }",
        ClockJump => "behind = \"1s\"\nevery = 60\nfrom = \"2min\"\nfor = \"4min\"",
        ClockSkew => "ahead = \"20s\"\nfrom = \"2min\"\nfor = \"2min\"",
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

/// Kinds that take away what escrow's promise rests on (docs/theory.md A5): counts that somebody gets wrong, another engine
/// with the same credentials, and units that a platform does not put back as it is believed to.
fn breaks_an_assumption(kind: FaultKind) -> bool {
    use FaultKind::*;
    kind.describe().family == FaultFamily::People || kind == RestockOnCancel
}

#[test]
fn every_kind_fires_and_is_noticed_and_escrow_sells_nothing_twice() {
    let (plain, sold) = play(&scenario_with(&[]), 3);
    assert!(
        sold.accepted >= 70,
        "it nearly sells out: {}",
        sold.accepted
    );
    assert!(plain.faults.is_empty());
    let mut wrong = Vec::new();
    for kind in FaultKind::ALL.iter().copied() {
        let (outcome, sold) = play(&scenario_with(&[table(kind)]), 3);
        let [
            Counts {
                eligible,
                injected,
                noticed,
            },
            ..,
        ] = outcome.faults[..]
        else {
            panic!("no row");
        };
        let fired = noticed > 0 && noticed <= injected && injected <= eligible;
        let moves_no_buyer = outcome.buyers_hash == plain.buyers_hash;
        let is_seen = outcome.trace_hash != plain.trace_hash;
        if !(fired
            && moves_no_buyer
            && is_seen
            && (sold.oversold == 0 || breaks_an_assumption(kind)))
        {
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
    let never = "[[fault]]\nkind = \"refused\"\nstatus = 503\noperation = \"ordersCount\"\n";
    let (outcome, _) = play(&scenario_with(&[never.to_string()]), 4);
    assert_eq!(outcome.faults, [Counts::default()]);
    assert_eq!(outcome.trace_hash, plain.trace_hash);
}

/// One seed is one run under many faults as well, on any machine.
#[test]
fn a_run_under_many_faults_has_one_trace() {
    let many = [
        "[[fault]]\nkind = \"latency\"\nchannel = \"shop\"\nprobability = 0.2\ndelay = { uniform = [\"0s\", \"3s\"] }\n",
        "[[fault]]\nkind = \"refused\"\nchannel = \"marketplace\"\nstatus = 503\nprobability = 0.1\n",
        "[[fault]]\nkind = \"signal_reordered\"\nchannel = \"video\"\ndelay = { uniform = [\"0s\", \"60s\"] }\n",
        "[[fault]]\nkind = \"number_as_text\"\nchannel = \"video\"\nfield = \"create_time\"\nprobability = 0.5\n",
        "[[fault]]\nkind = \"foreign_writer\"\nchannel = \"shop\"\nsku = 1\ndelay = { fixed = \"60s\" }\n",
    ];
    let (outcome, _) = play(&scenario_with(&many.map(str::to_string)), 9);
    assert!(
        outcome.faults.iter().all(|counts| counts.fired()),
        "{:?}",
        outcome.faults
    );
    assert_eq!(format!("{:016x}", outcome.trace_hash), "b94bb245ac03131e");
}

/// What is laid over the warehouse is counted there as on the channels.
#[test]
fn a_limit_cut_in_the_warehouse_is_counted_and_noticed() {
    let cut = "[[fault]]\nkind = \"limits_cut\"\nchannel = \"warehouse\"\nfactor = 0.0005\n";
    let (outcome, _) = play(&scenario_with(&[cut.to_string()]), 4);
    let [counts] = outcome.faults[..] else {
        panic!("{:?}", outcome.faults)
    };
    assert!(counts.noticed > 0 && counts.noticed < counts.injected);
    assert_eq!(counts.injected, counts.eligible);
}

/// Whoever is gone for days is back when the last buyer has come, as every fault heals then.
#[test]
fn an_engine_that_would_be_gone_beyond_the_run_comes_back_and_settles() {
    for table in [
        "[[fault]]\nkind = \"crash\"\nfirst = 1\nfrom = \"3min\"\nrestart_after = \"9d\"\n",
        "[[fault]]\nkind = \"slow_engine\"\nfirst = 1\nfrom = \"3min\"\ndelay = { fixed = \"9d\" }\n",
    ] {
        let (outcome, sold) = play(&scenario_with(&[table.to_string()]), 5);
        assert_eq!(outcome.faults[0].injected, 1, "{table}");
        assert!(outcome.converged, "{table}: {:?}", outcome.open);
        assert!(sold.accepted > 0);
    }
}

/// Every wrong count is noticed once, however often it is read before somebody writes over it.
#[test]
fn no_more_is_noticed_than_was_struck() {
    for seed in 1..=4 {
        for factor in ["0.0", "3.0"] {
            let table = format!(
                "[[fault]]\nkind = \"bad_count\"\nfactor = {factor}\nfrom = \"1min\"\nfor = \"4min\"\n"
            );
            let (outcome, _) = play(&scenario_with(&[table]), seed);
            let [counts] = outcome.faults[..] else {
                panic!("{:?}", outcome.faults)
            };
            assert!(
                counts.noticed > 0 && counts.noticed <= counts.injected,
                "{counts:?}"
            );
        }
    }
}

/// Calls by how they ended: served, refused for a limit, refused for another reason; and reads that showed old counts, by channel.
#[derive(Default)]
struct Calls {
    served: u64,
    throttled: u64,
    refused: u64,
    stale: std::collections::BTreeSet<u16>,
}

impl Recorder for Calls {
    fn record(&mut self, _at: Micros, entry: &Entry) {
        match entry {
            Entry::Call { outcome, .. } => match outcome {
                CallOutcome::Served => self.served += 1,
                CallOutcome::Throttled => self.throttled += 1,
                CallOutcome::Refused => self.refused += 1,
            },
            Entry::ReadStale { channel, .. } => {
                self.stale.insert(channel.0);
            }
            _ => {}
        }
    }
}

fn calls(table: &str, seed: u64) -> (Outcome, Calls) {
    let mut calls = Calls::default();
    let scenario = scenario_with(&[table.to_string()]);
    let setup = Setup::new(&scenario, seed, Strategy::Escrow);
    let outcome = run(&setup, &mut calls, &mut |_| {}).unwrap();
    (outcome, calls)
}

/// What a fault refuses in a system's place is a call that was refused, and none that a limit refused.
#[test]
fn calls_that_a_fault_refuses_are_counted_as_refused() {
    let plain = calls("", 6).1.refused;
    for table in [
        "[[fault]]\nkind = \"refused\"\nstatus = 429\nprobability = 0.25\n",
        "[[fault]]\nkind = \"refused\"\nchannel = \"warehouse\"\nstatus = 503\nprobability = 0.5\n",
        "[[fault]]\nkind = \"sign_in_fails\"\nfrom = \"1s\"\n[[fault]]\nkind = \"token_expired\"\nfrom = \"4min\"\n",
    ] {
        let (outcome, calls) = calls(table, 6);
        let struck = outcome.faults[0].injected;
        assert!(
            struck > plain && calls.refused >= struck,
            "{table}: {} of {struck}",
            calls.refused
        );
        assert!(calls.served > 0 && calls.throttled == 0, "{table}");
    }
    // What never arrives is no call of the system's.
    let table = "[[fault]]\nkind = \"request_lost\"\nfrom = \"1min\"\nprobability = 1.0\n";
    let (outcome, calls) = calls(table, 6);
    let lost = outcome.faults[0].injected;
    assert!(
        lost > 20 && calls.refused < lost / 2,
        "{} of {lost}",
        calls.refused
    );
}

#[test]
fn reads_that_showed_old_counts_are_in_the_ledger() {
    let (outcome, calls) = calls(
        "[[fault]]\nkind = \"reads_stale\"\ndelay = { fixed = \"4min\" }\n",
        3,
    );
    assert!(outcome.faults[0].injected > 0);
    assert!(!calls.stale.is_empty());
    let (_, calls) = self::calls("", 3);
    assert!(calls.stale.is_empty());
}
