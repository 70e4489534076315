//! Profiles that change while the warehouse runs: what is laid over holds from then on, and comes back.

use super::*;
use crate::core::FaultCount;

fn second(seconds: u64) -> Micros {
    Micros::from_secs(seconds)
}

fn lay(warehouse: &mut Warehouse, now: Micros, overrides: &str) {
    let table = overrides.parse().unwrap();
    warehouse.lay_over(now, &table).unwrap();
}

const EVERYTHING: &str = "[limits]\ncalls_per_second = 0.1\nburst = 1.0\n[latency]\nread = { fixed = \"9s\" }\nwrite = { fixed = \"9s\" }\n[fulfillment]\npick_and_ship = { fixed = \"9h\" }";

#[test]
fn laying_over_and_restoring_at_once_changes_no_byte() {
    let run = |touched: bool| {
        let mut warehouse = open("warehouse-default");
        let mut told = Vec::new();
        for step in 0..60u64 {
            let now = second(500 * step) + Micros(7_000 * step);
            if touched {
                lay(&mut warehouse, now, EVERYTHING);
                lay(&mut warehouse, now, "");
            }
            let order = tees(&format!("order {step}"), 1);
            for (id, method, uri, body) in [
                (1, Method::POST, "/v1/allocations", order.as_str()),
                (2, Method::GET, "/v1/stock", ""),
            ] {
                let drained = send(&mut warehouse, now, id, request(method, uri, body));
                told.push(format!("{drained:?}"));
            }
        }
        told.push(format!("{:?}", warehouse.limits()));
        told
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn limits_latencies_and_picking_change_from_now_on_and_come_back() {
    let mut warehouse = ideal();
    let first = allocate(&mut warehouse, Micros::ZERO, &tees("first", 1));
    assert!(first["allocation"].is_string(), "{first}");
    lay(&mut warehouse, Micros::ZERO, EVERYTHING);
    let now = second(1);
    let sent = |warehouse: &mut Warehouse, now| {
        let mut drained = send(warehouse, now, 1, request(Method::GET, "/v1/stock", ""));
        let (_, at, response) = drained.responses.pop().unwrap();
        (response.status().as_u16(), at.since(now))
    };
    assert_eq!(sent(&mut warehouse, now), (200, second(9)));
    assert_eq!(sent(&mut warehouse, now).0, 429);
    let now = second(11);
    allocate(&mut warehouse, now, &tees("second", 1));
    lay(&mut warehouse, now, "");
    assert_eq!(sent(&mut warehouse, second(12)), (200, Micros::ZERO));
    let counts = warehouse.fault_counts();
    let count = |eligible, injected| FaultCount { eligible, injected };
    assert_eq!(
        (counts.cut_limit, counts.cut_throttle),
        (count(3, 3), count(3, 1))
    );
    allocate(&mut warehouse, second(12), &tees("third", 1));
    let mut shipped = Vec::new();
    while let Some(timer) = warehouse.poll_timeout() {
        for fact in wake(&mut warehouse, timer.at).facts {
            if let Fact::Shipped { order_id, .. } = fact {
                shipped.push((order_id.to_string(), timer.at));
            }
        }
    }
    let expected = [
        ("first".to_string(), HOUR),
        ("third".to_string(), second(12) + HOUR),
        ("second".to_string(), second(11 + 9 * 3_600)),
    ];
    assert_eq!(shipped, expected);
    let unknown = "[latency]\nraed = { fixed = \"1s\" }".parse().unwrap();
    let refused = warehouse.lay_over(second(50_000), &unknown);
    assert!(refused.unwrap_err().contains("raed"));
}
