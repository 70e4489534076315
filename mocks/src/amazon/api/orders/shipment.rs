//! Confirming shipments (docs/platforms/amazon.md 7.1).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::by_id::order_number;
use super::window::NOT_VALID;
use crate::amazon::api::Call;
use crate::amazon::api::marketplaces::check_own_marketplace;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::given::integer;
use crate::amazon::model::ids;
use crate::amazon::model::instants::read_date_time;
use crate::amazon::model::orders::{
    OrderBook, Package, PackageItem, PackageTexts, Status, Trigger,
};
use crate::amazon::shop::State;
use crate::core::{Epoch, Fact, Micros, OrderRef};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Confirmation<'a> {
    #[serde(borrow)]
    marketplace_id: Cow<'a, str>,
    #[serde(borrow)]
    package_detail: PackageDetail<'a>,
    /// Nothing here is paid at the door; the model has one way.
    #[serde(default, rename = "codCollectionMethod")]
    _collection_method: Option<CollectionMethod>,
}

/// How a buyer pays at the door, where there is such a thing.
#[derive(Deserialize)]
enum CollectionMethod {
    DirectPayment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageDetail<'a> {
    // A number instead of a string is refused since January 2026.
    #[serde(borrow)]
    package_reference_id: Cow<'a, str>,
    #[serde(borrow)]
    carrier_code: Cow<'a, str>,
    #[serde(borrow, default)]
    carrier_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    shipping_method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tracking_number: Cow<'a, str>,
    #[serde(borrow)]
    ship_date: Cow<'a, str>,
    #[serde(borrow)]
    order_items: Vec<Item<'a>>,
    /// Supply sources are not served; the model wants a text.
    #[serde(borrow, default, rename = "shipFromSupplySourceId")]
    _ship_from: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    order_item_id: Cow<'a, str>,
    #[serde(deserialize_with = "integer")]
    quantity: u32,
    /// Codes on single units, which nothing here has; the model wants texts.
    #[serde(borrow, default, rename = "transparencyCodes")]
    _transparency_codes: Option<Vec<Cow<'a, str>>>,
}

/// `POST /orders/v0/orders/{orderId}/shipmentConfirmation`.
///
/// A package reference that the order already has edits that package's carrier, tracking and date. What is in it cannot be
/// changed: a confirmation that names other items or quantities is refused (docs/platforms/amazon.md 7.1).
pub(crate) fn confirm(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    let order = order_number(call)?
        .filter(|&order| shop.orders.get(order).is_some())
        .ok_or_else(|| Reply::not_found("The requested order does not exist."))?;
    let request: Confirmation<'_> =
        crate::core::json::read(call.body).map_err(|_| malformed(call.body))?;
    check_own_marketplace(&shop.settings, &request.marketplace_id)?;
    let package = &request.package_detail;
    let reference = read_reference(&package.package_reference_id)?;
    if package.carrier_code.trim().is_empty() {
        return Err(Reply::invalid_input("carrierCode is required."));
    }
    let named_carrier = package.carrier_name.as_deref().unwrap_or("");
    if package.carrier_code == "Other" && named_carrier.is_empty() {
        return Err(Reply::invalid_input(
            "carrierName is required when carrierCode is Other.",
        ));
    }
    if package.tracking_number.trim().is_empty() {
        return Err(Reply::invalid_input("trackingNumber is required."));
    }
    // Answers tell it as they tell all instants, however it was written.
    let ship_date = read_date_time(&package.ship_date)
        .map(|unix_micros| Epoch { unix_micros }.millis_utc(Micros::ZERO))
        .ok_or_else(|| Reply::invalid_input("shipDate is not a valid ISO 8601 date-time."))?;
    let texts = PackageTexts {
        carrier: if package.carrier_code == "Other" {
            named_carrier
        } else {
            &package.carrier_code
        },
        method: package.shipping_method.as_deref().unwrap_or(""),
        tracking: &package.tracking_number,
        ship_date: &ship_date,
    };
    let status = shop.orders.status(order).unwrap_or(Status::Canceled);
    let by_amazon = shop
        .orders
        .get(order)
        .is_some_and(|row| row.fulfilled_by_amazon);
    if by_amazon {
        return Err(Reply::invalid_input(
            "Orders fulfilled by Amazon cannot be confirmed.",
        ));
    }
    match status {
        Status::Pending => {
            return Err(Reply::invalid_input(
                "The order is pending and cannot be shipped.",
            ));
        }
        Status::Canceled => {
            shop.fact(Fact::FulfillmentRefused { order });
            return Err(Reply::invalid_input("The order was cancelled."));
        }
        Status::Shipped | Status::PartiallyShipped | Status::Unshipped => {}
    }
    let known = shop
        .orders
        .packages(order)
        .find(|known| known.reference == reference);
    if let Some(known) = known {
        check_same_items(&shop.orders, order, known, &package.order_items)?;
        shop.orders.edit_package(order, reference, texts);
        shop.commit(call.now, order, status, Trigger::Detail, None);
        return Ok(Reply::no_content());
    }
    if status == Status::Shipped {
        shop.fact(Fact::FulfillmentRefused { order });
        // amzn/selling-partner-api-models 5037.
        return Err(Reply::invalid_input(format!(
            "Failed to create package due to not finding a matching package or order already fulfilled. \
             ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order ({}), \
             errorMetric=PackageToUpdateNotFound, packageIndex=null)",
            ids::order(order.0)
        )));
    }
    let items = confirmed_items(&shop.orders, order, &package.order_items)?;
    let mut units = 0;
    let lines = shop.orders.lines_mut(order);
    for item in &items {
        lines[usize::from(item.line)].shipped += item.units;
        units += item.units;
    }
    let complete = lines.iter().all(|line| line.shipped == line.units);
    let status = if complete {
        Status::Shipped
    } else {
        Status::PartiallyShipped
    };
    let late = call.now > shop.latest_ship_date(order);
    let change = shop.commit(call.now, order, status, Trigger::Status, None);
    shop.orders
        .add_package(order, change, reference, texts, &items);
    shop.fact(Fact::FulfillmentConfirmed {
        order,
        units,
        complete,
        late,
    });
    Ok(Reply::no_content())
}

/// Members that have to be texts, as Amazon names them when they are not.
const TEXTS: [&str; 9] = [
    "marketplaceId",
    "codCollectionMethod",
    "packageDetail.packageReferenceId",
    "packageDetail.carrierCode",
    "packageDetail.carrierName",
    "packageDetail.shippingMethod",
    "packageDetail.trackingNumber",
    "packageDetail.shipDate",
    "packageDetail.shipFromSupplySourceId",
];

/// The refusal of a body that is no confirmation: it names the members of a wrong type and nothing else
/// (amzn/selling-partner-api-models 5094).
fn malformed(body: &[u8]) -> Reply {
    let read: Value = serde_json::from_slice(body).unwrap_or_default();
    let is_wrong = |path: &&str| {
        let member = path
            .split('.')
            .try_fold(&read, |value, name| value.get(name));
        !matches!(member, None | Some(Value::Null | Value::String(_)))
    };
    let wrong: Vec<&str> = TEXTS.into_iter().filter(is_wrong).collect();
    if wrong.is_empty() {
        return Reply::invalid_input(NOT_VALID);
    }
    Reply::invalid_input(format!(
        "The input you have submitted is not valid. Please check the fields with invalid type [{}].",
        wrong.join(", ")
    ))
}

/// Reads the number of a package, which is in digits alone.
fn read_reference(text: &str) -> Result<u64, Reply> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .filter(|&reference| reference > 0)
        .ok_or_else(|| {
            // jlevers/selling-partner-api 489.
            Reply::invalid_input(
                "PackageReferenceId: is invalid, must be a positive numeric value.",
            )
        })
}

fn invalid_quantity(quantity: u32, item: &str) -> Reply {
    Reply::invalid_input(format!(
        "Invalid quantity {quantity} of orderItemId {item}."
    ))
}

/// Checks that the items exist and that no line gets more than is left of it.
fn confirmed_items(
    orders: &OrderBook,
    order: OrderRef,
    items: &[Item<'_>],
) -> Result<Vec<PackageItem>, Reply> {
    let lines = orders.lines(order).iter();
    let mut left: Vec<u32> = lines.map(|line| line.units - line.shipped).collect();
    taken_items(orders, order, items, &mut left)
}

/// Checks that a confirmation of a package that is known names what is in it.
fn check_same_items(
    orders: &OrderBook,
    order: OrderRef,
    package: &Package,
    items: &[Item<'_>],
) -> Result<(), Reply> {
    let mut packed = vec![0; orders.lines(order).len()];
    for item in orders.package_items(package) {
        packed[usize::from(item.line)] += item.units;
    }
    let mut left = packed.clone();
    taken_items(orders, order, items, &mut left)?;
    for (position, (packed, left)) in packed.into_iter().zip(left).enumerate() {
        if left > 0 {
            let item = orders.line_number(order, position).map(ids::item);
            return Err(invalid_quantity(packed - left, &item.unwrap_or_default()));
        }
    }
    Ok(())
}

/// Takes items out of what is left of each line: there has to be one, and they have to exist and to have a quantity that
/// is left.
fn taken_items(
    orders: &OrderBook,
    order: OrderRef,
    items: &[Item<'_>],
    left: &mut [u32],
) -> Result<Vec<PackageItem>, Reply> {
    let mut taken = Vec::with_capacity(items.len());
    for item in items {
        let position = ids::parse_item(&item.order_item_id)
            .and_then(|line| orders.position_of_line(order, line))
            .ok_or_else(|| {
                // amzn/selling-partner-api-models 492.
                Reply::invalid_input(
                    "OrderItemId is invalid, please obtain the value through the getOrderItems API or Manage Orders page",
                )
            })?;
        if item.quantity == 0 || item.quantity > left[position] {
            return Err(invalid_quantity(item.quantity, &item.order_item_id));
        }
        left[position] -= item.quantity;
        taken.push(PackageItem {
            line: position as u16,
            units: item.quantity,
        });
    }
    if taken.is_empty() {
        return Err(Reply::invalid_input("orderItems must not be empty."));
    }
    Ok(taken)
}
