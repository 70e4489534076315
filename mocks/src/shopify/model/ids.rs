//! The platform's ids: decimal numbers and gids (docs/platforms/shopify.md 3.1, 3.2), computed from dense positions and back.

use crate::core::hexadecimal;
use crate::core::random::mix;
use crate::core::several;
use crate::shopify::json::write_int;

/// How far the ids of two neighbouring shops lie apart: more than there are positions, and no number of these steps leads
/// from one kind's ids to those of another of the same name.
const BETWEEN_SHOPS: u64 = 11_000_000_000;

/// A kind of object: its gid name and the first number it gives out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdSpace {
    /// The type's name in a gid.
    pub(crate) name: &'static str,
    /// What a quoted gid starts with.
    prefix: &'static str,
    /// The number of position 0 in the first shop.
    base: u64,
}

macro_rules! spaces {
    ($($(#[$doc:meta])* $space:ident = $name:literal, $base:literal;)*) => {
        $($(#[$doc])* pub const $space: IdSpace = IdSpace {
            name: $name,
            prefix: concat!("\"gid://shopify/", $name, "/"),
            base: $base,
        };)*
    };
}

spaces! {
    /// Shops.
    SHOP = "Shop", 580_111;
    /// Orders.
    ORDER = "Order", 5_001_000_000_001;
    /// Line items.
    LINE_ITEM = "LineItem", 6_001_000_000_001;
    /// Variants.
    VARIANT = "ProductVariant", 4_001_000_000_001;
    /// Inventory items.
    INVENTORY_ITEM = "InventoryItem", 3_001_000_000_001;
    /// Products.
    PRODUCT = "Product", 2_001_000_000_001;
    /// Options of products, one a product.
    PRODUCT_OPTION = "ProductOption", 10_401_000_000_001;
    /// Values of options, one an option.
    PRODUCT_OPTION_VALUE = "ProductOptionValue", 2_801_000_000_001;
    /// Locations.
    LOCATION = "Location", 1_101_000_000_001;
    /// Inventory levels: the number is the location's level number, not the location id (docs/platforms/shopify.md 3.2).
    INVENTORY_LEVEL = "InventoryLevel", 110_012_006_577;
    /// Inventory quantities.
    INVENTORY_QUANTITY = "InventoryQuantity", 110_012_006_577;
    /// Fulfillment orders.
    FULFILLMENT_ORDER = "FulfillmentOrder", 9_701_000_000_001;
    /// Lines of fulfillment orders.
    FULFILLMENT_ORDER_LINE = "FulfillmentOrderLineItem", 19_701_000_000_001;
    /// Destinations of fulfillment orders.
    FULFILLMENT_ORDER_DESTINATION = "FulfillmentOrderDestination", 9_601_000_000_001;
    /// Fulfillments.
    FULFILLMENT = "Fulfillment", 9_001_000_000_001;
    /// Events of fulfillments.
    FULFILLMENT_EVENT = "FulfillmentEvent", 35_871_000_000_001;
    /// Lines of fulfillments.
    FULFILLMENT_LINE = "FulfillmentLineItem", 17_401_000_000_001;
    /// Refunds.
    REFUND = "Refund", 1_201_000_000_001;
    /// Returns.
    RETURN = "Return", 15_265_000_000_001;
    /// Lines of returns.
    RETURN_LINE = "ReturnLineItem", 23_191_000_000_001;
    /// What is to come back of a return, one a return.
    REVERSE_FULFILLMENT_ORDER = "ReverseFulfillmentOrder", 14_864_000_000_001;
    /// Its lines, one a line of the return.
    REVERSE_LINE = "ReverseFulfillmentOrderLineItem", 22_405_000_000_001;
    /// Order edits.
    ORDER_EDIT = "OrderEdit", 1_501_000_000_001;
    /// Lines of refunds.
    REFUND_LINE = "RefundLineItem", 1_301_000_000_001;
    /// What refunds paid back beyond or below what their lines cost, at most one a refund.
    ORDER_ADJUSTMENT = "OrderAdjustment", 1_251_000_000_001;
    /// What refunds paid back of shipping, at most one a refund.
    SHIPPING_ADJUSTMENT = "OrderAdjustment", 1_276_000_000_001;
    /// Sale transactions, one an order.
    SALE_TRANSACTION = "OrderTransaction", 1_401_000_000_001;
    /// Refund transactions, one a refund.
    REFUND_TRANSACTION = "OrderTransaction", 1_451_000_000_001;
    /// Payments of orders that apps made.
    PAYMENT_TRANSACTION = "OrderTransaction", 1_426_000_000_001;
    /// Customers, one an order.
    CUSTOMER = "Customer", 7_001_000_000_001;
    /// Customers that apps made.
    OWN_CUSTOMER = "Customer", 7_004_000_000_001;
    /// Shipping lines, one an order.
    SHIPPING_LINE = "ShippingLine", 8_001_000_000_001;
    /// Shipping lines of orders that apps made, up to a thousand an order.
    MADE_SHIPPING_LINE = "ShippingLine", 8_004_500_000_001;
    /// Addresses, one an order.
    ADDRESS = "MailingAddress", 8_101_000_000_001;
    /// Inventory adjustment groups.
    ADJUSTMENT_GROUP = "InventoryAdjustmentGroup", 1_601_000_000_001;
    /// Holds on fulfillment orders.
    FULFILLMENT_HOLD = "FulfillmentHold", 1_801_000_000_001;
    /// Bulk operations.
    BULK_OPERATION = "BulkOperation", 1_901_000_000_001;
    /// Metafields.
    METAFIELD = "Metafield", 43_001_000_000_001;
    /// Definitions of metafields.
    METAFIELD_DEFINITION = "MetafieldDefinition", 203_001_000_001;
    /// Webhook subscriptions.
    SUBSCRIPTION = "WebhookSubscription", 1_701_000_000_001;
}

/// A gid taken apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gid<'a> {
    /// The type's name.
    pub(crate) name: &'a str,
    /// What follows it, up to a query string.
    pub(crate) key: &'a str,
    /// The query string, without `?`.
    pub(crate) query: &'a str,
}

impl<'a> Gid<'a> {
    /// Takes a gid apart; `None` when the text is none.
    pub(crate) fn parse(text: &'a str) -> Option<Gid<'a>> {
        let rest = text.strip_prefix("gid://shopify/")?;
        // The parts are short: a plain loop over bytes finds their ends sooner than a search set up for long text.
        let end = |text: &str, mark: u8| text.bytes().position(|byte| byte == mark);
        let slash = end(rest, b'/')?;
        let (name, rest) = (&rest[..slash], &rest[slash + 1..]);
        let (key, query) = match end(rest, b'?') {
            Some(mark) => (&rest[..mark], &rest[mark + 1..]),
            None => (rest, ""),
        };
        (!name.is_empty() && !key.is_empty()).then_some(Gid { name, key, query })
    }

    /// The number, if the key is one.
    pub(crate) fn number(&self) -> Option<u64> {
        self.key.parse().ok()
    }
}

impl IdSpace {
    /// The number of position 0 in the shop at work.
    fn first(self) -> u64 {
        self.base + several::apart(BETWEEN_SHOPS)
    }

    /// The number of a position.
    pub(crate) fn number(self, position: u64) -> u64 {
        self.first() + position
    }

    /// The position of a number, if it is below `len`.
    pub(crate) fn position(self, number: u64, len: usize) -> Option<u32> {
        let position = number.checked_sub(self.first())?;
        (position < len as u64).then_some(position as u32)
    }

    /// The positions below `len` of these numbers, ascending, each once.
    pub fn positions(self, numbers: &[u64], len: usize) -> Vec<u32> {
        let found = numbers.iter().filter_map(|it| self.position(*it, len));
        let mut positions: Vec<u32> = found.collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// The position named by a gid of this kind, if it is below `len`.
    pub(crate) fn find(self, gid: &str, len: usize) -> Option<u32> {
        let gid = Gid::parse(gid)?;
        if gid.name != self.name {
            return None;
        }
        self.position(gid.number()?, len)
    }

    /// Appends the quoted gid of a position.
    pub(crate) fn write_gid(self, position: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        write_int(self.number(position), out);
        out.push(b'"');
    }

    /// Appends the number of a position.
    pub(crate) fn write_number(self, position: u64, out: &mut Vec<u8>) {
        write_int(self.number(position), out);
    }

    /// Appends the quoted number of a position.
    pub(crate) fn write_quoted(self, position: u64, out: &mut Vec<u8>) {
        out.push(b'"');
        write_int(self.number(position), out);
        out.push(b'"');
    }
}

/// Appends the quoted gid of an inventory level.
pub(crate) fn write_level_gid(space: IdSpace, listing: u32, location: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(space.prefix.as_bytes());
    space.write_number(u64::from(location), out);
    out.extend_from_slice(b"?inventory_item_id=");
    INVENTORY_ITEM.write_number(u64::from(listing), out);
    out.push(b'"');
}

/// The listing and location named by an inventory level's gid.
pub(crate) fn find_level(gid: &str, listings: usize, locations: usize) -> Option<(u32, u16)> {
    let gid = Gid::parse(gid)?;
    if gid.name != INVENTORY_LEVEL.name {
        return None;
    }
    let item = gid.query.strip_prefix("inventory_item_id=")?;
    level_at(&gid, item, listings, locations)
}

/// The listing, the location and the name of the state named by an inventory quantity's gid.
pub(crate) fn find_quantity(
    gid: &str,
    listings: usize,
    locations: usize,
) -> Option<((u32, u16), &str)> {
    let gid = Gid::parse(gid)?;
    if gid.name != INVENTORY_QUANTITY.name {
        return None;
    }
    let (item, name) = gid.query.split_once("&name=")?;
    let item = item.strip_prefix("inventory_item_id=")?;
    Some((level_at(&gid, item, listings, locations)?, name))
}

fn level_at(gid: &Gid<'_>, item: &str, listings: usize, locations: usize) -> Option<(u32, u16)> {
    let location = INVENTORY_LEVEL.position(gid.number()?, locations)?;
    let listing = INVENTORY_ITEM.position(item.parse().ok()?, listings)?;
    Some((listing, u16::try_from(location).ok()?))
}

/// Appends a version-4-shaped UUID without quotes that carries a number: `salt` colours its front.
pub(crate) fn write_uuid(salt: u64, number: u64, out: &mut Vec<u8>) {
    let front = mix(salt, number);
    let mut text = *b"00000000-0000-4000-8000-000000000000";
    hexadecimal::write(&mut text[..8], front);
    hexadecimal::write(&mut text[9..13], front >> 32);
    hexadecimal::write(&mut text[15..18], front >> 48);
    hexadecimal::write(&mut text[24..], number);
    out.extend_from_slice(&text);
}

/// The number inside such a UUID.
pub(crate) fn uuid_number(uuid: &str) -> Option<u64> {
    let (front, number) = uuid.rsplit_once('-')?;
    if front.len() != 23 || number.len() != 12 {
        return None;
    }
    u64::from_str_radix(number, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gids_go_there_and_back() {
        let mut out = Vec::new();
        ORDER.write_gid(7, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "\"gid://shopify/Order/5001000000008\"");
        assert_eq!(ORDER.find(text.trim_matches('"'), 8), Some(7));
        assert_eq!(ORDER.find(text.trim_matches('"'), 7), None);
        assert_eq!(PRODUCT.find(text.trim_matches('"'), 8), None);
        assert_eq!(Gid::parse("Order/1"), None);
        let mut out = Vec::new();
        write_level_gid(INVENTORY_LEVEL, 4, 1, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(find_level(text.trim_matches('"'), 5, 2), Some((4, 1)));
        assert_eq!(find_level(text.trim_matches('"'), 4, 2), None);
        let quantity = text.trim_matches('"').replace("Level", "Quantity") + "&name=on_hand";
        assert_eq!(find_quantity(&quantity, 5, 2), Some(((4, 1), "on_hand")));
        assert_eq!(find_level(&quantity, 5, 2), None);
    }

    #[test]
    fn uuids_carry_their_number() {
        let mut out = Vec::new();
        write_uuid(3, 0x1_2345, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!((text.len(), &text[14..15], &text[19..20]), (36, "4", "8"));
        assert_eq!(uuid_number(&text), Some(0x1_2345));
        assert_eq!(uuid_number("x-y"), None);
    }
}
