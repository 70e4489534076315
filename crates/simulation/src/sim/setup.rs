//! The systems of a run with their links and timers.

use channel_mocks::core::{Micros, Seed, Storefront};
use channel_mocks::warehouse::Warehouse;

use super::network::Link;
use super::wake::Wake;
use crate::scenario::Scenario;
use crate::scenario::model::Channel;
use crate::stage::opening::{OpenedChannel, OpenedWarehouse};

/// A channel that is open for business.
pub(super) struct ChannelSide {
    pub name: String,
    pub storefront: Box<dyn Storefront + Send>,
    pub link: Link,
    pub wake: Wake,
}

impl ChannelSide {
    pub fn new(opened: OpenedChannel, channel: &Channel, seed: Seed) -> ChannelSide {
        ChannelSide {
            name: channel.name.clone(),
            storefront: opened.storefront,
            link: Link::new(seed, &channel.name, &channel.network),
            wake: Wake::default(),
        }
    }
}

/// The warehouse, open for business.
pub(super) struct WarehouseSide {
    pub warehouse: Warehouse,
    pub link: Link,
    pub wake: Wake,
}

impl WarehouseSide {
    pub fn new(opened: OpenedWarehouse, scenario: &Scenario, seed: Seed) -> WarehouseSide {
        WarehouseSide {
            warehouse: opened.warehouse,
            link: Link::new(seed, "warehouse/", &scenario.warehouse.network),
            wake: Wake::default(),
        }
    }
}

/// The longest simulated time a scenario can take.
pub(super) fn longest(scenario: &Scenario) -> Micros {
    scenario.opening + scenario.duration + scenario.settle
}
