//! `[warehouse]`.

use super::{LONGEST_PATIENCE, MOST_PLACES, Rules, SHORTEST_PERIOD};
use crate::engine::config::Platform;
use crate::scenario::countries;
use crate::scenario::error::suggestion;
use crate::scenario::model::FBA;
use crate::scenario::profiles::ProfileOwner;

impl Rules<'_, '_, '_> {
    pub(super) fn warehouse(&mut self) {
        let scenario = self.scenario;
        let locations = &scenario.warehouse.locations;
        self.profile(
            ProfileOwner::Warehouse,
            &scenario.warehouse.profile,
            "warehouse",
        );
        self.lasts(
            "warehouse.network.patience",
            scenario.warehouse.network.patience,
            SHORTEST_PERIOD,
            LONGEST_PATIENCE,
        );
        self.at_most(
            "warehouse.location",
            "locations",
            locations.len(),
            MOST_PLACES,
        );
        self.unique(
            "location",
            locations.iter().map(|l| l.code.as_str()),
            |index| format!("warehouse.location.{index}.code"),
        );
        let own: Vec<usize> = (0..locations.len())
            .filter(|&index| locations[index].code != FBA)
            .collect();
        if own.is_empty() {
            self.breach(
                "warehouse.location",
                "the warehouse needs a location of the merchant's own",
                "none here",
                "add a [[warehouse.location]] table",
            );
        }
        let shares: Vec<f64> = own.iter().map(|&index| locations[index].share).collect();
        self.adds_to_one("the locations' shares", &shares, |index| {
            format!("warehouse.location.{}.share", own[index])
        });
        let channel_names: Vec<&str> = scenario.channels.iter().map(|c| c.name.as_str()).collect();
        for (index, location) in locations.iter().enumerate() {
            let path = format!("warehouse.location.{index}");
            if countries::code(&location.country).is_none() {
                self.breach(
                    &format!("{path}.country"),
                    format!("`{}` is no country code", location.country),
                    "not ISO 3166-1",
                    "two capitals, like \"US\" or \"GB\"",
                );
            }
            if !location
                .postal_prefixes
                .bytes()
                .all(|byte| byte.is_ascii_digit())
            {
                self.breach(
                    &format!("{path}.postal_prefixes"),
                    "postal prefixes are first digits of postal codes",
                    "not only digits",
                    "write them one after the other, like \"01234\"",
                );
            }
            for (position, name) in location.channels.iter().enumerate() {
                let at = format!("{path}.channels.{position}");
                match scenario
                    .channels
                    .iter()
                    .find(|channel| channel.name == *name)
                {
                    None => self.breach(
                        &at,
                        format!("there is no channel `{name}`"),
                        "unknown channel",
                        suggestion(name, &channel_names),
                    ),
                    Some(channel)
                        if location.code == FBA && channel.platform != Platform::Amazon =>
                    {
                        self.breach(
                            &at,
                            format!("`{name}` is no Amazon channel"),
                            "only Amazon sells from fba",
                            "",
                        )
                    }
                    Some(_) => {}
                }
            }
            if location.code == FBA {
                if location.share != 0.0 {
                    self.breach(
                        &format!("{path}.share"),
                        "the fba location has no share of the merchant's stock",
                        "must be 0",
                        "its units come on top, by `stock.fba_units`",
                    );
                }
                if location.channels.is_empty() {
                    self.breach(
                        &path,
                        "the fba location must name the Amazon channels that sell from it",
                        "`channels` is missing here",
                        "",
                    );
                }
            }
        }
        if scenario.stock.fba_units > 0 && !locations.iter().any(|location| location.code == FBA) {
            self.breach(
                "stock.fba_units",
                "there is no fba location for these units",
                "nowhere to be",
                "add a [[warehouse.location]] with code = \"fba\", share = 0 and its Amazon channels",
            );
        }
    }
}
