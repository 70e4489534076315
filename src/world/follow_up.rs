//! What buyers do after their order was accepted: some cancel, some return.

use channel_mocks::core::{Distribution, Micros, Seed, Stream};

use crate::scenario::model::Scenario;

/// An act of a buyer on an accepted order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct FollowUp {
    /// When, as simulated time.
    pub at: Micros,
    /// What the buyer does.
    pub act: BuyerAct,
}

/// What a buyer does with an accepted order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum BuyerAct {
    /// Asks the platform to cancel it.
    Cancel,
    /// Sends the whole order back, when it has been shipped by then.
    Return {
        /// Whether its units can be sold again.
        restockable: bool,
    },
}

/// Draws each buyer's act, keyed by the buyer's number alone.
#[derive(Clone, Debug)]
pub struct FollowUps {
    cancel_key: u64,
    cancel_share: f64,
    cancel_delay: Distribution,
    return_key: u64,
    return_share: f64,
    return_delay: Distribution,
    restockable: f64,
}

impl FollowUps {
    /// The follow-ups of a scenario.
    pub fn new(scenario: &Scenario, seed: Seed) -> FollowUps {
        FollowUps {
            cancel_key: seed.key("buyers", "cancel"),
            cancel_share: scenario.cancellations.share,
            cancel_delay: scenario.cancellations.delay,
            return_key: seed.key("buyers", "return"),
            return_share: scenario.returns.share,
            return_delay: scenario.returns.delay,
            restockable: scenario.returns.restockable,
        }
    }

    /// What this buyer will do, if anything; a buyer who cancels does not return.
    pub fn of(&self, buyer: u64, accepted_at: Micros) -> Option<FollowUp> {
        if self.cancel_share > 0.0 {
            let mut stream = Stream::new(self.cancel_key, buyer);
            if stream.chance(self.cancel_share) {
                return Some(FollowUp {
                    at: accepted_at + self.cancel_delay.draw(&mut stream),
                    act: BuyerAct::Cancel,
                });
            }
        }
        if self.return_share > 0.0 {
            let mut stream = Stream::new(self.return_key, buyer);
            if stream.chance(self.return_share) {
                let restockable = stream.chance(self.restockable);
                return Some(FollowUp {
                    at: accepted_at + self.return_delay.draw(&mut stream),
                    act: BuyerAct::Return { restockable },
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow_ups(cancel_share: f64, return_share: f64) -> FollowUps {
        let seed = Seed(4);
        FollowUps {
            cancel_key: seed.key("buyers", "cancel"),
            cancel_share,
            cancel_delay: Distribution::exponential(Micros::from_secs(900)),
            return_key: seed.key("buyers", "return"),
            return_share,
            return_delay: Distribution::fixed(Micros::from_secs(1_000_000)),
            restockable: 0.8,
        }
    }

    #[test]
    fn shares_come_out_within_four_standard_errors() {
        let follow_ups = follow_ups(0.08, 0.2);
        let n = 50_000u64;
        let (mut cancels, mut returns, mut restockable) = (0.0f64, 0.0f64, 0.0f64);
        for buyer in 0..n {
            match follow_ups.of(buyer, Micros::ZERO).map(|f| f.act) {
                Some(BuyerAct::Cancel) => cancels += 1.0,
                Some(BuyerAct::Return { restockable: again }) => {
                    returns += 1.0;
                    restockable += f64::from(u8::from(again));
                }
                None => {}
            }
        }
        let near = |count: f64, of: f64, share: f64| {
            let error = (share * (1.0 - share) / of).sqrt();
            assert!((count / of - share).abs() < 4.0 * error, "{count} of {of}");
        };
        near(cancels, n as f64, 0.08);
        near(returns, n as f64, 0.2 * 0.92);
        near(restockable, returns, 0.8);
    }

    #[test]
    fn other_settings_do_not_move_a_cancellation() {
        let (few, more) = (follow_ups(0.08, 0.0), follow_ups(0.08, 0.5));
        for buyer in 0..1_000 {
            let cancel =
                |f: &FollowUps| f.of(buyer, Micros(5)).filter(|f| f.act == BuyerAct::Cancel);
            assert_eq!(cancel(&few), cancel(&more));
        }
    }
}
