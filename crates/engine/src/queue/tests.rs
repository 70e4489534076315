//! The publish queue against its plain rules.

use proptest::prelude::*;

use super::rank::{COMPARED, sortable};
use super::*;

fn put(queue: &mut PublishQueue, now: Micros, sku: u32, change: Change, priority: Priority) {
    let sku = SkuIndex(sku);
    queue.put(now, QuantityWrite { sku, change }, 0, priority);
}

fn skus(rows: &[QuantityWrite]) -> Vec<u32> {
    rows.iter().map(|row| row.sku.0).collect()
}

#[test]
fn costing_goes_first_then_the_soonest_to_run_out() {
    let mut queue = PublishQueue::new(5, 2);
    let now = Micros::from_secs(1);
    put(&mut queue, now, 0, Change::Set(9), Priority::Cover(50.0));
    put(&mut queue, now, 1, Change::Set(0), Priority::Costing(3.0));
    put(&mut queue, now, 2, Change::Set(4), Priority::Cover(5.0));
    put(&mut queue, now, 3, Change::Set(0), Priority::Costing(30.0));
    put(&mut queue, now, 4, Change::Set(7), Priority::Cover(90.0));
    put(&mut queue, now, 0, Change::Set(8), Priority::Cover(60.0));
    assert!(queue.has_costing());
    assert_eq!(skus(&queue.take(now).rows), [3, 1]);
    assert!(!queue.has_costing());
    let last = queue.take(now).rows;
    assert_eq!(skus(&last), [2, 0]);
    assert_eq!(last[1].change, Change::Set(8), "the latest value won");
    assert_eq!(skus(&queue.take(now).rows), [4]);
    assert!(queue.is_empty());
}

#[test]
fn sortable_scores_sort_as_the_scores_do() {
    let scores = [
        f64::NEG_INFINITY,
        -3.5,
        -1e-9,
        -0.0,
        0.0,
        1e-9,
        2.0,
        f64::MAX,
        f64::INFINITY,
    ];
    assert!(scores.map(sortable).is_sorted());
}

#[test]
fn an_old_entry_is_not_starved() {
    let mut queue = PublishQueue::new(2, 1);
    put(
        &mut queue,
        Micros::ZERO,
        0,
        Change::Set(9),
        Priority::Cover(1e9),
    );
    put(&mut queue, AGE_CAP, 1, Change::Set(9), Priority::Cover(1.0));
    assert_eq!(skus(&queue.take(AGE_CAP).rows), [0]);
}

#[test]
fn what_waits_in_the_background_goes_after_all_others_however_old_it_is() {
    let mut queue = PublishQueue::new(4, 1);
    let hour = Micros::from_secs(3_600);
    for sku in [3, 1] {
        put(
            &mut queue,
            Micros(3 - u64::from(sku)),
            sku,
            Change::Set(9),
            Priority::Background,
        );
    }
    assert!(queue.next_is_background() && !queue.has_costing());
    put(&mut queue, hour, 0, Change::Set(5), Priority::Cover(1e9));
    assert!(!queue.next_is_background());
    assert_eq!(skus(&queue.take(hour + AGE_CAP).rows), [0]);
    // One that has become urgent is taken out of the background.
    assert_eq!(queue.in_background(SkuIndex(1)), Some(Change::Set(9)));
    put(&mut queue, hour, 1, Change::Set(9), Priority::Costing(1.0));
    assert_eq!(queue.in_background(SkuIndex(1)), None);
    assert_eq!(skus(&queue.take(hour).rows), [1]);
    assert_eq!(skus(&queue.take(hour).rows), [3]);
}

#[test]
fn calls_hold_one_kind_one_group_and_skip_what_is_in_flight() {
    let mut queue = PublishQueue::new(6, 10);
    let now = Micros::ZERO;
    let changes = [
        (0, Change::Set(1), 0),
        (1, Change::Set(1), 1),
        (2, Change::Set(1), 0),
        (3, Change::Set(1), 1),
        (4, Change::Adjust(1), 0),
        (5, Change::CompareAndSet { from: 3, to: 2 }, 0),
    ];
    for (sku, change, group) in changes {
        let priority = Priority::Cover(f64::from(sku));
        let sku = SkuIndex(sku);
        queue.put(now, QuantityWrite { sku, change }, group, priority);
    }
    queue.set_in_flight(SkuIndex(2), true);
    assert_eq!(skus(&queue.take(now).rows), [0]);
    assert_eq!(skus(&queue.take(now).rows), [1, 3]);
    assert_eq!(skus(&queue.take(now).rows), [4]);
    assert_eq!(skus(&queue.take(now).rows), [5]);
    assert!(queue.take(now).rows.is_empty() && !queue.is_empty());
    queue.set_in_flight(SkuIndex(2), false);
    assert_eq!(skus(&queue.take(now).rows), [2]);
}

#[test]
fn what_must_be_sent_as_it_is_goes_first_and_in_its_order() {
    let mut queue = PublishQueue::new(4, 3);
    put(
        &mut queue,
        Micros::ZERO,
        3,
        Change::Set(1),
        Priority::Costing(9.0),
    );
    for (sku, change, group) in [
        (0, Change::Set(5), 7),
        (1, Change::Set(5), 7),
        (0, Change::Set(4), 7),
        (2, Change::Set(5), 8),
    ] {
        let sku = SkuIndex(sku);
        queue.append(QuantityWrite { sku, change }, group);
    }
    let first = queue.take(Micros::ZERO);
    assert_eq!(skus(&first.rows), [0, 1], "no SKU twice in a call");
    queue.restore(first);
    for expected in [&[0, 1][..], &[0], &[2], &[3], &[]] {
        assert_eq!(skus(&queue.take(Micros::ZERO).rows), expected);
    }
}

/// Ranks compared for each row, when a whole catalogue is put, one row is taken at a time, and each is put once more.
fn compared_per_row(skus: u32, rows_per_call: usize, in_flight: bool) -> u64 {
    let mut queue = PublishQueue::new(skus as usize, rows_per_call);
    for sku in 0..skus {
        let score = f64::from(sku.wrapping_mul(0x9e37_79b9) >> 8);
        put(
            &mut queue,
            Micros::ZERO,
            sku,
            Change::Set(1),
            Priority::Cover(score),
        );
        queue.set_in_flight(SkuIndex(sku), in_flight);
    }
    COMPARED.set(0);
    for step in 0..u64::from(skus) {
        // Half of it becomes overdue on the way.
        let now = Micros(2 * AGE_CAP.0 * step / u64::from(skus));
        for row in queue.take(now).rows {
            queue.put(now, row, 0, Priority::Cover(1e9));
        }
    }
    COMPARED.get() / u64::from(skus)
}

#[test]
fn no_take_looks_through_all_that_waits() {
    for rows_per_call in [1, 3] {
        let few = compared_per_row(500, rows_per_call, false);
        let many = compared_per_row(32_000, rows_per_call, false);
        assert!(
            few > 0 && many < 3 * few,
            "{few} and {many} with {rows_per_call} rows"
        );
    }
    assert_eq!(
        compared_per_row(500, 3, true),
        0,
        "what is in flight is not looked at"
    );
}

/// What waits, and the rule of the module's head applied to all of it.
#[derive(Clone, Copy)]
struct Plain {
    sku: u32,
    change: Change,
    group: u64,
    priority: Priority,
    since: Micros,
}

impl Plain {
    fn order(&self, other: &Plain, now: Micros) -> std::cmp::Ordering {
        let place = |it: &Plain| {
            let (later, score) = it.priority.urgency();
            let overdue = later == 1 && now.since(it.since) >= AGE_CAP;
            let score = if overdue { 0.0 } else { score };
            (later, !overdue, score, it.since, it.sku)
        };
        let (a, b) = (place(self), place(other));
        (a.0, a.1)
            .cmp(&(b.0, b.1))
            .then(a.2.total_cmp(&b.2))
            .then((a.3, a.4).cmp(&(b.3, b.4)))
    }

    fn call(waiting: &[Plain], in_flight: &[bool], now: Micros, limit: usize) -> Vec<u32> {
        let mut free: Vec<Plain> = waiting
            .iter()
            .filter(|it| !in_flight[it.sku as usize])
            .copied()
            .collect();
        free.sort_by(|a, b| a.order(b, now));
        let Some(first) = free.first().copied() else {
            return Vec::new();
        };
        free.retain(|it| {
            it.sku == first.sku || it.group == first.group && share_a_call(it.change, first.change)
        });
        free.truncate(limit);
        free.iter().map(|it| it.sku).collect()
    }
}

proptest! {
    /// What is taken is what the rule says when it is applied to everything that waits, as time passes.
    #[test]
    fn a_call_is_filled_by_the_two_class_rule(
        limit in 1usize..5,
        steps in prop::collection::vec(
            (0u64..700, 0u32..8, -0.0f64..5.0, any::<bool>(), 0u32..6, 0u32..6),
            1..80,
        ),
    ) {
        let mut queue = PublishQueue::new(8, limit);
        let mut waiting: Vec<Plain> = Vec::new();
        let mut in_flight = [false; 8];
        let mut now = Micros::ZERO;
        for (wait_s, sku, score, costing, change, action) in steps {
            now += Micros::from_secs(wait_s);
            match action {
                0 => {
                    in_flight[sku as usize] ^= true;
                    queue.set_in_flight(SkuIndex(sku), in_flight[sku as usize]);
                }
                1 | 2 => {
                    let expected = Plain::call(&waiting, &in_flight, now, limit);
                    let taken = queue.take(now);
                    prop_assert_eq!(skus(&taken.rows), &expected[..]);
                    if action == 1 {
                        waiting.retain(|it| !expected.contains(&it.sku));
                    } else {
                        queue.restore(taken);
                    }
                }
                _ => {
                    let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
                    let change = match change {
                        0..3 => Change::Set(1),
                        3..5 => Change::Adjust(1),
                        _ => Change::CompareAndSet { from: 1, to: 0 },
                    };
                    let group = u64::from(sku % 2);
                    queue.put(now, QuantityWrite { sku: SkuIndex(sku), change }, group, priority);
                    match waiting.iter_mut().find(|it| it.sku == sku) {
                        Some(known) => (known.priority, known.change) = (priority, change),
                        None => waiting.push(Plain { sku, change, group, priority, since: now }),
                    }
                }
            }
            let costing = waiting.iter().any(|it| it.priority.is_costing());
            prop_assert_eq!((queue.is_empty(), queue.has_costing()), (waiting.is_empty(), costing));
        }
    }

    #[test]
    fn every_put_listing_comes_out_once_with_its_latest_value(puts in prop::collection::vec((0u32..8, 0i64..100, 0.0f64..10.0, any::<bool>()), 0..60), limit in 1usize..5) {
        let mut queue = PublishQueue::new(8, limit);
        let mut expected = [None; 8];
        for (sku, value, score, costing) in puts {
            let priority = if costing { Priority::Costing(score) } else { Priority::Cover(score) };
            put(&mut queue, Micros::ZERO, sku, Change::Set(value), priority);
            expected[sku as usize] = Some(value);
        }
        let mut got = [None; 8];
        loop {
            let rows = queue.take(Micros::ZERO).rows;
            if rows.is_empty() { break; }
            prop_assert!(rows.len() <= limit);
            for row in rows {
                let Change::Set(value) = row.change else { unreachable!() };
                prop_assert!(got[row.sku.0 as usize].replace(value).is_none());
            }
        }
        prop_assert_eq!(got, expected);
        prop_assert!(queue.is_empty() && !queue.has_costing());
    }
}
