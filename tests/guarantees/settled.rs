//! When a mirror has settled: a platform puts the unit of an oversold order back on sale by itself, and a mirror that skips a count
//! which it takes to be on display finds that out with its next sweep, not before.

use oversell::engine::config::Strategy;
use oversell::measure::Verdict;

use crate::common::{parsed, play};

/// Two shops sell the one unit at the same moment. Both orders fall to a mirror's count of 0; the one that nothing is left for is
/// cancelled, and its shop shows 1 again.
const LAST_UNIT: &str = r#"
version = 1
name = "settled"
title = "The last unit, sold in two shops at the same moment"
start = "2026-11-18T12:00:00Z"
opening = "5min"
duration = "1min"
settle = "40min"
channel = [
    { name = "one", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.5 },
    { name = "two", platform = "tiktok_shop", profile = "tiktok-ideal", share = 0.5 },
]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 1 }
stock = { units = 1 }
demand = {}
happening = [
    { kind = "checkout", at = "30s", channel = "one", sku = 1, units = 1 },
    { kind = "checkout", at = "30s", channel = "two", sku = 1, units = 1 },
]
"#;

#[test]
fn a_mirror_has_settled_once_it_has_swept() {
    for (sweep_every, verdict) in [
        ("6h", Verdict::Violated),
        ("10min", Verdict::Holds),
        // It never looks again.
        ("0s", Verdict::Violated),
    ] {
        let text = format!("{LAST_UNIT}[strategy.mirror]\nsweep_every = \"{sweep_every}\"\n");
        let run = play(&parsed(&text), Strategy::Mirror, 1);
        assert_eq!(run.total().oversold_units, 1, "{sweep_every}");
        assert_eq!(run.verdict("converged"), (verdict, false), "{sweep_every}");
        let mut all = run.measured.guarantees.iter();
        let converged = all.find(|it| it.name == "converged").unwrap();
        if verdict == Verdict::Violated {
            let what = &converged.counter_example.as_ref().unwrap().what;
            assert!(what.starts_with("still open: 1 stale listing"), "{what}");
        }
    }
}
