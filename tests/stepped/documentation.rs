//! What `docs/engine-protocol.md` says is what happens: its transcript, its examples and its bounds.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use crate::common::scenario;
use oversell::engine::config::{EngineConfig, Strategy};
use oversell::engine::{ChannelIndex, DeliveryId, Engine, Input, Micros};
use oversell::sim::stepped::{Peer, SteppedEngine};
use oversell::sim::{self, Setup};
use oversell::world::ledger::{Entry, Recorder};
use serde_json::Value;

struct Nobody;

impl Recorder for Nobody {
    fn record(&mut self, _: channel_mocks::core::Micros, _: &Entry) {}
}

/// Says the engine's lines of a transcript and keeps the harness's; then only that there is nothing to do.
struct Reader {
    heard: Rc<RefCell<Vec<Value>>>,
    says: std::vec::IntoIter<String>,
}

impl Peer for Reader {
    fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String> {
        let line = serde_json::from_slice(&line).unwrap();
        self.heard.borrow_mut().push(line);
        let said = self.says.next();
        let quiet = || r#"{"outputs":[],"wake_at":null}"#.to_string();
        Ok(said.unwrap_or_else(quiet).into_bytes())
    }

    fn end(&mut self) -> Vec<String> {
        Vec::new()
    }
}

fn documentation() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/engine-protocol.md");
    std::fs::read_to_string(path).unwrap()
}

/// Contents of the fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let text = documentation();
    let fence = format!("\n```{language}\n");
    let parts = text.split(&fence).skip(1);
    parts
        .map(|part| part.split("\n```").next().unwrap().to_string())
        .collect()
}

#[test]
fn the_documented_transcript_is_what_happens() {
    let transcript = blocks("transcript").remove(0);
    let lines = |mark: &str| -> Vec<String> {
        let lines = transcript.lines();
        let own = lines.filter_map(|line| line.strip_prefix(mark));
        own.map(str::to_string).collect()
    };
    let (harness, engine) = (lines("> "), lines("< "));
    assert!(harness.len() >= 5 && harness.len() == engine.len());
    let heard = Rc::new(RefCell::new(Vec::new()));
    let peer = Reader {
        heard: Rc::clone(&heard),
        says: engine.into_iter(),
    };
    let scenario = scenario("last-unit");
    let setup = Setup::new(&scenario, 1, Strategy::Trigger);
    let engine = |config: EngineConfig| -> Box<dyn Engine> {
        Box::new(SteppedEngine::open(Box::new(peer), &config, &scenario))
    };
    sim::run_with(&setup, engine, &mut Nobody, &mut |_| {}).unwrap();
    let heard = heard.borrow();
    let greeting = blocks("json").remove(0);
    let greeting: Value = serde_json::from_str(&greeting).unwrap();
    assert_eq!(heard[0], greeting, "the greeting really is {}", heard[0]);
    assert_eq!(harness[0], r#"{"protocol":1,"config":{...}}"#);
    for (number, line) in harness.iter().enumerate().skip(1) {
        let written: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            heard[number], written,
            "line {number} really is {}",
            heard[number]
        );
    }
}

#[test]
fn documented_examples_are_read_and_written_so() {
    let examples: Vec<Value> = blocks("json")
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    // What an engine may say.
    let answer = examples.iter().find(|one| one.get("outputs").is_some());
    let answer = answer.unwrap().to_string();
    let quiet = r#"{"outputs":[],"wake_at":null}"#.to_string();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let peer = Reader {
        heard: Rc::clone(&heard),
        says: vec![r#"{"protocol":1}"#.to_string(), answer, quiet].into_iter(),
    };
    let scenario = scenario("last-unit");
    let mut taken = None;
    let setup = Setup::new(&scenario, 1, Strategy::Trigger);
    let build = |config: EngineConfig| {
        taken = Some(config.clone());
        oversell::engine::build(config)
    };
    sim::run_with(&setup, build, &mut Nobody, &mut |_| {}).unwrap();
    let mut engine = SteppedEngine::open(Box::new(peer), &taken.unwrap(), &scenario);
    // What it hears: the example of a webhook.
    let step = examples
        .iter()
        .find(|one| one.get("inputs").is_some())
        .unwrap();
    let now = Micros(step["now"].as_u64().unwrap());
    for input in step["inputs"].as_array().unwrap() {
        let headers = input["headers"].as_object();
        let given = match input["kind"].as_str().unwrap() {
            "delivery" => {
                let mut request = http::Request::builder()
                    .method(input["method"].as_str().unwrap())
                    .uri(input["url"].as_str().unwrap());
                for (name, value) in headers.unwrap() {
                    request = request.header(name, value.as_str().unwrap());
                }
                let body = input["body"].as_str().unwrap().as_bytes().to_vec();
                Input::Delivery {
                    delivery: DeliveryId(input["delivery"].as_u64().unwrap()),
                    channel: ChannelIndex(0),
                    request: request.body(body).unwrap(),
                }
            }
            "response" => Input::Response {
                call: oversell::engine::CallId(input["call"].as_u64().unwrap()),
                result: Err(match input["error"].as_str().unwrap() {
                    "timed_out" => oversell::engine::CallError::TimedOut,
                    _ => oversell::engine::CallError::ConnectionLost,
                }),
            },
            _ => Input::Wake,
        };
        engine.handle(now, given);
    }
    let mut outputs = 0;
    while engine.poll_output().is_some() {
        outputs += 1;
    }
    assert_eq!(engine.failure(), None);
    assert_eq!(&heard.borrow()[1], step);
    assert_eq!(outputs, 2);
}

#[test]
fn the_documented_bounds_are_the_real_ones() {
    use oversell::sim::stepped::{LONGEST_LINE, MOST_OUTPUTS, MOST_WAKES_AT_ONE_INSTANT};
    let text = documentation();
    for part in [
        format!("{} MiB", LONGEST_LINE / 1024 / 1024),
        "10,000 outputs".to_string(),
        "10,000 times".to_string(),
    ] {
        assert!(text.contains(&part), "{part}");
    }
    assert_eq!((MOST_OUTPUTS, MOST_WAKES_AT_ONE_INSTANT), (10_000, 10_000));
}
