//! One whole run of `flash-sale-10min` as the command plays it: byte-true, with emulators, network, engine, ledger and the
//! meter that takes every entry of the ledger. Set-up, opening and settling are part of it, so that the rate, in accepted
//! orders, is lower than that of the time in which buyers come, which reports show as `orders_per_wall_s`.

use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use oversell::engine::config::Strategy;
use oversell::experiment::Experiment;
use oversell::scenario::Scenario;

const SCENARIO: &str = "flash-sale-10min";

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
        let experiment = Experiment {
            contenders: vec![strategy.into()],
            ..Experiment::new(scenario.clone())
        };
        let play = || experiment.run().expect("a run").runs.remove(0);
        let first = play();
        let figures = first.figures();
        println!(
            "{}: {} orders accepted of {} attempts, {} events",
            first.name(),
            figures.accepted_orders,
            figures.offered_orders,
            first.measured.facts.events
        );
        group.throughput(Throughput::Elements(figures.accepted_orders));
        group.bench_function(strategy.name(), |bencher| {
            bencher.iter(|| {
                let run = play();
                assert_eq!(run.trace_hash(), first.trace_hash());
                run
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole_run);
criterion_main!(benches);
