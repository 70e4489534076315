//! Stories made by hand: each has one oversold unit with a cause that is known, and times that are.

use channel_mocks::core::{CallOutcome, WriteRoom};

use super::*;
use crate::world::ledger::{Letter, Strike};
use CauseLabel::*;

mod faults;
mod labels;
mod pending;
mod quotas;

const WEB: ChannelIndex = ChannelIndex(0);
const AMAZON: ChannelIndex = ChannelIndex(1);
const SKU: SkuIndex = SkuIndex(0);

/// A time in seconds.
fn s(seconds: f64) -> Micros {
    Micros((seconds * 1e6).round() as u64)
}

/// One SKU, told in the order of time.
struct Story {
    tracer: Tracer,
    sellable: i64,
    shown: [i64; 3],
}

impl Story {
    fn new(scenario: &str, whole_stock: bool, stock: i64, shown: [i64; 3]) -> Story {
        let scenario = Scenario::load(scenario).unwrap().scenario;
        Story::of(&scenario, whole_stock, stock, shown)
    }

    fn of(scenario: &Scenario, whole_stock: bool, stock: i64, shown: [i64; 3]) -> Story {
        Story {
            tracer: Tracer::new(scenario, whole_stock, Vec::new()),
            sellable: stock,
            shown,
        }
    }

    /// A SKU of `evening`, whose opening takes ten seconds here, with these faults and events besides.
    fn with(more: &str, stock: i64, shown: [i64; 3]) -> Story {
        let text = format!(
            "extends = \"evening\"\nname = \"story\"\ntitle = \"A story\"\nopening = \"10s\"\n{more}"
        );
        let scenario = Scenario::parse("story.toml", &text).unwrap().scenario;
        Story::of(&scenario, true, stock, shown)
    }

    /// A count is wrong by one unit; of the warehouse where no channel is named.
    fn miscounts(&mut self, at: f64, channel: Option<ChannelIndex>) {
        let wrong = Entry::BadCount {
            channel,
            sku: SKU,
            units: 1,
        };
        self.tracer.record(s(at), &wrong);
    }

    /// What is said of each unit, in the order of time.
    fn found(self) -> Vec<(CauseLabel, Option<String>)> {
        let chains = self.tracer.finish().chains.into_iter();
        chains.map(|chain| (chain.label, chain.fault)).collect()
    }

    /// Every channel shows the one unit that there is.
    fn one_unit() -> Story {
        Story::new("flash-sale-10min", true, 1, [1, 1, 1])
    }

    fn step(&mut self, at: f64, step: Trail) {
        self.tracer.trail(s(at), &step);
    }

    fn moved(&mut self, at: f64, units: i64, by: Mover) {
        self.sellable += units;
        let sellable = self.sellable;
        self.step(
            at,
            Trail::Moved {
                sku: SKU,
                units,
                sellable,
                by,
            },
        );
    }

    fn shows(&mut self, at: f64, channel: ChannelIndex, to: i64, cause: Cause) {
        let shown = &mut self.shown[usize::from(channel.0)];
        let from = std::mem::replace(shown, to);
        let entry = Entry::Displayed {
            channel,
            sku: SKU,
            from,
            to,
            sellable: self.sellable,
            cause,
        };
        self.tracer.record(s(at), &entry);
    }

    fn sells(&mut self, at: f64, channel: ChannelIndex, order: u32) {
        let (before, displayed) = (self.sellable, self.shown[usize::from(channel.0)]);
        let order = OrderRef(order);
        self.moved(at, -1, Mover::Sale(channel, order));
        let entry = Entry::Accepted {
            channel,
            sku: SKU,
            order,
            units: 1,
            oversold_units: u32::from(before <= 0),
            displayed,
            sellable: before,
            shared_after: self.sellable,
            own_units: false,
            price_cents: 1_000,
            first_line: true,
            first_oversold_line: before <= 0,
        };
        self.tracer.record(s(at), &entry);
        self.shows(at, channel, displayed - 1, Cause::Checkout(order));
    }

    /// The engine hears at `known` of what happened at `happened`; the message left at `left`.
    fn hears(&mut self, by: Mover, happened: f64, left: f64, known: f64) {
        let letter = Letter {
            left_at: Some(s(left)),
            strike: None,
        };
        self.step(
            known,
            Trail::Heard {
                sku: SKU,
                by,
                happened_at: s(happened),
                known_at: s(known),
                letter,
            },
        );
    }

    /// The engine is told in a shape that a fault has altered.
    fn hears_of_altered_order(&mut self, channel: ChannelIndex, order: u32, times: [f64; 3]) {
        let strike = Strike {
            fault: 0,
            late_by: Micros::ZERO,
        };
        let letter = Letter {
            left_at: Some(s(times[1])),
            strike: Some(strike),
        };
        self.step(
            times[2],
            Trail::Heard {
                sku: SKU,
                by: Mover::Sale(channel, OrderRef(order)),
                happened_at: s(times[0]),
                known_at: s(times[2]),
                letter,
            },
        );
    }

    fn hears_again(&mut self, channel: ChannelIndex, order: u32, happened: f64, known: f64) {
        self.step(
            known,
            Trail::HeardAgain {
                sku: SKU,
                by: Mover::Sale(channel, OrderRef(order)),
                happened_at: s(happened),
                known_at: s(known),
                letter: Letter::default(),
            },
        );
    }

    fn hears_of_order(&mut self, channel: ChannelIndex, order: u32, times: [f64; 3]) {
        let by = Mover::Sale(channel, OrderRef(order));
        self.hears(by, times[0], times[1], times[2]);
    }

    fn writes(&mut self, channel: ChannelIndex, to: i64, [sent, received, live]: [f64; 3]) {
        let cause = Cause::Write {
            sent_at: s(sent),
            received_at: s(received),
        };
        self.shows(live, channel, to, cause);
    }

    /// A call that writes is answered at `at`; the next one would have to wait so long.
    fn called(&mut self, at: f64, sent: f64, outcome: CallOutcome, wait: f64) {
        self.step(
            at,
            Trail::WriteCalled {
                channel: AMAZON,
                sent_at: s(sent),
                outcome,
                room: WriteRoom {
                    wait: s(wait),
                    per_second: 50.0,
                },
            },
        );
    }

    /// Exactly these units, by label in the order of time, and the parts of the last one's delay.
    #[track_caller]
    fn comes_to(self, labels: &[CauseLabel], parts: [f64; 7]) -> Chain {
        let traced = self.tracer.finish();
        let found: Vec<CauseLabel> = traced.chains.iter().map(|it| it.label).collect();
        assert_eq!(found, labels, "{:#?}", traced.chains);
        assert_eq!(traced.causes.units, labels.len() as u64);
        let of_rows: u64 = traced.causes.rows.iter().map(|it| it.units).sum();
        assert_eq!(of_rows, labels.len() as u64);
        let last = traced.chains.last().unwrap().clone();
        let seen = last.delays.parts();
        for (seen, expected) in seen.iter().zip(parts) {
            assert!((seen - expected).abs() < 1e-6, "{:?}", last.delays);
        }
        assert!(last.links.is_sorted_by(|one, two| one.at_s <= two.at_s));
        last
    }
}
