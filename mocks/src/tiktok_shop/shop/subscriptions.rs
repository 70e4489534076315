//! Which addresses are registered for which webhooks (docs/platforms/tiktok_shop.md 6.1): one for each event type of a shop.

use http::Uri;

use crate::core::Micros;
use crate::tiktok_shop::profile::InventoryRoute;

use super::events::Event;

/// Event types a shop may register an address for (docs/platforms/tiktok_shop.md 6.1); the last exists only where the
/// profile says so.
pub(crate) const EVENT_TYPES: [&str; 18] = [
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "PRODUCT_STATUS_CHANGE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
    "REVERSE_STATUS_UPDATE",
    "NEW_CONVERSATION",
    "NEW_MESSAGE",
    "NEW_MESSAGE_LISTENER",
    "PRODUCT_INFORMATION_CHANGE",
    "PRODUCT_CREATION",
    "PRODUCT_CATEGORY_CHANGE",
    "PRODUCT_AUDIT_STATUS_CHANGE",
    "INVOICE_STATUS_CHANGE",
    "INVENTORY_CHANGE",
];

const ORDER_STATUS: usize = 0;
const PACKAGE: usize = 2;
const PRODUCT_STATUS: usize = 3;
const CANCELLATION: usize = 6;
const RETURN: usize = 7;
const INVENTORY: usize = 17;

#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) address: Box<str>,
    pub(crate) uri: Uri,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
}

#[derive(Debug)]
pub(crate) struct Subscriptions {
    by_type: [Option<Subscription>; EVENT_TYPES.len()],
    route: InventoryRoute,
}

impl Subscriptions {
    pub(crate) fn new(route: InventoryRoute) -> Subscriptions {
        Subscriptions {
            by_type: [const { None }; EVENT_TYPES.len()],
            route,
        }
    }

    /// Says where inventory events go from now on.
    pub(crate) fn set_route(&mut self, route: InventoryRoute) {
        self.route = route;
    }

    /// Removes everything that is registered; the names of its event types.
    pub(crate) fn clear(&mut self) -> Vec<&'static str> {
        let names = self.registered().map(|(name, _)| name).collect();
        self.by_type = [const { None }; EVENT_TYPES.len()];
        names
    }

    /// The event types that may be registered.
    pub(crate) fn event_types(&self) -> impl Iterator<Item = &'static str> {
        let count = match self.route {
            InventoryRoute::EventType => EVENT_TYPES.len(),
            _ => INVENTORY,
        };
        EVENT_TYPES.into_iter().take(count)
    }

    /// The position of an event type that may be registered.
    pub(crate) fn event_type(&self, name: &str) -> Option<usize> {
        self.event_types().position(|known| known == name)
    }

    /// Registers an address in place of the one before.
    pub(crate) fn register(&mut self, now: Micros, event_type: usize, address: &str, uri: Uri) {
        let slot = &mut self.by_type[event_type];
        let created_at = slot.as_ref().map_or(now, |old| old.created_at);
        *slot = Some(Subscription {
            address: address.into(),
            uri,
            created_at,
            updated_at: now,
        });
    }

    pub(crate) fn remove(&mut self, event_type: usize) {
        self.by_type[event_type] = None;
    }

    /// What is registered, with the name of its event type.
    pub(crate) fn registered(&self) -> impl Iterator<Item = (&'static str, &Subscription)> {
        EVENT_TYPES
            .into_iter()
            .zip(&self.by_type)
            .filter_map(|(name, subscription)| Some((name, subscription.as_ref()?)))
    }

    /// Who gets inventory events.
    pub(crate) fn inventory_listener(&self) -> Option<&Subscription> {
        let event_type = match self.route {
            InventoryRoute::Off => return None,
            InventoryRoute::OrderStatusChange => ORDER_STATUS,
            InventoryRoute::EventType => INVENTORY,
        };
        self.by_type[event_type].as_ref()
    }

    /// Who gets an event.
    pub(crate) fn listener(&self, event: &Event) -> Option<&Subscription> {
        let event_type = match event {
            Event::OrderStatus { .. } => ORDER_STATUS,
            Event::PackageSplit { .. } => PACKAGE,
            Event::Cancellation { .. } => CANCELLATION,
            Event::ProductStatus { .. } => PRODUCT_STATUS,
            Event::Return { .. } => RETURN,
            Event::Inventory(_) => return self.inventory_listener(),
        };
        self.by_type[event_type].as_ref()
    }
}
