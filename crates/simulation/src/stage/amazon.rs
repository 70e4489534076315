//! Orders that Amazon sells and ships from its own warehouses (Fulfilment by Amazon).

use channel_mocks::core::OrderRef;
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::world::{ChannelIndex, SkuIndex};

/// Lines of an order: SKU and units.
type Lines = Vec<(SkuIndex, u32)>;

/// Who is fulfilled by Amazon, by channel.
#[derive(Debug)]
pub(super) struct FulfilledByAmazon {
    channels: Vec<Orders>,
}

#[derive(Debug, Default)]
struct Orders {
    /// All of them, ascending: platforms number orders as they accept them.
    all: Vec<OrderRef>,
    /// Those that have not left yet.
    unshipped: IndexMap<OrderRef, Lines, FxBuildHasher>,
}

impl FulfilledByAmazon {
    pub fn new(channels: usize) -> FulfilledByAmazon {
        FulfilledByAmazon {
            channels: (0..channels).map(|_| Orders::default()).collect(),
        }
    }

    fn of(&mut self, channel: ChannelIndex) -> Option<&mut Orders> {
        self.channels.get_mut(usize::from(channel.0))
    }

    /// A line was sold. Lines of one order come in their order.
    pub fn sold(&mut self, channel: ChannelIndex, order: OrderRef, sku: SkuIndex, units: u32) {
        let Some(orders) = self.of(channel) else {
            return;
        };
        if orders.all.last() != Some(&order) {
            orders.all.push(order);
        }
        orders
            .unshipped
            .entry(order)
            .or_default()
            .push((sku, units));
    }

    /// The order was shipped: gives what left with it, once. `None` for orders that Amazon does not ship.
    pub fn shipped(&mut self, channel: ChannelIndex, order: OrderRef) -> Option<Lines> {
        self.of(channel)?.unshipped.swap_remove(&order)
    }

    /// The order was cancelled: nothing will leave.
    pub fn cancelled(&mut self, channel: ChannelIndex, order: OrderRef) {
        if let Some(orders) = self.of(channel) {
            orders.unshipped.swap_remove(&order);
        }
    }

    /// Whether Amazon ships, or shipped, this order.
    pub fn holds(&self, channel: ChannelIndex, order: OrderRef) -> bool {
        let orders = self.channels.get(usize::from(channel.0));
        orders.is_some_and(|it| it.all.binary_search(&order).is_ok())
    }
}
