//! The event heap under the hold model: take the next event, schedule another; a fixed number is pending all the time.
//! Once with small events, as peers measure it, and once with events as large as a whole HTTP request.

use channel_mocks::core::{Micros, Seed};
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use oversell::sim::heap::{Class, EventHeap};
use oversell::sim::trace::TraceHash;

const PENDING: [u64; 3] = [256, 10_000, 100_000];

fn hold_with<const WORDS: usize>(group: &mut BenchmarkGroup<WallTime>, name: &str) {
    for pending in PENDING {
        let mut stream = Seed(1).stream("bench", "hold", 0);
        let mut heap: EventHeap<[u64; WORDS]> = EventHeap::default();
        for _ in 0..pending {
            let at = Micros(stream.below(1_000_000));
            heap.push(at, Class::Request, [at.0; WORDS]);
        }
        group.bench_function(BenchmarkId::new(name, pending), |bencher| {
            bencher.iter(|| {
                if let Some((now, mut event)) = heap.pop() {
                    event[0] = now.0;
                    let next = now + Micros(1 + stream.below(1_000_000));
                    heap.push(next, Class::Response, event);
                }
            });
        });
    }
}

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heap_hold");
    group.throughput(Throughput::Elements(1));
    hold_with::<4>(&mut group, "32_bytes");
    hold_with::<30>(&mut group, "240_bytes");
    group.finish();
}

fn trace(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trace_hash");
    for size in [0usize, 512, 4_096] {
        let body = vec![7u8; size];
        let mut hash = TraceHash::new(1);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                hash.event(Micros(hash.value() >> 20), Class::Request, 1, 2);
                hash.bytes(&body);
                hash.value()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hold, trace);
criterion_main!(benches);
