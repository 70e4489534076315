use http::HeaderValue;
use proptest::prelude::*;
use serde_json::json;

use super::{
    AllocatedLine, AllocationOf, AllocationRequest, AllocationResult, AllocationStatus, Change,
    ChangeKind, ChangeKinds, Event, LineRequest, Location, Operation, StockLevel, Tracking,
    WarehouseClient,
};
use crate::canonical::{ChannelIndex, LineKey, OrderKey, ShipTo, SkuIndex};
use crate::connectors::fixtures::{AMAZON, SHOPIFY, at, config, json_of, response, target_of};
use crate::machine::Response;
use oversell_kernel::Micros;

fn read(client: &mut WarehouseClient, operation: &Operation, answer: &Response) -> Vec<Event> {
    let mut events = Vec::new();
    client.parse(operation, answer, &mut events);
    events
}

fn parsed(client: &mut WarehouseClient, operation: &Operation, body: &str) -> Vec<Event> {
    read(client, operation, &response(200, body))
}

/// A client that knows the locations `east` (0) and `fba` (1).
fn ready() -> WarehouseClient {
    let mut client = WarehouseClient::new(&config());
    let body = r#"{"locations":[
        {"id":"east","name":"East","country":"US","channels":["*"],"fulfilled_by":"merchant","postal_prefixes":["0","1"]},
        {"id":"fba","name":"FBA","country":"US","channels":["amazon-us","elsewhere"],"fulfilled_by":"amazon","postal_prefixes":[]}]}"#;
    let location = |id: &str, channels: &[u16], postal_prefixes: &[u8]| Location {
        id: id.to_owned(),
        country: Some(*b"US"),
        channels: channels.iter().copied().map(ChannelIndex).collect(),
        is_the_merchants: id != "fba",
        postal_prefixes: postal_prefixes.to_vec(),
    };
    assert_eq!(
        parsed(&mut client, &Operation::ReadLocations, body),
        [Event::LocationsRead(vec![
            location("east", &[0, 1, 2, 3], &[0, 1]),
            location("fba", &[1], &[])
        ])]
    );
    client
}

#[test]
fn requests_carry_the_token() {
    let stock = Operation::ReadStock {
        after: Some("PEN/10 \"blue\"".to_owned()),
    };
    let request = ready().build(&stock);
    assert_eq!(
        target_of(&request),
        "GET /v1/stock?limit=1000&after=PEN%2F10%20%22blue%22"
    );
    assert_eq!(request.headers()["authorization"], "Bearer token");
    let kinds = ChangeKinds::of(&[ChangeKind::Shipped, ChangeKind::Received]);
    let changes = Operation::ReadChanges {
        after: 7,
        wait_ms: 90_000,
        kinds,
    };
    assert_eq!(
        target_of(&ready().build(&changes)),
        "GET /v1/changes?after=7&limit=500&wait_ms=20000&kinds=received,shipped"
    );
    let changes = Operation::ReadChanges {
        after: 7,
        wait_ms: 0,
        kinds: ChangeKinds::ALL,
    };
    assert_eq!(
        target_of(&ready().build(&changes)),
        "GET /v1/changes?after=7&limit=500&wait_ms=0"
    );
}

#[test]
fn every_kind_is_in_the_whole_set() {
    assert_eq!(ChangeKinds::of(&ChangeKind::ALL), ChangeKinds::ALL);
}

#[test]
fn stock_rows_are_read_one_by_one() {
    let body = r#"{"stock":[
        {"sku":"MUG","location":"east","on_hand":9,"allocated":2,"available":7,"version":41},
        {"sku":"HAT","location":"east","on_hand":1,"allocated":0,"available":1,"version":2}],
        "next":"MUG","cursor":50}"#;
    let events = parsed(&mut ready(), &Operation::ReadStock { after: None }, body);
    let level = StockLevel {
        sku: SkuIndex(0),
        location: 0,
        on_hand: 9,
        allocated: 2,
        available: 7,
        version: 41,
    };
    assert_eq!(events[0], Event::StockLevel(level));
    assert!(matches!(events[1], Event::Quarantined { .. }));
    assert_eq!(
        events[2],
        Event::StockRead {
            next: Some("MUG".to_owned()),
            cursor: 50
        }
    );
}

#[test]
fn changes_say_whose_they_are() {
    let operation = Operation::ReadChanges {
        after: 0,
        wait_ms: 0,
        kinds: ChangeKinds::ALL,
    };
    let body = r#"{"changes":[
        {"seq":1,"at":"2026-11-20T10:00:00.250Z","kind":"damaged","sku":"CAP","location":"east","units":-1,"on_hand":4,"available":3},
        {"seq":2,"at":"2026-11-20T10:00:01.000Z","kind":"shipped","sku":"MUG","location":"fba","units":-2,"on_hand":7,"available":7,
         "allocation":"A-00000017","channel":"amazon-us","order_id":"902-0000001-0000001","line_id":"6001",
         "tracking":{"carrier":"UPS","number":"1ZSIM"}},
        {"seq":3,"at":"2026-11-20T10:00:01.000Z","kind":"shipped","sku":"MUG","location":"fba","units":-2,"on_hand":7,"available":7},
        {"seq":4,"at":"2026-11-20T10:00:01.000Z","kind":"stolen","sku":"MUG","location":"fba","units":-2,"on_hand":7,"available":7}],
        "next":4,"more":true}"#;
    let events = parsed(&mut ready(), &operation, body);
    let damaged = Change {
        sequence: 1,
        at: at(10, 0, 0) + Micros::from_millis(250),
        kind: ChangeKind::Damaged,
        sku: SkuIndex(1),
        location: 0,
        units: -1,
        on_hand: 4,
        available: 3,
        allocation: None,
        tracking: None,
        is_missing: false,
    };
    let shipped = Change {
        sequence: 2,
        at: at(10, 0, 1),
        kind: ChangeKind::Shipped,
        sku: SkuIndex(0),
        location: 1,
        units: -2,
        on_hand: 7,
        available: 7,
        allocation: Some(AllocationOf {
            allocation: 17,
            channel: AMAZON,
            order: OrderKey(90_200_000_010_000_001),
            line: LineKey(6001),
        }),
        tracking: Some(Tracking {
            carrier: "UPS".to_owned(),
            number: "1ZSIM".to_owned(),
        }),
        is_missing: false,
    };
    assert_eq!(
        events[..2],
        [Event::Changed(damaged), Event::Changed(shipped)]
    );
    assert!(matches!(
        events[2..4],
        [Event::Quarantined { .. }, Event::Quarantined { .. }]
    ));
    assert_eq!(
        events[4],
        Event::ChangesRead {
            next: 4,
            more: true
        }
    );
}

#[test]
fn orders_are_named_by_their_native_ids() {
    let line = |location| LineRequest {
        line: LineKey(1),
        sku: SkuIndex(0),
        units: 2,
        location,
    };
    let batch = vec![
        AllocationRequest {
            channel: SHOPIFY,
            order: OrderKey(5001),
            hold: true,
            ship_to: Some(ShipTo {
                country: *b"US",
                postal_code: 1_234,
            }),
            lines: vec![line(Some(1))],
        },
        AllocationRequest {
            channel: AMAZON,
            order: OrderKey(90_200_000_010_000_001),
            hold: false,
            ship_to: None,
            lines: vec![line(None), line(Some(9))],
        },
    ];
    let request = ready().build(&Operation::Allocate { batch });
    assert_eq!(target_of(&request), "POST /v1/allocations");
    let plain = json!({"line_id": "1", "sku": "MUG", "units": 2});
    assert_eq!(
        json_of(&request),
        json!({"allocations": [
            {"channel": "shop-us", "order_id": "5001", "hold": true,
             "ship_to": {"country": "US", "postal_code": "01234"},
             "lines": [{"line_id": "1", "sku": "MUG", "units": 2, "location": "fba"}]},
            {"channel": "amazon-us", "order_id": "902-0000001-0000001", "hold": false,
             "lines": [plain.clone(), plain]}]})
    );
}

#[test]
fn allocations_are_answered_order_by_order() {
    let body = r#"{"results":[
        {"channel":"shop-us","order_id":"5001","allocation":"A-00000017","status":"short","duplicate":true,
         "lines":[{"line_id":"1","location":"east","units":2,"short":0},{"line_id":"2","location":null,"units":3,"short":3}]},
        {"channel":"shop-us","order_id":"5002","allocation":null,"status":"invalid","duplicate":false,"lines":[]},
        {"channel":"nobody","order_id":"5003","allocation":"A-00000018","status":"allocated","duplicate":false,"lines":[]}]}"#;
    let events = parsed(
        &mut ready(),
        &Operation::Allocate { batch: Vec::new() },
        body,
    );
    let line = |line, location, units, short| AllocatedLine {
        line: LineKey(line),
        location,
        units,
        short,
    };
    let first = AllocationResult {
        channel: SHOPIFY,
        order: OrderKey(5001),
        allocation: Some(17),
        status: AllocationStatus::Short,
        duplicate: true,
        lines: vec![line(1, Some(0), 2, 0), line(2, None, 3, 3)],
    };
    assert_eq!(events[0], Event::Allocated(first));
    assert!(matches!(
        &events[1],
        Event::Allocated(AllocationResult {
            status: AllocationStatus::Invalid,
            allocation: None,
            ..
        })
    ));
    assert!(matches!(events[2], Event::Quarantined { .. }));
}

#[test]
fn releases_and_cancellations_name_allocations() {
    let release = Operation::Release {
        allocations: vec![17, 1_234_567_890],
    };
    let request = ready().build(&release);
    assert_eq!(
        json_of(&request),
        json!({"allocations": ["A-00000017", "A-1234567890"]})
    );
    let body = r#"{"released":["A-00000017"],"unknown":["A-1234567890"]}"#;
    assert_eq!(
        parsed(&mut ready(), &release, body),
        [
            Event::Released { allocation: 17 },
            Event::UnknownAllocation {
                allocation: 1_234_567_890
            },
        ]
    );
    let cancel = Operation::Cancel { allocation: 17 };
    assert_eq!(
        target_of(&ready().build(&cancel)),
        "POST /v1/allocations/A-00000017/cancel"
    );
    let body = r#"{"allocation":"A-00000017","cancelled":false}"#;
    let late = Event::Cancelled {
        allocation: 17,
        cancelled: false,
    };
    assert_eq!(parsed(&mut ready(), &cancel, body), [late]);
}

#[test]
fn refusals_are_told() {
    let mut throttled = response(429, r#"{"error":{"code":"throttled","message":"slow"}}"#);
    throttled
        .headers_mut()
        .insert("retry-after", HeaderValue::from_static("3"));
    let wait = Some(Micros::from_secs(3));
    assert_eq!(
        read(&mut ready(), &Operation::ReadLocations, &throttled),
        [Event::Throttled { wait }]
    );
    let refused = response(401, r#"{"error":{"code":"unauthorized","message":"who?"}}"#);
    let reason = "unauthorized: who?".to_owned();
    assert_eq!(
        read(&mut ready(), &Operation::ReadLocations, &refused),
        [Event::Failed {
            retry: true,
            reason
        }],
        "who is not let in now may be later"
    );
    let wrong = response(400, r#"{"error":{"code":"invalid","message":"no"}}"#);
    let reason = "invalid: no".to_owned();
    assert_eq!(
        read(&mut ready(), &Operation::ReadLocations, &wrong),
        [Event::Failed {
            retry: false,
            reason
        }]
    );
}

proptest! {
    #[test]
    fn any_answer_yields_an_event(body in "\\PC{0,200}", status in 200_u16..600) {
        for operation in [
            Operation::ReadLocations,
            Operation::ReadStock { after: None },
            Operation::ReadChanges { after: 0, wait_ms: 0, kinds: ChangeKinds::ALL },
            Operation::Allocate { batch: Vec::new() },
            Operation::Release { allocations: Vec::new() },
            Operation::Cancel { allocation: 1 },
        ] {
            let events = read(&mut ready(), &operation, &response(status, &body));
            prop_assert!(!events.is_empty());
        }
    }
}
