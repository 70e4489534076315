//! `[[channel]]`.

use channel_mocks::core::Micros;

use super::{LONGEST_PATIENCE, MOST_PLACES, Rules, SHORTEST_PERIOD};
use crate::scenario::error::suggestion;
use crate::scenario::model::{Assortment, Channel};
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
            let taken = [
                ("warehouse", "reports mean the stock system by it"),
                ("all", "reports mean the sum of all channels by it"),
            ];
            if let Some((name, why)) = taken.iter().find(|(name, _)| channel.name == *name) {
                let message = format!("a channel cannot be called `{name}`");
                self.breach(&format!("{path}.name"), message, why, "");
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
            self.hours(channel, &path);
            if let Some(currency) = &channel.currency {
                self.currency_code(&format!("{path}.currency.code"), &currency.code);
                self.within(&format!("{path}.currency.rate"), currency.rate, 1e-6, 1e6);
            }
            self.assortment(channel, &path);
        }
        self.somewhere_to_buy();
    }

    /// A shop lists something, and only what there is.
    fn assortment(&mut self, channel: &Channel, path: &str) {
        let path = format!("{path}.assortment");
        let is_replayed = self.scenario.replay.is_some();
        match &channel.assortment {
            Assortment::Sold if !is_replayed => self.breach(
                &path,
                "without a replay there is no log that could say what the channel sells",
                "for replays alone",
                "write a share (\"70%\"), { only = [1, 2] } or { without = [3] }",
            ),
            Assortment::Share(_) | Assortment::Only(_) | Assortment::Without(_) if is_replayed => {
                self.breach(
                    &path,
                    "a replay's orders say what a channel sells",
                    "not with [replay]",
                    "write \"sold\" for a shop that lists what the log sells there, or leave it out for one that lists all",
                );
            }
            _ => {}
        }
        let Some((key, ranks)) = channel.assortment.named() else {
            return;
        };
        let path = format!("{path}.{key}");
        let skus = self.scenario.catalogue.skus;
        for (index, rank) in ranks.iter().enumerate() {
            let place = format!("{path}.{index}");
            if *rank == 0 || *rank > skus {
                self.breach(
                    &place,
                    format!("there is no SKU {rank}"),
                    "not in the catalogue",
                    format!("SKUs count from 1, the most popular, to {skus}"),
                );
            } else if ranks[..index].contains(rank) {
                self.breach(
                    &place,
                    format!("SKU {rank} is named twice"),
                    "once more",
                    "name each SKU once",
                );
            }
        }
        let listed = match &channel.assortment {
            Assortment::Only(ranks) => ranks.len(),
            _ => (skus as usize).saturating_sub(ranks.len()),
        };
        if listed == 0 && !is_replayed {
            self.breach(
                &path,
                format!("{} lists nothing", channel.name),
                "nothing to buy",
                "let it list a SKU, or leave the channel out",
            );
        }
    }

    /// Nothing can be done about a SKU where the scenario says itself that it is not listed. What a share leaves out is known with the
    /// seed alone, when a run begins.
    pub(super) fn listed(&mut self, path: &str, channel: &str, sku: u32) {
        let channels = &self.scenario.channels;
        let assortment = channels.iter().find(|it| it.name == channel);
        let is_listed = match assortment.map(|it| &it.assortment) {
            Some(Assortment::Only(ranks)) => ranks.contains(&sku),
            Some(Assortment::Without(ranks)) => !ranks.contains(&sku),
            _ => true,
        };
        if !is_listed {
            self.breach(
                path,
                format!("{channel} does not list SKU {sku}"),
                "not listed there",
                "name another SKU or channel, or list it in the channel's `assortment`",
            );
        }
    }

    /// A shop opens and closes while buyers come, in this order.
    fn hours(&mut self, channel: &Channel, path: &str) {
        let duration = self.scenario.duration;
        for (key, at) in [
            ("opens_at", channel.opens_at),
            ("closes_at", channel.closes_at),
        ] {
            let Some(at) = at else { continue };
            if at == Micros::ZERO {
                let (label, help) = match key {
                    "opens_at" => (
                        "leave it out",
                        "a channel without `opens_at` is open from the start",
                    ),
                    _ => ("never open", "leave the channel out, or let it close later"),
                };
                let message = format!("`{key}` is the very beginning of the demand");
                self.breach(&format!("{path}.{key}"), message, label, help);
            } else if at >= duration {
                self.breach(
                    &format!("{path}.{key}"),
                    format!("`{key}` is {at}, and buyers come for {duration}"),
                    "when the last buyer has come",
                    "make it shorter than `duration`, or leave it out",
                );
            }
        }
        let (opens_at, closes_at) = channel.hours();
        if closes_at <= opens_at && closes_at > Micros::ZERO {
            self.breach(
                &format!("{path}.closes_at"),
                format!("the channel closes at {closes_at} and opens at {opens_at}"),
                "not after it opens",
                "let it close later than it opens",
            );
        }
    }

    /// At every moment buyers have a channel to go to, by the channels' shares and by those of a phase with its own.
    fn somewhere_to_buy(&mut self) {
        let channels = &self.scenario.channels;
        let mut moments: Vec<Micros> = vec![Micros::ZERO];
        moments.extend(
            channels
                .iter()
                .flat_map(|it| [it.opens_at, it.closes_at])
                .flatten(),
        );
        moments.retain(|at| *at < self.scenario.duration);
        moments.sort_unstable();
        let own: Vec<f64> = channels.iter().map(|it| it.share).collect();
        let open_part = |shares: &[f64], at: Micros| -> f64 {
            let open = channels.iter().zip(shares).filter(|(it, _)| it.is_open(at));
            open.map(|(_, share)| share).sum()
        };
        let whole: f64 = own.iter().sum();
        // Only what opening hours take away is theirs to complain of.
        if channels
            .iter()
            .all(|it| it.hours() == (Micros::ZERO, Micros::MAX))
            || whole <= 0.0
        {
            return;
        }
        if let Some(at) = moments.iter().find(|at| open_part(&own, **at) <= 0.0) {
            let closed = channels.iter().position(|it| !it.is_open(*at)).unwrap_or(0);
            let key = match channels[closed].hours().0 > *at {
                true => "opens_at",
                false => "closes_at",
            };
            self.breach(
                &format!("channel.{closed}.{key}"),
                format!("at {at} every channel that buyers use is closed"),
                "nowhere to buy",
                "keep one channel with a share above 0 open at any time",
            );
            return;
        }
        let mut begins = Micros::ZERO;
        let mut found = Vec::new();
        for (index, phase) in self.scenario.demand.phases.iter().enumerate() {
            let (lasts, shares) = phase.lasts_and_shares();
            let ends = begins + lasts;
            if let Some(shares) = shares.filter(|it| it.len() == channels.len()) {
                let inside = moments.iter().filter(|at| begins < **at && **at < ends);
                let mut at = std::iter::once(&begins).chain(inside);
                let nowhere = at.find(|at| open_part(shares, **at) <= 0.0);
                found.extend(nowhere.map(|at| (index, *at)));
            }
            begins = ends;
        }
        for (index, at) in found {
            self.breach(
                &format!("demand.phase.{index}.shares"),
                format!("at {at} every channel that this phase's buyers use is closed"),
                "nowhere to buy",
                "give a channel that is open then a share above 0",
            );
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
