//! More or fewer channels, and how often the buyers of each come.

use crate::scenario::Scenario;
use crate::scenario::model::{Channel, DemandPhase, FBA, Fault, ScriptedEvent};

/// Makes it so many channels: the scenario's own in their order, then copies of them, `web-2` of `web`. A copy sells from the same
/// stock to buyers of its own, who come as often as the original's, and the whole demand grows or shrinks with the channels.
/// What goes wrong or is scripted on a channel, and what a mirror holds back there, is so on its copies too, and goes with it.
/// A place that serves no delivery of its own, as Amazon's, goes with the last channel that sells from it.
///
/// # Errors
/// Why not: no channel is left that sells from a place that delivers.
pub(super) fn repeat_channels(scenario: &mut Scenario, count: usize) -> Result<(), String> {
    let own = std::mem::take(&mut scenario.channels);
    let place = |at: usize| (at % own.len(), at / own.len());
    let repeated = |shares: &[f64]| -> (Vec<f64>, f64) {
        let shares = (0..count).map(|at| shares[place(at).0]);
        let whole: f64 = shares.clone().sum();
        (shares.map(|it| it / whole).collect(), whole)
    };
    let shares: Vec<f64> = own.iter().map(|it| it.share).collect();
    let (shares, whole) = repeated(&shares);
    let name_of = |name: &str, round: usize| match round {
        0 => name.to_string(),
        round => format!("{name}-{}", round + 1),
    };
    let channels = shares.iter().enumerate().map(|(at, &share)| {
        let (original, round) = place(at);
        let original = &own[original];
        Channel {
            name: name_of(&original.name, round),
            share,
            expected_share: original.expected_share.map(|it| it / whole),
            ..original.clone()
        }
    });
    scenario.channels = channels.collect();
    let mut emptied: Vec<String> = Vec::new();
    for location in &mut scenario.warehouse.locations {
        if location.channels.is_empty() {
            continue;
        }
        let open: Vec<String> = std::mem::take(&mut location.channels);
        let all = (0..count).map(|at| (&own[place(at).0].name, place(at).1));
        let all = all.filter(|(name, _)| open.contains(name));
        location.channels = all.map(|(name, round)| name_of(name, round)).collect();
        emptied.extend(location.channels.is_empty().then(|| location.code.clone()));
    }
    let locations = &mut scenario.warehouse.locations;
    locations.retain(|it| it.share > 0.0 || !emptied.contains(&it.code));
    if !locations.iter().any(|it| it.code == FBA) {
        scenario.stock.fba_units = 0;
    }
    let locations = &scenario.warehouse.locations;
    if let Some(left) = locations.iter().find(|it| emptied.contains(&it.code)) {
        return Err(format!(
            "no channel would be left that sells from the location {:?}: begin with more channels, or let others sell from it",
            left.code
        ));
    }
    // The names that each of the scenario's own channels goes by; none where it is gone.
    let names = own.iter().enumerate().map(|(original, channel)| {
        let rounds = (original..count).step_by(own.len()).map(|at| place(at).1);
        let names = rounds.map(|round| name_of(&channel.name, round)).collect();
        (channel.name.as_str(), names)
    });
    let names: Vec<(&str, Vec<String>)> = names.collect();
    let names_of = |name: &str| {
        let found = names.iter().find(|(original, _)| *original == name);
        found.map(|(_, names)| names.as_slice())
    };
    scenario.faults = on_all(&scenario.faults, names_of, fault_place);
    scenario.happenings = on_all(&scenario.happenings, names_of, happening_place);
    scenario.strategy.mirror.buffer.rename(|name| {
        let names = names_of(name).unwrap_or_default();
        names.to_vec()
    });
    for phase in &mut scenario.demand.phases {
        let whole = match phase {
            DemandPhase::Constant {
                shares: Some(shares),
                ..
            } => {
                let (own, whole) = repeated(shares);
                *shares = own;
                whole
            }
            _ => whole,
        };
        scale(phase, whole);
    }
    Ok(())
}

fn fault_place(fault: &mut Fault) -> Option<&mut String> {
    fault.channel.as_mut()
}

fn happening_place(event: &mut ScriptedEvent) -> Option<&mut String> {
    event.about_mut().channel
}

/// What is said of places, with what is said of a channel once for each of its names: first that of the scenario's own channels, as
/// they stood, then that of the copies.
fn on_all<'a, Said: Clone>(
    all: &[Said],
    names_of: impl Fn(&str) -> Option<&'a [String]>,
    place: impl Fn(&mut Said) -> Option<&mut String>,
) -> Vec<Said> {
    let (mut own, mut copies) = (Vec::new(), Vec::new());
    for said in all {
        let mut said = said.clone();
        let names = place(&mut said).and_then(|name| names_of(name));
        let Some(names) = names else {
            own.push(said);
            continue;
        };
        for (round, name) in names.iter().enumerate() {
            let mut copy = said.clone();
            if let Some(place) = place(&mut copy) {
                place.clone_from(name);
            }
            match round {
                0 => own.push(copy),
                _ => copies.push(copy),
            }
        }
    }
    own.append(&mut copies);
    own
}

/// Scales the demand of one channel; that of the others stays as it is. All rates grow by what the whole grows, and shares
/// follow.
pub(super) fn scale_channel(scenario: &mut Scenario, at: usize, factor: f64) {
    let grow = |shares: &mut [f64]| {
        shares[at] *= factor;
        let whole: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|it| *it /= whole);
        whole
    };
    let mut shares: Vec<f64> = scenario.channels.iter().map(|it| it.share).collect();
    let whole = grow(&mut shares);
    for (channel, share) in scenario.channels.iter_mut().zip(shares) {
        channel.share = share;
    }
    for phase in &mut scenario.demand.phases {
        let own = match phase {
            DemandPhase::Constant { shares, .. } => shares.as_deref_mut(),
            _ => None,
        };
        let whole = own.map_or(whole, grow);
        scale(phase, whole);
    }
}

pub(super) fn scale(phase: &mut DemandPhase, factor: f64) {
    let rates = match phase {
        DemandPhase::Constant { rate, .. } => [Some(rate), None],
        DemandPhase::Ramp { from, to, .. } => [Some(from), Some(to)],
        DemandPhase::Decay { peak, base, .. } => [Some(peak), Some(base)],
        DemandPhase::Day { mean, .. } => [Some(mean), None],
    };
    for rate in rates.into_iter().flatten() {
        rate.per_second *= factor;
    }
}
