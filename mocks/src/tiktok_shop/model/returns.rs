//! Returns and refunds after shipping: who asked, for which units, and how far it has come (docs/platforms/tiktok_shop.md
//! 6.3, type 12).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::core::{Micros, Party};

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
    pub(crate) fn name(self) -> &'static str {
        match self {
            ReturnType::Refund => "REFUND",
            ReturnType::ReturnAndRefund => "RETURN_AND_REFUND",
        }
    }

    const ALL: [ReturnType; 2] = [ReturnType::Refund, ReturnType::ReturnAndRefund];

    /// The names of all.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ReturnType::ALL.into_iter().map(ReturnType::name)
    }

    pub(crate) fn named(name: &str) -> Option<ReturnType> {
        ReturnType::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How far a return has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReturnState {
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
    pub(crate) fn name(self) -> &'static str {
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
pub(crate) struct Step {
    pub(crate) at: Micros,
    pub(crate) by: Party,
    pub(crate) state: ReturnState,
}

#[derive(Clone, Debug)]
pub(crate) struct Return {
    pub(crate) order: u32,
    pub(crate) by: Party,
    pub(crate) kind: ReturnType,
    pub(crate) reason: Box<str>,
    /// Units by position within the order, rising.
    pub(crate) units: Box<[u32]>,
    /// What has happened, oldest first; never empty.
    pub(crate) steps: Vec<Step>,
}

impl Return {
    fn latest(&self) -> Step {
        *self.steps.last().expect("a return begins with a step")
    }

    pub(crate) fn state(&self) -> ReturnState {
        self.latest().state
    }

    pub(crate) fn created_at(&self) -> Micros {
        self.steps[0].at
    }

    pub(crate) fn updated_at(&self) -> Micros {
        self.latest().at
    }
}

/// All returns of a shop.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    pub(crate) all: Vec<Return>,
    by_order: IndexMap<u32, Vec<u32>, FxBuildHasher>,
}

impl Returns {
    /// Opens a return in its first state and answers its position.
    pub(crate) fn open(
        &mut self,
        order: u32,
        kind: ReturnType,
        reason: &str,
        units: Vec<u32>,
        first: Step,
    ) -> u32 {
        let index = self.all.len() as u32;
        self.all.push(Return {
            order,
            by: first.by,
            kind,
            reason: reason.into(),
            units: units.into_boxed_slice(),
            steps: vec![first],
        });
        self.by_order.entry(order).or_default().push(index);
        index
    }

    /// Whether a unit of an order is in a return that has not been refused.
    pub(crate) fn holds(&self, order: u32, unit: u32) -> bool {
        self.by_order.get(&order).is_some_and(|of_order| {
            of_order.iter().any(|index| {
                let found = &self.all[*index as usize];
                !found.state().is_refused() && found.units.binary_search(&unit).is_ok()
            })
        })
    }
}
