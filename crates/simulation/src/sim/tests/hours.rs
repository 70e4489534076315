//! Channels that open and close while the run goes on, with every built-in engine.

use channel_mocks::core::Micros;

use crate::engine::config::Strategy;
use crate::scenario::Scenario;
use crate::sim::{Setup, run};
use crate::world::ChannelIndex;
use crate::world::ledger::{Entry, Recorder};

/// One channel throughout, one that opens after twenty minutes, one that closes after forty; units for two thirds of the buyers.
const SCENARIO: &str = r#"
version = 1
name = "hours"
title = "A launch and a farewell"
start = "2026-11-18T12:00:00Z"
opening = "20min"
duration = "1h"
settle = "6h"

[[channel]]
name = "web"
platform = "shopify"
profile = "shopify-plus"
share = 0.4

[[channel]]
name = "new"
platform = "tiktok_shop"
profile = "tiktok-default"
share = 0.3
opens_at = "20min"

[[channel]]
name = "old"
platform = "amazon"
profile = "amazon-ideal"
share = 0.3
closes_at = "40min"

[warehouse]
profile = "warehouse-default"
[[warehouse.location]]
code = "main"
share = 1.0

[catalogue]
skus = 12

[stock]
cover = 0.66

[demand]
[[demand.phase]]
shape = "constant"
lasts = "1h"
rate = "40/min"

[strategy.spreadsheet]
every = "30min"
"#;

const NEW: ChannelIndex = ChannelIndex(1);
const OLD: ChannelIndex = ChannelIndex(2);

/// What a run is asked afterwards.
#[derive(Default)]
struct Notes {
    oversold: u32,
    sold: [u32; 3],
    /// First and last sale, by channel.
    first_last: [Option<(Micros, Micros)>; 3],
    displayed: [[i64; 12]; 3],
    /// When the new channel first showed something.
    first_shown: Option<Micros>,
    /// The most that one SKU has shown on all channels together, over what could be sold.
    most_over: i64,
    hours: Vec<(Micros, ChannelIndex, bool)>,
    left_on_old_at_closing: i64,
    converged: bool,
}

impl Recorder for Notes {
    fn record(&mut self, at: Micros, entry: &Entry) {
        match *entry {
            Entry::Accepted {
                channel,
                units,
                oversold_units,
                ..
            } => {
                self.oversold += oversold_units;
                let index = usize::from(channel.0);
                self.sold[index] += units;
                let first = self.first_last[index].map_or(at, |(first, _)| first);
                self.first_last[index] = Some((first, at));
            }
            Entry::Displayed {
                channel,
                sku,
                to,
                sellable,
                ..
            } => {
                self.displayed[usize::from(channel.0)][sku.0 as usize] = to;
                if channel == NEW && to > 0 {
                    self.first_shown.get_or_insert(at);
                }
                let shown: i64 = self.displayed.iter().map(|of| of[sku.0 as usize]).sum();
                self.most_over = self.most_over.max(shown - sellable.max(0));
            }
            Entry::Hours { channel, is_open } => {
                self.hours.push((at, channel, is_open));
                if channel == OLD {
                    self.left_on_old_at_closing = self.displayed[2].iter().sum();
                }
            }
            _ => {}
        }
    }
}

fn play(strategy: Strategy, seed: u64) -> Notes {
    let scenario: Scenario = Scenario::parse("hours.toml", SCENARIO).unwrap().scenario;
    let mut notes = Notes::default();
    let setup = Setup::new(&scenario, seed, strategy);
    let outcome = run(&setup, &mut notes, &mut |_| {}).unwrap();
    notes.converged = outcome.converged;
    notes
}

fn minutes(minutes: u64) -> Micros {
    Micros::from_secs(60 * minutes)
}

#[test]
fn every_strategy_sells_on_a_channel_once_it_is_open_and_never_after_it_has_closed() {
    for strategy in Strategy::ALL {
        let notes = play(strategy, 3);
        assert_eq!(
            notes.hours,
            [(minutes(40), NEW, true), (minutes(60), OLD, false)]
        );
        let (first_new, _) = notes.first_last[1].expect("the new channel sells");
        let (_, last_old) = notes.first_last[2].expect("the old channel has sold");
        assert!(first_new >= minutes(40) && last_old < minutes(60));
        let shown = notes.first_shown.unwrap();
        // The sheet of every half an hour, with ten minutes for its exports, is next uploaded at 70 minutes.
        let (from, until) = match strategy {
            Strategy::Spreadsheet => (minutes(60), minutes(75)),
            _ => (minutes(40), minutes(43)),
        };
        assert!(from <= shown && shown < until, "{strategy:?}: {shown}");
    }
}

#[test]
fn escrow_gives_a_new_channel_a_quota_and_takes_a_closed_ones_units_back() {
    for seed in 1..=3 {
        for strategy in [Strategy::Escrow, Strategy::InformedEscrow] {
            let notes = play(strategy, seed);
            assert_eq!(notes.oversold, 0, "{strategy:?}, seed {seed}");
            assert!(notes.converged, "{strategy:?}, seed {seed}");
            assert_eq!(
                notes.most_over, 0,
                "quotas are within the stock at every moment"
            );
            assert!(
                notes.left_on_old_at_closing > 20,
                "units are left to take back"
            );
            assert_eq!(notes.displayed[2], [0; 12], "and are taken back");
            // Buyers want half as much again as there is: nearly all of it is sold in the end, by those that are open.
            let left: i64 = notes.displayed.iter().flatten().sum();
            let sold: u32 = notes.sold.iter().sum();
            assert!(i64::from(sold) > 25 * left, "{sold} sold, {left} left");
        }
        let mirror = play(Strategy::Mirror, seed);
        assert!(
            mirror.most_over > 0,
            "a mirror shows the whole stock on the new channel too"
        );
    }
}
