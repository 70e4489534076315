//! The assumptions on which `escrow`'s proof rests (docs/theory.md A5), and which kind of fault takes which of them away.

use std::fmt;

use crate::scenario::model::FaultKind;

/// One of the assumptions.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// Nothing is accepted beyond the display.
    H1,
    /// The order feed is complete up to a known lag.
    H2,
    /// A write lives for a bounded time.
    H3,
    /// A raise is applied at most once.
    H4,
    /// An acknowledgement means applied.
    H5,
    /// Nobody else raises the count.
    H6,
    /// The engine's log survives.
    H7,
    /// The stock records are right.
    H8,
}

impl Assumption {
    /// All of them.
    pub const ALL: [Assumption; 8] = [
        Assumption::H1,
        Assumption::H2,
        Assumption::H3,
        Assumption::H4,
        Assumption::H5,
        Assumption::H6,
        Assumption::H7,
        Assumption::H8,
    ];

    /// `H1` to `H8`, in any case of letters.
    pub fn parse(text: &str) -> Option<Assumption> {
        let wanted = text.trim().to_ascii_uppercase();
        let mut all = Assumption::ALL.into_iter();
        all.find(|it| it.to_string() == wanted)
    }

    /// Why no scenario can break it; nothing for those that one can.
    pub const fn unbreakable(self) -> Option<&'static str> {
        match self {
            Assumption::H1 => Some(
                "no emulated platform accepts beyond the count that it displays, whatever its profile says",
            ),
            Assumption::H7 => Some(
                "no fault of a scenario takes a journal away; tests break it on the engine's host",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What becomes of the assumptions under a kind of fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It leaves all of them as they are.
    None,
    /// It takes one away, unless the engine is told of it or it is kept to where it does no harm.
    Unless(Assumption),
    /// It takes one away wherever it strikes.
    Always(Assumption),
    /// It takes H8 away in the warehouse, and H6 on a channel.
    Count,
}

impl Effect {
    /// Every kind has an answer: a new one does not compile without.
    pub const fn of(kind: FaultKind) -> Effect {
        match kind {
            FaultKind::FeedLate => Effect::Unless(Assumption::H2),
            FaultKind::Latency | FaultKind::WritesLate | FaultKind::WritesUnordered => {
                Effect::Unless(Assumption::H3)
            }
            FaultKind::RequestDuplicated => Effect::Unless(Assumption::H4),
            FaultKind::RestockOnCancel => Effect::Unless(Assumption::H6),
            FaultKind::ReadsStale => Effect::Always(Assumption::H5),
            FaultKind::ForeignWriter | FaultKind::SecondEngine => Effect::Always(Assumption::H6),
            FaultKind::ReceiptTwice => Effect::Always(Assumption::H8),
            FaultKind::BadCount => Effect::Count,
            FaultKind::RequestLost
            | FaultKind::ReplyLost
            | FaultKind::Reset
            | FaultKind::Partition
            | FaultKind::Refused
            | FaultKind::Outage
            | FaultKind::LimitsCut
            | FaultKind::TokenExpired
            | FaultKind::SignInFails
            | FaultKind::AccessRevoked
            | FaultKind::WritesStuck
            | FaultKind::BatchFailsInPart
            | FaultKind::OrdersHeld
            | FaultKind::SignalLost
            | FaultKind::SignalLate
            | FaultKind::SignalDuplicated
            | FaultKind::SignalReordered
            | FaultKind::SignalBurst
            | FaultKind::SubscriptionRemoved
            | FaultKind::WrongSignature
            | FaultKind::QueueRedelivery
            | FaultKind::FieldAdded
            | FaultKind::FieldRemoved
            | FaultKind::FieldNull
            | FaultKind::FieldRenamed
            | FaultKind::FieldMoved
            | FaultKind::NumberAsText
            | FaultKind::EnumValueAdded
            | FaultKind::WrappedInList
            | FaultKind::VersionSunset
            | FaultKind::Crash
            | FaultKind::SlowEngine
            | FaultKind::ClockSkew => Effect::None,
        }
    }

    /// Whether faults of such a kind are drawn although this assumption alone may be broken.
    pub fn is_drawn(self, broken: Option<Assumption>) -> bool {
        match self {
            Effect::None | Effect::Unless(_) => true,
            Effect::Always(assumption) => broken == Some(assumption),
            Effect::Count => matches!(broken, Some(Assumption::H6 | Assumption::H8)),
        }
    }

    /// Whether such a kind is what breaks it.
    pub fn breaks(self, broken: Option<Assumption>) -> bool {
        match self {
            Effect::Unless(assumption) => broken == Some(assumption),
            Effect::None => false,
            Effect::Always(_) | Effect::Count => self.is_drawn(broken),
        }
    }
}
