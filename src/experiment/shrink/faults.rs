//! Faults that strike less.

use channel_mocks::core::{Distribution, Micros};

use super::{Attempt, Step};
use crate::scenario::model::Fault;

/// Windows are not cut below this.
const SHORTEST: Micros = Micros::from_secs(1);

impl Attempt<'_> {
    pub(super) fn narrow_faults(&mut self) -> Step {
        let mut is_smaller = false;
        for index in 0..self.best.faults.len() {
            is_smaller |= self.narrow(index, strike_once)?;
            while self.narrow(index, halve_window)? {
                is_smaller = true;
            }
            is_smaller |= self.narrow(index, fix_delay)?;
            is_smaller |= self.narrow(index, |fault, _| fault.retry_after.take().is_some())?;
        }
        Ok(is_smaller)
    }

    fn narrow(&mut self, index: usize, step: fn(&mut Fault, Micros) -> bool) -> Step {
        self.change(|scenario| {
            let duration = scenario.duration;
            scenario
                .faults
                .get_mut(index)
                .is_some_and(|fault| step(fault, duration))
        })
    }
}

/// Only the first time, rather than again and again.
fn strike_once(fault: &mut Fault, _: Micros) -> bool {
    // Where a platform counts nothing off there is no such scenario.
    if !fault.kind.describe().rate.counts(false) || fault.first == Some(1) {
        return false;
    }
    (fault.probability, fault.every, fault.first) = (None, None, Some(1));
    true
}

fn halve_window(fault: &mut Fault, duration: Micros) -> bool {
    let rest = duration.since(fault.from);
    let lasts = fault.lasts.map_or(rest, |lasts| lasts.min(rest));
    // In whole seconds.
    let half = Micros(lasts.0 / 2_000_000 * 1_000_000);
    fault.lasts = Some(half);
    half >= SHORTEST
}

/// Always the longest delay, of which the engine has been told.
fn fix_delay(fault: &mut Fault, _: Micros) -> bool {
    let longest = fault.delay.map(|delay| delay.upper_bound());
    let Some(longest) = longest.filter(|longest| *longest < Micros::MAX) else {
        return false;
    };
    let fixed = Some(Distribution::fixed(longest));
    fault.delay != fixed && {
        fault.delay = fixed;
        true
    }
}
