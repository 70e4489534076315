//! Bugs that are planted on purpose, so that tests can show that the harness sees them (docs/planted-bugs.md).
//!
//! Each sits where the real rule sits, as one line that asks whether the bug is planted. Without the feature `planted-bugs`,
//! which only tests turn on, every such line reads `false`, and there is nothing to plant.
//!
//! Which bug an engine has is known to the machine as a whole (`Planted`); it says so whenever it begins to work, so that no
//! part of it has to carry a switch.

#[cfg(feature = "planted-bugs")]
pub(crate) use bugs::is_planted;
#[cfg(feature = "planted-bugs")]
pub use bugs::{PlantedBug, build};

/// The bug that an engine has, if it has one.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Planted(#[cfg(feature = "planted-bugs")] Option<PlantedBug>);

impl Planted {
    /// An engine with this bug begins to work, on this thread.
    pub fn begin(self) {
        #[cfg(feature = "planted-bugs")]
        bugs::begin(self.0);
    }
}

/// Whether the engine that works has this bug.
#[cfg(feature = "planted-bugs")]
macro_rules! planted {
    ($bug:ident) => {
        $crate::planted::is_planted($crate::planted::PlantedBug::$bug)
    };
}

/// Whether the engine that works has this bug: none has.
#[cfg(not(feature = "planted-bugs"))]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

pub(crate) use planted;

#[cfg(feature = "planted-bugs")]
mod bugs {
    use std::cell::Cell;

    use super::Planted;
    use crate::config::EngineConfig;
    use crate::journal::Forgetful;
    use crate::machine::Engine;
    use crate::sync::SyncEngine;

    thread_local! {
        static AT_WORK: Cell<Option<PlantedBug>> = const { Cell::new(None) };
    }

    pub(super) fn begin(bug: Option<PlantedBug>) {
        AT_WORK.set(bug);
    }

    pub(crate) fn is_planted(bug: PlantedBug) -> bool {
        AT_WORK.get() == Some(bug)
    }

    /// Makes an engine with a bug.
    pub fn build(config: EngineConfig, bug: PlantedBug) -> Box<dyn Engine> {
        let planted = Planted(Some(bug));
        Box::new(SyncEngine::with(config, Box::new(Forgetful), planted))
    }

    macro_rules! bugs {
        ($($variant:ident, $name:literal: $sentence:literal,)*) => {
            /// A bug that can be planted, by the rule that it leaves out or turns around.
            #[derive(Copy, Clone, Debug, PartialEq, Eq)]
            pub enum PlantedBug {
                $(#[doc = $sentence] $variant,)*
            }

            impl PlantedBug {
                /// All of them: first those of docs/theory.md A5, then others.
                pub const ALL: &[PlantedBug] = &[$(PlantedBug::$variant),*];

                /// A short name.
                pub const fn name(self) -> &'static str {
                    match self {
                        $(PlantedBug::$variant => $name,)*
                    }
                }

                /// What it leaves out or does wrong, as a sentence.
                pub const fn sentence(self) -> &'static str {
                    match self {
                        $(PlantedBug::$variant => $sentence,)*
                    }
                }
            }
        };
    }

    bugs! {
        FenceLeftOut, "fence-left-out":
            "A listing read at zero gives its units back at once, without reading the orders up to then.",
        CancelsToPool, "cancels-to-pool":
            "Units of a cancelled order go to the pool although the platform has put them back on sale.",
        WriteLifetimeLeftOut, "write-lifetime-left-out":
            "A raise that was sent counts as live, and a zero after it counts although the raise may still come.",
        FenceCancelRuleLeftOut, "fence-cancel-rule-left-out":
            "A drained listing gives back all it did not sell, units that a cancellation put on sale after the zero included.",
        BlindRetryOfRaise, "blind-retry-of-raise":
            "A raise of unknown outcome is sent again.",
        DuplicatedRaise, "duplicated-raise":
            "Every raise is sent twice, as by a proxy.",
        BlindDeltaOnCas, "blind-delta-on-cas":
            "Units are taken back by a decrement, and credited in full whatever was there.",
        CreditOnSend, "credit-on-send":
            "Units to be taken back are credited when the call is sent.",
        GrantWithoutKey, "grant-without-key":
            "A grant of unknown outcome is sent again under another idempotency key.",
        FirstReadingTakenForSettled, "first-reading-taken-for-settled":
            "What no listing shows when it is first read is handed out at once, sold or not.",
        DedupeLeftOutNowAndThen, "dedupe-left-out-now-and-then":
            "One cancelled order in four counts as cancelled again whenever it is seen again.",
        RetryAfterIgnored, "retry-after-ignored":
            "A refusal by a rate limit changes nothing about the pace.",
        CursorWithoutOverlap, "cursor-without-overlap":
            "The order feed is read on from the time of the last reading, as if it were never behind.",
        FirstPageTakenForAll, "first-page-taken-for-all":
            "The first page of the order feed counts as all of it.",
        PollingLeftOut, "polling-left-out":
            "Orders are learned from signals alone.",
        ReconciliationLeftOut, "reconciliation-left-out":
            "What listings show is never read again without a reason of the engine's own.",
        TokenRefreshLeftOut, "token-refresh-left-out":
            "The first access token is the last.",
        QuotasRoundedUp, "quotas-rounded-up":
            "Each channel's quota is rounded up and granted, whatever the pool holds.",
        EchoTakenForNews, "echo-taken-for-news":
            "A count that a platform tells counts as stock that somebody has added, as far as it is more than was to be expected.",
        AcceptedTakenForApplied, "accepted-taken-for-applied":
            "A zero that was taken for processing counts as live.",
        StaleReadingAccepted, "stale-reading-accepted":
            "A reading counts although a raise sent before it may become live after it.",
        LostRaiseTakenForNeverTaken, "lost-raise-taken-for-never-taken":
            "A raise whose answer was lost counts as refused.",
        StaleRevocationCredited, "stale-revocation-credited":
            "A compare-and-set that found another count is credited.",
        ReceiptCountedTwice, "receipt-counted-twice":
            "Received units count twice.",
        LoanTakenForStock, "loan-taken-for-stock":
            "A unit that is lent counts as stock that has come in.",
        LoanNotBooked, "loan-not-booked":
            "A unit that is lent is shown and stands nowhere in the accounts.",
        OlderCountForgotten, "older-count-forgotten":
            "A listing that is overwritten with a smaller count can sell no more than that, as if the older count were gone at once.",
        LoansForgottenInACrash, "loans-forgotten-in-a-crash":
            "What was lent before a crash stands nowhere in the accounts after it.",
        ReturnCountedTwice, "return-counted-twice":
            "Units sent back and put into stock count twice.",
        OrderHandedOverTwice, "order-handed-over-twice":
            "One order in four goes to the warehouse a second time, under an id of the engine's own.",
        UnitsShippedTwice, "units-shipped-twice":
            "One order in four has twice its units reserved, and so shipped.",
        UnreadablePassedOver, "unreadable-passed-over":
            "An order in a shape that the reader does not know is passed over, and nobody is told.",
        QuarantineGivesUp, "quarantine-gives-up":
            "An order that cannot be read by its id either is taken out of quarantine.",
        JumpGuardLeftOut, "jump-guard-left-out":
            "A count that jumps upwards is believed at once.",
        UnansweredWriteTakenForLive, "unanswered-write-taken-for-live":
            "A count whose write was never answered is taken to be on display, and is not written again.",
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn names_are_unique_and_every_bug_is_a_sentence() {
            let names: std::collections::BTreeSet<_> =
                PlantedBug::ALL.iter().map(|bug| bug.name()).collect();
            assert_eq!(names.len(), PlantedBug::ALL.len());
            for bug in PlantedBug::ALL {
                assert!(bug.sentence().ends_with('.'), "{}", bug.name());
            }
        }

        #[test]
        fn a_bug_is_that_of_the_engine_at_work() {
            Planted(Some(PlantedBug::CreditOnSend)).begin();
            assert!(planted!(CreditOnSend) && !planted!(FenceLeftOut));
            Planted::default().begin();
            assert!(!planted!(CreditOnSend));
        }
    }
}
