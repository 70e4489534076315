//! Orders from before the doors open: placed in the platforms' recent past, the oldest of them shipped, so that a client
//! finds something to read and something to ship. Where the platform sells units of its own, every other order is of the
//! merchant's. The calls by which they are shipped are nobody's: they are neither in the ledger nor in the use of limits,
//! and every bucket is full again when the doors open.

use channel_mocks::core::{
    Basket, BasketLine, CheckoutOutcome, Input, ListingIndex, LocationIndex, Machine, Micros,
    OrderRef, Output, RequestId, Response, Seed, Storefront,
};
use channel_mocks::warehouse::ItemIndex;

use super::ledger_task::Seeded;
use super::plan::SessionError;
use crate::engine::canonical::{
    ChannelIndex as EngineChannel, Order, OrderKey, OrderState, Shipment,
};
use crate::engine::config::{EngineConfig, Platform, Strategy};
use crate::engine::connectors::shopify::API_VERSION;
use crate::engine::connectors::{Connector, Event, Operation, connector};
use crate::engine::{self};
use crate::stage::opening::{OpenedWarehouse, Parts};
use crate::world::ChannelIndex;
use crate::world::ledger::{Entry, Ledger, Recorder};

/// How much past there is before the doors open.
pub const LENGTH: Micros = Micros::from_secs(48 * 3_600);
/// The first order is placed this long after the beginning ...
const FIRST: Micros = Micros::from_secs(3_600);
/// ... and the last one this long before the doors open, so that no platform holds it back any more.
const LAST_BEFORE_OPENING: Micros = Micros::from_secs(5 * 3_600);
/// When shipping begins.
const SHIPPING: Micros = Micros::from_secs(44 * 3_600);
/// One order in so many is shipped ...
const SHIPPED_SHARE: u32 = 3;
/// ... but no more than this of a channel.
const SHIPPED_MOST: usize = 200;
/// Tries at one call before it counts as refused.
const TRIES: u32 = 24;
/// The first wait after a call that could not be served yet, unless the platform names one; each further one is twice as
/// long ...
const FIRST_WAIT: Micros = Micros::from_secs(1);
/// ... up to this.
const LONGEST_WAIT: Micros = Micros::from_secs(30);
/// Tokens that may be asked for during one call: more are refused for another reason than their age.
const SIGN_INS: u32 = 2;
/// Draws of a listing for a basket before a shop counts as sold out.
const DRAWS: u64 = 64;

/// Plays the past of every channel. Gives the orders by their ids.
///
/// # Errors
/// When there is too little stock, or a platform refuses the shipments.
pub fn play(
    parts: &mut Parts,
    orders: u32,
    seed: Seed,
    recorder: &mut dyn Recorder,
) -> Result<Vec<Seeded>, SessionError> {
    let mut seeded = Vec::new();
    let recorder = &mut WithoutCalls(recorder);
    // A strategy that subscribes to nothing: no webhook may go out for the past.
    let config = EngineConfig {
        strategy: Strategy::Spreadsheet,
        ..parts.config.clone()
    };
    for index in 0..parts.channels.len() {
        let channel = ChannelIndex(index as u16);
        let name = config.channels[index].name.clone();
        if config.channels[index].opens_at > engine::Micros::ZERO {
            // A shop that has not opened yet has sold nothing.
            continue;
        }
        let listings = config.skus.len() as u32;
        let mut past = Past {
            channel,
            shop: parts.channels[index].storefront.as_mut(),
            warehouse: &mut parts.warehouse,
            ledger: &mut parts.ledger,
            recorder,
            now: Micros::ZERO,
            requests: 0,
        };
        past.place(orders, listings, seed, &name, &mut seeded)?;
        past.wait_until(SHIPPING);
        past.ship(&config, orders, &seeded)
            .map_err(|reason| SessionError::NotShipped {
                channel: name,
                reason,
            })?;
        past.wait_until(LENGTH);
    }
    Ok(seeded)
}

/// Why shipping was not done when the doors were to open.
const TOO_LATE: &str = "the shop's limits let too few calls through before the doors open; widen them, or ask for fewer orders";

fn is_sign_in(operation: &Operation) -> bool {
    matches!(operation, Operation::Authenticate)
}

/// What is laid over a shop's profile so that the built-in client is understood: the one version that it asks in.
fn known_versions(platform: Platform) -> toml::Table {
    let mut over = toml::Table::new();
    if platform == Platform::Shopify {
        let mut versions = toml::Table::new();
        versions.insert("accessible".into(), vec![API_VERSION].into());
        versions.insert("latest".into(), API_VERSION.into());
        over.insert("versions".into(), versions.into());
    }
    over
}

/// Takes everything but calls.
struct WithoutCalls<'a>(&'a mut dyn Recorder);

impl Recorder for WithoutCalls<'_> {
    fn record(&mut self, at: Micros, entry: &Entry) {
        if !matches!(entry, Entry::Call { .. }) {
            self.0.record(at, entry);
        }
    }
}

struct Past<'a> {
    channel: ChannelIndex,
    shop: &'a mut (dyn Storefront + Send),
    warehouse: &'a mut OpenedWarehouse,
    ledger: &'a mut Ledger,
    recorder: &'a mut dyn Recorder,
    now: Micros,
    requests: u64,
}

impl Past<'_> {
    fn place(
        &mut self,
        orders: u32,
        listings: u32,
        seed: Seed,
        name: &str,
        seeded: &mut Vec<Seeded>,
    ) -> Result<(), SessionError> {
        let span = LENGTH.since(FIRST + LAST_BEFORE_OPENING).0;
        for number in 0..orders {
            let at = FIRST + Micros(span * u64::from(number) / u64::from(orders));
            self.wait_until(at);
            let mut draws = seed.stream(name, "history", u64::from(number));
            let order = (0..DRAWS).find_map(|_| {
                let listing = ListingIndex((draws.uniform() * f64::from(listings)) as u32);
                let basket = Basket {
                    // Far from every buyer of the scenario.
                    buyer: (1 << 62) + u64::from(number),
                    lines: vec![BasketLine { listing, units: 1 }],
                    country: "US",
                    postal_code: (draws.uniform() * 90_000.0) as u32 + 10_000,
                };
                let outcome = if number % 2 == 0 {
                    self.shop.checkout_of_merchant(self.now, &basket)
                } else {
                    self.shop.checkout(self.now, &basket)
                };
                self.ledger
                    .checkout(self.now, self.channel, &basket, outcome, self.recorder);
                self.drain();
                match outcome {
                    CheckoutOutcome::Accepted { order, .. } => Some(order),
                    CheckoutOutcome::Refused { .. } => None,
                }
            });
            let Some(order) = order else {
                return Err(SessionError::TooLittleStock {
                    channel: name.to_string(),
                    made: number,
                    wanted: orders,
                });
            };
            seeded.push(Seeded {
                channel: self.channel,
                native_id: self.shop.native_order_id(order),
                order,
            });
        }
        Ok(())
    }

    /// Lets time pass: everything that is due by itself happens.
    fn wait_until(&mut self, until: Micros) {
        while let Some(timer) = self.shop.poll_timeout().filter(|timer| timer.at <= until) {
            self.now = self.now.max(timer.at);
            self.shop.handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = self.now.max(until);
    }

    /// Writes facts down; gives the response, if one came out.
    fn drain(&mut self) -> Option<(Micros, Response)> {
        let mut answer = None;
        while let Some(output) = self.shop.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.ledger
                        .platform_fact(self.now, self.channel, &fact, self.recorder);
                }
                Output::Response { at, response, .. } => answer = Some((at, response)),
                // Nothing is subscribed in the past.
                Output::Delivery { .. } => {}
            }
        }
        answer
    }

    fn call(
        &mut self,
        client: &mut dyn Connector,
        operation: &Operation,
    ) -> Result<Vec<Event>, String> {
        let mut sign_ins = 0;
        for tried in 0..TRIES {
            if self.now >= LENGTH {
                return Err(TOO_LATE.to_string());
            }
            let now = engine::Micros(self.now.0);
            let request = client.build(now, operation);
            self.requests += 1;
            let input = Input::Request {
                id: RequestId(self.requests),
                sent_at: self.now,
                request,
            };
            self.shop.handle(self.now, input);
            let (at, response) = self.drain().ok_or("no answer")?;
            self.wait_until(at);
            let mut events = Vec::new();
            client.parse(
                engine::Micros(self.now.0),
                operation,
                &response,
                &mut events,
            );
            let usual = FIRST_WAIT.doubled(tried, LONGEST_WAIT);
            let mut wait = None;
            for event in &events {
                match event {
                    Event::Throttled { wait: told } => {
                        wait = Some(told.map_or(usual, |told| Micros(told.0).max(FIRST_WAIT)));
                    }
                    Event::FulfillmentNotReady { .. } | Event::Failed { retry: true, .. } => {
                        wait = Some(usual);
                    }
                    Event::Failed { reason, .. } | Event::FulfillmentRefused { reason, .. } => {
                        return Err(reason.clone());
                    }
                    // A token has an end, and may have come to it while others waited.
                    Event::Unauthorized if sign_ins < SIGN_INS && !is_sign_in(operation) => {
                        sign_ins += 1;
                        self.call(client, &Operation::Authenticate)?;
                        wait = Some(Micros::ZERO);
                    }
                    Event::Unauthorized => return Err("the token was refused".to_string()),
                    _ => {}
                }
            }
            match wait {
                None => return Ok(events),
                Some(wait) => self.wait_until(self.now + wait),
            }
        }
        Err(format!("{operation:?} was put off {TRIES} times"))
    }

    /// Marks the oldest orders as shipped, through the API, as any client would that asks in the version it was written for:
    /// the built-in one's is accessible meanwhile, whatever day the shop is to live on.
    fn ship(
        &mut self,
        config: &EngineConfig,
        orders: u32,
        seeded: &[Seeded],
    ) -> Result<(), String> {
        let count = usize::min((orders / SHIPPED_SHARE) as usize, SHIPPED_MOST);
        let of_channel = seeded.iter().filter(|it| it.channel == self.channel);
        let wanted: Vec<&Seeded> = of_channel.take(count).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let platform = config.channels[usize::from(self.channel.0)].platform;
        let over = known_versions(platform);
        if over.is_empty() {
            return self.ship_each(config, platform, &wanted);
        }
        self.shop.lay_over(self.now, &over)?;
        self.ship_each(config, platform, &wanted)?;
        // What the shop was opened with holds again.
        self.shop.lay_over(self.now, &toml::Table::new())
    }

    fn ship_each(
        &mut self,
        config: &EngineConfig,
        platform: Platform,
        wanted: &[&Seeded],
    ) -> Result<(), String> {
        let mut client = connector(config, EngineChannel(self.channel.0));
        let client = client.as_mut();
        self.call(client, &Operation::Authenticate)?;
        let mut cursor = None;
        // Ends, because a catalogue has so many pages and nothing is added to it meanwhile.
        loop {
            let events = self.call(client, &Operation::ReadCatalogue { cursor })?;
            cursor = events.into_iter().find_map(|event| match event {
                Event::CatalogueRead { next, .. } => next,
                _ => None,
            });
            if cursor.is_none() {
                break;
            }
        }
        for step in 0..client.set_up_steps() {
            self.call(client, &Operation::SetUp { step })?;
        }
        for order in self.open_orders(client, platform, wanted)? {
            let key = order.key;
            let native_id = client.order_text(key);
            let Some(known) = wanted.iter().find(|it| it.native_id == native_id) else {
                continue;
            };
            if client.capabilities().fulfillment_needs_preparation {
                self.call(client, &Operation::PrepareFulfillment { orders: vec![key] })?;
            }
            let shipment = Shipment {
                order: key,
                lines: order
                    .lines
                    .iter()
                    .map(|line| (line.id, line.units))
                    .collect(),
                carrier: "UPS".to_string(),
                tracking_number: format!("1Z{native_id}"),
                shipped_at: engine::Micros(self.now.0),
            };
            self.call(
                client,
                &Operation::ConfirmFulfillment {
                    shipments: vec![shipment],
                },
            )?;
            self.leave_the_warehouse(&native_id, Some(known.order), &order);
        }
        match self.now > LENGTH {
            true => Err(TOO_LATE.to_string()),
            false => Ok(()),
        }
    }

    /// Those of them that wait to be shipped by the merchant, the oldest first: the platform ships what it has sold of its
    /// own. Each is asked for by its id: with as many orders as a shop may have, lists are hours long.
    fn open_orders(
        &mut self,
        client: &mut dyn Connector,
        platform: Platform,
        wanted: &[&Seeded],
    ) -> Result<Vec<Order>, String> {
        let keys = wanted.iter().map(|it| {
            let key = (platform.describe().read_order_id)(&it.native_id);
            key.ok_or_else(|| format!("{} is no id of an order", it.native_id))
        });
        let keys: Vec<OrderKey> = keys.collect::<Result<_, String>>()?;
        let mut open: Vec<Order> = Vec::new();
        for orders in keys.chunks(client.capabilities().fetch_batch) {
            let orders = orders.to_vec();
            let events = self.call(client, &Operation::FetchOrders { orders })?;
            open.extend(events.into_iter().filter_map(|event| match event {
                Event::OrderSeen(order) => Some(order),
                _ => None,
            }));
        }
        open.retain(|order| order.state == OrderState::Open && !order.lines.is_empty());
        open.sort_by_key(|order| order.created_at);
        Ok(open)
    }

    fn leave_the_warehouse(&mut self, native_id: &str, order: Option<OrderRef>, shipped: &Order) {
        let location = LocationIndex(self.warehouse.returns_to);
        for line in &shipped.lines {
            let item = ItemIndex(line.sku.0);
            self.warehouse.warehouse.ship_by_third_party(
                self.now,
                self.channel.0,
                native_id,
                item,
                location,
                line.units,
            );
        }
        while let Some(output) = self.warehouse.warehouse.poll_output() {
            if let Output::Fact(fact) = output {
                let order = order.map(|order| (self.channel, order));
                self.ledger
                    .warehouse_fact(self.now, None, &fact, order, self.recorder);
            }
        }
    }
}
