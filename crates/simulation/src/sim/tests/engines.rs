//! Engines: one that mirrors counts, one that is deaf, one that calls and is never answered.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::engine::config::EngineConfig;
use crate::engine::{
    CallError, CallId, ChannelIndex, Engine, Input, Micros, Output, Request, Target, Truth,
};

/// What engines leave behind for a test to look at.
#[derive(Default)]
pub struct Heard {
    pub truths: Vec<Truth>,
    pub errors: Vec<(u64, CallError)>,
    pub deliveries: usize,
}

pub type Shared = Rc<RefCell<Heard>>;

/// Hears everything and does nothing.
pub struct Deaf {
    pub heard: Shared,
}

impl Engine for Deaf {
    fn handle(&mut self, _now: Micros, input: Input) {
        match input {
            Input::Truth(truth) => self.heard.borrow_mut().truths.push(truth),
            Input::Delivery { .. } => self.heard.borrow_mut().deliveries += 1,
            _ => {}
        }
    }
    fn poll_output(&mut self) -> Option<Output> {
        None
    }
    fn poll_timeout(&self) -> Option<Micros> {
        None
    }
}

/// Wants to be woken at every instant, again and again, and never does a thing.
pub struct Spinning {
    pub now: Micros,
}

impl Engine for Spinning {
    fn handle(&mut self, now: Micros, _input: Input) {
        self.now = now;
    }
    fn poll_output(&mut self) -> Option<Output> {
        None
    }
    fn poll_timeout(&self) -> Option<Micros> {
        Some(self.now)
    }
}

/// Makes one call to a channel that hangs, and notes when it is told that there is no answer.
pub struct Hanging {
    pub heard: Shared,
    pub outputs: VecDeque<Output>,
}

impl Engine for Hanging {
    fn handle(&mut self, now: Micros, input: Input) {
        match input {
            Input::Start => self
                .outputs
                .push_back(call(1, 0, "GET", "/hang", String::new())),
            Input::Response {
                result: Err(error), ..
            } => self.heard.borrow_mut().errors.push((now.0, error)),
            _ => {}
        }
    }
    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
    fn poll_timeout(&self) -> Option<Micros> {
        None
    }
}

fn call(id: u64, channel: u16, method: &str, path: &str, body: String) -> Output {
    Output::Call {
        call: CallId(id),
        target: Target::Channel(ChannelIndex(channel)),
        request: request(method, path, body),
    }
}

fn request(method: &str, path: &str, body: String) -> Request {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer warehouse-token")
        .body(body.into_bytes())
        .unwrap()
}

/// Sends every order to the warehouse, writes the new count to every other channel, and confirms what has shipped. It
/// learns nothing of cancellations, but writes all its counts to all channels every half minute.
pub struct Mirror {
    config: EngineConfig,
    /// What it believes to be sellable, by SKU; it starts from what it is told in the test.
    stock: Vec<i64>,
    seen: Vec<Vec<bool>>,
    outputs: VecDeque<Output>,
    calls: u64,
    /// The calls that read the change feed.
    polls: VecDeque<u64>,
    cursor: u64,
    next_poll: Micros,
}

impl Mirror {
    pub fn new(config: EngineConfig, stock: i64) -> Mirror {
        Mirror {
            stock: vec![stock; config.skus.len()],
            seen: vec![Vec::new(); config.channels.len()],
            config,
            outputs: VecDeque::new(),
            calls: 0,
            polls: VecDeque::new(),
            cursor: 0,
            next_poll: Micros::ZERO,
        }
    }

    fn send(&mut self, channel: u16, path: &str) {
        self.calls += 1;
        self.outputs
            .push_back(call(self.calls, channel, "POST", path, String::new()));
    }

    fn warehouse(&mut self, method: &str, path: &str, body: String) {
        self.calls += 1;
        self.outputs.push_back(Output::Call {
            call: CallId(self.calls),
            target: Target::Warehouse,
            request: request(method, path, body),
        });
    }

    fn order(&mut self, channel: u16, body: &str) {
        let mut words = body.split(' ');
        let order: usize = words.next().unwrap().parse().unwrap();
        let seen = &mut self.seen[usize::from(channel)];
        if seen.len() <= order {
            seen.resize(order + 1, false);
        }
        if std::mem::replace(&mut seen[order], true) {
            return;
        }
        let mut lines = Vec::new();
        for (n, word) in words.enumerate() {
            let (sku, units) = word.split_once('x').unwrap();
            let (sku, units): (usize, i64) = (sku.parse().unwrap(), units.parse().unwrap());
            self.stock[sku] -= units;
            lines.push(format!(
                r#"{{"line_id":"{n}","sku":"{}","units":{units}}}"#,
                self.config.skus[sku]
            ));
            for other in (0..self.config.channels.len() as u16).filter(|other| *other != channel) {
                let count = self.stock[sku].max(0);
                self.send(other, &format!("/set/{sku}/{count}"));
            }
        }
        let body = format!(
            r#"{{"allocations":[{{"channel":"{}","order_id":"7-{order:04}","hold":false,"ship_to":{{"country":"US","postal_code":"10001"}},"lines":[{}]}}]}}"#,
            self.config.channels[usize::from(channel)].name,
            lines.join(",")
        );
        self.warehouse("POST", "/v1/allocations", body);
    }

    fn sweep(&mut self) {
        for sku in 0..self.stock.len() {
            for channel in 0..self.config.channels.len() as u16 {
                let count = self.stock[sku].max(0);
                self.send(channel, &format!("/set/{sku}/{count}"));
            }
        }
    }

    fn shipped(&mut self, body: &[u8]) {
        let page: serde_json::Value = serde_json::from_slice(body).unwrap();
        self.cursor = page["next"].as_u64().unwrap();
        for change in page["changes"].as_array().unwrap() {
            let name = change["channel"].as_str().unwrap();
            let channel = self.config.channels.iter().position(|c| c.name == name);
            let order: u32 = change["order_id"].as_str().unwrap()[2..].parse().unwrap();
            self.send(channel.unwrap() as u16, &format!("/confirm/{order}"));
        }
    }
}

impl Engine for Mirror {
    fn handle(&mut self, now: Micros, input: Input) {
        match input {
            Input::Delivery {
                delivery,
                channel,
                request,
            } => {
                self.order(channel.0, std::str::from_utf8(request.body()).unwrap());
                let response = http::Response::builder().body(Vec::new()).unwrap();
                self.outputs
                    .push_back(Output::DeliveryAnswer { delivery, response });
            }
            Input::Response { call, result } => {
                let is_poll = self.polls.front() == Some(&call.0);
                if is_poll {
                    self.polls.pop_front();
                }
                if let (true, Ok(response)) = (is_poll, &result) {
                    self.shipped(response.body());
                }
            }
            Input::Start | Input::Wake => {
                if now >= self.next_poll && self.polls.is_empty() {
                    let path = format!("/v1/changes?after={}&kinds=shipped", self.cursor);
                    self.warehouse("GET", &path, String::new());
                    self.polls.push_back(self.calls);
                }
                if (now.0 / 1_000_000).is_multiple_of(30) {
                    self.sweep();
                }
                self.next_poll = now + Micros::from_secs(5);
            }
            Input::Truth(_) => panic!("only informed escrow is told the truth"),
            Input::ClockSet { .. } | Input::Restarted => panic!("its host is sound"),
        }
    }
    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
    fn poll_timeout(&self) -> Option<Micros> {
        Some(self.next_poll)
    }
}
