//! What faults do to the bounds that hold: an engine that is told no other ones (`[channel.believed]`) is told these.

use channel_mocks::core::{Bounds, Micros};

use crate::scenario::model::{Direction, Fault, FaultKind};

/// How much longer than usual a request can be on its way to a channel before it takes effect.
pub fn longer_way(faults: &[Fault], channel: &str) -> Micros {
    let delays = at(faults, channel).map(|fault| match fault.kind {
        FaultKind::Latency if fault.direction != Some(Direction::Reply) => upper_bound(fault),
        FaultKind::RequestDuplicated => upper_bound(fault),
        _ => Micros::ZERO,
    });
    delays.fold(Micros::ZERO, |sum, delay| sum + delay)
}

/// A channel's bounds while its faults can strike: what becomes live or visible later does so within the fault's delay.
pub fn slower(faults: &[Fault], channel: &str, mut bounds: Bounds) -> Bounds {
    for fault in at(faults, channel) {
        let bound = match fault.kind {
            FaultKind::WritesLate | FaultKind::WritesUnordered => &mut bounds.write_to_live,
            FaultKind::FeedLate => &mut bounds.order_visibility_lag,
            _ => continue,
        };
        *bound = (*bound).max(upper_bound(fault));
    }
    bounds
}

fn at<'a>(faults: &'a [Fault], channel: &'a str) -> impl Iterator<Item = &'a Fault> {
    let is_there = move |fault: &&Fault| fault.channel.as_deref().is_none_or(|it| it == channel);
    faults.iter().filter(is_there)
}

fn upper_bound(fault: &Fault) -> Micros {
    fault
        .delay
        .unwrap_or(super::planned::USUAL_GAP)
        .upper_bound()
}
