//! Drawn buyers. Everything about buyer n comes from streams keyed by n, so nothing else in a run can move a buyer.

use channel_mocks::core::{Basket, Micros, Seed, Stream};

use crate::scenario::countries;
use crate::scenario::model::{FBA, Scenario};

use super::demand::{Choice, cumulative, pick};
use super::external_events::{ExternalEvent, ExternalEventKind};
use super::phases::{Cursor, Timeline};

/// Lowest and highest drawn postal code, the range of five-digit codes in use.
const POSTAL_CODES: (u32, u32) = (501, 99_950);

/// Where buyers live.
#[derive(Clone, Debug)]
pub struct Addresses {
    countries: Vec<&'static str>,
    shares: Vec<f64>,
}

impl Addresses {
    /// Buyers live in the countries of the merchant's own locations, in proportion to the stock held there.
    pub fn new(scenario: &Scenario) -> Addresses {
        let mut countries = Vec::new();
        let mut shares: Vec<f64> = Vec::new();
        for location in &scenario.warehouse.locations {
            let Some(code) = countries::code(&location.country) else {
                continue;
            };
            if location.code == FBA || location.share <= 0.0 {
                continue;
            }
            match countries.iter().position(|known| *known == code) {
                Some(known) => shares[known] += location.share,
                None => {
                    countries.push(code);
                    shares.push(location.share);
                }
            }
        }
        if countries.is_empty() {
            countries.push(countries::of_scenario(scenario));
            shares.push(1.0);
        }
        Addresses {
            countries,
            shares: cumulative(&shares),
        }
    }

    /// A country and a postal code.
    pub fn draw(&self, stream: &mut Stream) -> (&'static str, u32) {
        let country = self.countries[pick(&self.shares, stream.uniform())];
        (country, draw_postal_code(stream))
    }
}

/// A postal code; its first digit is close to uniform.
pub fn draw_postal_code(stream: &mut Stream) -> u32 {
    let (low, high) = POSTAL_CODES;
    low + stream.below(u64::from(high - low) + 1) as u32
}

/// The stream of drawn buyers, one at a time.
#[derive(Clone, Debug)]
pub struct Buyers {
    timeline: Timeline,
    cursor: Cursor,
    choice: Choice,
    addresses: Addresses,
    next_buyer: u64,
    opening: Micros,
    ends_at: Micros,
    gap_key: u64,
    channel_key: u64,
    other_channel_key: u64,
    basket_key: u64,
    address_key: u64,
}

impl Buyers {
    /// The buyers of a scenario with `choice` over its SKUs, until `ends_at`.
    pub fn new(
        scenario: &Scenario,
        seed: Seed,
        timeline: Timeline,
        choice: Choice,
        ends_at: Micros,
    ) -> Buyers {
        Buyers {
            timeline,
            cursor: Cursor::default(),
            choice,
            addresses: Addresses::new(scenario),
            next_buyer: 0,
            opening: scenario.opening,
            ends_at,
            gap_key: seed.key("buyers", "gap"),
            channel_key: seed.key("buyers", "channel"),
            other_channel_key: seed.key("buyers", "other channel"),
            basket_key: seed.key("buyers", "basket"),
            address_key: seed.key("buyers", "address"),
        }
    }

    /// The next buyer; `None` when there are no more.
    pub fn take(&mut self) -> Option<ExternalEvent> {
        let buyer = self.next_buyer;
        let gap = Stream::new(self.gap_key, buyer).exponential(1.0);
        let (after, phase) = self.cursor.advance(&self.timeline, gap)?;
        let at = self.opening + after;
        if at > self.ends_at {
            return None;
        }
        self.next_buyer += 1;
        let channel = self
            .choice
            .channel(phase, &mut Stream::new(self.channel_key, buyer));
        let other_channel_key = self.other_channel_key;
        let channel = self
            .choice
            .instead_of(channel, phase, after, || {
                Stream::new(other_channel_key, buyer)
            })
            .unwrap_or(channel);
        let hot = self.timeline.segments()[phase].hot;
        let lines = self
            .choice
            .lines(channel, hot, &mut Stream::new(self.basket_key, buyer));
        let (country, postal_code) = self
            .addresses
            .draw(&mut Stream::new(self.address_key, buyer));
        Some(ExternalEvent {
            at,
            kind: ExternalEventKind::Checkout {
                channel,
                basket: Basket {
                    buyer,
                    lines,
                    country,
                    postal_code,
                },
            },
        })
    }
}
