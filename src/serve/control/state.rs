//! Looking at the served systems, and the test's own levers: time, a new session.

use std::ops::RangeInclusive;
use std::sync::PoisonError;

use channel_mocks::core::{ListingIndex, LocationIndex, Micros};
use channel_mocks::warehouse::ItemIndex;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::oneshot;

use super::{Control, Outcome, Refusal, json};
use crate::realtime::clock::SPEEDS;
use crate::realtime::pacing::SystemClosed;
use crate::serve::http::FileBody;
use crate::serve::service::Reset;

/// Most SKUs of a catalogue that is made on the fly.
const MOST_SKUS: u32 = 100_000;
/// Most units of each of them.
const MOST_UNITS: u32 = 1_000_000;
/// Most seeded orders of a channel.
pub const MOST_ORDERS: u32 = 100_000;

type ByName<T> = IndexMap<String, T, FxBuildHasher>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Time {
    advance: Option<Micros>,
    speed: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    seed: Option<u64>,
    skus: Option<u32>,
    units: Option<u32>,
    orders: Option<u32>,
    speed: Option<f64>,
}

impl Control {
    pub(super) async fn snapshot(&self) -> Outcome {
        let session = self.session()?;
        let count = session.skus.len() as u32;
        let mut channels: ByName<ByName<i64>> = IndexMap::default();
        for channel in &session.channels {
            let shown = channel
                .handle
                .act(move |shop, _| {
                    let listings = (0..count).map(ListingIndex);
                    listings
                        .map(|listing| shop.displayed(listing))
                        .collect::<Vec<i64>>()
                })
                .await?;
            let named = session.skus.iter().cloned().zip(shown).collect();
            channels.insert(channel.name.clone(), named);
        }
        let locations = session.locations.len() as u16;
        let on_hand = session
            .warehouse
            .act(move |warehouse, _| {
                let of = |location| {
                    let items = (0..count).map(ItemIndex);
                    items
                        .map(|item| warehouse.on_hand(item, location))
                        .collect()
                };
                (0..locations)
                    .map(LocationIndex)
                    .map(of)
                    .collect::<Vec<Vec<i64>>>()
            })
            .await?;
        let warehouse: ByName<ByName<i64>> = session
            .locations
            .iter()
            .cloned()
            .zip(on_hand)
            .map(|(code, units)| (code, session.skus.iter().cloned().zip(units).collect()))
            .collect();
        let open = session
            .ledger
            .read(|ledger, _| ledger.open_items())
            .await
            .ok_or(SystemClosed)?;
        json(&json!({
            "at_s": session.clock.now().as_secs_f64(),
            "displayed": channels,
            "on_hand": warehouse,
            "open": {
                "uningested_orders": open.uningested_orders,
                "unsynced_listings": open.unsynced_listings,
                "overshown_skus": open.overshown_skus,
                "unshipped_orders": open.unshipped_orders,
                "unconfirmed_fulfillments": open.unconfirmed_fulfillments,
            },
        }))
    }

    pub(super) async fn ledger(&self) -> Outcome {
        let session = self.session()?;
        // Everything that was written before this call is in the file after it.
        let flushed = session.ledger.read(|_, recorder| recorder.flush()).await;
        flushed.ok_or(SystemClosed)?.map_err(unwritten)?;
        let path = session.ledger_file.clone();
        let length = std::fs::metadata(&path).map_err(unwritten)?.len();
        let mut response = super::respond(http::StatusCode::OK, "application/x-ndjson", Vec::new());
        response.extensions_mut().insert(FileBody { path, length });
        Ok(response)
    }

    pub(super) fn time(&self) -> Outcome {
        let session = self.session()?;
        json(&json!({"at_s": session.clock.now().as_secs_f64(), "speed": session.clock.speed()}))
    }

    pub(super) fn set_time(&self, wanted: Time) -> Outcome {
        let session = self.session()?;
        wanted.speed.map(check_speed).transpose()?;
        if let Some(by) = wanted.advance {
            let advanced = session.clock.advance(by);
            advanced.map_err(|beyond| Refusal::bad(format!("`advance`: {beyond}")))?;
        }
        if let Some(speed) = wanted.speed {
            session.clock.set_speed(speed);
        }
        self.time()
    }

    pub(super) async fn reset(&self, wanted: NewSession) -> Outcome {
        let mut plan = self
            .plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let within = |name: &str, value: Option<u32>, fits: RangeInclusive<u32>| match value {
            Some(value) if !fits.contains(&value) => Err(Refusal::bad(format!(
                "`{name}` is {value}; {} to {}",
                fits.start(),
                fits.end()
            ))),
            _ => Ok(()),
        };
        within("skus", wanted.skus, 1..=MOST_SKUS)?;
        within("units", wanted.units, 1..=MOST_UNITS)?;
        within("orders", wanted.orders, 0..=MOST_ORDERS)?;
        if let Some(seed) = wanted.seed {
            plan.seed = seed;
        }
        if let Some(skus) = wanted.skus {
            plan.scenario.catalogue.skus = skus;
            plan.scenario.catalogue.hot_skus = plan.scenario.catalogue.hot_skus.min(skus);
        }
        if let Some(units) = wanted.units {
            plan.scenario.stock.units = Some(units);
            plan.scenario.stock.cover = None;
        }
        if let Some(orders) = wanted.orders {
            plan.orders = orders;
        }
        if let Some(speed) = wanted.speed {
            check_speed(speed)?;
            plan.speed = speed;
        }
        let (done, outcome) = oneshot::channel();
        let reset = Reset {
            plan: plan.clone(),
            done,
        };
        self.resets.send(reset).await.map_err(|_| SystemClosed)?;
        outcome
            .await
            .map_err(|_| SystemClosed)?
            .map_err(Refusal::bad)?;
        *self.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        self.time()
    }
}

fn check_speed(speed: f64) -> Result<(), Refusal> {
    if SPEEDS.contains(&speed) {
        Ok(())
    } else {
        let (slowest, fastest) = (SPEEDS.start(), SPEEDS.end());
        Err(Refusal::bad(format!(
            "`speed` is {speed}; {slowest} to {fastest}"
        )))
    }
}

fn unwritten(error: std::io::Error) -> Refusal {
    Refusal {
        status: http::StatusCode::INTERNAL_SERVER_ERROR,
        message: format!("the ledger's file: {error}"),
    }
}
