//! The faults of a scenario that strike the engine's host (docs/faults.md, families "Engine" and "People").

use channel_mocks::core::{Distribution, Micros};

use super::plan::{
    CrashPlan, Frequency, HostFault, JumpPlan, Moment, Plan, SecondEnginePlan, SkewPlan, SlowPlan,
    Window,
};
use crate::scenario::Scenario;
use crate::scenario::model::{CrashPoint, Fault, FaultKind};

impl Plan {
    /// What a scenario wants to go wrong with the engine's host, each under its place among the scenario's faults.
    pub fn scripted(scenario: &Scenario) -> Plan {
        let faults = scenario.faults.iter().enumerate();
        let of_host =
            faults.filter_map(|(index, fault)| Some((index, host_fault(scenario, fault)?)));
        Plan {
            faults: of_host.collect(),
            healed_at: Some(healed_at(scenario)),
            ..Plan::default()
        }
    }
}

fn host_fault(scenario: &Scenario, fault: &Fault) -> Option<HostFault> {
    let (window, frequency) = (window(scenario, fault), frequency(fault));
    Some(match fault.kind {
        FaultKind::Crash => HostFault::Crash(CrashPlan {
            window,
            frequency,
            moments: match fault.point {
                Some(point) => vec![moment(point)],
                None => Moment::ALL.to_vec(),
            },
            restart_after: Distribution::fixed(fault.restart_after.unwrap_or_default()),
        }),
        FaultKind::SlowEngine => HostFault::Slow(SlowPlan {
            window,
            frequency,
            per_input: fault.delay.unwrap_or(Distribution::fixed(Micros::ZERO)),
        }),
        FaultKind::ClockSkew => HostFault::Skew(SkewPlan {
            window,
            offset_micros: offset_micros(fault),
        }),
        FaultKind::ClockJump => HostFault::Jump(JumpPlan {
            window,
            frequency: fault.rates().next().map(|_| frequency),
            by_micros: offset_micros(fault),
        }),
        FaultKind::SecondEngine => HostFault::SecondEngine(SecondEnginePlan { window }),
        _ => return None,
    })
}

/// How far ahead a fault puts the clock, in microseconds.
fn offset_micros(fault: &Fault) -> i64 {
    let ahead = fault.ahead.unwrap_or_default().0.cast_signed();
    let behind = fault.behind.unwrap_or_default().0.cast_signed();
    ahead.saturating_sub(behind)
}

/// When the last buyer has come.
fn healed_at(scenario: &Scenario) -> Micros {
    scenario.opening + scenario.duration
}

/// Faults begin after the opening and heal when the last buyer has come.
fn window(scenario: &Scenario, fault: &Fault) -> Window {
    let from = scenario.opening + fault.from;
    let healed = healed_at(scenario);
    Window {
        from,
        until: fault
            .lasts
            .map_or(healed, |lasts| (from + lasts).min(healed)),
    }
}

fn frequency(fault: &Fault) -> Frequency {
    match (fault.first, fault.every, fault.probability) {
        (Some(inputs), ..) => Frequency::First(inputs),
        (_, Some(inputs), _) => Frequency::Every(inputs),
        (.., Some(probability)) => Frequency::Probability(probability),
        (None, None, None) => Frequency::Every(1),
    }
}

const fn moment(point: CrashPoint) -> Moment {
    match point {
        CrashPoint::BeforeJournal => Moment::BeforeJournal,
        CrashPoint::TornJournal => Moment::TornTail,
        CrashPoint::BeforeSend => Moment::BeforeSending,
        CrashPoint::WhileSending => Moment::AmidSending,
    }
}
