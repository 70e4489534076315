//! Poisson arrivals through a scenario's phases, by exact inversion of the cumulative rate.
//!
//! A Poisson process of any rate is one of rate 1 in the time scale of its own expected count. So the n-th gap is an
//! exponential draw keyed by n, and the phases only say at which instant the expected count reaches a sum of gaps:
//! changing a rate moves buyers in time and never swaps who they are.

use std::f64::consts::PI;

use oversell_kernel::{Epoch, Micros, Zone};

use crate::scenario::model::DemandPhase;

/// The day's shape around its mean (docs/theory.md D: two harmonics, peak to mean 1.8, trough .25 around four o'clock): a
/// first peak in the late morning and the higher one in the evening.
const DAY: [(f64, f64); 2] = [(0.46, 18.75), (0.41, 9.5)];

/// Seconds of a day.
const DAY_SECONDS: f64 = 86_400.0;

/// The clock on the wall of the scenario's time zone, read by seconds since demand began.
#[derive(Clone, Debug)]
pub struct LocalClock {
    zone: Zone,
    /// Unix time at which demand begins.
    begins_unix_micros: i64,
}

impl LocalClock {
    /// The clock of a zone; simulated time starts at `epoch`, demand `opening` later.
    pub fn new(epoch: Epoch, zone: Zone, opening: Micros) -> LocalClock {
        LocalClock {
            zone,
            begins_unix_micros: epoch.unix_micros.saturating_add(opening.0 as i64),
        }
    }

    fn unix_secs(&self, at_s: f64) -> i64 {
        (self.begins_unix_micros + (at_s * 1e6) as i64).div_euclid(1_000_000)
    }

    /// Seconds since local midnight.
    fn second_of_day(&self, at_s: f64) -> f64 {
        let offset_secs = i64::from(self.zone.offset_secs(self.unix_secs(at_s)));
        let local_micros = self.begins_unix_micros + offset_secs * 1_000_000;
        let begins_s = local_micros.rem_euclid(86_400_000_000) as f64 / 1e6;
        libm::fmod(begins_s + at_s, DAY_SECONDS)
    }

    /// The spans, `(begins_s, lasts_s)`, into which changes of the clock part a span.
    fn spans(&self, begins_s: f64, lasts_s: f64) -> Vec<(f64, f64)> {
        let (from, until) = (self.unix_secs(begins_s), self.unix_secs(begins_s + lasts_s));
        let seconds_of = |unix_secs: i64| unix_secs as f64 - self.begins_unix_micros as f64 / 1e6;
        let mut borders: Vec<f64> = vec![begins_s];
        borders.extend(self.zone.changes(from, until).map(seconds_of));
        borders.push(begins_s + lasts_s);
        borders
            .windows(2)
            .map(|border| (border[0], border[1] - border[0]))
            .collect()
    }
}

/// The phases of demand, one after the other, with their expected counts.
#[derive(Clone, Debug)]
pub struct Timeline {
    segments: Vec<Segment>,
}

/// One phase, placed.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Seconds from the start of demand.
    begins_s: f64,
    /// Seconds.
    lasts_s: f64,
    /// Attempts expected in the whole phase.
    pub expected: f64,
    /// Whether hot SKUs take their share.
    pub hot: bool,
    /// Channel shares of this phase alone.
    pub shares: Option<Vec<f64>>,
    curve: Curve,
}

#[derive(Clone, Debug)]
enum Curve {
    Constant {
        rate: f64,
    },
    Ramp {
        from: f64,
        to: f64,
        lasts_s: f64,
    },
    Decay {
        peak: f64,
        decay_s: f64,
        base: f64,
    },
    /// `clock_s` is the local time of day at which the phase begins.
    Day {
        mean: f64,
        clock_s: f64,
    },
}

impl Curve {
    /// The curve of a phase that begins at this local time of day, in seconds.
    fn of(phase: &DemandPhase, clock_s: f64) -> Curve {
        match phase {
            DemandPhase::Constant { rate, .. } => Curve::Constant {
                rate: rate.per_second,
            },
            DemandPhase::Ramp {
                lasts, from, to, ..
            } => Curve::Ramp {
                from: from.per_second,
                to: to.per_second,
                lasts_s: lasts.as_secs_f64(),
            },
            DemandPhase::Decay {
                peak, decay, base, ..
            } => Curve::Decay {
                peak: peak.per_second,
                decay_s: decay.as_secs_f64().max(1e-6),
                base: base.per_second,
            },
            DemandPhase::Day { mean, .. } => Curve::Day {
                mean: mean.per_second,
                clock_s,
            },
        }
    }

    /// Attempts a second at `t` seconds into the phase.
    fn rate(&self, t: f64) -> f64 {
        match *self {
            Curve::Constant { rate } => rate,
            Curve::Ramp { from, to, lasts_s } => from + (to - from) * (t / lasts_s),
            Curve::Decay {
                peak,
                decay_s,
                base,
            } => base + peak * libm::exp(-t / decay_s),
            Curve::Day { mean, clock_s } => {
                let hour = (clock_s + t) / 3_600.0;
                let shape: f64 = DAY
                    .iter()
                    .zip([1.0, 2.0])
                    .map(|((height, peak), harmonic)| {
                        height * libm::cos(2.0 * PI * harmonic * (hour - peak) / 24.0)
                    })
                    .sum();
                mean * (1.0 + shape)
            }
        }
    }

    /// Attempts expected in the first `t` seconds of the phase.
    fn expected(&self, t: f64) -> f64 {
        match *self {
            Curve::Constant { rate } => rate * t,
            Curve::Ramp { from, to, lasts_s } => from * t + (to - from) * t * t / (2.0 * lasts_s),
            Curve::Decay {
                peak,
                decay_s,
                base,
            } => base * t - peak * decay_s * libm::expm1(-t / decay_s),
            Curve::Day { mean, clock_s } => {
                let integral = |second: f64| -> f64 {
                    DAY.iter()
                        .zip([1.0, 2.0])
                        .map(|((height, peak), harmonic)| {
                            let angular = 2.0 * PI * harmonic / DAY_SECONDS;
                            height / angular * libm::sin(angular * (second - peak * 3_600.0))
                        })
                        .sum()
                };
                mean * (t + integral(clock_s + t) - integral(clock_s))
            }
        }
    }

    /// The instant, in seconds into a phase of `lasts_s`, at which `count` attempts are expected.
    fn instant_of(&self, count: f64, lasts_s: f64, total: f64) -> f64 {
        match *self {
            Curve::Constant { rate } => count / rate,
            Curve::Ramp { from, to, lasts_s } => {
                let slope = (to - from) / lasts_s;
                2.0 * count / (from + libm::sqrt((from * from + 2.0 * slope * count).max(0.0)))
            }
            Curve::Decay { .. } | Curve::Day { .. } => {
                // Newton's method, kept inside a shrinking bracket; a tenth of a microsecond is finer than the clock.
                let (mut low, mut high) = (0.0, lasts_s);
                let mut t = lasts_s * (count / total);
                for _ in 0..64 {
                    let error = self.expected(t) - count;
                    if error > 0.0 {
                        high = t;
                    } else {
                        low = t;
                    }
                    let rate = self.rate(t);
                    let mut next = t - error / rate;
                    if !(next > low && next < high) {
                        next = 0.5 * (low + high);
                    }
                    let moved = libm::fabs(next - t);
                    t = next;
                    if moved < 1e-7 {
                        break;
                    }
                }
                t
            }
        }
    }
}

impl Timeline {
    /// Places the phases one after the other. A phase that follows the day is parted where the clock is put forward or back.
    pub fn new(phases: &[DemandPhase], clock: &LocalClock) -> Timeline {
        let mut begins_s = 0.0;
        let mut segments = Vec::with_capacity(phases.len());
        for phase in phases {
            let (lasts, hot, shares) = match phase {
                DemandPhase::Constant {
                    lasts, hot, shares, ..
                } => (*lasts, *hot, shares.clone()),
                DemandPhase::Ramp { lasts, hot, .. }
                | DemandPhase::Decay { lasts, hot, .. }
                | DemandPhase::Day { lasts, hot, .. } => (*lasts, *hot, None),
            };
            let lasts_s = lasts.as_secs_f64();
            let spans = match phase {
                DemandPhase::Day { .. } => clock.spans(begins_s, lasts_s),
                _ => vec![(begins_s, lasts_s)],
            };
            for (begins_s, lasts_s) in spans {
                let curve = Curve::of(phase, clock.second_of_day(begins_s));
                segments.push(Segment {
                    begins_s,
                    lasts_s,
                    expected: if lasts_s > 0.0 {
                        curve.expected(lasts_s).max(0.0)
                    } else {
                        0.0
                    },
                    hot,
                    shares: shares.clone(),
                    curve,
                });
            }
            begins_s += lasts_s;
        }
        Timeline { segments }
    }

    /// The phases in their order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

/// How far the arrivals have come.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    segment: usize,
    /// Expected count used up inside the segment.
    used: f64,
}

impl Cursor {
    /// Moves on by one gap, in units of expected count. Gives the instant after the start of demand and the phase;
    /// `None` when the last phase ends before.
    pub fn advance(&mut self, timeline: &Timeline, gap: f64) -> Option<(Micros, usize)> {
        let mut gap = gap;
        while let Some(segment) = timeline.segments.get(self.segment) {
            let left = segment.expected - self.used;
            if gap < left {
                self.used += gap;
                let into = segment
                    .curve
                    .instant_of(self.used, segment.lasts_s, segment.expected)
                    .clamp(0.0, segment.lasts_s);
                return Some((Micros::from_secs_f64(segment.begins_s + into), self.segment));
            }
            gap -= left.max(0.0);
            self.segment += 1;
            self.used = 0.0;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::model::Rate;

    fn rate(per_second: f64) -> Rate {
        Rate { per_second }
    }

    /// A clock without daylight saving that shows this second of the day when demand begins.
    fn clock_at(second_of_day: f64) -> LocalClock {
        let epoch = Epoch {
            unix_micros: (second_of_day * 1e6) as i64,
        };
        LocalClock::new(epoch, Zone::fixed(0), Micros::ZERO)
    }

    /// A day of New York with its four o'clock trough: 2026-11-01, on which two o'clock comes twice, and the day before.
    #[test]
    fn a_day_follows_the_clock_that_is_put_back() {
        let (epoch, zone) =
            Epoch::parse_start("2026-10-31T00:00:00-04:00[America/New_York]").unwrap();
        let clock = LocalClock::new(epoch, zone, Micros::ZERO);
        let days = DemandPhase::Day {
            lasts: Micros::from_secs(2 * 86_400),
            mean: crate::scenario::model::Rate { per_second: 1.0 },
            hot: false,
        };
        let timeline = Timeline::new(&[days], &clock);
        let begins: Vec<f64> = timeline
            .segments()
            .iter()
            .map(|it| it.begins_s / 3_600.0)
            .collect();
        assert_eq!(begins, [0.0, 26.0]);
        let rate =
            |segment: usize, hour: f64| timeline.segments()[segment].curve.rate(hour * 3_600.0);
        // Three hours after the change it is four o'clock, one hour later than the day before.
        assert!((rate(0, 4.0) - rate(1, 3.0)).abs() < 1e-9);
        assert!((rate(0, 28.0) - rate(1, 2.0)).abs() > 1e-3);
    }

    fn every_shape() -> Vec<DemandPhase> {
        vec![
            DemandPhase::Constant {
                lasts: Micros::from_secs(100),
                rate: rate(3.0),
                hot: false,
                shares: None,
            },
            DemandPhase::Ramp {
                lasts: Micros::from_secs(100),
                from: rate(0.0),
                to: rate(8.0),
                hot: false,
            },
            DemandPhase::Ramp {
                lasts: Micros::from_secs(100),
                from: rate(8.0),
                to: rate(0.0),
                hot: false,
            },
            DemandPhase::Decay {
                lasts: Micros::from_secs(300),
                peak: rate(10.0),
                decay: Micros::from_secs(60),
                base: rate(0.5),
                hot: true,
            },
            DemandPhase::Day {
                lasts: Micros::from_secs(86_400),
                mean: rate(0.2),
                hot: false,
            },
        ]
    }

    #[test]
    fn expected_counts_are_the_integrals() {
        let timeline = Timeline::new(&every_shape(), &clock_at(3_600.0));
        let expected: Vec<f64> = timeline.segments().iter().map(|s| s.expected).collect();
        assert!((expected[0] - 300.0).abs() < 1e-9);
        assert!((expected[1] - 400.0).abs() < 1e-9);
        assert!((expected[2] - 400.0).abs() < 1e-9);
        assert!((expected[3] - (150.0 + 600.0 * (1.0 - libm::exp(-5.0)))).abs() < 1e-9);
        assert!(
            (expected[4] - 17_280.0).abs() < 1e-6,
            "a whole day has its mean"
        );
        for segment in timeline.segments() {
            let steps = 20_000;
            let width = segment.lasts_s / f64::from(steps);
            let sum: f64 = (0..steps)
                .map(|step| segment.curve.rate((f64::from(step) + 0.5) * width) * width)
                .sum();
            assert!((sum - segment.expected).abs() < 1e-3 * segment.expected);
        }
    }

    #[test]
    fn a_day_peaks_in_the_evening_and_sleeps_at_four() {
        let curve = Curve::Day {
            mean: 1.0,
            clock_s: 0.0,
        };
        let hours: Vec<f64> = (0..24)
            .map(|h| curve.rate(f64::from(h) * 3_600.0))
            .collect();
        let peak = hours.iter().cloned().fold(0.0, f64::max);
        let trough = hours.iter().cloned().fold(9.0, f64::min);
        assert!((peak - 1.8).abs() < 0.03 && hours[21] == peak);
        assert!((trough - 0.25).abs() < 0.02 && hours[4] == trough);
        assert!(
            hours[10] > hours[8] && hours[10] > hours[14],
            "late morning peak"
        );
    }

    proptest! {
        #[test]
        fn the_inverse_inverts(part in 0.0001f64..0.9999, clock in 0.0f64..86_400.0) {
            for segment in Timeline::new(&every_shape(), &clock_at(clock)).segments() {
                let count = part * segment.expected;
                let t = segment.curve.instant_of(count, segment.lasts_s, segment.expected);
                prop_assert!((0.0..=segment.lasts_s).contains(&t));
                prop_assert!((segment.curve.expected(t) - count).abs() < 1e-5 * segment.expected.max(1.0));
            }
        }

        #[test]
        fn arrivals_never_go_back(gaps in proptest::collection::vec(0.0f64..50.0, 1..500)) {
            let timeline = Timeline::new(&every_shape(), &clock_at(0.0));
            let mut cursor = Cursor::default();
            let mut before = Micros::ZERO;
            for gap in gaps {
                let Some((at, _)) = cursor.advance(&timeline, gap) else { break };
                prop_assert!(at >= before);
                before = at;
            }
        }
    }
}
