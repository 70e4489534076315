//! What engines are told of the platforms' delays: what holds or more, but where an assumption is to be broken.

use channel_mocks::core::Micros;

use super::Draws;
use crate::engine::config::PlatformBounds;
use crate::measure::assumptions::Hypothesis;
use crate::scenario::Scenario;
use crate::scenario::model::{Believed, Channel};
use crate::scenario::profiles;

/// What the engine is told of a channel, as `stage::opening` will tell it.
pub(super) fn of(channel: &Channel) -> PlatformBounds {
    let holds = profiles::bounds(channel.platform, &channel.profile, &channel.overrides);
    // A scenario whose profile cannot be read is refused before it runs.
    let holds = holds.unwrap_or(channel_mocks::core::Bounds {
        order_visibility_lag: Micros::ZERO,
        write_to_live: Micros::ZERO,
        restocks_on_cancel: true,
    });
    let network = &channel.network;
    let longest_way = network.request.upper_bound().min(network.patience);
    channel.believed.over(longest_way, holds)
}

/// Draws what engines are told.
pub(super) fn draw(draws: Draws, scenario: &mut Scenario, broken: Option<Hypothesis>) {
    for channel in &mut scenario.channels {
        let mut draw = draws.of(&format!("believed {}", channel.name));
        let is_cautious = draw.chance(0.15);
        let bounds = of(channel);
        let believed = &mut channel.believed;
        match broken {
            Some(Hypothesis::H2) => believed.order_visibility_lag = Some(Micros::ZERO),
            Some(Hypothesis::H3) => {
                believed.request_lifetime = Some(Micros::ZERO);
                believed.write_lifetime = Some(Micros::ZERO);
            }
            Some(Hypothesis::H6) => believed.restocks_on_cancel = Some(false),
            _ if is_cautious => {
                let more = draw.time(Micros::from_secs(1), Micros::from_secs(120));
                believed.order_visibility_lag = Some(bounds.order_visibility_lag + more);
                believed.write_lifetime = Some(bounds.write_lifetime + more);
            }
            _ => {}
        }
    }
}

/// Has the engine told that orders may appear so much later.
pub(super) fn add_feed_lag(believed: &mut Believed, bounds: &PlatformBounds, more: Micros) {
    believed.order_visibility_lag = Some(bounds.order_visibility_lag + more);
}

/// Has the engine told that requests may take so much longer.
pub(super) fn add_way(believed: &mut Believed, bounds: &PlatformBounds, more: Micros) {
    believed.request_lifetime = Some(bounds.request_lifetime + more);
    believed.write_lifetime = Some(bounds.write_lifetime + more);
}

/// Has the engine told that writes may become live so much later.
pub(super) fn add_write_lag(believed: &mut Believed, bounds: &PlatformBounds, more: Micros) {
    believed.write_lifetime = Some(bounds.write_lifetime + more);
}
