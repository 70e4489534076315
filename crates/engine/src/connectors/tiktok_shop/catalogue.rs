//! Products and their SKUs (docs/platforms/tiktok_shop.md 5.2).

use http::Method;
use serde::Deserialize;

use super::TiktokShopConnector;
use super::requests::Call;
use super::wire::{Answer, answer, refused};
use crate::canonical::SkuIndex;
use crate::connectors::encoding::{DecimalId, Text};
use crate::connectors::{Event, exchange};
use crate::machine::{Request, Response};
use oversell_kernel::Micros;

/// A listing's ids.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Listing {
    pub(super) product: u64,
    pub(super) id: u64,
    /// The warehouses that it stands in; an update must list every one of them.
    pub(super) warehouses: Vec<u64>,
}

#[derive(Deserialize)]
struct ProductsData<'a> {
    #[serde(borrow)]
    products: Option<Vec<Product<'a>>>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Product<'a> {
    id: DecimalId,
    #[serde(borrow)]
    skus: Option<Vec<Sku<'a>>>,
}

#[derive(Deserialize)]
struct Sku<'a> {
    id: DecimalId,
    #[serde(borrow)]
    seller_sku: Option<Text<'a>>,
    inventory: Option<Vec<Inventory>>,
}

#[derive(Deserialize)]
struct Inventory {
    warehouse_id: DecimalId,
}

impl TiktokShopConnector {
    /// The listing of a SKU, once the catalogue has named it.
    pub(super) fn listing(&self, sku: SkuIndex) -> Option<&Listing> {
        self.listings.get(sku.0 as usize)?.as_ref()
    }

    pub(super) fn catalogue_request(&self, now: Micros, cursor: Option<&str>) -> Request {
        let mut call = Call::to("/product/202502/products/search").with("page_size", b"100");
        if let Some(cursor) = cursor {
            call = call.with("page_token", cursor.as_bytes());
        }
        self.send(now, Method::POST, call, b"{}".to_vec())
    }

    pub(super) fn catalogue_read(&mut self, response: &Response, events: &mut Vec<Event>) {
        let data = match answer::<ProductsData<'_>>(response, events) {
            Answer::Data(data) => data,
            Answer::Refused(refusal) => {
                events.push(refused(&refusal));
                return;
            }
            Answer::Settled => return,
            Answer::Unreadable(error) => {
                events.push(exchange::unreadable(&error, response.body()));
                return;
            }
        };
        let mut listings = 0;
        for product in data.products.unwrap_or_default() {
            for wire in product.skus.unwrap_or_default() {
                let Some(sku) = wire
                    .seller_sku
                    .as_deref()
                    .and_then(|it| self.skus.index(it))
                else {
                    continue;
                };
                let known = &mut self.listings[sku.0 as usize];
                if known.is_some() {
                    continue;
                }
                let inventory = wire.inventory.unwrap_or_default();
                let mut warehouses: Vec<u64> =
                    inventory.iter().map(|it| it.warehouse_id.0).collect();
                if warehouses.is_empty() {
                    warehouses.clone_from(&self.warehouses);
                }
                // The default warehouse is the one whose quantity is written.
                let default = self.warehouses.first();
                warehouses.sort_by_key(|warehouse| Some(warehouse) != default);
                *known = Some(Listing {
                    product: product.id.0,
                    id: wire.id.0,
                    warehouses,
                });
                self.sku_of_id.insert(wire.id.0, sku);
                listings += 1;
            }
        }
        let next = data.next_page_token.filter(|token| !token.is_empty());
        events.push(Event::CatalogueRead { listings, next });
    }
}
