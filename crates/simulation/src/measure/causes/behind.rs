//! The planned fault behind a case whose label already says what went wrong: who counted wrong, who else wrote, who put units
//! back, and whether two engines were at work, of which one had not heard what the other had (docs/causes.md, "Which fault").

use channel_mocks::core::Micros;

use super::Tracer;
use super::case::{Case, Stages};
use super::label::PlannedFault;
use super::listing::Source;
use crate::scenario::Scenario;
use crate::scenario::model::{FaultKind, ScriptedEvent};
use crate::scenario::profiles;
use crate::world::{ChannelIndex, SkuIndex};

/// What a scenario does without a fault that looks like one.
#[derive(Clone, Debug, Default)]
pub(super) struct NoFaults {
    /// Edits that are written down: when, where, of what.
    edits: Vec<(Micros, ChannelIndex, SkuIndex)>,
    /// By channel, whether its platform puts units of cancelled orders back by itself; empty where no fault does.
    restocks: Vec<bool>,
}

impl NoFaults {
    pub fn of(scenario: &Scenario) -> NoFaults {
        let edits = scenario.happenings.iter().filter_map(|event| {
            let ScriptedEvent::Edit {
                at, channel, sku, ..
            } = event
            else {
                return None;
            };
            let place = scenario
                .channels
                .iter()
                .position(|it| it.name == *channel)?;
            let place = ChannelIndex(u16::try_from(place).ok()?);
            Some((scenario.opening + *at, place, SkuIndex(sku.checked_sub(1)?)))
        });
        let is_asked = scenario
            .faults
            .iter()
            .any(|fault| fault.kind == FaultKind::RestockOnCancel);
        let channels = scenario.channels.iter().filter(|_| is_asked);
        let restocks = channels.map(|channel| {
            profiles::bounds(channel.platform, &channel.profile, &channel.overrides)
                .map_or(true, |bounds| bounds.restocks_on_cancel)
        });
        NoFaults {
            edits: edits.collect(),
            restocks: restocks.collect(),
        }
    }
}

impl Tracer {
    /// The planned fault behind a case that no fault delayed.
    pub(super) fn behind(&self, case: &Case, stages: &Stages) -> Option<u16> {
        let at = case.lot.at;
        match case.lot.source {
            Source::BadRecord(_) => self.at_work(at, |fault| {
                fault.miscounts_records() && fault.is_of(case.sku)
            }),
            Source::Edit {
                channel,
                is_mistake: true,
            } => {
                let miscounts = |fault: &PlannedFault| {
                    fault.kind == FaultKind::BadCount && fault.is_of(case.sku)
                };
                let is_here = |fault: &PlannedFault| miscounts(fault) && fault.is_at(Some(channel));
                // An engine may have taken it from another channel, some time after.
                self.at_work(at, is_here)
                    .or_else(|| self.begun(at, miscounts))
            }
            Source::Edit {
                channel,
                is_mistake: false,
            } => {
                let edits = &self.no_faults.edits;
                if edits.contains(&(at, channel, case.sku)) {
                    return None;
                }
                self.at_work(at, |fault| {
                    let is_writer = fault.kind == FaultKind::ForeignWriter;
                    is_writer && fault.is_at(Some(channel)) && fault.is_of(case.sku)
                })
            }
            Source::Restock { channel, .. } => {
                let restocks = self.no_faults.restocks.get(usize::from(channel.0));
                if restocks.copied().unwrap_or(true) {
                    return None;
                }
                self.at_work(at, |fault| fault.restocks() && fault.is_at(Some(channel)))
            }
            Source::Undone { .. } | Source::Books { .. } => {
                self.second_engine(case.set_by.write?.sent_at)
            }
            Source::Missed(_) => {
                case.event.as_ref()?.by.channel()?;
                let is_told = stages.known_at < case.at;
                let second = is_told.then(|| self.second_engine(stages.known_at));
                // Who hands out quotas counts on no sale of which it has not heard, but for what an old count had told it.
                let misled = || self.stale_read(case).filter(|_| !self.whole_stock);
                second.flatten().or_else(misled)
            }
            Source::Lent { .. } | Source::Opening | Source::PlatformsOwn | Source::Unexplained => {
                None
            }
        }
    }

    /// The fault because of which two engines were at work at a time.
    pub(super) fn second_engine(&self, at: Micros) -> Option<u16> {
        self.at_work(at, |fault| fault.kind == FaultKind::SecondEngine)
    }

    /// Of such faults in whose time an instant lies, the one that began last.
    pub(super) fn at_work(&self, at: Micros, is_it: impl Fn(&PlannedFault) -> bool) -> Option<u16> {
        self.begun(at, |fault| is_it(fault) && at < fault.until)
    }

    /// Of such faults that had begun at an instant, the one that began last.
    fn begun(&self, at: Micros, is_it: impl Fn(&PlannedFault) -> bool) -> Option<u16> {
        let begun = (0u16..)
            .zip(&self.faults)
            .filter(|(_, fault)| fault.from <= at && is_it(fault));
        begun
            .max_by_key(|(place, fault)| (fault.from, std::cmp::Reverse(*place)))
            .map(|(place, _)| place)
    }
}
