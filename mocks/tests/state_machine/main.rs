//! Every sales platform against a small reference model, while its profile changes under way: what is displayed, how long
//! writes take, what reads may show, how far a bucket fills, and what pages of orders hold.
//!
//! `PROPTEST_CASES=2000 cargo test -p channel-mocks --test state_machine` looks longer.

mod clients;
mod model;

use channel_mocks::core::{
    Basket, BasketLine, CallOutcome, CheckoutOutcome, Fact, Input, ListingIndex, Micros, OrderRef,
    Output, Request, RequestId, Response,
};
use proptest::prelude::*;
use proptest::test_runner::Config;

use clients::{Amazon, Client, Shopify, TiktokShop};
use model::Model;

/// Listings of a shop.
const LISTINGS: u32 = 3;
/// Units on sale when a shop opens.
const OPENING: i64 = 6;

#[derive(Clone, Debug)]
enum Act {
    Buy(u32, u32),
    Cancel(u32, bool),
    Write(u32, i64),
    Edit(u32, i64),
    Read(u32),
    /// The next page of the walk over the orders, or the first one of a new walk.
    NextPage,
    /// The same page once more.
    SamePage,
    LayOver(usize),
    Restore,
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let listing = 0..LISTINGS;
    prop_oneof![
        4 => (listing.clone(), 1u32..4).prop_map(|(listing, units)| Act::Buy(listing, units)),
        1 => (0u32..20, any::<bool>()).prop_map(|(order, by_buyer)| Act::Cancel(order, by_buyer)),
        4 => (listing.clone(), 0i64..12).prop_map(|(listing, units)| Act::Write(listing, units)),
        1 => (listing.clone(), 0i64..12).prop_map(|(listing, units)| Act::Edit(listing, units)),
        2 => listing.prop_map(Act::Read),
        3 => Just(Act::NextPage),
        1 => Just(Act::SamePage),
        2 => (0usize..8).prop_map(Act::LayOver),
        1 => Just(Act::Restore),
        3 => prop_oneof![0u64..5_000_000, 0u64..200_000_000].prop_map(Act::Wait),
    ]
}

/// A shop, its reference, and a walk over its orders.
struct Run<C> {
    client: C,
    model: Model,
    now: Micros,
    requests: u64,
    walk: Option<Walk>,
}

/// Pages of orders under way.
struct Walk {
    /// Orders that lists showed for certain when the walk began.
    due: Vec<OrderRef>,
    found: Vec<String>,
    /// Where the last page began, what it held, and where the next one begins.
    last: (Option<String>, Vec<String>, Option<String>),
}

impl<C: Client> Run<C> {
    fn open() -> Run<C> {
        let mut client = C::open();
        for listing in 0..LISTINGS {
            client.shop().open_with(ListingIndex(listing), OPENING);
        }
        let mut run = Run {
            model: Model::new(LISTINGS as usize, OPENING, client.terms("")),
            client,
            now: Micros::ZERO,
            requests: 0,
            walk: None,
        };
        if let Some(log_in) = run.client.log_in() {
            let (_, answer) = run.send(log_in);
            run.client.logged_in(&answer);
        }
        run
    }

    /// Takes what the shop puts out; the model hears every fact at its own time.
    fn drain(&mut self) -> Option<(CallOutcome, Response)> {
        let (mut outcome, mut answer) = (CallOutcome::Refused, None);
        while let Some(output) = self.client.shop().poll_output() {
            match output {
                Output::Fact(Fact::Call { outcome: how, .. }) => outcome = how,
                Output::Fact(fact) => self.model.hear(self.now, &fact),
                Output::Response { response, .. } => answer = Some(response),
                Output::Delivery { .. } => {}
            }
        }
        answer.map(|answer| (outcome, answer))
    }

    /// Lets the shop run by itself until `until`.
    fn run_until(&mut self, until: Micros) {
        while let Some(timer) = self.client.shop().poll_timeout()
            && timer.at <= until
        {
            assert!(timer.at >= self.now, "a timer lies in the past: {timer:?}");
            self.now = timer.at;
            self.client.shop().handle(self.now, Input::Wake);
            self.drain();
        }
        self.now = until;
    }

    fn send(&mut self, request: Request) -> (CallOutcome, Response) {
        self.requests += 1;
        let input = Input::Request {
            id: RequestId(self.requests),
            sent_at: self.now,
            request,
        };
        self.client.shop().handle(self.now, input);
        self.drain().expect("every request is answered")
    }

    fn perform(&mut self, act: &Act) {
        let now = self.now;
        match *act {
            Act::Buy(listing, units) => self.buy(listing, units),
            Act::Cancel(order, true) => {
                self.client.shop().cancel_by_buyer(now, OrderRef(order));
            }
            Act::Cancel(order, false) => {
                self.client.shop().cancel_by_seller(now, OrderRef(order));
            }
            Act::Write(listing, units) => {
                // No two writes arrive at one instant, so that the instant names the write.
                self.run_until(now + Micros(1));
                let now = self.now;
                let request = self.client.write(now, listing, units);
                // Noted beforehand: a write that is live at once is heard of before its answer.
                let noted = self.model.write(now, listing, units);
                let (outcome, _) = self.send(request);
                let is_served = outcome == CallOutcome::Served;
                self.model.answered(now, noted, is_served);
            }
            Act::Edit(listing, units) => {
                let listing = ListingIndex(listing);
                self.client.shop().edit_count(now, listing, units);
            }
            Act::Read(listing) => {
                let request = self.client.read(now, listing);
                let (outcome, answer) = self.send(request);
                if self.is_let_in(outcome) {
                    let shown = self.client.quantity(&answer);
                    self.model.read(now, listing, shown);
                }
            }
            Act::NextPage => self.next_page(),
            Act::SamePage => self.same_page(),
            Act::LayOver(which) => {
                let all = self.client.overlays();
                self.lay_over(all[which % all.len()]);
            }
            Act::Restore => self.lay_over(""),
            Act::Wait(micros) => self.run_until(now + Micros(micros)),
        }
        self.drain();
        let limit = self.client.write_limit();
        let uses = self.client.shop().limits();
        // A shop shows no limit that nobody has used yet.
        if let Some(limit) = uses.iter().find(|it| it.name == limit) {
            self.model.check_bucket(limit);
        }
        for listing in 0..LISTINGS {
            let displayed = self.client.shop().displayed(ListingIndex(listing));
            self.model.check_displayed(listing, displayed);
        }
    }

    fn lay_over(&mut self, overrides: &str) {
        let table = overrides.parse().unwrap();
        let now = self.now;
        self.client.shop().lay_over(now, &table).unwrap();
        self.drain();
        let terms = self.client.terms(overrides);
        self.model.change_terms(now, terms);
    }

    fn buy(&mut self, listing: u32, units: u32) {
        let basket = Basket {
            buyer: 1,
            lines: vec![BasketLine {
                listing: ListingIndex(listing),
                units,
            }],
            country: "GB",
            postal_code: 2_139,
        };
        let now = self.now;
        let displayed = self.model.displayed(listing);
        let outcome = self.client.shop().checkout(now, &basket);
        match outcome {
            CheckoutOutcome::Accepted { order, .. } => {
                assert!(displayed >= i64::from(units), "sold what was not on sale");
                self.model.sold(now, order);
            }
            CheckoutOutcome::Refused { .. } => {
                assert!(displayed < i64::from(units), "refused what was on sale");
            }
        }
        self.drain();
    }

    /// Whether a read was served; reads have no limit, so that only what refuses early may refuse them.
    fn is_let_in(&self, outcome: CallOutcome) -> bool {
        let is_served = outcome == CallOutcome::Served;
        assert!(is_served || self.model.refuses_early(), "{outcome:?}");
        is_served
    }

    fn page(&mut self, cursor: Option<&str>) -> Option<(Vec<String>, Option<String>)> {
        let request = self.client.page(self.now, cursor);
        let (outcome, answer) = self.send(request);
        self.is_let_in(outcome).then(|| self.client.orders(&answer))
    }

    fn next_page(&mut self) {
        let mut walk = self.walk.take().unwrap_or_else(|| Walk {
            due: self.model.listed_by(self.now),
            found: Vec::new(),
            last: (None, Vec::new(), None),
        });
        let cursor = walk.last.2.clone();
        let Some((orders, next)) = self.page(cursor.as_deref()) else {
            // A walk that has begun goes on from where it is.
            self.walk = Some(walk).filter(|walk| walk.last.2.is_some());
            return;
        };
        walk.found.extend(orders.iter().cloned());
        let is_over = next.is_none();
        walk.last = (cursor, orders, next);
        if !is_over {
            self.walk = Some(walk);
            return;
        }
        for order in walk.due {
            let id = self.client.shop().native_order_id(order);
            assert!(
                walk.found.contains(&id),
                "the walk lost order {id}: {:?}",
                walk.found
            );
        }
        let all = walk.found.len();
        walk.found.sort_unstable();
        walk.found.dedup();
        assert_eq!(walk.found.len(), all, "an order came twice in one walk");
    }

    /// A page asked for again holds what it held, but for orders that have become visible before its end.
    fn same_page(&mut self) {
        let Some(walk) = self.walk.take() else { return };
        let (cursor, before, _) = &walk.last;
        let orders = self.page(cursor.as_deref());
        let orders = orders.map_or_else(|| before.clone(), |(orders, _)| orders);
        let fresh = orders.iter().filter(|id| !before.contains(id)).count();
        for id in &before[..before.len().saturating_sub(fresh)] {
            assert!(
                orders.contains(id),
                "{id} left its page: {before:?}, {orders:?}"
            );
        }
        self.walk = Some(walk);
    }

    fn finish(mut self) {
        self.lay_over("");
        while self.walk.is_some() {
            self.next_page();
        }
        self.run_until(self.now + Micros::from_secs(4 * 3_600));
        self.model.finish(self.now);
    }
}

fn hold<C: Client>(acts: &[Act]) {
    let mut run = Run::<C>::open();
    for act in acts {
        run.perform(act);
    }
    run.finish();
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 1..80)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(96) })]

    #[test]
    fn tiktok_shop_agrees_with_its_reference(acts in acts()) {
        hold::<TiktokShop>(&acts);
    }

    #[test]
    fn amazon_agrees_with_its_reference(acts in acts()) {
        hold::<Amazon>(&acts);
    }

    #[test]
    fn shopify_agrees_with_its_reference(acts in acts()) {
        hold::<Shopify>(&acts);
    }
}
