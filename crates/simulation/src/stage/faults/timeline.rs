//! What begins and ends at a time: values laid over profiles, lost access, wrong counts. The machine says when, the driver
//! carries [`FaultAct`]s and says what they came to.

use std::collections::{BTreeSet, VecDeque};

use channel_mocks::core::{Cause, Fact, FaultCount, FaultCounts, LocationIndex, Micros};
use toml::Table;

use super::act::{FaultAct, FaultActKind, FaultDone};
use super::machine::Faults;
use super::planned::Planned;
use super::platform;
use crate::scenario::Scenario;
use crate::scenario::fault_overlay::{overlay, profile_of};
use crate::scenario::model::{FaultFamily, FaultKind};
use crate::scenario::profiles::ProfileOwner;
use crate::stage::{WarehouseAct, WarehouseActKind};

/// A count that a fault has made wrong and nobody has put right.
#[derive(Debug)]
struct WrongCount {
    fault: u16,
    place: u16,
    sku: u32,
    units: i64,
    location: LocationIndex,
    /// Each is noticed once, however often it is read before it is written over.
    is_noticed: bool,
}

/// Things of a kind that happened inside a system and that its next answer can show.
#[derive(Debug, Default)]
pub(super) struct Inside {
    owner: Option<(ProfileOwner, Table)>,
    counted: FaultCounts,
    /// Faults whose values are laid over the profile.
    laid: Vec<u16>,
    /// What happened since the last answer, by fault.
    pub unseen: Vec<(u16, u64)>,
}

/// When what begins and ends, and what has been done.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    due: BTreeSet<(Micros, u16, Tick)>,
    acts: VecDeque<FaultAct>,
    pub inside: Vec<Inside>,
    wrong: Vec<WrongCount>,
    /// What foreign apps saw, by fault and place.
    seen: Vec<(u16, u16, Vec<i64>)>,
    skus: u32,
    locations: Vec<String>,
}

/// What a moment is for a fault; what ends comes before what begins.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tick {
    End,
    Begin,
    Again,
}

impl Timeline {
    pub(super) fn forget_times(&mut self) {
        self.due.clear();
    }
}

impl Faults {
    /// Tells what the scenario's systems are, so that faults can do more to them than to their messages.
    pub fn know(&mut self, scenario: &Scenario, skus: u32) {
        let channels = scenario.channels.iter().map(|channel| {
            let owner = ProfileOwner::Channel(channel.platform);
            let profile = profile_of(owner, &channel.profile, &channel.overrides);
            (owner, profile)
        });
        let warehouse = &scenario.warehouse;
        let profile = profile_of(
            ProfileOwner::Warehouse,
            &warehouse.profile,
            &warehouse.overrides,
        );
        let all = channels.chain([(ProfileOwner::Warehouse, profile)]);
        self.timeline.inside = all
            .map(|owner| Inside {
                owner: Some(owner),
                ..Inside::default()
            })
            .collect();
        self.timeline.skus = skus;
        let locations = warehouse.locations.iter();
        self.timeline.locations = locations.map(|it| it.code.clone()).collect();
    }

    /// Notes when the faults from this position on begin and end.
    pub(super) fn note_times(&mut self, first: usize) {
        for (index, it) in (0u16..).zip(&self.planned).skip(first) {
            let works_by_acts = match it.kind() {
                FaultKind::BadCount
                | FaultKind::ReceiptTwice
                | FaultKind::ForeignWriter
                | FaultKind::TokenExpired
                | FaultKind::AccessRevoked
                | FaultKind::SubscriptionRemoved => true,
                _ => (0..self.timeline.inside.len())
                    .any(|place| self.overlay_of(it, place as u16).is_some()),
            };
            if works_by_acts && it.begins_at < it.ends_at {
                self.timeline.due.insert((it.begins_at, index, Tick::Begin));
                if it.ends_at < Micros::MAX {
                    self.timeline.due.insert((it.ends_at, index, Tick::End));
                }
            }
        }
    }

    /// Every fault is over now: what it has done to systems is undone at the next [`Faults::wake`], which is due at once.
    pub fn heal(&mut self, now: Micros) {
        let due = std::mem::take(&mut self.timeline.due);
        let is_to_begin = |index| {
            let mut due = due.iter();
            due.any(|it| (it.1, it.2) == (index, Tick::Begin))
        };
        for (index, it) in (0u16..).zip(&mut self.planned) {
            if it.ends_at <= now {
                continue;
            }
            let has_begun = it.begins_at <= now && !is_to_begin(index);
            it.ends_at = now;
            if has_begun {
                self.timeline.due.insert((now, index, Tick::End));
            }
        }
        // What was over and has not been undone yet.
        let over = due
            .into_iter()
            .filter(|it| it.0 <= now && it.2 == Tick::End);
        self.timeline.due.extend(over);
    }

    /// When the next fault begins or ends.
    pub fn poll_timeout(&self) -> Option<Micros> {
        self.timeline.due.first().map(|(at, ..)| *at)
    }

    /// The next act to carry out; what it came to is handed back with [`Faults::done`].
    pub fn poll_act(&mut self) -> Option<FaultAct> {
        self.timeline.acts.pop_front()
    }

    /// The time named by [`Faults::poll_timeout`] has come.
    pub fn wake(&mut self, now: Micros) {
        let mut moved = Vec::new();
        while let Some(&(at, index, tick)) = self.timeline.due.first().filter(|it| it.0 <= now) {
            self.timeline.due.pop_first();
            self.tick(at, index, tick);
            moved.push(index);
        }
        for place in 0..self.timeline.inside.len() as u16 {
            let is_laid = |index: &u16| {
                let it = &self.planned[usize::from(*index)];
                self.overlay_of(it, place).is_some()
            };
            if let Some(first) = moved.iter().copied().find(is_laid) {
                self.lay_over(now, first, place);
            }
        }
    }

    fn tick(&mut self, at: Micros, index: u16, tick: Tick) {
        let places: Vec<u16> = (0..self.timeline.inside.len() as u16)
            .filter(|place| self.planned[usize::from(index)].is_at(*place))
            .collect();
        let it = &self.planned[usize::from(index)];
        let skus = match it.fault.sku {
            Some(rank) => rank.saturating_sub(1)..rank.min(self.timeline.skus),
            None => 0..self.timeline.skus,
        };
        let location = it.fault.location.as_ref().and_then(|code| {
            let position = self.timeline.locations.iter().position(|it| it == code)?;
            u16::try_from(position).ok()
        });
        let location = LocationIndex(location.unwrap_or(0));
        if (it.kind(), tick) == (FaultKind::ForeignWriter, Tick::Begin)
            || (it.kind(), tick) == (FaultKind::ForeignWriter, Tick::Again)
        {
            let gap = it.fault.delay.map_or(Micros::ZERO, |it| it.upper_bound());
            let next = at + gap.max(Micros::from_secs(1));
            if next < it.ends_at {
                self.timeline.due.insert((next, index, Tick::Again));
            }
        }
        for place in places {
            let kind = match (self.planned[usize::from(index)].kind(), tick) {
                (FaultKind::TokenExpired, Tick::Begin) => FaultActKind::EndTokens,
                (FaultKind::AccessRevoked, Tick::Begin) => FaultActKind::RevokeAccess,
                (FaultKind::AccessRevoked, Tick::End) => FaultActKind::GrantAccess,
                (FaultKind::SubscriptionRemoved, Tick::Begin) => FaultActKind::DropSubscriptions,
                (FaultKind::BadCount, Tick::Begin) => FaultActKind::Multiply {
                    skus: skus.clone(),
                    factor: self.planned[usize::from(index)].fault.factor.unwrap_or(1.0),
                    location,
                },
                (FaultKind::ForeignWriter, Tick::Begin | Tick::Again) => {
                    let seen = &self.timeline.seen;
                    let known = seen.iter().find(|it| (it.0, it.1) == (index, place));
                    FaultActKind::WriteAsSeen {
                        skus: skus.clone(),
                        seen: known.map(|it| it.2.clone()).unwrap_or_default(),
                    }
                }
                (FaultKind::BadCount | FaultKind::ReceiptTwice, Tick::End) => {
                    self.put_right(index, place);
                    continue;
                }
                _ => continue,
            };
            self.act(index, place, kind);
        }
    }

    fn act(&mut self, index: u16, place: u16, kind: FaultActKind) {
        self.timeline.acts.push_back(FaultAct {
            fault: usize::from(index),
            place,
            kind,
        });
    }

    fn put_right(&mut self, index: u16, place: u16) {
        let is_meant = |it: &mut WrongCount| it.fault == index && it.place == place;
        let wrong: Vec<WrongCount> = self.timeline.wrong.extract_if(.., is_meant).collect();
        for it in wrong {
            let kind = FaultActKind::TakeBack {
                sku: it.sku,
                units: it.units,
                location: it.location,
            };
            self.act(index, place, kind);
        }
    }

    /// What a fault lays over the profile of a system; on platforms with webhooks signals are struck on their way instead.
    fn overlay_of(&self, it: &Planned, place: u16) -> Option<Table> {
        let (owner, profile) = self
            .timeline
            .inside
            .get(usize::from(place))?
            .owner
            .as_ref()?;
        let has_webhooks = matches!(
            owner,
            ProfileOwner::Channel(platform) if !platform.describe().capabilities.has_queue
        );
        let is_signal =
            it.kind().describe().family == FaultFamily::Signals || it.kind() == FaultKind::Outage;
        if !it.is_at(place) || (has_webhooks && is_signal) {
            return None;
        }
        let window = (it.begins_at, it.ends_at);
        overlay(&it.fault, window, *owner, profile).ok().flatten()
    }

    fn lay_over(&mut self, now: Micros, first: u16, place: u16) {
        let open =
            |it: &&(u16, &Planned)| it.1.is_open(now) && self.overlay_of(it.1, place).is_some();
        let open: Vec<(u16, &Planned)> =
            (0u16..).zip(&self.planned).filter(|it| open(&it)).collect();
        let Some((owner, profile)) = &self.timeline.inside[usize::from(place)].owner else {
            return;
        };
        let active = open
            .iter()
            .map(|(_, it)| (&it.fault, (it.begins_at, it.ends_at)));
        // What a platform cannot have has been refused with the scenario.
        let values = platform::laid_over(active, *owner, profile).unwrap_or_default();
        let laid = open.iter().map(|(index, _)| *index).collect();
        self.timeline.inside[usize::from(place)].laid = laid;
        self.act(first, place, FaultActKind::LayOver(values));
    }

    /// What a system has counted of its own misbehaviour so far; to be told before each act on it, and at the end of a run.
    pub fn counted(&mut self, place: u16, counts: &FaultCounts) {
        let Some(inside) = self.timeline.inside.get_mut(usize::from(place)) else {
            return;
        };
        let before = std::mem::replace(&mut inside.counted, *counts);
        for &index in &inside.laid {
            let it = &mut self.planned[usize::from(index)];
            let of = |counts| platform::counted(counts, it.kind());
            if let (Some(now), Some(then)) = (of(counts), of(&before)) {
                let FaultCount { eligible, injected } = now;
                let injected = injected.saturating_sub(then.injected);
                it.counts.eligible += eligible.saturating_sub(then.eligible);
                it.counts.injected += injected;
                // A refusal is seen as it is answered; what a platform keeps to itself, by the next answer at the soonest.
                match platform::told(counts, it.kind()) {
                    Some(told) => {
                        let told_before = platform::told(&before, it.kind()).unwrap_or(0);
                        it.counts.noticed += told.saturating_sub(told_before);
                    }
                    None => inside.unseen.push((index, injected)),
                }
            }
        }
    }

    /// What an act came to.
    pub fn done(&mut self, act: &FaultAct, done: FaultDone) {
        let Some(it) = self.planned.get_mut(act.fault) else {
            return;
        };
        let index = act.fault as u16;
        it.counts.eligible += done.eligible;
        it.counts.injected += done.injected;
        let location = match act.kind {
            FaultActKind::Multiply { location, .. } => location,
            _ => LocationIndex(0),
        };
        match act.kind {
            FaultActKind::EndTokens => {
                let inside = self.timeline.inside.get_mut(usize::from(act.place));
                inside
                    .into_iter()
                    .for_each(|it| it.unseen.push((index, done.injected)));
            }
            FaultActKind::DropSubscriptions => {
                for _ in 0..done.injected {
                    self.miss(act.place, index);
                }
            }
            FaultActKind::WriteAsSeen { .. } => {
                let seen = &mut self.timeline.seen;
                seen.retain(|it| (it.0, it.1) != (index, act.place));
                seen.push((index, act.place, done.seen));
            }
            _ => {}
        }
        for (sku, units) in done.wrong {
            self.timeline.wrong.push(WrongCount {
                fault: index,
                place: act.place,
                sku,
                units,
                location,
                is_noticed: false,
            });
        }
    }

    /// Something happened on a platform: a count that is wrong was written over.
    pub fn platform_fact(&mut self, place: u16, fact: &Fact) {
        let Fact::Displayed {
            listing,
            cause: Cause::Write { .. },
            ..
        } = fact
        else {
            return;
        };
        let is_meant = |it: &mut WrongCount| it.place == place && it.sku == listing.0;
        let wrong = self.timeline.wrong.extract_if(.., is_meant);
        let wrong = wrong.filter(|it| !it.is_noticed);
        let seen: Vec<u16> = wrong.map(|it| it.fault).collect();
        self.notice(&seen);
    }

    /// The warehouse tells its count of a SKU: a wrong one can be seen from now on, and stays wrong until it is put right.
    pub(super) fn count_read(&mut self, place: u16, sku: u32) {
        let mut seen = Vec::new();
        for it in &mut self.timeline.wrong {
            let is_meant = it.place == place && it.sku == sku;
            if is_meant && !std::mem::replace(&mut it.is_noticed, true) {
                seen.push(it.fault);
            }
        }
        self.notice(&seen);
    }

    /// A delivery is received in the warehouse: the same act again where a fault posts it twice.
    pub fn receipt(&mut self, now: Micros, act: &WarehouseAct) -> Option<WarehouseAct> {
        let place = self.timeline.inside.len().checked_sub(1)? as u16;
        if act.kind != WarehouseActKind::Receive {
            return None;
        }
        let mut again = None;
        for (index, it) in (0u16..).zip(&mut self.planned) {
            let sku = it.fault.sku.is_none_or(|rank| rank == act.item.0 + 1);
            if it.kind() != FaultKind::ReceiptTwice || !it.is_open(now) || !it.is_at(place) || !sku
            {
                continue;
            }
            it.counts.eligible += 1;
            if it.counts.injected == 0 {
                it.counts.injected += 1;
                self.timeline.wrong.push(WrongCount {
                    fault: index,
                    place,
                    sku: act.item.0,
                    units: act.units.into(),
                    location: act.location,
                    is_noticed: false,
                });
                again = Some(*act);
            }
        }
        again
    }
}
