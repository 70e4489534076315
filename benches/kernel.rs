//! The event heap under the hold model: take the next event, schedule another; a fixed number is pending all the time.

use channel_mocks::core::{Micros, Seed};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oversell::sim::heap::{Class, EventHeap};
use oversell::sim::trace::TraceHash;

/// The size of the run loop's own events, a whole HTTP request included.
type Payload = [u64; 30];

fn filled(pending: u64) -> (EventHeap<Payload>, channel_mocks::core::Stream) {
    let mut stream = Seed(1).stream("bench", "hold", 0);
    let mut heap = EventHeap::default();
    for _ in 0..pending {
        let at = Micros(stream.below(1_000_000));
        heap.push(at, Class::Request, [at.0; 30]);
    }
    (heap, stream)
}

fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heap_hold");
    group.throughput(Throughput::Elements(1));
    for pending in [256, 10_000, 100_000] {
        let (mut heap, mut stream) = filled(pending);
        group.bench_function(BenchmarkId::from_parameter(pending), |bencher| {
            bencher.iter(|| {
                if let Some((now, mut event)) = heap.pop() {
                    event[0] = now.0;
                    heap.push(
                        now + Micros(1 + stream.below(1_000_000)),
                        Class::Response,
                        event,
                    );
                }
            });
        });
    }
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
