//! The machine: drivers ask what becomes of each message, and tell what reached the engine.

use channel_mocks::core::{Called, Micros, Refusal, Request, Response, Seed, Tells, Told};
use http::Extensions;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::counts::Counts;
use super::drift;
use super::fate::{Passage, ReplyFate, RequestFate, SignalFate, SignalPassage, Struck};
use super::planned::Planned;
use super::timeline::Timeline;
use crate::scenario::model::{Direction, Fault, FaultFamily, FaultKind, FaultPlace};

/// The status of an outage and of a sign-in that fails, where the fault does not say.
const USUAL_STATUS: u16 = 503;

/// A call that a fault has struck, or may strike when its reply leaves.
#[derive(Debug, Default)]
struct CallUnderWay {
    /// What it asks for, where a fault of replies goes by it.
    called: Option<Called>,
    struck: Vec<u16>,
    reply_delay: Micros,
}

/// The faults at one place, by the point at which they strike: positions in the plan.
#[derive(Debug, Default)]
struct Place {
    requests: Vec<u16>,
    replies: Vec<u16>,
    signals: Vec<u16>,
    /// What is told by a call is asked when it is sent, because a fault of its reply goes by it.
    replies_go_by_operation: bool,
    /// Before this no signal leaves that is late, so that late ones keep their order.
    late_until: Micros,
    /// Faults of signals that never came, and that the engine can have noticed since by reading orders.
    missing: Vec<u16>,
}

/// The faults of a run, see [`super`].
#[derive(Debug)]
pub struct Faults {
    pub(super) planned: Vec<Planned>,
    pub(super) timeline: Timeline,
    places: Vec<Place>,
    calls: IndexMap<(u16, u64), CallUnderWay, FxBuildHasher>,
    /// The channels, then the warehouse.
    names: Vec<String>,
    seed: Seed,
}

impl Faults {
    /// The faults of a scenario or of the control API. `channels` are the names of the channels; the warehouse is the place
    /// after them. Nothing goes wrong before [`Faults::begin`].
    pub fn new(faults: &[Fault], channels: &[&str], seed: Seed) -> Faults {
        let names = channels.iter().copied().chain(["warehouse"]);
        let names: Vec<String> = names.map(String::from).collect();
        let mut all = Faults {
            places: names.iter().map(|_| Place::default()).collect(),
            planned: Vec::with_capacity(faults.len()),
            timeline: Timeline::default(),
            calls: IndexMap::default(),
            names,
            seed,
        };
        all.plan(faults, Micros::ZERO);
        all
    }

    /// Further faults, on the driver's clock at once: their windows count from `from` and end at `until`. Those that are there
    /// go on as they were.
    pub fn add(&mut self, faults: &[Fault], now: Micros, from: Micros, until: Micros) {
        let first = self.planned.len();
        self.plan(faults, now);
        for planned in self.planned.iter_mut().skip(first) {
            planned.set(from, until);
        }
        self.note_times(first);
    }

    fn plan(&mut self, faults: &[Fault], now: Micros) {
        let channels = self.names.len() - 1;
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        for fault in faults {
            let same = |other: &&Planned| {
                other.kind() == fault.kind && other.fault.channel == fault.channel
            };
            let ordinal = self.planned.iter().filter(same).count() as u64;
            let may = fault.kind.describe().place;
            let strikes: Vec<bool> = names
                .iter()
                .enumerate()
                .map(|(place, name)| {
                    let is_channel = place < channels;
                    let named = match &fault.channel {
                        Some(channel) => channel == name,
                        None => true,
                    };
                    named
                        && match may {
                            FaultPlace::AnySystem => true,
                            FaultPlace::Channels => is_channel,
                            FaultPlace::Warehouse => !is_channel,
                            FaultPlace::Engine => false,
                        }
                })
                .collect();
            let planned = Planned::new(fault, ordinal, self.seed, &names, &strikes);
            self.planned.push(planned);
        }
        for (place, here) in (0u16..).zip(&mut self.places) {
            here.arrange(&self.planned, place, now);
        }
    }

    /// Sets the faults on the driver's clock: their windows count from `from`, the end of the opening, and all end at
    /// `until`, when the last buyer has come.
    pub fn begin(&mut self, from: Micros, until: Micros) {
        for planned in &mut self.planned {
            planned.set(from, until);
        }
        self.timeline.forget_times();
        self.note_times(0);
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// Whether any of them changes the shape of payloads.
    pub fn alters_payloads(&self) -> bool {
        self.planned.iter().any(alters)
    }

    /// Adds what somebody else has counted of the fault at this position of the file.
    pub fn count(&mut self, index: usize, counts: Counts) {
        if let Some(planned) = self.planned.get_mut(index) {
            planned.counts.add(counts);
        }
    }

    /// When each fault begins, and when it is over, in the order of the file.
    pub fn windows(&self) -> impl Iterator<Item = (Micros, Micros)> {
        self.planned.iter().map(|it| (it.begins_at, it.ends_at))
    }

    /// What was counted of each fault, in the order of the file.
    pub fn counts(&self) -> impl Iterator<Item = (&Fault, Counts)> {
        self.planned.iter().map(|it| (&it.fault, it.counts))
    }
}

impl Place {
    /// Puts the faults here where they strike, but for those that are over.
    fn arrange(&mut self, planned: &[Planned], place: u16, now: Micros) {
        let at = |wanted: fn(&Planned) -> bool| -> Vec<u16> {
            let here = planned.iter().zip(0u16..);
            here.filter(|(it, _)| it.ends_at > now && it.is_at(place) && wanted(it))
                .map(|(_, index)| index)
                .collect()
        };
        let goes_by_operation = |index: &u16| planned[usize::from(*index)].is_restricted();
        self.requests = at(strikes_requests);
        self.signals = at(strikes_signals);
        self.replies = at(strikes_replies);
        self.replies_go_by_operation = self.replies.iter().any(goes_by_operation);
    }
}

fn strikes_requests(it: &Planned) -> bool {
    use FaultKind::*;
    match it.kind() {
        Latency | Reset | Partition => it.goes(Direction::Request),
        RequestLost | RequestDuplicated | Refused | Outage | SignInFails | AccessRevoked
        | VersionSunset => true,
        _ => false,
    }
}

fn strikes_replies(it: &Planned) -> bool {
    use FaultKind::*;
    match it.kind() {
        // Without a direction they strike when the request leaves.
        Latency | Reset => it.fault.direction == Some(Direction::Reply),
        Partition => it.goes(Direction::Reply),
        ReplyLost => true,
        _ => alters(it),
    }
}

fn strikes_signals(it: &Planned) -> bool {
    use FaultKind::*;
    match it.kind() {
        Partition => it.goes(Direction::Reply),
        Outage | SignalLost | SignalLate | SignalDuplicated | SignalReordered | SignalBurst
        | WrongSignature => true,
        _ => alters(it),
    }
}

/// Whether it changes the shape of payloads.
fn alters(it: &Planned) -> bool {
    it.kind().describe().family == FaultFamily::SchemaDrift && it.kind() != FaultKind::VersionSunset
}

// Calls.
impl Faults {
    /// A request leaves the engine. `number` names the call until [`Faults::ended`]; `called` says what it asks for, and is
    /// asked only when a fault goes by that.
    pub fn request(
        &mut self,
        now: Micros,
        place: u16,
        number: u64,
        called: &mut dyn FnMut() -> Called,
    ) -> RequestFate {
        let Some(here) = self.places.get(usize::from(place)) else {
            return RequestFate::FINE;
        };
        if here.requests.is_empty() && here.replies.is_empty() {
            return RequestFate::FINE;
        }
        let mut known: Option<Called> = None;
        if here.replies_go_by_operation {
            known = Some(called());
        }
        let mut fate = RequestFate::FINE;
        let mut by = None;
        let mut under_way = CallUnderWay::default();
        for &index in &here.requests {
            let it = &mut self.planned[usize::from(index)];
            if !it.is_open(now)
                || (it.is_restricted() && !it.concerns(*known.get_or_insert_with(&mut *called)))
            {
                continue;
            }
            let Some(mut draws) = it.strike(now, place) else {
                continue;
            };
            let struck = |under_way: &mut CallUnderWay| under_way.struck.push(index);
            match it.kind() {
                FaultKind::Latency => {
                    fate.delay += it.delay(&mut draws);
                    if it.goes(Direction::Reply) {
                        under_way.reply_delay += it.delay(&mut draws);
                    }
                    struck(&mut under_way);
                }
                // The platform itself refuses it.
                FaultKind::AccessRevoked => struck(&mut under_way),
                FaultKind::RequestDuplicated => {
                    let gap = it.delay(&mut draws);
                    fate.again_after = Some(fate.again_after.unwrap_or(Micros::ZERO).max(gap));
                    struck(&mut under_way);
                }
                kind => {
                    let passage = match kind {
                        FaultKind::Reset => Passage::Reset,
                        FaultKind::Refused | FaultKind::Outage | FaultKind::SignInFails => {
                            Passage::Refused(Refusal::Status {
                                status: it.fault.status.unwrap_or(USUAL_STATUS),
                                retry_after: it.fault.retry_after,
                            })
                        }
                        FaultKind::VersionSunset => Passage::Refused(Refusal::VersionGone),
                        _ => Passage::Lost,
                    };
                    // What is lost meets nobody who could refuse it; of equals the first in the file has it.
                    if severity(passage) > severity(fate.passage) {
                        (fate.passage, by) = (passage, Some(index));
                    }
                }
            }
        }
        if let Some(index) = by {
            // A message that does not get through is neither late nor doubled.
            fate.delay = Micros::ZERO;
            fate.again_after = None;
            under_way.reply_delay = Micros::ZERO;
            under_way.struck.clear();
            under_way.struck.push(index);
        }
        fate.by = under_way.struck.first().copied();
        for &index in &under_way.struck {
            self.planned[usize::from(index)].counts.injected += 1;
        }
        let here = &self.places[usize::from(place)];
        if !under_way.struck.is_empty() || !here.replies.is_empty() {
            under_way.called = known.filter(|_| here.replies_go_by_operation);
            self.calls.insert((place, number), under_way);
        }
        fate
    }

    /// The reply to a call leaves a system; a fault may alter it.
    pub fn reply(
        &mut self,
        now: Micros,
        place: u16,
        number: u64,
        response: &mut Response,
    ) -> ReplyFate {
        let Some(call) = self.calls.get_mut(&(place, number)) else {
            return ReplyFate::FINE;
        };
        let mut fate = ReplyFate {
            delay: call.reply_delay,
            ..ReplyFate::FINE
        };
        let mut struck = Vec::new();
        let mut by = None;
        for &index in &self.places[usize::from(place)].replies {
            let it = &mut self.planned[usize::from(index)];
            let concerns =
                !it.is_restricted() || call.called.is_some_and(|called| it.concerns(called));
            if !it.is_open(now) || !concerns {
                continue;
            }
            if alters(it) {
                let tells_orders = tells_orders(response.extensions());
                if by.is_none()
                    && tells_orders
                    && drift::could(&it.fault, response.body())
                    && it.strike(now, place).is_some()
                    && drift::alter(&it.fault, response.body_mut())
                {
                    fate.is_altered = true;
                    struck.push(index);
                }
                continue;
            }
            let Some(mut draws) = it.strike(now, place) else {
                continue;
            };
            let passage = match it.kind() {
                FaultKind::Latency => {
                    fate.delay += it.delay(&mut draws);
                    struck.push(index);
                    continue;
                }
                FaultKind::Reset => Passage::Reset,
                _ => Passage::Lost,
            };
            if severity(passage) > severity(fate.passage) {
                (fate.passage, by) = (passage, Some(index));
            }
        }
        if let Some(index) = by {
            struck.clear();
            struck.push(index);
        }
        for &index in &struck {
            self.planned[usize::from(index)].counts.injected += 1;
        }
        // The delay of its reply may have been decided when the call was made.
        let before = call
            .struck
            .iter()
            .filter(|_| call.reply_delay > Micros::ZERO);
        fate.by = struck.iter().chain(before).next().copied();
        call.struck.append(&mut struck);
        fate
    }

    /// The engine has learnt how a call ended: by its answer, or by none.
    pub fn ended(&mut self, place: u16, number: u64) {
        if let Some(call) = self.calls.swap_remove(&(place, number)) {
            self.notice(&call.struck);
        }
        if let Some(inside) = self.timeline.inside.get_mut(usize::from(place)) {
            for (index, times) in inside.unseen.drain(..) {
                self.planned[usize::from(index)].counts.noticed += times;
            }
        }
    }

    /// A signal that the engine never gets.
    pub(super) fn miss(&mut self, place: u16, index: u16) {
        if let Some(here) = self.places.get_mut(usize::from(place)) {
            here.missing.push(index);
        }
    }

    /// The answer to a call tells an engine of orders or counts: it now can know what signals never told, and see a count
    /// that is wrong.
    pub fn read(&mut self, place: u16, tells: &Tells) {
        for told in &tells.0 {
            if let Told::Stock { sku, .. } = told {
                self.count_read(place, *sku);
            }
        }
        let Some(here) = self.places.get_mut(usize::from(place)) else {
            return;
        };
        if !here.missing.is_empty() && tells.0.iter().any(is_of_an_order) {
            let missing = std::mem::take(&mut here.missing);
            self.notice(&missing);
        }
    }

    pub(super) fn notice(&mut self, struck: &[u16]) {
        for &index in struck {
            self.planned[usize::from(index)].counts.noticed += 1;
        }
    }
}

// Signals.
impl Faults {
    /// A signal leaves a platform; a fault may alter it, and the driver then seals it ([`SignalFate::seal`]).
    pub fn signal(&mut self, now: Micros, place: u16, webhook: &mut Request) -> SignalFate {
        let mut fate = SignalFate::fine(now);
        let Some(here) = self.places.get_mut(usize::from(place)) else {
            return fate;
        };
        let mut struck = Vec::new();
        let mut by = None;
        for &index in &here.signals {
            let it = &mut self.planned[usize::from(index)];
            if !it.is_open(now) {
                continue;
            }
            if alters(it) {
                if drift::could(&it.fault, webhook.body())
                    && it.strike(now, place).is_some()
                    && drift::alter(&it.fault, webhook.body_mut())
                {
                    fate.is_altered = true;
                    struck.push(index);
                }
                continue;
            }
            let Some(mut draws) = it.strike(now, place) else {
                continue;
            };
            match it.kind() {
                FaultKind::SignalLost | FaultKind::Partition => {
                    if by.is_none() {
                        by = Some(index);
                        fate.passage = match it.kind() {
                            FaultKind::SignalLost => SignalPassage::Lost,
                            _ => SignalPassage::Failed,
                        };
                    }
                    continue;
                }
                FaultKind::SignalLate => {
                    let at = (now + it.delay(&mut draws)).max(here.late_until);
                    here.late_until = at;
                    fate.leaves_at = fate.leaves_at.max(at);
                }
                FaultKind::SignalReordered => {
                    fate.leaves_at = fate.leaves_at.max(now + it.delay(&mut draws));
                }
                FaultKind::SignalDuplicated => {
                    if fate.again_by.is_none() {
                        fate.again_after = Some(it.delay(&mut draws));
                        fate.again_by = Some(index);
                    }
                    continue;
                }
                FaultKind::WrongSignature => fate.is_spoilt = true,
                // Outages and bursts let everything go when they are over.
                _ => fate.leaves_at = fate.leaves_at.max(it.ends_at),
            }
            struck.push(index);
        }
        if let Some(index) = by {
            here.missing.push(index);
            self.planned[usize::from(index)].counts.injected += 1;
            return SignalFate {
                by: Some(index),
                passage: fate.passage,
                ..SignalFate::fine(now)
            };
        }
        for &index in struck.iter().chain(&fate.again_by) {
            self.planned[usize::from(index)].counts.injected += 1;
        }
        fate.by = struck.first().copied();
        if fate.is_spoilt {
            // Nobody may believe it, so it tells nothing.
            Tells::detach(webhook.extensions_mut());
        }
        if !struck.is_empty() {
            webhook.extensions_mut().insert(Struck(struck));
        }
        fate
    }

    /// A signal reaches the engine.
    pub fn heard(&mut self, webhook: &mut Request) {
        let extensions = webhook.extensions_mut();
        if extensions.is_empty() {
            return;
        }
        if let Some(Struck(struck)) = extensions.remove() {
            self.notice(&struck);
        }
    }
}

/// Lost things are past refusing, and broken connections past losing: how final a passage is.
fn severity(passage: Passage) -> u8 {
    match passage {
        Passage::Arrives => 0,
        Passage::Refused(_) => 1,
        Passage::Reset => 2,
        Passage::Lost => 3,
    }
}

fn tells_orders(extensions: &Extensions) -> bool {
    extensions
        .get::<Tells>()
        .is_some_and(|tells| tells.0.iter().any(is_of_an_order))
}

fn is_of_an_order(told: &Told) -> bool {
    !matches!(told, Told::Stock { .. })
}
