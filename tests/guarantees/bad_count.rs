//! The warehouse's record jumps from twenty to two hundred without goods having come in: whoever guards against jumps shows it on
//! no channel for a day; whoever does not shows it on all.

use channel_mocks::core::Micros;
use oversell::engine;
use oversell::engine::config::Strategy;
use oversell::sim::Setup;
use oversell::world::ledger::Entry;

use crate::common::{Played, over_seeds, parsed, play_with};

/// A recount that lasts is believed after so long.
const HELD_FOR: Micros = Micros::from_secs(24 * 3_600);
/// The record jumps then, after an opening of half an hour.
const JUMPS_AT: Micros = Micros::from_secs(32 * 60);

/// Twenty units, of which the record says two hundred from the second minute on. A dozen are wanted on every channel soon
/// after, and one a day later.
fn recounted(guard: bool) -> String {
    let mut text = format!(
        r#"
extends = "last-unit"
name = "recounted"
title = "A count ten times as high"
description = "The record of twenty units says two hundred."
duration = "34h"

[stock]
units = 20

[strategy.mirror]
jump_guard = {guard}

[strategy.escrow]
jump_guard = {guard}

[[happening]]
kind = "recount"
at = "2min"
sku = 1
location = "main"
counted = 200
"#
    );
    for channel in ["web", "amazon", "tiktok"] {
        for at in ["61min"; 12].into_iter().chain(["33h"]) {
            text.push_str(&format!(
                "[[happening]]\nkind = \"checkout\"\nat = \"{at}\"\nchannel = \"{channel}\"\nsku = 1\nunits = 1\n"
            ));
        }
    }
    text
}

/// A run, and how many channels displayed more than twenty before the count had lasted.
fn play(strategy: Strategy, guard: bool, seed: u64) -> (Played, usize) {
    let scenario = parsed(&recounted(guard));
    let mut most = [0i64; 3];
    let run = play_with(
        &Setup::new(&scenario, seed, strategy),
        engine::build,
        |at, entry| {
            if let Entry::Displayed { channel, to, .. } = *entry
                && at < JUMPS_AT + HELD_FOR
            {
                let most = &mut most[usize::from(channel.0)];
                *most = to.max(*most);
            }
        },
    );
    (run, most.iter().filter(|units| **units > 20).count())
}

#[test]
fn a_count_that_jumps_reaches_no_channel_of_whoever_guards_against_it_before_it_has_lasted() {
    for strategy in [Strategy::Mirror, Strategy::Escrow] {
        for (run, reached) in over_seeds(4, |seed| play(strategy, true, seed)) {
            let (what, total) = (format!("{strategy:?}, seed {}", run.seed), run.total());
            assert_eq!(reached, 0, "{what}");
            if strategy == Strategy::Escrow {
                // Of the twenty, as many as could be moved to where they were wanted; a day later one for each channel.
                let bought = total.accepted_units;
                assert!((17..=23).contains(&bought), "{what}: {bought}");
            }
            assert!(run.outcome.converged, "{what}: {:?}", run.outcome.open);
        }
    }
}

#[test]
fn a_count_that_jumps_reaches_every_channel_of_a_mirror_that_believes_it() {
    for (run, reached) in over_seeds(4, |seed| play(Strategy::Mirror, false, seed)) {
        assert_eq!(reached, 3, "seed {}", run.seed);
        assert_eq!(run.total().accepted_units, 39, "seed {}", run.seed);
    }
}
