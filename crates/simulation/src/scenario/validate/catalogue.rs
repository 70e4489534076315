//! `[catalogue]` and `[stock]`.

use super::Rules;

/// Most SKUs of a catalogue.
const MOST_SKUS: u32 = 10_000_000;

impl Rules<'_, '_, '_> {
    pub(super) fn catalogue_and_stock(&mut self) {
        let (catalogue, stock) = (&self.scenario.catalogue, &self.scenario.stock);
        let replayed = self.scenario.replay.is_some();
        if catalogue.skus == 0 && !replayed {
            self.breach(
                "catalogue.skus",
                "the catalogue is empty",
                "nothing to sell",
                format!("write a whole number from 1 to {MOST_SKUS}"),
            );
        }
        if catalogue.skus > MOST_SKUS {
            self.breach(
                "catalogue.skus",
                format!("{} SKUs are more than a run can hold", catalogue.skus),
                "too many",
                format!("write a whole number from 1 to {MOST_SKUS}"),
            );
        }
        if catalogue.hot_skus > catalogue.skus && !replayed {
            self.breach(
                "catalogue.hot_skus",
                format!("{} hot SKUs out of {}", catalogue.hot_skus, catalogue.skus),
                "more than there are",
                format!("at most {}", catalogue.skus),
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
                "like [1000, 8000]: from $10 to $80",
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
                self.breach("stock.cover", format!("a cover of {cover}"), "must be above zero",
                    "a multiple of expected demand up to 1000000, like 1.5");
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
}
