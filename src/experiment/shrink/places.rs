//! Fewer channels, SKUs and locations.

use super::{Attempt, Step};
use crate::scenario::Scenario;
use crate::scenario::model::{DemandPhase, FBA};

impl Attempt<'_> {
    pub(super) fn drop_channels(&mut self) -> Step {
        let mut is_smaller = false;
        let mut index = 0;
        while index < self.best.channels.len() {
            if self.change(|scenario| without_channel(scenario, index))? {
                is_smaller = true;
            } else {
                index += 1;
            }
        }
        Ok(is_smaller)
    }

    pub(super) fn drop_skus(&mut self) -> Step {
        let failing = self.failure.example.as_ref().and_then(|it| it.sku);
        // Everybody who wanted anything wants the one that fails.
        let mut is_smaller = self.change(|scenario| {
            scenario.catalogue.skus > 1 && {
                with_skus(scenario, failing.unwrap_or(1)..=failing.unwrap_or(1));
                true
            }
        })?;
        let mut left = self.best.catalogue.skus;
        while left > 1 {
            left /= 2;
            is_smaller |= self.change(|scenario| {
                scenario.catalogue.skus > left && {
                    with_skus(scenario, 1..=left);
                    true
                }
            })?;
        }
        is_smaller |= self.change(with_one_location)?;
        Ok(is_smaller)
    }
}

/// Leaves a channel out with all that is of it; the others' shares grow in proportion.
fn without_channel(scenario: &mut Scenario, index: usize) -> bool {
    if scenario.channels.len() < 2 {
        return false;
    }
    let gone = scenario.channels.remove(index).name;
    let whole: f64 = scenario.channels.iter().map(|channel| channel.share).sum();
    let count = scenario.channels.len();
    let mut left = 1.0;
    for (place, channel) in scenario.channels.iter_mut().enumerate() {
        let part = match whole > 0.0 {
            true => channel.share / whole,
            false => 1.0 / count as f64,
        };
        // In hundredths, which read well; what rounding leaves is the last one's.
        channel.share = match place + 1 == count {
            true => (left * 100.0_f64).round() / 100.0,
            false => (part * 100.0).round() / 100.0,
        };
        left -= channel.share;
    }
    for phase in &mut scenario.demand.phases {
        if let DemandPhase::Constant { shares, .. } = phase {
            *shares = None;
        }
    }
    scenario
        .faults
        .retain(|fault| fault.channel.as_deref() != Some(gone.as_str()));
    scenario
        .happenings
        .retain(|event| event.about().channel != Some(&gone));
    let locations = &mut scenario.warehouse.locations;
    for location in locations.iter_mut() {
        location.channels.retain(|name| *name != gone);
    }
    locations.retain(|location| location.code != FBA || !location.channels.is_empty());
    if locations.iter().all(|location| location.code != FBA) {
        scenario.stock.fba_units = 0;
    }
    true
}

/// Keeps these SKUs, by rank; the first of them is then the most popular one.
fn with_skus(scenario: &mut Scenario, kept: std::ops::RangeInclusive<u32>) {
    let (first, count) = (*kept.start(), kept.end() - kept.start() + 1);
    scenario.catalogue.skus = count;
    scenario.catalogue.hot_skus = scenario.catalogue.hot_skus.min(count);
    let renumber = |sku: &mut u32| {
        let is_kept = kept.contains(sku);
        *sku = sku.saturating_sub(first - 1);
        is_kept
    };
    scenario
        .faults
        .retain_mut(|fault| fault.sku.as_mut().is_none_or(renumber));
    scenario
        .happenings
        .retain_mut(|event| event.about_mut().sku.is_none_or(&renumber));
}

/// Keeps the first of the merchant's own locations alone.
fn with_one_location(scenario: &mut Scenario) -> bool {
    let locations = &mut scenario.warehouse.locations;
    let Some(own) = locations.iter().position(|location| location.code != FBA) else {
        return false;
    };
    if locations.len() == 1 {
        return false;
    }
    let mut kept = locations.swap_remove(own);
    (kept.share, kept.channels) = (1.0, Vec::new());
    let code = kept.code.clone();
    *locations = vec![kept];
    scenario.stock.fba_units = 0;
    for fault in &mut scenario.faults {
        fault.location = None;
    }
    for event in &mut scenario.happenings {
        if let Some(location) = event.about_mut().location {
            location.clone_from(&code);
        }
    }
    true
}
