//! The exports that are known, by the columns that make them known (docs/order-log.md names the sources).

use crate::scenario::model::Platform;

use super::summary::Skip;
use super::table::Opened;
use super::values;

/// What a row, or the order it belongs to, is left out for.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The whole order.
    pub order: Option<Skip>,
    /// This row alone.
    pub row: Option<Skip>,
}

/// The texts of a row that decide whether it counts.
pub struct RowTexts<'a> {
    /// The order's id.
    pub order: &'a str,
    /// The SKU.
    pub sku: &'a str,
    /// The columns of [`Shape::marks`], in their order.
    pub marks: &'a [String],
}

/// What the rows of a file are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Lines of orders.
    Lines,
    /// A row for each unit of an order.
    Units,
    /// Orders without their lines, which another file has.
    Heads,
}

/// A kind of export.
#[derive(Debug)]
pub struct Shape {
    /// What it is called.
    pub name: &'static str,
    /// The platform whose shop it comes from.
    pub platform: Option<Platform>,
    /// Whether all of it is one shop's, although no platform is emulated for it.
    pub one_shop: bool,
    /// What its rows are.
    pub role: Role,
    /// Columns that are all there in no other kind that stands behind it.
    pub known_by: &'static [&'static str],
    /// The order's id, by the first of these names that is there.
    pub order: &'static [&'static str],
    /// When it was placed.
    pub time: &'static [&'static str],
    /// The merchant's SKU.
    pub sku: &'static [&'static str],
    /// Units of the line.
    pub quantity: &'static [&'static str],
    /// The price, of a unit or, with `price_is_of_line`, of the line.
    pub price: &'static [&'static str],
    /// Whether the price is that of all units of the line.
    pub price_is_of_line: bool,
    /// The buyer's country.
    pub country: &'static [&'static str],
    /// The channel, where a column names it.
    pub channel: &'static [&'static str],
    /// Further columns that decide whether a row counts.
    pub marks: &'static [&'static str],
    /// Whether it counts.
    pub judge: fn(&RowTexts<'_>) -> Verdict,
    /// Whether fields may be quoted.
    pub quoting: bool,
}

/// What the columns of a kind are looked for as, beside its own.
const PLAIN: Shape = Shape {
    name: "",
    platform: None,
    one_shop: false,
    role: Role::Lines,
    known_by: &[],
    order: &[],
    time: &[],
    sku: &[],
    quantity: &[],
    price: &[],
    price_is_of_line: false,
    country: &[],
    channel: &[],
    marks: &[],
    judge: |_| Verdict::default(),
    quoting: true,
};

fn is_cancelled(status: &str) -> bool {
    let status = status.to_lowercase();
    status.starts_with("cancel") || status == "wc-cancelled"
}

fn order_if(found: bool, why: Skip) -> Verdict {
    Verdict {
        order: found.then_some(why),
        row: None,
    }
}

fn shopify(row: &RowTexts<'_>) -> Verdict {
    let [cancelled_at, payment, source] = row.marks else {
        return Verdict::default();
    };
    let payment = payment.to_lowercase();
    if payment.contains("bogus") {
        order_if(true, Skip::Test)
    } else if source == "shopify_draft_order" {
        order_if(true, Skip::Draft)
    } else {
        order_if(!cancelled_at.is_empty(), Skip::Cancelled)
    }
}

fn amazon(row: &RowTexts<'_>) -> Verdict {
    let [order_status, item_status, sales_channel] = row.marks else {
        return Verdict::default();
    };
    if sales_channel.to_lowercase().starts_with("non-amazon") {
        return order_if(true, Skip::Elsewhere);
    }
    Verdict {
        order: is_cancelled(order_status).then_some(Skip::Cancelled),
        row: is_cancelled(item_status).then_some(Skip::Cancelled),
    }
}

fn tiktok(row: &RowTexts<'_>) -> Verdict {
    let [status, kind] = row.marks else {
        return Verdict::default();
    };
    order_if(is_cancelled(status) || is_cancelled(kind), Skip::Cancelled)
}

fn woocommerce(row: &RowTexts<'_>) -> Verdict {
    let status = row.marks.first().map(|it| it.to_lowercase());
    let status = status.as_deref().unwrap_or("");
    match status.strip_prefix("wc-").unwrap_or(status) {
        "cancelled" | "canceled" | "failed" | "trash" => order_if(true, Skip::Cancelled),
        "draft" | "checkout-draft" | "auto-draft" => order_if(true, Skip::Draft),
        _ => Verdict::default(),
    }
}

fn online_retail(row: &RowTexts<'_>) -> Verdict {
    let price = row.marks.iter().find(|it| !it.is_empty());
    let price = price.map_or("", String::as_str);
    // Bad debts are written off at prices below zero.
    let no_price =
        price.starts_with('-') || matches!(values::price(price), Ok(Some(it)) if it.cents == 0);
    let product = row.sku.len() >= 5 && row.sku.bytes().take(5).all(|it| it.is_ascii_digit());
    Verdict {
        order: (row.order.starts_with(['C', 'c'])).then_some(Skip::Return),
        row: match (product, no_price) {
            (false, _) => Some(Skip::NoProduct),
            (true, true) => Some(Skip::NoSale),
            (true, false) => None,
        },
    }
}

fn olist(row: &RowTexts<'_>) -> Verdict {
    let status = row.marks.first().map_or("", String::as_str);
    order_if(
        is_cancelled(status) || status == "unavailable",
        Skip::Cancelled,
    )
}

/// All kinds; the first whose columns are there is it.
pub static SHAPES: [Shape; 11] = [
    Shape {
        name: "Oversell's own log",
        known_by: &["timestamp", "order_id", "sku", "quantity"],
        order: &["order_id"],
        time: &["timestamp"],
        sku: &["sku"],
        quantity: &["quantity"],
        price: &["unit_price"],
        country: &["country"],
        channel: &["channel"],
        marks: &["kind"],
        ..PLAIN
    },
    Shape {
        name: "Shopify orders",
        platform: Some(Platform::Shopify),
        known_by: &["Name", "Lineitem quantity", "Lineitem sku", "Created at"],
        order: &["Name"],
        time: &["Created at"],
        sku: &["Lineitem sku"],
        quantity: &["Lineitem quantity"],
        price: &["Lineitem price"],
        country: &["Shipping Country", "Billing Country"],
        marks: &["Cancelled at", "Payment Method", "Source"],
        judge: shopify,
        ..PLAIN
    },
    Shape {
        name: "Amazon all orders",
        platform: Some(Platform::Amazon),
        known_by: &["amazon-order-id", "purchase-date", "sku", "quantity"],
        order: &["amazon-order-id"],
        time: &["purchase-date"],
        sku: &["sku"],
        quantity: &["quantity"],
        price: &["item-price"],
        price_is_of_line: true,
        country: &["ship-country"],
        marks: &["order-status", "item-status", "sales-channel"],
        judge: amazon,
        quoting: false,
        ..PLAIN
    },
    Shape {
        name: "Amazon unshipped orders",
        platform: Some(Platform::Amazon),
        known_by: &[
            "order-id",
            "order-item-id",
            "purchase-date",
            "sku",
            "quantity-purchased",
        ],
        order: &["order-id"],
        time: &["purchase-date"],
        sku: &["sku"],
        quantity: &["quantity-purchased"],
        price: &["item-price"],
        price_is_of_line: true,
        country: &["ship-country"],
        quoting: false,
        ..PLAIN
    },
    Shape {
        name: "TikTok Shop orders",
        platform: Some(Platform::TiktokShop),
        known_by: &[
            "Order ID",
            "Order Status",
            "Seller SKU",
            "Quantity",
            "Created Time",
        ],
        order: &["Order ID"],
        time: &["Created Time"],
        sku: &["Seller SKU"],
        quantity: &["Quantity"],
        price: &["SKU Unit Original Price"],
        country: &["Country"],
        marks: &["Order Status", "Cancelation/Return Type"],
        judge: tiktok,
        ..PLAIN
    },
    Shape {
        name: "WooCommerce orders (Order Export)",
        one_shop: true,
        known_by: &["order_id", "item_sku", "item_quantity"],
        order: &["order_id"],
        time: &["date", "order_date", "date_created"],
        sku: &["item_sku"],
        quantity: &["item_quantity"],
        price: &["item_subtotal", "item_total"],
        price_is_of_line: true,
        country: &["shipping_country", "billing_country"],
        marks: &["status", "order_status"],
        judge: woocommerce,
        ..PLAIN
    },
    Shape {
        name: "WooCommerce orders (Advanced Order Export)",
        one_shop: true,
        known_by: &[
            "Order Number",
            "Order Status",
            "Order Date",
            "SKU",
            "Item Cost",
        ],
        order: &["Order Number"],
        time: &["Order Date"],
        sku: &["SKU"],
        quantity: &["Quantity", "Quantity (- Refund)"],
        price: &["Item Cost"],
        country: &["Country Code (Shipping)", "Country Code (Billing)"],
        marks: &["Order Status"],
        judge: woocommerce,
        ..PLAIN
    },
    Shape {
        name: "Etsy sold order items",
        one_shop: true,
        known_by: &["Sale Date", "Item Name", "Quantity", "Order ID"],
        order: &["Order ID"],
        time: &["Sale Date"],
        sku: &["SKU", "Listing ID"],
        quantity: &["Quantity"],
        price: &["Price"],
        country: &["Ship Country"],
        ..PLAIN
    },
    Shape {
        name: "UCI Online Retail",
        known_by: &["StockCode", "Quantity", "InvoiceDate", "Country"],
        order: &["InvoiceNo", "Invoice"],
        time: &["InvoiceDate"],
        sku: &["StockCode"],
        quantity: &["Quantity"],
        price: &["UnitPrice", "Price"],
        country: &["Country"],
        marks: &["UnitPrice", "Price"],
        judge: online_retail,
        ..PLAIN
    },
    Shape {
        name: "Olist order items",
        role: Role::Units,
        known_by: &[
            "order_id",
            "order_item_id",
            "product_id",
            "shipping_limit_date",
        ],
        order: &["order_id"],
        sku: &["product_id"],
        price: &["price"],
        ..PLAIN
    },
    Shape {
        name: "Olist orders",
        role: Role::Heads,
        known_by: &["order_id", "order_status", "order_purchase_timestamp"],
        order: &["order_id"],
        time: &["order_purchase_timestamp"],
        marks: &["order_status"],
        judge: olist,
        ..PLAIN
    },
];

/// What `--orders-map` reads: a shape without names of its own.
pub static MAPPED: Shape = Shape {
    name: "mapped columns",
    ..PLAIN
};

/// Oversell's own log.
pub fn own() -> &'static Shape {
    &SHAPES[0]
}

/// The kind of a file, by its header.
pub fn of(file: &Opened) -> Option<&'static Shape> {
    SHAPES
        .iter()
        .find(|shape| shape.known_by.iter().all(|it| file.has(it)))
}

/// Exports that are known to lack what a replay needs: what they are, and what to export instead.
const WITHOUT_LINES: [(&[&str], &str, &str); 4] = [
    (
        &["Sale Date", "Order ID", "Number of Items"],
        "are Etsy's sold orders, which name no item",
        "download \"Order Items\" instead of \"Orders\" (Shop Manager, Settings, Options, Download Data)",
    ),
    (
        &["order_id", "line_items"],
        "are WooCommerce orders with all items of an order in one field",
        "export \"one row per item\"",
    ),
    (
        &["Order ID", "Order Amount", "Tracking ID"],
        "are TikTok Shop orders without their SKUs",
        "choose the list of order SKUs (\"OrderSKUList\") in the export of the Seller Center",
    ),
    (
        &["Handle", "SKU", "COO"],
        "are a Shopify inventory, not orders",
        "give it as --stock; orders are exported under Orders, Export",
    ),
];

/// What a header is known as that no replay can be made from, with the way out.
pub fn without_lines(file: &Opened) -> Option<(&'static str, &'static str)> {
    let found = WITHOUT_LINES
        .iter()
        .find(|(columns, ..)| columns.iter().all(|it| file.has(it)));
    found.map(|(_, what, way_out)| (*what, *way_out))
}
