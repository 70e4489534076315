//! Returns and refunds after shipping: who asked, for which units, and how far it has come (sheet 6.3, type 12).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{ActOutcome, Micros, OrderRef, Party};

use super::errors::{self, ApiError};
use super::machine::TiktokShop;
use super::signals::Event;

/// The n-th return of a shop.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReturnRef(pub u32);

/// What is asked for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ReturnType {
    /// The money back; the buyer keeps the units.
    Refund,
    /// The money back when the units have come back.
    ReturnAndRefund,
}

impl ReturnType {
    pub(super) fn name(self) -> &'static str {
        match self {
            ReturnType::Refund => "REFUND",
            ReturnType::ReturnAndRefund => "RETURN_AND_REFUND",
        }
    }

    pub(super) fn named(name: &str) -> Option<ReturnType> {
        [ReturnType::Refund, ReturnType::ReturnAndRefund]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How far a return has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum ReturnState {
    /// The buyer has asked, the seller has not decided.
    Pending,
    /// The seller has refused the request.
    Rejected,
    /// The seller has agreed; the buyer is to send the units back.
    AwaitingBuyerShip,
    /// The units are on their way back.
    BuyerShipped,
    /// The seller has refused what came back.
    PackageRejected,
    /// The buyer has the money back.
    Complete,
}

impl ReturnState {
    /// The word of the API and of webhook 12.
    pub(super) fn name(self) -> &'static str {
        match self {
            ReturnState::Pending => "RETURN_OR_REFUND_REQUEST_PENDING",
            ReturnState::Rejected => "REFUND_OR_RETURN_REQUEST_REJECT",
            ReturnState::AwaitingBuyerShip => "AWAITING_BUYER_SHIP",
            ReturnState::BuyerShipped => "BUYER_SHIPPED_ITEM",
            ReturnState::PackageRejected => "REJECT_RECEIVE_PACKAGE",
            ReturnState::Complete => "RETURN_OR_REFUND_REQUEST_COMPLETE",
        }
    }

    /// Whether the units are free to be asked for again.
    fn is_refused(self) -> bool {
        matches!(self, ReturnState::Rejected | ReturnState::PackageRejected)
    }
}

/// One step of a return.
#[derive(Copy, Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Micros,
    pub(super) by: Party,
    pub(super) state: ReturnState,
}

#[derive(Clone, Debug)]
pub(super) struct Return {
    pub(super) order: u32,
    pub(super) by: Party,
    pub(super) kind: ReturnType,
    pub(super) reason: Box<str>,
    /// Units by position within the order, rising.
    pub(super) units: Box<[u32]>,
    /// What has happened, oldest first; never empty.
    pub(super) steps: Vec<Step>,
}

impl Return {
    fn latest(&self) -> Step {
        *self.steps.last().expect("a return begins with a step")
    }

    pub(super) fn state(&self) -> ReturnState {
        self.latest().state
    }

    pub(super) fn created_at(&self) -> Micros {
        self.steps[0].at
    }

    pub(super) fn updated_at(&self) -> Micros {
        self.latest().at
    }
}

/// All returns of a shop.
#[derive(Debug, Default)]
pub(super) struct Returns {
    pub(super) all: Vec<Return>,
    by_order: IndexMap<u32, Vec<u32>, FxBuildHasher>,
}

impl Returns {
    /// Whether a unit of an order is in a return that has not been refused.
    pub(super) fn holds(&self, order: u32, unit: u32) -> bool {
        self.by_order.get(&order).is_some_and(|of_order| {
            of_order.iter().any(|index| {
                let found = &self.all[*index as usize];
                !found.state().is_refused() && found.units.binary_search(&unit).is_ok()
            })
        })
    }
}

impl TiktokShop {
    /// Opens a return in its first state and tells webhook 12. The units have been checked.
    pub(super) fn open_return(
        &mut self,
        order: u32,
        kind: ReturnType,
        reason: &str,
        units: Vec<u32>,
        first: Step,
    ) -> u32 {
        let index = self.returns.all.len() as u32;
        self.returns.all.push(Return {
            order,
            by: first.by,
            kind,
            reason: reason.into(),
            units: units.into_boxed_slice(),
            steps: vec![first],
        });
        self.returns.by_order.entry(order).or_default().push(index);
        self.signal_return(index, first);
        index
    }

    fn signal_return(&mut self, index: u32, step: Step) {
        self.signal(
            step.at,
            Event::Return {
                index,
                state: step.state,
                at: step.at,
            },
        );
    }

    /// Takes a return one step on and tells webhook 12.
    pub(super) fn step_return(&mut self, now: Micros, index: u32, by: Party, state: ReturnState) {
        let step = Step { at: now, by, state };
        self.returns.all[index as usize].steps.push(step);
        self.signal_return(index, step);
    }

    /// Checks that units may be asked back: shipped, of the order, and in no other return. Naming none means all that
    /// are in none. Answers them in rising order.
    pub(super) fn returnable(&self, order: u32, named: &[u32]) -> Result<Vec<u32>, ApiError> {
        let record = self.orders.get(order).ok_or(errors::NOT_YOURS)?;
        if !record.status.is_shipped() {
            return Err(errors::NOT_RETURNABLE);
        }
        let open = |unit: &u32| *unit < record.units && !self.returns.holds(order, *unit);
        let mut units: Vec<u32> = if named.is_empty() {
            (0..record.units).filter(open).collect()
        } else {
            named.to_vec()
        };
        units.sort_unstable();
        units.dedup();
        if units.is_empty() || !units.iter().all(open) {
            return Err(errors::NOT_RETURNABLE);
        }
        Ok(units)
    }

    /// A buyer asks for a return of units of a shipped order, named by their position within it; naming none means all.
    /// The seller decides through the API.
    ///
    /// # Errors
    /// Says why the platform refuses: no such order, not shipped yet, or units that are in another return.
    pub fn request_return(
        &mut self,
        now: Micros,
        order: OrderRef,
        units: &[u32],
        kind: ReturnType,
    ) -> Result<ReturnRef, &'static str> {
        self.act(now, |shop| {
            let units = shop
                .returnable(order.0, units)
                .map_err(|_| "the units have not been shipped or are being returned")?;
            let first = Step {
                at: now,
                by: Party::Buyer,
                state: ReturnState::Pending,
            };
            Ok(ReturnRef(shop.open_return(
                order.0,
                kind,
                "no longer needed",
                units,
                first,
            )))
        })
    }

    /// The buyer hands the units of an agreed return to a carrier.
    pub fn send_back(&mut self, now: Micros, return_ref: ReturnRef) -> ActOutcome {
        self.act(now, |shop| {
            match shop.returns.all.get(return_ref.0 as usize) {
                None => ActOutcome::Refused("no such return"),
                Some(found) if found.state() == ReturnState::AwaitingBuyerShip => {
                    shop.step_return(now, return_ref.0, Party::Buyer, ReturnState::BuyerShipped);
                    ActOutcome::Done
                }
                Some(_) => ActOutcome::Refused("the seller does not wait for these units"),
            }
        })
    }
}
