//! What holds whatever is thrown at the warehouse.

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Drained, drain, ideal, request, seed, send};
use crate::core::{Input, LocationIndex, Machine, Micros, RequestId};
use crate::warehouse::model::orders::State;
use crate::warehouse::signals::MOST_WAITERS;
use crate::warehouse::{Fact, ItemIndex, Warehouse};

const ITEMS: usize = 3;
const LOCATIONS: usize = 3;

/// One thing that happens to a warehouse.
#[derive(Clone, Debug)]
enum Step {
    Receive(u32, u16, u32),
    Damage(u32, u16, u32),
    Recount(u32, u16, u32),
    Return(u32, u16, u32),
    ThirdParty(u32, u32),
    Order {
        number: u8,
        hold: bool,
        postal: u8,
        lines: Vec<(u32, u32, Option<u16>)>,
    },
    Release(u8),
    Cancel(u8),
    Reduce(u8, u32),
    LongPoll(u16),
    /// Advance to the next timer.
    Wake,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let place = || (0..ITEMS as u32, 0..LOCATIONS as u16, 0..12u32);
    let line = (
        0..ITEMS as u32,
        1..8u32,
        prop::option::of(0..LOCATIONS as u16),
    );
    let order = (
        0..20u8,
        any::<bool>(),
        0..10u8,
        prop::collection::vec(line, 1..4),
    );
    let step = prop_oneof![
        1 => place().prop_map(|(item, at, units)| Step::Receive(item, at, units)),
        1 => place().prop_map(|(item, at, units)| Step::Damage(item, at, units)),
        1 => place().prop_map(|(item, at, units)| Step::Recount(item, at, units)),
        1 => place().prop_map(|(item, at, units)| Step::Return(item, at, units)),
        1 => (0..ITEMS as u32, 0..9u32).prop_map(|(item, units)| Step::ThirdParty(item, units)),
        6 => order.prop_map(|(number, hold, postal, lines)| Step::Order { number, hold, postal, lines }),
        2 => (0..20u8).prop_map(Step::Release),
        2 => (0..20u8).prop_map(Step::Cancel),
        2 => (0..20u8, 0..8u32).prop_map(|(number, units)| Step::Reduce(number, units)),
        1 => (0..30_000u16).prop_map(Step::LongPoll),
        3 => Just(Step::Wake),
    ];
    prop::collection::vec(step, 1..80)
}

fn apply(warehouse: &mut Warehouse, now: Micros, id: u64, step: &Step) -> Drained {
    let place = |item: u32, at: u16| (ItemIndex(item), LocationIndex(at));
    match step {
        Step::Receive(item, at, units) => {
            let (item, at) = place(*item, *at);
            warehouse.receive(now, item, at, *units);
        }
        Step::Damage(item, at, units) => {
            let (item, at) = place(*item, *at);
            warehouse.damage(now, item, at, *units);
        }
        Step::Recount(item, at, counted) => {
            let (item, at) = place(*item, *at);
            warehouse.recount(now, item, at, *counted);
        }
        Step::Return(item, at, units) => {
            let (item, at) = place(*item, *at);
            warehouse.return_units(now, item, at, *units);
        }
        Step::ThirdParty(item, units) => {
            let (item, at) = place(*item, 2);
            warehouse.ship_by_third_party(now, 1, "elsewhere", item, at, *units);
        }
        Step::Order {
            number,
            hold,
            postal,
            lines,
        } => {
            let seed = seed();
            let lines: Vec<Value> = lines
                .iter()
                .enumerate()
                .map(|(position, (item, units, asked))| {
                    json!({"line_id": position.to_string(), "sku": seed.skus[*item as usize], "units": units,
                           "location": asked.map(|at| &seed.locations[usize::from(at)].code)})
                })
                .collect();
            let body = json!({"allocations": [{"channel": "shop-us", "order_id": number.to_string(), "hold": hold,
                "ship_to": {"country": "US", "postal_code": format!("{postal}0000")}, "lines": lines}]});
            return send(
                warehouse,
                now,
                id,
                request(Method::POST, "/v1/allocations", &body.to_string()),
            );
        }
        Step::Release(number) => {
            let body = json!({"allocations": [format!("A-{number:08}")]}).to_string();
            return send(
                warehouse,
                now,
                id,
                request(Method::POST, "/v1/releases", &body),
            );
        }
        Step::Cancel(number) => {
            let uri = format!("/v1/allocations/A-{number:08}/cancel");
            return send(warehouse, now, id, request(Method::POST, &uri, ""));
        }
        Step::Reduce(number, units) => {
            let uri = format!("/v1/allocations/A-{number:08}/reduce");
            let body = json!({"lines": [{"line_id": "0", "units": units}]}).to_string();
            return send(warehouse, now, id, request(Method::POST, &uri, &body));
        }
        Step::LongPoll(wait) => {
            let wait = wait % 20_001;
            let after = warehouse.shop.feed.end();
            let uri = format!("/v1/changes?after={after}&wait_ms={wait}");
            return send(warehouse, now, id, request(Method::GET, &uri, ""));
        }
        Step::Wake => warehouse.handle(now, Input::Wake),
    }
    drain(warehouse)
}

/// Units on hand and reserved, by item and location, told by the facts alone.
#[derive(Debug, PartialEq)]
struct Told {
    on_hand: [[i64; LOCATIONS]; ITEMS],
    allocated: [[i64; LOCATIONS]; ITEMS],
}

impl Told {
    fn opening() -> Told {
        let mut told = Told {
            on_hand: [[0; LOCATIONS]; ITEMS],
            allocated: [[0; LOCATIONS]; ITEMS],
        };
        for (row, counts) in told.on_hand.iter_mut().zip(seed().stock) {
            for (cell, count) in row.iter_mut().zip(counts) {
                *cell = i64::from(count);
            }
        }
        told
    }

    fn hear(&mut self, fact: &Fact) {
        let at =
            |item: ItemIndex, location: LocationIndex| (item.0 as usize, usize::from(location.0));
        match *fact {
            Fact::Allocated {
                item,
                location,
                units,
                ..
            } => {
                let (item, location) = at(item, location);
                self.allocated[item][location] += i64::from(units);
            }
            Fact::Deallocated {
                item,
                location,
                units,
                ..
            } => {
                let (item, location) = at(item, location);
                self.allocated[item][location] -= i64::from(units);
            }
            Fact::Shipped {
                item,
                location,
                units,
                ref order_id,
                ..
            } => {
                let (item, location) = at(item, location);
                self.on_hand[item][location] -= i64::from(units);
                if order_id.as_ref() != "elsewhere" {
                    self.allocated[item][location] -= i64::from(units);
                }
            }
            Fact::StockChanged {
                item,
                location,
                delta,
                on_hand,
                ..
            } => {
                let (item, location) = at(item, location);
                self.on_hand[item][location] += delta;
                assert_eq!(self.on_hand[item][location], on_hand);
            }
            Fact::OrderReceived { .. } | Fact::Short { .. } | Fact::Call { .. } => {}
        }
    }

    fn of(warehouse: &Warehouse) -> Told {
        let mut told = Told::opening();
        for item in 0..ITEMS {
            for location in 0..LOCATIONS {
                let (i, l) = (ItemIndex(item as u32), LocationIndex(location as u16));
                told.on_hand[item][location] = warehouse.on_hand(i, l);
                told.allocated[item][location] =
                    warehouse.on_hand(i, l) - warehouse.available(i, l);
            }
        }
        told
    }

    /// What the change feed tells, checked record by record.
    fn from_feed(warehouse: &mut Warehouse, now: Micros) -> Told {
        let mut told = Told::opening();
        let seed = seed();
        let mut after = 0;
        loop {
            let uri = format!("/v1/changes?after={after}&limit=7");
            let drained = send(warehouse, now, u64::MAX, request(Method::GET, &uri, ""));
            let page: Value = serde_json::from_slice(drained.responses[0].2.body()).unwrap();
            for change in page["changes"].as_array().unwrap() {
                after += 1;
                assert_eq!(change["seq"], after);
                let item = seed
                    .skus
                    .iter()
                    .position(|sku| change["sku"] == **sku)
                    .unwrap();
                let is_here = |code: &str| change["location"] == *code;
                let location = seed
                    .locations
                    .iter()
                    .position(|l| is_here(&l.code))
                    .unwrap();
                let units = change["units"].as_i64().unwrap();
                let on_hand = &mut told.on_hand[item][location];
                let allocated = &mut told.allocated[item][location];
                match change["kind"].as_str().unwrap() {
                    "allocated" | "deallocated" => *allocated -= units,
                    "shipped" => {
                        *on_hand += units;
                        if change.get("allocation").is_some() {
                            *allocated += units;
                        }
                    }
                    _ => *on_hand += units,
                }
                assert_eq!(change["on_hand"], *on_hand);
                assert_eq!(change["available"], *on_hand - *allocated);
            }
            assert_eq!(page["next"], after);
            if page["more"] == false {
                return told;
            }
        }
    }
}

/// Units that open and held allocations have reserved, from the order book alone.
fn booked(warehouse: &Warehouse) -> [[i64; LOCATIONS]; ITEMS] {
    let mut booked = [[0; LOCATIONS]; ITEMS];
    for number in 0..warehouse.shop.book.len() as u32 {
        let allocation = crate::warehouse::model::ids::AllocationIndex(number);
        if matches!(
            warehouse.shop.book.state(allocation),
            State::Open | State::Held
        ) {
            for index in warehouse.shop.book.line_range(allocation) {
                let line = warehouse.shop.book.line(index);
                if let Some(location) = line.location {
                    booked[line.item.0 as usize][usize::from(location.0)] += i64::from(line.units);
                }
            }
        }
    }
    booked
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn units_are_conserved_and_every_account_agrees(steps in steps()) {
        let mut warehouse = ideal();
        let mut told = Told::opening();
        let (mut now, mut asked, mut answered) = (Micros::ZERO, 0, 0);
        for (id, step) in steps.iter().enumerate() {
            let timer = warehouse.poll_timeout();
            now = match (step, timer) {
                (Step::Wake, Some(timer)) => timer.at,
                (_, timer) => (now + Micros::from_secs(1)).min(timer.map_or(Micros::MAX, |t| t.at)),
            };
            let is_call = matches!(step, Step::Order { .. } | Step::Release(_) | Step::Cancel(_) | Step::Reduce(..) | Step::LongPoll(_));
            asked += usize::from(is_call);
            let drained = apply(&mut warehouse, now, id as u64, step);
            answered += drained.responses.len();
            drained.facts.iter().for_each(|fact| told.hear(fact));
            prop_assert_eq!(&told, &Told::of(&warehouse));
            prop_assert_eq!(&booked(&warehouse), &told.allocated);
            prop_assert!(told.on_hand.iter().flatten().all(|&units| units >= 0));
            if let Err(error) = warehouse.conservation() {
                return Err(TestCaseError::fail(error.to_string()));
            }
            if let Some(timer) = warehouse.poll_timeout() {
                prop_assert!(timer.at > now, "what is due is done");
            }
        }
        while let Some(timer) = warehouse.poll_timeout() {
            now = timer.at;
            let drained = apply(&mut warehouse, now, 0, &Step::Wake);
            prop_assert!(!drained.responses.is_empty() || !drained.facts.is_empty(), "no timer without cause");
            answered += drained.responses.len();
            drained.facts.iter().for_each(|fact| told.hear(fact));
        }
        prop_assert_eq!(asked, answered, "every call is answered once");
        prop_assert_eq!(&told, &Told::of(&warehouse));
        prop_assert_eq!(&told, &Told::from_feed(&mut warehouse, now));
        warehouse.conservation().unwrap();
    }

    #[test]
    fn no_bytes_can_break_it(
        method in prop::sample::select(vec!["GET", "POST", "PUT", "BREW"]),
        path in prop_oneof![
            Just("/v1/allocations".to_string()),
            Just("/v1/releases".to_string()),
            "/v1/(stock|changes|allocations)[/?][ -~]{0,20}",
            "/v1/changes\\?(after|limit|wait_ms|kinds)=[0-9a-z%+]{0,12}",
            "/[ -~]{0,30}",
        ],
        token in prop_oneof![3 => Just("Bearer warehouse-token".as_bytes().to_vec()), 1 => any::<Vec<u8>>()],
        body in prop_oneof![
            any::<Vec<u8>>(),
            "[\\[\\]{}\",:a-z0-9-]{0,60}".prop_map(String::into_bytes),
            r#"\{"allocations":\[\{"channel":"shop-us","order_id":"[^"\\]{0,4}","lines":\[\{"line_id":"[a-z]{0,2}","sku":"(TEE|CAP|[a-z]*)","units":-?[0-9]{1,11}\}\]\}\]\}"#
                .prop_map(String::into_bytes),
        ],
    ) {
        let builder = http::Request::builder().method(method).uri(path.as_str()).header("authorization", token);
        // Paths and headers that are no HTTP never reach a machine.
        if let Ok(request) = builder.body(body) {
            let mut warehouse = ideal();
            let mut drained = send(&mut warehouse, Micros(5), 3, request);
            if drained.responses.is_empty() {
                let timer = warehouse.poll_timeout().expect("a held call has a timer");
                warehouse.handle(timer.at, Input::Wake);
                drained.responses = drain(&mut warehouse).responses;
            }
            prop_assert_eq!(drained.responses.len(), 1);
            prop_assert_eq!(drained.responses[0].0, RequestId(3));
            serde_json::from_slice::<Value>(drained.responses[0].2.body()).expect("every answer is JSON");
            warehouse.conservation().unwrap();
        }
    }
}

#[test]
fn held_polls_are_bounded() {
    let mut warehouse = ideal();
    let mut answered = 0;
    for id in 0..MOST_WAITERS as u64 + 3 {
        let poll = request(Method::GET, "/v1/changes?wait_ms=1000", "");
        answered += send(&mut warehouse, Micros::ZERO, id, poll).responses.len();
    }
    assert_eq!(answered, 3);
    warehouse.handle(Micros::from_secs(1), Input::Wake);
    assert_eq!(drain(&mut warehouse).responses.len(), MOST_WAITERS);
}
