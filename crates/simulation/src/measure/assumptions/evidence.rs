//! What the ledger says for and against each assumption.

use channel_mocks::core::{Cause, Micros, Party};

use super::state::{ChannelState, Raises, SkuState};
use super::{Assumption, AssumptionState, BoundSeen, Breach, How, Hypothesis};
use crate::measure::by_sku;
use crate::measure::figures::RunFacts;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// What became of one assumption so far.
#[derive(Copy, Clone, Debug, Default)]
struct Tally {
    exercised: bool,
    times: u64,
    first: Option<Breach>,
}

/// What became of all assumptions so far.
#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    tallies: [Tally; Hypothesis::ALL.len()],
    channels: Vec<ChannelState>,
    skus: Vec<SkuState>,
    /// `[sku][channel]`
    raises: Vec<Vec<Raises>>,
}

impl Assumptions {
    /// Takes an entry of the ledger. A sale is to be judged before its own entry is taken: what counts is what had been
    /// broken by then.
    pub fn record(&mut self, at: Micros, entry: &Entry) {
        match *entry {
            Entry::Bounds {
                channel,
                believed,
                holds,
            } => {
                let told = crate::world::ledger::ToldBounds { believed, holds };
                self.channel(channel).told = Some(told);
            }
            Entry::Offered { sku, .. } => self.settle(at, sku),
            Entry::Accepted { channel, sku, .. } => self.accepted(at, channel, sku),
            Entry::OpenedBeyond { sku, units } => {
                let how = How::OpenedBeyond(units);
                self.short(at, Hypothesis::H6, None, (sku, units), how);
                self.sku(sku).opened_beyond = units;
            }
            Entry::BeyondDisplay {
                channel,
                sku,
                units,
            } => {
                let how = How::BeyondDisplay(units.into());
                self.short(at, Hypothesis::H1, Some(channel), (sku, units.into()), how);
            }
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                cause,
                ..
            } => self.displayed(at, channel, sku, (from, to), cause),
            Entry::Cancelled {
                channel, units, by, ..
            } if units > 0 && by != Party::Seller => {
                self.exercise(Hypothesis::H6);
                let told = self.channel(channel).told;
                if told.is_some_and(|it| {
                    it.believed.restocks_on_cancel && !it.holds.restocks_on_cancel
                }) {
                    self.breach(Breach {
                        at,
                        hypothesis: Hypothesis::H6,
                        channel: Some(channel),
                        how: How::NotRestocked(units.into()),
                    });
                }
            }
            Entry::Stock { sku, delta } if delta < 0 => {
                let lost = delta.unsigned_abs();
                self.short(at, Hypothesis::H8, None, (sku, lost), How::Lost(lost));
            }
            Entry::ReadStale { channel, sku } => {
                let breach = Breach {
                    at,
                    hypothesis: Hypothesis::H5,
                    channel: Some(channel),
                    how: How::ReadStale,
                };
                self.breach(breach);
                // What an engine does after it has been shown a count that is no more, nobody can say in units.
                self.sku(sku).outside.get_or_insert(breach);
            }
            Entry::RestockedGone {
                channel,
                sku,
                units,
            } => {
                let how = How::Gone(units.into());
                self.short(at, Hypothesis::H8, Some(channel), (sku, units.into()), how);
            }
            Entry::BadCount {
                channel: None,
                sku,
                units,
            } if units > 0 => {
                let how = How::Miscounted(units);
                self.short(at, Hypothesis::H8, None, (sku, units.unsigned_abs()), how);
            }
            _ => {}
        }
    }

    fn accepted(&mut self, at: Micros, channel: ChannelIndex, sku: SkuIndex) {
        self.exercise(Hypothesis::H1);
        self.exercise(Hypothesis::H8);
        let state = self.channel(channel);
        let Some(told) = state.told else {
            return;
        };
        let (real, believed) = (
            told.holds.order_visibility_lag,
            told.believed.order_visibility_lag,
        );
        state.widest_lag = state.widest_lag.max(Some(real));
        self.exercise(Hypothesis::H2);
        if real > believed {
            let breach = self.longer(at, Hypothesis::H2, channel, (real, believed));
            self.channel(channel).feed_breach.get_or_insert(breach);
            self.sku(sku).outside.get_or_insert(breach);
        }
    }

    fn displayed(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        (from, to): (i64, i64),
        cause: Cause,
    ) {
        let raised = to.saturating_sub(from).max(0).unsigned_abs();
        self.settle(at, sku);
        match cause {
            Cause::Write {
                sent_at,
                received_at,
            } => {
                let lowered = from.saturating_sub(to).max(0).unsigned_abs();
                self.take_off(at, sku, lowered);
                self.wrote(at, channel, sku, to > 0, (sent_at, received_at));
            }
            Cause::Edit => {
                self.exercise(Hypothesis::H6);
                let how = How::Edited(raised);
                self.short(at, Hypothesis::H6, Some(channel), (sku, raised), how);
            }
            Cause::Cancelled(_) | Cause::Removed(_) if raised > 0 => {
                self.exercise(Hypothesis::H6);
                let told = self.channel(channel).told;
                if told.is_some_and(|it| {
                    !it.believed.restocks_on_cancel && it.holds.restocks_on_cancel
                }) {
                    let how = How::Restocked(raised);
                    self.short(at, Hypothesis::H6, Some(channel), (sku, raised), how);
                }
            }
            Cause::Cancelled(_) | Cause::Removed(_) | Cause::Checkout(_) | Cause::Returned(_) => {}
        }
    }

    fn wrote(
        &mut self,
        at: Micros,
        channel: ChannelIndex,
        sku: SkuIndex,
        is_positive: bool,
        (sent_at, received_at): (Micros, Micros),
    ) {
        let (life, way) = (at.since(sent_at), received_at.since(sent_at));
        let state = self.channel(channel);
        state.longest_write = state.longest_write.max(Some(life));
        state.longest_request = state.longest_request.max(Some(way));
        if let Some(told) = state.told {
            self.exercise(Hypothesis::H3);
            let believed = told.believed;
            if believed.applied_when_answered {
                self.exercise(Hypothesis::H5);
                let late = at.since(received_at);
                if late > Micros::ZERO {
                    let bounds = (late, Micros::ZERO);
                    let breach = self.longer(at, Hypothesis::H5, channel, bounds);
                    self.sku(sku).outside.get_or_insert(breach);
                }
            }
            for (real, believed) in [
                (life, believed.write_lifetime),
                (way, believed.request_lifetime),
            ] {
                if real > believed {
                    let breach = self.longer(at, Hypothesis::H3, channel, (real, believed));
                    if is_positive {
                        self.sku(sku).outside.get_or_insert(breach);
                    }
                    // A way that is too long makes a lifetime that is, once.
                    break;
                }
            }
        }
        if !is_positive {
            return;
        }
        self.exercise(Hypothesis::H4);
        let raises = by_sku::row(&mut self.raises, sku);
        let index = usize::from(channel.0);
        if raises.len() <= index {
            raises.resize(index + 1, Raises::default());
        }
        if raises[index].again(sent_at, received_at) {
            let breach = Breach {
                at,
                hypothesis: Hypothesis::H4,
                channel: Some(channel),
                how: How::Twice(at.since(sent_at)),
            };
            self.breach(breach);
            self.sku(sku).outside.get_or_insert(breach);
        }
    }

    fn exercise(&mut self, hypothesis: Hypothesis) {
        self.tallies[hypothesis as usize].exercised = true;
    }

    fn breach(&mut self, breach: Breach) {
        let tally = &mut self.tallies[breach.hypothesis as usize];
        tally.exercised = true;
        tally.times += 1;
        tally.first.get_or_insert(breach);
    }

    fn longer(
        &mut self,
        at: Micros,
        hypothesis: Hypothesis,
        channel: ChannelIndex,
        (real, believed): (Micros, Micros),
    ) -> Breach {
        let breach = Breach {
            at,
            hypothesis,
            channel: Some(channel),
            how: How::Longer { real, believed },
        };
        self.breach(breach);
        breach
    }

    /// An assumption was broken by a known number of units.
    fn short(
        &mut self,
        at: Micros,
        hypothesis: Hypothesis,
        channel: Option<ChannelIndex>,
        (sku, units): (SkuIndex, u64),
        how: How,
    ) {
        let breach = Breach {
            at,
            hypothesis,
            channel,
            how,
        };
        self.breach(breach);
        if units > 0 {
            let state = self.sku(sku);
            state.shortage += units;
            state.short_by = Some(breach);
        }
    }

    fn settle(&mut self, at: Micros, sku: SkuIndex) {
        if let Some(state) = self.skus.get_mut(sku.0 as usize) {
            state.settle(at);
        }
    }

    fn take_off(&mut self, at: Micros, sku: SkuIndex, units: u64) {
        if let Some(state) = self.skus.get_mut(sku.0 as usize) {
            state.take_off(at, units);
        }
    }

    fn channel(&mut self, channel: ChannelIndex) -> &mut ChannelState {
        let index = usize::from(channel.0);
        if self.channels.len() <= index {
            self.channels.resize(index + 1, ChannelState::default());
        }
        &mut self.channels[index]
    }

    fn sku(&mut self, sku: SkuIndex) -> &mut SkuState {
        by_sku::row(&mut self.skus, sku)
    }
}

// What verdicts ask.
impl Assumptions {
    /// The rule by which units lie outside the assumptions. `wrong` units of a SKU were sold, or shown, when together
    /// `beyond` were more than there is: of these, as many are excused as had been lost or added by others before, and all
    /// of them once an assumption about time or repetition had been broken for this SKU.
    pub fn excused(&self, sku: SkuIndex, wrong: u64, beyond: u64) -> u64 {
        let state = self.state(sku);
        if state.outside.is_some() {
            return wrong;
        }
        wrong - wrong.min(beyond.saturating_sub(state.shortage))
    }

    /// What excuses units of a SKU, if anything does.
    pub fn excuse(&self, sku: SkuIndex) -> Option<Breach> {
        let state = self.state(sku);
        state.outside.or(state.short_by)
    }

    /// When a channel's order feed was first later than the engine was told.
    pub fn late_feed(&self, channel: ChannelIndex) -> Option<Breach> {
        let state = self.channels.get(usize::from(channel.0));
        state.and_then(|it| it.feed_breach)
    }

    /// How any of these assumptions was first broken.
    pub fn first_of(&self, hypotheses: &[Hypothesis]) -> Option<Breach> {
        let firsts = hypotheses
            .iter()
            .filter_map(|it| self.tallies[*it as usize].first);
        firsts.min_by_key(|breach| breach.at)
    }

    fn state(&self, sku: SkuIndex) -> SkuState {
        self.skus.get(sku.0 as usize).copied().unwrap_or_default()
    }

    /// Takes what only the driver of a run knows.
    pub fn take_facts(&mut self, facts: &RunFacts) {
        if facts.engine_crashes > 0 {
            self.exercise(Hypothesis::H7);
        }
        if let Some(at) = facts.journal_lost_at {
            self.breach(Breach {
                at,
                hypothesis: Hypothesis::H7,
                channel: None,
                how: How::JournalLost,
            });
        }
    }

    /// All eight of them, in their order.
    pub fn documents(&self, names: &[String]) -> Vec<Assumption> {
        Hypothesis::ALL
            .map(|hypothesis| {
                let tally = self.tallies[hypothesis as usize];
                Assumption {
                    name: hypothesis.name().to_string(),
                    about: hypothesis.about().to_string(),
                    state: match (tally.times > 0, tally.exercised) {
                        (true, _) => AssumptionState::Broken,
                        (false, true) => AssumptionState::Kept,
                        (false, false) => AssumptionState::NotExercised,
                    },
                    times_broken: tally.times,
                    first: tally.first.map(|breach| breach.document(names)),
                    bounds: self.bounds(hypothesis, names),
                    note: (hypothesis == Hypothesis::H5)
                        .then(|| "\"accepted for processing\" is no acknowledgement".to_string()),
                }
            })
            .into()
    }

    fn bounds(&self, hypothesis: Hypothesis, names: &[String]) -> Vec<BoundSeen> {
        let mut seen = Vec::new();
        for (state, name) in self.channels.iter().zip(names) {
            let Some(told) = state.told else {
                continue;
            };
            let believed = told.believed;
            let rows = match hypothesis {
                Hypothesis::H2 => vec![(
                    "order_visibility_lag",
                    believed.order_visibility_lag,
                    state.widest_lag,
                    "profile",
                )],
                Hypothesis::H3 => vec![
                    (
                        "write_lifetime",
                        believed.write_lifetime,
                        state.longest_write,
                        "each_write",
                    ),
                    (
                        "request_lifetime",
                        believed.request_lifetime,
                        state.longest_request,
                        "each_write",
                    ),
                ],
                _ => Vec::new(),
            };
            let bounded = |time: Micros| (time < Micros::MAX).then(|| time.as_secs_f64());
            seen.extend(
                rows.into_iter()
                    .map(|(bound, believed, largest, from)| BoundSeen {
                        channel: name.clone(),
                        bound: bound.to_string(),
                        believed_s: bounded(believed),
                        largest_s: largest.and_then(bounded),
                        from: from.to_string(),
                    }),
            );
        }
        seen
    }
}
