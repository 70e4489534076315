//! The SKUs that went worst: what was there, and what each channel displayed.
//!
//! Which they are is known at the end only, so that the past of all has to be kept until then: a point for a SKU in every
//! bucket in which something of it changed. There is room for so many points; when it is used up, the SKUs that have had the
//! least trouble are forgotten, and begin anew if they have any later.

use std::cmp::Reverse;

use channel_mocks::core::Micros;
use serde::{Deserialize, Serialize};

use crate::measure::by_sku;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// How many SKUs are shown.
pub const SHOWN: usize = 5;
/// Most points that are kept over all SKUs; with four channels some twenty megabytes.
const MOST_POINTS: usize = 200_000;

/// One point: a SKU on one channel at the end of a bucket in which something of it changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkuRow {
    /// 1 the worst: by units oversold, then by units refused while there were enough.
    pub rank: u32,
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// Start of the bucket, seconds since the series' own.
    pub from_s: f64,
    /// The channel's name.
    pub channel: String,
    /// What it displayed; empty while nothing has told.
    pub displayed_units: Option<i64>,
    /// What could be sold, negative when more was sold than there was.
    pub sellable_units: i64,
}

#[derive(Clone, Debug, Default)]
struct History {
    oversold: u64,
    rejected_in_stock: u64,
    sellable: i64,
    displayed: Vec<Option<i64>>,
    points: Vec<Point>,
}

#[derive(Clone, Debug)]
struct Point {
    from: Micros,
    sellable: i64,
    displayed: Box<[Option<i64>]>,
}

impl History {
    /// More is worse.
    fn trouble(&self) -> (u64, u64) {
        (self.oversold, self.rejected_in_stock)
    }

    fn show(&mut self, channel: ChannelIndex, units: i64) {
        let at = usize::from(channel.0);
        if self.displayed.len() <= at {
            self.displayed.resize(at + 1, None);
        }
        self.displayed[at] = Some(units);
    }

    /// Notes how things stand in a bucket; gives how many points that adds.
    fn note(&mut self, from: Micros) -> usize {
        if let Some(last) = self.points.last_mut().filter(|last| last.from == from) {
            last.sellable = self.sellable;
            if last.displayed.len() == self.displayed.len() {
                last.displayed.copy_from_slice(&self.displayed);
            } else {
                last.displayed = self.displayed.as_slice().into();
            }
            return 0;
        }
        self.points.push(Point {
            from,
            sellable: self.sellable,
            displayed: self.displayed.as_slice().into(),
        });
        1
    }
}

/// The past of every SKU, as far as there is room for it.
#[derive(Clone, Debug, Default)]
pub(super) struct WorstSkus {
    /// By position in the catalogue.
    skus: Vec<History>,
    points: usize,
}

impl WorstSkus {
    fn sku(&mut self, sku: SkuIndex) -> &mut History {
        by_sku::row(&mut self.skus, sku)
    }

    /// Takes an entry that belongs to the bucket beginning at `from`.
    pub fn record(&mut self, from: Micros, entry: &Entry) {
        let added = match *entry {
            Entry::Accepted {
                channel,
                sku,
                units,
                oversold_units,
                displayed,
                shared_after,
                own_units,
                ..
            } => {
                let history = self.sku(sku);
                history.oversold += u64::from(oversold_units);
                history.sellable = shared_after;
                let sold = if own_units { 0 } else { i64::from(units) };
                history.show(channel, displayed - sold);
                history.note(from)
            }
            Entry::Refused {
                sku,
                units,
                in_stock: true,
                ..
            } => {
                let history = self.sku(sku);
                history.rejected_in_stock += u64::from(units);
                0
            }
            Entry::Displayed {
                channel,
                sku,
                to,
                sellable,
                ..
            } => {
                let history = self.sku(sku);
                history.sellable = sellable;
                history.show(channel, to);
                history.note(from)
            }
            Entry::Stock { sku, delta } => {
                let history = self.sku(sku);
                // Until something has told what is there, nothing can be added to it.
                if history.points.is_empty() {
                    return;
                }
                history.sellable += delta;
                history.note(from)
            }
            _ => return,
        };
        self.points += added;
        if self.points > MOST_POINTS {
            self.forget_the_best();
        }
    }

    /// Forgets SKUs without or with little trouble until half of the room is free.
    fn forget_the_best(&mut self) {
        let mut order: Vec<usize> = (0..self.skus.len()).collect();
        order.sort_by_key(|&sku| self.skus[sku].trouble());
        for sku in order {
            if self.points <= MOST_POINTS / 2 {
                break;
            }
            self.points -= std::mem::take(&mut self.skus[sku].points).len();
        }
    }

    /// The points of the worst, with times since `beginning`.
    pub fn rows(&self, beginning: Micros, names: &[String]) -> Vec<SkuRow> {
        let mut troubled: Vec<(u32, &History)> = (0u32..)
            .zip(&self.skus)
            .filter(|(_, history)| history.trouble() > (0, 0))
            .collect();
        troubled.sort_by_key(|(sku, history)| (Reverse(history.trouble()), *sku));
        let mut rows = Vec::new();
        for (rank, (sku, history)) in (1u32..).zip(troubled.into_iter().take(SHOWN)) {
            for point in &history.points {
                for (at, name) in names.iter().enumerate() {
                    rows.push(SkuRow {
                        rank,
                        sku: sku + 1,
                        from_s: point.from.since(beginning).as_secs_f64(),
                        channel: name.clone(),
                        displayed_units: point.displayed.get(at).copied().flatten(),
                        sellable_units: point.sellable,
                    });
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_points_and_trouble_is_kept() {
        let mut worst = WorstSkus::default();
        let skus = 1_000;
        for bucket in 0..300 {
            for sku in 0..skus {
                let entry = Entry::Accepted {
                    channel: ChannelIndex(0),
                    sku: SkuIndex(sku),
                    order: channel_mocks::core::OrderRef(0),
                    units: 1,
                    oversold_units: u32::from(sku == 17),
                    displayed: 5,
                    sellable: 5,
                    shared_after: 5 - 1,
                    own_units: false,
                    price_cents: 1,
                    first_line: true,
                    first_oversold_line: sku == 17,
                };
                worst.record(Micros::from_secs(bucket), &entry);
            }
            let kept: usize = worst.skus.iter().map(|it| it.points.len()).sum();
            assert!(kept == worst.points && kept <= MOST_POINTS);
        }
        let rows = worst.rows(Micros::ZERO, &["web".to_string()]);
        assert_eq!(rows.len(), 300, "the one that was oversold is whole");
        assert!(rows.iter().all(|row| row.sku == 18));
    }
}
