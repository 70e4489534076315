//! The protocol without a process: peers are scripts in memory.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::engine::config::Strategy;
use crate::engine::{CallError, CallId, ChannelIndex, Response, Target};
use crate::sim::{self, RunError, Setup};
use crate::world::ledger::{Entry, Recorder};

/// Lines that went to the engine.
type Heard = Rc<RefCell<Vec<Value>>>;

/// Answers with what its script says; `Err` stands for a peer that has ended.
struct Script<F> {
    heard: Heard,
    say: F,
}

impl<F: FnMut(&Value) -> Result<String, String>> Peer for Script<F> {
    fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String> {
        assert!(!line.contains(&b'\n'), "a line is one line");
        let line: Value = serde_json::from_slice(&line).unwrap();
        self.heard.borrow_mut().push(line.clone());
        if line.get("protocol").is_some() {
            return Ok(r#"{"protocol":1}"#.into());
        }
        (self.say)(&line).map(String::into_bytes)
    }

    fn end(&mut self) -> Vec<String> {
        vec!["last words".into()]
    }
}

struct Nobody;

impl Recorder for Nobody {
    fn record(&mut self, _: channel_mocks::core::Micros, _: &Entry) {}
}

fn scenario() -> Scenario {
    Scenario::load("last-unit").unwrap().scenario
}

/// The configuration of a run of the scenario.
fn config(scenario: &Scenario) -> EngineConfig {
    let mut taken = None;
    let setup = Setup::new(scenario, 1, Strategy::Trigger);
    let build = |config: EngineConfig| {
        taken = Some(config.clone());
        crate::engine::build(config)
    };
    sim::run_with(&setup, build, &mut Nobody, &mut |_| {}).unwrap();
    taken.unwrap()
}

fn engine(say: impl FnMut(&Value) -> Result<String, String> + 'static) -> (SteppedEngine, Heard) {
    let heard = Heard::default();
    let peer = Script {
        heard: Rc::clone(&heard),
        say,
    };
    let scenario = scenario();
    let engine = SteppedEngine::open(Box::new(peer), &config(&scenario), &scenario);
    (engine, heard)
}

fn quiet(_: &Value) -> Result<String, String> {
    Ok(r#"{"outputs":[],"wake_at":null}"#.into())
}

/// What the engine says against a first step that is answered with `answer`.
fn failure_of(answer: &'static str) -> String {
    let (mut engine, _) = engine(move |_| Ok(answer.to_string()));
    engine.handle(Micros(5_000_000), Input::Start);
    assert!(engine.poll_output().is_none(), "{answer}");
    assert!(engine.poll_timeout().is_none(), "{answer}");
    engine.failure().expect(answer).to_string()
}

#[test]
fn the_greeting_has_everything_an_engine_needs() {
    let (engine, heard) = engine(quiet);
    assert_eq!(engine.failure(), None);
    let hello = &heard.borrow()[0];
    assert_eq!(hello["protocol"], 1);
    let config = &hello["config"];
    assert_eq!(config["epoch_unix_micros"], 1_795_003_200_000_000_i64);
    assert!(config["seed"].as_u64().unwrap() < 1 << 53);
    assert_eq!(config["skus"].as_array().unwrap().len(), 1);
    let channels = config["channels"].as_array().unwrap();
    let names: Vec<&str> = channels
        .iter()
        .map(|channel| channel["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["web", "amazon", "tiktok"]);
    for (channel, secret) in channels.iter().zip([
        ("api_secret", "shopify"),
        ("refresh_token", "amazon"),
        ("app_secret", "tiktok_shop"),
    ]) {
        assert!(channel["credentials"][secret.0].is_string(), "{channel}");
        assert_eq!(channel["platform"], secret.1);
        assert!(
            channel["base_urls"]["api"]
                .as_str()
                .unwrap()
                .starts_with("https://")
        );
        assert!(channel["callback_url"].is_string());
        assert!(channel["call_patience_micros"].as_u64().unwrap() > 0);
        assert!(channel["poll_orders_every_micros"].as_u64().unwrap() > 0);
        assert!(channel["bounds"]["restocks_on_cancel"].is_boolean());
    }
    assert!(config["warehouse"]["token"].is_string());
}

#[test]
fn inputs_of_one_instant_before_a_drain_are_one_step() {
    let (mut engine, heard) = engine(quiet);
    let response = http::Response::builder()
        .status(201)
        .header("X-One", "a")
        .header("x-two", "b")
        .header("x-two", "c")
        .body(vec![0xff, 0x00])
        .unwrap();
    let request = http::Request::builder()
        .method("POST")
        .uri("https://engine.invalid/webhooks/web")
        .body("{\"é\":1}".as_bytes().to_vec())
        .unwrap();
    engine.handle(Micros(7), Input::Start);
    engine.handle(
        Micros(7),
        Input::Response {
            call: CallId(3),
            result: Ok(response),
        },
    );
    engine.handle(
        Micros(7),
        Input::Response {
            call: CallId(4),
            result: Err(CallError::TimedOut),
        },
    );
    engine.handle(
        Micros(7),
        Input::Delivery {
            delivery: DeliveryId(u64::MAX),
            channel: ChannelIndex(0),
            request,
        },
    );
    engine.handle(Micros(7), Input::Wake);
    assert!(engine.poll_output().is_none());
    assert_eq!(engine.failure(), None);
    let heard = heard.borrow();
    assert_eq!(heard.len(), 2, "the greeting and one step");
    assert_eq!(
        heard[1],
        json!({"now": 7, "inputs": [
            {"kind": "start"},
            {"kind": "response", "call": 3, "status": 201, "headers": {"x-one": "a", "x-two": "b, c"},
             "body_base64": "/wA="},
            {"kind": "response", "call": 4, "error": "timed_out"},
            {"kind": "delivery", "delivery": 1, "channel": "web", "method": "POST",
             "url": "https://engine.invalid/webhooks/web", "headers": {}, "body": "{\"é\":1}"},
            {"kind": "wake"},
        ]})
    );
}

#[test]
fn outputs_come_out_as_they_were_said() {
    let answer = json!({"outputs": [
        {"kind": "call", "call": 9, "target": "warehouse", "method": "GET",
         "url": "https://warehouse.invalid/v1/stock?limit=2", "headers": {"Authorization": "Bearer x"}},
        {"kind": "call", "call": 2, "target": "tiktok", "method": "POST", "url": "/a%20b", "body_base64": "/wA="},
        {"kind": "delivery_answer", "delivery": 1, "status": 401, "body": "no"},
    ], "wake_at": 8});
    let mut answers = vec![quiet(&Value::Null).unwrap(), answer.to_string()];
    let (mut engine, _) = engine(move |_| Ok(answers.pop().unwrap()));
    let request = http::Request::builder()
        .uri("/hook")
        .body(Vec::new())
        .unwrap();
    engine.handle(
        Micros(7),
        Input::Delivery {
            delivery: DeliveryId(77),
            channel: ChannelIndex(2),
            request,
        },
    );
    let Some(Output::Call {
        call,
        target,
        request,
    }) = engine.poll_output()
    else {
        panic!("{:?}", engine.failure());
    };
    assert_eq!((call, target), (CallId(9), Target::Warehouse));
    assert_eq!(
        request.uri(),
        "/v1/stock?limit=2",
        "the target says where it goes"
    );
    assert_eq!(request.headers()["authorization"], "Bearer x");
    assert!(request.body().is_empty());
    let Some(Output::Call {
        call,
        target,
        request,
    }) = engine.poll_output()
    else {
        panic!();
    };
    assert_eq!(
        (call, target),
        (CallId(2), Target::Channel(ChannelIndex(2)))
    );
    assert_eq!(request.body(), &[0xff, 0x00]);
    let Some(Output::DeliveryAnswer { delivery, response }) = engine.poll_output() else {
        panic!();
    };
    assert_eq!(
        (delivery, response.status().as_u16()),
        (DeliveryId(77), 401)
    );
    assert_eq!(response.body(), b"no");
    assert!(engine.poll_output().is_none());
    assert_eq!(engine.poll_timeout(), Some(Micros(8)));
    // The next answer replaces the time.
    let response: Response = http::Response::new(Vec::new());
    engine.handle(
        Micros(8),
        Input::Response {
            call: CallId(9),
            result: Ok(response),
        },
    );
    assert!(engine.poll_output().is_none());
    assert_eq!(engine.poll_timeout(), None);
    assert_eq!(engine.failure(), None);
}

#[test]
fn every_breach_says_what_was_sent_and_what_was_expected() {
    let call = |more: &str| {
        let text = format!(
            r#"{{"outputs":[{{"kind":"call","call":1,"target":"web","method":"GET","url":"/"{more}}}],"wake_at":null}}"#
        );
        failure_of(text.leak())
    };
    for (failure, words) in [
        (failure_of("nonsense"), "cannot be read: expected"),
        (failure_of(""), "it sent: an empty line"),
        (failure_of(r#"{"wake_at":null}"#), "missing field `outputs`"),
        (
            failure_of(r#"{"outputs":[],"wakeAt":1}"#),
            "unknown field `wakeAt`",
        ),
        (
            failure_of(r#"{"outputs":[],"wake_at":-1}"#),
            "cannot be read: invalid value",
        ),
        (
            failure_of(r#"{"outputs":[],"wake_at":4999999}"#),
            "wake_at 4999999 has passed, it is 5000000",
        ),
        (
            failure_of(r#"{"outputs":[{"kind":"cal"}],"wake_at":null}"#),
            "unknown variant `cal`",
        ),
        (
            failure_of(r#"[[],null]"#),
            "cannot be read: invalid type: sequence, expected an object",
        ),
        (
            failure_of(
                r#"{"outputs":[["call",{"call":1,"target":"web","method":"GET","url":"/"}]],"wake_at":null}"#,
            ),
            "cannot be read: invalid type: sequence, expected an object",
        ),
        (
            failure_of(r#"{"outputs":[["delivery_answer",1,200,{}]],"wake_at":null}"#),
            "expected an object",
        ),
        (
            failure_of(
                r#"{"outputs":[{"kind":"delivery_answer","delivery":1,"status":200}],"wake_at":null}"#,
            ),
            "delivery 1 is not waiting",
        ),
        (call(r#","boddy":"x""#), "unknown field `boddy`"),
        (call(r#","body":"x","body_base64":"eA==""#), "two bodies"),
        (call(r#","body_base64":"x""#), "body_base64 cannot be read"),
        (call(r#","headers":{"a b":"c"}"#), "is not a header"),
        (call(r#","headers":{"a":"b\nc"}"#), "is not a header"),
        (
            failure_of(
                r#"{"outputs":[{"kind":"call","call":1,"target":"ebay","method":"GET","url":"/"}],"wake_at":null}"#,
            ),
            "a channel's name: web, amazon, tiktok",
        ),
        (
            failure_of(
                r#"{"outputs":[{"kind":"call","call":1,"target":"web","method":"G T","url":"/"}],"wake_at":null}"#,
            ),
            "\"G T\" is not a method",
        ),
        (
            failure_of(
                r#"{"outputs":[{"kind":"call","call":1,"target":"web","method":"GET","url":"a b"}],"wake_at":null}"#,
            ),
            "\"a b\" is not a URL",
        ),
        (
            failure_of(
                r#"{"outputs":[{"kind":"call","call":1,"target":"web","method":"GET","url":"/"},{"kind":"call","call":1,"target":"web","method":"GET","url":"/"}],"wake_at":null}"#,
            ),
            "call 1 is under way already",
        ),
    ] {
        assert!(failure.contains(words), "{words} is not in: {failure}");
        for part in ["in step 1, ", "it sent: ", "expected: ", "last words"] {
            assert!(failure.contains(part), "{part} is not in: {failure}");
        }
    }
}

#[test]
fn a_number_may_be_used_again_when_its_call_has_ended() {
    let line = r#"{"outputs":[{"kind":"call","call":1,"target":"web","method":"GET","url":"/"}],"wake_at":null}"#;
    let (mut engine, _) = engine(move |_| Ok(line.to_string()));
    engine.handle(Micros(1), Input::Start);
    assert!(engine.poll_output().is_some() && engine.poll_output().is_none());
    let result = Err(CallError::ConnectionLost);
    engine.handle(
        Micros(2),
        Input::Response {
            call: CallId(1),
            result,
        },
    );
    assert!(engine.poll_output().is_some());
    assert_eq!(engine.failure(), None);
}

#[test]
fn outputs_are_bounded_and_time_must_pass() {
    let one = r#"{"kind":"call","call":0,"target":"web","method":"GET","url":"/"}"#;
    let many = vec![one; MOST_OUTPUTS + 1].join(",");
    let failure = failure_of(format!(r#"{{"outputs":[{many}],"wake_at":null}}"#).leak());
    assert!(failure.contains("has 10001 outputs") && failure.contains("at most 10000"));
    assert!(failure.len() < 2_000, "the line is shown in part");

    let (mut engine, _) =
        engine(|step| Ok(json!({"outputs": [], "wake_at": step["now"]}).to_string()));
    engine.handle(Micros(3), Input::Start);
    let mut wakes = 0;
    while engine.failure().is_none() {
        assert!(engine.poll_output().is_none());
        engine.handle(Micros(3), Input::Wake);
        wakes += 1;
    }
    assert_eq!(wakes, MOST_WAKES_AT_ONE_INSTANT + 1);
    assert!(engine.failure().unwrap().contains("time never passes"));
}

#[test]
fn another_version_is_refused_in_the_greeting() {
    struct Old;
    impl Peer for Old {
        fn exchange(&mut self, _: Vec<u8>) -> Result<Vec<u8>, String> {
            Ok(br#"{"protocol":2}"#.to_vec())
        }
        fn end(&mut self) -> Vec<String> {
            Vec::new()
        }
    }
    let scenario = scenario();
    let engine = SteppedEngine::open(Box::new(Old), &config(&scenario), &scenario);
    let failure = engine.failure().unwrap();
    assert!(
        failure.contains("in the greeting, it speaks version 2"),
        "{failure}"
    );
    assert!(failure.contains("wrote nothing"), "{failure}");
}

#[test]
fn a_failure_ends_the_run_at_its_time() {
    let scenario = scenario();
    let mut setup = Setup::new(&scenario, 1, Strategy::Trigger);
    setup.rerun = Some("simulate --this");
    let mut steps = 0;
    let heard = Heard::default();
    let peer = Script {
        heard: Rc::clone(&heard),
        say: move |step: &Value| {
            steps += 1;
            match steps {
                1 => Ok(json!({"outputs": [], "wake_at": 90_000_000}).to_string()),
                _ => Err(format!("it ended at {}", step["now"])),
            }
        },
    };
    let engine = |config: EngineConfig| -> Box<dyn Engine> {
        Box::new(SteppedEngine::open(Box::new(peer), &config, &scenario))
    };
    let error = sim::run_with(&setup, engine, &mut Nobody, &mut |_| {}).unwrap_err();
    assert!(matches!(error, RunError::EngineFailed { .. }));
    assert!(!error.is_defect_of_harness());
    let text = error.to_string();
    assert!(text.starts_with(
        "the engine failed at 90 s of simulated time: in step 2, it ended at 90000000\n"
    ));
    assert!(
        text.ends_with("seed 1; again with: simulate --this"),
        "{text}"
    );
    assert_eq!(heard.borrow().len(), 3);
}

/// Being woken at once, again and again, is no failure by itself: an engine may work off what it has step by step.
#[test]
fn an_engine_may_wake_itself_at_once_a_few_times_and_rest() {
    let scenario = scenario();
    let setup = Setup::new(&scenario, 1, Strategy::Trigger);
    let mut steps = 0;
    let peer = Script {
        heard: Heard::default(),
        say: move |step: &Value| {
            steps += 1;
            let wake_at = (steps < 40).then(|| step["now"].clone());
            Ok(json!({"outputs": [], "wake_at": wake_at}).to_string())
        },
    };
    let engine = |config: EngineConfig| -> Box<dyn Engine> {
        Box::new(SteppedEngine::open(Box::new(peer), &config, &scenario))
    };
    sim::run_with(&setup, engine, &mut Nobody, &mut |_| {}).unwrap();
}

#[test]
fn an_engine_that_lets_time_pass_by_the_microsecond_ends_the_run() {
    let scenario = scenario();
    let setup = Setup::new(&scenario, 1, Strategy::Trigger);
    let peer = Script {
        heard: Heard::default(),
        say: |step: &Value| {
            let wake_at = step["now"].as_u64().unwrap() + 1;
            Ok(json!({"outputs": [], "wake_at": wake_at}).to_string())
        },
    };
    let engine = |config: EngineConfig| -> Box<dyn Engine> {
        Box::new(SteppedEngine::open(Box::new(peer), &config, &scenario))
    };
    let error = sim::run_with(&setup, engine, &mut Nobody, &mut |_| {}).unwrap_err();
    let text = error.to_string();
    for part in [
        "in step ",
        "woken more than 10000 times within one second",
        "expected: a wake_at",
        "last words",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

/// How an engine ends is asked when the run is over: what it still said breaks the protocol, and how it ended is told.
#[test]
fn what_an_engine_does_at_the_end_is_told() {
    struct Ending(Result<Option<String>, String>);
    impl Peer for Ending {
        fn exchange(&mut self, line: Vec<u8>) -> Result<Vec<u8>, String> {
            let greets = line.starts_with(b"{\"protocol\"");
            let answer: &[u8] = if greets {
                br#"{"protocol":1}"#
            } else {
                br#"{"outputs":[]}"#
            };
            Ok(answer.to_vec())
        }
        fn finish(&mut self) -> Result<Option<String>, String> {
            self.0.clone()
        }
        fn end(&mut self) -> Vec<String> {
            Vec::new()
        }
    }
    let scenario = scenario();
    let setup = Setup::new(&scenario, 1, Strategy::Trigger);
    let play = |ending: Result<Option<String>, String>| {
        let engine = |config: EngineConfig| -> Box<dyn Engine> {
            Box::new(SteppedEngine::open(
                Box::new(Ending(ending)),
                &config,
                &scenario,
            ))
        };
        sim::run_with(&setup, engine, &mut Nobody, &mut |_| {})
    };
    assert_eq!(play(Ok(None)).unwrap().engine_ended_badly, None);
    let bad = Some("exit status: 7".to_string());
    assert_eq!(play(Ok(bad.clone())).unwrap().engine_ended_badly, bad);
    let text = play(Err("it said more".to_string()))
        .unwrap_err()
        .to_string();
    assert!(text.contains("which was the last, it said more"), "{text}");
}
