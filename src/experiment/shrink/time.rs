//! Less time: before the first buyer, while buyers come, after the last one.

use channel_mocks::core::Micros;

use super::{Attempt, Step};
use crate::scenario::Scenario;
use crate::scenario::model::DemandPhase;

const SECOND: u64 = 1_000_000;

impl Attempt<'_> {
    /// Leaves the time to settle out, where it has nothing to do with the failure.
    pub(super) fn shorten_end(&mut self) -> Step {
        if !self.is_of_a_moment() {
            return Ok(false);
        }
        let mut is_smaller = false;
        for settle in [SECOND, 60 * SECOND, 600 * SECOND] {
            is_smaller |= self.change(|scenario| {
                let is_shorter = Micros(settle) < scenario.settle;
                scenario.settle = Micros(settle);
                keep_what_is_in_time(scenario);
                is_shorter
            })?;
            if is_smaller {
                break;
            }
        }
        Ok(is_smaller)
    }

    pub(super) fn shorten(&mut self) -> Step {
        let mut is_smaller = false;
        if self.is_of_a_moment()
            && let Some(example) = &self.failure.example
        {
            let after_opening = example.at_s - self.best.opening.as_secs_f64();
            let needed = Micros((after_opening.max(0.0).ceil() as u64 + 1) * SECOND);
            is_smaller |= self.change(|scenario| lasts(scenario, needed))?;
        }
        for part in [0.5, 0.75] {
            let shorter = Micros((self.best.duration.0 as f64 * part) as u64 / SECOND * SECOND);
            is_smaller |= self.change(|scenario| lasts(scenario, shorter))?;
        }
        for opening in [60, 120, 300] {
            let opening = Micros(opening * SECOND);
            is_smaller |= self.change(|scenario| {
                let is_shorter = opening < scenario.opening;
                scenario.opening = opening;
                is_shorter
            })?;
        }
        for step in [SECOND, SECOND / 10, SECOND / 1_000] {
            is_smaller |= self.change(|scenario| {
                let mut is_rounder = false;
                for event in &mut scenario.happenings {
                    let at = event.about_mut().at;
                    is_rounder |= !at.0.is_multiple_of(step);
                    at.0 = at.0 / step * step;
                }
                is_rounder
            })?;
        }
        Ok(is_smaller)
    }
}

/// Has buyers come for this long.
fn lasts(scenario: &mut Scenario, duration: Micros) -> bool {
    if duration >= scenario.duration || duration == Micros::ZERO {
        return false;
    }
    scenario.duration = duration;
    let mut left = duration;
    scenario.demand.phases.retain_mut(|phase| {
        let (DemandPhase::Constant { lasts, .. }
        | DemandPhase::Ramp { lasts, .. }
        | DemandPhase::Decay { lasts, .. }
        | DemandPhase::Day { lasts, .. }) = phase;
        *lasts = (*lasts).min(left);
        left = left.since(*lasts);
        *lasts > Micros::ZERO
    });
    keep_what_is_in_time(scenario);
    true
}

/// Leaves out what would come after the end.
fn keep_what_is_in_time(scenario: &mut Scenario) {
    let (duration, end) = (scenario.duration, scenario.duration + scenario.settle);
    scenario.faults.retain(|fault| fault.from < duration);
    scenario.happenings.retain(|event| event.at() <= end);
}
