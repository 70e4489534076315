//! The emulators under the calls that an engine makes most, in the bytes of the engine's own connectors. Profiles are those
//! without limits and delays. Only the emulator's work is timed: taking the request, answering it, and sending what it sets
//! off; building requests and reading answers is not.

mod channel;
mod warehouse;

use std::cell::RefCell;
use std::time::Duration;

use channel::{Channel, LISTINGS, ORDERS_OF_A_SHOP};
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
};
use oversell::engine::config::Platform;
use oversell::engine::connectors::warehouse::{ChangeKinds, Event as SiteEvent, Operation as Ask};
use oversell::engine::connectors::{Change, Event, Operation, QuantityWrite};
use oversell::engine::{Micros, SkuIndex};
use warehouse::Site;

/// Orders on a page of a feed.
const PAGE: u32 = 100;
/// Notifications that one receive of Amazon's queue takes.
const RECEIVED: u64 = 10;

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    group
}

fn write_of(number: u64) -> Operation {
    Operation::WriteQuantities {
        writes: vec![QuantityWrite {
            sku: SkuIndex((number % u64::from(LISTINGS)) as u32),
            change: Change::Set((number % 1_000) as i64),
        }],
        idempotency_key: number,
    }
}

/// One quantity of one listing.
fn quantity_write(group: &mut BenchmarkGroup<WallTime>, platform: Platform) {
    let mut channel = Channel::open(platform);
    channel.ask(&write_of(0));
    let channel = RefCell::new(channel);
    let mut number = 0;
    group.throughput(Throughput::Elements(1));
    group.bench_function("quantity_write", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                channel.borrow_mut().build(&write_of(number))
            },
            |request| channel.borrow_mut().serve(request),
            BatchSize::PerIteration,
        );
    });
}

/// The first page of a feed with more orders than one page holds.
fn order_page(group: &mut BenchmarkGroup<WallTime>, platform: Platform) {
    let mut channel = Channel::open(platform);
    channel.fill(u64::from(PAGE) + 1);
    let poll = Operation::PollOrders {
        since: Micros::ZERO,
        cursor: None,
    };
    let read = channel.ask(&poll);
    let orders = read
        .iter()
        .filter(|event| matches!(event, Event::OrderSeen(order) if order.lines.len() == 1));
    assert_eq!(orders.count(), PAGE as usize);
    let page = channel.build(&poll);
    let mut serve = |name: &str, request: &http::Request<Vec<u8>>| {
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request.clone(),
                |request| channel.serve(request),
                BatchSize::PerIteration,
            );
        });
        // The last answer is a page like the first, not a refusal.
        let answer = channel.serve(request.clone());
        assert!(answer.status().is_success() && answer.body().len() > 5_000);
        println!("{name}: {} bytes", answer.body().len());
    };
    serve("order_page_100", &page);
    if platform == Platform::Shopify {
        let text = std::str::from_utf8(page.body()).expect("text");
        let half = text.replace("orders(first:100,", "orders(first:50,");
        assert_ne!(text, half);
        let (parts, _) = page.clone().into_parts();
        let half = http::Request::from_parts(parts, half.into_bytes());
        serve("order_page_50", &half);
    }
}

/// A checkout with everything that follows at once: the order, the count, and its webhooks, rendered, signed and answered.
/// Amazon puts its notification into the queue and renders it when it is received; see [`receive`].
fn checkout(group: &mut BenchmarkGroup<WallTime>, platform: Platform) {
    let mut channel = Channel::open(platform);
    channel.fill(10);
    let webhooks = channel.webhooks as f64 / channel.orders as f64;
    println!("{platform:?}: {webhooks} webhooks a checkout");
    let channel = RefCell::new(channel);
    group.throughput(Throughput::Elements(1));
    group.bench_function("checkout", |bencher| {
        bencher.iter_batched(
            || {
                let mut channel = channel.borrow_mut();
                if channel.orders >= ORDERS_OF_A_SHOP {
                    *channel = Channel::open(platform);
                }
            },
            |()| channel.borrow_mut().checkout(&mut |_| {}),
            BatchSize::PerIteration,
        );
    });
}

/// Ten notifications of orders in one answer of Amazon's queue, where they are rendered.
fn receive(group: &mut BenchmarkGroup<WallTime>) {
    let mut channel = Channel::open(Platform::Amazon);
    let mut last = None;
    // Deletes what was received before, and places as many orders as one answer tells of.
    let next = |channel: &mut Channel, received: Option<http::Response<Vec<u8>>>| {
        if let Some(response) = received {
            let events = channel.read(&Operation::ReceiveMessages, &response);
            let handles: Vec<String> = events
                .into_iter()
                .filter_map(|event| match event {
                    Event::MessageReceived { handle } => Some(handle),
                    _ => None,
                })
                .collect();
            assert_eq!(handles.len() as u64, RECEIVED);
            channel.ask(&Operation::AcknowledgeMessages { handles });
        }
        if channel.orders >= ORDERS_OF_A_SHOP {
            *channel = Channel::open(Platform::Amazon);
        }
        channel.fill(RECEIVED);
        channel.build(&Operation::ReceiveMessages)
    };
    // Once before anything is timed, so that a wrong answer stops the bench.
    for _ in 0..2 {
        let request = next(&mut channel, last.take());
        last = Some(channel.serve(request));
    }
    let both = RefCell::new((channel, last));
    group.throughput(Throughput::Elements(1));
    group.bench_function("receive_10", |bencher| {
        bencher.iter_batched(
            || {
                let (channel, last) = &mut *both.borrow_mut();
                next(channel, last.take())
            },
            |request| {
                let (channel, last) = &mut *both.borrow_mut();
                *last = Some(channel.serve(request));
            },
            BatchSize::PerIteration,
        );
    });
}

/// Allocations of one order and of a hundred in a call.
fn allocate(group: &mut BenchmarkGroup<WallTime>, orders: u64) {
    let mut site = Site::open();
    let first = site.allocation(orders);
    site.ask(&first);
    let site = RefCell::new(site);
    group.throughput(Throughput::Elements(1));
    group.bench_function(format!("allocate_{orders}"), |bencher| {
        bencher.iter_batched(
            || {
                let mut site = site.borrow_mut();
                if site.orders >= ORDERS_OF_A_SHOP {
                    *site = Site::open();
                }
                let operation = site.allocation(orders);
                site.build(&operation)
            },
            |request| site.borrow_mut().serve(request),
            BatchSize::PerIteration,
        );
    });
}

/// A page of the stock with all SKUs at both locations, and a full page of the change feed.
fn warehouse_pages(group: &mut BenchmarkGroup<WallTime>) {
    let mut site = Site::open();
    for _ in 0..6 {
        let orders = site.allocation(100);
        site.ask(&orders);
    }
    let stock = Ask::ReadStock { after: None };
    let rows = |events: Vec<SiteEvent>| {
        let is_row =
            |event: &&SiteEvent| matches!(event, SiteEvent::StockLevel(_) | SiteEvent::Changed(_));
        events.iter().filter(is_row).count()
    };
    assert_eq!(rows(site.ask(&stock)), 2 * LISTINGS as usize);
    let changes = Ask::ReadChanges {
        after: 0,
        wait_ms: 0,
        kinds: ChangeKinds::ALL,
    };
    assert_eq!(rows(site.ask(&changes)), 500);
    for (name, operation) in [("stock_page_1000", stock), ("change_page_500", changes)] {
        let request = site.build(&operation);
        group.throughput(Throughput::Elements(1));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || request.clone(),
                |request| site.serve(request),
                BatchSize::PerIteration,
            );
        });
    }
}

fn channels(criterion: &mut Criterion) {
    let platforms = [
        ("shopify", Platform::Shopify),
        ("amazon", Platform::Amazon),
        ("tiktok_shop", Platform::TiktokShop),
        ("custom", Platform::Custom),
    ];
    for (name, platform) in platforms {
        let mut group = group(criterion, name);
        quantity_write(&mut group, platform);
        order_page(&mut group, platform);
        checkout(&mut group, platform);
        if platform == Platform::Amazon {
            receive(&mut group);
        }
        group.finish();
    }
}

fn site(criterion: &mut Criterion) {
    let mut group = group(criterion, "warehouse");
    allocate(&mut group, 1);
    allocate(&mut group, 100);
    warehouse_pages(&mut group);
    group.finish();
}

criterion_group!(benches, channels, site);
criterion_main!(benches);
