//! `strategies` and `[strategy]`.

use channel_mocks::core::Micros;

use super::{LONGEST, Rules};
use crate::engine::config::{MirrorWrite, Platform, Strategy};
use crate::scenario::error::suggestion;

/// Most attempts at one action.
const MOST_ATTEMPTS: u32 = 1_000;

impl Rules<'_, '_, '_> {
    pub(super) fn strategies(&mut self) {
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
            self.period(path, length);
        }
        // Zero turns these off.
        for (path, length) in [
            (
                "strategy.mirror.publish_every",
                settings.mirror.publish_every,
            ),
            ("strategy.mirror.sweep_every", settings.mirror.sweep_every),
        ] {
            if length != Micros::ZERO {
                self.period(path, length);
            }
        }
        self.lasts(
            "strategy.trigger.retry_after",
            settings.trigger.retry_after,
            Micros::ZERO,
            LONGEST,
        );
        if settings.trigger.attempts > MOST_ATTEMPTS {
            self.breach(
                "strategy.trigger.attempts",
                format!("{} attempts at one action", settings.trigger.attempts),
                "too many",
                format!("at most {MOST_ATTEMPTS}"),
            );
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
        self.within(
            "strategy.informed-escrow.reserve",
            settings.informed_escrow.reserve,
            0.0,
            1.0,
        );
        let prices = [
            ("strategy.escrow.loan_price", settings.escrow.loan_price),
            (
                "strategy.informed-escrow.loan_price",
                settings.informed_escrow.loan_price,
            ),
        ];
        for (key, price) in prices {
            self.within(key, price.unwrap_or(0.0), 0.0, 0.99);
        }
        let factors = [
            ("strategy.escrow.rush_factor", settings.escrow.rush_factor),
            (
                "strategy.informed-escrow.rush_factor",
                settings.informed_escrow.rush_factor,
            ),
        ];
        for (key, factor) in factors {
            self.within(key, factor, 1.0, 1_000.0);
        }
        if settings.mirror.buffer.confidence().is_some()
            && settings.mirror.write == MirrorWrite::Delta
        {
            self.breach(
                "strategy.mirror.buffer",
                "a dynamic buffer changes counts that deltas do not write",
                "needs write = \"absolute\"",
                "hold a number of units back, or write counts",
            );
        }
        for name in settings.mirror.buffer.channels() {
            let names: Vec<&str> = scenario
                .channels
                .iter()
                .map(|it| it.name.as_str())
                .collect();
            if !names.contains(&name) {
                self.breach(
                    "strategy.mirror.buffer",
                    format!("there is no channel `{name}` to hold units back on"),
                    "no such channel",
                    suggestion(name, &names),
                );
            }
        }
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
