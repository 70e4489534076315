//! `[[happening]]`.

use super::Rules;
use crate::scenario::error::suggestion;
use crate::scenario::model::ScriptedEvent;

impl Rules<'_, '_, '_> {
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
        for (index, event) in scenario.happenings.iter().enumerate() {
            let path = format!("happening.{index}");
            let (at, sku, location, channel, units) = match event {
                ScriptedEvent::Receive {
                    at,
                    sku,
                    location,
                    units,
                }
                | ScriptedEvent::Damage {
                    at,
                    sku,
                    location,
                    units,
                } => (*at, Some(*sku), Some(location), None, *units),
                ScriptedEvent::ReceiveAll {
                    at,
                    location,
                    units,
                } => (*at, None, Some(location), None, *units),
                ScriptedEvent::Recount {
                    at, sku, location, ..
                } => (*at, Some(*sku), Some(location), None, 1),
                ScriptedEvent::Edit {
                    at, channel, sku, ..
                } => (*at, Some(*sku), None, Some(channel), 1),
                ScriptedEvent::Checkout {
                    at,
                    channel,
                    sku,
                    units,
                } => (*at, Some(*sku), None, Some(channel), *units),
            };
            if at > longest {
                self.breach(
                    &format!("{path}.at"),
                    format!("this happens {at} after the opening, when the run is over"),
                    "too late",
                    format!("`duration` and `settle` last {longest}"),
                );
            }
            if units == 0 {
                self.breach(
                    &format!("{path}.units"),
                    "nothing happens with 0 units",
                    "at least 1",
                    "",
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
}
