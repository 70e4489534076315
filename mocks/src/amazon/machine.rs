//! The machine: requests and acts in, answers and facts out.

use std::collections::BTreeSet;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};

use super::api::operations::{Class, OperationIndex};
use super::api::query::Query;
use super::api::queue::{QueueCall, query_protocol, receive};
use super::api::reply::Reply;
use super::api::{Api, Call, router};
use super::model::ids;
use super::profile::Profile;
use super::shop::{Credentials, State};
use crate::core::{
    ActOutcome, Basket, CallOutcome, Called, CheckoutOutcome, Fact, FaultCounts, Input, LimitUse,
    ListingIndex, Machine, Micros, OrderRef, Output, Refusal, Removal, Request, RequestId,
    Response, Shop, Storefront, Timer, WriteRoom,
};

/// The Amazon Selling Partner API of one seller in one marketplace, with the queue its notifications arrive in.
#[derive(Debug)]
pub struct Amazon {
    api: Api,
    /// The operation that held answers belong to.
    receive: OperationIndex,
    /// What clients' clocks show, where they do not live in platform time.
    clients_clock: Option<Micros>,
    /// Held calls of the queue that are to be answered in XML.
    held_in_xml: BTreeSet<RequestId>,
}

const ACCESS_DENIED: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-amzn-ratelimit-limit");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const XML: HeaderValue = HeaderValue::from_static("text/xml");
const QUEUE_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");

impl Amazon {
    /// A shop with all its listings at 0 units and no order.
    pub fn new(shop: Shop, profile: Profile, credentials: Credentials) -> Amazon {
        let (seed, name) = (shop.seed, shop.name.clone());
        let state = State::new(shop, profile, credentials);
        Amazon {
            api: Api::new(state, |purpose| seed.key(&name, purpose)),
            receive: router::queue_action("ReceiveMessage"),
            clients_clock: None,
            held_in_xml: BTreeSet::new(),
        }
    }

    /// Names the scheme and host under which clients reach this machine, such as `http://127.0.0.1:8080`: addresses of
    /// queues and documents begin with it. Without it, they follow each request's `Host`.
    pub fn set_public_address(&mut self, address: &str) {
        let address = address.trim_end_matches('/').to_owned();
        self.api.shop.settings.public_address = Some(address);
    }

    /// Sets the units of a listing in Amazon's warehouses. The first call makes the FBA offer, under the merchant's SKU
    /// with the profile's suffix. Tells whether there is such a listing.
    pub fn set_fba_stock(&mut self, listing: ListingIndex, units: u32) -> bool {
        self.api.shop.set_fba_stock(listing, units)
    }

    /// Units of a listing that Amazon can still sell from its own warehouses.
    pub fn fba_units(&self, listing: ListingIndex) -> u32 {
        self.api.shop.fba.sellable(listing)
    }

    /// Removes what has become pointless, so that the next timeout is exact, and hands arrived messages to waiting
    /// receivers.
    fn settle(&mut self, now: Micros) {
        self.api.shop.settle();
        self.api.tell();
        for (id, reply) in receive::answer_waiting(&mut self.api.signals, &self.api.shop, now) {
            self.api.requests += 1;
            let reply = if self.held_in_xml.remove(&id) {
                query_protocol::in_xml("ReceiveMessage", reply, &self.request_id())
            } else {
                reply
            };
            self.answer(now, id, self.receive, reply, QUEUE_JSON);
        }
    }

    fn serve(&mut self, now: Micros, sent_at: Micros, id: RequestId, request: &Request) {
        self.api.requests += 1;
        if let Some(action) = queue_action(request) {
            return self.serve_queue(now, id, action, request, false);
        }
        if let Some(same) = query_protocol::in_json(request) {
            let action = queue_action(&same).unwrap_or("");
            return self.serve_queue(now, id, action, &same, true);
        }
        if let Some(reply) =
            query_protocol::without_action(&self.api.signals.queues, request, &self.request_id())
        {
            let operation = OperationIndex::unknown();
            self.api.called(operation, reply.outcome);
            return self.answer(now, id, operation, reply, XML);
        }
        let query = Query::parse(request.uri().query().unwrap_or(""));
        let route = router::route(request.method(), request.uri().path());
        let mut call = Call {
            now,
            sent_at,
            by_client: self.clients_clock.unwrap_or(now),
            number: self.api.requests,
            operation: route.operation,
            query: &query,
            request,
            headers: request.headers(),
            body: request.body(),
            first: &route.first,
            second: &route.second,
            access: Default::default(),
        };
        let reply = self.api.serve(&mut call);
        self.api.called(route.operation, reply.outcome);
        self.answer(now, id, route.operation, reply, JSON);
    }

    fn serve_queue(
        &mut self,
        now: Micros,
        id: RequestId,
        action: &str,
        request: &Request,
        in_xml: bool,
    ) {
        let operation = router::queue_action(action);
        let reply = self.api.serve_queue(&QueueCall {
            now,
            id,
            operation,
            request,
        });
        let outcome = reply.as_ref().map_or(CallOutcome::Served, |it| it.outcome);
        self.api.called(operation, outcome);
        match reply {
            None => {
                if in_xml {
                    self.held_in_xml.insert(id);
                }
            }
            Some(reply) => {
                let reply = if in_xml {
                    query_protocol::in_xml(action, reply, &self.request_id())
                } else {
                    reply
                };
                self.answer(now, id, operation, reply, QUEUE_JSON);
            }
        }
    }

    /// What the answer to the last request is named by.
    fn request_id(&self) -> String {
        ids::uuid(self.api.shop.settings.draws.ids, self.api.requests)
    }

    /// Lets an answer leave after the latency of its operation.
    fn answer(
        &mut self,
        now: Micros,
        id: RequestId,
        operation: OperationIndex,
        reply: Reply,
        content_type: HeaderValue,
    ) {
        let at = now + self.api.latency(operation);
        let response_is_empty = reply.body.is_empty();
        let mut response = Response::new(reply.body);
        *response.status_mut() = http::StatusCode::from_u16(reply.status)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let mut tells = reply.tells.map(|tells| *tells).unwrap_or_default();
        tells.0.append(&mut self.api.shop.orders.telling.take().0);
        tells.attach(response.extensions_mut());
        let headers = response.headers_mut();
        let mut request_id = Vec::with_capacity(36);
        ids::write_uuid(
            &mut request_id,
            self.api.shop.settings.draws.ids,
            self.api.requests,
        );
        if let Ok(value) = HeaderValue::from_bytes(&request_id) {
            headers.insert(REQUEST_ID, value);
        }
        if reply.status != 204 && !response_is_empty {
            headers.insert(CONTENT_TYPE, reply.content_type.unwrap_or(content_type));
        }
        if let Some(location) = reply.location {
            headers.insert(LOCATION, *location);
        }
        if reply.no_store {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if let Some(kind) = reply.error_type {
            headers.insert(ACCESS_DENIED, HeaderValue::from_static(kind));
        }
        if let Some(kind) = reply.query_error {
            headers.insert(QUERY_ERROR, HeaderValue::from_static(kind));
        }
        if let Some(value) = self.api.limits.header(operation, reply.status) {
            headers.insert(RATE_LIMIT, value);
        }
        self.api
            .shop
            .outputs
            .push_back(Output::Response { id, at, response });
    }
}

/// What a request asks for, of the API or of the queue.
fn operation_of(request: &Request) -> OperationIndex {
    if let Some(action) = queue_action(request) {
        return router::queue_action(action);
    }
    match query_protocol::action(request) {
        Some(action) => router::queue_action(&action),
        None => router::route(request.method(), request.uri().path()).operation,
    }
}

/// The action that a request asks of the queue, if it goes there, as all do that name a target; empty for a target of
/// another service, or that is no text.
fn queue_action(request: &Request) -> Option<&str> {
    let target = request.headers().get("x-amz-target")?;
    let action = target.as_bytes().strip_prefix(b"AmazonSQS.");
    Some(std::str::from_utf8(action.unwrap_or_default()).unwrap_or(""))
}

impl Machine for Amazon {
    type Fact = Fact;

    fn handle(&mut self, now: Micros, input: Input) {
        self.api.advance(now);
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

    fn set_clients_clock(&mut self, shows: Micros) {
        self.clients_clock = Some(shows);
    }

    fn called(&mut self, request: &Request) -> Called {
        let row = operation_of(request).row();
        Called {
            operation: row.name,
            kind: row.class.kind(),
        }
    }

    fn refusal(&self, now: Micros, request: &Request, refusal: Refusal) -> Response {
        let operation = operation_of(request);
        let request_id = ids::uuid(self.api.shop.settings.draws.ids ^ 0x0b, now.0);
        let (reply, content_type) = match operation.row().class {
            Class::QueueRead | Class::QueueWrite => {
                let reply = Reply::queue_refused(refusal);
                match query_protocol::action(request) {
                    Some(action) => (query_protocol::in_xml(&action, reply, &request_id), XML),
                    None => (reply, QUEUE_JSON),
                }
            }
            Class::Token => (Reply::oauth_refused(refusal, &request_id), JSON),
            _ => (Reply::refused(refusal), JSON),
        };
        let mut response = refusal.response(reply.status, reply.body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        if let Ok(value) = HeaderValue::try_from(request_id) {
            headers.insert(REQUEST_ID, value);
        }
        if let Some(kind) = reply.error_type {
            headers.insert(ACCESS_DENIED, HeaderValue::from_static(kind));
        }
        response
    }

    fn poll_output(&mut self) -> Option<Output<Fact>> {
        self.api.shop.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timer> {
        let shop = self.api.shop.next_timer();
        let queue = self.api.signals.queues.next_event();
        shop.into_iter().chain(queue).min_by_key(|timer| timer.at)
    }
}

impl Amazon {
    /// Lets people act on the shop at `now`, after all that is due by then.
    fn act<T>(&mut self, now: Micros, act: impl FnOnce(&mut State) -> T) -> T {
        self.api.advance(now);
        let outcome = act(&mut self.api.shop);
        self.settle(now);
        outcome
    }
}

impl Storefront for Amazon {
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.act(now, |shop| shop.checkout(now, basket))
    }

    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.act(now, |shop| shop.checkout_of_merchant(now, basket))
    }

    fn pay(&mut self, _now: Micros, _order: OrderRef) -> ActOutcome {
        ActOutcome::Refused("orders are paid at checkout")
    }

    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by_buyer(now, order))
    }

    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome {
        self.act(now, |shop| shop.cancel_by_seller(now, order))
    }

    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome {
        self.act(now, |shop| shop.remove_units(now, order, removal))
    }

    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome {
        self.act(now, |shop| {
            shop.return_units(now, order, line, units, restock)
        })
    }

    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome {
        self.act(now, |shop| shop.edit_count(now, listing, units))
    }

    fn open_with(&mut self, listing: ListingIndex, units: i64) {
        self.api.shop.open_with(listing, units);
    }

    /// The seller grants the application its access anew: the refresh token is good again, for new access tokens.
    fn grant_anew(&mut self, _now: Micros) {
        self.api.tokens.is_revoked = false;
    }

    /// The seller revokes the application in Seller Central.
    fn revoke_access(&mut self, _now: Micros) {
        self.api.tokens.revoke();
    }

    fn end_tokens(&mut self, now: Micros) {
        let by_client = self.clients_clock.unwrap_or(now);
        self.api.tokens.end_all(by_client);
    }

    /// Amazon itself removes none; the seller's staff or a lost authorization do.
    fn drop_subscriptions(&mut self, now: Micros) -> u32 {
        self.api.advance(now);
        let dropped = self.api.signals.drop_subscriptions();
        for topic in &dropped {
            self.api.shop.fact(Fact::SubscriptionRemoved { topic });
        }
        self.settle(now);
        dropped.len() as u32
    }

    fn subscriptions(&self) -> u32 {
        self.api.signals.active_subscriptions()
    }

    fn lay_over(&mut self, now: Micros, overrides: &toml::Table) -> Result<(), String> {
        let opened_with = self.api.shop.settings.opened_with();
        let profile = opened_with.laid_over(overrides)?;
        let by_client = self.clients_clock.unwrap_or(now);
        self.api.advance(now);
        self.api.put_in_force(now, by_client, profile);
        self.settle(now);
        Ok(())
    }

    fn fault_counts(&self) -> FaultCounts {
        let mut counts = self.api.shop.faults.plus(&self.api.signals.faults);
        counts.lagged_read = self.api.shop.inventory.past.lagged_reads;
        counts.redelivered_signal = self.api.signals.queues.redelivered;
        counts
    }

    fn displayed(&self, listing: ListingIndex) -> i64 {
        self.api.shop.displayed(listing)
    }

    fn native_order_id(&self, order: OrderRef) -> String {
        ids::order(order.0)
    }

    fn order_ref(&self, native_id: &str) -> Option<OrderRef> {
        ids::parse_order(native_id)
            .map(OrderRef)
            .filter(|&order| self.api.shop.orders.get(order).is_some())
    }

    fn add_limits(&self, list: &mut Vec<LimitUse>) {
        list.extend(self.api.limits.usage());
    }

    fn add_moved_limits(&self, list: &mut Vec<LimitUse>) {
        list.extend(self.api.limits.moved());
    }

    fn recognises(&self, request: &Request) -> bool {
        let in_json = query_protocol::in_json(request);
        let asked = in_json.as_ref().unwrap_or(request);
        self.api.recognises(asked, queue_action(asked).is_some())
    }

    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        self.api.limits.write_room(now, operation)
    }
}
