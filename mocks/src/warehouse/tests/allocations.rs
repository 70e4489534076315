//! Orders from outside: reserved, repeated, rerouted, short, cancelled.

use http::Method;
use serde_json::{Value, json};

use super::{
    EAST, FBA, HOUR, TEE, WEST, allocate, call, drain, facts, get, ideal, order, tees, wake,
};
use crate::core::{Machine, Micros};
use crate::warehouse::{DeallocationReason, Fact, Warehouse};

#[test]
fn a_repeated_order_changes_nothing_and_hears_the_first_answer() {
    let mut warehouse = ideal();
    let first = allocate(&mut warehouse, Micros::ZERO, &tees("1", 10));
    assert_eq!(first["duplicate"], false);
    let again = facts(
        &mut warehouse,
        Micros::ZERO,
        "/v1/allocations",
        &tees("1", 3),
    );
    assert_eq!(
        again,
        [Fact::OrderReceived {
            channel: 0,
            order_id: "1".into(),
            duplicate: true
        }]
    );
    let mut expected = first;
    expected["duplicate"] = json!(true);
    assert_eq!(allocate(&mut warehouse, HOUR, &tees("1", 3)), expected);
    assert_eq!(warehouse.on_hand(TEE, EAST), 0);
    assert_eq!(warehouse.on_hand(TEE, WEST), 5);
    let lines = json!([{"line_id": "1", "sku": "TEE", "units": 1}]);
    let other_channel = order("amazon-us", "1", "10001", false, lines);
    assert_eq!(
        allocate(&mut warehouse, HOUR, &other_channel)["allocation"],
        "A-00000002",
        "ids are per channel"
    );
}

#[test]
fn routing_is_judged_at_the_moment_of_decision() {
    let mut warehouse = ideal();
    let decide = |warehouse: &mut Warehouse, id: &str, postal: &str, units: u32, asked: Value| {
        let mut line = json!({"line_id": "1", "sku": "TEE", "units": units});
        line["location"] = asked;
        let body = order("amazon-us", id, postal, false, json!([line]));
        match facts(warehouse, Micros::ZERO, "/v1/allocations", &body).pop() {
            Some(Fact::Allocated {
                location,
                rerouted,
                off_route,
                ..
            }) => Some((location, rerouted, off_route)),
            Some(Fact::Short { units: short, .. }) => {
                assert_eq!(short, units);
                None
            }
            other => panic!("{other:?}"),
        }
    };
    let warehouse = &mut warehouse;
    assert_eq!(
        decide(warehouse, "1", "10001", 1, Value::Null),
        Some((EAST, false, false))
    );
    assert_eq!(
        decide(warehouse, "2", "94105", 1, Value::Null),
        Some((WEST, false, false))
    );
    assert_eq!(
        decide(warehouse, "3", "10001", 1, json!("west")),
        Some((WEST, false, true))
    );
    // 9 units are left in the east and 3 in the west.
    assert_eq!(
        decide(warehouse, "4", "94105", 4, json!("west")),
        Some((EAST, true, false))
    );
    assert_eq!(
        decide(warehouse, "5", "94105", 4, json!("east")),
        Some((EAST, false, false))
    );
    // 1 and 3 are left; 50 in Amazon's own hands are not for this warehouse to take.
    assert_eq!(decide(warehouse, "6", "10001", 5, json!("fba")), None);
    assert_eq!(
        decide(warehouse, "7", "10001", 1, json!("fba")),
        Some((EAST, true, false))
    );
    assert_eq!(warehouse.available(TEE, FBA), 50);
    assert_eq!(warehouse.available_to_channel(TEE, 0), 3);
    assert_eq!(warehouse.available_to_channel(TEE, 1), 53);
}

#[test]
fn short_lines_take_nothing_and_unknown_ones_spoil_the_order() {
    let mut warehouse = ideal();
    let lines = json!([
        {"line_id": "1", "sku": "TEE", "units": 16},
        {"line_id": "2", "sku": "TEE", "units": 10},
    ]);
    let result = allocate(
        &mut warehouse,
        Micros::ZERO,
        &order("shop-us", "1", "10001", false, lines),
    );
    assert_eq!(result["status"], "short");
    assert_eq!(
        result["lines"][0],
        json!({"line_id": "1", "location": null, "units": 16, "short": 16})
    );
    assert_eq!(
        result["lines"][1]["location"], "east",
        "the other line is served"
    );

    for (id, bad) in [
        ("2", json!({"sku": "NONE"})),
        ("3", json!({"location": "moon"})),
    ] {
        let mut line = json!({"line_id": "2", "sku": "CAP", "units": 1});
        for (key, value) in bad.as_object().unwrap() {
            line[key] = value.clone();
        }
        let lines = json!([{"line_id": "1", "sku": "TEE", "units": 1}, line]);
        let body = order("shop-us", id, "94105", false, lines);
        let result = allocate(&mut warehouse, Micros::ZERO, &body);
        assert_eq!(result["status"], "invalid");
        assert_eq!(result["lines"][0]["location"], Value::Null);
        let repeated = allocate(&mut warehouse, Micros::ZERO, &body);
        assert_eq!(repeated["status"], "invalid");
        assert_eq!(repeated["duplicate"], true);
    }
    assert_eq!(warehouse.available(TEE, WEST), 5);
    let (_, cancelled) = call(
        &mut warehouse,
        Micros::ZERO,
        Method::POST,
        "/v1/allocations/A-00000002/cancel",
        "",
    );
    assert_eq!(cancelled["cancelled"], true);
}

#[test]
fn what_broke_after_the_promise_comes_short_at_picking() {
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 6));
    allocate(&mut warehouse, Micros(1), &tees("2", 4));
    assert_eq!(warehouse.damage(Micros(2), TEE, EAST, 3), 3);
    assert_eq!(warehouse.available(TEE, EAST), -3);
    drain(&mut warehouse);
    let first = wake(&mut warehouse, HOUR).facts;
    assert!(matches!(first[..], [Fact::Shipped { units: 6, .. }]));
    let second = wake(&mut warehouse, HOUR + Micros(1)).facts;
    assert_eq!(
        second,
        [
            Fact::Deallocated {
                channel: 0,
                order_id: "2".into(),
                item: TEE,
                location: EAST,
                units: 4,
                reason: DeallocationReason::Missing
            },
            Fact::Short {
                channel: 0,
                order_id: "2".into(),
                item: TEE,
                units: 4
            }
        ]
    );
    assert_eq!(warehouse.on_hand(TEE, EAST), 1);
    assert_eq!(warehouse.available(TEE, EAST), 1);
    let changes = get(&mut warehouse, HOUR + HOUR, "/v1/changes?kinds=deallocated");
    assert_eq!(changes["changes"][0]["reason"], "missing");
    assert_eq!(changes["changes"][0]["units"], 4);
    assert!(warehouse.poll_timeout().is_none());
}

#[test]
fn cancelling_gives_units_back_and_clears_the_timer() {
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 6));
    allocate(&mut warehouse, Micros(5), &tees("2", 1));
    assert_eq!(warehouse.poll_timeout().unwrap().at, HOUR);
    let cancelled = facts(
        &mut warehouse,
        Micros(6),
        "/v1/allocations/A-00000001/cancel",
        "",
    );
    assert_eq!(
        cancelled,
        [Fact::Deallocated {
            channel: 0,
            order_id: "1".into(),
            item: TEE,
            location: EAST,
            units: 6,
            reason: DeallocationReason::Cancelled
        }]
    );
    assert_eq!(warehouse.poll_timeout().unwrap().at, HOUR + Micros(5));
    assert_eq!(warehouse.available(TEE, EAST), 9);
    let again = facts(
        &mut warehouse,
        Micros(7),
        "/v1/allocations/A-00000001/cancel",
        "",
    );
    assert_eq!(again, [], "a second cancellation gives nothing back");
    let (_, released) = call(
        &mut warehouse,
        Micros(8),
        Method::POST,
        "/v1/releases",
        r#"{"allocations":["A-00000001"]}"#,
    );
    assert_eq!(released["unknown"], json!(["A-00000001"]));
}

/// Ten units lie in the east, five in the west.
#[test]
fn a_line_that_no_location_can_serve_alone_leaves_from_several() {
    let mut warehouse = ideal();
    let told = facts(
        &mut warehouse,
        Micros::ZERO,
        "/v1/allocations",
        &tees("1", 12),
    );
    let parts: Vec<_> = told
        .iter()
        .filter_map(|fact| match *fact {
            Fact::Allocated {
                location,
                units,
                rerouted,
                off_route,
                split,
                ..
            } => Some((location, units, rerouted || off_route, split)),
            _ => None,
        })
        .collect();
    assert_eq!(parts, [(EAST, 10, false, false), (WEST, 2, false, true)]);
    let again = allocate(&mut warehouse, Micros::ZERO, &tees("1", 12));
    assert_eq!(again["status"], "allocated");
    let part = |location: &str, units: u32| json!({"line_id": "1", "location": location, "units": units, "short": 0});
    assert_eq!(again["lines"], json!([part("east", 10), part("west", 2)]));
    let short = allocate(&mut warehouse, Micros::ZERO, &tees("2", 4));
    assert_eq!(short["status"], "short", "all together have three");
    assert_eq!(warehouse.available(TEE, WEST), 3, "it takes nothing");
    wake(&mut warehouse, HOUR);
    let changes = get(&mut warehouse, HOUR, "/v1/changes?after=0&kinds=shipped");
    let changes = changes["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_ne!(
        changes[0]["tracking"], changes[1]["tracking"],
        "each place packs a parcel of its own"
    );
}

#[test]
fn a_part_is_given_back_once_however_often_it_is_asked() {
    const REDUCE: &str = "/v1/allocations/A-00000001/reduce";
    let wanted = |units: u32| json!({"lines": [{"line_id": "1", "units": units}]}).to_string();
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 12));
    let given_back = |location, units| Fact::Deallocated {
        channel: 0,
        order_id: "1".into(),
        item: TEE,
        location,
        units,
        reason: DeallocationReason::Cancelled,
    };
    let told = facts(&mut warehouse, Micros::ZERO, REDUCE, &wanted(9));
    assert_eq!(told, [given_back(WEST, 2), given_back(EAST, 1)]);
    assert_eq!(facts(&mut warehouse, Micros::ZERO, REDUCE, &wanted(9)), []);
    let more = facts(&mut warehouse, Micros::ZERO, REDUCE, &wanted(11));
    assert_eq!(more, [], "it takes nothing more");
    let (status, body) = call(
        &mut warehouse,
        Micros::ZERO,
        Method::POST,
        REDUCE,
        &json!({"lines": [{"line_id": "7", "units": 0}]}).to_string(),
    );
    assert_eq!(status, 422, "{body}");
    let shipped: u32 = wake(&mut warehouse, HOUR)
        .facts
        .iter()
        .map(|fact| match fact {
            Fact::Shipped { units, .. } => *units,
            _ => 0,
        })
        .sum();
    assert_eq!(shipped, 9);
    let (_, body) = call(&mut warehouse, HOUR, Method::POST, REDUCE, &wanted(0));
    assert_eq!(body["reduced"], false, "it has left");
}

#[test]
fn an_allocation_of_which_nothing_is_wanted_never_leaves() {
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 3));
    let nothing = json!({"lines": [{"line_id": "1", "units": 0}]}).to_string();
    let reduce = "/v1/allocations/A-00000001/reduce";
    let (_, body) = call(&mut warehouse, Micros::ZERO, Method::POST, reduce, &nothing);
    assert_eq!(
        body,
        json!({"allocation": "A-00000001", "lines": [{"line_id": "1", "cancelled": 3}], "reduced": true})
    );
    let told = wake(&mut warehouse, HOUR).facts;
    assert_eq!(told, [], "{told:?}");
    assert_eq!(warehouse.available(TEE, EAST), 10);
}

#[test]
fn nobody_picks_an_allocation_whose_last_reserved_line_is_taken_out() {
    let mut warehouse = ideal();
    let lines = json!([
        {"line_id": "1", "sku": "TEE", "units": 2},
        {"line_id": "2", "sku": "TEE", "units": 1_000}
    ]);
    allocate(
        &mut warehouse,
        Micros::ZERO,
        &order("shop-us", "1", "10001", false, lines),
    );
    assert!(warehouse.poll_timeout().is_some(), "the first line leaves");
    let nothing = json!({"lines": [{"line_id": "1", "units": 0}]}).to_string();
    let reduce = "/v1/allocations/A-00000001/reduce";
    call(&mut warehouse, Micros::ZERO, Method::POST, reduce, &nothing);
    wake(&mut warehouse, Micros::ZERO);
    assert!(warehouse.poll_timeout().is_none(), "the second never could");
}

/// However units are given back, an order that is asked for again hears what is still reserved.
#[test]
fn a_repeated_order_hears_the_first_answer_less_what_was_given_back() {
    let units = |result: &Value| {
        let lines = result["lines"].as_array().unwrap().iter();
        let lines = lines.map(|line| (line["units"].as_u64(), line["short"].as_u64()));
        lines.collect::<Vec<_>>()
    };
    let reduce = json!({"lines": [{"line_id": "1", "units": 0}]}).to_string();
    for (way, body) in [("cancel", ""), ("reduce", reduce.as_str())] {
        let mut warehouse = ideal();
        allocate(&mut warehouse, Micros::ZERO, &tees("1", 12));
        let path = format!("/v1/allocations/A-00000001/{way}");
        let (status, _) = call(&mut warehouse, Micros::ZERO, Method::POST, &path, body);
        assert_eq!(status, 200);
        assert_eq!(warehouse.totals().allocated, 0);
        let again = allocate(&mut warehouse, Micros::ZERO, &tees("1", 12));
        assert_eq!(
            (&again["status"], &again["duplicate"]),
            (&json!("cancelled"), &json!(true)),
            "{way}"
        );
        assert_eq!(
            units(&again),
            [(Some(0), Some(0)), (Some(0), Some(0))],
            "{way}"
        );
        assert_eq!(warehouse.totals().allocated, 0);
    }
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 3));
    warehouse.damage(Micros::ZERO, TEE, EAST, 9);
    drain(&mut warehouse);
    wake(&mut warehouse, HOUR);
    let again = allocate(&mut warehouse, HOUR, &tees("1", 3));
    assert_eq!(
        (&again["status"], units(&again)),
        (&json!("cancelled"), vec![(Some(0), Some(0))]),
        "found missing when it was picked"
    );
}

#[test]
fn a_line_has_an_id_of_its_own_and_ids_are_counted_by_characters() {
    let mut warehouse = ideal();
    let line = |id: &str, units: Value| json!({"line_id": id, "sku": "TEE", "units": units});
    let twice = json!([
        line("a", json!(1)),
        line("b", json!(1)),
        line("a", json!(2))
    ]);
    let mut ask = |id: &str, lines: Value| {
        let body = order("shop-us", id, "10001", false, lines);
        call(
            &mut warehouse,
            Micros::ZERO,
            Method::POST,
            "/v1/allocations",
            &body,
        )
    };
    let (status, answer) = ask("1", twice);
    assert_eq!(status, 422);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("two lines have the line_id a"),
        "{message}"
    );
    let longest = "\u{e9}".repeat(255);
    let (status, answer) = ask(&longest, json!([line(&longest, json!(2.0))]));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["results"][0]["order_id"], longest);
    assert_eq!(answer["results"][0]["lines"][0]["units"], 2);
    let (status, _) = ask(&"\u{e9}".repeat(256), json!([line("1", json!(1))]));
    assert_eq!(status, 422);
}

#[test]
fn arrays_stand_for_no_objects_and_units_below_none_make_no_sense() {
    let mut warehouse = ideal();
    allocate(&mut warehouse, Micros::ZERO, &tees("1", 5));
    for (path, body) in [
        ("/v1/releases", json!([["A-00000001"]])),
        ("/v1/allocations/A-00000001/reduce", json!([[["1", 2]]])),
        (
            "/v1/allocations/A-00000001/reduce",
            json!({"lines": [["1", 2]]}),
        ),
        (
            "/v1/allocations/A-00000001/reduce",
            json!({"lines": [{"line_id": "1", "units": -1}]}),
        ),
    ] {
        let (status, answer) = call(
            &mut warehouse,
            Micros::ZERO,
            Method::POST,
            path,
            &body.to_string(),
        );
        assert_eq!(
            (status, &answer["error"]["code"]),
            (422, &json!("unprocessable")),
            "{body}"
        );
    }
    assert_eq!(warehouse.totals().allocated, 5);
}
