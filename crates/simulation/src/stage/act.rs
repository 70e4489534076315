//! What the stage asks of the systems. Both drivers carry an act out with the same call, and differ only in when.

use channel_mocks::core::{
    ActOutcome, Basket, ListingIndex, LocationIndex, Micros, OrderRef, Removal, Storefront,
};
use channel_mocks::warehouse::{ItemIndex, Warehouse};

use crate::world::{ChannelIndex, SkuIndex};

/// An act for the driver to carry to a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A buyer presses "buy". An acceptance is handed back as [`super::Input::Accepted`].
    Checkout {
        /// Where.
        channel: ChannelIndex,
        /// What the buyer wants; listing n is SKU n.
        basket: Basket,
    },
    /// An act on one channel. What it came to is handed back as [`super::Input::Done`].
    Shop {
        /// Where.
        channel: ChannelIndex,
        /// What.
        act: ShopAct,
    },
    /// Something befalls units in the merchant's own system.
    Warehouse(WarehouseAct),
    /// Amazon ships from its own warehouses: the units leave the location that stands for them.
    ShipFromAmazon {
        /// Where it was sold, or which account ships for others.
        channel: ChannelIndex,
        /// The order; `None` for one of another channel (Multi-Channel Fulfillment), which the merchant's own system
        /// knows as [`crate::world::FOR_OTHERS`].
        order: Option<OrderRef>,
        /// The location that stands for Amazon's warehouses.
        location: LocationIndex,
        /// What leaves: SKU and units.
        lines: Vec<(SkuIndex, u32)>,
    },
    /// A support agent looks an order up.
    SupportRead {
        /// Where.
        channel: ChannelIndex,
    },
    /// A channel opens to buyers, or closes. The platforms' own sides of a shop work before it opens and after it closes:
    /// only buyers do not come. So it is the ledger that is told.
    Hours {
        /// Which.
        channel: ChannelIndex,
        /// Whether it is open from now on.
        is_open: bool,
    },
}

/// An act of a buyer or of the merchant's staff on an order or a listing that is there.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ShopAct {
    /// A buyer cancels.
    CancelByBuyer(OrderRef),
    /// The staff cancel in the platform's own admin.
    CancelBySeller(OrderRef),
    /// Units of a line are taken out of an order before they ship.
    RemoveUnits {
        /// Which order.
        order: OrderRef,
        /// Which units, and how.
        removal: Removal,
    },
    /// A buyer sends units of a line back, and the staff book the return.
    ReturnUnits {
        /// Which order.
        order: OrderRef,
        /// The line's position in it, from 0.
        line: usize,
        /// How many.
        units: u32,
        /// Whether the platform puts them back on sale by itself.
        restock: bool,
    },
    /// Somebody sets a displayed count in the platform's own admin.
    EditCount {
        /// Whose.
        listing: ListingIndex,
        /// The new count.
        units: i64,
    },
}

impl ShopAct {
    /// Carries it out on a platform.
    pub fn perform(self, shop: &mut (impl Storefront + ?Sized), now: Micros) -> ActOutcome {
        match self {
            ShopAct::CancelByBuyer(order) => shop.cancel_by_buyer(now, order),
            ShopAct::CancelBySeller(order) => shop.cancel_by_seller(now, order),
            ShopAct::RemoveUnits { order, removal } => shop.remove_units(now, order, removal),
            ShopAct::ReturnUnits {
                order,
                line,
                units,
                restock,
            } => shop.return_units(now, order, line, units, restock),
            ShopAct::EditCount { listing, units } => shop.edit_count(now, listing, units),
        }
    }
}

/// Something that befalls units of one item at one location.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct WarehouseAct {
    /// What.
    pub item: ItemIndex,
    /// Where.
    pub location: LocationIndex,
    /// What befalls them.
    pub kind: WarehouseActKind,
    /// How many: moved, or counted.
    pub units: u32,
}

/// What can befall units in a warehouse.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum WarehouseActKind {
    /// A supplier's delivery arrives.
    Receive,
    /// They are found damaged.
    Damage,
    /// So many are counted on the shelf.
    Recount,
    /// A buyer's units come back to the shelf.
    Return,
}

impl WarehouseAct {
    /// Carries it out.
    pub fn perform(self, warehouse: &mut Warehouse, now: Micros) {
        let WarehouseAct {
            item,
            location,
            kind,
            units,
        } = self;
        match kind {
            WarehouseActKind::Receive => {
                warehouse.receive(now, item, location, units);
            }
            WarehouseActKind::Damage => {
                warehouse.damage(now, item, location, units);
            }
            WarehouseActKind::Recount => {
                warehouse.recount(now, item, location, units);
            }
            WarehouseActKind::Return => {
                warehouse.return_units(now, item, location, units);
            }
        }
    }
}

/// Lets the units of [`Act::ShipFromAmazon`] leave; `order_id` is what the merchant's own system calls the order.
pub fn ship_from_amazon(
    warehouse: &mut Warehouse,
    now: Micros,
    channel: ChannelIndex,
    order_id: &str,
    location: LocationIndex,
    lines: &[(SkuIndex, u32)],
) {
    for &(sku, units) in lines {
        let item = ItemIndex(sku.0);
        warehouse.ship_by_third_party(now, channel.0, order_id, item, location, units);
    }
}
