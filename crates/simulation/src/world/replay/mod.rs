//! Replay of a real order log (docs/order-log.md): real demand, with what a log does not know drawn by keyed hashes of
//! the order id.

mod history;
mod left_out;
mod log;
mod orders;

use channel_mocks::core::random::hash_text;
use channel_mocks::core::{Basket, BasketLine, ListingIndex, Micros, Seed, Stream};

use crate::scenario::model::{self, FBA, Scenario};

use super::catalogue::{Catalogue, Sku, draw_price, opening_stock};
use super::external_events::{ExternalEvent, ExternalEventKind};
use super::log_format::Kind;
use super::order_source::OrderSource;
use super::{Assortments, SkuIndex, WorldError};

pub use history::{HistorySpan, SoldBefore, history_span, sold_before};
pub use left_out::{LeftOut, later_than};
pub use log::OrderLog;
use orders::{LogEvent, LogOrders, SkuNumbers};

/// The second reading of a log: its events as they come.
#[derive(Debug)]
pub struct ReplayedBuyers {
    orders: LogOrders,
    next_buyer: u64,
    /// The correction whose lines are being handed out, and the next of them.
    correction: Option<(LogEvent, usize)>,
    /// The merchant's first own location: corrections happen there.
    location: u16,
    /// SKUs of the catalogue; numbers from here on are codes that nobody gets to buy.
    sold: u32,
}

/// What the first reading learns about a SKU.
#[derive(Clone, Debug, Default)]
struct SkuDemand {
    units: u64,
    /// Sum of price times units, and the units whose price is known.
    value_cents: u128,
    priced_units: u64,
}

/// Reads a log once, for its SKUs, their demand and its end, and opens it for the second reading.
///
/// # Errors
/// When the log cannot be read, a line cannot be used, or it sells nothing within the scenario's duration.
pub fn open(
    scenario: &Scenario,
    settings: &model::ReplaySettings,
    seed: Seed,
    source: &OrderSource,
) -> Result<(Catalogue, ReplayedBuyers, Micros), WorldError> {
    let mut first = LogOrders::new(scenario, settings, seed, OrderLog::open(source)?, None);
    let mut demand: Vec<SkuDemand> = Vec::new();
    let mut sold: Vec<Vec<bool>> = vec![Vec::new(); scenario.channels.len()];
    let mut ends_at = scenario.opening;
    while let Some(event) = first.take()? {
        if event.kind != Kind::Sale {
            continue;
        }
        ends_at = ends_at.max(event.at);
        demand.resize(first.skus.len(), SkuDemand::default());
        let on_channel = &mut sold[usize::from(event.channel.0)];
        on_channel.resize(demand.len(), false);
        for line in &event.lines {
            on_channel[line.sku as usize] = true;
            let sku = &mut demand[line.sku as usize];
            sku.units += u64::from(line.units);
            if let Some(price_cents) = line.price_cents {
                sku.value_cents += u128::from(price_cents) * u128::from(line.units);
                sku.priced_units += u64::from(line.units);
            }
        }
    }
    demand.resize(first.skus.len(), SkuDemand::default());
    let (catalogue, numbers) = rank(scenario, seed, source, &first.skus, &demand, &sold);
    if catalogue.skus.is_empty() {
        return Err(WorldError::NothingToSell);
    }
    let replay = ReplayedBuyers {
        orders: LogOrders::new(
            scenario,
            settings,
            seed,
            OrderLog::open(source)?,
            Some(numbers),
        ),
        next_buyer: 0,
        correction: None,
        location: scenario
            .warehouse
            .locations
            .iter()
            .position(|location| location.code != FBA)
            .unwrap_or(0) as u16,
        sold: catalogue.skus.len() as u32,
    };
    Ok((catalogue, replay, ends_at))
}

/// The catalogue of the log, most wanted SKU first, and the number of each code in it. SKUs that nobody gets to buy
/// (they stand in lines beyond a cap or orders beyond the end) have numbers beyond the catalogue.
fn rank(
    scenario: &Scenario,
    seed: Seed,
    source: &OrderSource,
    codes: &SkuNumbers,
    demand: &[SkuDemand],
    sold: &[Vec<bool>],
) -> (Catalogue, SkuNumbers) {
    let mut order: Vec<(&str, &SkuDemand, usize)> = codes
        .keys()
        .zip(demand)
        .zip(0..)
        .map(|((code, demand), number)| (&**code, demand, number))
        .collect();
    order.sort_unstable_by(|(code, of, _), (other_code, other, _)| {
        other
            .units
            .cmp(&of.units)
            .then_with(|| code.cmp(other_code))
    });
    let total: u64 = demand.iter().map(|demand| demand.units).sum();
    let price_key = seed.key("catalogue", "price");
    let skus: Vec<Sku> = order
        .iter()
        .take_while(|(_, demand, _)| demand.units > 0)
        .zip(0u32..)
        .map(|((code, demand, _), index)| {
            let hot = index < scenario.catalogue.hot_skus;
            let price_cents = if demand.priced_units > 0 {
                let units = u128::from(demand.priced_units);
                u64::try_from((demand.value_cents + units / 2) / units).unwrap_or(u64::MAX)
            } else {
                let mut stream = Stream::new(price_key, hash_text(code));
                draw_price(scenario.catalogue.price_cents, &mut stream)
            };
            Sku {
                code: (*code).to_string(),
                title: format!("Item {code}"),
                price_cents,
                weight: demand.units as f64 / total as f64,
                hot,
                stock: source
                    .stock()
                    .and_then(|stock| stock.units_of(scenario, code))
                    .unwrap_or_else(|| opening_stock(scenario, hot, demand.units as f64)),
            }
        })
        .collect();
    // By their places in the catalogue.
    let ranked: Vec<Vec<bool>> = sold
        .iter()
        .map(|on_channel| {
            let of_sku = |number: usize| on_channel.get(number).copied().unwrap_or(false);
            order.iter().map(|(_, _, number)| of_sku(*number)).collect()
        })
        .collect();
    let assortments = Assortments::of(scenario, seed, skus.len(), &ranked);
    let numbers = order
        .iter()
        .zip(0u32..)
        .map(|((code, _, _), index)| (Box::from(*code), index))
        .collect();
    (Catalogue { skus, assortments }, numbers)
}

impl ReplayedBuyers {
    /// The next event of the log; `None` at its end.
    ///
    /// # Errors
    /// When the log can no longer be read as it was the first time.
    pub fn take(&mut self) -> Result<Option<ExternalEvent>, WorldError> {
        if let Some((event, next)) = &mut self.correction {
            let (at, line) = (event.at, event.lines[*next]);
            let (sku, units, location) = (SkuIndex(line.sku), line.units, self.location);
            let kind = match event.kind {
                Kind::Damage => ExternalEventKind::Damage {
                    sku,
                    location,
                    units,
                },
                Kind::Found => ExternalEventKind::Receive {
                    sku,
                    location,
                    units,
                },
                Kind::Sale | Kind::Cancel => ExternalEventKind::Return {
                    sku,
                    location,
                    units,
                },
            };
            *next += 1;
            if *next == event.lines.len() {
                self.correction = None;
            }
            return Ok(Some(ExternalEvent { at, kind }));
        }
        let event = loop {
            let Some(mut event) = self.orders.take()? else {
                return Ok(None);
            };
            event.lines.retain(|line| line.sku < self.sold);
            if !event.lines.is_empty() {
                break event;
            }
        };
        if event.kind != Kind::Sale {
            self.correction = Some((event, 0));
            return self.take();
        }
        let buyer = self.next_buyer;
        self.next_buyer += 1;
        Ok(Some(ExternalEvent {
            at: event.at,
            kind: ExternalEventKind::Checkout {
                channel: event.channel,
                basket: Basket {
                    buyer,
                    lines: event
                        .lines
                        .iter()
                        .map(|line| BasketLine {
                            listing: ListingIndex(line.sku),
                            units: line.units,
                        })
                        .collect(),
                    country: event.country,
                    postal_code: event.postal_code,
                },
            },
        }))
    }
}

#[cfg(test)]
mod tests;
