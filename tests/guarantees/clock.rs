//! An engine whose clock is not that of the platforms keeps what it promises: fences compare what was sent and answered, not
//! two clocks, and order feeds are read with an overlap.

use channel_mocks::core::Micros;
use oversell::engine::config::Strategy;
use oversell::engine::{self, Engine, Input, Output};
use oversell::measure::Verdict;
use oversell::sim::Setup;

use crate::common::{over_seeds, play_with, scenario};

/// An engine whose clock is behind or ahead.
struct Skewed {
    engine: Box<dyn Engine>,
    ahead: Micros,
    behind: Micros,
}

impl Engine for Skewed {
    fn handle(&mut self, now: Micros, input: Input) {
        self.engine
            .handle((now + self.ahead).since(self.behind), input);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    fn poll_timeout(&self) -> Option<Micros> {
        let wake = self.engine.poll_timeout()?;
        Some((wake + self.behind).since(self.ahead))
    }
}

#[test]
fn a_clock_that_is_half_a_minute_wrong_breaks_no_promise() {
    let half_a_minute = Micros::from_secs(30);
    for (ahead, behind) in [(half_a_minute, Micros::ZERO), (Micros::ZERO, half_a_minute)] {
        let scenario = scenario("flash-sale-10min");
        for run in over_seeds(2, |seed| {
            play_with(
                &Setup::new(&scenario, seed, Strategy::Escrow),
                |config| {
                    Box::new(Skewed {
                        engine: engine::build(config),
                        ahead,
                        behind,
                    })
                },
                |_, _| {},
            )
        }) {
            let what = format!("ahead {ahead}, behind {behind}, seed {}", run.seed);
            assert!(run.total().accepted_units > 100, "{what}: it does sell");
            for promise in ["no_oversell", "every_order_ingested", "converged"] {
                assert_eq!(
                    run.verdict(promise),
                    (Verdict::Holds, true),
                    "{what}: {promise}"
                );
            }
        }
    }
}
