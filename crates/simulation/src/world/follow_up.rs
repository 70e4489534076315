//! What buyers do after their order was accepted: some cancel, some return.

use channel_mocks::core::{Distribution, Micros, RemovalKind, Seed, Stream};

use crate::scenario::model::{Removals, Scenario};

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
    /// Does not want some of its units any more, or the staff take them out; nothing where it has one unit alone.
    RemoveUnits {
        /// In which way.
        kind: RemovalKind,
        /// Whether the staff put them back on sale.
        restock: bool,
        /// Which of the order's units, by a number below `PICKS`; see [`picked`].
        pick: u32,
    },
}

/// Picks of a removal: one of so many equally likely ones.
pub const PICKS: u32 = 1 << 16;

/// The line and the number of units that a pick takes out of an order of lines with these units: a unit by lot and those
/// before it in its line, but never the whole order. `None` for an order of one unit.
pub fn picked(pick: u32, units: impl Iterator<Item = u32> + Clone) -> Option<(usize, u32)> {
    let total: u64 = units.clone().map(u64::from).sum();
    let mut at = u64::from(pick) * total / u64::from(PICKS);
    for (line, units) in units.enumerate() {
        if at < u64::from(units) {
            let wanted = (at + 1).min(total - 1) as u32;
            return (wanted > 0).then_some((line, wanted));
        }
        at -= u64::from(units);
    }
    None
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
    removal_key: u64,
    removals: Removals,
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
            removal_key: seed.key("buyers", "removal"),
            removals: scenario.removals.clone(),
        }
    }

    /// What this buyer will do, or the staff with the order, if anything; an order that is cancelled or returned loses no
    /// units otherwise.
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
        self.removal(buyer, accepted_at)
    }

    fn removal(&self, buyer: u64, accepted_at: Micros) -> Option<FollowUp> {
        let removals = &self.removals;
        if removals.edited + removals.refunded + removals.by_buyer <= 0.0 {
            return None;
        }
        let mut stream = Stream::new(self.removal_key, buyer);
        let mut point = stream.uniform();
        let kind = [
            (RemovalKind::Edit, removals.edited),
            (RemovalKind::Refund, removals.refunded),
            (RemovalKind::BuyerRequest, removals.by_buyer),
        ]
        .into_iter()
        .find_map(|(kind, share)| {
            point -= share;
            (point < 0.0).then_some(kind)
        })?;
        let restock = stream.chance(removals.restocked);
        let pick = (stream.uniform() * f64::from(PICKS)) as u32;
        Some(FollowUp {
            at: accepted_at + removals.delay.draw(&mut stream),
            act: BuyerAct::RemoveUnits {
                kind,
                restock,
                pick: pick.min(PICKS - 1),
            },
        })
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
            removal_key: seed.key("buyers", "removal"),
            removals: Removals::default(),
        }
    }

    #[test]
    fn removals_come_by_their_shares_and_move_no_other_act() {
        let plain = follow_ups(0.08, 0.2);
        let mut removing = plain.clone();
        removing.removals.edited = 0.1;
        removing.removals.by_buyer = 0.3;
        let (mut edits, mut requests) = (0, 0);
        for buyer in 0..20_000 {
            let (before, now) = (
                plain.of(buyer, Micros::ZERO),
                removing.of(buyer, Micros::ZERO),
            );
            match now.map(|it| it.act) {
                Some(BuyerAct::RemoveUnits { kind, .. }) => {
                    assert_eq!(before, None, "cancellations and returns go first");
                    edits += u32::from(kind == RemovalKind::Edit);
                    requests += u32::from(kind == RemovalKind::BuyerRequest);
                }
                _ => assert_eq!(before, now),
            }
        }
        let left = 20_000.0 * 0.92 * 0.8;
        assert!((f64::from(edits) - 0.1 * left).abs() < 150.0, "{edits}");
        assert!(
            (f64::from(requests) - 0.3 * left).abs() < 230.0,
            "{requests}"
        );
    }

    #[test]
    fn a_pick_never_empties_an_order() {
        let of = |pick, units: &[u32]| picked(pick, units.iter().copied());
        assert_eq!(of(0, &[1]), None);
        assert_eq!(of(PICKS - 1, &[1]), None);
        assert_eq!(of(0, &[3]), Some((0, 1)));
        assert_eq!(of(PICKS - 1, &[3]), Some((0, 2)), "one stays");
        assert_eq!(of(PICKS - 1, &[1, 2]), Some((1, 2)), "a whole line");
        assert_eq!(of(0, &[1, 1]), Some((0, 1)));
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
                Some(BuyerAct::RemoveUnits { .. }) | None => {}
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
