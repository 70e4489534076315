//! Which location should serve an order: the routing truth.

use super::seed::WarehouseLocation;
use crate::core::LocationIndex;

/// The ten digits, and "no digit".
const CLASSES: usize = 11;

/// For each channel and first digit of the postal code, the locations that may serve it, best first.
#[derive(Debug)]
pub(crate) struct Routing {
    preferences: Vec<Box<[LocationIndex]>>,
}

impl Routing {
    /// Lays out the preferences. Locations that are not sellable appear in none.
    pub fn new(channels: &[String], locations: &[WarehouseLocation]) -> Routing {
        let mut preferences = Vec::with_capacity(channels.len() * CLASSES);
        for channel in channels {
            for class in 0..CLASSES {
                let mut order: Vec<usize> = (0..locations.len())
                    .filter(|&at| locations[at].sellable && serves(&locations[at], channel))
                    .collect();
                // The sort is stable, so that locations keep the order of the list within their half.
                order.sort_by_key(|&at| !is_near(&locations[at], class));
                preferences.push(
                    order
                        .into_iter()
                        .map(|at| LocationIndex(at as u16))
                        .collect(),
                );
            }
        }
        Routing { preferences }
    }

    /// Locations for an order of a channel, best first.
    pub fn preference(&self, channel: u16, postal_code: &str) -> &[LocationIndex] {
        &self.preferences[usize::from(channel) * CLASSES + class(postal_code)]
    }
}

/// Whether a location may serve a channel.
pub(crate) fn serves(location: &WarehouseLocation, channel: &str) -> bool {
    location.channels.is_empty() || location.channels.iter().any(|name| name == channel)
}

fn is_near(location: &WarehouseLocation, class: usize) -> bool {
    location
        .postal_prefixes
        .bytes()
        .any(|digit| usize::from(digit.wrapping_sub(b'0')) == class && class < 10)
}

/// The first digit of a postal code. Codes of fewer than five digits have lost their leading zeros.
fn class(postal_code: &str) -> usize {
    let code = postal_code.trim().as_bytes();
    match code.first() {
        Some(first) if first.is_ascii_digit() => {
            if code.len() < 5 && code.iter().all(u8::is_ascii_digit) {
                0
            } else {
                usize::from(first - b'0')
            }
        }
        _ => CLASSES - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(
        code: &str,
        channels: &[&str],
        prefixes: &str,
        sellable: bool,
    ) -> WarehouseLocation {
        WarehouseLocation {
            code: code.to_string(),
            name: code.to_string(),
            country: "US".to_string(),
            channels: channels.iter().map(|name| name.to_string()).collect(),
            postal_prefixes: prefixes.to_string(),
            sellable,
        }
    }

    #[test]
    fn near_locations_come_first_and_foreign_ones_never() {
        let channels = ["shop".to_string(), "amazon".to_string()];
        let locations = [
            location("east", &[], "01", true),
            location("fba", &["amazon"], "0123456789", false),
            location("west", &[], "89", true),
            location("outlet", &["shop"], "9", true),
        ];
        let routing = Routing::new(&channels, &locations);
        let indices = |channel, code| -> Vec<u16> {
            routing
                .preference(channel, code)
                .iter()
                .map(|location| location.0)
                .collect()
        };
        assert_eq!(indices(0, "10001"), [0, 2, 3]);
        assert_eq!(indices(0, "94105-1234"), [2, 3, 0]);
        assert_eq!(indices(0, "501"), [0, 2, 3], "00501 after zero padding");
        assert_eq!(indices(0, "801"), [0, 2, 3], "00801 after zero padding");
        assert_eq!(indices(1, "94105"), [2, 0], "neither outlet nor fba");
        assert_eq!(indices(0, ""), [0, 2, 3]);
        assert_eq!(indices(0, "SW1A 1AA"), [0, 2, 3]);
    }
}
