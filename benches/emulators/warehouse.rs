//! The warehouse, and the engine's client of it.

use channel_mocks::core::{Input, Machine, Micros, Output, Request, RequestId, Response, Seed};
use channel_mocks::warehouse::{self, Warehouse, WarehouseLocation, WarehouseSeed};
use oversell::engine::config::{Credentials, Platform};
use oversell::engine::connectors::WarehouseClient;
use oversell::engine::connectors::warehouse::{
    AllocationRequest, AllocationStatus, Event, LineRequest, Operation,
};
use oversell::engine::{ChannelIndex, OrderKey, SkuIndex, canonical};

use crate::channel::{LISTINGS, config, epoch, read_profile, sku};

/// Units of every SKU at each of the two locations: never used up.
const UNITS: u32 = 1_000_000_000;

/// The emulator and the client that speaks to it.
pub struct Site {
    warehouse: Warehouse,
    client: WarehouseClient,
    now: Micros,
    requests: u64,
    /// Orders sent so far.
    pub orders: u64,
}

impl Site {
    /// Opens a warehouse of two locations and reads them.
    pub fn open() -> Site {
        let credentials = warehouse::Credentials::default();
        let token = credentials.token.clone();
        let location = |code: &str, prefixes: &str| WarehouseLocation {
            code: code.to_string(),
            name: code.to_string(),
            country: "US".to_string(),
            channels: Vec::new(),
            postal_prefixes: prefixes.to_string(),
            sellable: true,
        };
        let seed = WarehouseSeed {
            seed: Seed(1),
            epoch: epoch(),
            channels: vec!["bench".to_string()],
            skus: (0..LISTINGS).map(sku).collect(),
            locations: vec![location("east", "01234"), location("west", "56789")],
            stock: vec![vec![UNITS, UNITS]; LISTINGS as usize],
        };
        let profile = read_profile(warehouse::text("warehouse-ideal"));
        let shopify = Credentials::default();
        let mut site = Site {
            warehouse: Warehouse::new(seed, profile, credentials),
            client: WarehouseClient::new(&config(Platform::Shopify, shopify, token)),
            now: Micros::from_secs(1),
            requests: 0,
            orders: 0,
        };
        site.ask(&Operation::ReadLocations);
        site
    }

    /// The request of an operation.
    pub fn build(&self, operation: &Operation) -> Request {
        self.client.build(operation)
    }

    /// An allocation of so many new orders of one line each.
    pub fn allocation(&mut self, orders: u64) -> Operation {
        let numbers = self.orders..self.orders + orders;
        self.orders = numbers.end;
        let order = |number: u64| AllocationRequest {
            channel: ChannelIndex(0),
            order: OrderKey(5_000_000_000 + number),
            hold: false,
            ship_to: Some(canonical::ShipTo {
                country: *b"US",
                postal_code: 10_001,
            }),
            lines: vec![LineRequest {
                line: canonical::LineKey(9_000_000_000 + number),
                sku: SkuIndex((number % u64::from(LISTINGS)) as u32),
                units: 1,
                location: None,
            }],
        };
        Operation::Allocate {
            batch: numbers.map(order).collect(),
        }
    }

    /// Asks and reads the answer, which must be a good one.
    pub fn ask(&mut self, operation: &Operation) -> Vec<Event> {
        let request = self.build(operation);
        let response = self.serve(request);
        let mut events = Vec::new();
        self.client.parse(operation, &response, &mut events);
        for event in &events {
            match event {
                Event::Failed { .. } | Event::Throttled { .. } | Event::Quarantined { .. } => {
                    panic!("{operation:?}: {event:?}")
                }
                Event::Allocated(result) => {
                    assert_eq!(result.status, AllocationStatus::Allocated);
                }
                _ => {}
            }
        }
        events
    }

    /// What is measured: the emulator takes a request and answers it.
    pub fn serve(&mut self, request: Request) -> Response {
        self.requests += 1;
        let input = Input::Request {
            id: RequestId(self.requests),
            sent_at: self.now,
            request,
        };
        self.warehouse.handle(self.now, input);
        let mut answer = None;
        while let Some(output) = self.warehouse.poll_output() {
            if let Output::Response { response, .. } = output {
                answer = Some(response);
            }
        }
        answer.expect("an answer to the request")
    }
}
