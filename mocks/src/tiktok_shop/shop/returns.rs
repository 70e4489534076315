//! Returns as they are asked for and move on (docs/platforms/tiktok_shop.md 6.3, type 12).

use crate::core::{ActOutcome, Micros, Party};
use crate::tiktok_shop::model::orders::CANCELLED_UNIT;
use crate::tiktok_shop::model::returns::{ReturnState, ReturnType, Step};

use super::ShopState;
use super::events::Event;
use super::shipping::Refusal;

impl ShopState {
    /// Opens a return in its first state and tells webhook 12. The units have been checked.
    pub(crate) fn open_return(
        &mut self,
        order: u32,
        kind: ReturnType,
        reason: &str,
        units: Vec<u32>,
        first: Step,
    ) -> u32 {
        let index = self.returns.open(order, kind, reason, units, first);
        self.raise_return(index, first);
        index
    }

    fn raise_return(&mut self, index: u32, step: Step) {
        self.raise(
            step.at,
            Event::Return {
                index,
                state: step.state,
                at: step.at,
            },
        );
    }

    /// Takes a return one step on and tells webhook 12.
    pub(crate) fn step_return(&mut self, now: Micros, index: u32, by: Party, state: ReturnState) {
        let step = Step { at: now, by, state };
        self.returns.all[index as usize].steps.push(step);
        self.raise_return(index, step);
    }

    /// Whether a unit of an order may be asked back: it has left, whether or not others of the order have (line items are
    /// named where an order leaves in several packages [sdk]), and is in no other return.
    pub(crate) fn may_return(&self, order: u32, unit: u32) -> bool {
        let packages = self.orders.units(self.orders.order(order));
        let left = packages.get(unit as usize);
        left.is_some_and(|of| !matches!(*of, 0 | CANCELLED_UNIT))
            && !self.returns.holds(order, unit)
    }

    /// Checks that units may be asked back. Naming none means all that may. Answers them in rising order.
    pub(crate) fn returnable(&self, order: u32, named: &[u32]) -> Result<Vec<u32>, Refusal> {
        let record = self.orders.get(order).ok_or(Refusal::NoSuchOrder)?;
        let open = |unit: &u32| self.may_return(order, *unit);
        let mut units: Vec<u32> = if named.is_empty() {
            (0..record.units).filter(open).collect()
        } else {
            named.to_vec()
        };
        units.sort_unstable();
        units.dedup();
        if units.is_empty() || !units.iter().all(open) {
            return Err(Refusal::NotReturnable);
        }
        Ok(units)
    }

    /// A buyer asks for a return of units of a shipped order, named by their position within it; naming none means all.
    pub(crate) fn request_return(
        &mut self,
        now: Micros,
        order: u32,
        units: &[u32],
        kind: ReturnType,
    ) -> Result<u32, Refusal> {
        let units = self.returnable(order, units)?;
        let first = Step {
            at: now,
            by: Party::Buyer,
            state: ReturnState::Pending,
        };
        Ok(self.open_return(order, kind, "no longer needed", units, first))
    }

    /// The buyer hands the units of an agreed return to a carrier.
    pub(crate) fn send_back(&mut self, now: Micros, index: u32) -> ActOutcome {
        match self.returns.all.get(index as usize) {
            None => ActOutcome::Refused("no such return"),
            Some(found) if found.state() == ReturnState::AwaitingBuyerShip => {
                self.step_return(now, index, Party::Buyer, ReturnState::BuyerShipped);
                ActOutcome::Done
            }
            Some(_) => ActOutcome::Refused("the seller does not wait for these units"),
        }
    }
}
