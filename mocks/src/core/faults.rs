//! How often a platform misbehaved as its profile says, and how often it could have.

use serde::Serialize;

/// One kind of misbehaviour.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FaultCount {
    /// How often it could have happened.
    pub eligible: u64,
    /// How often it did.
    pub injected: u64,
}

impl FaultCount {
    /// Counts one chance, and whether it was taken.
    pub fn offer(&mut self, is_injected: bool) {
        self.eligible += 1;
        self.injected += u64::from(is_injected);
    }

    /// The same, where there was a chance at all.
    pub fn offer_if(&mut self, is_eligible: bool, is_injected: bool) {
        if is_eligible {
            self.offer(is_injected);
        }
    }
}

/// A rate limit: how much it lets through a second, and at once.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct LimitSize {
    /// Calls, points or tokens a second.
    pub per_second: f64,
    /// Most of them at once.
    pub burst: f64,
}

impl LimitSize {
    fn is_below(self, other: LimitSize) -> bool {
        self.per_second < other.per_second || self.burst < other.burst
    }
}

impl FaultCounts {
    /// Counts a call that a limit has weighed while something is laid over a profile that has another one.
    pub fn weigh(&mut self, in_force: LimitSize, usual: LimitSize, is_throttled: bool) {
        let is_cut = in_force.is_below(usual);
        self.cut_limit.offer(is_cut);
        self.cut_throttle.offer_if(is_cut, is_throttled);
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident),+ $(,)?) => {
        /// Every kind of misbehaviour that a profile can bring about. A kind that a platform does not have stays at 0.
        #[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
        pub struct FaultCounts {
            $($(#[$doc])+ pub $kind: FaultCount,)+
        }

        impl FaultCounts {
            /// The kinds by their names, in the order of the fields.
            pub fn named(&self) -> Vec<(&'static str, FaultCount)> {
                vec![$((stringify!($kind), self.$kind),)+]
            }

            /// Both counts together.
            pub fn plus(mut self, other: &FaultCounts) -> FaultCounts {
                $(
                    self.$kind.eligible += other.$kind.eligible;
                    self.$kind.injected += other.$kind.injected;
                )+
                self
            }
        }
    };
}

kinds! {
    /// A quantity write becomes live later than the profile that nothing is laid over could have it. Eligible: accepted
    /// writes while something is laid over.
    late_write,
    /// A quantity write is accepted and never becomes live. Eligible: accepted writes while the share is above 0.
    stuck_write,
    /// A read shows a quantity that is no longer so. Eligible: reads that show quantities while reads lag.
    lagged_read,
    /// An order, or a change of one, comes into lists later than the profile that nothing is laid over could have it.
    /// Eligible: changes while something is laid over.
    late_listing,
    /// A row of a batch fails although nothing is wrong with it. Eligible: rows in order while the share is above 0.
    partial_failure,
    /// A call is throttled although the bucket holds enough. Eligible: calls while the share is above 0.
    early_throttle,
    /// The platform fails to answer a call. Eligible: calls while the share is above 0.
    server_error,
    /// An order waits (unpaid, pending, on hold) for longer than the profile that nothing is laid over would have had
    /// it by the same draws. Eligible: orders while something is laid over.
    hold,
    /// A token ends before the life that the profile promises that nothing is laid over. Eligible: calls with a token
    /// that would still be alive and whose life has been cut.
    early_token_expiry,
    /// A signal is never sent. Eligible: signals while the share is above 0.
    dropped_signal,
    /// A signal is sent twice. Eligible: signals sent while the share is above 0.
    duplicated_signal,
    /// A signal is held back so that later ones overtake it. Eligible: signals sent while the share is above 0.
    reordered_signal,
    /// A signal leaves later than the profile that nothing is laid over could have it. Eligible: signals sent while
    /// something is laid over.
    late_signal,
    /// An attempt to deliver a signal carries a signature that is not its body's. Eligible: attempts while the share is
    /// above 0.
    wrongly_signed_signal,
    /// A call is weighed by a rate limit that is smaller than in the profile that nothing is laid over. Eligible: calls that
    /// a limit weighs while something is laid over.
    cut_limit,
    /// A call is throttled by such a limit. Eligible: calls that such a limit weighs.
    cut_throttle,
    /// The units of a cancelled order come back on sale, or do not, otherwise than by the profile that nothing is laid over.
    /// Eligible: cancellations that the profile decides while something is laid over.
    changed_restock,
    /// A message that was received and deleted comes again. Eligible: messages deleted while the share is above 0.
    redelivered_signal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_counted_with_what_came_of_them_and_add_up() {
        let mut one = FaultCounts::default();
        one.late_write.offer(true);
        one.late_write.offer(false);
        one.hold.offer_if(false, true);
        let mut other = FaultCounts::default();
        other.late_write.offer(true);
        other.redelivered_signal.offer(true);
        let [whole, tenth] = [10.0, 1.0].map(|burst| LimitSize {
            per_second: 5.0,
            burst,
        });
        other.weigh(tenth, whole, true);
        other.weigh(tenth, whole, false);
        other.weigh(whole, whole, true);
        let both = one.plus(&other);
        let counted: Vec<_> = both
            .named()
            .into_iter()
            .filter(|(_, count)| count.eligible > 0)
            .collect();
        let count = |eligible, injected| FaultCount { eligible, injected };
        assert_eq!(
            counted,
            [
                ("late_write", count(3, 2)),
                ("cut_limit", count(3, 2)),
                ("cut_throttle", count(2, 1)),
                ("redelivered_signal", count(1, 1))
            ]
        );
    }
}
