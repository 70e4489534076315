//! Lists of orders in both versions of the API, page by page (docs/platforms/amazon.md 4.2 to 4.4).

use super::personal::buyer_of;
use super::v0::{Printer, printer};
use super::v2026::Included;
use super::window::{Axis, Selection, V0, V2026, parties, statuses, window};
use crate::amazon::api::Call;
use crate::amazon::api::marketplaces::covers_marketplace;
use crate::amazon::api::paging::PageToken;
use crate::amazon::api::query::Query;
use crate::amazon::api::reply::Reply;
use crate::amazon::model::instants::unix_micros;
use crate::amazon::model::orders::{Status, View};
use crate::amazon::model::{ids, json};
use crate::amazon::shop::State;
use crate::core::{Micros, OrderRef};

/// Writes one page of orders through `print`, separated by commas, and returns where the next page starts, if
/// there is one.
fn write_page(
    shop: &State,
    selection: &Selection,
    start: Option<u64>,
    out: &mut Vec<u8>,
    print: impl Fn(&mut Vec<u8>, &View<'_>),
) -> Option<u64> {
    if !selection.here {
        return None;
    }
    let from = shop.settings.epoch.at_unix_micros(selection.after);
    let start = start.map(|start| start.min(u64::from(u32::MAX)) as u32);
    let mut written = 0;
    let mut position = match selection.axis {
        Axis::Updated => start.unwrap_or_else(|| shop.orders.first_change_from(from)),
        Axis::Created => start.unwrap_or_else(|| shop.orders.first_order_from(from)),
    };
    loop {
        let (number, time) = match selection.axis {
            Axis::Updated => {
                let change = shop.orders.change(position)?;
                (change.listed.then_some(position), change.at)
            }
            Axis::Created => {
                let order = OrderRef(position);
                (shop.orders.listed(order), shop.orders.get(order)?.placed_at)
            }
        };
        if unix_micros(shop.settings.epoch, time) > selection.before {
            return None;
        }
        if let Some(view) = number.and_then(|number| shop.orders.view(number))
            && selection.takes(&view)
        {
            if written == selection.page {
                return Some(u64::from(position));
            }
            if written > 0 {
                out.push(b',');
            }
            print(out, &view);
            written += 1;
        }
        position += 1;
    }
}

/// Orders that a list may name (docs/platforms/amazon.md 4.2).
const MOST_ORDER_IDS: usize = 50;

/// What a page token is answered that was not sent as it was given (aws-quickstart/quickstart-amazon-selling-partner-api 13).
pub(super) const UNDECODED: &str = "We could not decode your NextToken. Possible reasons include: a transmission error, improper quoting or a truncation problem.";

/// Parameters that are not allowed beside `SellerOrderId`.
const NOT_WITH_SELLER_ORDER_ID: [&str; 6] = [
    "FulfillmentChannels",
    "OrderStatuses",
    "PaymentMethods",
    "LastUpdatedAfter",
    "LastUpdatedBefore",
    "BuyerEmail",
];

/// States of orders that Amazon's own carriers fetch; there are none here.
const EASY_SHIP_STATUSES: &[&str] = &[
    "PendingSchedule",
    "PendingPickUp",
    "PendingDropOff",
    "LabelCanceled",
    "PickedUp",
    "DroppedOff",
    "AtOriginFC",
    "AtDestinationFC",
    "Delivered",
    "RejectedByBuyer",
    "Undeliverable",
    "ReturningToSeller",
    "ReturnedToSeller",
    "Lost",
    "OutForDelivery",
    "Damaged",
];

/// States of an order's electronic invoice; no order here needs one.
const ELECTRONIC_INVOICE_STATUSES: &[&str] = &[
    "NotRequired",
    "NotFound",
    "Processing",
    "Errored",
    "Accepted",
];

/// Filters by dates that orders here do not have: they have to be dates, and narrow nothing (`A`).
const DELIVERY_DATES: [&str; 4] = [
    "EarliestDeliveryDateBefore",
    "EarliestDeliveryDateAfter",
    "LatestDeliveryDateBefore",
    "LatestDeliveryDateAfter",
];

/// Filters of `getOrders` by what all orders here have in common, and by whose order it is: whether there can be such
/// orders, and the one that is meant. The seller's own id of an order is Amazon's, since no seller here has given another.
fn kinds_v0(query: &Query<'_>) -> Result<(bool, Option<OrderRef>), Reply> {
    let mut is_possible = true;
    for (name, all, here) in [
        ("PaymentMethods", &["COD", "CVS", "Other"][..], "Other"),
        ("EasyShipShipmentStatuses", EASY_SHIP_STATUSES, ""),
        (
            "ElectronicInvoiceStatuses",
            ELECTRONIC_INVOICE_STATUSES,
            "NotRequired",
        ),
        ("StoreChainStoreId", &[], ""),
        ("ActualFulfillmentSupplySourceId", &[], ""),
    ] {
        if let Some(unknown) = query
            .list(name)
            .find(|value| !all.is_empty() && !all.contains(value))
        {
            return Err(Reply::invalid_input(format!("Invalid {name}: {unknown}.")));
        }
        is_possible &= query.get(name).is_none() || query.list(name).any(|value| value == here);
    }
    let is_collected = query
        .switch("IsISPU")
        .map_err(|text| Reply::invalid_input(format!("Invalid IsISPU: {text}.")))?;
    is_possible &= is_collected != Some(true);
    for name in DELIVERY_DATES {
        query.instant(name)?;
    }
    let mut only = None;
    if let Some(id) = query.get("SellerOrderId") {
        if let Some(other) = NOT_WITH_SELLER_ORDER_ID
            .iter()
            .find(|name| query.get(name).is_some())
        {
            return Err(Reply::invalid_input(format!(
                "{other} cannot be specified with SellerOrderId."
            )));
        }
        only = ids::parse_order(id).map(OrderRef);
        is_possible &= only.is_some();
    }
    if let Some(address) = query.get("BuyerEmail") {
        only = buyer_of(address);
        is_possible &= only.is_some();
    }
    Ok((is_possible, only))
}

/// `GET /orders/v0/orders`.
pub(crate) fn get_orders(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    shop.orders.refresh_index(call.now);
    let query = call.query;
    let here = covers_marketplace(&shop.settings, query.list("MarketplaceIds"), true)?;
    let key = shop.settings.draws.ids ^ 0x6e70;
    let (selection, start) = if let Some(text) = query.get("NextToken") {
        // With a token, all other filters are ignored.
        let token = PageToken::read(text, key).ok_or_else(|| Reply::invalid_input(UNDECODED))?;
        (Selection::unpack(token.fields), Some(token.next))
    } else {
        let statuses = statuses(
            query.list("OrderStatuses"),
            Status::name_v0,
            &["PendingAvailability", "Unfulfillable", "InvoiceUnconfirmed"],
        )?;
        let (merchant, amazon) = parties(query.list("FulfillmentChannels"), "MFN", "AFN")?;
        let page = query.bounded(V0.page, 1, 100, 100)?;
        let (is_possible, only) = kinds_v0(query)?;
        let here = here && is_possible;
        let by_ids = query.get("AmazonOrderIds").is_some()
            && query.get(V0.created_after).is_none()
            && query.get(V0.updated_after).is_none();
        if query.list("AmazonOrderIds").count() > MOST_ORDER_IDS {
            return Err(Reply::detailed(format!(
                "Query parameter [AmazonOrderIds] must not hold more than {MOST_ORDER_IDS} values."
            )));
        }
        if let Some(wrong) = query
            .list("AmazonOrderIds")
            .find(|id| !ids::is_order_id(id))
        {
            return Err(Reply::detailed(format!("Invalid order id [{wrong}].")));
        }
        let (axis, after, before) = if by_ids {
            (Axis::Created, i64::MIN, i64::MAX)
        } else {
            window(&shop.settings, call, &V0)?
        };
        let selection = Selection {
            axis,
            after,
            before,
            statuses,
            merchant,
            amazon,
            here,
            page,
            only,
        };
        (selection, None)
    };
    let printer = Printer {
        access: call.access,
        ..printer(shop)
    };
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"payload":{"Orders":["#);
    let next = if start.is_none() && query.get("AmazonOrderIds").is_some() {
        let mut first = true;
        let known = query
            .list("AmazonOrderIds")
            .take(MOST_ORDER_IDS)
            .filter_map(ids::parse_order);
        for order in known.map(OrderRef) {
            let listed = shop.orders.listed(order);
            if let Some(view) = listed.and_then(|change| shop.orders.view(change))
                && selection.here
                && selection.takes(&view)
            {
                json::comma(&mut out, &mut first);
                printer.order_v0(&mut out, &view);
            }
        }
        None
    } else {
        write_page(shop, &selection, start, &mut out, |out, view| {
            printer.order_v0(out, view)
        })
    };
    out.push(b']');
    if let Some(next) = next {
        json::raw(&mut out, r#","NextToken":"#);
        json::string(&mut out, &page_token(call.now, next, &selection, key));
    }
    if selection.before != i64::MAX {
        json::raw(
            &mut out,
            match selection.axis {
                Axis::Created => r#","CreatedBefore":""#,
                Axis::Updated => r#","LastUpdatedBefore":""#,
            },
        );
        let before = shop.settings.epoch.at_unix_micros(selection.before);
        shop.settings.epoch.write_seconds_utc(before, &mut out);
        out.push(b'"');
    }
    json::raw(&mut out, "}}");
    Ok(Reply::ok(out))
}

fn page_token(now: Micros, next: u64, selection: &Selection, key: u64) -> String {
    let token = PageToken {
        made_at: now,
        next,
        fields: selection.pack(),
    };
    token.text(key)
}

/// `GET /orders/2026-01-01/orders`.
pub(crate) fn search_orders(shop: &mut State, call: &Call<'_>) -> Result<Reply, Reply> {
    shop.orders.refresh_index(call.now);
    let query = call.query;
    let here = covers_marketplace(&shop.settings, query.list("marketplaceIds"), false)?;
    let included = Included::read(query)
        .map_err(|name| Reply::invalid_input(format!("Invalid includedData: {name}.")))?;
    let statuses = statuses(
        query.list("fulfillmentStatuses"),
        Status::name_2026,
        &["PENDING_AVAILABILITY", "UNFULFILLABLE"],
    )?;
    let (merchant, amazon) = parties(query.list("fulfilledBy"), "MERCHANT", "AMAZON")?;
    let page = query.bounded(V2026.page, 1, 100, 100)?;
    let (axis, after, before) = window(&shop.settings, call, &V2026)?;
    let key = shop.settings.draws.ids ^ 0x2026;
    let mut selection = Selection {
        axis,
        after,
        before,
        statuses,
        merchant,
        amazon,
        here,
        page,
        only: None,
    };
    let mut start = None;
    if let Some(text) = query.get("paginationToken") {
        let token = PageToken::read(text, key)
            .filter(|token| {
                call.now <= token.made_at + shop.settings.profile.orders.page_token_lifetime
            })
            .ok_or_else(|| Reply::invalid_input("paginationToken is invalid or has expired."))?;
        let first = Selection::unpack(token.fields);
        // The window's default end moves with the clock; the token keeps the one of the first page. All else but
        // the page size must be repeated.
        selection.before = first.before;
        let same = Selection { page, ..first } == selection;
        if !same {
            return Err(Reply::invalid_input(
                "paginationToken must be used with the parameters of the first request.",
            ));
        }
        start = Some(token.next);
    }
    let printer = printer(shop);
    let mut out = Vec::with_capacity(1_024);
    json::raw(&mut out, r#"{"orders":["#);
    let next = write_page(shop, &selection, start, &mut out, |out, view| {
        printer.order_2026(out, view, included);
    });
    out.push(b']');
    if let Some(next) = next {
        json::raw(&mut out, r#","pagination":{"nextToken":"#);
        json::string(&mut out, &page_token(call.now, next, &selection, key));
        out.push(b'}');
    }
    json::raw(
        &mut out,
        match selection.axis {
            Axis::Created => r#","createdBefore":""#,
            Axis::Updated => r#","lastUpdatedBefore":""#,
        },
    );
    let before = shop.settings.epoch.at_unix_micros(selection.before);
    shop.settings.epoch.write_millis_utc(before, &mut out);
    json::raw(&mut out, r#""}"#);
    Ok(Reply::ok(out))
}
