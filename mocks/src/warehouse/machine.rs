//! The machine: requests in; responses, facts and timers out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use http::StatusCode;

use super::auth::Credentials;
use super::changes::{ChangeFeed, Waiter};
use super::errors::{ApiError, respond};
use super::fact::Fact;
use super::ids::AllocationIndex;
use super::inventory::Inventory;
use super::limits;
use super::orders::OrderBook;
use super::paging::Query;
use super::profile::Profile;
use super::router::{Operation, Route, route};
use super::seed::WarehouseSeed;
use super::stock::Catalogue;
use crate::core::{
    CallKind, CallOutcome, Epoch, Input, Machine, Micros, Output, Request, RequestId, Stream,
    Timer, TokenBucket,
};

/// The component under which the warehouse draws.
const COMPONENT: &str = "warehouse";

/// Keys of the random streams, by purpose.
#[derive(Debug)]
pub(super) struct Keys {
    read_latency: u64,
    write_latency: u64,
    pub pick_and_ship: u64,
}

/// How an operation ends when it is not refused.
#[derive(Debug)]
pub(super) enum Reply {
    /// With status 200 and this body.
    Body(Vec<u8>),
    /// Not yet: a long poll waits.
    Held,
}

/// The warehouse emulator.
#[derive(Debug)]
pub struct Warehouse {
    pub(super) epoch: Epoch,
    pub(super) profile: Profile,
    credentials: Credentials,
    pub(super) keys: Keys,
    pub(super) catalogue: Catalogue,
    pub(super) inventory: Inventory,
    pub(super) feed: ChangeFeed,
    pub(super) book: OrderBook,
    /// Allocations to be picked, by the time they leave. Its head is never a cancelled one.
    pub(super) shipments: BinaryHeap<Reverse<(Micros, AllocationIndex)>>,
    pub(super) waiters: Vec<Waiter>,
    pub(super) bucket: TokenBucket,
    reads: u64,
    writes: u64,
    pub(super) outputs: VecDeque<Output<Fact>>,
}

impl Warehouse {
    /// Opens a warehouse with its opening stock. No fact arises from opening.
    ///
    /// # Panics
    /// When SKUs, channels or location codes repeat in the seed, or it has more than 1000 locations.
    pub fn new(seed: WarehouseSeed, profile: Profile, credentials: Credentials) -> Warehouse {
        Warehouse {
            epoch: seed.epoch,
            keys: Keys {
                read_latency: seed.seed.key(COMPONENT, "read latency"),
                write_latency: seed.seed.key(COMPONENT, "write latency"),
                pick_and_ship: seed.seed.key(COMPONENT, "pick and ship"),
            },
            catalogue: Catalogue::open(&seed),
            inventory: Inventory::open(&seed),
            feed: ChangeFeed::default(),
            book: OrderBook::default(),
            shipments: BinaryHeap::new(),
            waiters: Vec::new(),
            bucket: limits::bucket(&profile.limits),
            reads: 0,
            writes: 0,
            outputs: VecDeque::new(),
            profile,
            credentials,
        }
    }

    fn draw_latency(&mut self, kind: CallKind) -> Micros {
        let (delay, key, counter) = match kind {
            CallKind::Write => (
                &self.profile.latency.write,
                self.keys.write_latency,
                &mut self.writes,
            ),
            CallKind::Read | CallKind::Token => (
                &self.profile.latency.read,
                self.keys.read_latency,
                &mut self.reads,
            ),
        };
        *counter += 1;
        delay.draw(&mut Stream::new(key, *counter))
    }

    fn call(&mut self, now: Micros, id: RequestId, request: &Request) {
        let route = route(request.method(), request.uri().path());
        let admitted = self
            .credentials
            .check(request.headers())
            .and_then(|()| limits::admit(&mut self.bucket, now));
        let (operation, kind) = match route {
            Route::Found(operation, _) => (operation.name(), operation.kind()),
            Route::WrongMethod(_) | Route::Unknown => ("unrouted", CallKind::Read),
        };
        let (latency, result) = match (admitted, route) {
            (Ok(()), Route::Found(found, parameter)) => {
                let latency = self.draw_latency(kind);
                (
                    latency,
                    self.serve(now, id, latency, request, found, parameter),
                )
            }
            (refused, route) => {
                let error = match (refused, route) {
                    (Err(error), _) => error,
                    (Ok(()), Route::WrongMethod(allow)) => ApiError::method_not_allowed(allow),
                    (Ok(()), _) => ApiError::not_found("there is no such path"),
                };
                (self.draw_latency(CallKind::Read), Err(error))
            }
        };
        let outcome = match &result {
            Ok(_) => CallOutcome::Served,
            Err(error) if error.is_throttling() => CallOutcome::Throttled,
            Err(_) => CallOutcome::Refused,
        };
        self.report(Fact::Call {
            operation,
            kind,
            outcome,
        });
        let response = match result {
            Ok(Reply::Held) => return,
            Ok(Reply::Body(body)) => respond(StatusCode::OK, body),
            Err(error) => error.into_response(),
        };
        self.outputs.push_back(Output::Response {
            id,
            at: now + latency,
            response,
        });
    }

    fn serve(
        &mut self,
        now: Micros,
        id: RequestId,
        latency: Micros,
        request: &Request,
        operation: Operation,
        parameter: &str,
    ) -> Result<Reply, ApiError> {
        let query = Query(request.uri().query());
        match operation {
            Operation::ListLocations => Ok(self.list_locations()),
            Operation::ListStock => self.list_stock(query),
            Operation::GetStock => self.get_stock(parameter),
            Operation::ListChanges => self.list_changes(now, id, latency, query),
            Operation::CreateAllocations => self.create_allocations(now, request.body()),
            Operation::ReleaseAllocations => self.release_allocations(now, request.body()),
            Operation::CancelAllocation => self.cancel_allocation(now, parameter),
        }
    }
}

impl Machine for Warehouse {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.ship_due(now);
        if let Input::Request { id, request, .. } = input {
            self.call(now, id, &request);
            // A call may have cancelled the next shipment, or brought one that is due at once.
            self.ship_due(now);
        }
        self.answer_waiters(now);
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        let shipment = self.shipments.peek().map(|&Reverse((at, _))| Timer {
            at,
            reason: "an order is picked and ships",
        });
        let wait = self.waiters.iter().map(|waiter| Timer {
            at: waiter.until,
            reason: "a long poll of the change feed ends",
        });
        wait.chain(shipment).min_by_key(|timer| timer.at)
    }
}
