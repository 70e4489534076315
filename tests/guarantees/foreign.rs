//! Somebody edits a count in a platform's admin: it is noticed, taken back, and costs no more than was sold before that.

use channel_mocks::core::{Cause, Micros};
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::measure::Verdict;
use oversell::sim::Setup;
use oversell::world::ledger::Entry;

use crate::common::{Played, over_seeds, parsed, play_with};

/// The platforms, with the longest time from a write's acceptance to its being live.
const CHANNELS: [(&str, Micros); 3] = [
    ("web", Micros::ZERO),
    ("amazon", Micros::from_secs(3_600)),
    ("tiktok", Micros::from_secs(600)),
];
/// Every listing is read so often, whatever the platforms tell.
const READ_BACK_PERIOD: Micros = Micros::from_secs(600);
/// A count that cancellations might explain is looked at twice, so long apart.
const NEWS_GRACE: Micros = Micros::from_secs(120);
/// When somebody buys again, which makes a mirror write anew: after the sweep's writes are live everywhere.
const NEXT_SALE: Micros = Micros::from_secs(8 * 3_600);
/// Readings, writes and what waits before them on their way.
const CALLS: Micros = Micros::from_secs(120);

/// Ten units on three channels; the count of one is edited, and buyers take so many units there at once. Much later somebody
/// wants two units on every channel.
fn edited(channel: &str, units: u32, bought: u32) -> String {
    let checkout = |at: &str, channel: &str, units: u32| {
        format!(
            "[[happening]]\nkind = \"checkout\"\nat = \"{at}\"\nchannel = \"{channel}\"\nsku = 1\nunits = {units}\n"
        )
    };
    let mut text = format!(
        r#"
extends = "last-unit"
name = "edited"
title = "A count edited by hand"
description = "Somebody edits one listing where ten units are left."
duration = "9h"

[stock]
units = 10

[[happening]]
kind = "edit"
at = "2min"
channel = "{channel}"
sku = 1
units = {units}
"#
    );
    if bought > 0 {
        text.push_str(&checkout("121s", channel, bought));
    }
    for (other, _) in CHANNELS {
        text.push_str(&checkout("8h", other, 2));
    }
    text
}

/// A run, and how long after the edit the channels displayed more than there was: quotas for the last time, the copies of a
/// mirror for the first, since each later sale makes them stale for a moment.
fn play(channel: &str, units: u32, bought: u32, strategy: Strategy, seed: u64) -> (Played, Micros) {
    play_text(&edited(channel, units, bought), strategy, seed)
}

fn play_text(text: &str, strategy: Strategy, seed: u64) -> (Played, Micros) {
    let scenario = parsed(text);
    let mut displayed = [0i64; 3];
    let (mut edited_at, mut corrected_at) = (None, None);
    let run = play_with(
        &Setup::new(&scenario, seed, strategy),
        engine::build,
        |at, entry| {
            let Entry::Displayed {
                channel,
                to,
                sellable,
                cause,
                ..
            } = *entry
            else {
                return;
            };
            displayed[usize::from(channel.0)] = to.max(0);
            if cause == Cause::Edit {
                edited_at = Some(at);
            }
            let is_copy = strategy == Strategy::Mirror;
            let most = if is_copy {
                displayed.iter().copied().max().unwrap_or(0)
            } else {
                displayed.iter().sum()
            };
            if most > sellable.max(0) {
                corrected_at = corrected_at.filter(|_| is_copy);
            } else if edited_at.is_some() {
                corrected_at.get_or_insert(at);
            }
        },
    );
    let edited_at = edited_at.expect("the count is edited");
    let corrected_at = corrected_at.expect("no more is displayed at the end than there is");
    (run, corrected_at.since(edited_at))
}

#[test]
fn an_edit_by_hand_is_noticed_and_taken_back() {
    for (channel, live) in CHANNELS {
        // Nobody buys; what is bought leaves some; more is bought than there is.
        for (bought, oversold) in [(0, 0), (9, 0), (16, 6)] {
            let what = format!("{channel}, {bought} bought at once");
            for (run, corrected) in
                over_seeds(4, |seed| play(channel, 50, bought, Strategy::Escrow, seed))
            {
                let total = run.total();
                assert_eq!(total.oversold_units, oversold, "{what}, seed {}", run.seed);
                assert!(run.outcome.converged, "{what}: {:?}", run.outcome.open);
                assert_eq!(run.verdict("converged").0, Verdict::Holds, "{what}");
                let bound = READ_BACK_PERIOD + NEWS_GRACE + live + CALLS;
                assert!(corrected <= bound, "{what}: {corrected} of {bound}");
                if bought == 0 {
                    assert_eq!(
                        total.accepted_units, 6,
                        "{what}: every later buyer is served"
                    );
                }
            }
        }
    }
}

#[test]
fn units_that_an_edit_took_off_sale_are_sold_all_the_same() {
    for (channel, _) in CHANNELS {
        for (run, _) in over_seeds(4, |seed| play(channel, 0, 0, Strategy::Escrow, seed)) {
            let total = run.total();
            assert_eq!(
                (total.accepted_units, total.oversold_units),
                (6, 0),
                "{channel}, seed {}",
                run.seed
            );
        }
    }
}

#[test]
fn the_sweep_of_a_mirror_corrects_an_edit_by_hand_and_nothing_else_does() {
    let sweep = Micros::from_secs(6 * 3_600);
    for (channel, live) in CHANNELS {
        let text = edited(channel, 50, 0);
        let (run, corrected) = play_text(&text, Strategy::Mirror, 1);
        assert!(run.outcome.converged, "{channel}: {:?}", run.outcome.open);
        assert!(corrected <= sweep + live + CALLS, "{channel}: {corrected}");
        let without = text + "\n[strategy.mirror]\nsweep_every = \"0s\"\n";
        let (_, corrected) = play_text(&without, Strategy::Mirror, 1);
        let until_the_sale = NEXT_SALE.since(Micros::from_secs(120));
        assert!(corrected >= until_the_sale, "{channel}: {corrected}");
    }
}
