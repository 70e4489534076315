//! An engine of one's own in Rust: it implements `Engine`, and the simulation drives it like a built-in one.
//!
//!     cargo run --example own_engine
//!     cargo run --example own_engine -- fuzz 200     # looks for what breaks it, as `simulate fuzz` does
//!
//! This one is as small as can be. It reads the stock from the warehouse and puts all of it on sale on Amazon alone. So
//! it disappoints everybody elsewhere, leaves the orders to somebody else, and sells no unit twice, unless another shop has
//! something on display when it comes, which it leaves there: the search finds that (docs/fuzzing.md).

use std::collections::{BTreeMap, VecDeque};

use oversell::engine::config::{EngineConfig, Platform};
use oversell::engine::{
    CallId, ChannelIndex, Engine, Input, Micros, Output, Request, Response, Target,
};
use oversell::experiment::fuzz::{Budget, Fuzz, Fuzzed};
use oversell::experiment::{Contender, Experiment, RunResult};
use oversell::scenario::Scenario;
use serde_json::{Value, json};

/// What a call was for; its position in the list of calls is its number.
#[derive(Copy, Clone)]
enum Asked {
    Stock,
    Token,
    Write,
}

struct AmazonAlone {
    config: EngineConfig,
    amazon: ChannelIndex,
    calls: Vec<Asked>,
    outputs: VecDeque<Output>,
    /// SKUs that are not on sale yet, with their units.
    stock: BTreeMap<String, i64>,
    token: String,
    next_write_at: Option<Micros>,
}

impl AmazonAlone {
    fn new(config: EngineConfig) -> AmazonAlone {
        let position = config
            .channels
            .iter()
            .position(|channel| channel.platform == Platform::Amazon);
        AmazonAlone {
            amazon: ChannelIndex(position.unwrap_or(0) as u16),
            config,
            calls: Vec::new(),
            outputs: VecDeque::new(),
            stock: BTreeMap::new(),
            token: String::new(),
            next_write_at: None,
        }
    }

    fn call(
        &mut self,
        asked: Asked,
        target: Target,
        request: http::request::Builder,
        body: String,
    ) {
        let request: Request = match request.body(body.into_bytes()) {
            Ok(request) => request,
            Err(error) => return eprintln!("a call cannot be made: {error}"),
        };
        self.outputs.push_back(Output::Call {
            call: CallId(self.calls.len() as u64),
            target,
            request,
        });
        self.calls.push(asked);
    }

    fn read_stock(&mut self) {
        let token = format!("Bearer {}", self.config.warehouse_token);
        let request = http::Request::get("/v1/stock").header("authorization", token);
        self.call(Asked::Stock, Target::Warehouse, request, String::new());
    }

    fn sign_in(&mut self) {
        let channel = &self.config.channels[usize::from(self.amazon.0)];
        let key = |name| channel.credentials.get(name);
        // These credentials hold no character that a form would have to escape.
        let form = format!(
            "grant_type=refresh_token&refresh_token={}&client_id={}&client_secret={}",
            key("refresh_token"),
            key("lwa_client_id"),
            key("lwa_client_secret")
        );
        let request = http::Request::post("/auth/o2/token").header(
            "content-type",
            "application/x-www-form-urlencoded;charset=UTF-8",
        );
        self.call(Asked::Token, Target::Channel(self.amazon), request, form);
    }

    /// Puts the next SKU on sale, and sets the timer for the one after it.
    fn put_on_sale(&mut self, now: Micros) {
        self.next_write_at = None;
        let channel = &self.config.channels[usize::from(self.amazon.0)];
        let seller_id = channel.credentials.get("seller_id");
        let marketplace_id = channel.credentials.get("marketplace_id");
        let Some((sku, units)) = self.stock.pop_first() else {
            return;
        };
        let path =
            format!("/listings/2021-08-01/items/{seller_id}/{sku}?marketplaceIds={marketplace_id}");
        let request = http::Request::patch(path)
            .header("x-amz-access-token", &self.token)
            .header("content-type", "application/json");
        let value = json!([{"fulfillment_channel_code": "DEFAULT", "quantity": units.max(0)}]);
        let patch =
            json!({"op": "merge", "path": "/attributes/fulfillment_availability", "value": value});
        let body = json!({"productType": "PRODUCT", "patches": [patch]}).to_string();
        self.call(Asked::Write, Target::Channel(self.amazon), request, body);
        // Amazon takes five a second.
        self.next_write_at = Some(now + Micros::from_millis(250));
    }

    fn answered(&mut self, now: Micros, asked: Asked, response: &Response) {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        match asked {
            Asked::Stock => {
                for row in body["stock"].as_array().into_iter().flatten() {
                    let (sku, units) = (row["sku"].as_str(), row["available"].as_i64());
                    // What lies at Amazon's own warehouses, Amazon counts itself.
                    if let (Some(sku), Some(units), true) = (sku, units, row["location"] != "fba") {
                        *self.stock.entry(sku.to_string()).or_default() += units;
                    }
                }
                self.sign_in();
            }
            Asked::Token => {
                if let Some(token) = body["access_token"].as_str() {
                    self.token = token.to_string();
                    self.put_on_sale(now);
                }
            }
            Asked::Write => {}
        }
    }
}

impl Engine for AmazonAlone {
    fn handle(&mut self, now: Micros, input: Input) {
        match input {
            Input::Start => self.read_stock(),
            Input::Response {
                call,
                result: Ok(response),
            } => {
                let asked = self.calls[call.0 as usize];
                self.answered(now, asked, &response);
            }
            Input::Wake => self.put_on_sale(now),
            // A better engine tries again, and listens to webhooks.
            Input::Response { .. }
            | Input::Delivery { .. }
            | Input::Truth(_)
            | Input::ClockSet { .. }
            | Input::Restarted => {}
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.next_write_at
    }
}

/// The engine, as something that takes part in a comparison or a search.
pub fn contender() -> Contender {
    let own = Contender::own("amazon-alone", |config| Box::new(AmazonAlone::new(config)));
    // What it displays is Amazon's own; nobody's sales elsewhere make it stale.
    own.displaying_quotas()
}

/// Plays seeds in which things go wrong until one of these guarantees is violated, and makes that one small.
///
/// # Errors
/// When a scenario cannot be set up.
pub fn search(
    seeds: u64,
    fails_on: &[&str],
) -> Result<Fuzzed, oversell::experiment::ExperimentError> {
    let fuzz = Fuzz {
        budget: Budget::Seeds(seeds),
        fails_on: fails_on.iter().map(|name| name.to_string()).collect(),
        ..Fuzz::new(contender())
    };
    fuzz.run()
}

/// What a search has found, as text.
pub fn found(search: &Fuzzed) -> String {
    let failures = search.failures.iter().map(|found| {
        let small = found.shrunk.as_ref();
        let scenario = small.map_or(&found.scenario, |it| &it.scenario);
        format!(
            "seed {}: {}: {}\n{}",
            found.seed,
            found.failure.kind,
            found.failure.what,
            scenario.compact()
        )
    });
    let failures: Vec<String> = failures.collect();
    format!(
        "{} seeds, {} failed\n{}",
        search.seeds,
        search.failed,
        failures.join("\n")
    )
}

/// Plays a built-in scenario, or a scenario file, on seed 1.
///
/// # Errors
/// When the scenario cannot be read or run.
pub fn play(scenario: &str) -> Result<RunResult, Box<dyn std::error::Error>> {
    let scenario = Scenario::load(scenario)?.scenario;
    let experiment = Experiment {
        contenders: vec![contender()],
        ..Experiment::new(scenario)
    };
    Ok(experiment.run()?.runs.remove(0))
}

/// The figures as text.
pub fn figures(run: &RunResult) -> String {
    let total = run.figures();
    format!(
        "{}: {} units asked for, {} sold, {} oversold, {} refused while in stock; trace {:016x}",
        run.name(),
        total.offered_units,
        total.accepted_units,
        total.oversold_units,
        total.rejected_in_stock_units,
        run.trace_hash().unwrap_or_default()
    )
}

#[allow(dead_code, reason = "the tests take the rest of this file as a module")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("fuzz") {
        let seeds = words.next().map_or(Ok(200), |text| text.parse())?;
        println!("{}", found(&search(seeds, &[])?));
        return Ok(());
    }
    for scenario in ["last-unit", "flash-sale-10min"] {
        println!("{scenario}: {}", figures(&play(scenario)?));
    }
    Ok(())
}
