//! How the cost of a run grows with the catalogue, at 10,000, 30,000 and 100,000 SKUs: no event may look through all of it,
//! so three times the SKUs may cost three times the processor time and no more.
//!
//! - `first_sync`: every listing is read and written once; nobody buys. Amazon takes 5 writes a second, so that 100,000 SKUs
//!   take nearly six hours of simulated time; then comes the first sweep, which is not part of it.
//! - `two_hours`: as much of a day with 10,000 checkout attempts, beginning while a large catalogue still waits to be written.
//!   The number of buyers is the same at every size, so this grows by less than the catalogue.
//!
//! Throughput is in SKUs: those of one strategy's first synchronisation must be alike at the three sizes. Set-up of the world
//! and the ledger's last check are part of each run, and linear too.

use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use oversell::engine::config::Strategy;
use oversell::measure::Meter;
use oversell::scenario::Scenario;
use oversell::sim::{self, Setup};

const SIZES: [u64; 3] = [10_000, 30_000, 100_000];

const FIRST_SYNC: &str = r#"
opening = "350min"
duration = "1min"
settle = "1s"
demand = { phase = [{ shape = "constant", lasts = "1min", rate = "0/s" }] }
"#;

const TWO_HOURS: &str = r#"
duration = "2h"
settle = "1s"
demand = { phase = [{ shape = "constant", lasts = "2h", rate = "5000/h" }] }
"#;

fn scenario(what: &str, changes: &str, skus: u64) -> Scenario {
    let text = format!(
        "version = 1\nextends = \"steady-day\"\nname = \"{what}\"\n{changes}\n[catalogue]\nskus = {skus}\n"
    );
    Scenario::parse(what, &text)
        .expect("a variant of a built-in scenario")
        .scenario
}

fn catalogue(criterion: &mut Criterion) {
    for (what, changes) in [("first_sync", FIRST_SYNC), ("two_hours", TWO_HOURS)] {
        let mut group = criterion.benchmark_group(what);
        group
            .sample_size(10)
            .sampling_mode(SamplingMode::Flat)
            .warm_up_time(Duration::from_millis(1))
            .measurement_time(Duration::from_millis(1));
        for strategy in [Strategy::Mirror, Strategy::Escrow] {
            for skus in SIZES {
                let scenario = scenario(what, changes, skus);
                group.throughput(Throughput::Elements(skus));
                let id = BenchmarkId::new(strategy.name(), skus);
                group.bench_function(id, |bencher| {
                    bencher.iter(|| {
                        let mut meter = Meter::new(&scenario, strategy);
                        let setup = Setup::new(&scenario, 1, strategy);
                        sim::run(&setup, &mut meter, &mut |_| {}).expect("a run")
                    });
                });
            }
        }
        group.finish();
    }
}

criterion_group!(benches, catalogue);
criterion_main!(benches);
