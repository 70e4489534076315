//! What is to go wrong with the process and the machine that an engine runs on, as plain data.

use channel_mocks::core::{Distribution, Micros, Stream};

/// A span of simulated time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub from: Micros,
    /// The first instant after it.
    pub until: Micros,
}

impl Window {
    /// The whole run.
    pub const ALWAYS: Window = Window {
        from: Micros::ZERO,
        until: Micros::MAX,
    };

    /// The next instant after `at` when it opens or closes.
    pub(super) fn next_change(&self, at: Micros) -> Option<Micros> {
        let changes = [self.from, self.until];
        let ahead = changes
            .into_iter()
            .filter(|when| *when > at && *when < Micros::MAX);
        ahead.min()
    }

    /// Whether an instant lies in it.
    pub fn holds(&self, at: Micros) -> bool {
        self.from <= at && at < self.until
    }
}

/// Which of the inputs in a window are struck.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Frequency {
    /// The first so many.
    First(u64),
    /// Every n-th.
    Every(u64),
    /// Each with this probability, 0..=1, by a draw of its own.
    Probability(f64),
}

impl Frequency {
    /// Whether the `count`-th input in the window, counted from 1, is struck. `key` is that of the fault's draws.
    pub(super) fn strikes(self, count: u64, key: u64) -> bool {
        match self {
            Frequency::First(inputs) => count <= inputs,
            Frequency::Every(inputs) => inputs > 0 && count.is_multiple_of(inputs),
            Frequency::Probability(probability) => Stream::new(key, count).chance(probability),
        }
    }
}

/// Where in the handling of an input a process dies.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the input was written down: it is as if it had never come.
    BeforeJournal,
    /// While it was being written down: half of its record is on the disk, and is dropped.
    TornTail,
    /// After it was written down, and before any of its outputs was sent.
    BeforeSending,
    /// After some of its outputs were sent.
    AmidSending,
}

impl Moment {
    /// All of them.
    pub const ALL: [Moment; 4] = [
        Moment::BeforeJournal,
        Moment::TornTail,
        Moment::BeforeSending,
        Moment::AmidSending,
    ];
}

/// How a process keeps its journal. All but the first are mistakes, for tests that must see them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum JournalKeeping {
    /// Written before anything is sent (docs/theory.md A5, H7).
    #[default]
    WriteAhead,
    /// Written after everything was sent.
    AfterSending,
    /// Webhooks are answered and not written down.
    WithoutDeliveries,
    /// Nothing is written down.
    None,
}

/// The process dies, and begins again with nothing but its journal.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashPlan {
    /// When it may die.
    pub window: Window,
    /// At which of the inputs there.
    pub frequency: Frequency,
    /// At which moments, one drawn for each crash; must not be empty.
    pub moments: Vec<Moment>,
    /// How long it is gone.
    pub restart_after: Distribution,
}

/// The process takes time to handle an input.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowPlan {
    /// When it is slow.
    pub window: Window,
    /// With which of the inputs there.
    pub frequency: Frequency,
    /// How long each takes it.
    pub per_input: Distribution,
}

/// The machine's clock is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkewPlan {
    /// When it is wrong.
    pub window: Window,
    /// By how much, in microseconds; ahead of the true time when above zero.
    pub offset_micros: i64,
}

impl SkewPlan {
    /// How far ahead the clock is at an instant, in microseconds.
    pub(super) fn offset_at(&self, at: Micros) -> i64 {
        if self.window.holds(at) {
            self.offset_micros
        } else {
            0
        }
    }
}

/// The machine's clock jumps. Jumps add up, and the clock is put right at the end of the window.
#[derive(Clone, Debug, PartialEq)]
pub struct JumpPlan {
    /// When it may jump.
    pub window: Window,
    /// At which of the inputs there; once, at the beginning, where it is left out.
    pub frequency: Option<Frequency>,
    /// By how much each time, in microseconds; ahead when above zero.
    pub by_micros: i64,
}

/// A second engine of the same configuration works beside the first.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SecondEnginePlan {
    /// From its start until its end.
    pub window: Window,
}

/// One thing to go wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum HostFault {
    /// See [`CrashPlan`].
    Crash(CrashPlan),
    /// See [`SlowPlan`].
    Slow(SlowPlan),
    /// See [`SkewPlan`].
    Skew(SkewPlan),
    /// See [`JumpPlan`].
    Jump(JumpPlan),
    /// See [`SecondEnginePlan`].
    SecondEngine(SecondEnginePlan),
}

impl HostFault {
    /// A name for its draws.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            HostFault::Crash(_) => "crash",
            HostFault::Slow(_) => "slow",
            HostFault::Skew(_) => "skew",
            HostFault::Jump(_) => "jump",
            HostFault::SecondEngine(_) => "second engine",
        }
    }
}

/// Everything that is to go wrong with an engine's host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The faults, each with the number under which its counts are asked for: its place in the scenario.
    pub faults: Vec<(usize, HostFault)>,
    /// How the journal is kept; matters where there are crashes.
    pub journal: JournalKeeping,
    /// When a process that is gone is back and one that is busy is done at the latest: every fault heals when the last buyer has
    /// come. Never by itself when left out.
    pub healed_at: Option<Micros>,
}

impl Plan {
    /// When something that a fault has begun and that would take until then is over.
    pub(super) fn ends(healed_at: Micros, now: Micros, until: Micros) -> Micros {
        until.min(healed_at.max(now))
    }

    /// A sound host with these faults, numbered in their order.
    pub fn of(faults: impl IntoIterator<Item = HostFault>) -> Plan {
        Plan {
            faults: faults.into_iter().enumerate().collect(),
            journal: JournalKeeping::WriteAhead,
            healed_at: None,
        }
    }
}
