//! The SKUs that are sold and the stock they open with.

use channel_mocks::core::{Seed, Stream};

use super::Assortments;
pub use crate::scenario::model::FBA;
use crate::scenario::model::{self, Scenario};

/// Everything that is sold; a position is a [`super::SkuIndex`].
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    /// The SKUs, the most popular first.
    pub skus: Vec<Sku>,
    /// Where they are listed.
    pub assortments: Assortments,
}

/// One SKU.
#[derive(Clone, Debug, PartialEq)]
pub struct Sku {
    /// The merchant's code, the same on every channel and in the warehouse.
    pub code: String,
    /// Title shown to buyers.
    pub title: String,
    /// Price of a unit in cents.
    pub price_cents: u64,
    /// Its part of demand outside hot phases; all add to 1.
    pub weight: f64,
    /// Whether it takes part in hot phases.
    pub hot: bool,
    /// Opening units at each of the scenario's locations, `fba` included.
    pub stock: Vec<u32>,
}

impl Sku {
    /// Opening units at all locations together.
    pub fn units(&self) -> u64 {
        self.stock.iter().map(|&units| u64::from(units)).sum()
    }
}

impl Catalogue {
    /// A catalogue of numbered SKUs with the given weights and expected demand in units, and where they are listed.
    pub fn numbered(
        scenario: &Scenario,
        seed: Seed,
        weights: &[f64],
        expected: &[f64],
        assortments: Assortments,
    ) -> Catalogue {
        let key = seed.key("catalogue", "price");
        let skus = weights
            .iter()
            .zip(expected)
            .zip(0u32..)
            .map(|((&weight, &expected), index)| {
                let hot = index < scenario.catalogue.hot_skus;
                let number = index + 1;
                Sku {
                    code: format!("SKU-{number:05}"),
                    title: format!("Product {number}"),
                    price_cents: draw_price(
                        scenario.catalogue.price_cents,
                        &mut Stream::new(key, u64::from(index)),
                    ),
                    weight,
                    hot,
                    stock: opening_stock(scenario, hot, expected),
                }
            })
            .collect();
        Catalogue { skus, assortments }
    }
}

/// A price between two bounds, uniform in its logarithm.
pub fn draw_price((low, high): (u64, u64), stream: &mut Stream) -> u64 {
    let (low_log, high_log) = (libm::log(low.max(1) as f64), libm::log(high.max(1) as f64));
    let drawn = libm::exp(low_log + (high_log - low_log) * stream.uniform());
    (drawn + 0.5) as u64
}

/// Opening units per location of a SKU of which `expected` units are expected to be wanted.
pub fn opening_stock(scenario: &Scenario, hot: bool, expected: f64) -> Vec<u32> {
    let stock = &scenario.stock;
    let total = match (stock.hot_units.filter(|_| hot), stock.units, stock.cover) {
        (Some(units), _, _) | (None, Some(units), _) => units,
        (None, None, Some(cover)) => ((cover * expected + 0.5) as u32).max(1),
        (None, None, None) => 0,
    };
    split(&scenario.warehouse.locations, total, stock.fba_units)
}

/// Splits units by the locations' shares; the first location of the merchant's own takes what rounding leaves over.
pub(super) fn split(locations: &[model::Location], total: u32, fba_units: u32) -> Vec<u32> {
    let mut units: Vec<u32> = locations
        .iter()
        .map(|location| {
            if location.code == FBA {
                fba_units
            } else {
                // The small addition keeps a share such as 0.1 + 0.2 from losing a whole unit to its last digit.
                ((location.share * f64::from(total) + 1e-9) as u32).min(total)
            }
        })
        .collect();
    let own: u64 = locations
        .iter()
        .zip(&units)
        .filter(|(location, _)| location.code != FBA)
        .map(|(_, &units)| u64::from(units))
        .sum();
    if let Some(first) = locations.iter().position(|location| location.code != FBA) {
        units[first] += u32::try_from(u64::from(total).saturating_sub(own)).unwrap_or(0);
    }
    units
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn location(code: &str, share: f64) -> model::Location {
        model::Location {
            code: code.to_string(),
            country: "US".to_string(),
            postal_prefixes: String::new(),
            share,
            channels: Vec::new(),
        }
    }

    #[test]
    fn the_first_own_location_takes_the_rest() {
        let locations = [
            location("fba", 0.0),
            location("east", 0.4),
            location("west", 0.6),
        ];
        assert_eq!(split(&locations, 1, 7), [7, 1, 0]);
        assert_eq!(split(&locations, 10, 0), [0, 4, 6]);
    }

    proptest! {
        #[test]
        fn no_unit_is_lost_or_made(total in 0u32..5_000_000, part in 0.0f64..1.0) {
            let locations = [location("east", part), location("west", 1.0 - part), location("fba", 0.0)];
            let units = split(&locations, total, 3);
            prop_assert_eq!(units[0] + units[1], total);
            prop_assert_eq!(units[2], 3);
        }
    }

    #[test]
    fn prices_stay_in_their_bounds() {
        let mut stream = Seed(1).stream("test", "price", 0);
        for _ in 0..1_000 {
            let price = draw_price((1_000, 8_000), &mut stream);
            assert!((1_000..=8_000).contains(&price));
        }
        assert_eq!(draw_price((500, 500), &mut stream), 500);
    }
}
