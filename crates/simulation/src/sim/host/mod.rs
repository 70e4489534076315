//! The process and the machine that an engine runs on, in virtual time, and what goes wrong with them: crashes, slowness, a
//! wrong clock, a second engine beside the first.
//!
//! Each is an engine around an engine, so that they can be put together, and the run loop knows of none. All draws are keyed
//! by the root seed, the fault's kind, how many of its kind came before it in the plan, and the count of the inputs that it could
//! have struck (law 3).

mod counts;
mod crashing;
mod journal;
mod plan;
mod scripted;
mod skewed;
mod slow;
#[cfg(test)]
mod tests;
mod two_engines;

use channel_mocks::core::{Micros, Seed};

use crate::engine::Engine;
pub use counts::FaultCounts;
use counts::Tally;
use crashing::{Crashes, CrashingHost};
pub use plan::{
    CrashPlan, Frequency, HostFault, JournalKeeping, JumpPlan, Moment, Plan, SecondEnginePlan,
    SkewPlan, SlowPlan, Window,
};
use skewed::{Jumps, SkewedHost, TrueTime};
use slow::SlowHost;
use two_engines::TwoEngines;

/// Second engines that can run beside the first: each marks its calls with a bit that no engine uses.
const MOST_SECOND_ENGINES: u32 = 4;

/// An engine on a host.
pub struct Hosted {
    /// The engine, to be driven like any other.
    pub engine: Box<dyn Engine>,
    /// What its host counts meanwhile.
    pub counts: FaultCounts,
}

/// Why an engine cannot be put on such a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It lives in another process, or does not say how to make another of its kind.
    #[error(
        "fault {number} needs an engine that the harness can build anew ({fault}), and this one it cannot: take the fault out of \
         the scenario, or run the scenario with a built-in strategy; an engine in Rust implements `Engine::renewed`"
    )]
    NotRenewable {
        /// Which fault, counted from 1.
        number: usize,
        /// What it would do.
        fault: &'static str,
    },
    /// More second engines than calls can be told apart of.
    #[error(
        "fault {number} would start one engine too many: at most {MOST_SECOND_ENGINES} run beside the first"
    )]
    TooManyEngines {
        /// Which fault, counted from 1.
        number: usize,
    },
    /// A crash without a moment.
    #[error(
        "fault {number} names no moment at which the process may die: name one, or leave `moments` out"
    )]
    NoMoment {
        /// Which fault, counted from 1.
        number: usize,
    },
}

/// Puts an engine that has not started on a host. From the inside out: the process that crashes, the machine with its clock,
/// its speed, and a second engine beside it, which runs on a sound host.
///
/// # Errors
/// See [`HostError`].
pub fn wrap(plan: &Plan, engine: Box<dyn Engine>, seed: Seed) -> Result<Hosted, HostError> {
    let mut counts = FaultCounts::default();
    let (mut crashes, mut slows, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut skews, mut jumps) = (Vec::new(), Vec::new());
    for (index, fault) in &plan.faults {
        let tally = Tally::default();
        counts.0.push((*index, tally.clone()));
        let number = index + 1;
        let of_kind = plan.faults.iter().filter(|(before, other)| {
            before < index && std::mem::discriminant(other) == std::mem::discriminant(fault)
        });
        let key = seed.key("host", &format!("{} {}", fault.name(), of_kind.count()));
        let renewed = |fault| {
            let renewed = engine.renewed(None);
            renewed.ok_or(HostError::NotRenewable { number, fault })
        };
        match fault.clone() {
            HostFault::Crash(plan) if plan.moments.is_empty() => {
                return Err(HostError::NoMoment { number });
            }
            HostFault::Crash(plan) => {
                let blank = renewed("it crashes and is built from its journal")?;
                crashes.push((blank, Crashes { plan, tally, key }));
            }
            HostFault::Skew(plan) => skews.push((plan, tally)),
            HostFault::Jump(plan) => jumps.push(Jumps::new(plan, tally, key)),
            HostFault::Slow(plan) => slows.push((plan, tally, key)),
            HostFault::SecondEngine(plan) => {
                if seconds.len() as u32 >= MOST_SECOND_ENGINES {
                    return Err(HostError::TooManyEngines { number });
                }
                let second = renewed("a second one is started beside it")?;
                seconds.push((second, plan, tally));
            }
        }
    }
    let healed_at = plan.healed_at.unwrap_or(Micros::MAX);
    let true_time = TrueTime::default();
    let is_wrong = !skews.is_empty() || !jumps.is_empty();
    let mut engine = engine;
    let (mut blanks, crashes): (Vec<_>, Vec<_>) = crashes.into_iter().unzip();
    if let Some(blank) = blanks.pop() {
        let true_time = is_wrong.then(|| true_time.clone());
        engine = Box::new(CrashingHost::new(
            engine,
            blank,
            crashes,
            plan.journal,
            true_time,
            healed_at,
        ));
    }
    if is_wrong {
        engine = Box::new(SkewedHost::new(engine, skews, jumps, true_time));
    }
    for (plan, tally, key) in slows {
        engine = Box::new(SlowHost::new(engine, plan, tally, key, healed_at));
    }
    for (place, (second, plan, tally)) in seconds.into_iter().enumerate() {
        engine = Box::new(TwoEngines::new(
            engine,
            second,
            plan,
            tally,
            1 << (63 - place),
        ));
    }
    Ok(Hosted { engine, counts })
}
