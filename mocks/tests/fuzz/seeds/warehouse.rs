//! The warehouse: two SKUs at two locations, and an order of each state.

use channel_mocks::core::{
    Input, LocationIndex, Machine, Micros, Request, RequestId, Response, Seed,
};
use channel_mocks::warehouse::{
    Credentials, ItemIndex, Profile, Warehouse, WarehouseLocation, WarehouseSeed, coverage,
};
use serde_json::{Value, json};

use super::{EPOCH, OPENED, Plain, Seeds};

/// The emulator and what to ask it.
pub struct Subject {
    machine: Warehouse,
    seeds: Seeds,
}

impl Subject {
    pub fn open() -> Subject {
        let location = |code: &str, prefixes: &str, sellable| WarehouseLocation {
            code: code.to_owned(),
            name: code.to_owned(),
            country: "US".to_owned(),
            channels: Vec::new(),
            postal_prefixes: prefixes.to_owned(),
            sellable,
        };
        let seed = WarehouseSeed {
            seed: Seed(1),
            epoch: EPOCH,
            channels: vec!["shop".to_owned(), "amazon".to_owned()],
            skus: vec!["SKU-1".to_owned(), "MUG/\"L\"".to_owned()],
            locations: vec![
                location("east", "01234", true),
                location("west", "56789", true),
                location("fba", "", false),
            ],
            stock: vec![vec![10, 5, 7], vec![3, 8, 0]],
        };
        let profile = Profile::named("warehouse-ideal").unwrap();
        let mut machine = Warehouse::new(seed, profile, Credentials::default());
        machine.receive(Micros::ZERO, ItemIndex(0), LocationIndex(0), 5);
        machine.recount(Micros::ZERO, ItemIndex(1), LocationIndex(1), 9);
        machine.damage(Micros::ZERO, ItemIndex(0), LocationIndex(1), 1);
        let mut subject = Subject {
            machine,
            seeds: Vec::new(),
        };
        use super::Subject as _;
        let mut now = Micros::from_secs(60);
        for (number, hold) in [(1, false), (2, true), (3, true)] {
            let plain = Plain::json("POST", "/v1/allocations", &allocation(number, hold));
            let request = subject.signed(&plain, now).into_request().unwrap();
            subject.answer(&mut now, RequestId(1_000 + number), request);
        }
        subject.machine.handle(OPENED, Input::Wake);
        while subject.machine.poll_output().is_some() {}
        subject.seeds = seeds();
        subject
    }
}

fn allocation(number: u64, hold: bool) -> Value {
    json!({"allocations": [{"channel": "shop", "order_id": number.to_string(), "hold": hold,
        "ship_to": {"country": "US", "postal_code": "10001"},
        "lines": [{"line_id": "a", "sku": "SKU-1", "units": 2, "location": "east"},
                  {"line_id": "b", "sku": "MUG/\"L\"", "units": 1}]}]})
}

fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    for served in coverage() {
        let (method, template) = served.path.split_once(' ').unwrap();
        let (ids, body): (&[&str], Value) = match served.name {
            "createAllocations" => (&[""], allocation(9, false)),
            "releaseAllocations" => (&[""], json!({"allocations": ["A-00000002", "A-00000099"]})),
            "cancelAllocation" => (&["A-00000001", "A-00000003"], Value::Null),
            "reduceAllocation" => (
                &["A-00000001", "A-00000003"],
                json!({"lines": [{"line_id": "a", "units": 1}]}),
            ),
            "getStock" => (&["SKU-1", "MUG%2F%22L%22"], Value::Null),
            _ => (&[""], Value::Null),
        };
        for id in ids {
            let path = match template.split_once('{') {
                Some((before, after)) => {
                    format!("{before}{id}{}", after.split_once('}').unwrap().1)
                }
                None => template.to_owned(),
            };
            seeds.push((served.name, Plain::json(method, path, &body)));
        }
        let queries: &[&str] = match served.name {
            "listStock" => &["limit=1", "limit=1&after=MUG%2F%22L%22"],
            "listChanges" => &[
                "after=0&limit=3",
                "after=2&kinds=shipped,received",
                "after=999999&wait_ms=5000",
            ],
            _ => &[],
        };
        for query in queries {
            let path = format!("{template}?{query}");
            seeds.push((served.name, Plain::json(method, path, &body)));
        }
    }
    seeds
}

impl super::Subject for Subject {
    fn valid(&self) -> Vec<Plain> {
        super::requests(&self.seeds)
    }

    fn served(&self) -> Vec<(&'static str, usize)> {
        super::counts(&coverage(), &self.seeds)
    }

    fn signed(&self, plain: &Plain, _now: Micros) -> Plain {
        let mut plain = plain.clone();
        plain.set_header("authorization", b"Bearer warehouse-token");
        plain
    }

    fn answer(&mut self, now: &mut Micros, id: RequestId, request: Request) -> Response {
        let response = crate::answer(&mut self.machine, now, id, request);
        let totals = self.machine.conservation();
        assert!(totals.is_ok(), "units are not conserved: {totals:?}");
        response
    }
}

/// An operation whose requests are only ever refused is not looked at: a new one may need requests of its own in `seeds`.
#[test]
fn every_operation_is_served_by_one_of_its_seeds() {
    use super::Subject as _;
    for operation in coverage() {
        // Each operation is asked of a warehouse that no other has changed.
        let mut subject = Subject::open();
        let mut now = Micros::from_secs(3_600);
        let mut answers = Vec::new();
        for (_, plain) in seeds().iter().filter(|(name, _)| *name == operation.name) {
            let request = subject.signed(plain, now).into_request().unwrap();
            answers.push(subject.answer(&mut now, RequestId(1), request).status());
        }
        let served = answers.iter().any(|status| *status == 200);
        assert!(served, "{}: {answers:?}", operation.name);
    }
}
