//! A write whose lots are laid out when somebody asks comes to the lots that are laid out at once.

use super::super::listing::{Lot, SetBy, Source, Write};
use super::super::sku::Sku;
use super::*;

/// Numbers that look drawn.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

const CHANNELS: u16 = 3;

/// A SKU, and the same one whose lots are always laid out.
struct Pair {
    put_off: Sku,
    at_once: Sku,
    now: Micros,
    sellable: i64,
    shown: Vec<i64>,
    /// Changes that nobody has heard of.
    unheard: Vec<(Mover, Micros)>,
    pending_seen: usize,
}

impl Pair {
    fn new(stock: i64) -> Pair {
        let mut at_once = Sku::new(usize::from(CHANNELS));
        at_once.events.lay_out_at_once();
        Pair {
            put_off: Sku::new(usize::from(CHANNELS)),
            at_once,
            now: Micros::from_secs(1),
            sellable: stock,
            shown: vec![stock; usize::from(CHANNELS)],
            unheard: Vec::new(),
            pending_seen: 0,
        }
    }

    fn both<T: PartialEq + std::fmt::Debug>(&mut self, mut act: impl FnMut(&mut Sku) -> T) -> T {
        let (one, other) = (act(&mut self.put_off), act(&mut self.at_once));
        assert_eq!(one, other, "at {}", self.now);
        one
    }

    /// `sold_at`: of a cancellation, when what it cancels was sold.
    fn moved(&mut self, units: i64, by: Mover, sold_at: Option<Micros>) {
        self.sellable += units;
        let (now, sellable) = (self.now, self.sellable);
        self.both(|sku| sku.moved(now, sold_at, (units, sellable), by, true));
        self.unheard.push((by, now));
    }

    fn heard(&mut self, place: usize) {
        let (by, at) = self.unheard.remove(place);
        let (now, letter) = (self.now, Letter::default());
        self.both(|sku| sku.heard(by, at, now, letter, true));
    }

    /// A count becomes another by a write that left some time ago.
    fn writes(&mut self, channel: u16, to: i64, sent_at: Micros, buffer: i64) {
        let from = std::mem::replace(&mut self.shown[usize::from(channel)], to);
        let set_by = SetBy {
            at: self.now,
            from,
            to,
            sellable: self.sellable,
            write: Some(Write {
                sent_at,
                received_at: sent_at,
                live_at: self.now,
            }),
            is_seen: true,
        };
        let channel = ChannelIndex(channel);
        self.both(|sku| sku.shown(channel, set_by, Source::Books { channel }, buffer));
        let listing = self.put_off.listing(channel);
        self.pending_seen += usize::from(listing.pending.is_some());
    }

    /// Lets something happen; tells whether units of a lot have been taken.
    fn step(&mut self, draws: &mut Draws, order: u32) -> bool {
        // Several things at one time, now and then.
        self.now += Micros(draws.below(3) * 700_000);
        let channel = draws.below(u64::from(CHANNELS)) as u16;
        let place = usize::from(channel);
        match draws.below(12) {
            0..=3 => {
                let units = 1 + draws.below(3) as i64;
                let by = Mover::Sale(ChannelIndex(channel), OrderRef(order));
                let missing = units.min(units - self.sellable.max(0));
                self.moved(-units, by, None);
                self.shown[place] -= units;
                let displayed = self.shown[place];
                let sold = SetBy {
                    at: self.now,
                    from: displayed + units,
                    to: displayed,
                    sellable: self.sellable,
                    write: None,
                    is_seen: false,
                };
                self.both(|sku| {
                    sku.shown(
                        ChannelIndex(channel),
                        sold,
                        Source::Books {
                            channel: ChannelIndex(channel),
                        },
                        0,
                    )
                });
                if missing > 0 {
                    let lot = self.both(|sku| {
                        let lot = sku.take(ChannelIndex(channel), missing);
                        lot.map(|it| (it.at, it.source, it.units))
                    });
                    return lot.is_some();
                }
            }
            4..=6 if !self.unheard.is_empty() => {
                // Mostly in order, and one is left out for long.
                let late = draws.below(self.unheard.len() as u64) as usize;
                let place = if draws.below(4) == 0 { late } else { 0 };
                self.heard(place);
            }
            7 if !self.unheard.is_empty() => {
                let at = draws.below(self.unheard.len() as u64) as usize;
                if let (Mover::Sale(of, order), sold_at) = self.unheard[at] {
                    let by = Mover::Cancellation(of, order);
                    self.moved(1 + draws.below(2) as i64, by, Some(sold_at));
                }
            }
            8 => self.moved(draws.below(9) as i64 - 3, Mover::Stock, None),
            _ => {
                let sent_at = Micros(self.now.0.saturating_sub(draws.below(4) * 600_000));
                let account = self.put_off.events.unknown_units(sent_at) + self.sellable;
                let to = match draws.below(5) {
                    // What it knows, with a buffer; what it knew long ago; a change by some units; anything.
                    0 | 1 => account,
                    2 => account + draws.below(30) as i64,
                    3 => self.shown[place] - draws.below(4) as i64,
                    _ => draws.below(60) as i64,
                };
                let buffer = draws.below(3) as i64;
                self.writes(channel, to, sent_at, buffer);
            }
        }
        false
    }

    /// Looks without touching. Tells of how many events a write that is put off said by itself whether it misses them, the parts
    /// of what the engine had not heard of included.
    fn compare(&self) -> usize {
        let (mut one, mut other) = (self.put_off.clone(), self.at_once.clone());
        let mut told_of_parts = 0;
        for channel in (0..CHANNELS).map(ChannelIndex) {
            let (first, end) = (one.events.first(), one.events.end());
            for event in first..end {
                let pending = one.listings[usize::from(channel.0)].pending.as_mut();
                let Some(pending) = pending else { break };
                let Some(is_missed) = pending.still_misses(&one.events, channel, event) else {
                    continue;
                };
                told_of_parts += usize::from(pending.contains_unknown());
                let mut lots = other.listing(channel).lots.iter();
                let has_lot = lots.any(|lot| lot.source.event() == Some(event));
                assert_eq!(is_missed, has_lot, "{event} {channel:?} {}", self.now);
            }
            one.lay_out(channel);
            let told = |sku: &mut Sku| -> Vec<(Micros, Source, i64)> {
                let lots = sku.listing(channel).lots.iter();
                lots.map(|&Lot { at, source, units }| (at, source, units))
                    .collect()
            };
            assert_eq!(told(&mut one), told(&mut other), "{channel:?} {}", self.now);
            let used = |sku: &mut Sku| format!("{:?}", sku.listing(channel).used);
            assert_eq!(used(&mut one), used(&mut other));
        }
        told_of_parts
    }
}

#[test]
fn lots_that_are_put_off_are_those_that_are_laid_out_at_once() {
    let (mut put_off, mut taken, mut told_of_parts) = (0, 0, 0);
    for seed in 1..60 {
        let mut draws = Draws(0x9e37_79b9_7f4a_7c15 ^ (seed * 7_919));
        let mut pair = Pair::new(40 + draws.below(80) as i64);
        for order in 0..400 {
            taken += usize::from(pair.step(&mut draws, order));
            told_of_parts += pair.compare();
        }
        put_off += pair.pending_seen;
    }
    assert!(put_off > 1_000 && taken > 500, "{put_off} {taken}");
    assert!(told_of_parts > 10_000, "{told_of_parts}");
}

#[test]
fn lots_are_put_off_as_well_where_old_changes_are_forgotten() {
    let mut draws = Draws(0x51_7cc1_b727_220a);
    let mut pair = Pair::new(1_500);
    let (mut put_off, mut taken) = (0, 0);
    for order in 0..24_000 {
        let before = pair.pending_seen;
        taken += usize::from(pair.step(&mut draws, order));
        while pair.unheard.len() > 6 {
            pair.heard(0);
        }
        if pair.put_off.events.first() > 0 {
            put_off += pair.pending_seen - before;
        }
        if order % 250 == 0 {
            pair.compare();
        }
    }
    assert!(put_off > 100 && taken > 500, "{put_off} {taken}");
}
