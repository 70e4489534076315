//! Reading locations and stock.

use crate::core::{LocationIndex, Micros, Telling, Told};
use crate::warehouse::model::catalogue::Catalogue;
use crate::warehouse::model::inventory::Inventory;
use crate::warehouse::model::json;
use crate::warehouse::model::seed::ItemIndex;
use crate::warehouse::shop::WarehouseState;

use super::errors::ApiError;
use super::query::decode;
use super::{Call, Reply};

/// Most SKUs on a page of stock, and the default.
const STOCK_LIMIT: u32 = 1_000;

/// What reading stock needs of a warehouse.
pub(super) struct StockView<'a> {
    catalogue: &'a Catalogue,
    inventory: &'a Inventory,
    /// The position of the last change that the counts contain.
    cursor: u32,
    telling: &'a Telling,
}

impl<'a> StockView<'a> {
    pub(super) fn of(shop: &'a WarehouseState) -> StockView<'a> {
        StockView {
            catalogue: &shop.catalogue,
            inventory: &shop.inventory,
            cursor: shop.feed.end(),
            telling: &shop.telling,
        }
    }
}

/// `GET /v1/locations`.
pub(super) fn locations(catalogue: &Catalogue) -> Reply {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(b"{\"locations\":");
    json::array(&mut out, catalogue.locations(), |out, location| {
        out.extend_from_slice(b"{\"id\":");
        json::text(out, &location.code);
        out.extend_from_slice(b",\"name\":");
        json::text(out, &location.name);
        out.extend_from_slice(b",\"country\":");
        json::text(out, &location.country);
        out.extend_from_slice(b",\"channels\":");
        if location.channels.is_empty() {
            out.extend_from_slice(b"[\"*\"]");
        } else {
            json::array(out, &location.channels, |out, name| json::text(out, name));
        }
        out.extend_from_slice(b",\"fulfilled_by\":");
        let by = if location.sellable {
            "merchant"
        } else {
            "amazon"
        };
        json::text(out, by);
        out.extend_from_slice(b",\"postal_prefixes\":");
        let digits = location.postal_prefixes.bytes().filter(u8::is_ascii_digit);
        json::array(out, digits, |out, digit| {
            out.extend_from_slice(&[b'"', digit, b'"']);
        });
        out.push(b'}');
    });
    out.push(b'}');
    Reply::Body(out)
}

/// `GET /v1/stock`: pages of whole SKUs in the catalogue's order, a row for each location.
pub(super) fn list(view: &StockView<'_>, call: &Call<'_>) -> Result<Reply, ApiError> {
    let first = match call.query.get("after")? {
        None => 0,
        Some(sku) => {
            let item = view
                .catalogue
                .item(&sku)
                .ok_or_else(|| ApiError::bad_request(format!("after: there is no SKU {sku}")))?;
            item.0 + 1
        }
    };
    let limit = call.query.number("limit", STOCK_LIMIT, 1, STOCK_LIMIT)?;
    let items = view.catalogue.items();
    let end = items.min(first.saturating_add(limit));
    let next = (end < items && end > 0).then(|| ItemIndex(end - 1));
    Ok(Reply::Body(render(view, call.now, first..end, next)))
}

/// `GET /v1/stock/{sku}`.
pub(super) fn one(view: &StockView<'_>, call: &Call<'_>) -> Result<Reply, ApiError> {
    let sku = decode(call.parameter, "the SKU")?;
    let item = view
        .catalogue
        .item(&sku)
        .ok_or_else(|| ApiError::not_found(format!("there is no SKU {sku}")))?;
    Ok(Reply::Body(render(
        view,
        call.now,
        item.0..item.0 + 1,
        None,
    )))
}

fn render(
    view: &StockView<'_>,
    now: Micros,
    items: std::ops::Range<u32>,
    next: Option<ItemIndex>,
) -> Vec<u8> {
    for sku in items.clone() {
        view.telling.note(Told::Stock { sku, until: now });
    }
    let rows = items.len() * view.catalogue.locations().len();
    let mut out = Vec::with_capacity(64 + 112 * rows);
    out.extend_from_slice(b"{\"stock\":");
    let cells = items.flat_map(|item| {
        let item = ItemIndex(item);
        let row = view.inventory.row(item).iter().enumerate();
        row.map(move |(location, cell)| (item, LocationIndex(location as u16), cell))
    });
    json::array(&mut out, cells, |out, (item, location, cell)| {
        out.extend_from_slice(b"{\"sku\":");
        json::text(out, view.catalogue.sku(item));
        out.extend_from_slice(b",\"location\":");
        json::text(out, view.catalogue.location_code(location));
        out.extend_from_slice(b",\"on_hand\":");
        json::integer(out, cell.on_hand);
        out.extend_from_slice(b",\"allocated\":");
        json::integer(out, cell.allocated);
        out.extend_from_slice(b",\"available\":");
        json::integer(out, cell.available());
        out.extend_from_slice(b",\"version\":");
        json::integer(out, cell.version);
        out.push(b'}');
    });
    if let Some(item) = next {
        out.extend_from_slice(b",\"next\":");
        json::text(&mut out, view.catalogue.sku(item));
    }
    out.extend_from_slice(b",\"cursor\":");
    json::integer(&mut out, view.cursor);
    out.push(b'}');
    out
}
