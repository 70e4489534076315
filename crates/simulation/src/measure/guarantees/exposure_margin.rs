//! The quotas of a SKU together never exceed what can be sold: an oversold unit to be, before it is sold
//! (docs/theory.md B, guarantee margin).

use super::finding::{About, Finding};
use super::timeline::Timelines;
use super::{Place, Rests};
use crate::measure::assumptions::{Assumptions, Breach, Hypothesis};
use crate::measure::by_sku;
use crate::measure::verdict::CounterExample;
use crate::measure::words::counted;
use crate::world::ledger::Entry;

/// Of contenders whose counts are quotas alone: a count of the whole stock on every channel has no such sum.
#[derive(Clone, Debug, Default)]
pub(super) struct ExposureMargin {
    /// The most units below zero, and how many of them are excused, per SKU.
    skus: Vec<(u64, u64)>,
    excuse: Option<Breach>,
    first: Option<CounterExample>,
    first_unexcused: Option<CounterExample>,
}

impl ExposureMargin {
    pub fn record(
        &mut self,
        place: Place<'_>,
        entry: &Entry,
        assumptions: &Assumptions,
        timelines: &Timelines,
    ) {
        let Entry::MarginLow {
            sku,
            margin_units,
            since,
        } = *entry
        else {
            return;
        };
        let units = margin_units.min(0).unsigned_abs();
        let excused = assumptions.excused(sku, units, units);
        let worst = by_sku::row(&mut self.skus, sku);
        let blamed = |(units, excused): (u64, u64)| (units - excused, units);
        if blamed((units, excused)) > blamed(*worst) {
            *worst = (units, excused);
        }
        if excused > 0 {
            self.excuse = self.excuse.or_else(|| assumptions.excuse(sku));
        }
        if self.first.is_some() && (excused == units || self.first_unexcused.is_some()) {
            return;
        }
        let example = CounterExample {
            at_s: since.as_secs_f64(),
            channel: "all channels".to_string(),
            sku: Some(sku.0 + 1),
            what: format!(
                "the quotas of SKU {} showed together {} more than could be sold",
                sku.0 + 1,
                counted(units, "unit")
            ),
            timeline: timelines.of(Place { at: since, ..place }, sku),
            ..CounterExample::default()
        };
        if excused < units {
            self.first_unexcused.get_or_insert_with(|| example.clone());
        }
        self.first.get_or_insert(example);
    }

    pub fn finding(self, sold: u64, shows_quotas: bool) -> Finding {
        Finding {
            name: "exposure_margin",
            about: if shows_quotas {
                About::Counts
            } else {
                About::Nobody
            },
            promise: None,
            exercised: sold > 0,
            broken: self.skus.iter().map(|(units, _)| units).sum(),
            // There is no whole of it.
            of: 0,
            what: "units shown beyond what could be sold",
            excused: self.skus.iter().map(|(_, excused)| excused).sum(),
            tolerated_share: 0.0,
            first: self.first_unexcused.or(self.first),
            rests: Rests {
                on: &Hypothesis::ALL,
                excuse: self.excuse,
            },
        }
    }
}
