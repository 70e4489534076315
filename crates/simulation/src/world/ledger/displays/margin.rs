//! How far the quotas of a SKU stay below what can be sold (docs/theory.md B, guarantee margin), and which listings a bad count
//! has reached.

use channel_mocks::core::Micros;

use super::Displays;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// Sellable units of a SKU less all that is on display. What lasts for no time, as between a sale and the platform's own
/// decrement, has not been.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Margin {
    units: i64,
    since: Micros,
    /// The lowest it has been below zero.
    lowest: i64,
    /// It has been below zero from the start, before any engine had written. What comes after that is looked at by itself.
    is_opening: bool,
}

/// A margin below every one before it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct LowMargin {
    units: i64,
    since: Micros,
}

impl LowMargin {
    pub fn entry(self, sku: SkuIndex) -> Entry {
        Entry::MarginLow {
            sku,
            margin_units: self.units,
            since: self.since,
        }
    }
}

impl Margin {
    /// From `at` on it is `units`. Answers what it was until then, if it lasted and was never so low.
    pub fn moves(&mut self, at: Micros, units: i64) -> Option<LowMargin> {
        let low = self.ends(at);
        if units >= 0 && std::mem::take(&mut self.is_opening) {
            self.lowest = 0;
        }
        if units != self.units {
            self.units = units;
            self.since = at;
        }
        low
    }

    fn ends(&mut self, at: Micros) -> Option<LowMargin> {
        if self.units >= self.lowest || at <= self.since {
            return None;
        }
        self.lowest = self.units;
        Some(LowMargin {
            units: self.units,
            since: self.since,
        })
    }
}

impl Displays {
    /// Ends all margins.
    pub fn close_margins(&mut self, at: Micros) {
        for (index, sum) in self.sums.iter_mut().enumerate() {
            if let Some(low) = sum.margin.ends(at) {
                self.remarks.push(low.entry(SkuIndex(index as u32)));
            }
        }
    }

    /// Looks whether the listings show more together than there is, before any engine has written.
    pub(super) fn look_at_opening(&mut self, sku: SkuIndex, sellable: i64) {
        let beyond = self.sums[sku.0 as usize].displayed - sellable.max(0);
        if beyond > 0 {
            self.sums[sku.0 as usize].margin.is_opening = true;
            let units = beyond.unsigned_abs();
            self.remarks.push(Entry::OpenedBeyond { sku, units });
        }
    }

    /// What is to be recorded by now.
    pub fn remarks(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.remarks)
    }

    /// Watches the listings of a SKU from now on, or no more.
    pub fn watch(&mut self, sku: SkuIndex, is_watched: bool) {
        self.watched.retain(|it| *it != sku);
        if is_watched {
            self.watched.push(sku);
        }
    }

    /// Looks whether a listing that has been raised shows more than there is of a SKU that somebody has miscounted.
    pub(super) fn look_at_raise(&mut self, channel: ChannelIndex, sku: SkuIndex, sellable: i64) {
        if self.watched.is_empty() || !self.watched.contains(&sku) {
            return;
        }
        let shown = match self.sums.get(sku.0 as usize) {
            Some(sum) => sum.displayed,
            None => self.displayed(channel, sku).max(0),
        };
        let units = shown - sellable.max(0);
        if units > 0 {
            self.remarks.push(Entry::BadCountReached {
                channel,
                sku,
                units,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_for_no_time_has_not_been() {
        let mut margin = Margin::default();
        assert_eq!(margin.moves(Micros(5), -2), None);
        assert_eq!(margin.moves(Micros(5), 0), None, "right again at once");
        assert_eq!(margin.moves(Micros(6), -1), None);
        let low = |units, since| {
            Some(LowMargin {
                units,
                since: Micros(since),
            })
        };
        assert_eq!(margin.moves(Micros(8), -1), low(-1, 6));
        assert_eq!(margin.moves(Micros(9), -3), None, "told already");
        assert_eq!(margin.moves(Micros(12), 4), low(-3, 9));
        margin.moves(Micros(13), -2);
        assert_eq!(margin.ends(Micros(20)), None, "it has been lower");

        // What stood there from the start hides nothing that comes later.
        let mut margin = Margin::default();
        margin.moves(Micros::ZERO, -7);
        margin.is_opening = true;
        assert_eq!(margin.moves(Micros(3), -4), low(-7, 0));
        assert_eq!(margin.moves(Micros(4), 0), None, "on its way up");
        margin.moves(Micros(6), -1);
        assert_eq!(margin.moves(Micros(8), 0), low(-1, 6));
    }
}
