//! `[[happening]]`.

use std::collections::BTreeMap;

use channel_mocks::core::Micros;

use super::Rules;
use crate::engine::config::Platform;
use crate::scenario::error::suggestion;
use crate::scenario::model::{About, RemovalBy, ScriptedEvent, UNITS_OF_SKU_MAX};

/// Most scripted events.
const MOST_HAPPENINGS: usize = 100_000;

impl Rules<'_, '_, '_> {
    /// What a SKU begins with and everything that arrives of it must stay a number that platforms can show.
    fn stock_and_receipts(&mut self) {
        let most = u64::from(UNITS_OF_SKU_MAX);
        let stock = &self.scenario.stock;
        let opening = stock.units.unwrap_or(0).max(stock.hot_units.unwrap_or(0));
        let opening = u64::from(opening) + u64::from(stock.fba_units);
        if opening > most {
            self.breach(
                "stock.fba_units",
                format!("one SKU has {opening} units, those in fba included"),
                "too many",
                format!("at most {most} of one SKU in all places together"),
            );
            return;
        }
        let (mut of_all, mut by_sku) = (0u64, BTreeMap::<u32, u64>::new());
        for (index, event) in self.scenario.happenings.iter().enumerate() {
            let (units, received) = match event {
                ScriptedEvent::Receive { sku, units, .. } => {
                    let received = by_sku.entry(*sku).or_default();
                    *received += u64::from(*units);
                    (units, *received + of_all)
                }
                ScriptedEvent::ReceiveAll { units, .. } => {
                    of_all += u64::from(*units);
                    let largest = by_sku.values().max().copied().unwrap_or(0);
                    (units, largest + of_all)
                }
                _ => continue,
            };
            if opening + received > most {
                self.breach(
                    &format!("happening.{index}.units"),
                    format!(
                        "with these {units} units one SKU has had {}",
                        opening + received
                    ),
                    "too many",
                    format!("at most {most}: the opening stock and everything received"),
                );
                return;
            }
        }
    }

    pub(super) fn scripted_events(&mut self) {
        let scenario = self.scenario;
        let codes: Vec<&str> = scenario
            .warehouse
            .locations
            .iter()
            .map(|l| l.code.as_str())
            .collect();
        let names: Vec<&str> = scenario.channels.iter().map(|c| c.name.as_str()).collect();
        let longest = scenario.duration + scenario.settle;
        self.at_most(
            "happening",
            "happenings",
            scenario.happenings.len(),
            MOST_HAPPENINGS,
        );
        self.stock_and_receipts();
        for (index, event) in scenario.happenings.iter().enumerate() {
            let path = format!("happening.{index}");
            let About {
                at,
                sku,
                location,
                channel,
            } = event.about();
            let (at, sku) = (*at, sku.copied());
            self.editable(&path, event);
            self.open_for(&path, event);
            if at > longest {
                self.breach(
                    &format!("{path}.at"),
                    format!("this happens {at} after the opening, when the run is over"),
                    "too late",
                    format!("`duration` and `settle` last {longest}"),
                );
            }
            if event.units() == Some(0) {
                self.breach(
                    &format!("{path}.units"),
                    "nothing happens with 0 units",
                    "at least 1",
                    "leave the happening out, or give it units",
                );
            }
            if let Some(sku) = sku
                && (sku == 0 || (sku > scenario.catalogue.skus && scenario.replay.is_none()))
            {
                self.breach(
                    &format!("{path}.sku"),
                    format!("there is no SKU {sku}"),
                    "SKUs are counted by rank, from 1",
                    format!("the catalogue has {}", scenario.catalogue.skus),
                );
            }
            if let (Some(sku), Some(name)) = (sku, channel) {
                self.listed(&format!("{path}.sku"), name, sku);
            }
            if let Some(code) = location.filter(|code| !codes.contains(&code.as_str())) {
                self.breach(
                    &format!("{path}.location"),
                    format!("there is no location `{code}`"),
                    "unknown location",
                    suggestion(code, &codes),
                );
            }
            if let Some(name) = channel.filter(|name| !names.contains(&name.as_str())) {
                self.breach(
                    &format!("{path}.channel"),
                    format!("there is no channel `{name}`"),
                    "unknown channel",
                    suggestion(name, &names),
                );
            }
        }
    }

    /// Nobody buys in a shop that is closed.
    fn open_for(&mut self, path: &str, event: &ScriptedEvent) {
        let ScriptedEvent::Checkout { at, channel, .. } = event else {
            return;
        };
        let mut channels = self.scenario.channels.iter();
        let Some(of) = channels.find(|of| of.name == *channel) else {
            return;
        };
        if !of.is_open(*at) {
            let (opens_at, closes_at) = of.hours();
            let hours = match closes_at {
                Micros::MAX => format!("it opens at {opens_at}"),
                _ => format!("it is open from {opens_at} to {closes_at}"),
            };
            self.breach(
                &format!("{path}.at"),
                format!("a checkout at {at} on `{channel}`, which is closed then"),
                "nobody can buy there",
                hours,
            );
        }
    }

    /// Only Shopify lets the staff edit an order.
    fn editable(&mut self, path: &str, event: &ScriptedEvent) {
        let ScriptedEvent::RemoveUnits {
            channel,
            by: RemovalBy::Edit,
            ..
        } = event
        else {
            return;
        };
        let mut channels = self.scenario.channels.iter();
        let Some(of) = channels.find(|of| of.name == *channel) else {
            return;
        };
        if of.platform != Platform::Shopify {
            let platform = of.platform.name();
            self.breach(
                &format!("{path}.by"),
                format!("an order on {platform} cannot be edited"),
                "Shopify alone has order edits",
                "write \"refund\" for units that the staff cancel, or \"buyer\"",
            );
        }
    }
}
