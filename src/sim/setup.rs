//! The systems of a run with their links and timers.

use channel_mocks::core::{Micros, OrderRef, Seed, Storefront};
use channel_mocks::warehouse::Warehouse;

use super::network::Link;
use super::wake::Wake;
use crate::scenario::Scenario;
use crate::scenario::model::Channel;
use crate::stage::opening::{OpenedChannel, OpenedWarehouse};

/// A channel that is open for business.
pub(super) struct ChannelSide {
    pub storefront: Box<dyn Storefront + Send>,
    pub link: Link,
    pub wake: Wake,
    /// Whether the platform's API can cancel an order; if not, the staff do it by hand.
    pub api_cancels: bool,
    /// Orders that Amazon ships from its own warehouses, ascending.
    by_amazon: Vec<OrderRef>,
}

impl ChannelSide {
    pub fn new(opened: OpenedChannel, channel: &Channel, seed: Seed) -> ChannelSide {
        ChannelSide {
            storefront: opened.storefront,
            link: Link::new(seed, &channel.name, &channel.network),
            wake: Wake::default(),
            api_cancels: opened.api_cancels,
            by_amazon: Vec::new(),
        }
    }

    /// Notes that Amazon sold (a line of) an order from its own warehouses.
    pub fn sold_by_amazon(&mut self, order: OrderRef) {
        if self.by_amazon.last() != Some(&order) {
            self.by_amazon.push(order);
        }
    }

    /// Whether Amazon ships this order from its own warehouses.
    pub fn is_sold_by_amazon(&self, order: OrderRef) -> bool {
        self.by_amazon.binary_search(&order).is_ok()
    }
}

/// The warehouse, open for business.
pub(super) struct WarehouseSide {
    pub warehouse: Warehouse,
    pub link: Link,
    pub wake: Wake,
    /// Where returned units are put.
    pub returns_to: u16,
    /// The location that stands for Amazon's own warehouses.
    pub fba: Option<u16>,
}

impl WarehouseSide {
    pub fn new(opened: OpenedWarehouse, scenario: &Scenario, seed: Seed) -> WarehouseSide {
        WarehouseSide {
            warehouse: opened.warehouse,
            link: Link::new(seed, "warehouse/", &scenario.warehouse.network),
            wake: Wake::default(),
            returns_to: opened.returns_to,
            fba: opened.fba,
        }
    }
}

/// The longest simulated time a scenario can take.
pub(super) fn longest(scenario: &Scenario) -> Micros {
    scenario.opening + scenario.duration + scenario.settle
}
