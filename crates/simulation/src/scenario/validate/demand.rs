//! `[demand]` and `[replay]`.

use channel_mocks::core::Micros;

use super::Rules;
use crate::scenario::model::{DemandPhase, UNITS_OF_SKU_MAX};
use crate::scenario::rate::Rate;

/// The most checkout attempts a scenario may expect: order numbers have 32 bits.
const ATTEMPTS_MAX: f64 = 2e9;

/// Longest basket and longest mean basket that make sense.
const LINES_MEAN_MAX: f64 = 50.0;

/// Most phases of demand.
const MOST_PHASES: usize = 10_000;

/// Most different numbers of units that a line may have.
const MOST_UNITS: usize = 1_000;

/// The highest rate of one phase, attempts a second.
const HIGHEST_RATE: f64 = 1e6;

/// The rates of a phase by their keys.
fn rates(phase: &DemandPhase) -> Vec<(&'static str, Rate)> {
    match phase {
        DemandPhase::Constant { rate, .. } => vec![("rate", *rate)],
        DemandPhase::Ramp { from, to, .. } => vec![("from", *from), ("to", *to)],
        DemandPhase::Decay { peak, base, .. } => vec![("peak", *peak), ("base", *base)],
        DemandPhase::Day { mean, .. } => vec![("mean", *mean)],
    }
}

impl Rules<'_, '_, '_> {
    pub(super) fn demand(&mut self) {
        let demand = &self.scenario.demand;
        self.within("demand.lines_mean", demand.lines_mean, 1.0, LINES_MEAN_MAX);
        if demand.units.is_empty() {
            self.breach(
                "demand.units",
                "a line needs at least one possible number of units",
                "empty",
                "write [1.0] for always one",
            );
        }
        self.at_most(
            "demand.units",
            "numbers of units of a line",
            demand.units.len(),
            MOST_UNITS,
        );
        self.adds_to_one("the probabilities in `units`", &demand.units, |index| {
            format!("demand.units.{index}")
        });
    }

    pub(super) fn phases(&mut self) {
        let scenario = self.scenario;
        let mut total = Micros::ZERO;
        let mut attempts = 0.0;
        self.at_most(
            "demand.phase",
            "phases",
            scenario.demand.phases.len(),
            MOST_PHASES,
        );
        for (index, phase) in scenario.demand.phases.iter().enumerate() {
            let path = format!("demand.phase.{index}");
            let (lasts, hot) = match phase {
                DemandPhase::Constant { lasts, hot, .. }
                | DemandPhase::Ramp { lasts, hot, .. }
                | DemandPhase::Decay { lasts, hot, .. }
                | DemandPhase::Day { lasts, hot, .. } => (*lasts, *hot),
            };
            self.positive(&format!("{path}.lasts"), lasts);
            for (key, rate) in rates(phase) {
                let path = format!("{path}.{key}");
                self.within(&path, rate.per_second, 0.0, HIGHEST_RATE);
            }
            let before = total;
            total += lasts;
            if total > scenario.duration && before <= scenario.duration {
                self.breach(
                    &format!("{path}.lasts"),
                    format!(
                        "the phases last {total} in all, and `duration` is {}",
                        scenario.duration
                    ),
                    "ends after the demand does",
                    "shorten the phases or lengthen `duration`",
                );
            }
            if hot && scenario.catalogue.hot_skus == 0 && scenario.replay.is_none() {
                self.breach(
                    &format!("{path}.hot"),
                    "this phase is hot, and there are no hot SKUs",
                    "without effect",
                    "set `catalogue.hot_skus` and `catalogue.hot_share`",
                );
            }
            let seconds = lasts.as_secs_f64();
            attempts += match phase {
                DemandPhase::Constant { rate, shares, .. } => {
                    if let Some(shares) = shares {
                        if shares.len() != scenario.channels.len() {
                            self.breach(
                                &format!("{path}.shares"),
                                format!(
                                    "{} shares for {} channels",
                                    shares.len(),
                                    scenario.channels.len()
                                ),
                                "one for each channel, in their order",
                                "",
                            );
                        } else {
                            self.adds_to_one("a phase's shares", shares, |at| {
                                format!("{path}.shares.{at}")
                            });
                        }
                    }
                    rate.per_second * seconds
                }
                DemandPhase::Ramp { from, to, .. } => {
                    (from.per_second + to.per_second) / 2.0 * seconds
                }
                DemandPhase::Decay {
                    peak, decay, base, ..
                } => {
                    self.positive(&format!("{path}.decay"), *decay);
                    base.per_second * seconds + peak.per_second * decay.as_secs_f64().min(seconds)
                }
                DemandPhase::Day { mean, .. } => mean.per_second * seconds,
            };
        }
        let units = self.scenario.demand.units.iter().zip(1..);
        let units: f64 = units.map(|(part, units)| part * f64::from(units)).sum();
        let expected = attempts * scenario.demand.lines_mean * units;
        if let Some(cover) = scenario.stock.cover
            && expected * cover > f64::from(UNITS_OF_SKU_MAX)
        {
            self.breach(
                "stock.cover",
                format!("{cover} times the demand of about {expected:.0} units"),
                "too many",
                format!("the stock is at most {UNITS_OF_SKU_MAX} units"),
            );
        }
        if attempts > ATTEMPTS_MAX {
            self.breach(
                "demand.phase",
                format!("about {attempts:.0} checkout attempts are expected"),
                "more than one run can number",
                format!("at most {ATTEMPTS_MAX:.0}: lower the rates or shorten the phases"),
            );
        }
    }

    pub(super) fn replay(&mut self) {
        let Some(replay) = &self.scenario.replay else {
            return;
        };
        for (index, channel) in self.scenario.channels.iter().enumerate() {
            let hours = [
                ("opens_at", channel.opens_at),
                ("closes_at", channel.closes_at),
            ];
            for (key, _) in hours.iter().filter(|(_, at)| at.is_some()) {
                self.breach(
                    &format!("channel.{index}.{key}"),
                    "a replay takes its channels from the order log, which knows no opening hours",
                    "not with [replay]",
                    format!("leave `{key}` out"),
                );
            }
        }
        if !self.scenario.demand.phases.is_empty() {
            self.breach(
                "demand.phase",
                "a replay takes its buyers from the order log, not from phases",
                "not with [replay]",
                "keep one of them",
            );
        }
        self.within(
            "replay.time_compression",
            replay.time_compression,
            1e-3,
            1e9,
        );
        if replay.quantity_cap == Some(0) {
            self.breach(
                "replay.quantity_cap",
                "a cap of 0 units leaves nothing",
                "at least 1",
                "leave `quantity_cap` out for no cap",
            );
        }
        if replay.lines_cap == Some(0) {
            self.breach(
                "replay.lines_cap",
                "a cap of 0 lines leaves nothing",
                "at least 1",
                "leave `lines_cap` out for no cap",
            );
        }
    }
}
