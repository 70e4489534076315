//! More or fewer channels, and how often the buyers of each come.

use crate::scenario::Scenario;
use crate::scenario::model::{Channel, DemandPhase, FBA};

/// Makes it so many channels: the scenario's own in their order, then copies of them, `web-2` of `web`. A copy sells from the same
/// stock to buyers of its own, who come as often as the original's, and the whole demand grows or shrinks with the channels.
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
