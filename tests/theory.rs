//! The simulator agrees with what can be calculated: closed forms for oversold units, waits and losses (docs/theory.md A2 to
//! A8) hold for runs of `scenarios/theory/*.toml` through the real run loop, byte-true calls included.
//!
//! The report's own prediction (`measure::prediction`), made from the delays that the ledger measured, is held to the same
//! closed forms, because it is only worth something if "known" means received.
//!
//! A mean must lie within four standard errors of its prediction; the number of runs makes one standard error about 1 % of
//! the mean where that is cheap (V1b: 670 runs), and is said where it is more. Seeds are fixed, so that a test that passes
//! will pass again.

use std::cell::RefCell;

use crate::common::{Played, Sample, over_seeds, parsed, play, play_with, scenario};
use channel_mocks::core::Cause;
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::scenario::{Scenario, builtin};
use oversell::sim::Setup;
use oversell::world::ledger::Entry;

/// One figure of the mirror over many seeds.
fn mirrored(scenario: &Scenario, runs: usize, figure: impl Fn(&Played) -> f64 + Sync) -> Sample {
    let values = over_seeds(runs, |seed| figure(&play(scenario, Strategy::Mirror, seed)));
    values.into_iter().collect()
}

/// What was oversold over many seeds, and what the report predicts for it from the delays that the ledger measured.
struct Both {
    measured: Sample,
    predicted: Sample,
}

fn both(scenario: &Scenario, runs: usize) -> Both {
    let values = over_seeds(runs, |seed| {
        let run = play(scenario, Strategy::Mirror, seed);
        let prediction = run.measured.prediction.as_ref();
        let predicted = prediction.expect("a mirror is predicted").oversold_units;
        (run.total().oversold_units as f64, predicted)
    });
    Both {
        measured: values.iter().map(|value| value.0).collect(),
        predicted: values.iter().map(|value| value.1).collect(),
    }
}

/// Asserts that both agree with the closed form: the engine's oversell, and the report's prediction of it.
#[track_caller]
fn agree_with(what: &str, scenario: &Scenario, runs: usize, closed_form: f64) -> Sample {
    let Both {
        measured,
        predicted,
    } = both(scenario, runs);
    measured.agrees_with(what, closed_form);
    predicted.agrees_with(&format!("{what}, as the report predicts it"), closed_form);
    measured
}

/// Asserts the part of runs in which something happens, within four standard errors of the predicted part.
#[track_caller]
fn happens_in(what: &str, predicted: f64, sample: &Sample, happened: impl Fn(f64) -> bool) {
    let runs = sample.values.len() as f64;
    let count = sample
        .values
        .iter()
        .filter(|value| happened(**value))
        .count();
    let (part, error) = (
        count as f64 / runs,
        (predicted * (1.0 - predicted) / runs).sqrt(),
    );
    let line = format!(
        "{what}: predicted in {predicted} of runs, measured {part:.4} +- {error:.4} over {runs}"
    );
    eprintln!("{line}");
    assert!((part - predicted).abs() <= 4.0 * error, "{line}");
}

// ---- V1 to V3: the delta mirror, E = Lam * sum p_j (1 - p_j)(a_j + b_j) ----

#[test]
fn v1a_two_channels() {
    let sample = agree_with("V1a", &scenario("theory/v1a"), 500, 5.0);
    sample.scatters_like("V1a", 0.53);
}

#[test]
fn v1b_three_channels() {
    let sample = agree_with("V1b", &scenario("theory/v1b"), 670, 10.0);
    sample.scatters_like("V1b", 0.667);
}

#[test]
fn v1c_four_times_the_delay() {
    let sample = agree_with("V1c", &scenario("theory/v1c"), 170, 40.0);
    sample.scatters_like("V1c", 0.667);
}

#[test]
fn v1d_five_channels() {
    let sample = agree_with("V1d", &scenario("theory/v1d"), 60, 200.0);
    sample.scatters_like("V1d", 0.8);
}

/// One standard error is about 4 % of the mean.
#[test]
fn v1e_fast_sync() {
    let sample = agree_with("V1e", &scenario("theory/v1e"), 1_000, 0.4);
    happens_in("V1e, nothing oversold", 0.65, &sample, |units| units == 0.0);
}

#[test]
fn v2_unequal_channels() {
    agree_with("V2", &scenario("theory/v2"), 380, 18.15);
}

#[test]
fn v3_stock_smaller_than_the_delay() {
    agree_with("V3", &scenario("theory/v3"), 150, 36.447);
    agree_with("V3b", &scenario("theory/v3b"), 310, 8.749);
}

// ---- V5: batches ----

/// One standard error is about 2.5 % of the mean, because the spread is so large.
#[test]
fn v5_batches() {
    let sample = agree_with("V5", &scenario("theory/v5"), 600, 10.0);
    sample.scatters_like("V5", 3.6);
}

// ---- V6: absolute writes, E = Lam * L - 1/k ----

/// A scenario with another delay `a` until the engine knows; `b` stays at 3 s.
fn known_after(base: &str, channels: &[&str], delay: &str) -> Scenario {
    let mut text = format!("extends = \"{base}\"\nname = \"delayed\"\n");
    let share = 1.0 / channels.len() as f64;
    for channel in channels {
        text.push_str(&format!(
            "[[channel]]\nname = \"{channel}\"\nshare = {share}\n\
             override = {{ webhooks = {{ latency = {{ fixed = \"{delay}\" }} }} }}\n"
        ));
    }
    parsed(&text)
}

/// One standard error is about 2 % of the mean.
#[test]
fn v6_absolute_writes_on_one_channel() {
    agree_with("V6, L = 5 s", &scenario("theory/v6"), 600, 4.0);
    let delayed = known_after("theory/v6", &["c1"], "17s");
    agree_with("V6, L = 20 s", &delayed, 300, 19.0);
}

#[test]
fn v6b_absolute_writes_on_three_channels() {
    let channels = ["c1", "c2", "c3"];
    let sample = agree_with("V6b, L = 5 s", &scenario("theory/v6b"), 500, 14.67);
    sample.scatters_like("V6b, L = 5 s", 1.0);
    let delayed = known_after("theory/v6b", &channels, "17s");
    agree_with("V6b, L = 20 s", &delayed, 170, 59.67);
    let delayed = known_after("theory/v6b", &channels, "47s");
    agree_with("V6b, L = 50 s", &delayed, 70, 149.67);
}

// ---- V7: a buffer ----

/// Overselling is rare here: one standard error is 40 % of the probability, and 2 % of the units unsold.
#[test]
fn v7_a_buffer() {
    let scenario = scenario("theory/v7");
    // What was sold of the 200 units, less them: above zero oversold, below zero unsold.
    let sample = mirrored(&scenario, 600, |run| {
        let total = run.total();
        let beyond = total.accepted_units as f64 - 200.0;
        assert_eq!(beyond.max(0.0), total.oversold_units as f64);
        beyond
    });
    // (O - 16)+ of an O with mean 10 and variance 6.67 has a mean of .005, less than one unit in a hundred runs.
    let predicted = mirrored(&scenario, 600, |run| {
        run.measured.prediction.as_ref().unwrap().oversold_units
    });
    assert!(
        predicted.mean() < 0.02,
        "V7, as the report predicts it: {predicted}"
    );
    happens_in("V7, oversold", 0.01, &sample, |beyond| beyond > 0.0);
    let unsold: Sample = sample
        .values
        .iter()
        .map(|beyond| (-beyond).max(0.0))
        .collect();
    unsold.agrees_with("V7, unsold", 6.0);
}

/// V6b with units held back that are worked out as it goes: the mirror learns the rate from the sales before, and 5 s from what
/// they and its writes took. The 200 units are gone after a minute, when an average over minutes has seen but a part of the rate:
/// more runs oversell than the 1 in 100 that is meant, by a tenth of the 14.67 units that are oversold without it.
#[test]
fn v7_a_dynamic_buffer() {
    let text = "extends = \"theory/v6b\"\nname = \"dynamic\"\n\
                [strategy.mirror]\nbuffer = { dynamic = \"99%\" }\n";
    let sample = mirrored(&parsed(text), 100, |run| {
        let total = run.total();
        let beyond = total.accepted_units as f64 - 200.0;
        assert_eq!(beyond.max(0.0), total.oversold_units as f64);
        beyond
    });
    let oversold: Sample = sample.values.iter().map(|beyond| beyond.max(0.0)).collect();
    let broken = sample.values.iter().filter(|beyond| **beyond > 0.0).count();
    eprintln!(
        "V7, a dynamic buffer: {broken} of 100 runs oversold, {oversold}; beyond the stock {sample}"
    );
    assert!(broken <= 45, "{broken} of 100 runs");
    assert!(oversold.mean() < 2.0, "{oversold}");
    assert!(sample.mean() > -20.0, "{sample}");
}

// ---- V8: standing quotas ----

/// What quotas lose is known for each run exactly, so that the two means only confirm demand: one standard error is 4 %.
#[test]
fn v8_standing_quotas() {
    let scenario = scenario("theory/v8");
    let runs = over_seeds(400, |seed| {
        let run = play(&scenario, Strategy::Escrow, seed);
        assert_eq!(run.total().oversold_units, 0, "seed {seed}");
        let over_quota = run.measured.channels.iter();
        let over_quota = over_quota.map(|(_, own)| own.offered_units.saturating_sub(100));
        assert_eq!(run.refused_units(), over_quota.sum::<u64>(), "seed {seed}");
        let over_pool = run.total().offered_units.saturating_sub(300);
        (run.refused_units() as f64, over_pool as f64)
    });
    let lost: Sample = runs.iter().map(|run| run.0).collect();
    lost.agrees_with("V8, lost with quotas", 11.958);
    let pooled: Sample = runs.iter().map(|run| run.1).collect();
    pooled.agrees_with("V8, lost with one pool", 6.91);
}

// ---- V9, V10: call budgets ----

/// The law is exact for a run without an end; the queue's first filling and last emptying take about 1 % off the mean.
#[test]
fn v9c_a_coalescing_queue() {
    let scenario = scenario("theory/v9c");
    let sample = mirrored(&scenario, 4, |run| {
        assert_eq!(run.total().throttled_share, Some(0.0));
        run.channel("receiver").publish_wait_s.mean.unwrap()
    });
    let line = format!("V9c: predicted 40 s, measured {sample}");
    eprintln!("{line}");
    assert!((sample.mean() / 40.0 - 1.0).abs() <= 0.02, "{line}");
}

#[test]
fn v10_a_token_bucket() {
    let scenario = scenario("theory/v10");
    let live_at = RefCell::new(Vec::new());
    let run = play_with(
        &Setup::new(&scenario, 1, Strategy::Mirror),
        engine::build,
        |at, entry| {
            if let Entry::Displayed {
                from,
                to,
                cause: Cause::Write { .. },
                ..
            } = entry
            {
                assert_eq!((*from, *to), (0, 10));
                live_at.borrow_mut().push(at.as_secs_f64());
            }
        },
    );
    assert_eq!(
        run.total().throttled_share,
        Some(0.0),
        "the engine kept to its budget"
    );
    let sample: Sample = live_at.into_inner().into_iter().collect();
    let last = sample.values.iter().copied().fold(0.0, f64::max);
    eprintln!(
        "V10: last predicted 480 s, measured {last:.3} s; mean predicted 230.64 s, measured {:.3} s",
        sample.mean()
    );
    assert_eq!(sample.values.len(), 1_000);
    assert!((last - 480.0).abs() < 0.1, "{last}");
    assert!((sample.mean() - 230.64).abs() < 0.1, "{}", sample.mean());
}

// ---- V13: demand that dies away ----

#[test]
fn v13_decaying_demand() {
    agree_with("V13", &scenario("theory/v13"), 200, 32.36);
}

// ---- V15: one channel alone ----

#[test]
fn v15_one_channel_alone() {
    let Both {
        measured,
        predicted,
    } = both(&scenario("theory/v15"), 300);
    for sample in [measured, predicted] {
        assert_eq!(sample.values.iter().copied().fold(0.0, f64::max), 0.0);
    }
}

// ---- V17: conservation ----

/// Every unit that was accepted was shipped, cancelled, or is still waited for, and every unit that came is accounted for.
/// (A run also checks this itself, per SKU, and has no outcome when it is broken.)
#[track_caller]
fn conserved(run: &Played, name: &str) {
    let sums = run.outcome.conservation;
    let what = format!("{name}, {}, seed {}", run.measured.subject.name(), run.seed);
    assert_eq!(
        sums.accepted,
        sums.shipped + sums.cancelled + sums.open,
        "{what}"
    );
    assert_eq!(sums.accepted, run.total().accepted_units as i64, "{what}");
    let stock = sums.warehouse;
    let came = stock.opening + stock.received + stock.returned + stock.recount_gains;
    assert_eq!(
        came,
        stock.on_hand + stock.shipped + stock.damaged + stock.recount_losses,
        "{what}"
    );
    assert_eq!(stock.shipped, sums.shipped + sums.shipped_beyond, "{what}");
    let total = run.total();
    assert!(
        total.oversold_units <= total.accepted_units && total.accepted_units <= total.offered_units,
        "{what}"
    );
}

#[test]
fn v17_conservation() {
    let theory: Vec<&str> = builtin::names()
        .filter(|name| name.starts_with("theory/"))
        .collect();
    assert!(theory.len() >= 17, "all theory scenarios are built in");
    over_seeds(theory.len(), |number| {
        let name = theory[number as usize - 1];
        let scenario = scenario(name);
        for strategy in &scenario.strategies {
            conserved(&play(&scenario, *strategy, number), name);
        }
    });
    for name in ["last-unit", "re-inflation", "flash-sale-10min"] {
        let scenario = scenario(name);
        over_seeds(4, |seed| {
            for strategy in Strategy::ALL {
                conserved(&play(&scenario, strategy, seed), name);
            }
        });
    }
}
