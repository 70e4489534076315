//! The label of a case (docs/causes.md, "Which label"): what the count missed says it; where that is the news of a sale that
//! never reached it, whatever else held the news up and would have saved the unit comes first.

use channel_mocks::core::{Distribution, Micros};

use super::Tracer;
use super::calls::ChannelCalls;
use super::case::{Case, Stages};
use super::delays::waits;
use super::events::Event;
use super::listing::Source;
use super::model::CauseLabel;
use crate::scenario::Scenario;
use crate::scenario::model::{FaultFamily, FaultKind};
use crate::world::ledger::Mover;
use crate::world::{ChannelIndex, SkuIndex};

/// A fault of the scenario.
#[derive(Clone, Debug)]
pub(super) struct PlannedFault {
    pub kind: FaultKind,
    /// `kind at channel`.
    pub name: String,
    place: Place,
    /// All of them without.
    sku: Option<SkuIndex>,
    restocks: bool,
    pub from: Micros,
    pub until: Micros,
    delay: Option<Distribution>,
}

/// Where a fault strikes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    Everywhere,
    Warehouse,
    Channel(ChannelIndex),
}

/// The faults of a scenario, in the order of the file.
pub(super) fn planned(scenario: &Scenario) -> Vec<PlannedFault> {
    let ends = scenario.opening + scenario.duration;
    let faults = scenario.faults.iter().map(|fault| {
        let kind = fault.kind.describe().name;
        let at = |name: &String| scenario.channels.iter().position(|it| it.name == *name);
        let place = fault.channel.as_ref().map(|name| match at(name) {
            Some(place) => Place::Channel(ChannelIndex(place as u16)),
            None => Place::Warehouse,
        });
        let from = scenario.opening + fault.from;
        PlannedFault {
            kind: fault.kind,
            name: match &fault.channel {
                Some(channel) => format!("{kind} at {channel}"),
                None => kind.to_string(),
            },
            place: place.unwrap_or(Place::Everywhere),
            sku: fault.sku.map(|rank| SkuIndex(rank.saturating_sub(1))),
            restocks: fault.restocks == Some(true),
            from,
            until: fault.lasts.map_or(ends, |lasts| (from + lasts).min(ends)),
            delay: fault.delay,
        }
    });
    faults.collect()
}

impl PlannedFault {
    /// Whether it can keep the engine from working for a time: what that cost is known at the end.
    pub fn stops_engine(&self) -> bool {
        matches!(self.kind, FaultKind::Crash | FaultKind::SlowEngine)
    }

    /// Whether it changes the shape of messages that arrive.
    pub fn is_drift(&self) -> bool {
        self.kind.describe().family == FaultFamily::SchemaDrift
            && self.kind != FaultKind::VersionSunset
    }

    /// Whether it makes the warehouse's records wrong.
    pub fn miscounts_records(&self) -> bool {
        matches!(self.kind, FaultKind::BadCount | FaultKind::ReceiptTwice) && self.is_at(None)
    }

    /// Whether it has a platform put units of cancelled orders back on sale.
    pub fn restocks(&self) -> bool {
        self.kind == FaultKind::RestockOnCancel && self.restocks
    }

    /// Whether it strikes this SKU.
    pub fn is_of(&self, sku: SkuIndex) -> bool {
        self.sku.is_none_or(|of| of == sku)
    }

    /// Whether it strikes a channel, or the warehouse for none.
    pub fn is_at(&self, channel: Option<ChannelIndex>) -> bool {
        match self.place {
            Place::Everywhere => true,
            Place::Warehouse => channel.is_none(),
            Place::Channel(place) => channel == Some(place),
        }
    }

    /// What of a span lies in its time.
    fn overlap(&self, from: Micros, until: Micros) -> Micros {
        self.until.min(until).since(self.from.max(from))
    }

    /// What of a span it can account for, which began in its time.
    fn within(&self, from: Micros, until: Micros) -> Micros {
        if from < self.from || from >= self.until {
            return Micros::ZERO;
        }
        let longest = self.delay.map_or(Micros::MAX, |it| it.upper_bound());
        until.since(from).min(longest)
    }
}

/// A label, and the place of the fault that struck.
pub(super) type Labelled = (CauseLabel, Option<u16>);

/// For how long the engine had the news in an altered shape alone, and wrote nothing of it. Who writes before the news comes in its
/// own shape could read the other one.
fn unread(event: &Event, stages: &Stages) -> Micros {
    if stages.sent_at < event.clear_at && stages.sent_at != Micros::MAX {
        return Micros::ZERO;
    }
    event.clear_at.min(stages.sent_at).since(event.heard_at)
}

impl Tracer {
    /// The label of a case.
    pub(super) fn label(&self, case: &Case) -> Labelled {
        let stages = case.stages();
        let calls = &self.calls[usize::from(case.channel.0)];
        let plain = |label| (label, self.behind(case, &stages));
        match case.lot.source {
            Source::Missed(_) => {
                let by = case.event.as_ref().map(|event| event.by);
                match by {
                    Some(Mover::Stock) => (CauseLabel::LostStock, None),
                    _ => self.of_news(case, &stages, calls),
                }
            }
            Source::Undone { was_known, .. } => {
                let by = case.event.as_ref().and_then(|event| event.by.channel());
                let is_own = by == Some(case.channel);
                match self.fault_of_undoing(case, calls) {
                    Some(fault) => (CauseLabel::Fault, Some(fault)),
                    None if is_own && !was_known => plain(CauseLabel::Resurrection),
                    None => plain(CauseLabel::StaleWrite),
                }
            }
            Source::BadRecord(_)
            | Source::Edit {
                is_mistake: true, ..
            } => plain(CauseLabel::BadCount),
            Source::Books { .. } => match self.stale_read(case) {
                Some(fault) => (CauseLabel::Fault, Some(fault)),
                None => plain(CauseLabel::EngineBooks),
            },
            Source::Lent { .. } => plain(CauseLabel::Lent),
            Source::Opening => plain(CauseLabel::OpeningCount),
            Source::Edit {
                is_mistake: false, ..
            } => plain(CauseLabel::ForeignWrite),
            Source::Restock { .. } => plain(CauseLabel::PlatformRestock),
            Source::PlatformsOwn => plain(CauseLabel::LostStock),
            Source::Unexplained => plain(CauseLabel::Unknown),
        }
    }

    /// A sale whose news did not come in time: a fault, a dead engine or a refusal, if without it the news had.
    fn of_news(&self, case: &Case, stages: &Stages, calls: &ChannelCalls) -> Labelled {
        let sold_at = case.at;
        let is_saved = |sooner: Micros| {
            sooner > Micros::ZERO
                && (stages.live_at == Micros::MAX || stages.live_at.since(sooner) <= sold_at)
        };
        let faults = self.faults_of_news(case, stages, calls);
        if let Some((fault, _)) = faults.iter().find(|(_, sooner)| is_saved(*sooner)) {
            return (CauseLabel::Fault, Some(*fault));
        }
        let (known, sent) = (stages.known_at, stages.sent_at);
        let crashes = (0u16..).zip(&self.faults);
        let crashes = crashes.filter(|(_, fault)| fault.kind == FaultKind::Crash);
        let down = crashes.map(|(place, _)| self.paused(place, stages, sold_at).0);
        if is_saved(Micros(down.fold(0, u64::saturating_add))) {
            return (CauseLabel::EngineDown, None);
        }
        let is_refused = calls.first_refused(known, sent.min(sold_at)).is_some();
        if is_refused && is_saved(waits(known, sent, calls)[2]) {
            return (CauseLabel::ThrottledWrite, self.behind(case, stages));
        }
        (CauseLabel::InFlight, self.behind(case, stages))
    }

    /// How long a fault kept the engine from working between a change and the write that brought it: who is gone does not ask for
    /// news either, so that the time before it knew counts as well. Nothing if it had not done so by the time of the sale.
    fn paused(&self, fault: u16, stages: &Stages, sold_at: Micros) -> Micros {
        let Some(pauses) = self.down.get(&fault) else {
            return Micros::ZERO;
        };
        let (from, until) = (stages.happened_at, stages.sent_at);
        match pauses.within(from, until.min(sold_at)) {
            Micros::ZERO => Micros::ZERO,
            _ => pauses.within(from, until),
        }
    }

    /// The fault because of which the engine had been shown an older count of a SKU than there was, before it wrote more than
    /// anything that it had been told accounts for.
    pub(super) fn stale_read(&self, case: &Case) -> Option<u16> {
        let reads = self.stale_reads.iter();
        let mut reads = reads.filter(|((sku, _), at)| *sku == case.sku && **at <= case.lot.at);
        reads.find_map(|((_, channel), at)| {
            self.at_work(*at, |fault| {
                fault.kind == FaultKind::ReadsStale && fault.is_at(Some(*channel))
            })
        })
    }

    /// The faults that struck the news of a sale on its way to a count, and by how much each delayed it.
    fn faults_of_news(
        &self,
        case: &Case,
        stages: &Stages,
        calls: &ChannelCalls,
    ) -> Vec<(u16, Micros)> {
        let mut found = Vec::new();
        let Some(event) = &case.event else {
            return found;
        };
        let of = event.by.channel();
        let end = case.at;
        if let Some((at, strike)) = event.lost().filter(|(at, _)| *at <= end) {
            found.push((strike.fault, stages.left_at.since(at)));
        }
        if let Some(strike) = event.strike() {
            let unread = match self.is_drift(strike) {
                true => unread(event, stages),
                false => Micros::ZERO,
            };
            found.push((strike.fault, strike.late_by + unread));
        }
        if let Some(of) = of {
            let hearing = &self.hearing[usize::from(of.0)];
            found.extend(hearing.missed(stages.happened_at, stages.left_at));
        }
        let reads = of.map(|of| &self.calls[usize::from(of.0)]);
        let until = stages.left_at.min(end);
        if let Some((at, strike)) = reads.and_then(|it| it.lost_read(stages.happened_at, until)) {
            found.push((strike.fault, stages.left_at.since(at)));
        }
        let until = stages.sent_at.min(end);
        if let Some((at, strike)) = calls.lost_write(stages.known_at, until) {
            found.push((strike.fault, stages.sent_at.since(at)));
        }
        if let Some(strike) = calls.struck_write(stages.sent_at) {
            found.push((strike.fault, strike.late_by));
        }
        for (place, fault) in (0u16..).zip(&self.faults) {
            use FaultKind::*;
            let sooner = match fault.kind {
                WritesLate | WritesUnordered if fault.is_at(Some(case.channel)) => {
                    fault.within(stages.received_at, stages.live_at)
                }
                WritesStuck if fault.is_at(Some(case.channel)) => {
                    let tried = calls.first_sent(stages.known_at, stages.sent_at.min(end));
                    tried.map_or(Micros::ZERO, |at| fault.within(at, stages.sent_at))
                }
                LimitsCut if fault.is_at(Some(case.channel)) => {
                    let span = fault.from.max(stages.known_at)..fault.until.min(stages.sent_at);
                    calls.held_within(span.start, span.end)
                }
                SignInFails | AccessRevoked => {
                    let news = fault.overlap(stages.happened_at, stages.left_at);
                    let write = fault.overlap(stages.known_at, stages.sent_at);
                    let news = if fault.is_at(of) { news } else { Micros::ZERO };
                    let is_writes = fault.is_at(Some(case.channel));
                    news + if is_writes { write } else { Micros::ZERO }
                }
                SlowEngine => self.paused(place, stages, end),
                FeedLate | OrdersHeld if fault.is_at(of) => {
                    fault.within(stages.happened_at, stages.left_at)
                }
                _ => continue,
            };
            found.push((place, sooner));
        }
        found
    }

    /// The fault that made a write put units back that a count had been without.
    fn fault_of_undoing(&self, case: &Case, calls: &ChannelCalls) -> Option<u16> {
        let write = case.set_by.write?;
        if let Some(strike) = calls.struck_write(write.sent_at) {
            return Some(strike.fault);
        }
        // What the engine was told in a shape that it could not read, it did not know.
        if let Some(event) = &case.event
            && let Some(strike) = event.strike().filter(|it| self.is_drift(*it))
            && (event.heard_at..event.clear_at).contains(&write.sent_at)
        {
            return Some(strike.fault);
        }
        let late = |fault: &PlannedFault| {
            matches!(
                fault.kind,
                FaultKind::WritesLate | FaultKind::WritesUnordered
            ) && fault.is_at(Some(case.channel))
                && fault.within(write.received_at, write.live_at) > Micros::ZERO
        };
        let place = self.faults.iter().position(late)?;
        u16::try_from(place).ok()
    }
}
