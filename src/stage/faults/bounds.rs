//! What faults do to the bounds that hold: an engine that is told no other ones (`[channel.believed]`) is told these.

use channel_mocks::core::Micros;

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
