//! What became of one SKU: from the playback where there is one, else from the series of the worst SKUs.

use crate::experiment::file_name;
use crate::measure::series::{Playback, SkuRow};

/// How things stood from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Seconds since the scenario's start.
    pub at_s: f64,
    /// What could be sold; negative when more was sold than there was.
    pub sellable: i64,
    /// By channel; nothing while nothing has told.
    pub displayed: Vec<Option<i64>>,
    /// Oversold units until then; nothing where the file does not say.
    pub oversold: Option<u64>,
}

/// One SKU under one contender.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The contender's position in the document.
    pub position: usize,
    /// The SKU's position in the catalogue, 1 the most popular.
    pub sku: u32,
    /// Names of channels.
    pub channels: Vec<String>,
    /// By time.
    pub moments: Vec<Moment>,
    /// The file it is from.
    pub source: String,
}

impl History {
    /// From a playback.
    pub fn played(position: usize, strategy: &str, playback: &Playback) -> History {
        History {
            position,
            sku: playback.sku,
            channels: playback.channels.clone(),
            moments: playback
                .frames
                .iter()
                .map(|frame| Moment {
                    at_s: frame.at_s,
                    sellable: frame.sellable,
                    displayed: frame.displayed.clone(),
                    oversold: Some(frame.oversold_units),
                })
                .collect(),
            source: format!("playback/{}.json", file_name(strategy)),
        }
    }

    /// From rows of the series: of one SKU, or else of the worst; nothing without rows.
    pub fn bucketed(
        position: usize,
        strategy: &str,
        rows: &[SkuRow],
        sku: Option<u32>,
    ) -> Option<History> {
        let wanted = sku.filter(|sku| rows.iter().any(|row| row.sku == *sku));
        let sku = wanted.or(rows.first().map(|row| row.sku))?;
        let mut channels: Vec<String> = Vec::new();
        let mut moments: Vec<Moment> = Vec::new();
        for row in rows.iter().filter(|row| row.sku == sku) {
            let known = channels.iter().position(|it| *it == row.channel);
            let channel = known.unwrap_or_else(|| {
                channels.push(row.channel.clone());
                channels.len() - 1
            });
            if moments.last().is_none_or(|last| last.at_s != row.from_s) {
                moments.push(Moment {
                    at_s: row.from_s,
                    sellable: row.sellable_units,
                    displayed: Vec::new(),
                    oversold: None,
                });
            }
            if let Some(moment) = moments.last_mut() {
                if moment.displayed.len() <= channel {
                    moment.displayed.resize(channel + 1, None);
                }
                moment.displayed[channel] = row.displayed_units;
            }
        }
        Some(History {
            position,
            sku,
            channels,
            moments,
            source: format!("series/{}.skus.csv", file_name(strategy)),
        })
    }

    /// The moments of a stretch of time, and the last before it.
    pub fn within(&self, from: f64, until: f64) -> &[Moment] {
        let first = self
            .moments
            .partition_point(|it| it.at_s <= from)
            .saturating_sub(1);
        let last = self.moments.partition_point(|it| it.at_s <= until);
        &self.moments[first.min(last)..last]
    }

    /// Oversold units over all of it. Where the file does not say: how far sales went below nothing.
    pub fn oversold(&self) -> u64 {
        let said = self.moments.last().and_then(|last| last.oversold);
        let lowest = self.moments.iter().map(|it| it.sellable).min().unwrap_or(0);
        said.unwrap_or_else(|| lowest.min(0).unsigned_abs())
    }

    /// When units were oversold: the moment, what could be sold after it, how many. Where the file does not say: each fall
    /// below nothing.
    pub fn sales_beyond(&self) -> impl Iterator<Item = (f64, i64, u64)> {
        self.moments.windows(2).filter_map(|pair| {
            let units = match (pair[0].oversold, pair[1].oversold) {
                (Some(before), Some(after)) => after.saturating_sub(before),
                _ => (pair[0].sellable.min(0) - pair[1].sellable.min(0))
                    .max(0)
                    .unsigned_abs(),
            };
            (units > 0).then_some((pair[1].at_s, pair[1].sellable, units))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(sku: u32, from_s: f64, channel: &str, displayed: Option<i64>, sellable: i64) -> SkuRow {
        SkuRow {
            rank: 1,
            sku,
            from_s,
            channel: channel.to_string(),
            displayed_units: displayed,
            sellable_units: sellable,
        }
    }

    #[test]
    fn rows_of_a_series_become_moments() {
        let rows = [
            row(7, 0.0, "web", Some(9), 9),
            row(7, 0.0, "market", None, 9),
            row(7, 30.0, "web", Some(9), -2),
            row(7, 30.0, "market", Some(4), -2),
            row(7, 60.0, "web", Some(1), -5),
            row(7, 60.0, "market", Some(0), -5),
            row(3, 0.0, "web", Some(1), 1),
        ];
        let history = History::bucketed(2, "own", &rows, Some(99)).unwrap();
        assert_eq!((history.sku, history.oversold()), (7, 5));
        assert_eq!(history.moments[0].displayed, [Some(9), None]);
        let beyond: Vec<(f64, i64, u64)> = history.sales_beyond().collect();
        assert_eq!(beyond, [(30.0, -2, 2), (60.0, -5, 3)]);
        assert_eq!(
            history.within(31.0, 59.0).len(),
            1,
            "how it stood when the stretch began"
        );
        assert_eq!(history.within(61.0, 99.0)[0].at_s, 60.0);
        assert_eq!(History::bucketed(2, "own", &rows, Some(3)).unwrap().sku, 3);
        assert_eq!(History::bucketed(2, "own", &[], None), None);
    }
}
