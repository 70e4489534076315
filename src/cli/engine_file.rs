//! The configuration file that the driver of real time writes for the built-in engine.

use channel_mocks::core::Micros;

use super::connection::{Urls, instant};
use crate::engine;
use crate::engine::config::{Credentials, Strategy};
use crate::process::config::{
    BoundsSection, ChannelSection, ClockSection, EngineFile, LONGEST_HELD_BACK, WarehouseSection,
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
    let engine = |at: Micros| engine::Micros(at.0);
    // A call takes effect before it is given up, or never: the server finishes what it has read.
    let way = Micros::from_secs_f64(CALL_TIMEOUT.as_secs_f64() * plan.speed);
    let way = way.max(Micros(LONGEST_HELD_BACK.0));
    let channels = plan.scenario.channels.iter().zip(&urls.channels).zip(terms);
    let channels = channels.map(|((channel, (name, platform, url)), (_, terms))| {
        let mut section = ChannelSection {
            demand_share: Some(channel.expected_share.unwrap_or(channel.share)),
            poll_orders_every: engine(channel.poll_orders_every),
            known_limits: channel.known_limits.clone(),
            bounds: BoundsSection {
                order_visibility_lag: Some(engine(terms.order_visibility_lag)),
                write_lifetime: Some(engine(way + terms.write_to_live)),
                restocks_on_cancel: Some(terms.restocks_on_cancel),
            },
            ..ChannelSection::new(name, *platform, url)
        };
        match terms.credentials.clone() {
            Credentials::Shopify {
                shop_domain,
                client_id,
                client_secret,
            } => {
                section.shop = Some(shop_domain);
                section.api_key = Some(client_id);
                section.api_secret = Some(client_secret);
            }
            Credentials::Amazon {
                client_id,
                client_secret,
                refresh_token,
                seller_id,
                marketplace_id,
                aws_account_id,
            } => {
                section.lwa_client_id = Some(client_id);
                section.lwa_client_secret = Some(client_secret);
                section.refresh_token = Some(refresh_token);
                section.seller_id = Some(seller_id);
                section.marketplace_id = Some(marketplace_id);
                section.aws_account_id = Some(aws_account_id);
            }
            Credentials::TiktokShop {
                app_key,
                app_secret,
                refresh_token,
                shop_cipher,
            } => {
                section.app_key = Some(app_key);
                section.app_secret = Some(app_secret);
                section.refresh_token = Some(refresh_token);
                section.shop_cipher = Some(shop_cipher);
            }
        }
        section
    });
    EngineFile {
        strategy,
        database: "engine.db".into(),
        listen: "127.0.0.1:0".to_string(),
        callback_url: None,
        timeout: engine(CALL_TIMEOUT),
        // Orders of the past are there to be fulfilled.
        take_over: match plan.orders {
            0 => engine::Micros::ZERO,
            _ => engine(history::LENGTH),
        },
        seed: plan.seed,
        skus: None,
        clock: ClockSection {
            speed: calendar.speed,
            real: Some(instant(calendar.real)),
            platform: Some(instant(calendar.platform)),
        },
        warehouse: WarehouseSection {
            url: urls.warehouse.clone(),
            token: plan.access.warehouse.token.clone(),
        },
        channel: channels.collect(),
        settings: plan.scenario.strategy.clone(),
    }
}
