//! The assumptions on which `escrow`'s proof rests (docs/theory.md A5), and which kind of fault takes which of them away.

use crate::measure::assumptions::Hypothesis;
use crate::scenario::model::FaultKind;

/// `H1` to `H8`, in any case of letters.
pub fn parse(text: &str) -> Option<Hypothesis> {
    let wanted = text.trim().to_ascii_uppercase();
    let mut all = Hypothesis::ALL.into_iter();
    all.find(|it| it.name() == wanted)
}

/// Why no scenario can break an assumption; nothing for those that one can.
pub const fn unbreakable(assumption: Hypothesis) -> Option<&'static str> {
    match assumption {
        Hypothesis::H1 => Some(
            "no emulated platform accepts beyond the count that it displays, whatever its profile says",
        ),
        Hypothesis::H7 => {
            Some("no fault of a scenario takes a journal away; tests break it on the engine's host")
        }
        _ => None,
    }
}

/// What becomes of the assumptions under a kind of fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It leaves all of them as they are.
    None,
    /// It takes one away, unless the engine is told of it or it is kept to where it does no harm.
    Unless(Hypothesis),
    /// It takes one away wherever it strikes.
    Always(Hypothesis),
    /// It takes H8 away in the warehouse, and H6 on a channel.
    Count,
}

impl Effect {
    /// Every kind has an answer: a new one does not compile without.
    pub const fn of(kind: FaultKind) -> Effect {
        match kind {
            FaultKind::FeedLate | FaultKind::ClockSkew | FaultKind::ClockJump => {
                Effect::Unless(Hypothesis::H2)
            }
            FaultKind::Latency | FaultKind::WritesLate | FaultKind::WritesUnordered => {
                Effect::Unless(Hypothesis::H3)
            }
            FaultKind::RequestDuplicated => Effect::Unless(Hypothesis::H4),
            FaultKind::RestockOnCancel => Effect::Unless(Hypothesis::H6),
            FaultKind::ReadsStale => Effect::Always(Hypothesis::H5),
            FaultKind::ForeignWriter | FaultKind::SecondEngine => Effect::Always(Hypothesis::H6),
            FaultKind::ReceiptTwice => Effect::Always(Hypothesis::H8),
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
            | FaultKind::SlowEngine => Effect::None,
        }
    }

    /// Whether faults of such a kind are drawn although this assumption alone may be broken.
    pub fn is_drawn(self, broken: Option<Hypothesis>) -> bool {
        match self {
            Effect::None | Effect::Unless(_) => true,
            Effect::Always(assumption) => broken == Some(assumption),
            Effect::Count => matches!(broken, Some(Hypothesis::H6 | Hypothesis::H8)),
        }
    }

    /// Whether such a kind is what breaks it.
    pub fn breaks(self, broken: Option<Hypothesis>) -> bool {
        match self {
            Effect::Unless(assumption) => broken == Some(assumption),
            Effect::None => false,
            Effect::Always(_) | Effect::Count => self.is_drawn(broken),
        }
    }
}
