//! What only real time has: how late the driver's arrivals were, how long calls took, and how much of that is the
//! harness's own doing.
//!
//! Arrivals have set times (an open model). What is late counts from the set time, never from the moment at which the
//! driver got round to it: a driver that stalls makes its figures worse, not fewer (no coordinated omission).

use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_mocks::core::{CallKind, Micros};
use serde::{Deserialize, Serialize};

use super::histogram::{Durations, Spread};
use crate::world::ledger::Entry;

/// A run is no measurement when one arrival of all was later than so many limits.
pub const WORST_LIMITS: u64 = 20;
/// The longest lateness of each such span of platform time is kept, for the changes that happened in it.
const SPAN: Micros = Micros::from_secs(1);
/// Most spans: beyond it (eleven days) the last one stands for the rest.
const MOST_SPANS: usize = 1_000_000;

const KINDS: [CallKind; 3] = [CallKind::Read, CallKind::Write, CallKind::Token];

/// Figures of a driver in real time. Times whose names say `real` are seconds of the wall clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct RealTimeFigures {
    /// Whether the driver was punctual enough for the other figures to mean what they say.
    pub is_measurement: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
    /// The bound that 99 % of all arrivals have to keep; none may be later than twenty times as much.
    pub lag_limit_real_s: f64,
    /// From an arrival's set time to the driver's letting go of it.
    pub send_lag_real_s: Spread,
    /// From an arrival's set time to the system's taking it up: what the bound is about.
    pub arrival_lag_real_s: Spread,
    /// From the set time of a change elsewhere to the first count that contains it, simulated seconds; like
    /// `propagation_s`, but from the set times. Without samples for quotas.
    pub propagation_from_set_time_s: Spread,
    /// Calls by system and by what they were for.
    pub calls: Vec<CallTimes>,
}

/// How long calls to one system took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(any(test, feature = "test-support"), derive(schemars::JsonSchema))]
pub struct CallTimes {
    /// The channel's name, or `warehouse`.
    pub system: String,
    /// What they were for: `read`, `write` or `token`.
    pub kind: String,
    /// From a request's last byte to its response's leaving.
    pub total_real_s: Spread,
    /// The same less the latency of the platform's profile: the harness's own doing.
    pub overhead_real_s: Spread,
}

/// Takes what is timed; shared by all threads of a run.
#[derive(Debug)]
pub struct RealTime {
    arrivals: Mutex<Arrivals>,
    propagation: Mutex<Durations>,
    /// By system and [`KINDS`].
    calls: Vec<Mutex<[Call; 3]>>,
}

#[derive(Debug, Default)]
struct Arrivals {
    send_lag: Durations,
    lag: Durations,
    /// The longest lag in each [`SPAN`], platform microseconds.
    by_span: Vec<u32>,
}

#[derive(Debug, Default)]
struct Call {
    total: Durations,
    overhead: Durations,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds a lock of these leaves anything half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn span(at: Micros) -> usize {
    usize::try_from(at.0 / SPAN.0).map_or(MOST_SPANS - 1, |span| span.min(MOST_SPANS - 1))
}

fn kind_name(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Read => "read",
        CallKind::Write => "write",
        CallKind::Token => "token",
    }
}

impl RealTime {
    /// For so many systems: the channels and the warehouse.
    pub fn new(systems: usize) -> RealTime {
        let mut calls = Vec::with_capacity(systems);
        calls.resize_with(systems, Mutex::default);
        RealTime {
            arrivals: Mutex::default(),
            propagation: Mutex::default(),
            calls,
        }
    }

    /// Something from outside was let go of `send_lag`, and taken up `lag`, after its set time (real time). The system
    /// dated it `dated`, which is `late_by` of platform time too late.
    pub fn arrived(&self, send_lag: Micros, lag: Micros, dated: Micros, late_by: Micros) {
        let mut arrivals = lock(&self.arrivals);
        arrivals.send_lag.record(send_lag);
        arrivals.lag.record(lag);
        let span = span(dated);
        if arrivals.by_span.len() <= span {
            arrivals.by_span.resize(span + 1, 0);
        }
        let late_by = u32::try_from(late_by.0).unwrap_or(u32::MAX);
        arrivals.by_span[span] = arrivals.by_span[span].max(late_by);
    }

    /// A call was answered after `total` of real time, of which the platform itself takes `own`.
    pub fn answered(&self, system: usize, kind: CallKind, own: Micros, total: Micros) {
        let Some(calls) = self.calls.get(system) else {
            return;
        };
        let call = &mut lock(calls)[KINDS.iter().position(|it| *it == kind).unwrap_or(0)];
        call.total.record(total);
        call.overhead.record(total.since(own));
    }

    /// Takes an entry of the ledger: changes that became visible elsewhere.
    pub fn entry(&self, at: Micros, entry: &Entry) {
        if let Entry::Propagated {
            own_sale: false,
            happened_at,
            ..
        } = *entry
        {
            // Of several arrivals in one span the latest stands for all: too much rather than too little. The ledger may
            // have dated the change a little later than its system did, and so in the next span.
            let late_by = {
                let arrivals = lock(&self.arrivals);
                let (before, own) = (span(happened_at.since(SPAN)), span(happened_at));
                let spans = arrivals.by_span.iter().take(own + 1).skip(before);
                spans.copied().max().unwrap_or(0)
            };
            let late_by = Micros(u64::from(late_by));
            lock(&self.propagation).record(at.since(happened_at) + late_by);
        }
    }

    /// The figures, under a bound for the lag of arrivals in real time.
    pub fn figures(&self, systems: &[String], limit: Micros) -> RealTimeFigures {
        let arrivals = lock(&self.arrivals);
        let (p99, worst) = (
            arrivals.lag.quantile_s(0.99),
            arrivals.lag.spread().max.unwrap_or(0.0),
        );
        let limit_s = limit.as_secs_f64();
        let worst_allowed_s = limit_s * WORST_LIMITS as f64;
        let refused_because = if p99 > limit_s {
            Some(format!(
                "1 in 100 arrivals was {:.3} ms late or more; at most {:.3} ms are allowed",
                p99 * 1e3,
                limit_s * 1e3
            ))
        } else if worst > worst_allowed_s {
            Some(format!(
                "an arrival was {:.3} ms late; at most {:.3} ms are allowed",
                worst * 1e3,
                worst_allowed_s * 1e3
            ))
        } else {
            None
        };
        RealTimeFigures {
            is_measurement: refused_because.is_none(),
            refused_because,
            lag_limit_real_s: limit_s,
            send_lag_real_s: arrivals.send_lag.spread(),
            arrival_lag_real_s: arrivals.lag.spread(),
            propagation_from_set_time_s: lock(&self.propagation).spread(),
            calls: self.called(systems, |system, kind, call| CallTimes {
                system: system.to_string(),
                kind: kind.to_string(),
                total_real_s: call.total.spread(),
                overhead_real_s: call.overhead.spread(),
            }),
        }
    }

    /// The histograms behind the figures, by names that make file names.
    pub fn histograms(&self, systems: &[String]) -> Vec<(String, Durations)> {
        let arrivals = lock(&self.arrivals);
        let mut all = vec![
            ("send_lag".to_string(), arrivals.send_lag.clone()),
            ("arrival_lag".to_string(), arrivals.lag.clone()),
            (
                "propagation_from_set_time".to_string(),
                lock(&self.propagation).clone(),
            ),
        ];
        let calls = self.called(systems, |system, kind, call| {
            let system: String = system
                .chars()
                .map(|letter| {
                    if letter.is_ascii_alphanumeric() {
                        letter
                    } else {
                        '_'
                    }
                })
                .collect();
            [("total", &call.total), ("overhead", &call.overhead)]
                .map(|(what, times)| (format!("call_{what}.{system}.{kind}"), times.clone()))
        });
        all.extend(calls.into_iter().flatten());
        all
    }

    /// Every system and kind that was called at all.
    fn called<T>(&self, systems: &[String], of: impl Fn(&str, &str, &Call) -> T) -> Vec<T> {
        let mut all = Vec::new();
        for (system, calls) in systems.iter().zip(&self.calls) {
            for (kind, call) in KINDS.iter().zip(lock(calls).iter()) {
                if call.total.count() > 0 {
                    all.push(of(system, kind_name(*kind), call));
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{ChannelIndex, SkuIndex};

    const MS: fn(u64) -> Micros = Micros::from_millis;

    #[test]
    fn a_late_driver_is_no_measurement() {
        let systems = ["web".to_string()];
        let real = RealTime::new(1);
        for _ in 0..99 {
            real.arrived(MS(1), MS(2), MS(0), MS(0));
        }
        assert!(real.figures(&systems, MS(2)).is_measurement);
        assert!(
            !real.figures(&systems, MS(1)).is_measurement,
            "the bound is about the taking up"
        );
        real.arrived(MS(40), MS(41), MS(0), MS(0));
        let figures = real.figures(&systems, MS(2));
        let reason = figures.refused_because.unwrap();
        assert_eq!(
            reason,
            "an arrival was 41.000 ms late; at most 40.000 ms are allowed"
        );
        assert!(real.figures(&systems, MS(3)).is_measurement);
    }

    #[test]
    fn a_stall_is_counted_by_everything_that_was_due_in_it() {
        let systems = ["web".to_string()];
        let real = RealTime::new(1);
        // An arrival every 10 ms for two seconds; nothing is taken up in the first of them.
        for set_time in (0..2_000).step_by(10) {
            let lag = 1_000_u64.saturating_sub(set_time);
            real.arrived(MS(0), MS(lag), MS(set_time + lag), MS(lag));
        }
        let lag = real.figures(&systems, MS(50)).arrival_lag_real_s;
        assert_eq!((lag.count, lag.max), (200, Some(1.0)), "a hundred, not one");
        let about = |quantile: f64, wanted: f64| (quantile - wanted).abs() < 0.02;
        assert!(
            about(lag.p95.unwrap(), 0.9) && about(lag.mean.unwrap(), 0.2525),
            "{lag:?}"
        );
    }

    #[test]
    fn a_change_spreads_from_the_time_at_which_its_buyer_was_to_come() {
        let real = RealTime::new(0);
        // Set for 10.0 s, taken up at 10.35 s.
        real.arrived(MS(0), MS(0), MS(10_350), MS(350));
        let propagated = |own_sale| Entry::Propagated {
            channel: ChannelIndex(0),
            sku: SkuIndex(0),
            happened_at: MS(10_350),
            known_at: MS(10_400),
            sent_at: MS(10_500),
            oldest_of_write: true,
            own_sale,
        };
        real.entry(MS(11_000), &propagated(true));
        real.entry(MS(11_000), &propagated(false));
        let spread = real.figures(&[], MS(1)).propagation_from_set_time_s;
        assert_eq!((spread.count, spread.max), (1, Some(1.0)));
    }

    #[test]
    fn overhead_is_what_the_platform_would_not_have_taken() {
        let systems = ["web".to_string(), "warehouse".to_string()];
        let real = RealTime::new(2);
        real.answered(1, CallKind::Write, MS(30), MS(32));
        real.answered(1, CallKind::Write, MS(30), MS(29));
        let calls = real.figures(&systems, MS(1)).calls;
        assert_eq!(calls.len(), 1);
        assert_eq!(
            (calls[0].system.as_str(), calls[0].kind.as_str()),
            ("warehouse", "write")
        );
        assert_eq!(
            (calls[0].total_real_s.max, calls[0].overhead_real_s.max),
            (Some(0.032), Some(0.002))
        );
        let names: Vec<String> = real
            .histograms(&systems)
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert!(
            names.contains(&"call_overhead.warehouse.write".to_string()),
            "{names:?}"
        );
    }
}
