//! Nobody is forgiven for being late: what is due while a system stalls counts from when it was due.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use channel_mocks::core::Micros;

use super::session::{self, DemandStart, ServePlan};
use super::webhooks::WebhookSender;
use crate::engine::config::Strategy;
use crate::realtime::timing::{Answered, Arrival, SessionRecorder, Timings};
use crate::scenario::Scenario;
use crate::stage::opening::Access;
use crate::world::ledger::{Entry, Recorder};

/// More arrivals in one second than a queue holds.
const RUSH: &str = r#"
version = 1
name = "rush"
title = "One shop, one busy second"
start = "2026-11-27T00:00:00Z"
opening = "0s"
duration = "1s"
settle = "1s"
opening_display = "stock"
channel = [{ name = "web", platform = "shopify", profile = "shopify-ideal", share = 1.0 }]
warehouse = { profile = "warehouse-ideal", location = [{ code = "main", share = 1.0 }] }
catalogue = { skus = 1 }
stock = { units = 100000 }
demand = { phase = [{ shape = "constant", lasts = "1s", rate = "3000/s" }] }
"#;

/// Arrivals as they were taken.
#[derive(Default)]
struct Kept(Mutex<Vec<Arrival>>);

impl Timings for Kept {
    fn arrived(&self, arrival: &Arrival, _: f64) {
        self.0.lock().unwrap().push(*arrival);
    }

    fn answered(&self, _: &Answered) {}
}

/// Keeps timings and no entry.
struct Timed(Arc<Kept>);

impl Recorder for Timed {
    fn record(&mut self, _: Micros, _: &Entry) {}
}

impl SessionRecorder for Timed {
    fn timings(&self) -> Arc<dyn Timings> {
        self.0.clone()
    }
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_system_makes_everything_late_that_was_due_meanwhile() {
    let plan = ServePlan {
        scenario: Scenario::parse("rush.toml", RUSH).unwrap().scenario,
        seed: 1,
        access: Access::default(),
        orders: 0,
        speed: 1.0,
        demand: DemandStart::WhenTold,
        displays: Strategy::Mirror,
        ledger: "unused".into(),
    };
    let kept = Arc::new(Kept::default());
    let webhooks = Arc::new(WebhookSender::new(false));
    let recorder = |_: &_, _: &_, _| Ok(Timed(kept.clone()));
    let (session, mut running) = session::open(&plan, 1, webhooks, recorder).unwrap();

    let (stalls, stalled) = channel();
    let (release, released) = channel::<()>();
    let shop = session.channels[0].handle.clone();
    let stall = tokio::spawn(async move {
        shop.act(move |_, _| {
            stalls.send(()).unwrap();
            released.recv().unwrap();
        })
        .await
    });
    stalled.recv_timeout(Duration::from_secs(60)).unwrap();

    let zero = session.clock.now();
    running.begin_demand(zero);
    let progress = session.progress.clone();
    let demand_over = zero + Micros::from_secs(1);
    until(|| session.clock.now() > demand_over).await;
    assert!(progress.checkouts() > 1_000, "it waits for nobody");
    assert!(kept.0.lock().unwrap().is_empty());
    let released_at = session.clock.now();
    release.send(()).unwrap();
    stall.await.unwrap().unwrap();

    until(|| progress.is_over() && kept.0.lock().unwrap().len() as u64 == progress.checkouts())
        .await;
    let arrivals = kept.0.lock().unwrap().clone();
    assert!(arrivals.len() > 2_500, "{}", arrivals.len());
    let let_go_late = |arrival: &&Arrival| arrival.sent_at >= released_at;
    let held_back = arrivals.iter().filter(let_go_late).count();
    assert!(
        held_back > 0,
        "the queue was full, and the driver itself late"
    );
    for arrival in &arrivals {
        assert!(arrival.intended <= demand_over, "set times do not move");
        assert!(arrival.sent_at >= arrival.intended);
        assert!(arrival.taken_up_at >= arrival.sent_at);
        assert!(arrival.taken_up_at >= released_at, "{arrival:?}");
    }
    let ended = running.end(session).await.unwrap();
    assert_eq!(ended.played.unwrap().checkouts, arrivals.len() as u64);
}
