//! What stands at the top of the file, and small tables.

use channel_mocks::core::Epoch;

use super::Rules;

impl Rules<'_, '_, '_> {
    pub(super) fn head(&mut self) {
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
        if let Err(reason) = Epoch::parse_start(&scenario.start) {
            self.breach(
                "start",
                format!("`{}` is no calendar instant", scenario.start),
                &reason,
                "write one like \"2026-11-27T08:00:00-05:00\", or with the time zone whose daylight saving is to be followed, \
                 \"2026-11-27T08:00:00-05:00[America/New_York]\"",
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
        let removals = &scenario.removals;
        for (key, share) in [
            ("removals.edited", removals.edited),
            ("removals.refunded", removals.refunded),
            ("removals.by_buyer", removals.by_buyer),
            ("removals.restocked", removals.restocked),
        ] {
            self.within(key, share, 0.0, 1.0);
        }
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
}
