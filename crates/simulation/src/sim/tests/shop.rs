//! A shop with an API of three calls: set a count, confirm a shipment, hang.

use std::collections::VecDeque;

use channel_mocks::core::{
    ActOutcome, Basket, Bounds, CallKind, CallOutcome, Cause, CheckoutOutcome, DeliveryId,
    DeliveryOutcome, Fact, Input, LimitUse, ListingIndex, Machine, Micros, OrderRef, Output, Party,
    Removal, Request, RequestId, Shop, StockOwner, Storefront, Timer,
};

use crate::engine::config::Credentials;
use crate::scenario::model::Channel;
use crate::sim::callback_url;
use crate::stage::opening::{Access, OpenedChannel, SetupError};

/// How long after it was received a write becomes live.
pub const WRITE_TO_LIVE: Micros = Micros::from_millis(500);
/// How long an answer takes.
const LATENCY: Micros = Micros::from_millis(50);
/// How long the shop waits for the answer to a webhook, and until it repeats one that failed.
const PATIENCE: Micros = Micros::from_secs(2);

struct Write {
    live_at: Micros,
    listing: ListingIndex,
    units: i64,
    cause: Cause,
}

struct Order {
    lines: Vec<(ListingIndex, u32)>,
    cancelled: bool,
    confirmed: bool,
}

pub struct TestShop {
    name: String,
    displayed: Vec<i64>,
    orders: Vec<Order>,
    /// Orders whose webhook is under way, by delivery number.
    told: Vec<OrderRef>,
    writes: VecDeque<Write>,
    outputs: VecDeque<Output<Fact>>,
    /// Says that its timer is due for ever, for tests of runaway runs.
    restless: bool,
}

/// Opens a test shop; a profile called `restless` makes one that never rests.
pub fn open(
    _access: &Access,
    channel: &Channel,
    shop: Shop,
    _fba_units: &[u32],
) -> Result<OpenedChannel, SetupError> {
    Ok(OpenedChannel {
        not_listed: Vec::new(),
        storefront: Box::new(TestShop {
            name: shop.name,
            displayed: vec![0; shop.listings.len()],
            orders: Vec::new(),
            told: Vec::new(),
            writes: VecDeque::new(),
            outputs: VecDeque::new(),
            restless: channel.profile == "restless",
        }),
        credentials: Credentials::default(),
        bounds: Bounds {
            order_visibility_lag: Micros::ZERO,
            write_to_live: WRITE_TO_LIVE,
            restocks_on_cancel: true,
        },
        api_cancels: false,
    })
}

impl TestShop {
    fn fact(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }

    fn show(&mut self, listing: ListingIndex, to: i64, cause: Cause) {
        let shown = &mut self.displayed[listing.0 as usize];
        let from = std::mem::replace(shown, to);
        self.fact(Fact::Displayed {
            listing,
            from,
            to,
            cause,
        });
    }

    fn tell(&mut self, order: OrderRef) {
        let lines = &self.orders[order.0 as usize].lines;
        let body: Vec<String> = lines
            .iter()
            .map(|(listing, units)| format!("{}x{units}", listing.0))
            .collect();
        let request = http::Request::post(callback_url(&self.name))
            .body(format!("{} {}", order.0, body.join(" ")).into_bytes())
            .unwrap();
        let id = DeliveryId(self.told.len() as u64);
        self.told.push(order);
        self.outputs.push_back(Output::Delivery {
            id,
            patience: PATIENCE,
            request,
        });
    }

    fn cancel(&mut self, order: OrderRef, by: Party) -> ActOutcome {
        let Some(record) = self.orders.get_mut(order.0 as usize) else {
            return ActOutcome::Refused("no such order");
        };
        if record.cancelled || record.confirmed {
            return ActOutcome::Refused("too late");
        }
        record.cancelled = true;
        let lines = record.lines.clone();
        self.fact(Fact::OrderCancelled { order, by });
        for (listing, units) in lines {
            let to = self.displayed(listing) + i64::from(units);
            self.show(listing, to, Cause::Cancelled(order));
        }
        ActOutcome::Done
    }

    fn call(&mut self, now: Micros, id: RequestId, sent_at: Micros, request: &Request) {
        let parts: Vec<&str> = request.uri().path().split('/').skip(1).collect();
        let number = |n: usize| parts.get(n).and_then(|text| text.parse::<u32>().ok());
        let (operation, status) = match parts[0] {
            "set" => {
                let cause = Cause::Write {
                    sent_at,
                    received_at: now,
                };
                self.writes.push_back(Write {
                    live_at: now + WRITE_TO_LIVE,
                    listing: ListingIndex(number(1).unwrap()),
                    units: parts[2].parse().unwrap(),
                    cause,
                });
                ("set", 200)
            }
            "confirm" => {
                let order = OrderRef(number(1).unwrap());
                let record = &mut self.orders[order.0 as usize];
                record.confirmed = true;
                let units = record.lines.iter().map(|(_, units)| units).sum();
                self.fact(Fact::FulfillmentConfirmed {
                    order,
                    units,
                    complete: true,
                    late: false,
                });
                ("confirm", 200)
            }
            "hang" => return,
            _ => ("unknown", 404),
        };
        self.fact(Fact::Call {
            operation,
            kind: CallKind::Write,
            outcome: CallOutcome::Served,
        });
        let response = http::Response::builder()
            .status(status)
            .body(Vec::new())
            .unwrap();
        self.outputs.push_back(Output::Response {
            id,
            at: now + LATENCY,
            response,
        });
    }
}

impl Machine for TestShop {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        while self
            .writes
            .front()
            .is_some_and(|write| write.live_at <= now)
        {
            if let Some(write) = self.writes.pop_front() {
                self.show(write.listing, write.units, write.cause);
            }
        }
        match input {
            Input::Request {
                id,
                sent_at,
                request,
            } => self.call(now, id, sent_at, &request),
            Input::Delivered { delivery, outcome } => {
                if outcome != DeliveryOutcome::Answered(200) {
                    self.tell(self.told[delivery.0 as usize]);
                }
            }
            Input::Wake => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        if self.restless {
            return Some(Timer {
                at: Micros::ZERO,
                reason: "the shop never rests",
            });
        }
        self.writes.front().map(|write| Timer {
            at: write.live_at,
            reason: "a write goes live",
        })
    }
}

impl Storefront for TestShop {
    fn checkout(&mut self, _now: Micros, basket: &Basket) -> CheckoutOutcome {
        for line in &basket.lines {
            let displayed = self.displayed(line.listing);
            if displayed < i64::from(line.units) {
                return CheckoutOutcome::Refused {
                    listing: line.listing,
                    displayed,
                };
            }
        }
        let order = OrderRef(self.orders.len() as u32);
        self.orders.push(Order {
            lines: basket
                .lines
                .iter()
                .map(|line| (line.listing, line.units))
                .collect(),
            cancelled: false,
            confirmed: false,
        });
        for line in &basket.lines {
            let to = self.displayed(line.listing) - i64::from(line.units);
            self.show(line.listing, to, Cause::Checkout(order));
        }
        self.tell(order);
        CheckoutOutcome::Accepted {
            order,
            stock: StockOwner::Merchant,
        }
    }

    fn pay(&mut self, _now: Micros, _order: OrderRef) -> ActOutcome {
        ActOutcome::Refused("paid at checkout")
    }

    fn cancel_by_buyer(&mut self, _now: Micros, order: OrderRef) -> ActOutcome {
        self.cancel(order, Party::Buyer)
    }

    fn cancel_by_seller(&mut self, _now: Micros, order: OrderRef) -> ActOutcome {
        self.cancel(order, Party::Seller)
    }

    fn remove_units(&mut self, _: Micros, _: OrderRef, _: Removal) -> ActOutcome {
        ActOutcome::Refused("orders stay as they are here")
    }

    fn return_units(
        &mut self,
        _now: Micros,
        order: OrderRef,
        _line: usize,
        _units: u32,
        _restock: bool,
    ) -> ActOutcome {
        match self.orders.get(order.0 as usize) {
            Some(order) if order.confirmed => ActOutcome::Done,
            _ => ActOutcome::Refused("not shipped"),
        }
    }

    fn edit_count(&mut self, _now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.show(listing, units, Cause::Edit);
        ActOutcome::Done
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        self.displayed[listing.0 as usize] = units;
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.displayed[listing.0 as usize]
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        format!("{}-{:04}", 7, order.0)
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        let number: u32 = native_id.strip_prefix("7-")?.parse().ok()?;
        ((number as usize) < self.orders.len()).then_some(OrderRef(number))
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        list.push(LimitUse {
            name: "calls",
            capacity: 1.0,
            rate_per_second: 1.0,
            flow: channel_mocks::core::Flow::steady(1.0),
            used: 0.0,
            left: 0.0,
        });
    }
}
