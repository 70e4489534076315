//! Small shops against a search through everything that could be sold.

use channel_mocks::core::{Basket, BasketLine, ListingIndex, Micros, StockOwner};
use proptest::prelude::*;

use super::*;
use crate::world::{
    Assortments, BuyerAct, ChannelIndex, ExternalEvent, ExternalEventKind, FollowUp, SkuIndex,
};

/// Channels of the small shops; the second sells from Amazon's own warehouses.
const SHARES: [f64; 3] = [0.5, 0.2, 0.3];
const AMAZON: usize = 1;
const OWNERS: [StockOwner; 3] = [
    StockOwner::Merchant,
    StockOwner::Merchant,
    StockOwner::Platform,
];

/// What happens in a small shop, one after the other, a second apart.
#[derive(Clone, Debug)]
enum Step {
    /// Who, which SKUs and how many of each, and when the basket comes back, if it does.
    Buyer {
        channel: u16,
        lines: Vec<(u32, u32)>,
        back_after_s: Option<u64>,
    },
    Receive {
        sku: u32,
        location: u16,
        units: u32,
    },
    Damage {
        sku: u32,
        location: u16,
        units: u32,
    },
}

impl Step {
    fn event(&self, number: usize) -> ExternalEvent {
        let kind = match self {
            Step::Buyer { channel, lines, .. } => ExternalEventKind::Checkout {
                channel: ChannelIndex(*channel),
                basket: Basket {
                    buyer: number as u64,
                    lines: lines.iter().map(line).collect(),
                    country: "US",
                    postal_code: 10_001,
                },
            },
            Step::Receive {
                sku,
                location,
                units,
            } => ExternalEventKind::Receive {
                sku: SkuIndex(*sku),
                location: *location,
                units: *units,
            },
            Step::Damage {
                sku,
                location,
                units,
            } => ExternalEventKind::Damage {
                sku: SkuIndex(*sku),
                location: *location,
                units: *units,
            },
        };
        ExternalEvent {
            at: Micros::from_secs(number as u64),
            kind,
        }
    }
}

fn line(&(sku, units): &(u32, u32)) -> BasketLine {
    BasketLine {
        listing: ListingIndex(sku),
        units,
    }
}

fn replayed(stock: &[[u32; 3]], steps: &[Step]) -> References {
    let mut replay = Replay::new(&Opening {
        shares: SHARES.to_vec(),
        opening: Micros::ZERO,
        hours: Vec::new(),
        ships_after: Some(Micros::ZERO),
        amazon: Some(AMAZON),
        owners: OWNERS.to_vec(),
        stock: stock.iter().map(|it| it.as_slice()).collect(),
        assortments: &Assortments::default(),
    });
    for (number, step) in steps.iter().enumerate() {
        replay.take(step.event(number), |_, at| match step {
            Step::Buyer {
                back_after_s: Some(after),
                ..
            } => Some(FollowUp {
                at: at + Micros::from_secs(*after) - Micros(1),
                act: BuyerAct::Cancel,
            }),
            _ => None,
        });
    }
    replay.finish()
}

/// The most units that any sequence of decisions sells, each knowing all that comes: sold units leave the location that
/// decides best, Amazon's own channel may sell from its warehouses, baskets are sold whole, and nothing is sold twice.
fn most(
    stock: &mut [[u32; 3]],
    back: &mut Vec<Vec<(usize, u32, u32)>>,
    steps: &[Step],
    at: usize,
) -> u64 {
    if at == steps.len() {
        return 0;
    }
    // Cancelled units are back on their shelf before the step.
    for &(location, sku, units) in &back[at].clone() {
        stock[sku as usize][location] += units;
    }
    let best = match &steps[at] {
        Step::Receive {
            sku,
            location,
            units,
        } => {
            stock[*sku as usize][usize::from(*location)] += units;
            let best = most(stock, back, steps, at + 1);
            stock[*sku as usize][usize::from(*location)] -= units;
            best
        }
        Step::Damage {
            sku,
            location,
            units,
        } => {
            let left = &mut stock[*sku as usize][usize::from(*location)];
            let lost = (*left).min(*units);
            *left -= lost;
            let best = most(stock, back, steps, at + 1);
            stock[*sku as usize][usize::from(*location)] += lost;
            best
        }
        Step::Buyer {
            channel,
            lines,
            back_after_s,
        } => {
            let mut best = most(stock, back, steps, at + 1);
            let places: &[usize] = match usize::from(*channel) {
                AMAZON => &[0, 1, 2],
                _ => &[0, 1],
            };
            let wanted: u32 = lines.iter().map(|it| it.1).sum();
            // Every way to take the units of the basket from its shelves, unit by unit; of one owner as on the platforms.
            for ways in ways(lines, places) {
                let fits = ways
                    .iter()
                    .all(|&(location, sku, units)| stock[sku as usize][location] >= units);
                if !fits {
                    continue;
                }
                for &(location, sku, units) in &ways {
                    stock[sku as usize][location] -= units;
                }
                let returns_at = back_after_s.map(|after| at + after as usize);
                let returns_at = returns_at.filter(|it| *it < steps.len());
                if let Some(later) = returns_at {
                    back[later].extend(&ways);
                }
                best = best.max(u64::from(wanted) + most(stock, back, steps, at + 1));
                if let Some(later) = returns_at {
                    let kept = back[later].len() - ways.len();
                    back[later].truncate(kept);
                }
                for &(location, sku, units) in &ways {
                    stock[sku as usize][location] += units;
                }
            }
            best
        }
    };
    for &(location, sku, units) in &back[at].clone() {
        stock[sku as usize][location] -= units;
    }
    best
}

/// The ways to fill a basket: each line from its first `n` units at one location and the rest at another of the merchant's, or
/// all lines from Amazon's.
fn ways(lines: &[(u32, u32)], places: &[usize]) -> Vec<Vec<(usize, u32, u32)>> {
    let mut all = vec![Vec::new()];
    for &(sku, units) in lines {
        all = all
            .into_iter()
            .flat_map(|way: Vec<(usize, u32, u32)>| {
                (0..=units).map(move |first| {
                    let mut way = way.clone();
                    way.extend([(0, sku, first), (1, sku, units - first)]);
                    way
                })
            })
            .collect();
    }
    if places.contains(&2) {
        all.push(lines.iter().map(|&(sku, units)| (2, sku, units)).collect());
    }
    all
}

fn searched(stock: &[[u32; 3]], steps: &[Step]) -> u64 {
    most(
        &mut stock.to_vec(),
        &mut vec![Vec::new(); steps.len()],
        steps,
        0,
    )
}

fn stock() -> impl Strategy<Value = Vec<[u32; 3]>> {
    proptest::collection::vec([0u32..3, 0u32..2, 0u32..2], 2)
}

fn basket(units: u32) -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop_oneof![
        3 => (0u32..2, 1..=units).prop_map(|line| vec![line]),
        1 => (1..=units, 1..=units).prop_map(|(one, other)| vec![(0, one), (1, other)]),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let buyer = (
        0u16..3,
        basket(3),
        proptest::option::weighted(0.25, 1u64..5),
    );
    prop_oneof![
        6 => buyer.prop_map(|(channel, lines, back_after_s)| Step::Buyer { channel, lines, back_after_s }),
        1 => (0u32..2, 0u16..3, 1u32..3).prop_map(|(sku, location, units)| Step::Receive { sku, location, units }),
        1 => (0u32..2, 0u16..3, 1u32..3).prop_map(|(sku, location, units)| Step::Damage { sku, location, units }),
    ]
}

fn single(channel: u16) -> Step {
    Step::Buyer {
        channel,
        lines: vec![(0, 1)],
        back_after_s: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens, nobody sells more than the bound, and the counters are policies like any other.
    #[test]
    fn the_bound_is_above_everything_that_can_be_sold(
        stock in stock(),
        steps in proptest::collection::vec(any_step(), 0..8),
    ) {
        let references = replayed(&stock, &steps);
        let most = searched(&stock, &steps);
        prop_assert!(references.bound_units >= most, "{references:?} {most}");
        prop_assert!(references.pool() <= most, "{references:?} {most}");
        prop_assert!(references.partition_floor_units <= most, "{references:?} {most}");
    }

    /// Lines of one unit and receipts over time: the bound is what can be sold, by max-flow/min-cut.
    #[test]
    fn for_single_units_the_bound_is_attained(
        stock in [0u32..3, 0u32..2, 0u32..3],
        steps in proptest::collection::vec(
            prop_oneof![
                4 => (0u16..3).prop_map(single),
                1 => (0u16..3, 1u32..3).prop_map(|(location, units)| Step::Receive { sku: 0, location, units }),
            ],
            0..9,
        ),
    ) {
        let references = replayed(&[stock], &steps);
        prop_assert_eq!(references.bound_units, searched(&[stock], &steps));
        prop_assert!(references.bound_units >= references.pool());
    }

    /// Whole lines on channels that share one stock: the bound is the best choice of lines.
    #[test]
    fn for_whole_lines_of_one_stock_the_bound_is_attained(
        units in 0u32..9,
        lines in proptest::collection::vec((0u16..2, 1u32..6), 0..7),
    ) {
        let steps = lines.iter().map(|&(channel, units)| Step::Buyer {
            channel: channel * 2,
            lines: vec![(0, units)],
            back_after_s: None,
        });
        let steps: Vec<Step> = steps.collect();
        let stock = [[units, 0, 0]];
        prop_assert_eq!(replayed(&stock, &steps).bound_units, searched(&stock, &steps));
    }
}

#[test]
fn the_last_units_stand_on_the_channels_that_sell_most() {
    // Two units of three channels: they stand on the first (a half) and the third (three tenths).
    let stock = [[2, 0, 0]];
    let sold = |channels: &[u16]| {
        let steps: Vec<Step> = channels.iter().map(|it| single(*it)).collect();
        let references = replayed(&stock, &steps);
        (references.partition_floor_units, references.pool())
    };
    assert_eq!(sold(&[1]), (0, 1), "nothing stands on the second");
    assert_eq!(sold(&[2, 2]), (1, 2), "the last one stands on the first");
    assert_eq!(sold(&[2, 0]), (2, 2));
    assert_eq!(
        replayed(&[[3, 0, 0]], &[single(1)]).partition_floor_units,
        1
    );
}

#[test]
fn cancelled_units_are_sold_again_and_damaged_ones_are_not() {
    let cancelling = |after| Step::Buyer {
        channel: 0,
        lines: vec![(0, 1)],
        back_after_s: Some(after),
    };
    let stock = [[1, 0, 0]];
    let all = |references: References| {
        let pool = references.pool();
        (
            references.bound_units,
            pool,
            references.partition_floor_units,
        )
    };
    assert_eq!(
        all(replayed(&stock, &[cancelling(1), single(0)])),
        (2, 2, 2)
    );
    assert_eq!(
        all(replayed(&stock, &[cancelling(3), single(0)])),
        (1, 1, 1)
    );
    let lost = Step::Damage {
        sku: 0,
        location: 0,
        units: 1,
    };
    assert_eq!(all(replayed(&stock, &[lost, single(0)])), (0, 0, 0));
}

/// A unit that is lost where it may have left before costs the bound nothing: it left.
#[test]
fn a_count_says_nothing_of_what_has_left() {
    let mut replay = Replay::new(&Opening {
        shares: vec![1.0],
        opening: Micros::ZERO,
        hours: Vec::new(),
        ships_after: Some(Micros::ZERO),
        amazon: None,
        owners: vec![StockOwner::Merchant],
        stock: vec![&[2]],
        assortments: &Assortments::default(),
    });
    let checkout = |number: usize| single(0).event(number);
    let recount = |at: u64, counted| ExternalEvent {
        at: Micros::from_secs(at),
        kind: ExternalEventKind::Recount {
            sku: SkuIndex(0),
            location: 0,
            counted,
        },
    };
    replay.take(checkout(0), |_, _| None);
    replay.take(recount(1, 3), |_, _| None);
    for number in 2..7 {
        replay.take(checkout(number), |_, _| None);
    }
    let references = replay.finish();
    assert_eq!((references.bound_units, references.pool()), (4, 4));
}

/// One of two channels opens late: until then the last unit stands on the other, and then where more buyers are expected.
#[test]
fn no_unit_stands_on_a_closed_channel() {
    let sold = |first: u64, second: u64| {
        let mut replay = Replay::new(&Opening {
            shares: vec![0.7, 0.3],
            opening: Micros::ZERO,
            hours: vec![
                (Micros::from_secs(10), Micros::MAX),
                (Micros::ZERO, Micros::MAX),
            ],
            ships_after: None,
            amazon: None,
            owners: vec![StockOwner::Merchant],
            stock: vec![&[1]],
            assortments: &Assortments::default(),
        });
        for (at, channel) in [(first, 1), (second, 0)] {
            let mut event = single(channel).event(0);
            event.at = Micros::from_secs(at);
            replay.take(event, |_, _| None);
        }
        let references = replay.finish();
        (references.pool(), references.partition_floor_units)
    };
    assert_eq!(sold(5, 20), (1, 1));
    assert_eq!(sold(15, 20), (1, 1));
    let second_alone = {
        let mut replay = Replay::new(&Opening {
            shares: vec![0.7, 0.3],
            opening: Micros::ZERO,
            hours: Vec::new(),
            ships_after: None,
            amazon: None,
            owners: vec![StockOwner::Merchant],
            stock: vec![&[1]],
            assortments: &Assortments::default(),
        });
        replay.take(single(1).event(0), |_, _| None);
        replay.finish().partition_floor_units
    };
    assert_eq!(second_alone, 0);
}

/// What was shipped has left from each of two locations in proportion, and what is sold and not shipped stands there still, so that a
/// count costs what is missing there.
#[test]
fn a_count_at_one_of_two_locations_costs_what_is_missing_there() {
    let sold_with = |counted: u32, ships_after: u64| {
        let mut replay = Replay::new(&Opening {
            shares: vec![1.0],
            opening: Micros::ZERO,
            hours: Vec::new(),
            ships_after: Some(Micros::from_secs(ships_after)),
            amazon: None,
            owners: vec![StockOwner::Merchant; 2],
            stock: vec![&[60, 40]],
            assortments: &Assortments::default(),
        });
        for number in 0..50 {
            replay.take(single(0).event(number), |_, _| None);
        }
        let recount = ExternalEventKind::Recount {
            sku: SkuIndex(0),
            location: 0,
            counted,
        };
        let at = Micros::from_secs(60);
        replay.take(ExternalEvent { at, kind: recount }, |_, _| None);
        for number in 100..200 {
            replay.take(single(0).event(number), |_, _| None);
        }
        replay.finish().pool()
    };
    // Thirty of sixty were shipped: thirty are as they should be, and ten fewer cost ten. Where parcels take a day, all sixty stand there.
    assert_eq!((sold_with(30, 0), sold_with(20, 0)), (100, 90));
    assert_eq!((sold_with(60, 86_400), sold_with(50, 86_400)), (100, 90));
}

/// What broke is missing once, however often somebody counts afterwards.
#[test]
fn what_is_missing_costs_once() {
    let mut replay = Replay::new(&Opening {
        shares: vec![1.0],
        opening: Micros::ZERO,
        hours: Vec::new(),
        ships_after: Some(Micros::from_secs(10)),
        amazon: None,
        owners: vec![StockOwner::Merchant; 2],
        stock: vec![&[60, 40]],
        assortments: &Assortments::default(),
    });
    let befalls = |second: u64, kind: ExternalEventKind| ExternalEvent {
        at: Micros::from_secs(second),
        kind,
    };
    let (sku, location) = (SkuIndex(0), 0);
    let recount = |counted: u32| ExternalEventKind::Recount {
        sku,
        location,
        counted,
    };
    let damage = ExternalEventKind::Damage {
        sku,
        location,
        units: 12,
    };
    replay.take(befalls(1, damage), |_, _| None);
    replay.take(befalls(2, recount(48)), |_, _| None);
    replay.take(befalls(3, recount(45)), |_, _| None);
    replay.take(befalls(4, recount(45)), |_, _| None);
    for number in 5..205 {
        replay.take(single(0).event(number), |_, _| None);
    }
    assert_eq!(replay.finish().pool(), 85);
}
