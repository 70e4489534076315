//! Buyers' and merchants' own acts on a sales platform. They enter by typed calls, not through the API.

use super::bucket::Flow;
use super::fact::Fact;
use super::faults::FaultCounts;
use super::machine::{Machine, Request};
use super::shop::{ListingIndex, OrderRef};
use oversell_kernel::Micros;

/// One line of a basket.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct BasketLine {
    /// What.
    pub listing: ListingIndex,
    /// How many units, at least 1.
    pub units: u32,
}

/// What a buyer wants to check out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// The buyer's number in the run; keys all later draws about this buyer.
    pub buyer: u64,
    /// The lines; no listing twice, never empty.
    pub lines: Vec<BasketLine>,
    /// Two-letter country the order ships to.
    pub country: &'static str,
    /// Postal code the order ships to; the warehouse routes by its first digit.
    pub postal_code: u32,
}

/// Whose units an order sells. One answer for all its lines: Amazon's own offer serves a whole basket or none of it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StockOwner {
    /// The merchant's: the units that every channel displays its count of.
    Merchant,
    /// The platform's own warehouses (FBA), which the merchant neither counts nor ships from.
    Platform,
}

/// The platform's decision on a checkout: accepted if and only if every line's displayed quantity allows it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum CheckoutOutcome {
    /// An order was born.
    Accepted {
        /// Which.
        order: OrderRef,
        /// Whose units it sells.
        stock: StockOwner,
    },
    /// The first line that could not be served.
    Refused {
        /// Its listing.
        listing: ListingIndex,
        /// The quantity displayed, smaller than the units wanted.
        displayed: i64,
    },
}

/// What became of an act on an existing order or listing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ActOutcome {
    /// Done.
    Done,
    /// The platform does not allow it in the present state, for the reason given.
    Refused(&'static str),
}

/// Units of one line that are taken out of an order before they ship.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The line's position in the order, from 0.
    pub line: usize,
    /// How many, at least 1.
    pub units: u32,
    /// In which way.
    pub kind: RemovalKind,
    /// Whether the staff put them back on sale. It decides where people decide (Shopify); on Amazon units that are not
    /// put back are cancelled for lack of stock; TikTok Shop goes by the SKU's own setting.
    pub restock: bool,
}

/// The ways in which units leave an order before they ship.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum RemovalKind {
    /// The staff edit the order. Shopify alone has it.
    Edit,
    /// The staff cancel the units and pay for them back.
    Refund,
    /// The buyer asks for it, in the way the platform offers.
    BuyerRequest,
}

/// How far a rate limit was used.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitUse {
    /// The platform's name of the limit.
    pub name: &'static str,
    /// Tokens the bucket holds.
    pub capacity: f64,
    /// Tokens that flow in a second.
    pub rate_per_second: f64,
    /// What has flowed in so far, at the rates that there were.
    pub flow: Flow,
    /// Tokens used so far.
    pub used: f64,
    /// Tokens that were left when a call last asked for some.
    pub left: f64,
}

impl LimitUse {
    /// Tokens that have flowed in by a time, at the rates that there were; infinite where the limit never runs out.
    pub fn flowed_in(&self, now: Micros) -> f64 {
        match self.rate_per_second.is_finite() {
            true => self.flow.by(now),
            false => f64::INFINITY,
        }
    }
}

/// What a limit has left for one more call.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct WriteRoom {
    /// How long until it would be let in; zero when it would be at once.
    pub wait: Micros,
    /// How many a second are let in for good.
    pub per_second: f64,
}

/// A sales platform as buyers and the merchant's staff see it.
///
/// Each act behaves like [`Machine::handle`]: drain outputs and ask for the timeout afterwards.
pub trait Storefront: Machine<Fact = Fact> {
    /// A buyer presses "buy". The displayed quantity alone decides; on acceptance it falls at once.
    fn checkout(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome;

    /// The same where the buyer picks the merchant's own offer although the platform sells units of the merchant's itself.
    fn checkout_of_merchant(&mut self, now: Micros, basket: &Basket) -> CheckoutOutcome {
        self.checkout(now, basket)
    }

    /// A buyer pays for an order that was placed unpaid; `Refused` where orders are paid at checkout or already paid.
    fn pay(&mut self, now: Micros, order: OrderRef) -> ActOutcome;

    /// A buyer cancels, in the way the platform offers (at once, or as a request the platform approves).
    fn cancel_by_buyer(&mut self, now: Micros, order: OrderRef) -> ActOutcome;

    /// The merchant's staff cancel in the platform's own admin because there is no stock.
    fn cancel_by_seller(&mut self, now: Micros, order: OrderRef) -> ActOutcome;

    /// Units of a line are taken out of an order before they ship; the rest of the order stays. Refused when fewer wait to
    /// be shipped, and where the platform has no such act.
    fn remove_units(&mut self, now: Micros, order: OrderRef, removal: Removal) -> ActOutcome;

    /// A buyer returns units of the n-th line of a shipped order, and the merchant's staff book the return.
    fn return_units(
        &mut self,
        now: Micros,
        order: OrderRef,
        line: usize,
        units: u32,
        restock: bool,
    ) -> ActOutcome;

    /// The merchant's staff set the displayed count in the platform's own admin (a foreign write, to an engine).
    fn edit_count(&mut self, now: Micros, listing: ListingIndex, units: i64) -> ActOutcome;

    /// Sets what a listing displays when the run opens, before any call: no signal goes out, a fact does not arise.
    fn open_with(&mut self, listing: ListingIndex, units: i64);

    /// The merchant grants the app its access anew: what the first grant handed out (authorization code, first tokens)
    /// is valid again, for its whole life from now. Nothing to do where the app's credentials do not wear out.
    fn grant_anew(&mut self, _now: Micros) {}

    /// The merchant takes the app's access away: tokens are refused and none is handed out until the access is granted
    /// anew. Subscriptions stay; see [`Storefront::drop_subscriptions`].
    fn revoke_access(&mut self, _now: Micros) {}

    /// Every access token that was handed out ends now, long before its time; what gets new ones stays good.
    fn end_tokens(&mut self, _now: Micros) {}

    /// The platform gives up on every subscription of the app, as it does after failures. Returns how many there were.
    fn drop_subscriptions(&mut self, _now: Micros) -> u32 {
        0
    }

    /// How many subscriptions of the app there are.
    fn subscriptions(&self) -> u32 {
        0
    }

    /// Lays values over the profile that the emulator was opened with, in place of what was laid over it before; an empty
    /// table restores it. It holds for what begins from `now` on: calls, writes, orders, signals; what is under way keeps
    /// the delays that were drawn for it. Buckets keep their level, up to the new capacity. A shorter life of tokens also
    /// ends those that are older than it.
    ///
    /// # Errors
    /// Names the key that the profile does not have, that does not take the value, or that cannot change while the shop
    /// runs; then nothing has changed.
    fn lay_over(&mut self, _now: Micros, overrides: &toml::Table) -> Result<(), String> {
        if overrides.is_empty() {
            Ok(())
        } else {
            Err("this shop has no profile to lay values over".to_string())
        }
    }

    /// How often the profile in force has made the platform misbehave, and how often it could have.
    fn fault_counts(&self) -> FaultCounts {
        FaultCounts::default()
    }

    /// The quantity a buyer can still buy.
    fn displayed(&self, listing: ListingIndex) -> i64;

    /// The platform's own id of an order, as it appears in the canonical field of its API (Shopify: the decimal
    /// `legacyResourceId`; Amazon: `ddd-ddddddd-ddddddd`; TikTok Shop: the decimal id).
    fn native_order_id(&self, order: OrderRef) -> String;

    /// The order with this native id, if there is one.
    fn order_ref(&self, native_id: &str) -> Option<OrderRef>;

    /// Adds the use of every rate limit so far to a list.
    fn add_limits(&self, list: &mut Vec<LimitUse>);

    /// Adds at least those that the last call took from, and none that has never been used: asked for after every call.
    fn add_moved_limits(&self, list: &mut Vec<LimitUse>) {
        self.add_limits(list);
        list.retain(|it| it.used > 0.0);
    }

    /// Use of every rate limit so far.
    fn limits(&self) -> Vec<LimitUse> {
        let mut list = Vec::new();
        self.add_limits(&mut list);
        list
    }

    /// What was asked of it and nothing stands behind, by name, with how often.
    fn not_simulated(&self) -> Vec<(String, u64)> {
        Vec::new()
    }

    /// Whether a request brings credentials, or names something, that belongs to this shop and to no other of the platform:
    /// where several shops are reached under one host, it is for this one. Nothing changes by it, and whether the request
    /// is allowed is not said.
    fn recognises(&self, _request: &Request) -> bool {
        false
    }

    /// What the limit of an operation has left for one more call, of an operation that writes quantities; `None` for every
    /// other.
    fn write_room(&self, now: Micros, operation: &str) -> Option<WriteRoom> {
        let _ = (now, operation);
        None
    }
}
