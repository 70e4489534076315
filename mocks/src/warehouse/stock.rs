//! Reading locations and stock, and what they are rendered from: the catalogue.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::errors::ApiError;
use super::json;
use super::machine::{Reply, Warehouse};
use super::paging::{Query, STOCK_LIMIT, decode};
use super::routing::{self, Routing};
use super::seed::{ItemIndex, WarehouseLocation, WarehouseSeed};
use crate::core::LocationIndex;

type Names = IndexSet<Box<str>, FxBuildHasher>;

/// Names and dense numbers of items, locations and channels.
#[derive(Debug)]
pub(super) struct Catalogue {
    skus: Names,
    channels: Names,
    locations: Vec<WarehouseLocation>,
    pub routing: Routing,
}

fn names(texts: &[String], what: &str) -> Names {
    let names: Names = texts.iter().map(|text| Box::from(text.as_str())).collect();
    assert_eq!(names.len(), texts.len(), "{what} must be all different");
    names
}

impl Catalogue {
    /// # Panics
    /// When two SKUs, channels or location codes are the same, or there are more than 1000 locations.
    pub fn open(seed: &WarehouseSeed) -> Catalogue {
        assert!(seed.locations.len() <= 1_000, "at most 1000 locations");
        let codes: Vec<String> = seed
            .locations
            .iter()
            .map(|location| location.code.clone())
            .collect();
        names(&codes, "location codes");
        Catalogue {
            skus: names(&seed.skus, "SKUs"),
            channels: names(&seed.channels, "channels"),
            locations: seed.locations.clone(),
            routing: Routing::new(&seed.channels, &seed.locations),
        }
    }

    pub fn item(&self, sku: &str) -> Option<ItemIndex> {
        self.skus
            .get_index_of(sku)
            .map(|index| ItemIndex(index as u32))
    }

    pub fn sku(&self, item: ItemIndex) -> &str {
        &self.skus[item.0 as usize]
    }

    /// Warehouses have few locations: a walk is faster than a hash.
    pub fn location(&self, code: &str) -> Option<LocationIndex> {
        self.locations
            .iter()
            .position(|location| location.code == code)
            .map(|index| LocationIndex(index as u16))
    }

    pub fn location_code(&self, location: LocationIndex) -> &str {
        &self.locations[usize::from(location.0)].code
    }

    pub fn channel_number(&self, name: &str) -> Option<u16> {
        self.channels.get_index_of(name).map(|index| index as u16)
    }

    pub fn channel(&self, number: u16) -> &str {
        &self.channels[usize::from(number)]
    }

    /// Whether a location may serve a channel, third parties' locations included.
    pub fn serves(&self, location: usize, channel: u16) -> bool {
        routing::serves(&self.locations[location], self.channel(channel))
    }
}

impl Warehouse {
    /// `GET /v1/locations`.
    pub(super) fn list_locations(&self) -> Reply {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(b"{\"locations\":");
        json::array(&mut out, &self.catalogue.locations, |out, location| {
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
    pub(super) fn list_stock(&self, query: Query<'_>) -> Result<Reply, ApiError> {
        let first = match query.get("after")? {
            None => 0,
            Some(sku) => {
                let item = self.catalogue.item(&sku).ok_or_else(|| {
                    ApiError::bad_request(format!("after: there is no SKU {sku}"))
                })?;
                item.0 + 1
            }
        };
        let limit = query.number("limit", STOCK_LIMIT, 1, STOCK_LIMIT)?;
        let items = self.catalogue.skus.len() as u32;
        let end = items.min(first.saturating_add(limit));
        let next = (end < items && end > 0).then(|| ItemIndex(end - 1));
        Ok(Reply::Body(self.render_stock(first..end, next)))
    }

    /// `GET /v1/stock/{sku}`.
    pub(super) fn get_stock(&self, encoded_sku: &str) -> Result<Reply, ApiError> {
        let sku = decode(encoded_sku, "the SKU")?;
        let item = self
            .catalogue
            .item(&sku)
            .ok_or_else(|| ApiError::not_found(format!("there is no SKU {sku}")))?;
        Ok(Reply::Body(self.render_stock(item.0..item.0 + 1, None)))
    }

    fn render_stock(&self, items: std::ops::Range<u32>, next: Option<ItemIndex>) -> Vec<u8> {
        let rows = items.len() * self.catalogue.locations.len();
        let mut out = Vec::with_capacity(64 + 112 * rows);
        out.extend_from_slice(b"{\"stock\":");
        let cells = items.flat_map(|item| {
            let item = ItemIndex(item);
            let row = self.inventory.row(item).iter().enumerate();
            row.map(move |(location, cell)| (item, LocationIndex(location as u16), cell))
        });
        json::array(&mut out, cells, |out, (item, location, cell)| {
            out.extend_from_slice(b"{\"sku\":");
            json::text(out, self.catalogue.sku(item));
            out.extend_from_slice(b",\"location\":");
            json::text(out, self.catalogue.location_code(location));
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
            json::text(&mut out, self.catalogue.sku(item));
        }
        out.extend_from_slice(b",\"cursor\":");
        json::integer(&mut out, self.feed.end());
        out.push(b'}');
        out
    }
}
