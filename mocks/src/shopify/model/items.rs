//! What apps write on the inventory item of a variant beyond its stock (docs/platforms/shopify.md 4.8).

use crate::shopify::json::Json;

/// What a variant costs to buy, where it comes from and what it weighs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ItemDetails {
    /// What one unit costs to buy, in cents of the shop's currency.
    pub(crate) cost_cents: Option<i64>,
    /// The code of the country that it comes from.
    pub(crate) country: Option<String>,
    /// The code of the province that it comes from.
    pub(crate) province: Option<String>,
    /// Its code in the Harmonized System.
    pub(crate) harmonized_system_code: Option<String>,
    pub(crate) weight: Weight,
}

/// A weight. One that nobody wrote is 0 kg, as recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Weight {
    pub(crate) value: f64,
    pub(crate) unit: WeightUnit,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum WeightUnit {
    Grams,
    #[default]
    Kilograms,
    Ounces,
    Pounds,
}

impl WeightUnit {
    const ALL: [(WeightUnit, &'static str, &'static str, f64); 4] = [
        (WeightUnit::Grams, "GRAMS", "g", 1.0),
        (WeightUnit::Kilograms, "KILOGRAMS", "kg", 1_000.0),
        (WeightUnit::Ounces, "OUNCES", "oz", 28.349_523_125),
        (WeightUnit::Pounds, "POUNDS", "lb", 453.592_37),
    ];

    /// By its GraphQL name.
    pub(crate) fn named(name: &str) -> Option<WeightUnit> {
        let found = Self::ALL.iter().find(|(_, graphql, ..)| *graphql == name);
        found.map(|(unit, ..)| *unit)
    }

    /// Its GraphQL name.
    pub(crate) fn graphql(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its name in REST and in webhook payloads.
    pub(crate) fn rest(self) -> &'static str {
        Self::ALL[self as usize].2
    }
}

impl Weight {
    /// The same in whole grams.
    pub(crate) fn grams(&self) -> i64 {
        (self.value * WeightUnit::ALL[self.unit as usize].3).round() as i64
    }
}

impl ItemDetails {
    /// Takes over the members that an input gives, but for the cost; `null` clears one.
    pub(crate) fn with(mut self, input: &Json<'_>) -> ItemDetails {
        for (member, kept) in [
            ("countryCodeOfOrigin", &mut self.country),
            ("provinceCodeOfOrigin", &mut self.province),
            ("harmonizedSystemCode", &mut self.harmonized_system_code),
        ] {
            if let Some(given) = input.get(member) {
                *kept = given.text().map(str::to_owned);
            }
        }
        let measurement = input.given("measurement");
        if let Some(weight) = measurement.and_then(|it| it.given("weight")) {
            let value = match weight.get("value") {
                Some(Json::Int(value)) => *value as f64,
                Some(Json::Float(value)) => *value,
                _ => self.weight.value,
            };
            let unit = weight.get("unit").and_then(Json::text);
            let unit = unit.and_then(WeightUnit::named);
            self.weight = Weight {
                value,
                unit: unit.unwrap_or(self.weight.unit),
            };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_told_in_grams_too() {
        for (value, unit, grams) in [
            (2.5, "KILOGRAMS", 2_500),
            (1.0, "POUNDS", 454),
            (3.0, "OUNCES", 85),
        ] {
            let unit = WeightUnit::named(unit).unwrap();
            assert_eq!(Weight { value, unit }.grams(), grams);
        }
        assert_eq!(WeightUnit::named("STONES"), None);
    }
}
