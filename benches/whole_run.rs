//! One whole run of `flash-sale-10min` as the command plays it: byte-true, with emulators, network, engine, ledger and the
//! meter that takes every entry of the ledger. Set-up, opening and settling are part of it, so that the rate, in accepted
//! orders, is lower than that of the time in which buyers come, which reports show as `orders_per_wall_s`.

use std::time::Duration;

use channel_mocks::core::Micros;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oversell::engine::config::Strategy;
use oversell::measure::Meter;
use oversell::scenario::Scenario;
use oversell::sim::{self, Outcome, Setup};
use oversell::world::ledger::{Entry, Recorder};

const SCENARIO: &str = "flash-sale-10min";

/// Counts accepted orders.
#[derive(Default)]
struct Orders(u64);

impl Recorder for Orders {
    fn record(&mut self, _at: Micros, entry: &Entry) {
        if let Entry::Accepted {
            first_line: true, ..
        } = entry
        {
            self.0 += 1;
        }
    }
}

fn play(scenario: &Scenario, strategy: Strategy, recorder: &mut dyn Recorder) -> Outcome {
    let setup = Setup::new(scenario, 1, strategy);
    sim::run(&setup, recorder, &mut |_| {}).expect("a run")
}

fn whole_run(criterion: &mut Criterion) {
    let scenario = Scenario::load(SCENARIO)
        .expect("a built-in scenario")
        .scenario;
    let mut group = criterion.benchmark_group("whole_run");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    for strategy in [Strategy::Mirror, Strategy::Escrow] {
        let mut orders = Orders::default();
        let first = play(&scenario, strategy, &mut orders);
        println!(
            "{}: {} orders accepted of {} attempts, {} events",
            strategy.name(),
            orders.0,
            first.checkouts,
            first.events
        );
        group.throughput(Throughput::Elements(orders.0));
        group.bench_function(strategy.name(), |bencher| {
            bencher.iter(|| {
                let mut meter = Meter::new(&scenario, strategy);
                let outcome = play(&scenario, strategy, &mut meter);
                assert_eq!(outcome.trace_hash, first.trace_hash);
                meter
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole_run);
criterion_main!(benches);
