//! `[[channel]]`.

use super::{LONGEST_PATIENCE, MOST_PLACES, Rules, SHORTEST_PERIOD};
use crate::scenario::error::suggestion;
use crate::scenario::model::Channel;
use crate::scenario::overrides;
use crate::scenario::profiles::{self, ProfileOwner};

/// The highest rate limit that makes sense, calls and calls a second.
const HIGHEST_LIMIT: f64 = 1e9;

/// Characters of a channel's name.
const LONGEST_NAME: usize = 60;

impl Rules<'_, '_, '_> {
    pub(super) fn channels(&mut self) {
        let scenario = self.scenario;
        if scenario.channels.is_empty() {
            self.breach(
                "channel",
                "a scenario needs at least one channel",
                "none here",
                "add a [[channel]] table",
            );
        }
        self.at_most("channel", "channels", scenario.channels.len(), MOST_PLACES);
        self.unique(
            "channel",
            scenario.channels.iter().map(|c| c.name.as_str()),
            |index| format!("channel.{index}.name"),
        );
        let shares: Vec<f64> = scenario.channels.iter().map(|c| c.share).collect();
        self.adds_to_one("the channels' shares", &shares, |index| {
            format!("channel.{index}.share")
        });
        for (index, channel) in scenario.channels.iter().enumerate() {
            let path = format!("channel.{index}");
            if channel.name == "warehouse" {
                self.breach(
                    &format!("{path}.name"),
                    "a channel cannot be called `warehouse`",
                    "reports mean the stock system by it",
                    "",
                );
            }
            if let Some(share) = channel.expected_share {
                self.within(&format!("{path}.expected_share"), share, 0.0, 1.0);
            }
            self.period(
                &format!("{path}.poll_orders_every"),
                channel.poll_orders_every,
            );
            self.lasts(
                &format!("{path}.network.patience"),
                channel.network.patience,
                SHORTEST_PERIOD,
                LONGEST_PATIENCE,
            );
            if channel.name.chars().count() > LONGEST_NAME {
                self.breach(
                    &format!("{path}.name"),
                    format!("a channel's name has more than {LONGEST_NAME} characters"),
                    "too long",
                    "reports show it in tables: make it short",
                );
            }
            self.profile(
                ProfileOwner::Channel(channel.platform),
                &channel.profile,
                &path,
            );
            self.known_limits(channel, &format!("{path}.known_limits"));
        }
    }

    fn known_limits(&mut self, channel: &Channel, path: &str) {
        let names = channel.platform.describe().limit_names;
        for (name, limit) in &channel.known_limits {
            let path = format!("{path}.{name}");
            if !names.contains(&name.as_str()) {
                self.breach(
                    &path,
                    format!("engines keep no budget called `{name}` on this platform"),
                    "not known",
                    suggestion(name, names),
                );
            }
            for (key, value) in [("burst", limit.burst), ("rate", limit.rate)] {
                if !(value.is_finite() && value > 0.0 && value <= HIGHEST_LIMIT) {
                    self.breach(
                        &format!("{path}.{key}"),
                        match value > HIGHEST_LIMIT {
                            true => {
                                format!("`{key}` is {value}; a limit is at most {HIGHEST_LIMIT}")
                            }
                            false => format!("`{key}` is {value}; a limit needs more than zero"),
                        },
                        "out of range",
                        "leave the limit out to keep to the published default",
                    );
                }
            }
        }
    }

    pub(super) fn profile(&mut self, owner: ProfileOwner, name: &str, path: &str) {
        if !profiles::names(owner).contains(&name) {
            self.breach(
                &format!("{path}.profile"),
                format!(
                    "there is no profile `{name}` for this {}",
                    overrides::owner_name(owner)
                ),
                "unknown profile",
                suggestion(name, profiles::names(owner)),
            );
            return;
        }
        let node = self.tree.nearest(path).get("override");
        if let (Some(node), Some(text)) = (node, profiles::text(owner, name)) {
            overrides::check(node, owner, name, text, self.findings);
        }
    }
}
