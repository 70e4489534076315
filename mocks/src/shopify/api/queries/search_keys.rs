//! Which keys lists are searched by: those that are served, those that the platform documents beyond them, and no others
//! (docs/platforms/shopify.md 6).

use super::catalogue_search::is_searched_by;
use super::order_search::SERVED_KEYS;
use crate::shopify::api::graphql::fields::Field;
use crate::shopify::model::ids;

/// What a key is to a list.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// It is searched by, or nothing is published of the list's keys.
    Served,
    /// The platform is searched by it, and nothing stands behind it here.
    Documented(&'static str),
    /// The platform knows no such field.
    Unknown,
}

/// Documented keys of orders that are not served.
const ORDERS: &[&str] = &[
    "cart_token",
    "channel",
    "channel_id",
    "chargeback_status",
    "checkout_token",
    "credit_card_last4",
    "delivery_method",
    "fraud_protection_level",
    "location_id",
    "payment_id",
    "payment_provider_id",
    "reference_location_id",
    "risk_level",
    "sales_channel",
    "total_weight",
    "user_id",
];

/// Documented keys of products that are not served.
const PRODUCTS: &[&str] = &[
    "bundles",
    "category_id",
    "collection_id",
    "combined_listing_role",
    "delivery_profile_id",
    "error_feedback",
    "has_only_composites",
    "has_variant_with_components",
    "product_configuration_owner",
    "product_publication_status",
    "publication_ids",
    "publishable_status",
];

/// Documented keys of variants that are not served.
const VARIANTS: &[&str] = &[
    "collection",
    "delivery_profile_id",
    "exclude_composite",
    "exclude_variants_with_components",
    "location_id",
    "managed_by",
    "option2",
    "option3",
    "product_publication_status",
    "publishable_status",
    "requires_components",
];

/// Metafields can be searched by in every list of things that have them: `metafields.custom.shelf`.
const METAFIELDS: &str = "metafields";

/// What a key is to the list of a root field.
pub(super) fn key_of(list: Field, key: &str) -> Key {
    let (is_served, documented) = match list {
        Field::Orders | Field::OrdersCount => (SERVED_KEYS.contains(&key), ORDERS),
        Field::Products | Field::ProductsCount => (is_searched_by(ids::PRODUCT, key), PRODUCTS),
        Field::ProductVariants | Field::ProductVariantsCount => {
            (is_searched_by(ids::VARIANT, key), VARIANTS)
        }
        Field::InventoryItems => (is_searched_by(ids::INVENTORY_ITEM, key), &[][..]),
        _ => return Key::Served,
    };
    if is_served || key.is_empty() {
        return Key::Served;
    }
    let has_metafields = list != Field::InventoryItems;
    let is_metafield = key
        .strip_prefix(METAFIELDS)
        .is_some_and(|it| it.starts_with('.'));
    if has_metafields && is_metafield {
        return Key::Documented(METAFIELDS);
    }
    let found = documented.iter().find(|known| **known == key);
    found.map_or(Key::Unknown, |known| Key::Documented(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_served_documented_or_none() {
        for (list, key, expected) in [
            (Field::Orders, "gateway", Key::Served),
            (Field::OrdersCount, "", Key::Served),
            (Field::Orders, "risk_level", Key::Documented("risk_level")),
            (
                Field::Products,
                "metafields.custom.shelf",
                Key::Documented("metafields"),
            ),
            (Field::Products, "option2", Key::Unknown),
            (
                Field::ProductVariants,
                "option2",
                Key::Documented("option2"),
            ),
            (
                Field::InventoryItems,
                "metafields.custom.shelf",
                Key::Unknown,
            ),
            (Field::WebhookSubscriptions, "anything", Key::Served),
        ] {
            assert_eq!(key_of(list, key), expected, "{key}");
        }
        for key in ORDERS {
            assert!(!SERVED_KEYS.contains(key), "{key}");
        }
    }
}
