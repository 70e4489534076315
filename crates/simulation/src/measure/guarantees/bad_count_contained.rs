//! A count that somebody got wrong reaches one channel at most.

use channel_mocks::core::{Cause, Micros};

use super::finding::{About, Finding};
use super::timeline::Timelines;
use super::{Place, Rests};
use crate::measure::verdict::{BadCountSeen, CounterExample};
use crate::measure::words::counted;
use crate::world::ledger::Entry;
use crate::world::{ChannelIndex, SkuIndex};

/// Bad counts that are told one by one; those beyond are counted.
const TOLD: usize = 20;

/// Channels that a bad count may reach: the one on whose listing it happened, or the first that believed it.
const MAY_REACH: usize = 1;

#[derive(Clone, Debug, Default)]
pub(super) struct BadCountContained {
    /// Those whose consequences last.
    open: Vec<Incident>,
    /// Those that are over, as far as they are told.
    over: Vec<BadCountSeen>,
    incidents: u64,
    spread: u64,
    first: Option<CounterExample>,
}

#[derive(Clone, Debug)]
struct Incident {
    number: u64,
    at: Micros,
    sku: SkuIndex,
    channel: Option<ChannelIndex>,
    units: i64,
    /// Listings that show too much because of it, and those that ever did.
    reached: Vec<ChannelIndex>,
    shows_too_much: Vec<ChannelIndex>,
    detected_at: Option<Micros>,
    /// Since when none has.
    right_since: Option<Micros>,
    put_right: bool,
}

impl Incident {
    fn seen(&self, place: Place<'_>) -> BadCountSeen {
        let after = |at: Option<Micros>| at.map(|at| at.since(self.at).as_secs_f64());
        BadCountSeen {
            at_s: self.at.as_secs_f64(),
            place: match self.channel {
                Some(channel) => place.name(channel),
                None => "warehouse".to_string(),
            },
            sku: self.sku.0 + 1,
            units: self.units,
            channels_reached: self.reached.len() as u64,
            detected_after_s: after(self.detected_at),
            converged_after_s: if self.reached.is_empty() {
                Some(0.0)
            } else {
                after(self.right_since)
            },
        }
    }
}

impl BadCountContained {
    pub fn record(&mut self, place: Place<'_>, entry: &Entry, timelines: &Timelines) {
        match *entry {
            Entry::BadCount {
                channel,
                sku,
                units,
            } if units > 0 => {
                self.incidents += 1;
                self.open.push(Incident {
                    number: self.incidents,
                    at: place.at,
                    sku,
                    channel,
                    units,
                    reached: Vec::new(),
                    shows_too_much: Vec::new(),
                    detected_at: None,
                    right_since: None,
                    put_right: false,
                });
            }
            Entry::BadCount { channel, sku, .. } => {
                for incident in &mut self.open {
                    if incident.sku == sku && incident.channel == channel {
                        incident.put_right = true;
                        incident.detected_at.get_or_insert(place.at);
                    }
                }
                self.close_those_over(place);
            }
            Entry::BadCountReached { channel, sku, .. } => {
                self.reached(place, channel, sku, timelines)
            }
            Entry::Displayed {
                channel,
                sku,
                from,
                to,
                sellable,
                cause,
            } if !self.open.is_empty() && to < from => {
                let lowered = matches!(cause, Cause::Write { .. }) && from > sellable.max(0);
                for incident in self.open.iter_mut().filter(|it| it.sku == sku) {
                    let was_too_much = incident.shows_too_much.contains(&channel);
                    if lowered && was_too_much {
                        incident.detected_at.get_or_insert(place.at);
                    }
                    if was_too_much && to <= sellable.max(0) {
                        incident.shows_too_much.retain(|it| *it != channel);
                        if incident.shows_too_much.is_empty() {
                            incident.right_since = Some(place.at);
                        }
                    }
                }
                self.close_those_over(place);
            }
            _ => {}
        }
    }

    fn reached(
        &mut self,
        place: Place<'_>,
        channel: ChannelIndex,
        sku: SkuIndex,
        timelines: &Timelines,
    ) {
        for incident in self.open.iter_mut().filter(|it| it.sku == sku) {
            incident.right_since = None;
            if !incident.shows_too_much.contains(&channel) {
                incident.shows_too_much.push(channel);
            }
            if incident.reached.contains(&channel) {
                continue;
            }
            incident.reached.push(channel);
            if incident.reached.len() != MAY_REACH + 1 {
                continue;
            }
            self.spread += 1;
            let number = sku.0 + 1;
            self.first.get_or_insert_with(|| CounterExample {
                sku: Some(number),
                timeline: timelines.of(place, sku),
                ..place.example(
                    channel,
                    format!(
                        "SKU {number} was counted {} too high {} s before, and a second channel shows it",
                        counted(incident.units.unsigned_abs(), "unit"),
                        place.at.since(incident.at).as_secs_f64()
                    ),
                )
            });
        }
    }

    /// A bad count is over when it has been put right and no listing shows it any more.
    fn close_those_over(&mut self, place: Place<'_>) {
        let is_over = |it: &Incident| it.put_right && it.shows_too_much.is_empty();
        for incident in self.open.iter().filter(|it| is_over(it)) {
            if self.over.len() < TOLD {
                self.over.push(incident.seen(place));
            }
        }
        self.open.retain(|it| !is_over(it));
    }

    /// Every bad count, as far as they are told one by one.
    pub fn seen(&self, names: &[String]) -> Vec<BadCountSeen> {
        let place = Place {
            at: Micros::ZERO,
            names,
        };
        let mut open: Vec<&Incident> = self.open.iter().collect();
        open.sort_by_key(|incident| incident.number);
        let lasting = open.into_iter().map(|incident| incident.seen(place));
        let mut seen: Vec<BadCountSeen> = self.over.iter().cloned().chain(lasting).collect();
        seen.truncate(TOLD);
        seen
    }

    pub fn finding(self) -> Finding {
        Finding {
            name: "bad_count_contained",
            about: About::Counts,
            promise: None,
            exercised: self.incidents > 0,
            broken: self.spread,
            of: self.incidents,
            what: "bad counts on more than one channel",
            excused: 0,
            tolerated_share: 0.0,
            first: self.first,
            rests: Rests::default(),
        }
    }
}
