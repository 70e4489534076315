//! Faults between sockets and systems, and on the systems themselves, in real time.

use std::sync::Arc;
use std::time::Duration;

use channel_mocks::core::{LocationIndex, Micros, Response};
use channel_mocks::warehouse::{ItemIndex, Warehouse};
use http::header::{AUTHORIZATION, RETRY_AFTER};
use serde_json::{Value, json};

use super::*;
use crate::engine::config::Strategy;
use crate::realtime::timing::{SessionRecorder, Timings, Untimed};
use crate::serve::calls::Line;
use crate::serve::http::HangUp;
use crate::serve::session::{self, DemandStart, RunningSession, ServePlan, Session};
use crate::serve::webhooks::WebhookSender;
use crate::stage::opening::Access;
use crate::world::ledger::{Entry, Recorder};

/// One shop and a warehouse, whose clients wait six seconds, and a fault of the scenario's own.
const SHOP: &str = r#"
version = 1
name = "one-shop"
title = "One shop"
start = "2026-11-27T00:00:00Z"
opening = "30s"
duration = "1h"
settle = "1s"
opening_display = "stock"
channel = [{ name = "web", platform = "shopify", profile = "shopify-ideal", share = 1.0 }]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }], network = { patience = "6s" } }
catalogue = { skus = 2 }
stock = { units = 10 }
demand = { phase = [{ shape = "constant", lasts = "1h", rate = "1/h" }] }

[[fault]]
kind = "reset"
channel = "web"
from = "10s"
for = "20s"
"#;

struct Forgetful;

impl Recorder for Forgetful {
    fn record(&mut self, _: Micros, _: &Entry) {}
}

impl SessionRecorder for Forgetful {
    fn timings(&self) -> Arc<dyn Timings> {
        Arc::new(Untimed)
    }
}

fn open(speed: f64) -> (Arc<Session>, RunningSession<Forgetful>) {
    let plan = ServePlan {
        scenario: Scenario::parse("one-shop.toml", SHOP).unwrap().scenario,
        seed: 3,
        access: Access::default(),
        orders: 0,
        speed,
        demand: DemandStart::WhenTold,
        displays: Strategy::Mirror,
        ledger: "unused".into(),
    };
    let webhooks = Arc::new(WebhookSender::new(false));
    session::open(&plan, 1, webhooks, |_: &_, _: &_, _| Ok(Forgetful)).unwrap()
}

fn set(session: &Session, fault: Value) {
    let tables = json!({"fault": [fault]});
    session
        .faults
        .set(session.clock.now(), &tables, true)
        .unwrap();
}

/// Asks the warehouse for its locations.
async fn locations(session: &Session) -> Response {
    let token = Access::default().warehouse.token;
    let request = http::Request::get("/v1/locations")
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Vec::new())
        .unwrap();
    Line::new(session, 1)
        .carry(session.warehouse.clone(), request)
        .await
}

fn is_hung_up(response: &Response) -> bool {
    response.extensions().get::<HangUp>().is_some()
}

fn last_counts(session: &Session) -> (u64, u64, u64) {
    let (_, counts) = session.faults.counts().pop().unwrap();
    (counts.eligible, counts.injected, counts.noticed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_refused_lost_and_late_in_platform_time() {
    let (session, _running) = open(60.0);
    assert!(!session.faults.is_set());
    assert_eq!(locations(&session).await.status(), 200);

    set(
        &session,
        json!({"kind": "refused", "channel": "warehouse", "status": 429, "retry_after": "6500ms", "first": 1}),
    );
    let refused = locations(&session).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()[RETRY_AFTER], "7");
    assert_eq!(locations(&session).await.status(), 200);
    assert_eq!(last_counts(&session), (2, 1, 1));

    for kind in ["request_lost", "reply_lost"] {
        set(&session, json!({"kind": kind, "every": 2}));
        assert_eq!(locations(&session).await.status(), 200);
        let asked_at = session.clock.now();
        assert!(is_hung_up(&locations(&session).await), "{kind}");
        let waited = session.clock.now().since(asked_at);
        assert!(waited >= Micros::from_secs(5), "{kind}: {waited}");
        assert_eq!(last_counts(&session), (2, 1, 1), "{kind}");
    }
    set(&session, json!({"kind": "reset", "direction": "reply"}));
    assert!(is_hung_up(&locations(&session).await));

    set(
        &session,
        json!({"kind": "latency", "delay": {"fixed": "9s"}}),
    );
    let asked_at = session.clock.now();
    assert_eq!(locations(&session).await.status(), 200);
    let waited = session.clock.now().since(asked_at);
    assert!(waited >= Micros::from_secs(18), "both ways: {waited}");

    session.faults.take_back(session.clock.now());
    assert!(!session.faults.is_set() && session.faults.listed(Micros::ZERO).is_empty());
    assert_eq!(session.faults.counts().len(), 5, "what was counted stays");
}

#[tokio::test]
async fn a_client_that_hangs_up_has_noticed_too() {
    let (session, _running) = open(1.0);
    set(
        &session,
        json!({"kind": "request_lost", "channel": "warehouse"}),
    );
    let waiting = tokio::time::timeout(Duration::from_millis(200), locations(&session));
    assert!(waiting.await.is_err(), "it is held for six seconds");
    assert_eq!(last_counts(&session), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_become_wrong_and_right_again_and_the_books_add_up() {
    let (session, running) = open(60.0);
    let on_hand = async |session: &Session| {
        let of = |it: &mut Warehouse, _| it.on_hand(ItemIndex(1), LocationIndex(0));
        session.warehouse.act(of).await.unwrap()
    };
    let until = async |units: i64| {
        for _ in 0..2_000 {
            if on_hand(&session).await == units {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{units} never came, it is {}", on_hand(&session).await);
    };
    set(
        &session,
        json!({"kind": "bad_count", "channel": "warehouse", "factor": 3.0, "sku": 2, "for": "30s"}),
    );
    until(30).await;
    assert_eq!(last_counts(&session).1, 1);
    until(10).await;
    set(
        &session,
        json!({"kind": "bad_count", "channel": "warehouse", "factor": 0.5, "sku": 2}),
    );
    until(5).await;
    session.faults.take_back(session.clock.now());
    until(10).await;
    // The clock jumps over a beginning and its end.
    set(
        &session,
        json!({"kind": "bad_count", "factor": 2.0, "sku": 2, "from": "1h", "for": "1h"}),
    );
    session.clock.advance(Micros::from_secs(3 * 3_600)).unwrap();
    for _ in 0..2_000 {
        if session.faults.poll_timeout().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    until(10).await;
    assert_eq!(
        last_counts(&session).1,
        2,
        "in the shop and in the warehouse"
    );
    let ended = running.end(session).await.unwrap();
    ended.ledger.conservation.unwrap();
    assert_eq!(ended.faults.len(), 3);
}

#[tokio::test]
async fn a_scenarios_faults_count_from_the_end_of_the_opening() {
    let (session, mut running) = open(1.0);
    assert!(session.faults.listed(Micros::ZERO).is_empty());
    let zero = Micros::from_secs(1_000);
    running.begin_demand(zero);
    let listed = session.faults.listed(zero + Micros::from_secs(45));
    let [fault] = &listed[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(
        (fault.begins_at_s, fault.ends_at_s, fault.is_open),
        (1_040.0, Some(1_060.0), true)
    );
    assert!(session.faults.is_set());
    let ended = running.end(session).await.unwrap();
    assert_eq!(ended.faults[0].0.kind, FaultKind::Reset);
}

#[test]
fn what_is_wrong_or_strikes_the_engine_changes_nothing() {
    let scenario = Scenario::parse("one-shop.toml", SHOP).unwrap().scenario;
    let faults = SessionFaults::new(&scenario, Seed(1), 2);
    for (fault, part) in [
        (
            json!({"kind": "crash", "restart_after": "5s"}),
            "fault 2: `crash` strikes the engine itself",
        ),
        (
            json!({"kind": "slow_engine"}),
            "fault 2: `slow_engine` strikes the engine itself",
        ),
        (
            json!({"kind": "clock_skw"}),
            "`clock_skw` is no value of `kind`",
        ),
        (
            json!({"kind": "version_sunset"}),
            "give it an end with `for`",
        ),
        (
            json!({"kind": "reset", "channel": "wbe"}),
            "did you mean `web`?",
        ),
    ] {
        let tables = json!({"fault": [{"kind": "reset"}, fault]});
        let said = faults.set(Micros::ZERO, &tables, false).unwrap_err();
        assert!(said.contains(part), "{said}");
        let of_the_engine = [
            "clock_skew",
            "clock_jump",
            "second_engine",
            "needs",
            "restart_after",
        ];
        let offered = of_the_engine.iter().find(|it| said.contains(*it));
        assert_eq!(offered, None, "{said}");
    }
    assert!(!faults.is_set() && faults.counts().is_empty());
    assert!(check(&scenario.faults).is_ok());
}
