//! Why oversold units changed.

use std::collections::BTreeMap;

use super::comparison::{CauseChange, CausesChange};
use super::side::SideRun;
use crate::measure::Causes;
use crate::measure::causes::{CauseLabel, DelayParts};

/// Causes of all pairs, if both sides know them.
pub(super) fn causes(runs: &[(SideRun, SideRun)]) -> Option<CausesChange> {
    let pairs: Option<Vec<(&Causes, &Causes)>> = runs
        .iter()
        .map(|(one, two)| Some((one.causes.as_ref()?, two.causes.as_ref()?)))
        .collect();
    let pairs = pairs?;
    let before: Vec<&Causes> = pairs.iter().map(|(one, _)| *one).collect();
    let after: Vec<&Causes> = pairs.iter().map(|(_, two)| *two).collect();
    if before.iter().chain(&after).all(|it| it.units == 0) {
        return None;
    }
    let (units_before, units_after) = (by_label(&before), by_label(&after));
    let mut labels: Vec<CauseChange> = CauseLabel::ALL
        .into_iter()
        .map(|label| CauseChange {
            label,
            units_before: units_before.get(&label).copied().unwrap_or(0),
            units_after: units_after.get(&label).copied().unwrap_or(0),
        })
        .filter(|it| it.units_before != it.units_after)
        .collect();
    labels.sort_by_key(|it| it.units_before as i64 - it.units_after as i64);
    Some(CausesChange {
        labels,
        delay_before: mean_delay(&before),
        delay_after: mean_delay(&after),
    })
}

fn by_label(all: &[&Causes]) -> BTreeMap<CauseLabel, u64> {
    let mut units = BTreeMap::new();
    for row in all.iter().flat_map(|it| &it.rows) {
        *units.entry(row.label).or_default() += row.units;
    }
    units
}

fn mean_delay(all: &[&Causes]) -> Option<DelayParts> {
    let rows = || all.iter().flat_map(|it| &it.rows);
    let units: u64 = rows().map(|row| row.units).sum();
    if units == 0 {
        return None;
    }
    let mean =
        |of: fn(&DelayParts) -> f64| rows().map(|row| of(&row.delays)).sum::<f64>() / units as f64;
    Some(DelayParts {
        platform_s: mean(|it| it.platform_s),
        network_in_s: mean(|it| it.network_in_s),
        engine_s: mean(|it| it.engine_s),
        paced_s: mean(|it| it.paced_s),
        throttled_s: mean(|it| it.throttled_s),
        network_out_s: mean(|it| it.network_out_s),
        apply_s: mean(|it| it.apply_s),
    })
}
