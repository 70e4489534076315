//! What runs out, and where it would by the utilisation law (docs/theory.md A6): calls a second are orders a second times calls an
//! order, so that a limit's use grows linearly with demand until it is full.

use serde::{Deserialize, Serialize};

use super::Probe;
use crate::experiment::replications::SeedRow;
use crate::measure::throughput::LimitUtilisation;

/// Above it a limit counts as full while buyers come: calls wait for it.
pub const FULL: f64 = 0.95;

/// How far one limit was used, mean over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitMeans {
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// The platform's name of the limit.
    pub limit: String,
    /// Tokens used of those that flowed in while buyers came.
    pub busy: f64,
    /// The same in the busiest minute.
    pub peak: f64,
}

/// What ran out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Limiting {
    /// A limit was full all the time that buyers came.
    Limit(LimitMeans),
    /// It was full in the busiest minute.
    LimitInPeaks(LimitMeans),
    /// No limit was full: the engine itself, or delays that no limit makes.
    Engine {
        /// The limit that was used most; null where none was counted, as in real time.
        most_used: Option<LimitMeans>,
    },
}

/// Where a limit is full if its use goes on growing as it does between two small values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bound {
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// The platform's name of the limit.
    pub limit: String,
    /// The value of the key.
    pub value: f64,
    /// Its use at no demand: what is polled whatever happens.
    pub at_rest: f64,
}

/// Gathers the use of limits over seeds.
#[derive(Debug, Default)]
pub(super) struct Limits {
    seeds: f64,
    sums: Vec<LimitMeans>,
}

impl Limits {
    pub(super) fn add(&mut self, row: &SeedRow) {
        self.seeds += 1.0;
        // In real time nobody looks at limits while it runs.
        let counted = |it: &&LimitUtilisation| it.busy_utilisation.is_some();
        for it in row.limits.iter().filter(counted) {
            let same = |known: &LimitMeans| known.system == it.system && known.limit == it.limit;
            let place = self.sums.iter().position(same).unwrap_or(self.sums.len());
            if place == self.sums.len() {
                self.sums.push(LimitMeans {
                    system: it.system.clone(),
                    limit: it.limit.clone(),
                    busy: 0.0,
                    peak: 0.0,
                });
            }
            self.sums[place].busy += it.busy_utilisation.unwrap_or_default();
            self.sums[place].peak += it.peak_utilisation.unwrap_or_default();
        }
    }

    pub(super) fn means(self) -> Vec<LimitMeans> {
        let seeds = self.seeds.max(1.0);
        let mean = |it: LimitMeans| LimitMeans {
            busy: it.busy / seeds,
            peak: it.peak / seeds,
            ..it
        };
        self.sums.into_iter().map(mean).collect()
    }
}

/// What ran out at a value that is not carried. A limit that was full at the value below it too, which is carried, is not what
/// ran out: its calls wait or are left out without harm.
pub(super) fn limiting(limits: &[LimitMeans], carried: &[LimitMeans]) -> Limiting {
    let most = |value: fn(&LimitMeans) -> f64| {
        let was_full = |it: &LimitMeans| {
            let mut known = carried.iter();
            known.any(|own| own.system == it.system && own.limit == it.limit && value(own) >= FULL)
        };
        let limits = limits.iter().filter(|it| !was_full(it));
        limits
            .max_by(|one, other| value(one).total_cmp(&value(other)))
            .cloned()
    };
    match (most(|it| it.busy), most(|it| it.peak)) {
        (Some(busy), _) if busy.busy >= FULL => Limiting::Limit(busy),
        (_, Some(peak)) if peak.peak >= FULL => Limiting::LimitInPeaks(peak),
        (busy, _) => Limiting::Engine { most_used: busy },
    }
}

/// From the two smallest values; nothing where there are no two, or where use does not grow.
pub(super) fn bounds(probes: &[Probe]) -> Vec<Bound> {
    let [first, second, ..] = probes else {
        return Vec::new();
    };
    let mut bounds: Vec<Bound> = first
        .limits
        .iter()
        .filter_map(|one| {
            let mut others = second.limits.iter();
            let other = others.find(|it| it.system == one.system && it.limit == one.limit)?;
            let slope = (other.busy - one.busy) / (second.value - first.value);
            let at_rest = one.busy - slope * first.value;
            // A limit that is full already grows no more, and would promise too much.
            let grows = slope > 1e-9 && other.busy < FULL;
            grows.then(|| Bound {
                system: one.system.clone(),
                limit: one.limit.clone(),
                value: (1.0 - at_rest) / slope,
                at_rest,
            })
        })
        .collect();
    bounds.sort_by(|one, other| one.value.total_cmp(&other.value));
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_full_before_is_not_what_ran_out() {
        let limit = |system: &str, busy: f64, peak: f64| LimitMeans {
            system: system.to_string(),
            limit: "write".to_string(),
            busy,
            peak,
        };
        let carried = [limit("amazon", 1.7, 2.0), limit("tiktok", 0.7, 0.8)];
        let beyond = [limit("amazon", 1.8, 2.0), limit("tiktok", 0.8, 1.0)];
        assert_eq!(
            limiting(&beyond, &carried),
            Limiting::LimitInPeaks(beyond[1].clone())
        );
        assert_eq!(limiting(&beyond, &[]), Limiting::Limit(beyond[0].clone()));
        assert_eq!(
            limiting(&carried, &carried),
            Limiting::Engine {
                most_used: Some(carried[1].clone())
            }
        );
    }
}
