//! What a scenario's values mean together. Every rule is checked and every breach noted, with its place.

use channel_mocks::core::{Epoch, Micros};

use crate::engine::config::{MirrorWrite, Platform, Strategy};

use super::check::Findings;
use super::countries;
use super::error::suggestion;
use super::model::{Channel, FBA, Happening, Phase, Scenario};
use super::overrides;
use super::profiles::{self, Owner};
use super::tree::Node;

/// How far shares and probabilities may be from adding to 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// The most checkout attempts a scenario may expect: order numbers have 32 bits.
const ATTEMPTS_MAX: f64 = 2e9;

/// Longest basket and longest mean basket that make sense.
const LINES_MEAN_MAX: f64 = 50.0;

/// Checks a scenario that has the right shape; `tree` tells where its values stand.
pub fn validate(scenario: &Scenario, tree: &Node, findings: &mut Findings<'_>) {
    let mut rules = Rules {
        scenario,
        tree,
        findings,
    };
    rules.head();
    rules.channels();
    rules.warehouse();
    rules.catalogue_and_stock();
    rules.demand();
    rules.phases();
    rules.replay();
    rules.happenings();
    rules.strategies();
}

struct Rules<'a, 'b, 'f> {
    scenario: &'a Scenario,
    tree: &'a Node,
    findings: &'b mut Findings<'f>,
}

impl Rules<'_, '_, '_> {
    /// Notes a breach at the value of a path.
    fn breach(
        &mut self,
        path: &str,
        message: impl Into<String>,
        label: &str,
        help: impl Into<String>,
    ) {
        let help: String = help.into();
        let problem = self.findings.value(self.tree.nearest(path), message, label);
        if !help.is_empty() {
            problem.advise(help);
        }
    }

    fn within(&mut self, path: &str, value: f64, low: f64, high: f64) {
        if !(low..=high).contains(&value) {
            let name = path.rsplit('.').next().unwrap_or(path).to_string();
            self.breach(
                path,
                format!("`{name}` is {value}, outside {low} to {high}"),
                "out of range",
                "",
            );
        }
    }

    fn positive(&mut self, path: &str, length: Micros) {
        if length == Micros::ZERO {
            let name = path.rsplit('.').next().unwrap_or(path).to_string();
            self.breach(
                path,
                format!("`{name}` must be longer than zero"),
                "no time at all",
                "",
            );
        }
    }

    /// Shares or probabilities that must add to 1. `paths` are those of the values; the last one carries the message.
    fn adds_to_one(&mut self, what: &str, values: &[f64], path_of: impl Fn(usize) -> String) {
        for (index, &value) in values.iter().enumerate() {
            self.within(&path_of(index), value, 0.0, 1.0);
        }
        let sum: f64 = values.iter().sum();
        if !values.is_empty() && (sum.is_nan() || (sum - 1.0).abs() > SUM_TOLERANCE) {
            let rest = 1.0 - (sum - values[values.len() - 1]);
            let help = if (0.0..=1.0).contains(&rest) {
                format!("with {} here they would", tidy(rest))
            } else {
                String::new()
            };
            self.breach(
                &path_of(values.len() - 1),
                format!("{what} add to {}, not to 1", tidy(sum)),
                "the last of them",
                help,
            );
        }
    }

    fn unique<'n>(
        &mut self,
        what: &str,
        names: impl Iterator<Item = &'n str>,
        path_of: impl Fn(usize) -> String,
    ) {
        let mut seen: Vec<&str> = Vec::new();
        for (index, name) in names.enumerate() {
            if name.is_empty() {
                self.breach(
                    &path_of(index),
                    format!("a {what} has no name"),
                    "empty",
                    "",
                );
            } else if seen.contains(&name) {
                self.breach(
                    &path_of(index),
                    format!("the {what} `{name}` is there twice"),
                    "the second one",
                    "give each its own",
                );
            }
            seen.push(name);
        }
    }

    fn head(&mut self) {
        let scenario = self.scenario;
        let name_is_plain = !scenario.name.is_empty()
            && scenario
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'))
            && !scenario.name.contains("..")
            && !scenario.name.starts_with('/');
        if !name_is_plain {
            self.breach(
                "name",
                format!("`{}` cannot be a scenario's name", scenario.name),
                "it also names files",
                "use letters, digits, `-`, `_` and `/`",
            );
        }
        // The calendar day and the time of day must both be there: the first 19 characters are the local clock.
        let has_clock = scenario
            .start
            .get(..19)
            .and_then(Epoch::parse_unix_micros)
            .is_some();
        if !has_clock || Epoch::parse_unix_micros(&scenario.start).is_none() {
            self.breach(
                "start",
                format!("`{}` is no calendar instant", scenario.start),
                "not RFC 3339",
                "write one like \"2026-11-27T08:00:00Z\" or \"2026-11-27T08:00:00-05:00\"",
            );
        }
        if scenario.currency.len() != 3
            || !scenario.currency.bytes().all(|b| b.is_ascii_uppercase())
        {
            self.breach(
                "currency",
                format!("`{}` is no currency code", scenario.currency),
                "not ISO 4217",
                "three capitals, like \"USD\"",
            );
        }
        self.positive("duration", scenario.duration);
        self.within(
            "cancellations.share",
            scenario.cancellations.share,
            0.0,
            1.0,
        );
        self.within("returns.share", scenario.returns.share, 0.0, 1.0);
        self.within(
            "returns.restockable",
            scenario.returns.restockable,
            0.0,
            1.0,
        );
        self.within(
            "money.oversold_price_part",
            scenario.money.oversold_price_part,
            0.0,
            100.0,
        );
        self.within("money.margin_part", scenario.money.margin_part, 0.0, 1.0);
        self.within(
            "support_reads_per_second",
            scenario.support_reads_per_second,
            0.0,
            1e6,
        );
    }

    fn channels(&mut self) {
        let scenario = self.scenario;
        if scenario.channels.is_empty() {
            self.breach(
                "channel",
                "a scenario needs at least one channel",
                "none here",
                "add a [[channel]] table",
            );
        }
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
            self.positive(
                &format!("{path}.poll_orders_every"),
                channel.poll_orders_every,
            );
            self.positive(
                &format!("{path}.network.patience"),
                channel.network.patience,
            );
            self.profile(Owner::Channel(channel.platform), &channel.profile, &path);
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
                if !(value.is_finite() && value > 0.0) {
                    self.breach(
                        &format!("{path}.{key}"),
                        format!("`{key}` is {value}; a limit needs more than zero"),
                        "out of range",
                        "leave the limit out to keep to the published default",
                    );
                }
            }
        }
    }

    fn profile(&mut self, owner: Owner, name: &str, path: &str) {
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

    fn warehouse(&mut self) {
        let scenario = self.scenario;
        let locations = &scenario.warehouse.locations;
        self.profile(Owner::Warehouse, &scenario.warehouse.profile, "warehouse");
        self.positive(
            "warehouse.network.patience",
            scenario.warehouse.network.patience,
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

    fn catalogue_and_stock(&mut self) {
        let (catalogue, stock) = (&self.scenario.catalogue, &self.scenario.stock);
        let replayed = self.scenario.replay.is_some();
        if catalogue.skus == 0 && !replayed {
            self.breach(
                "catalogue.skus",
                "the catalogue is empty",
                "nothing to sell",
                "give `skus` a number",
            );
        }
        if catalogue.skus > 10_000_000 {
            self.breach(
                "catalogue.skus",
                "more than ten million SKUs are not supported",
                "too many",
                "",
            );
        }
        if catalogue.hot_skus > catalogue.skus && !replayed {
            self.breach(
                "catalogue.hot_skus",
                format!("{} hot SKUs out of {}", catalogue.hot_skus, catalogue.skus),
                "more than there are",
                "",
            );
        }
        self.within("catalogue.hot_share", catalogue.hot_share, 0.0, 1.0);
        self.within("catalogue.exponent", catalogue.exponent, 0.0, 10.0);
        self.within("catalogue.offset", catalogue.offset, 0.0, 1e9);
        let (low, high) = catalogue.price_cents;
        if low == 0 || low > high || high > 1_000_000_000_000 {
            self.breach(
                "catalogue.price_cents",
                format!("prices from {low} to {high} cents"),
                "lowest first, both above zero",
                "",
            );
        }
        match (stock.units, stock.cover) {
            (Some(_), Some(_)) => self.breach(
                "stock.cover",
                "stock has both `units` and `cover`",
                "the second of them",
                "keep one: a number of units, or a multiple of expected demand",
            ),
            (None, None) => self.breach(
                "stock",
                "stock has neither `units` nor `cover`",
                "one of them is missing here",
                "`units = 100` for as many of each SKU, or `cover = 1.5` for a multiple of expected demand",
            ),
            (None, Some(cover)) if !(cover > 0.0 && cover <= 1e6) => {
                self.breach("stock.cover", format!("a cover of {cover}"), "must be above zero", "");
            }
            _ => {}
        }
        if stock.hot_units.is_some() && catalogue.hot_skus == 0 {
            self.breach(
                "stock.hot_units",
                "there are no hot SKUs to have these units",
                "without effect",
                "set `catalogue.hot_skus`",
            );
        }
    }

    fn demand(&mut self) {
        let demand = &self.scenario.demand;
        self.within("demand.lines_mean", demand.lines_mean, 1.0, LINES_MEAN_MAX);
        if demand.units.is_empty() {
            self.breach(
                "demand.units",
                "a line needs at least one possible number of units",
                "empty",
                "write [1.0] for always one",
            );
        }
        self.adds_to_one("the probabilities in `units`", &demand.units, |index| {
            format!("demand.units.{index}")
        });
    }

    fn phases(&mut self) {
        let scenario = self.scenario;
        let mut total = Micros::ZERO;
        let mut attempts = 0.0;
        for (index, phase) in scenario.demand.phases.iter().enumerate() {
            let path = format!("demand.phase.{index}");
            let (lasts, hot) = match phase {
                Phase::Constant { lasts, hot, .. }
                | Phase::Ramp { lasts, hot, .. }
                | Phase::Decay { lasts, hot, .. }
                | Phase::Day { lasts, hot, .. } => (*lasts, *hot),
            };
            self.positive(&format!("{path}.lasts"), lasts);
            let before = total;
            total += lasts;
            if total > scenario.duration && before <= scenario.duration {
                self.breach(
                    &format!("{path}.lasts"),
                    format!(
                        "the phases last {total} in all, and `duration` is {}",
                        scenario.duration
                    ),
                    "ends after the demand does",
                    "shorten the phases or lengthen `duration`",
                );
            }
            if hot && scenario.catalogue.hot_skus == 0 && scenario.replay.is_none() {
                self.breach(
                    &format!("{path}.hot"),
                    "this phase is hot, and there are no hot SKUs",
                    "without effect",
                    "set `catalogue.hot_skus` and `catalogue.hot_share`",
                );
            }
            let seconds = lasts.as_secs_f64();
            attempts += match phase {
                Phase::Constant { rate, shares, .. } => {
                    if let Some(shares) = shares {
                        if shares.len() != scenario.channels.len() {
                            self.breach(
                                &format!("{path}.shares"),
                                format!(
                                    "{} shares for {} channels",
                                    shares.len(),
                                    scenario.channels.len()
                                ),
                                "one for each channel, in their order",
                                "",
                            );
                        } else {
                            self.adds_to_one("a phase's shares", shares, |at| {
                                format!("{path}.shares.{at}")
                            });
                        }
                    }
                    rate.per_second * seconds
                }
                Phase::Ramp { from, to, .. } => (from.per_second + to.per_second) / 2.0 * seconds,
                Phase::Decay {
                    peak, decay, base, ..
                } => {
                    self.positive(&format!("{path}.decay"), *decay);
                    base.per_second * seconds + peak.per_second * decay.as_secs_f64().min(seconds)
                }
                Phase::Day { mean, .. } => mean.per_second * seconds,
            };
        }
        if attempts > ATTEMPTS_MAX {
            self.breach(
                "demand.phase",
                format!("about {attempts:.0} checkout attempts are expected"),
                "more than one run can number",
                format!("at most {ATTEMPTS_MAX:.0}: lower the rates or shorten the phases"),
            );
        }
    }

    fn replay(&mut self) {
        let Some(replay) = &self.scenario.replay else {
            return;
        };
        if !self.scenario.demand.phases.is_empty() {
            self.breach(
                "demand.phase",
                "a replay takes its buyers from the order log, not from phases",
                "not with [replay]",
                "keep one of them",
            );
        }
        self.within(
            "replay.time_compression",
            replay.time_compression,
            1e-3,
            1e9,
        );
        if replay.quantity_cap == Some(0) {
            self.breach(
                "replay.quantity_cap",
                "a cap of 0 units leaves nothing",
                "at least 1",
                "",
            );
        }
        if replay.lines_cap == Some(0) {
            self.breach(
                "replay.lines_cap",
                "a cap of 0 lines leaves nothing",
                "at least 1",
                "",
            );
        }
    }

    fn happenings(&mut self) {
        let scenario = self.scenario;
        let codes: Vec<&str> = scenario
            .warehouse
            .locations
            .iter()
            .map(|l| l.code.as_str())
            .collect();
        let names: Vec<&str> = scenario.channels.iter().map(|c| c.name.as_str()).collect();
        let longest = scenario.duration + scenario.settle;
        for (index, happening) in scenario.happenings.iter().enumerate() {
            let path = format!("happening.{index}");
            let (at, sku, location, channel, units) = match happening {
                Happening::Receive {
                    at,
                    sku,
                    location,
                    units,
                }
                | Happening::Damage {
                    at,
                    sku,
                    location,
                    units,
                } => (*at, Some(*sku), Some(location), None, *units),
                Happening::ReceiveAll {
                    at,
                    location,
                    units,
                } => (*at, None, Some(location), None, *units),
                Happening::Recount {
                    at, sku, location, ..
                } => (*at, Some(*sku), Some(location), None, 1),
                Happening::Edit {
                    at, channel, sku, ..
                } => (*at, Some(*sku), None, Some(channel), 1),
                Happening::Checkout {
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

    fn strategies(&mut self) {
        let scenario = self.scenario;
        if scenario.strategies.is_empty() {
            self.breach(
                "strategies",
                "no strategy to run",
                "empty",
                "leave it out for all of them",
            );
        }
        self.unique(
            "strategy",
            scenario.strategies.iter().map(|s| s.name()),
            |index| format!("strategies.{index}"),
        );
        let settings = &scenario.strategy;
        for (path, length) in [
            ("strategy.spreadsheet.every", settings.spreadsheet.every),
            ("strategy.trigger.poll_every", settings.trigger.poll_every),
        ] {
            if length.0 == 0 {
                self.positive(path, Micros::ZERO);
            }
        }
        if settings.trigger.attempts == 0 {
            self.breach(
                "strategy.trigger.attempts",
                "an action needs at least one attempt",
                "at least 1",
                "",
            );
        }
        self.within("strategy.escrow.reserve", settings.escrow.reserve, 0.0, 1.0);
        self.within("strategy.oracle.reserve", settings.oracle.reserve, 0.0, 1.0);
        let elsewhere = scenario
            .channels
            .iter()
            .find(|c| c.platform != Platform::Shopify);
        if let Some(channel) = elsewhere
            && settings.mirror.write == MirrorWrite::Delta
            && scenario.strategies.contains(&Strategy::Mirror)
        {
            self.breach(
                "strategy.mirror.write",
                format!("`{}` takes absolute counts only", channel.name),
                "deltas need Shopify on every channel",
                "write = \"absolute\"",
            );
        }
    }
}

/// A sum without the noise of its last digits.
fn tidy(value: f64) -> f64 {
    libm::round(value * 1e9) / 1e9
}
