//! The same order as every platform tells it: messages of a run are looked at as they pass, and read by connectors of our own
//! that are made for nothing else. Nothing comes from the engine under test.

mod part;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use channel_mocks::core::{Micros, OrderRef, Request, Response, Tells, Told};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::engine;
use crate::engine::canonical::{ChannelIndex as EngineChannel, Order};
use crate::engine::config::{EngineConfig, Platform};
use crate::engine::connectors::{Connector, Event, Operation, connector};
use crate::measure::{OneOrder, ToldOrder};
use crate::scenario::Scenario;
use crate::world::ledger::{Entry, Message, Recorder};
use part::{indented, part_of};

/// SKUs of which an order is kept on a platform.
const MOST_SKUS: usize = 64;
/// Messages of a platform that are read.
const MOST_READ: u32 = 400;
/// Bytes of a body that is looked at.
const MOST_BODY_BYTES: usize = 512 << 10;
/// Calls under way whose operation is remembered.
const MOST_UNDER_WAY: usize = 10_000;

/// What an engine is configured with, as soon as the run has made it.
pub(super) type SeenConfig = Rc<OnceCell<EngineConfig>>;

/// Looks for an order of each platform with a SKU in common.
pub(super) struct OrderWatch {
    config: SeenConfig,
    channels: Vec<(String, Platform)>,
    /// By channel, once one of its messages has been read: each has a table of all SKUs, which is not made for every message.
    connectors: Vec<Option<Box<dyn Connector>>>,
    /// The platforms there are, in the scenario's order.
    platforms: Vec<Platform>,
    /// The SKU of the first line of each channel's orders.
    skus: Vec<Vec<u32>>,
    /// Orders by platform and SKU.
    found: Vec<BTreeMap<u32, ToldOrder>>,
    read: Vec<u32>,
    under_way: BTreeMap<(u16, u64), &'static str>,
    /// A SKU of which every platform has told.
    common: Option<u32>,
}

/// A message that tells of orders.
enum Telling<'a> {
    Answer(&'static str, &'a Response),
    Signal(&'a Request),
}

impl Telling<'_> {
    fn body(&self) -> &[u8] {
        match self {
            Telling::Answer(_, response) => response.body(),
            Telling::Signal(request) => request.body(),
        }
    }

    fn headers(&self) -> &HeaderMap {
        match self {
            Telling::Answer(_, response) => response.headers(),
            Telling::Signal(request) => request.headers(),
        }
    }

    /// What told: the operation, or the webhook's topic.
    fn operation(&self) -> String {
        match self {
            Telling::Answer(operation, _) => (*operation).to_string(),
            Telling::Signal(request) => {
                let topic = request.headers().get("x-shopify-topic");
                let topic = topic.and_then(|it| it.to_str().ok());
                topic.map_or("webhook".to_string(), |it| format!("webhook {it}"))
            }
        }
    }

    /// The orders that a connector finds in it.
    fn orders(&self, at: Micros, connector: &mut dyn Connector) -> Vec<Order> {
        let now = engine::Micros(at.0);
        let seen = |events: Vec<Event>| -> Vec<Order> {
            let orders = events.into_iter().filter_map(|event| match event {
                Event::OrderSeen(order) => Some(order),
                _ => None,
            });
            orders.collect()
        };
        match self {
            Telling::Signal(request) => {
                let mut events = Vec::new();
                connector.receive(now, request, &mut events);
                seen(events)
            }
            Telling::Answer(_, response) => {
                let since = engine::Micros::ZERO;
                let cursor = None;
                let asked = [
                    Operation::PollOrders { since, cursor },
                    Operation::FetchOrders { orders: Vec::new() },
                    Operation::ReceiveMessages,
                ];
                let read = asked.iter().map(|operation| {
                    let mut events = Vec::new();
                    connector.parse(now, operation, response, &mut events);
                    seen(events)
                });
                let mut read = read;
                read.find(|orders| !orders.is_empty()).unwrap_or_default()
            }
        }
    }
}

impl OrderWatch {
    /// For a run of a scenario; `config` is filled in when its engine is made.
    pub fn new(scenario: &Scenario, config: SeenConfig) -> OrderWatch {
        let channels = scenario.channels.iter();
        let channels: Vec<(String, Platform)> =
            channels.map(|it| (it.name.clone(), it.platform)).collect();
        let mut platforms: Vec<Platform> = Vec::new();
        for (_, platform) in &channels {
            if !platforms.contains(platform) {
                platforms.push(*platform);
            }
        }
        OrderWatch {
            config,
            connectors: channels.iter().map(|_| None).collect(),
            skus: vec![Vec::new(); channels.len()],
            found: vec![BTreeMap::new(); platforms.len()],
            read: vec![0; platforms.len()],
            channels,
            platforms,
            under_way: BTreeMap::new(),
            common: None,
        }
    }

    /// The orders of a run, one of each platform that has told of any; none where none has.
    pub fn finish(self, strategy: &str) -> Option<OneOrder> {
        let common = self.common.or_else(|| {
            let told = self.found.iter().filter(|it| !it.is_empty());
            let mut told: Vec<&BTreeMap<u32, ToldOrder>> = told.collect();
            let first = told.pop()?;
            let mut skus = first.keys();
            skus.find(|sku| told.iter().all(|it| it.contains_key(*sku)))
                .copied()
        });
        let channels = self.found.into_iter().filter_map(|mut of_platform| {
            let own = common.and_then(|sku| of_platform.remove(&sku));
            own.or_else(|| of_platform.pop_first().map(|(_, told)| told))
        });
        let channels: Vec<ToldOrder> = channels.collect();
        (!channels.is_empty()).then(|| OneOrder {
            sku: common.map(|sku| sku + 1),
            strategy: strategy.to_string(),
            channels,
        })
    }

    fn look(&mut self, at: Micros, system: u16, telling: &Telling<'_>, tells: Option<&Tells>) {
        let Some((name, platform)) = self.channels.get(usize::from(system)) else {
            return;
        };
        let place = self.platforms.iter().position(|it| it == platform);
        let (Some(place), Some(tells)) = (place, tells) else {
            return;
        };
        if self.read[place] >= MOST_READ {
            return;
        }
        let sales = tells.0.iter().filter_map(|told| match told {
            Told::Sale(order) => self.sku_of(system, *order),
            _ => None,
        });
        let is_new = |sku: &u32| {
            let known = self.found[place].get(sku);
            known.is_none_or(|it| it.canonical.is_null())
        };
        let Some(sku) = sales.filter(is_new).min() else {
            return;
        };
        let known = &self.found[place];
        let fits = known.contains_key(&sku) || known.len() < MOST_SKUS;
        if !fits || telling.body().len() > MOST_BODY_BYTES {
            return;
        }
        self.read[place] += 1;
        let Some(config) = self.config.get() else {
            return;
        };
        let connector = self.connectors[usize::from(system)]
            .get_or_insert_with(|| connector(config, EngineChannel(system)));
        let orders = telling.orders(at, connector.as_mut());
        let sells = |order: &&Order| order.lines.iter().any(|line| line.sku.0 == sku);
        let order = orders.iter().find(sells);
        let text = String::from_utf8_lossy(telling.body());
        let part = match order {
            Some(order) => part_of(&text, &connector.order_text(order.key)),
            None => &*text,
        };
        let media = telling.headers().get(CONTENT_TYPE);
        let told = ToldOrder {
            channel: name.clone(),
            platform: platform.name().to_string(),
            operation: telling.operation(),
            media: media
                .and_then(|it| it.to_str().ok())
                .unwrap_or("")
                .to_string(),
            body: indented(part),
            canonical: order.map_or(Value::Null, |it| canonical(it, connector.as_ref(), config)),
        };
        self.found[place].insert(sku, told);
        let is_read = |it: &BTreeMap<u32, ToldOrder>| {
            it.get(&sku).is_some_and(|told| !told.canonical.is_null())
        };
        if self.found.iter().all(is_read) {
            self.common = Some(sku);
            self.under_way.clear();
        }
    }

    fn sku_of(&self, system: u16, order: OrderRef) -> Option<u32> {
        let orders = self.skus.get(usize::from(system))?;
        let sku = orders.get(order.0 as usize)?;
        (*sku != u32::MAX).then_some(*sku)
    }
}

/// An order of the canonical model, as JSON.
fn canonical(order: &Order, connector: &dyn Connector, config: &EngineConfig) -> Value {
    let epoch = oversell_kernel::Epoch {
        unix_micros: config.epoch_unix_micros,
    };
    let lines = order.lines.iter().map(|line| {
        json!({
            "id": connector.line_text(line.id),
            "sku": config.skus.get(line.sku.0 as usize),
            "units": line.units,
            "current_units": line.current_units,
        })
    });
    let ship_to = order.ship_to.as_ref().map(|it| {
        json!({
            "country": String::from_utf8_lossy(&it.country),
            "postal_code": format!("{:05}", it.postal_code),
        })
    });
    json!({
        "key": connector.order_text(order.key),
        "state": order.state,
        "created_at": epoch.millis_utc(order.created_at),
        "updated_at": epoch.millis_utc(order.updated_at),
        "lines": lines.collect::<Vec<Value>>(),
        "ship_to": ship_to,
        "restocked": order.restocked,
        "lacked_stock": order.lacked_stock,
    })
}

impl Recorder for OrderWatch {
    fn record(&mut self, _: Micros, entry: &Entry) {
        if self.common.is_some() {
            return;
        }
        if let Entry::Accepted {
            channel,
            sku,
            order,
            first_line: true,
            ..
        } = *entry
            && let Some(orders) = self.skus.get_mut(usize::from(channel.0))
        {
            let place = order.0 as usize;
            if orders.len() <= place {
                orders.resize(place + 1, u32::MAX);
            }
            orders[place] = sku.0;
        }
    }

    fn wants_messages(&self) -> bool {
        true
    }

    /// Once an order is found, or so many have been read in vain, nobody asks what calls are.
    fn wants_calls(&self) -> bool {
        self.common.is_none() && self.read.iter().any(|read| *read < MOST_READ)
    }

    fn message(&mut self, at: Micros, message: &Message<'_>) {
        if self.common.is_some() {
            return;
        }
        match *message {
            Message::Sent {
                system,
                number,
                operation,
                ..
            } => {
                if self.under_way.len() < MOST_UNDER_WAY {
                    self.under_way.insert((system, number), operation);
                }
            }
            Message::Answered {
                system,
                number,
                response,
                tells,
            } => {
                if let Some(operation) = self.under_way.remove(&(system, number)) {
                    self.look(at, system, &Telling::Answer(operation, response), tells);
                }
            }
            Message::Failed { system, number, .. } => {
                self.under_way.remove(&(system, number));
            }
            Message::Signal {
                system,
                request,
                tells,
            } => self.look(at, system, &Telling::Signal(request), tells),
            Message::Arrived { .. } | Message::Taken { .. } | Message::SignalLost { .. } => {}
        }
    }
}
