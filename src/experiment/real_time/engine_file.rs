//! The configuration file that the driver of real time writes for the built-in engine.

use channel_mocks::core::Micros;

use super::connection::{Urls, instant};
use crate::engine::config::{PlatformBounds, Strategy};
use crate::process::config::{
    BoundsSection, ChannelSection, ClockSection, DEFAULT_COMPACT_AFTER, EngineFile,
    LONGEST_HELD_BACK, WarehouseSection,
};
use crate::realtime::clock::Calendar;
use crate::serve::history;
use crate::serve::session::{ChannelTerms, ServePlan};

/// How long a call of the built-in engine's may take, in real time.
const CALL_TIMEOUT: Micros = Micros::from_secs(10);

/// The configuration of the built-in engine: what it would be told in virtual time, with these addresses.
pub fn engine_file(
    strategy: Strategy,
    plan: &ServePlan,
    urls: &Urls,
    calendar: &Calendar,
    terms: &[(String, ChannelTerms)],
) -> EngineFile {
    // A call takes effect before it is given up, or never: the server finishes what it has read.
    let way = Micros::from_secs_f64(CALL_TIMEOUT.as_secs_f64() * plan.speed);
    let way = way.max(Micros(LONGEST_HELD_BACK.0));
    let channels = plan.scenario.channels.iter().zip(&urls.channels).zip(terms);
    let channels = channels.map(|((channel, (name, platform, url)), (_, terms))| {
        let mut section = ChannelSection {
            demand_share: Some(channel.expected_share.unwrap_or(channel.share)),
            was_selling: plan.scenario.opening_display.is_on_sale(),
            poll_orders_every: channel.poll_orders_every,
            not_listed: terms.not_listed.clone(),
            known_limits: channel.known_limits.clone(),
            bounds: BoundsSection {
                order_visibility_lag: Some(terms.bounds.order_visibility_lag),
                write_lifetime: Some(PlatformBounds::write_lifetime(
                    way,
                    terms.bounds.write_to_live,
                )),
                restocks_on_cancel: Some(terms.bounds.restocks_on_cancel),
            },
            ..ChannelSection::new(name, *platform, url)
        };
        section.set_credentials(&terms.credentials);
        section
    });
    EngineFile {
        strategy,
        database: "engine.db".into(),
        listen: "127.0.0.1:0".to_string(),
        callback_url: None,
        timeout: CALL_TIMEOUT,
        // Orders of the past are there to be fulfilled.
        take_over: match plan.orders {
            0 => Micros::ZERO,
            _ => history::LENGTH,
        },
        seed: plan.seed,
        compact_after: DEFAULT_COMPACT_AFTER,
        skus: None,
        clock: ClockSection {
            speed: calendar.speed,
            real: Some(instant(calendar.real)),
            platform: Some(instant(calendar.platform)),
            url: Some(urls.clock.clone()),
        },
        warehouse: WarehouseSection {
            url: urls.warehouse.clone(),
            token: plan.access.warehouse.token.clone(),
        },
        channel: channels.collect(),
        settings: plan.scenario.strategy.clone(),
    }
}
