//! A field of orders is renamed for a while: nothing is dropped in silence, what can still be told is counted, and every order
//! that waits is read once its reader fits again.

use std::cell::Cell;
use std::rc::Rc;

use channel_mocks::core::Micros;
use oversell::engine::config::Strategy;
use oversell::engine::journal::Forgetful;
use oversell::engine::{Engine, Input, Output, SyncEngine, UnreadableOrders};
use oversell::measure::Verdict;
use oversell::sim::Setup;

use crate::common::{over_seeds, play_with, scenario};

/// The opening's end, and the time from then on in which orders are written otherwise.
const OPENING: Micros = Micros::from_secs(30 * 60);
const DRIFTS_FOR: Micros = Micros::from_secs(8 * 60);

/// An engine that gets one field of every order's JSON under another name for a while.
struct Drifting {
    engine: SyncEngine,
    field: &'static str,
    renamed: &'static str,
    counts: Rc<Cell<UnreadableOrders>>,
}

fn replaced(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    String::from_utf8_lossy(body).replace(from, to).into_bytes()
}

impl Engine for Drifting {
    fn handle(&mut self, now: Micros, mut input: Input) {
        if let Input::Response {
            result: Ok(response),
            ..
        } = &mut input
            && (OPENING..OPENING + DRIFTS_FOR).contains(&now)
        {
            *response.body_mut() = replaced(response.body(), self.field, self.renamed);
        }
        self.engine.handle(now, input);
        self.counts.set(self.engine.unreadable_orders());
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        self.engine.poll_timeout()
    }
}

#[test]
fn orders_of_another_shape_are_counted_and_settle_when_they_can_be_read() {
    let scenario = scenario("flash-sale-10min");
    // The lines move; the change time, without which no line is lost, is called otherwise.
    for (field, renamed) in [
        ("\"line_items\":", "\"rows\":"),
        ("\"update_time\":", "\"changed_at\":"),
    ] {
        for (run, counts) in over_seeds(2, |seed| {
            let counts = Rc::new(Cell::new(UnreadableOrders::default()));
            let run = play_with(
                &Setup::new(&scenario, seed, Strategy::Escrow),
                |config| {
                    Box::new(Drifting {
                        engine: SyncEngine::new(config, Box::new(Forgetful)),
                        field,
                        renamed,
                        counts: Rc::clone(&counts),
                    })
                },
                |_, _| {},
            );
            (run, counts.get())
        }) {
            let what = format!("{field}, seed {}: {counts:?}", run.seed);
            assert!(counts.quarantined >= 20, "{what}");
            assert_eq!(counts.settled, counts.quarantined, "{what}");
            assert!(run.outcome.converged, "{what}: {:?}", run.outcome.open);
            for promise in ["no_oversell", "every_order_ingested"] {
                assert_eq!(run.verdict(promise).0, Verdict::Holds, "{what}: {promise}");
            }
        }
    }
}
