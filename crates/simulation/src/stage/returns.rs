//! A buyer sends a whole order back: the platform books the return line by line, and units that can be sold again reach
//! the merchant's shelf, where the platform took them back.

use channel_mocks::core::{ActOutcome, LocationIndex, OrderRef};
use channel_mocks::warehouse::ItemIndex;

use super::act::{ShopAct, WarehouseAct, WarehouseActKind};
use super::staff::StaffHabits;
use crate::world::SkuIndex;

/// A return on its way, one line at a time: [`OrderReturn::next_act`], then [`OrderReturn::booked`] with what it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderReturn {
    order: OrderRef,
    lines: Box<[(SkuIndex, u32)]>,
    restockable: bool,
    restock_on_platform: bool,
    shelf: LocationIndex,
    /// Lines that have been booked or refused.
    settled: usize,
}

impl OrderReturn {
    /// The return of an order with these lines. Its units can be sold again when it is `restockable`; they then go to
    /// the location `shelf`.
    pub fn new(
        order: OrderRef,
        lines: impl IntoIterator<Item = (SkuIndex, u32)>,
        restockable: bool,
        habits: StaffHabits,
        shelf: LocationIndex,
    ) -> OrderReturn {
        OrderReturn {
            order,
            lines: lines.into_iter().collect(),
            restockable,
            restock_on_platform: restockable && habits.restocks_returns_on_platform,
            shelf,
            settled: 0,
        }
    }

    /// Books the next line's return; `None` when every line is settled.
    pub fn next_act(&self) -> Option<ShopAct> {
        let &(_, units) = self.lines.get(self.settled)?;
        Some(ShopAct::ReturnUnits {
            order: self.order,
            line: self.settled,
            units,
            restock: self.restock_on_platform,
        })
    }

    /// The act of [`OrderReturn::next_act`] came to this. Gives what reaches the shelf by it.
    pub fn booked(&mut self, outcome: ActOutcome) -> Option<WarehouseAct> {
        let &(sku, units) = self.lines.get(self.settled)?;
        self.settled += 1;
        (self.restockable && outcome == ActOutcome::Done).then_some(WarehouseAct {
            item: ItemIndex(sku.0),
            location: self.shelf,
            kind: WarehouseActKind::Return,
            units,
        })
    }
}
