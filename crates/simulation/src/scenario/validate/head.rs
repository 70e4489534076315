//! What stands at the top of the file, and small tables.

use channel_mocks::core::Micros;

use super::{LONGEST, Rules, in_days, start};

/// Letters of a scenario's name.
const LONGEST_NAME: usize = 100;

impl Rules<'_, '_, '_> {
    pub(super) fn head(&mut self) {
        let scenario = self.scenario;
        let name_is_plain = !scenario.name.is_empty()
            && scenario.name.len() <= LONGEST_NAME
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
                format!(
                    "use letters, digits, `-`, `_`, `.` and `/`, at most {LONGEST_NAME}; no `..`, and no `/` in front"
                ),
            );
        }
        if let Err(wrong) = start::check(&scenario.start) {
            self.breach("start", wrong.message, &wrong.label, wrong.help);
        }
        self.currency_code("currency", &scenario.currency);
        self.positive("duration", scenario.duration);
        for (path, length) in [
            ("opening", scenario.opening),
            ("duration", scenario.duration),
            ("settle", scenario.settle),
        ] {
            self.lasts(path, length, Micros::ZERO, LONGEST);
        }
        let whole = scenario.opening + scenario.duration + scenario.settle;
        if whole > LONGEST
            && [scenario.opening, scenario.duration, scenario.settle]
                .iter()
                .all(|it| *it <= LONGEST)
        {
            self.breach(
                "duration",
                format!("opening, duration and settle last {whole} together"),
                "too long",
                format!("at most {}", in_days(LONGEST)),
            );
        }
        for (path, cents) in [
            (
                "money.oversold_unit_cents",
                scenario.money.oversold_unit_cents,
            ),
            (
                "money.wrong_warehouse_cents",
                scenario.money.wrong_warehouse_cents,
            ),
            ("money.ticket_cents", scenario.money.ticket_cents),
            ("money.split_cents", scenario.money.split_cents),
        ] {
            self.within(path, cents as f64, 0.0, 1e12);
        }
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
