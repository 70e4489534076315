//! References from orders to the same orders in other systems (docs/platforms/tiktok_shop.md 4.1).

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// The systems a reference may name, as a public client lists them.
pub(crate) const PLATFORMS: [&str; 10] = [
    "AMAZON",
    "BIGCOMMERCE",
    "CHANNEL_ADVISOR",
    "ERP_SYSTEM",
    "MAGENTO",
    "ORDER_MANAGEMENT_SYSTEM",
    "SALESFORCE_COMMERCE_CLOUD",
    "SHOPIFY",
    "WAREHOUSE_MANAGEMENT_SYSTEM",
    "WOOCOMMERCE",
];

/// An order as another system knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExternalOrder {
    pub(crate) order: u32,
    /// Position among the platforms.
    pub(crate) platform: usize,
    pub(crate) id: Box<str>,
    /// Line items: the other system's id and ours.
    pub(crate) lines: Vec<(Box<str>, u64)>,
}

/// Position of a platform, and the id there.
type Key = (u8, Box<str>);

/// All references of a shop.
#[derive(Debug, Default)]
pub(crate) struct ExternalOrders {
    by_id: IndexMap<Key, ExternalOrder, FxBuildHasher>,
    /// The keys of each order's references.
    of_order: IndexMap<u32, Vec<Key>, FxBuildHasher>,
}

impl ExternalOrders {
    /// Keeps a reference; an order has one for each platform, the last one given. Answers false, and keeps nothing, where
    /// another order has it already.
    pub(crate) fn refer(&mut self, external: ExternalOrder) -> bool {
        let key = (external.platform as u8, external.id.clone());
        if let Some(taken) = self.by_id.get(&key)
            && taken.order != external.order
        {
            return false;
        }
        let of_order = self.of_order.entry(external.order).or_default();
        if let Some(old) = of_order.iter().position(|(of, _)| *of == key.0) {
            let old = of_order.swap_remove(old);
            self.by_id.swap_remove(&old);
        }
        of_order.push(key.clone());
        self.by_id.insert(key, external);
        true
    }

    /// The references of an order.
    pub(crate) fn of(&self, order: u32) -> impl Iterator<Item = &ExternalOrder> {
        self.of_order
            .get(&order)
            .into_iter()
            .flatten()
            .filter_map(|key| self.by_id.get(key))
    }

    /// What a platform's id refers to.
    pub(crate) fn find(&self, platform: usize, id: &str) -> Option<&ExternalOrder> {
        self.by_id.get(&(platform as u8, Box::from(id)))
    }
}
