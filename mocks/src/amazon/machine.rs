//! The machine: state, the one entry for requests, timers, and the queue of outputs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};

use crate::core::{
    CallOutcome, Epoch, Fact, Input, Machine, Micros, Output, Request, RequestId, Response, Seed,
    Shop, Stream, Timer,
};

use super::auth::{Credentials, Tokens};
use super::catalogue::Catalogue;
use super::documents::Documents;
use super::errors::Reply;
use super::fba::FbaStock;
use super::feeds::Feeds;
use super::ids;
use super::inventory::Inventory;
use super::limits::Limits;
use super::operations::{LatencyClass, Operation};
use super::orders::OrderBook;
use super::orders::v0::Printer;
use super::outbound::Outbound;
use super::profile::Profile;
use super::query::Query;
use super::queue::Queues;
use super::reports::Reports;
use super::restricted::Access;
use super::router;
use super::signals::Signals;
use super::stamps::Stamps;

/// What the machine does by itself later.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// An order leaves Pending.
    PendingEnds(u32),
    /// Amazon ships an order from its own warehouse.
    AmazonShips(u32),
    /// A written quantity becomes live.
    WriteLive(u32),
    /// A feed could start, if no other of its type is running.
    FeedReady(u32),
    /// A feed has been processed.
    FeedEnds(u32),
    /// A report is begun.
    ReportStarts(u32),
    /// A report is done.
    ReportEnds(u32),
    /// An order of another channel has been planned.
    OutboundPlanned(u32),
    /// An order of another channel waits no longer, for units or for its release.
    OutboundGivesUp(u32),
    /// An order of another channel is shipped.
    OutboundShips(u32),
}

impl Due {
    const fn reason(self) -> &'static str {
        match self {
            Due::PendingEnds(_) => "an order leaves Pending",
            Due::AmazonShips(_) => "Amazon ships an order",
            Due::WriteLive(_) => "a written quantity becomes live",
            Due::FeedReady(_) => "a feed could start",
            Due::FeedEnds(_) => "a feed has been processed",
            Due::ReportStarts(_) => "a report is begun",
            Due::ReportEnds(_) => "a report is done",
            Due::OutboundPlanned(_) => "an order of another channel has been planned",
            Due::OutboundGivesUp(_) => "an order of another channel waits no longer",
            Due::OutboundShips(_) => "an order of another channel is shipped",
        }
    }
}

/// Keys of the machine's random streams, one for each purpose.
#[derive(Debug)]
pub(super) struct Draws {
    pub pending: u64,
    pub pending_cancel: u64,
    pub list_lag: u64,
    pub by_id_lag: u64,
    pub write_to_live: u64,
    pub fba_ship: u64,
    pub fba_summary: u64,
    pub order_signal: u64,
    pub quantity_signal: u64,
    pub fault: u64,
    pub feed: u64,
    pub report: u64,
    pub job_signal: u64,
    pub outbound: u64,
    pub ids: u64,
    latency: Vec<u64>,
}

impl Draws {
    fn new(seed: Seed, shop: &str) -> Draws {
        let key = |purpose: &str| seed.key(shop, purpose);
        Draws {
            pending: key("amazon pending"),
            pending_cancel: key("amazon pending cancel"),
            list_lag: key("amazon list lag"),
            by_id_lag: key("amazon by id lag"),
            write_to_live: key("amazon write to live"),
            fba_ship: key("amazon fba ship"),
            fba_summary: key("amazon fba summary"),
            order_signal: key("amazon order signal"),
            quantity_signal: key("amazon quantity signal"),
            fault: key("amazon fault"),
            feed: key("amazon feed"),
            report: key("amazon report"),
            job_signal: key("amazon job signal"),
            outbound: key("amazon outbound"),
            ids: key("amazon ids"),
            latency: Operation::all()
                .map(|operation| key(&format!("amazon latency {}", operation.name())))
                .collect(),
        }
    }
}

/// One request, taken apart.
pub(super) struct Call<'a> {
    pub now: Micros,
    pub sent_at: Micros,
    pub operation: Operation,
    pub query: &'a Query<'a>,
    pub request: &'a Request,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub first: &'a str,
    pub second: &'a str,
    /// What the token opens.
    pub access: Access,
}

/// The Amazon Selling Partner API of one seller in one marketplace, with the queue its notifications arrive in.
#[derive(Debug)]
pub struct Amazon {
    pub(super) shop_name: String,
    pub(super) currency: String,
    pub(super) epoch: Epoch,
    pub(super) profile: Profile,
    pub(super) credentials: Credentials,
    pub(super) draws: Draws,
    pub(super) tokens: Tokens,
    pub(super) limits: Limits,
    pub(super) catalogue: Catalogue,
    pub(super) inventory: Inventory,
    pub(super) fba: FbaStock,
    pub(super) orders: OrderBook,
    pub(super) signals: Signals,
    pub(super) queues: Queues,
    pub(super) documents: Documents,
    pub(super) feeds: Feeds,
    pub(super) reports: Reports,
    pub(super) outbound: Outbound,
    pub(super) public_address: Option<String>,
    /// The first order that Amazon may still have to cancel for not being shipped. Deadlines follow placements, so that
    /// one place in the row of orders stands for all timers of this kind.
    pub(super) next_deadline: u32,
    outputs: VecDeque<Output<Fact>>,
    timers: BinaryHeap<Reverse<(Micros, u64, Due)>>,
    timers_made: u64,
    calls: [u64; Operation::COUNT],
    requests: u64,
    submissions: u64,
}

const ACCESS_DENIED: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-amzn-ratelimit-limit");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const QUEUE_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

impl Amazon {
    /// A shop with all its listings at 0 units and no order.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> Amazon {
        let draws = Draws::new(shop.seed, &shop.name);
        let listings = shop.listings.len();
        Amazon {
            tokens: Tokens::new(draws.ids),
            limits: Limits::new(&profile.limits),
            catalogue: Catalogue::new(&shop.listings, &profile.fba.sku_suffix),
            inventory: Inventory::new(listings),
            fba: FbaStock::new(listings),
            orders: OrderBook::default(),
            signals: Signals::default(),
            queues: Queues::new(&profile.queue, draws.ids),
            documents: Documents::new(draws.ids),
            feeds: Feeds::default(),
            reports: Reports::default(),
            outbound: Outbound::default(),
            public_address: None,
            next_deadline: 0,
            outputs: VecDeque::new(),
            timers: BinaryHeap::new(),
            timers_made: 0,
            calls: [0; Operation::COUNT],
            requests: 0,
            submissions: 0,
            shop_name: shop.name,
            currency: shop.currency,
            epoch: shop.epoch,
            profile,
            credentials,
            draws,
        }
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        self.outputs.push_back(Output::Fact(fact));
    }

    pub(super) fn after(&mut self, at: Micros, due: Due) {
        self.timers.push(Reverse((at, self.timers_made, due)));
        self.timers_made += 1;
    }

    /// How many requests have come in.
    pub(super) fn request_number(&self) -> u64 {
        self.requests
    }

    /// The number of the next submission to a listing.
    pub(super) fn next_submission(&mut self) -> u64 {
        self.submissions += 1;
        self.submissions
    }

    pub(super) fn printer(&self) -> Printer<'_> {
        Printer {
            catalogue: &self.catalogue,
            marketplace: &self.profile.marketplace,
            stamps: Stamps::new(self.epoch),
            currency: &self.currency,
            ship_by: self.profile.orders.ship_by,
            hide_pending_prices_2026: self.profile.orders.hide_pending_prices_2026,
            access: Access::default(),
        }
    }

    /// Does everything that is due by `now`, each at its own time, in order of time.
    pub(super) fn advance(&mut self, now: Micros) {
        loop {
            let timer = self.timers.peek().map(|Reverse((at, _, due))| (*at, *due));
            let deadline = self.unshipped_deadline();
            match (timer, deadline) {
                (Some((at, due)), deadline)
                    if at <= now && deadline.is_none_or(|(deadline, _)| at <= deadline) =>
                {
                    self.timers.pop();
                    match due {
                        Due::PendingEnds(order) => self.pending_ends(at, order),
                        Due::AmazonShips(order) => self.amazon_ships(at, order),
                        Due::WriteLive(write) => self.write_live(at, write),
                        Due::FeedReady(feed) => self.feed_ready(at, feed),
                        Due::FeedEnds(feed) => self.feed_ends(at, feed),
                        Due::ReportStarts(report) => self.report_starts(at, report),
                        Due::ReportEnds(report) => self.report_ends(at, report),
                        Due::OutboundPlanned(order) => self.outbound_planned(at, order),
                        Due::OutboundGivesUp(order) => self.outbound_gives_up(at, order),
                        Due::OutboundShips(order) => self.outbound_ships(at, order),
                    }
                }
                (_, Some((at, order))) if at <= now => self.ship_deadline_passed(at, order),
                _ => break,
            }
        }
    }

    /// Removes what has become pointless from the front of the timers, so that the next timeout is exact, and hands
    /// arrived messages to waiting receivers.
    pub(super) fn settle(&mut self, now: Micros) {
        while let Some(&Reverse((_, _, due))) = self.timers.peek() {
            let pointless = match due {
                Due::PendingEnds(order) => !self.is_pending(order),
                _ => false,
            };
            if !pointless {
                break;
            }
            self.timers.pop();
        }
        self.skip_settled_deadlines();
        self.answer_waiting_receivers(now);
    }

    fn serve(&mut self, now: Micros, sent_at: Micros, id: RequestId, request: &Request) {
        let query = Query::parse(request.uri().query().unwrap_or(""));
        let queue_action = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.as_bytes().strip_prefix(b"AmazonSQS."));
        self.requests += 1;
        if let Some(action) = queue_action {
            let operation = router::queue_action(std::str::from_utf8(action).unwrap_or(""));
            let reply = self.queue_call(now, id, operation, request);
            let outcome = reply
                .as_ref()
                .map_or(CallOutcome::Served, |reply| reply.outcome);
            self.called(operation, outcome);
            if let Some(reply) = reply {
                self.answer(now, id, operation, reply, QUEUE_JSON);
            }
            return;
        }
        let route = router::route(request.method(), request.uri().path());
        let mut call = Call {
            now,
            sent_at,
            operation: route.operation,
            query: &query,
            request,
            headers: request.headers(),
            body: request.body(),
            first: &route.first,
            second: &route.second,
            access: Access::default(),
        };
        let mut reply = self.dispatch(&mut call).unwrap_or_else(|refusal| refusal);
        if reply.status == 400 && route.operation.is_of_listings() {
            reply = reply.in_words_of_listings();
        }
        self.called(route.operation, reply.outcome);
        self.answer(now, id, route.operation, reply, JSON);
    }

    fn dispatch(&mut self, call: &mut Call<'_>) -> Result<Reply, Reply> {
        match call.operation {
            Operation::Token => return Ok(self.token(call.now, call.body)),
            // What these may do is signed into their addresses.
            Operation::UploadDocument => return self.upload_document(call),
            Operation::DownloadDocument => return self.download_document(call),
            Operation::Unknown => return Err(Reply::denied("")),
            _ => {}
        }
        call.access = self.authorize(call)?;
        let call = &*call;
        self.fault(call.operation)?;
        self.limits.take(call.now, call.operation)?;
        match call.operation {
            Operation::GetOrders => self.get_orders(call),
            Operation::GetOrder => self.get_order(call),
            Operation::GetOrderItems => self.get_order_items(call),
            Operation::ConfirmShipment => self.confirm_shipment(call),
            Operation::SearchOrders => self.search_orders(call),
            Operation::GetOrder2026 => self.get_order_2026(call),
            Operation::GetListingsItem => self.get_listings_item(call),
            Operation::PutListingsItem => self.put_listings_item(call),
            Operation::PatchListingsItem => self.patch_listings_item(call),
            Operation::SearchListingsItems => self.search_listings_items(call),
            Operation::GetInventorySummaries => self.get_inventory_summaries(call),
            Operation::GetMarketplaceParticipations => Ok(self.get_marketplace_participations()),
            Operation::CreateRestrictedDataToken => self.create_restricted_data_token(call),
            Operation::CreateDestination => self.create_destination(call),
            Operation::GetDestinations => Ok(self.get_destinations()),
            Operation::GetDestination => self.get_destination(call),
            Operation::DeleteDestination => self.delete_destination(call),
            Operation::CreateSubscription => self.create_subscription(call),
            Operation::GetSubscription => self.get_subscription(call),
            Operation::GetSubscriptionById => self.get_subscription_by_id(call),
            Operation::DeleteSubscriptionById => self.delete_subscription_by_id(call),
            Operation::GetSubscriptions => self.get_subscriptions(call),
            Operation::GetOrderAddress => self.get_order_address(call),
            Operation::GetOrderBuyerInfo => self.get_order_buyer_info(call),
            Operation::GetOrderItemsBuyerInfo => self.get_order_items_buyer_info(call),
            Operation::DeleteListingsItem => self.delete_listings_item(call),
            Operation::CreateFeedDocument => self.create_feed_document(call),
            Operation::GetFeedDocument => self.get_feed_document(call),
            Operation::CreateFeed => self.create_feed(call),
            Operation::GetFeeds => self.get_feeds(call),
            Operation::GetFeed => self.get_feed(call),
            Operation::CancelFeed => self.cancel_feed(call),
            Operation::CreateReport => self.create_report(call),
            Operation::GetReports => self.get_reports(call),
            Operation::GetReport => self.get_report(call),
            Operation::CancelReport => self.cancel_report(call),
            Operation::GetReportDocument => self.get_report_document(call),
            Operation::CreateFulfillmentOrder => self.create_fulfillment_order(call),
            Operation::ListAllFulfillmentOrders => self.list_all_fulfillment_orders(call),
            Operation::GetFulfillmentOrder => self.get_fulfillment_order(call),
            Operation::CancelFulfillmentOrder => self.cancel_fulfillment_order(call),
            _ => Err(Reply::denied("")),
        }
    }

    /// Scripted misbehaviour of the platform: before the call takes effect.
    fn fault(&self, operation: Operation) -> Result<(), Reply> {
        let faults = &self.profile.faults;
        if faults.server_error_share <= 0.0 && faults.early_throttle_share <= 0.0 {
            return Ok(());
        }
        // The first operations count on these figures: others that came later must not move their draws.
        const FIRST: u64 = Operation::DeleteSubscriptionById as u64;
        const PLACES: u64 = 31;
        let (calls, place) = (self.calls[operation as usize], operation as u64);
        let entity = if place <= FIRST {
            calls * PLACES + place
        } else {
            1 << 63 | calls << 8 | place
        };
        let mut stream = Stream::new(self.draws.fault, entity);
        if stream.chance(faults.server_error_share) {
            return Err(Reply::internal_failure());
        }
        if stream.chance(faults.early_throttle_share) {
            return Err(Reply::throttled());
        }
        Ok(())
    }

    fn called(&mut self, operation: Operation, outcome: CallOutcome) {
        self.calls[operation as usize] += 1;
        self.fact(Fact::Call {
            operation: operation.name(),
            kind: operation.kind(),
            outcome,
        });
    }

    /// Lets an answer leave after the latency of its operation.
    pub(super) fn answer(
        &mut self,
        now: Micros,
        id: RequestId,
        operation: Operation,
        reply: Reply,
        content_type: HeaderValue,
    ) {
        let latency = &self.profile.latency;
        let distribution = match operation.latency_class() {
            LatencyClass::List => &latency.list,
            LatencyClass::Read => &latency.read,
            LatencyClass::Write => &latency.write,
            LatencyClass::Token => &latency.token,
            LatencyClass::Queue => &latency.queue,
        };
        let number = operation as usize;
        let mut stream = Stream::new(self.draws.latency[number], self.calls[number]);
        let at = now + distribution.draw(&mut stream);
        let response_is_empty = reply.body.is_empty();
        let mut response = Response::new(reply.body);
        *response.status_mut() = http::StatusCode::from_u16(reply.status)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let mut request_id = Vec::with_capacity(36);
        ids::write_uuid(&mut request_id, self.draws.ids, self.requests);
        if let Ok(value) = HeaderValue::from_bytes(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        if reply.status != 204 && !response_is_empty {
            headers.insert(CONTENT_TYPE, reply.content_type.unwrap_or(content_type));
        }
        if operation == Operation::Token {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if let Some(kind) = reply.error_type {
            headers.insert(ACCESS_DENIED, HeaderValue::from_static(kind));
        }
        if let Some(kind) = reply.query_error {
            headers.insert(QUERY_ERROR, HeaderValue::from_static(kind));
        }
        if let Some(value) = self.limits.header(operation, reply.status) {
            headers.insert(RATE_LIMIT, value);
        }
        self.outputs
            .push_back(Output::Response { id, at, response });
    }

    /// Lets a queue answer leave that was held back until now.
    pub(super) fn answer_receiver(&mut self, now: Micros, id: RequestId, reply: Reply) {
        self.requests += 1;
        self.answer(now, id, Operation::ReceiveMessage, reply, QUEUE_JSON);
    }
}

impl Machine for Amazon {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.advance(now);
        match input {
            Input::Request {
                id,
                sent_at,
                request,
            } => self.serve(now, sent_at, id, &request),
            // Notifications go through the queue: nothing is ever delivered over HTTP.
            Input::Delivered { .. } | Input::Wake => {}
        }
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        let timer = self.timers.peek().map(|Reverse((at, _, due))| Timer {
            at: *at,
            reason: due.reason(),
        });
        let deadline = self.unshipped_deadline().map(|(at, _)| Timer {
            at,
            reason: "an order has not been shipped in time",
        });
        let queue = self.queues.next_event();
        [timer, deadline, queue]
            .into_iter()
            .flatten()
            .min_by_key(|timer| timer.at)
    }
}
