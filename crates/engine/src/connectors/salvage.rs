//! A tolerant look at an order that its reader cannot read: fields renamed, moved, retyped, wrapped in a list.
//!
//! What is looked for is little: whose order it is, and what was bought. Names are compared without case and underscores, and
//! values wherever they stand. The units of an order of which that much can be told count as sold at once; the order itself
//! waits in quarantine until it can be read. All lines must be recognised or none counts: a part would be taken for the whole.

use serde_json::{Map, Value};

use super::skus::SkuTable;
use crate::canonical::{Line, LineKey, Order, OrderKey, OrderState};
use oversell_kernel::Micros;

/// How deep an order is looked through; payloads of the platforms have half as many levels.
const MAX_DEPTH: u32 = 12;
const ORDER_IDS: [&str; 3] = ["id", "orderid", "amazonorderid"];
const LINE_IDS: [&str; 4] = ["id", "orderitemid", "lineitemid", "lineid"];
const UNITS: [&str; 3] = ["quantity", "quantityordered", "units"];

/// What is the same for all orders of a platform.
#[derive(Copy, Clone)]
pub(crate) struct Salvage<'a> {
    pub(crate) skus: &'a SkuTable,
    /// Reads the platform's order ids.
    pub(crate) read_order_id: fn(&str) -> Option<OrderKey>,
    /// Every line is one unit and has no quantity.
    pub(crate) is_line_a_unit: bool,
}

impl Salvage<'_> {
    /// The order's key, if an id can be told.
    pub(crate) fn key(&self, json: &str) -> Option<OrderKey> {
        let value: Value = serde_json::from_str(json).ok()?;
        self.key_of(&value)
    }

    fn key_of(&self, value: &Value) -> Option<OrderKey> {
        let order = object(value)?;
        let own = field(order, &ORDER_IDS).and_then(text);
        own.and_then(|text| {
            let last = text.rsplit('/').next().unwrap_or_default();
            (self.read_order_id)(last)
        })
    }

    /// The order as far as it counts.
    pub(crate) fn order(&self, json: &str) -> Option<Order> {
        let value: Value = serde_json::from_str(json).ok()?;
        Some(counted(self.key_of(&value)?, self.lines(&value, 0)?))
    }

    /// The lines of the first list of which every element is a line.
    fn lines(&self, value: &Value, depth: u32) -> Option<Vec<Line>> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value {
            Value::Array(elements) => {
                let lines: Option<Vec<Line>> = elements.iter().map(|it| self.line(it)).collect();
                let own = lines.filter(|lines| !lines.is_empty());
                own.or_else(|| elements.iter().find_map(|it| self.lines(it, depth + 1)))
            }
            Value::Object(fields) => fields.values().find_map(|it| self.lines(it, depth + 1)),
            _ => None,
        }
    }

    fn line(&self, value: &Value) -> Option<Line> {
        let fields = object(value)?;
        let id = text(field(fields, &LINE_IDS)?)?;
        let id: u64 = id.rsplit('/').next()?.parse().ok()?;
        let sku = self.skus.index(&self.sku(value, 0)?)?;
        let units: u32 = if self.is_line_a_unit {
            1
        } else {
            text(field(fields, &UNITS)?)?.parse().ok()?
        };
        Some(Line {
            id: LineKey(id),
            sku,
            units,
            current_units: units,
        })
    }

    /// A text in the value that is one of the merchant's SKUs.
    fn sku(&self, value: &Value, depth: u32) -> Option<String> {
        match value {
            Value::String(text) => self.skus.index(text).map(|_| text.clone()),
            Value::Object(fields) if depth < 3 => {
                fields.values().find_map(|it| self.sku(it, depth + 1))
            }
            Value::Array(elements) if depth < 3 => {
                elements.iter().find_map(|it| self.sku(it, depth + 1))
            }
            _ => None,
        }
    }
}

/// An order of which no more than its lines is known, held. Its times are those of the beginning: so any sighting of the order
/// that can be read is newer, and a sale of an unknown time is counted on the safe side.
pub(crate) const fn counted(key: OrderKey, lines: Vec<Line>) -> Order {
    Order {
        key,
        state: OrderState::Held,
        created_at: Micros::ZERO,
        updated_at: Micros::ZERO,
        lines,
        ship_to: None,
        restocked: None,
        lacked_stock: false,
    }
}

/// The object, also one that is alone in a list.
fn object(value: &Value) -> Option<&Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        Value::Array(elements) if elements.len() == 1 => elements[0].as_object(),
        _ => None,
    }
}

/// The first field of one of these names, without case and underscores.
fn field<'a>(fields: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
    names
        .iter()
        .find_map(|wanted| fields.iter().find(|(name, _)| plain(name) == *wanted))
        .map(|(_, value)| value)
}

/// A number or a text, also one that is alone in a list.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(elements) if elements.len() == 1 => text(&elements[0]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::SkuIndex;
    use crate::connectors::order_ids::{parse_amazon, parse_decimal};

    fn skus() -> SkuTable {
        SkuTable::new(&["MUG-1".to_owned(), "MUG-2".to_owned()])
    }

    /// Of an order its key, and of each line the key, the SKU's position and the units.
    type Salvaged = (u64, Vec<(u64, u32, u32)>);

    fn salvaged(json: &str, is_line_a_unit: bool) -> Option<Salvaged> {
        let skus = skus();
        let salvage = Salvage {
            skus: &skus,
            read_order_id: parse_decimal,
            is_line_a_unit,
        };
        let order = salvage.order(json)?;
        assert_eq!(salvage.key(json), Some(order.key));
        let lines = order.lines.iter();
        let lines = lines.map(|it| (it.id.0, it.sku.0, it.units));
        Some((order.key.0, lines.collect()))
    }

    #[test]
    fn renamed_moved_retyped_and_wrapped_fields_are_found() {
        let expected = Some((77, vec![(5, 1, 1), (6, 0, 1)]));
        for json in [
            r#"{"id":"77","items":[{"id":"5","seller_sku":"MUG-2"},{"id":"6","seller_sku":"MUG-1"}]}"#,
            r#"{"order_id":77,"details":{"rows":[{"line_id":5,"ref":"MUG-2"},{"line_id":6,"ref":"MUG-1"}]}}"#,
            r#"[{"orderId":["77"],"n":[[{"id":[5],"sku":{"code":"MUG-2"}},{"id":6,"sku":["MUG-1"]}]]}]"#,
        ] {
            assert_eq!(salvaged(json, true), expected, "{json}");
        }
        let with_units = r#"{"id":"gid://shop/Order/77","l":{"n":[{"id":"gid://l/5","sku":"MUG-2","Quantity":"3"}]}}"#;
        assert_eq!(salvaged(with_units, false), Some((77, vec![(5, 1, 3)])));
    }

    #[test]
    fn what_cannot_be_told_whole_is_not_counted() {
        for json in [
            r#"{"id":"77","items":[{"id":"5","seller_sku":"MUG-2"},{"id":"6","seller_sku":"CUP"}]}"#,
            r#"{"number":"77","items":[{"id":"5","seller_sku":"MUG-2"}]}"#,
            r#"{"id":"77","items":[]}"#,
            r#"{"id":"77""#,
        ] {
            assert_eq!(salvaged(json, true), None, "{json}");
        }
        let no_units = r#"{"id":"77","items":[{"id":"5","sku":"MUG-2"}]}"#;
        assert_eq!(salvaged(no_units, false), None);
    }

    #[test]
    fn amazon_s_ids_are_read_as_amazon_writes_them() {
        let skus = skus();
        let salvage = Salvage {
            skus: &skus,
            read_order_id: parse_amazon,
            is_line_a_unit: false,
        };
        let json = r#"{"AmazonOrderId":"114-1234567-1234567","orderItems":[{"orderItemId":"9",
            "product":{"sellerSku":"MUG-1"},"quantityOrdered":2}]}"#;
        let order = salvage.order(json).expect("id and units can be told");
        assert_eq!(Some(order.key), parse_amazon("114-1234567-1234567"));
        assert_eq!((order.lines[0].sku, order.lines[0].units), (SkuIndex(0), 2));
    }
}
